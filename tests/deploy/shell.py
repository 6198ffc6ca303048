#!/usr/bin/python3
"""The emitted documents, run as AWS would run them, from RecipeSource to an image id. Output, as
documents.py makes it, is what the workflow reads.

usage: shell.py [quick] [CASE…]     AMIC: the program (build/amic); DEPLOY_OUT: {plain,tools,secure}, compiled before
"""
import base64
import copy
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import builder
import cloud as clouds
import documents
import iam
from documents import Failed, Invalid

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = "/usr/share/kiwi-image-descriptions-examples/al2023/attestable-image-example"
LOCAL = "local:" + SAMPLE
IMAGE = {"imageName": "attestable-ami-x86_64-recipe", "imageVersionNumber": "1.0.3", "imageBuildNumber": 2}
ZERO = "0" * 96
LOGS = "imagebuilder-base-stack/attestable-ami-x86_64-recipe/1.0.3/2"
LONG_AGO = "2026-01-01T00:00:00.000Z"
QUICK = "quick" in sys.argv[1:]
RECIPE = b'<image><repository type="rpm-md" package_gpgcheck="true"/></image>\n'
DIGEST = hashlib.sha256(f"{hashlib.sha256(RECIPE).hexdigest()}  ./appliance.kiwi\n".encode()).hexdigest()


# ---- what is tested: three compiled specs

def make_keys(folder):
    """A key, its certificate, and signature lists of that one certificate."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test db/",
                    "-days", "9999", "-keyout", folder / "db.key", "-out", folder / "db.crt"],
                   check=True, capture_output=True)
    der = subprocess.run(["openssl", "x509", "-in", folder / "db.crt", "-outform", "der"],
                         check=True, capture_output=True).stdout
    kind = bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")
    esl = kind + struct.pack("<III", 44 + len(der), 0, 16 + len(der)) + bytes(16) + der
    for name in ("PK.esl", "KEK.esl", "db.esl"):
        (folder / name).write_bytes(esl)


def compile_specs(folder):
    """Outputs of tests/deploy/NAME.ami below `folder`; those that stand in DEPLOY_OUT come from there."""
    made = os.environ.get("DEPLOY_OUT")
    if made:
        return pathlib.Path(made)
    amic = pathlib.Path(os.environ.get("AMIC", HERE.parent.parent / "build/amic")).resolve()
    make_keys(folder)
    tools = {"recipe": DIGEST, **{n: hashlib.sha256((HERE / "fakes" / n).read_bytes()).hexdigest() for n in ("amic", "coldsnap")}}
    for spec in sorted(HERE.glob("*.ami")):
        text = spec.read_text()
        for name, digest in tools.items():
            text = text.replace(f"SHA256-OF-{name}", digest)
        (folder / spec.name).write_text(text)
        done = subprocess.run([amic, "build", folder / spec.name, "-o", folder / spec.stem], cwd=folder,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{spec.name} does not compile:\n{done.stderr}")
    return folder


class Outputs:
    def __init__(self, folder):
        self.base = documents.template(folder / "base-template.yaml")
        self.pipeline = documents.template(folder / "pipeline-template.yaml")
        self.resolved = documents.resolve(self.base)
        resources = self.resolved["Resources"]
        self.component = documents.Component(resources["KiwiNgComponent"]["Properties"]["Data"])
        self.workflow = documents.Workflow(resources["ImageWorkflow"]["Properties"]["Data"])
        self.document = documents.CommandDocument(resources["CreateOutputAmiDocument"]["Properties"]["Content"])
        self.statements = []
        for name in ("InstanceRoleLoggingPolicy", "InstanceRoleIAMPolicy"):
            self.statements += resources[name]["Properties"]["PolicyDocument"]["Statement"]


# ---- one build instance and its account

class Bench:
    def __init__(self, out, coldsnap):
        self.folder = out
        self.out = {n: Outputs(out / n) for n in ("plain", "tools", "secure")}
        self.coldsnap = coldsnap
        self.server = clouds.serve(None, "127.0.0.1", 0, clouds.Handler)
        self.metadata = clouds.serve(None, "169.254.169.254", 80, clouds.Metadata)
        self.bucket = self.out["plain"].resolved["physical"]["LogBucket"]

    def cloud(self, out):
        c = clouds.Cloud(out.statements)
        self.server.RequestHandlerClass.cloud = self.metadata.RequestHandlerClass.cloud = c
        for name in ("amic", "coldsnap"):
            c.objects["acme-tools", name] = (HERE / "fakes" / name).read_bytes()
        return c

    def builder(self, *faults):
        real = None if any(f.startswith("coldsnap-") for f in faults) else self.coldsnap
        b = builder.Builder(self.server.server_address[1], faults, real)
        recipe = b.path(SAMPLE)
        recipe.mkdir(parents=True)
        (recipe / "appliance.kiwi").write_bytes(RECIPE)
        commands = self.out["secure"].component.document["phases"][0]["steps"][-1]["inputs"]["commands"]
        b.path("/fake/pcr7").write_text(commands[0].split("PCR7='")[1][:96])
        return b


class Run:
    """One build: an instance, its account, and what came of it."""

    def __init__(self, bench, kind="plain", faults=(), objects=(), cloud_faults=None, owners=None):
        self.out = bench.out[kind]
        self.bench, self.cloud, self.builder = bench, bench.cloud(self.out), bench.builder(*faults)
        self.cloud.objects.update(objects)
        self.cloud.faults.update(cloud_faults or {})
        self.cloud.owners.update(owners or {})
        self.log = []

    def build(self, **parameters):
        parameters.setdefault("RecipeSource", LOCAL)
        self.out.component.run(self.builder, parameters, self.log)
        return self

    def register(self, **parameters):
        given = {"imageNamePrefix": "attestable-ami", "baseName": "base-stack",
                 "referencePrefix": f"s3://{self.bench.bucket}/reference", "logPrefix": f"s3://{self.bench.bucket}/{LOGS}",
                 "imageArn": "arn:aws:imagebuilder:eu-central-1:111122223333:image/a/1.0.3/2"}
        if self.out is self.bench.out["secure"]:
            given["uefiData"] = base64.b64encode(b"AMZNUEFI....").decode()
        return self.out.document.run(self.builder, {**given, **parameters}, self.log)

    def reference(self):
        return json.loads(self.builder.path("/var/lib/amic/reference.json").read_text())

    def tags(self, path="/tag_specification.json"):
        return json.loads(self.builder.path(path).read_text())

    def stop_at(self, call, number=signal.SIGTERM, group=False, when="before"):
        """Ends the document's script when it makes the call: itself, or its process group."""
        def hit(made):
            if made == call:
                setattr(self.cloud, when, lambda made: None)
                (os.killpg if group else os.kill)(self.builder.process.pid, number)
        setattr(self.cloud, when, hit)
        return self

    def logged(self):
        """The log of CreateOutputAmi, where the build's other logs are."""
        key = f"{LOGS}/CreateOutputAmi-{self.cloud.instance}.log"
        return self.cloud.objects[self.bench.bucket, key].decode()

    def nothing_left(self):
        assert not self.cloud.images, "an AMI is left"
        assert not self.cloud.snapshots, f"snapshots are left: {self.cloud.snapshots.keys()}"


def refused(text, call, *args, **kwargs):
    """`call` fails, and says `text`."""
    try:
        call(*args, **kwargs)
    except (Failed, Invalid) as e:
        assert text in str(e), f"failed otherwise: {e}"
        return str(e)
    raise AssertionError(f"passed, but ought to say '{text}'")


# ---- cases: each function one, its name says what holds

def chain(bench, kind, source, objects=(), secrets=()):
    """The pipeline's recipe and workflow, step by step, as Image Builder runs them."""
    run = Run(bench, kind, objects=objects)
    run.cloud.secrets.update(secrets)
    pipeline = documents.resolve(run.out.pipeline, {"BaseStackName": "base-stack", "RecipeSource": source})
    recipe = pipeline["Resources"]["ImageRecipe"]["Properties"]
    given = {p["Name"]: p["Value"][0] for p in recipe["Components"][0]["Parameters"]}
    assert all(len(p["Value"]) == 1 for p in recipe["Components"][0]["Parameters"])
    workflow = pipeline["Resources"]["ImagePipeline"]["Properties"]["Workflows"][0]
    order = []

    def launch(inputs, step):
        assert inputs == {"waitFor": "ssmAgent"}
        order.append("launch")
        return {"instanceId": clouds.INSTANCE}

    def components(inputs, step):
        assert inputs == {"instanceId": clouds.INSTANCE}
        for phase in run.out.component.document["phases"]:
            for inner in phase["steps"]:
                assert inner["timeoutSeconds"] < step["timeoutSeconds"], "inner limits are the smaller ones"
        run.out.component.run(run.builder, given, run.log)
        order.append("components")
        return {"runCommandId": "r", "status": "Success", "output": ""}

    def command(inputs, step):
        assert inputs["instanceId"] == clouds.INSTANCE
        assert inputs["documentName"] == run.out.resolved["physical"]["CreateOutputAmiDocument"]
        assert all(isinstance(v, list) and len(v) == 1 for v in inputs["parameters"].values())
        inner = run.out.document.content["mainSteps"][0]["inputs"]["timeoutSeconds"]
        assert int(inner) < step["timeoutSeconds"]
        order.append("command")
        parameters = {k: v[0] for k, v in inputs["parameters"].items()}
        return {"runCommandId": "r", "status": "Success", "output": [run.out.document.run(run.builder, parameters, run.log)]}

    def terminate(inputs, step):
        assert inputs["instanceId"] == clouds.INSTANCE
        order.append("terminate")
        return {}

    actions = {"LaunchInstance": launch, "ExecuteComponents": components, "RunCommand": command,
               "TerminateInstance": terminate}
    outputs = run.out.workflow.run({p["Name"]: p["Value"][0] for p in workflow["Parameters"]}, actions, IMAGE)
    assert order == ["launch", "components", "command", "terminate"], order
    image, = run.cloud.images
    assert outputs == {"ImageId": image}
    return run, run.cloud.images[image]


def sample_recipe_becomes_an_image(bench):
    run, image = chain(bench, "plain", "")
    q, tags = image["query"], image["tags"]
    expected = {"Architecture": "x86_64", "BootMode": "uefi", "TpmSupport": "v2.0", "ImdsSupport": "v2.0",
                "EnaSupport": "true", "VirtualizationType": "hvm", "RootDeviceName": "/dev/xvda",
                "BlockDeviceMapping.1.Ebs.VolumeType": "gp3",
                "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true"}
    assert {k: q.get(k) for k in expected} == expected
    assert "UefiData" not in q
    assert image["name"] == "attestable-ami-x86_64-1.0.3-2-0a1b2c3d4e5f60718", image["name"]
    assert tags["CreatedBy"] == "EC2 Image Builder" and tags["PCR12"] == ZERO and len(tags["PCR4"]) == 96
    assert "PCR7" not in tags, "without Secure Boot PCR7 is the same for every image"
    arn = "arn:aws:imagebuilder:eu-central-1:111122223333:image/attestable-ami-x86-64-recipe/1.0.3/2"
    assert tags["Ec2ImageBuilderArn"] == arn
    key = f"reference/{image['name']}.json"
    assert tags["amic:reference"] == f"s3://{bench.bucket}/{key}"
    assert json.loads(run.cloud.objects[bench.bucket, key])["Measurements"]["PCR4"] == tags["PCR4"]
    for name, done in run.log:
        assert done.stderr == "", f"{name} logs where it is seen late: {done.stderr}"
        assert name != "RunKiwi" or "noise" in done.stdout
    raw = run.builder.path("/disk_image.raw").read_bytes()
    blocks = run.cloud.snapshots[image["snapshot"]]["blocks"]
    whole = b"".join(blocks.get(i, bytes(clouds.BLOCK)) for i in range(-(-len(raw) // clouds.BLOCK)))
    assert whole[:len(raw)] == raw, "the snapshot is not the image"


def recipe_from_s3_becomes_an_image(bench):
    objects = {("acme-recipes", "edge/v7/appliance.kiwi"): b"<image/>\n",
               ("acme-recipes", "edge/v7/root/etc/a file"): b"text\n", ("acme-recipes", "edge/v77/x.kiwi"): b"no"}
    run, _ = chain(bench, "plain", "s3://acme-recipes/edge/v7", objects)
    recipe = run.builder.path("/var/tmp/amic/recipe")
    assert sorted(str(p.relative_to(recipe)) for p in recipe.rglob("*") if p.is_file()) == [
        "appliance.kiwi", "root/etc/a file"]
    assert "FetchRecipeOpen" in run.cloud.used


def every_statement_of_the_build_is_used(bench):
    run, _ = chain(bench, "plain", "s3://acme-recipes/edge/v7",
                   {("acme-recipes", "edge/v7/appliance.kiwi"): b"<image/>\n"})
    run.cloud.faults["RegisterImage"] = "answer lost"
    run.cloud.instance = "i-0123456789abcdef0"
    run.register()
    run.cloud.faults["RegisterImage"] = None
    run.cloud.instance = "i-0123456789abcdef1"
    refused("stopped: a signal", run.stop_at("RegisterImage").register)
    seen = {s["Sid"] for s in run.out.statements if s["Effect"] == "Allow"
            and s["Sid"].startswith(("CreateOutputAmi", "FetchRecipe"))}
    assert seen == {s for s in run.cloud.used if s.startswith(("CreateOutputAmi", "FetchRecipe"))}, (
        seen, run.cloud.used)


def same_recipe_has_same_measurements(bench):
    first, second = Run(bench).build(), Run(bench).build()
    assert first.reference()["Measurements"] == second.reference()["Measurements"]
    assert "--set-repo" not in first.builder.log()


def bucket_of_another_account_is_refused(bench):
    run = Run(bench, objects={("theirs", "r/x.kiwi"): b"<image/>"}, owners={"theirs": "444455556666"})
    refused("FetchRecipe", run.build, RecipeSource="s3://theirs/r")


def recipe_digest_is_checked_before_the_build(bench):
    wrong, right = Run(bench), Run(bench)
    refused("expected the digest", wrong.build, RecipeDigest="a" * 64)
    assert "kiwi-ng" not in wrong.builder.log()
    right.build(RecipeDigest=DIGEST)
    assert right.reference()["Recipe"]["SHA256"] == DIGEST


def link_in_a_recipe_with_a_digest_is_refused(bench):
    run = Run(bench)
    os.symlink("/etc/passwd", run.builder.path(SAMPLE) / "more")
    refused("no digest covers", run.build, RecipeDigest=DIGEST)


def recipe_without_description_is_refused(bench):
    run = Run(bench)
    (run.builder.path(SAMPLE) / "second.kiwi").write_text("<image/>")
    refused("this has 2", run.build)
    refused("this has 0", Run(bench).build, RecipeSource="s3://acme-recipes/nothing/here")


def parameters_cannot_leave_their_quotes(bench):
    for bad in ("local:/x';id;'", "s3://b/x", "s3://bucket", "s3://bucket/", "s3://bucket/a'b", "local:/a b",
                "local:/x\n", "https://x/y", ""):
        refused("CheckParameters", Run(bench).build, RecipeSource=bad)
    refused("CheckParameters", Run(bench).build, TagSpecificationsFilePath="/a';id;'")
    refused("CheckParameters", Run(bench).build, IncludePcrMeasurements="maybe")
    run = Run(bench)
    for name in ("rawImagePath", "tagSpecificationsFilePath", "imageNamePrefix", "imageArn", "baseName",
                 "referencePrefix", "logPrefix", "kmsKeyId", "uefiData"):
        refused("does not match", run.register, **{name: "/a'$(id)"})


def older_pipelines_parameters_still_work(bench):
    run = Run(bench).build(RecipeSource=LOCAL + "/", IncludePcrMeasurements="no",
                           RawImageFilePath="/var/tmp/other.raw", TagSpecificationsFilePath="/var/tmp/tags.json")
    assert run.tags("/var/tmp/tags.json") == []
    image = run.register(rawImagePath="/var/tmp/other.raw", tagSpecificationsFilePath="/var/tmp/tags.json")
    assert not any(k.startswith("PCR") for k in run.cloud.images[image]["tags"])


def interface_only_grows(bench):
    """What pipelines and stacks made by older versions name: see stdlib/1/outputs.yaml."""
    for out in bench.out.values():
        parameters = out.component.parameters
        for name in ("RecipeSource", "RecipeDigest", "IncludePcrMeasurements", "RawImageFilePath", "TagSpecificationsFilePath"):
            assert name in parameters
        assert all("default" in p for p in parameters.values()), "a new parameter needs a default"
        required = [p["name"] for p in out.workflow.document["parameters"] if "default" not in p]
        assert required == ["ImageNamePrefix"]
        exports = {n: o["Export"]["Name"] for n, o in out.resolved["Outputs"].items() if "Export" in o}
        for name in ("InfrastructureConfigurationArn", "ImageBuilderExecutionRoleArn", "ImageWorkflowArn", "KiwiNgComponentArn"):
            assert exports[name] == "base-stack-" + name
        assert {"ImageWorkflowBuildArnV1", "KiwiNgComponentBuildArnV1"} <= set(out.resolved["Outputs"]) - set(exports)


def parameters_fit_beside_the_document(bench):
    """A document has 64 KB with what its parameters are; what stands in a workflow is at most 16,000 characters."""
    for out in bench.out.values():
        assert len(json.dumps(out.document.content)) + 16000 + 4096 < 65536


def failing_installation_ends_the_build(bench):
    refused("InstallTools", Run(bench, faults=["dnf-fails"]).build)
    refused("InstallTools", Run(bench, faults=["cargo-fails"]).build)


def failing_kiwi_ends_the_build(bench):
    refused("RunKiwi", Run(bench, faults=["kiwi-fails"]).build)


def kiwi_without_a_disk_image_ends_the_build(bench):
    refused("names no disk image", Run(bench, faults=["no-raw"]).build)


def no_measurements_no_image(bench):
    for fault, text in (("nitro-fails", "MeasureImage"), ("no-pcr4", "no value for PCR4"),
                        ("no-pcr12", "no value for PCR12")):
        run = Run(bench, faults=[fault, "recipe-measures-nothing"])
        refused(text, run.build)
        assert not run.builder.path("/tag_specification.json").exists()
        refused("not measured", run.register)
        run.nothing_left()


def appended_command_line_is_refused(bench):
    refused("PCR12 is not zero", Run(bench, faults=["pcr12", "recipe-measures-nothing"]).build)


def recipe_that_measured_otherwise_is_refused(bench):
    refused("the recipe measured something else", Run(bench, faults=["recipe-lies"]).build)


def recipe_that_measures_nothing_is_measured_here(bench):
    assert len(Run(bench, faults=["recipe-measures-nothing"]).build().reference()["Measurements"]["PCR4"]) == 96


def image_changed_after_measuring_is_refused(bench):
    run = Run(bench).build()
    with open(run.builder.path("/disk_image.raw"), "r+b") as raw:
        raw.write(b"x")
    refused("not the image that was measured", run.register)
    run.nothing_left()


def upload_that_dies_leaves_no_snapshot(bench):
    run = Run(bench, faults=["coldsnap-dies"]).build()
    refused("create-ami: UploadSnapshot: ", run.register)
    assert any("POST ebs /snapshots" in c for c in run.cloud.calls)
    run.nothing_left()


def upload_that_is_refused_leaves_no_snapshot(bench):
    run = Run(bench, cloud_faults={"PutSnapshotBlock": 2}).build()
    refused("create-ami: UploadSnapshot: Failed to upload snapshot: Failed to put 1 blocks", run.register)
    run.nothing_left()


def snapshot_that_was_never_begun_is_not_left_behind(bench):
    run = Run(bench, cloud_faults={"StartSnapshot": True}).build()
    text = refused("create-ami: UploadSnapshot: Failed to upload snapshot: Failed to start snapshot", run.register)
    assert "left behind" not in text and "None" not in text, text
    run.cloud.faults["DescribeSnapshots"] = True
    text = refused("create-ami: ", run.register)
    assert f"snapshot (if any) is left behind (amic:build={run.cloud.instance})" in text, text


def reason_of_a_failure_comes_first(bench):
    """Image Builder shows about 500 characters, the agent 2,500; coldsnap's line has 50,000."""
    run = Run(bench, faults=["coldsnap-recorded"], cloud_faults={"PutSnapshotBlock": 2}).build()
    try:
        run.register()
    except Failed as e:
        status, _, output = str(e).partition(": ")
    title, text = output[:len(documents.TITLE)], output[len(documents.TITLE):]
    assert status == "Failed" and title == documents.TITLE, output
    reason, where = text.splitlines()[:2]
    assert len(reason) < 300 and reason.startswith("create-ami: UploadSnapshot: Failed to upload snapshot: Failed to put")
    assert where == f"log: s3://{bench.bucket}/{LOGS}/CreateOutputAmi-{run.cloud.instance}.log", where
    assert len(run.log[-1][1].stderr) <= 2000 and text.endswith("failed to run commands: exit status 1"), text
    assert len(run.logged()) > 40000, "the log holds all of it"


def log_lies_where_the_others_are(bench):
    run, image = chain(bench, "plain", "")
    log = run.logged()
    assert "[INFO ] Upload complete" in log and image["name"] and "== RegisterImage" in log
    assert run.log[-1][1].stderr == ""


def log_that_cannot_be_uploaded_fails_nothing(bench):
    run = Run(bench, cloud_faults={"PutObject": "imagebuilder-"}).build()
    assert run.register() in run.cloud.images
    run.cloud.faults["RegisterImage"] = "refused"
    run.cloud.instance = "i-0ffffffffffffffff"
    refused("log: /var/log/create-output-ami.log on i-0ffffffffffffffff: it could not be uploaded", run.register)


def stopped_script_leaves_nothing(bench):
    """TERM, to the script alone or to all that it started, at what takes long and at what counts."""
    for call, group in (("POST ebs /snapshots", False), ("DescribeSnapshots", True), ("RegisterImage", False),
                        ("RegisterImage", True)):
        run = Run(bench).build().stop_at(call, group=group)
        run.cloud.lag = 2
        refused("stopped: a signal", run.register)
        assert run.log[-1][1].stdout == "", call
        run.nothing_left()
    assert "DeregisterImage" in run.cloud.calls


def what_cannot_be_removed_is_named(bench):
    run = Run(bench, cloud_faults={"DeregisterImage": True}).build().stop_at("RegisterImage")
    try:
        run.register()
    except Failed as e:
        text = str(e)
    (image, kept), = run.cloud.images.items()
    assert f"AMI {image} is left behind" in text and f"snapshot {kept['snapshot']} is left behind" in text, text
    assert text.index(image) < 600, "Image Builder shows no more"


def with_limits(run, deadline, limit):
    """The document with another deadline of its own, and another limit of the agent's."""
    step = run.out.document.content["mainSteps"][0]["inputs"]
    changed = copy.deepcopy(run.out.document)
    inputs = changed.content["mainSteps"][0]["inputs"]
    inputs["timeoutSeconds"] = str(limit)
    inputs["runCommand"] = [re.sub(r"(?m)^DEADLINE='\d+'", f"DEADLINE='{deadline}'", step["runCommand"][0])]
    assert inputs["runCommand"] != step["runCommand"]
    run.out = copy.copy(run.out)
    run.out.document = changed
    return run


def script_ends_itself_before_the_agent_does(bench):
    inner = bench.out["plain"].document.content["mainSteps"][0]["inputs"]
    deadline = int(re.search(r"(?m)^DEADLINE='(\d+)'", inner["runCommand"][0])[1])
    assert deadline + 300 == int(inner["timeoutSeconds"]), "time for cleaning up"
    run = with_limits(Run(bench, faults=["coldsnap-hangs"]).build(), 200, 100)    # sleep is faster here
    refused("create-ami: UploadSnapshot: stopped: after 200 s; see build.timeout", run.register)
    run.nothing_left()


def next_build_removes_what_a_killed_one_left(bench):
    """The agent's own time-out: SIGKILL, nothing is cleaned up. Builds at the same time stay apart."""
    run = Run(bench, faults=["coldsnap-hangs"]).build()
    document = run.out
    refused("TimedOut", with_limits(run, 9000, 30).register)
    run.out = document
    left, = run.cloud.snapshots
    run.builder.path("/fake/coldsnap-hangs").unlink()
    run.cloud.instance = "i-0fffffffffffffff1"
    run.register()
    assert left in run.cloud.snapshots, "it may be of a build that runs"
    run.cloud.began[left] = LONG_AGO
    run.cloud.began.update({s: LONG_AGO for s in run.cloud.snapshots})
    run.cloud.instance = "i-0fffffffffffffff2"
    run.register()
    assert left not in run.cloud.snapshots and len(run.cloud.snapshots) == len(run.cloud.images) == 2
    assert f"{left} of 2026-01-01" in run.logged() and f"build {clouds.INSTANCE}, has no image" in run.logged()


def killed_anywhere_nothing_stays_for_good(bench):
    """SIGKILL to the group before and after each request of a build: what is left has a name in the
    next build's log, and is gone."""
    run = Run(bench).build()
    made = []
    run.cloud.before = made.append
    run.register()
    points = [(n, when) for n in range(len(made)) for when in ("before", "after")]
    if QUICK:
        points = points[::6]
    assert QUICK or len(points) >= 30, len(points)
    first, finished = dict(run.cloud.images), 1
    for index, (n, when) in enumerate(points):
        seen = []

        def hit(call, n=n, seen=seen):
            seen.append(call)
            if len(seen) == n + 1:
                run.builder.kill()
        run.cloud.before = run.cloud.after = lambda call: None
        setattr(run.cloud, when, hit)
        run.cloud.instance = f"i-0{index:016x}"
        try:
            run.register()
            finished += 1
        except Failed:
            pass
    run.cloud.before = run.cloud.after = lambda call: None
    kept = {i["snapshot"] for i in run.cloud.images.values()}
    left = set(run.cloud.snapshots) - kept
    assert left, "some point leaves a snapshot"
    run.cloud.began.update({s: LONG_AGO for s in run.cloud.snapshots})
    run.cloud.instance = "i-0fffffffffffffff3"
    run.register()
    assert all(f"{s} of 2026-01-01" in run.logged() for s in left)
    assert not left & set(run.cloud.snapshots) and kept <= set(run.cloud.snapshots)
    assert first.keys() <= run.cloud.images.keys(), "a finished build keeps its image"


def waiting_takes_as_long_as_it_takes(bench):
    run = Run(bench).build()
    run.cloud.pending = 20                   # ten seconds each: longer than coldsnap's own --wait
    assert run.register() in run.cloud.images


def snapshot_that_fails_is_told(bench):
    run = Run(bench, cloud_faults={"WaitForSnapshot": True}).build()
    refused("create-ami: WaitForSnapshot: snap-", run.register)
    run.nothing_left()


def long_parameters_are_refused_with_a_message(bench):
    run = Run(bench).build()
    refused("64 KiB", run.register, uefiData="A" * 64004)
    run.nothing_left()


def failed_registration_removes_the_snapshot(bench):
    run = Run(bench, cloud_faults={"RegisterImage": "refused"}).build()
    refused("fault", run.register)
    assert "DeleteSnapshot" in run.cloud.calls
    run.nothing_left()


def lost_answer_of_the_registration_is_looked_up(bench):
    run = Run(bench, cloud_faults={"RegisterImage": "answer lost"}).build()
    run.cloud.lag = 3
    assert run.register() in run.cloud.images


def lost_request_of_the_registration_leaves_nothing(bench):
    run = Run(bench, cloud_faults={"RegisterImage": "request lost"}).build()
    text = refused("create-ami: RegisterImage: no image after a minute; ", run.register)
    assert f"an AMI with amic:build={run.cloud.instance} may still appear" in text, text
    run.nothing_left()


def unwritable_reference_means_no_image(bench):
    run = Run(bench, cloud_faults={"PutObject": "reference/"}).build()
    refused("create-ami: WriteReference: ", run.register)
    run.nothing_left()


def name_in_use_is_no_disaster(bench):
    run = Run(bench).build()
    first = run.register()
    refused("InvalidAMIName.Duplicate", run.register)
    assert list(run.cloud.images) == [first]
    assert list(run.cloud.snapshots) == [run.cloud.images[first]["snapshot"]], "the image keeps its own snapshot"


def two_builds_at_once_do_not_meet(bench):
    run = Run(bench).build()
    first = run.register()
    run.cloud.instance = "i-0ffffffffffffffff"
    second = run.register()
    assert run.cloud.images[first]["name"] != run.cloud.images[second]["name"]
    run.cloud.instance = "i-0eeeeeeeeeeeeeeee"
    run.cloud.faults["RegisterImage"] = "refused"
    refused("fault", run.register)
    assert len(run.cloud.snapshots) == 2, "cleaning up took another build's snapshot"


def every_allowed_character_arrives(bench):
    run = Run(bench).build()
    prefix = "Az09()[] ./@_-"
    odd = [{"Key": "k _.:/=+-@,{}'\"$`\\", "Value": "v,Value=x],[ {{ }} '\"$(id)`id`\\ é"}]
    run.builder.path("/tag_specification.json").write_text(json.dumps(run.tags() + odd))
    refused("not allowed: ec2:RegisterImage", run.register)          # a tag that the spec does not know
    run.nothing_left()
    run.cloud.allow = run.cloud.allow + [{"Sid": "All", "Effect": "Allow", "Action": "*"}]
    image = run.cloud.images[run.register(imageNamePrefix=prefix)]
    assert image["name"].startswith(prefix) and image["tags"][odd[0]["Key"]] == odd[0]["Value"]


def long_name_is_refused_before_the_upload(bench):
    run = Run(bench).build()
    refused("at most 128", run.register, imageNamePrefix="x" * 66, imageArn="arn:a:image/n/" + "1" * 40)
    run.nothing_left()
    assert not any("snapshot" in c for c in run.cloud.calls)


def key_goes_to_the_snapshot(bench):
    run = Run(bench).build()
    key = "arn:aws:kms:eu-central-1:111122223333:key/0f1e2d3c"
    image = run.cloud.images[run.register(kmsKeyId=key)]
    assert run.cloud.snapshots[image["snapshot"]]["body"]["KmsKeyArn"] == key


def stdout_is_the_id_alone(bench):
    run = Run(bench).build()
    out = run.register()
    assert out in run.cloud.images and not out.endswith("\n")


def baked_recipe_is_all_that_can_be_read(bench):
    objects = {("acme-recipes", "edge/v7/appliance.kiwi"): RECIPE, ("acme-recipes", "edge/v8/appliance.kiwi"): RECIPE}
    run, _ = chain(bench, "tools", "", objects)
    assert "FetchRecipeOpen" not in run.cloud.used and run.reference()["Recipe"]["SHA256"] == DIGEST
    refused("FetchRecipe", run.build, RecipeSource="s3://acme-recipes/edge/v8")
    changed = {("acme-recipes", "edge/v7/appliance.kiwi"): b"other"}
    try:
        chain(bench, "tools", "", changed)
    except Failed as e:
        assert "expected the digest" in str(e)
    else:
        raise AssertionError("another recipe was built")


def release_is_pinned_for_packages_and_image(bench):
    log = Run(bench, "tools").build().builder.log()
    assert "dnf --assumeyes --releasever=2023.11.20260427 install" in log
    repository = "https://cdn.amazonlinux.com/al2023/core/mirrors/2023.11.20260427/x86_64/mirror.list"
    assert f"--set-repo {repository},rpm-md,amazonlinux,,,true,,,,false,mirrorlist" in log


def set_repo_says_the_checks_of_the_first_repository(bench):
    """Field 6 is package_gpgcheck, field 10 repository_gpgcheck: kiwi 10.3.0, system_build.py. tests/kiwi.test has the real one."""
    on, off = 'package_gpgcheck="true"', 'package_gpgcheck="false"'
    for description, package, repository in (
            (f"<repository {on}/><repository {off}/>", "true", "false"),
            (f"<repository {off} repository_gpgcheck='true'/><repository {on}/>", "false", "true"),
            ("<repository/>", "false", "false"),
            (f"<repository profiles='a' {off}/><repository arch='s390x' {off}/><repository {on}/>", "true", "false"),
            (f"<profiles><profile name='a' import='true'/></profiles><repository profiles='a' {on}/>", "true", "false")):
        text = f"<image>{description}</image>".encode()
        digest = hashlib.sha256(f"{hashlib.sha256(text).hexdigest()}  ./appliance.kiwi\n".encode()).hexdigest()
        run = Run(bench, "tools")
        (run.builder.path(SAMPLE) / "appliance.kiwi").write_bytes(text)
        run.build(RecipeDigest=digest)
        option = next(w for w in run.builder.log().split() if w.endswith(",mirrorlist")).split(",")
        assert option[1:] == ["rpm-md", "amazonlinux", "", "", package, "", "", "", repository, "mirrorlist"], option
    run = Run(bench, "tools")
    (run.builder.path(SAMPLE) / "appliance.kiwi").write_text("<image/>")
    refused("no repository to pin", run.build)


def archive(name, top="."):
    """A recipe as one object of that name: a mode, a link and an empty folder in it."""
    with tempfile.TemporaryDirectory() as folder:
        recipe = pathlib.Path(folder, top)
        (recipe / "root/var/empty").mkdir(parents=True)
        (recipe / "appliance.kiwi").write_bytes(RECIPE)
        (recipe / "config.sh").write_text("#!/bin/sh\n")
        (recipe / "config.sh").chmod(0o755)
        os.symlink("../usr/bin", recipe / "root/bin")
        subprocess.run(["tar", "-C", folder, "--auto-compress", "-cf", "/tmp/" + name, "."], check=True)
    return pathlib.Path("/tmp", name).read_bytes()


def recipe_archives_arrive_as_they_were(bench):
    for name in ("recipe.tar", "recipe.tar.gz", "recipe.tar.zst"):
        data = archive(name)
        run = Run(bench, objects={("acme-recipes", "edge/" + name): data})
        run.build(RecipeSource="s3://acme-recipes/edge/" + name, RecipeDigest=hashlib.sha256(data).hexdigest())
        recipe = run.builder.path("/var/tmp/amic/recipe")
        assert (recipe / "config.sh").stat().st_mode & 0o777 == 0o755, name
        assert os.readlink(recipe / "root/bin") == "../usr/bin" and (recipe / "root/var/empty").is_dir(), name
        assert run.reference()["Recipe"]["SHA256"] == hashlib.sha256(data).hexdigest()
        assert not list(recipe.parent.glob("recipe.tar*")), "the archive is left"


def archive_of_another_digest_is_not_unpacked(bench):
    run = Run(bench, objects={("acme-recipes", "r.tar.gz"): archive("recipe.tar.gz")})
    refused("expected the digest", run.build, RecipeSource="s3://acme-recipes/r.tar.gz", RecipeDigest="a" * 64)
    assert not list(run.builder.path("/var/tmp/amic/recipe").iterdir())
    run = Run(bench, objects={("acme-recipes", "r.tar.gz"): archive("recipe.tar.gz")[:200]})
    refused("FetchRecipe", run.build, RecipeSource="s3://acme-recipes/r.tar.gz")


def tags_of_the_spec_are_in_the_request(bench):
    run, image = chain(bench, "secure", "", secrets={bench.secret: bench.key})
    assert image["tags"]["Owner"] == "platform" and image["tags"]["CostCenter"] == "0042", image["tags"]


def boot_image_that_was_not_read_whole_ends_the_build(bench):
    refused("was not read whole", Run(bench, faults=["mcopy-short"]).build)


def boot_image_that_was_not_written_whole_ends_the_build(bench):
    run = Run(bench, "secure", faults=["mcopy-keeps"])
    run.cloud.secrets[bench.secret] = bench.key
    refused("SignImage", run.build)


def tools_come_from_s3_with_their_digest(bench):
    run = Run(bench, "tools").build()
    assert "cargo" not in run.builder.log() and "amic pcr" in run.builder.log()
    image = run.cloud.images[run.register()]
    assert image["tags"]["PCR11"] == "11" * 48, "only amic computes it"
    wrong = Run(bench, "tools", objects={("acme-tools", "amic"): b"#!/bin/sh\nexit 0\n"})
    refused("InstallTools", wrong.build)
    assert not wrong.builder.path("/usr/local/bin/amic").exists(), "in place before its digest was right"


def tools_that_disagree_make_no_image(bench):
    refused("amic measured something else", Run(bench, "tools", faults=["amic-differs"]).build)


def secure_boot_signs_and_registers(bench):
    run = Run(bench, "secure")
    run.cloud.secrets[bench.secret] = bench.key
    image = run.cloud.images[run.build().register()]
    assert image["query"]["UefiData"] and image["tags"]["PCR7"] == run.reference()["Measurements"]["PCR7"]
    assert len(image["tags"]["PCR7"]) == 96 and image["tags"]["PCR7"] != "98" * 48
    found = subprocess.run(["grep", "-rl", "PRIVATE KEY", *(str(run.builder.path(p)) for p in ("/tmp", "/var", "/root", "/run"))],
                           capture_output=True, text=True, check=False).stdout
    assert found == "", f"the key is on the disk: {found}"


def second_tool_measures_with_the_variables_of_secure_boot(bench):
    run = Run(bench, "secure")
    run.cloud.secrets[bench.secret] = bench.key
    run.build()
    run.builder.path("/fake/pcr7").write_text("0" * 96)
    refused("amic measured something else", run.register)
    run.nothing_left()


def arm64_image_says_so(bench):
    run = Run(bench, faults=["arm64"]).build()
    image = run.cloud.images[run.register()]
    assert image["query"]["Architecture"] == "arm64" and "-arm64-" in image["name"]


def key_opens_for_attested_hosts_only(bench):
    template = documents.template(bench.folder / "secure/kms.yaml")
    old, new, pcr7 = "4" * 96, "5" * 96, bench.out["secure"].component.document
    given = {"AllowedPCR4": f"{old},{new}"}
    policy = documents.resolve(template, given)["Resources"]["Key"]["Properties"]["KeyPolicy"]["Statement"]
    pcr7 = next(s for s in pcr7["phases"][0]["steps"] if s["name"] == "MeasureImage")["inputs"]["commands"][0]
    pcr7 = pcr7.split("PCR7='")[1][:96]
    host, admin = "arn:aws:iam::111122223333:role/payments-host", "arn:aws:iam::111122223333:role/key-admin"
    names = ("4", "7", "12")

    def allowed(action, who, *values):
        context = {f"kms:RecipientAttestation:NitroTPMPCR{n}": v for n, v in zip(names, values)}
        mine = [s for s in policy if s["Principal"] == "*" or who in iam.as_list(s["Principal"]["AWS"])]
        return iam.decide(mine, action, "*", context) is not None

    for image in (old, new):
        assert allowed("kms:Decrypt", host, image, pcr7.upper(), ZERO)
    for values in ((), (old,), (old, pcr7), ("6" * 96, pcr7, ZERO), (old, "0" * 96, ZERO), (old, pcr7, "1" * 96)):
        assert not allowed("kms:Decrypt", host, *values), values
    assert not allowed("kms:Decrypt", admin, old, pcr7, ZERO) and not allowed("kms:ReEncryptFrom", host, old, pcr7, ZERO)
    assert allowed("kms:Encrypt", host) and allowed("kms:PutKeyPolicy", admin) and not allowed("kms:PutKeyPolicy", host)
    # Whatever another statement grants, a call without the values stays refused.
    policy.append({"Sid": "More", "Effect": "Allow", "Principal": {"AWS": host}, "Action": "kms:*", "Resource": "*"})
    assert not allowed("kms:Decrypt", host, old) and not allowed("kms:GenerateDataKey", host)


def secure_boot_without_signature_is_refused(bench):
    run = Run(bench, "secure")
    refused("SignImage", run.build)
    run.cloud.secrets[bench.secret] = bench.other_key
    refused("SignImage", run.build)


def all_cases():
    return [f for n, f in globals().items() if callable(f) and getattr(f, "__code__", None)
            and f.__code__.co_varnames[:f.__code__.co_argcount] == ("bench",)]


def halves():
    """All cases, in two processes: most of their time goes into starting the command line of AWS."""
    names = [c.__name__ for c in all_cases()]
    quick = ["quick"] if QUICK else []
    runs = [subprocess.Popen([sys.executable, __file__, *quick, *names[i::2]], stdout=subprocess.PIPE, text=True)
            for i in (0, 1)]
    texts = [r.communicate()[0] for r in runs]
    sums = [0, 0, 0]
    for text in texts:
        lines = text.splitlines()
        numbers = [int(w) for w in lines[-1].split() if w.isdigit()] if lines else []
        print("\n".join(lines[:-1]))
        sums = [a + b for a, b in zip(sums, numbers if len(numbers) == 3 else [0, 1, 0])]
    sums[2] = min(sums[2], 1)             # the same thing is missing in both
    print(f"{sums[0]} passed, {sums[1]} failed, {sums[2]} skipped")
    return 1 if sums[1] else 0


def run_cases(bench, wanted):
    passed = failed = 0
    for case in all_cases():
        if case.__name__ not in wanted:
            continue
        began = time.monotonic()
        try:
            case(bench)
        except Exception as e:  # every case is told, whatever it stumbles over
            failed += 1
            print(f"not ok {case.__name__}: {type(e).__name__}: {e}")
            if len(wanted) == 1:
                raise
        else:
            passed += 1
            print(f"ok {case.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
    return passed, failed


def main():
    wanted = [a for a in sys.argv[1:] if a != "quick"]
    if not wanted:
        return halves()
    if not builder.enter():
        print("skip: no network namespace can be made here (unshare)\n0 passed, 0 failed, 1 skipped")
        return 0
    with tempfile.TemporaryDirectory(dir=builder.ROOTS) as folder:
        folder = pathlib.Path(folder)
        out = compile_specs(folder)
        coldsnap = shutil.which("coldsnap")
        bench = Bench(out, coldsnap)
        keys = out if (out / "db.key").exists() else folder
        bench.key = (keys / "db.key").read_text()
        bench.other_key = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, text=True, check=True).stdout
        bench.secret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:uki-db-AbCdEf"
        commands = builder.start_commands()
        try:
            passed, failed = run_cases(bench, wanted)
        finally:
            commands.kill()
    if not coldsnap:
        print("skip: coldsnap is not installed (cargo install --locked --version 0.12.0 coldsnap); recorded instead")
    print(f"{passed} passed, {failed} failed, {0 if coldsnap else 1} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
