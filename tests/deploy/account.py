"""A stand-in for a whole account: what tests/account/run.sh asks of it, from the deployment of the
stacks (model.py) over builds (the emitted workflow and documents, documents.py) to their removal.

Its requests and answers were checked on 2026-11-28 against the shapes of the AWS CLI 2.9.19, with
which it runs, and of 1.45.11; codes and words of refusals against moto 5.2.1 where moto has the
call (EC2, S3, IAM, Logs, SSM). What Image Builder does is from its documentation and from a public
log of a build; nothing here was checked against an account. The emitted shell does not run here
(shell.py runs it), and of policies only what denies is looked at.
"""
import base64
import datetime
import io
import json
import pathlib
import re
import secrets

import documents
import iam
import model

ALLOW = {"Sid": "Allow", "Effect": "Allow", "Action": "*", "Resource": "*"}
NOW = datetime.datetime(2026, 11, 28, 9, 0, tzinfo=datetime.timezone.utc)
VERSIONED = {"AWS::ImageBuilder::Component": "component", "AWS::ImageBuilder::Workflow": "workflow",
             "AWS::SSM::Document": "document", "AWS::ImageBuilder::ImageRecipe": "recipe"}


def refuse(code, text):
    raise LookupError(code, text)


def identifier(kind):
    return f"{kind}-{secrets.token_hex(8)}0"


def pairs(tags):
    return [{"Key": k, "Value": v} for k, v in tags.items()]


def wanted(request, name):
    return next((f["Values"] for f in request.get("Filters", []) if f["Name"] == name), None)


class Account:
    """State, and one method an operation, SERVICE_OPERATION."""

    def __init__(self, disk, measured, faults=()):
        self.disk, self.measured, self.faults = pathlib.Path(disk).read_bytes(), measured, set(faults)
        self.stacks = model.Account()
        self.status, self.events, self.kept = {}, {}, {}
        self.builds, self.images, self.snapshots, self.instances = {}, {}, {}, {}
        self.objects, self.policies, self.bucket_policies = {}, {}, {}
        self.buckets, self.tokens = set(), {}

    def answer(self, service, name, request):
        method = getattr(self, f"{service.replace('-', '_')}_{name}", None)
        if method is None:
            raise NotImplementedError(f"{service} {name}")
        return method(request)

    def left(self):
        """Everything that is there: what a run must not leave."""
        found = list(self.stacks.stacks) + list(self.images) + list(self.snapshots)
        found += [i for i, x in self.instances.items() if x["state"] != "terminated"]
        found += [b for b, x in self.builds.items() if x["status"] not in ("deleted",)]
        found += [t.ref for t in self.stacks.retained] + list(self.buckets)
        return found + [f"{b}/{k}" for b, k in self.objects]

    # ---- identity

    def sts_GetCallerIdentity(self, _):
        return {"Account": self.stacks.number, "Arn": f"arn:aws:iam::{self.stacks.number}:user/tester", "UserId": "AIDA"}

    # ---- CloudFormation

    def stack(self, name):
        if name not in self.status:
            refuse("ValidationError", f"Stack with id {name} does not exist")
        return self.stacks.stacks.get(name)

    @staticmethod
    def parameters(request):
        return {p["ParameterKey"]: p["ParameterValue"] for p in request.get("Parameters", [])}

    def cloudformation_GetTemplateSummary(self, q):
        rules = self.read(q).get("Parameters", {})
        return {"Parameters": [{"ParameterKey": n, "ParameterType": r["Type"],
                                **({"DefaultValue": model.as_text(r["Default"])} if "Default" in r else {})}
                               for n, r in rules.items()]}

    def body(self, q):
        """The template itself, or where it lies: https://BUCKET.s3.REGION.amazonaws.com/KEY."""
        if "TemplateBody" in q:
            return q["TemplateBody"]
        bucket, key = re.fullmatch(r"https://([a-z0-9-]+)\.s3\.eu-central-1\.amazonaws\.com/(.+)", q["TemplateURL"]).groups()
        return self.s3_GetObject({"Bucket": bucket, "Key": key})["Body"].read().decode()

    def read(self, q):
        try:
            return model.read(self.body(q), "TemplateBody" in q)
        except model.Refused as e:
            return refuse("ValidationError", str(e))

    def network(self, q):
        """Subnets and groups of a real account, where the model knows those of its own tests."""
        self.stacks.existing["AWS::EC2::Subnet::Id"].add("subnet-0default")
        self.stacks.existing["AWS::EC2::SecurityGroup::Id"].add("sg-0default")
        try:
            self.stacks.prepare(q["StackName"], self.body(q), self.parameters(q), q.get("Capabilities", ()), "TemplateBody" in q)
        except model.Refused as e:
            code = "InsufficientCapabilitiesException" if "capabilities" in str(e) else "ValidationError"
            refuse(code, str(e))

    def change(self, q, verb, done):
        name = q["StackName"]
        self.network(q)
        try:
            if "stack fails" in self.faults:
                raise model.Refused("LogBucket: The bucket name is taken")
            getattr(self.stacks, verb)(name, self.body(q), self.parameters(q), q.get("Capabilities", ()), "TemplateBody" in q)
        except model.Refused as e:
            if "No updates" in str(e):
                refuse("ValidationError", "No updates are to be performed.")
            self.events.setdefault(name, []).append(str(e))
            done = "ROLLBACK_COMPLETE" if verb == "create" else "UPDATE_ROLLBACK_COMPLETE"
        self.status[name] = [f"{verb.upper()}_IN_PROGRESS", done]
        return {"StackId": f"arn:aws:cloudformation:eu-central-1:111122223333:stack/{name}/0"}

    def cloudformation_CreateStack(self, q):
        if q["StackName"] in self.status:
            refuse("AlreadyExistsException", f"Stack [{q['StackName']}] already exists")
        return self.change(q, "create", "CREATE_COMPLETE")

    def cloudformation_UpdateStack(self, q):
        self.stack(q["StackName"])
        return self.change(q, "update", "UPDATE_COMPLETE")

    def cloudformation_DescribeStacks(self, q):
        name = q["StackName"]
        stack = self.stack(name)
        now = self.status[name][0]
        if len(self.status[name]) > 1:
            self.status[name].pop(0)
        elif now == "DELETE_COMPLETE":
            del self.status[name]
            self.stack(name)
        exported = {v: k for k, v in stack.exported.items()} if stack else {}
        outputs = [{"OutputKey": k, "OutputValue": v, **({"ExportName": exported[v]} if v in exported else {})}
                   for k, v in (stack.outputs if stack else {}).items()]
        return {"Stacks": [{"StackName": name, "StackStatus": now, "CreationTime": NOW, "Outputs": outputs}]}

    def cloudformation_DescribeStackEvents(self, q):
        return {"StackEvents": [{"StackId": "s", "EventId": "e", "StackName": q["StackName"], "Timestamp": NOW,
                                 "LogicalResourceId": t.split(":")[0], "ResourceStatus": "CREATE_FAILED",
                                 "ResourceStatusReason": t} for t in self.events.get(q["StackName"], [])]}

    def cloudformation_DescribeStackResources(self, q):
        stack = self.stack(q["StackName"])
        return {"StackResources": [{"LogicalResourceId": t.logical, "PhysicalResourceId": t.ref, "ResourceType": t.kind,
                                    "Timestamp": NOW, "ResourceStatus": "CREATE_COMPLETE"}
                                   for t in (stack.things.values() if stack else [])]}

    def cloudformation_DescribeStackResource(self, q):
        found = [t for t in self.stack(q["StackName"]).things.values() if t.logical == q["LogicalResourceId"]]
        t = found[0] if found else refuse("ValidationError", f"Resource {q['LogicalResourceId']} does not exist for stack")
        return {"StackResourceDetail": {"LogicalResourceId": t.logical, "PhysicalResourceId": t.ref, "ResourceType": t.kind,
                                        "LastUpdatedTimestamp": NOW, "ResourceStatus": "CREATE_COMPLETE"}}

    def cloudformation_DeleteStack(self, q):
        name = q["StackName"]
        if name not in self.status:
            return
        for thing in self.things("AWS::S3::Bucket", name):
            thing.objects = sum(b == thing.ref for b, _ in self.objects)
        try:
            if name in self.stacks.stacks:
                self.stacks.delete(name)
            self.status[name] = ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
        except model.Refused as e:
            self.events.setdefault(name, []).append(str(e))
            self.status[name] = ["DELETE_IN_PROGRESS", "DELETE_FAILED"]

    def things(self, kind, stack=None):
        found = [t for n, s in self.stacks.stacks.items() if stack in (None, n) for t in s.things.values()]
        return [t for t in found + ([] if stack else self.stacks.retained) if t.kind == kind]

    def thing(self, kind, ref, code="ResourceNotFoundException"):
        found = [t for t in self.things(kind) if ref in (t.ref, t.attributes.get("Arn"))]
        return found[0] if found else refuse(code, f"The resource {ref} was not found")

    def drop(self, kind, ref, code="ResourceNotFoundException"):
        """Deletes what a stack has kept; what is a stack's own is in use."""
        thing = self.thing(kind, ref, code)
        if thing not in self.stacks.retained:
            refuse("ResourceDependencyException", f"{ref} is in use by a stack")
        self.stacks.retained.remove(thing)

    # ---- IAM

    def iam_GetInstanceProfile(self, q):
        t = self.thing("AWS::IAM::InstanceProfile", q["InstanceProfileName"], "NoSuchEntity")
        roles = [{"Path": "/", "RoleName": r, "RoleId": "AROA", "Arn": "arn:aws:iam::111122223333:role/" + r, "CreateDate": NOW}
                 for r in t.properties["Roles"]]
        return {"InstanceProfile": {"Path": "/", "InstanceProfileName": t.ref, "InstanceProfileId": "AIPA", "Roles": roles,
                                    "Arn": t.attributes["Arn"], "CreateDate": NOW}}

    def iam_GetRole(self, q):
        t = self.thing("AWS::IAM::Role", q["RoleName"], "NoSuchEntity")
        return {"Role": {"Path": "/", "RoleName": t.ref, "RoleId": "AROA", "Arn": t.attributes["Arn"], "CreateDate": NOW}}

    def iam_SimulatePrincipalPolicy(self, q):
        """What our own model of IAM says of the policies as CloudFormation has resolved them."""
        role = self.thing("AWS::IAM::Role", q["PolicySourceArn"], "NoSuchEntity")
        policies = role.properties.get("Policies", []) + [
            t.properties for t in self.things("AWS::IAM::Policy") if role.ref in t.properties["Roles"]]
        statements = [s for p in policies for s in p["PolicyDocument"]["Statement"]]
        if "weak role" in self.faults and role.logical == "InstanceRole":
            statements.append({**ALLOW, "Action": "ec2:ModifySnapshotAttribute"})
        context = {e["ContextKeyName"]: e["ContextKeyValues"] if e["ContextKeyType"] == "stringList" else e["ContextKeyValues"][0]
                   for e in q["ContextEntries"]}
        (action,), (resource,) = q["ActionNames"], q["ResourceArns"]
        good = iam.decide(statements, action, resource, context)
        return {"EvaluationResults": [{"EvalActionName": action, "EvalResourceName": resource,
                                       "EvalDecision": "allowed" if good else "implicitDeny"}]}

    def iam_PutRolePolicy(self, q):
        self.thing("AWS::IAM::Role", q["RoleName"], "NoSuchEntity")
        self.policies[q["RoleName"], q["PolicyName"]] = json.loads(q["PolicyDocument"])["Statement"]

    def iam_DeleteRolePolicy(self, q):
        if self.policies.pop((q["RoleName"], q["PolicyName"]), None) is None:
            refuse("NoSuchEntity", f"The role policy with name {q['PolicyName']} cannot be found.")

    def denied(self, action, resource, **context):
        """Is a call of the builder's denied by what was put beside its own policies?"""
        context = {k.replace("__", ":"): v for k, v in context.items()}
        statements = [s for p in (*self.policies.values(), *self.bucket_policies.values()) for s in p if s["Effect"] == "Deny"]
        return iam.decide([*statements, ALLOW], action, resource, context) is None

    # ---- Image Builder

    def imagebuilder_GetImagePipeline(self, q):
        p = self.thing("AWS::ImageBuilder::ImagePipeline", q["imagePipelineArn"])
        return {"imagePipeline": {"arn": p.ref, "infrastructureConfigurationArn": p.properties["InfrastructureConfigurationArn"]}}

    def imagebuilder_GetInfrastructureConfiguration(self, q):
        i = self.thing("AWS::ImageBuilder::InfrastructureConfiguration", q["infrastructureConfigurationArn"]).properties
        return {"infrastructureConfiguration": {"subnetId": i["SubnetId"], "securityGroupIds": i["SecurityGroupIds"],
                                                "instanceTypes": i["InstanceTypes"]}}

    def imagebuilder_StartImagePipelineExecution(self, q):
        if q["clientToken"] not in self.tokens:
            p = self.thing("AWS::ImageBuilder::ImagePipeline", q["imagePipelineArn"])
            recipe = self.thing("AWS::ImageBuilder::ImageRecipe", p.properties["ImageRecipeArn"])
            name, version = recipe.ref.split("/")[-2:]
            stem = f"arn:aws:imagebuilder:eu-central-1:111122223333:image/{name.lower().replace('_', '-')}/{version}"
            arn = f"{stem}/{1 + sum(b.startswith(stem + '/') for b in self.builds)}"
            self.builds[arn] = {"pipeline": p, "recipe": recipe, "status": "PENDING", "reason": "", "images": []}
            self.tokens[q["clientToken"]] = arn
        return {"imageBuildVersionArn": self.tokens[q["clientToken"]]}

    def build(self, arn):
        if self.builds.get(arn, {"status": "deleted"})["status"] == "deleted":
            refuse("ResourceNotFoundException", f"The resource with ARN {arn} was not found")
        return self.builds[arn]

    def imagebuilder_GetImage(self, q):
        b = self.build(q["imageBuildVersionArn"])
        state = {"status": b["status"], **({"reason": b["reason"]} if b["reason"] else {})}
        found = {"arn": q["imageBuildVersionArn"], "state": state,
                 "outputResources": {"amis": [{"image": i} for i in b["images"]]}}
        self.go_on(q["imageBuildVersionArn"], b)
        return {"image": found}

    def go_on(self, arn, b):
        """One look is one step of the build."""
        if b["status"] == "PENDING":
            b["status"], b["instance"] = "BUILDING", self.launch(self.profile(b), {"CreatedBy": "EC2 Image Builder"})
        elif b["status"] == "BUILDING":
            try:
                b["status"], b["images"] = "AVAILABLE", [self.work(arn, b)]
            except (documents.Failed, documents.Invalid) as e:
                b["status"], b["reason"] = "FAILED", str(e)[:500]
            self.instances[b["instance"]]["state"] = "running" if "builder stays" in self.faults else "terminated"

    def profile(self, b):
        i = self.thing("AWS::ImageBuilder::InfrastructureConfiguration", b["pipeline"].properties["InfrastructureConfigurationArn"])
        return self.thing("AWS::IAM::InstanceProfile", i.properties["InstanceProfileName"]).attributes["Arn"]

    def newest(self, kind, arn):
        stem = arn.removesuffix("x.x.x")
        found = [t for t in self.things(kind) if t.ref == arn or arn != stem and t.ref.startswith(stem)]
        return max(found, key=lambda t: [int(n) for n in re.findall(r"\d+", t.ref.rsplit("/", 2)[1])])

    def work(self, arn, b):
        """The workflow's steps, with the component's and the document's parameters looked at."""
        use = b["pipeline"].properties["Workflows"][0]
        given = {p["Name"]: p["Value"][0] for p in use.get("Parameters", [])}
        workflow = documents.Workflow(self.newest("AWS::ImageBuilder::Workflow", use["WorkflowArn"]).properties["Data"])
        number = arn.split("/")[-2:]
        image = {"imageName": b["recipe"].properties["Name"], "imageVersionNumber": number[0], "imageBuildNumber": int(number[1])}
        actions = {"LaunchInstance": lambda inputs, step: {"instanceId": b["instance"]},
                   "ExecuteComponents": lambda inputs, step: self.components(b),
                   "RunCommand": lambda inputs, step: self.command(b, inputs),
                   "TerminateInstance": lambda inputs, step: {}}
        return workflow.run(given, actions, image)["ImageId"]

    def components(self, b):
        for use in b["recipe"].properties["Components"]:
            component = documents.Component(self.newest("AWS::ImageBuilder::Component", use["ComponentArn"]).properties["Data"])
            known = {n: p["default"] for n, p in component.parameters.items() if "default" in p}
            for p in use.get("Parameters", []):
                if p["Name"] not in component.parameters:
                    raise documents.Invalid(f"the component has no parameter {p['Name']}")
                known[p["Name"]] = p["Value"][0]
            for step in component.document["phases"][0]["steps"]:
                if step["action"] == "Assert" and not documents.compare(documents.fill(step["inputs"], known)):
                    raise documents.Failed(f"{step['name']}: the assertion is false")
        group = next(t for t in self.things("AWS::Logs::LogGroup"))
        group.streams = 1
        self.put(b, f"{self.prefix(b)}/execution.log", b"the component's log")
        return {}

    def prefix(self, b):
        i = self.thing("AWS::ImageBuilder::InfrastructureConfiguration", b["pipeline"].properties["InfrastructureConfigurationArn"])
        return i.properties["Logging"]["S3Logs"]["S3KeyPrefix"]

    def put(self, b, key, data):
        bucket = self.things("AWS::S3::Bucket")[0].ref
        self.objects.setdefault((bucket, key), []).append((identifier("v"), data))
        return f"s3://{bucket}/{key}"

    def command(self, b, inputs):
        """What the document's script would do, were it run."""
        thing = self.thing("AWS::SSM::Document", inputs["documentName"], "InvalidDocument")
        document = documents.CommandDocument(thing.properties["Content"])
        given = {}
        for name, values in inputs["parameters"].items():
            if name not in document.content["parameters"]:
                raise documents.Invalid(f"the document has no parameter {name}")
            (given[name],) = values
            document.check(name, given[name])
        where = given.get("logPrefix", f"s3://bucket/{self.prefix(b)}").split("/", 3)[3]
        self.put(b, f"{where}/CreateOutputAmi-{b['instance']}.log", b"create-ami: registered")
        snapshot, tags = identifier("snap"), {"CreatedBy": "EC2 Image Builder", "amic:base": given["baseName"], "amic:build": b["instance"]}
        if self.denied("ec2:CreateTags", f"arn:aws:ec2:eu-central-1::snapshot/{snapshot}"):
            raise documents.Failed("CreateOutputAmi: UnauthorizedOperation: ec2:CreateTags")
        self.snapshots[snapshot] = tags
        return {"output": [self.register(b, given, snapshot, tags)]}

    def register(self, b, given, snapshot, tags):
        image, arn = identifier("ami"), given["imageArn"].lower()
        name = f"{given['imageNamePrefix']}-x86_64-{'-'.join(arn.split('/')[-2:])}-{b['instance'][2:]}"
        if self.denied("ec2:RegisterImage", f"arn:aws:ec2:eu-central-1::image/{image}"):
            if not self.denied("ec2:DeleteSnapshot", f"arn:aws:ec2:eu-central-1::snapshot/{snapshot}"):
                del self.snapshots[snapshot]
            raise documents.Failed("CreateOutputAmi: RegisterImage: UnauthorizedOperation")
        bucket = self.things("AWS::S3::Bucket")[0].ref
        key = f"{given['referencePrefix'].split('/', 3)[3].rstrip('/')}/{name}.json"
        if self.denied("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}"):
            raise documents.Failed("CreateOutputAmi: WriteReference: AccessDenied")
        uri = self.put(b, key, json.dumps({"Measurements": {"HashAlgorithm": "SHA384", **self.measured}}).encode())
        values = {k: v[:-1] + "0" if "pcr" in self.faults else v for k, v in self.measured.items()}
        arn = arn if "arn" in self.faults else arn.replace("_", "-")
        self.images[image] = {"name": name, "snapshot": snapshot, "tags": {
            **tags, **values, "Name": name, "Ec2ImageBuilderArn": arn, "amic:reference": uri}}
        return image + ("\n----------ERROR-------\n[INFO ] Upload complete" if "stderr" in self.faults else "")

    def imagebuilder_CancelImageCreation(self, q):
        b = self.build(q["imageBuildVersionArn"])
        if b["status"] not in ("PENDING", "BUILDING"):
            refuse("InvalidRequestException", "The image is not being built")
        b["status"] = "CANCELLED"
        if "instance" in b:
            self.instances[b["instance"]]["state"] = "terminated"

    def imagebuilder_ListImagePackages(self, q):
        told = self.build(q["imageBuildVersionArn"])["pipeline"].properties.get("EnhancedImageMetadataEnabled", True)
        return {"imagePackageList": [{"packageName": "bash", "packageVersion": "5"}] if told not in (False, "false") else []}

    def imagebuilder_ListImagePipelineImages(self, q):
        self.thing("AWS::ImageBuilder::ImagePipeline", q["imagePipelineArn"])
        return {"imageSummaryList": [{"arn": a} for a, b in self.builds.items()
                                     if b["pipeline"].ref == q["imagePipelineArn"] and b["status"] != "deleted"]}

    def imagebuilder_DeleteImage(self, q):
        b = self.build(q["imageBuildVersionArn"])
        if b["status"] in ("PENDING", "BUILDING"):
            refuse("InvalidRequestException", "The image is being built")
        b["status"] = "deleted"

    def imagebuilder_DeleteImageRecipe(self, q):
        self.drop("AWS::ImageBuilder::ImageRecipe", q["imageRecipeArn"])

    def imagebuilder_DeleteComponent(self, q):
        self.drop("AWS::ImageBuilder::Component", q["componentBuildVersionArn"])

    def imagebuilder_DeleteWorkflow(self, q):
        self.drop("AWS::ImageBuilder::Workflow", q["workflowBuildVersionArn"])

    # ---- EC2

    def ec2_DescribeInstanceTypeOfferings(self, q):
        assert wanted(q, "instance-type") == ["c7i.2xlarge"]
        return {"InstanceTypeOfferings": [{"Location": "eu-central-1" + z, "InstanceType": "c7i.2xlarge"} for z in "bc"]}

    def ec2_DescribeSubnets(self, q):
        assert wanted(q, "availability-zone") == ["eu-central-1b", "eu-central-1c"]
        return {"Subnets": [{"SubnetId": "subnet-0default", "VpcId": "vpc-0default"}]}

    def ec2_DescribeSecurityGroups(self, q):
        assert wanted(q, "vpc-id") == ["vpc-0default"]
        return {"SecurityGroups": [{"GroupId": "sg-0default"}]}

    def launch(self, profile, tags, **more):
        name = identifier("i")
        self.instances[name] = {"profile": profile, "tags": tags, "state": "running", "looks": 0, **more}
        return name

    def ec2_RunInstances(self, q):
        if q["ImageId"] not in self.images:
            refuse("InvalidAMIID.NotFound", f"The image id '[{q['ImageId']}]' does not exist")
        if q["ClientToken"] not in self.tokens:
            tags = {t["Key"]: t["Value"] for t in q["TagSpecifications"][0]["Tags"]}
            self.tokens[q["ClientToken"]] = self.launch(None, tags, image=q["ImageId"])
        return {"Instances": [{"InstanceId": self.tokens[q["ClientToken"]]}]}

    def instance(self, name):
        return self.instances.get(name) or refuse("InvalidInstanceID.NotFound", f"The instance ID '{name}' does not exist")

    def ec2_DescribeInstances(self, q):
        found = []
        for name, i in self.instances.items():
            tags = [f"tag:{k}" for k, v in i["tags"].items() if v in (wanted(q, f"tag:{k}") or [v])]
            if (name in q.get("InstanceIds", [name]) and i["profile"] in (wanted(q, "iam-instance-profile.arn") or [i["profile"]])
                    and i["state"] in (wanted(q, "instance-state-name") or [i["state"]])
                    and all(f["Name"] in tags for f in q.get("Filters", []) if f["Name"].startswith("tag:"))):
                found.append({"InstanceId": name, "State": {"Name": i["state"]}})
                i["state"] = "terminated" if i["state"] == "shutting-down" else i["state"]
        return {"Reservations": [{"Instances": found}] if found else []}

    def ec2_DescribeInstanceStatus(self, q):
        i = self.instance(q["InstanceIds"][0])
        i["looks"] += 1
        word = "impaired" if "boot fails" in self.faults else "ok" if i["looks"] > 1 else "initializing"
        return {"InstanceStatuses": [{"InstanceState": {"Name": i["state"]}, "SystemStatus": {"Status": "ok"},
                                      "InstanceStatus": {"Status": word}}]}

    def ec2_TerminateInstances(self, q):
        for name in q["InstanceIds"]:
            i = self.instance(name)
            i["state"] = "terminated" if i["state"] == "terminated" else "shutting-down"

    def ec2_GetConsoleOutput(self, q):
        return {"InstanceId": q["InstanceId"], "Output": base64.b64encode(b"[    1.0] Kernel panic - not syncing\n").decode()}

    def ec2_GetInstanceTpmEkPub(self, q):
        self.instance(q["InstanceId"])
        return {"KeyValue": "MIIB"}

    def ec2_GetInstanceUefiData(self, q):
        self.instance(q["InstanceId"])
        return {"InstanceId": q["InstanceId"], "UefiData": "QU1aTlVFRkk="}

    def ec2_DescribeImages(self, q):
        if q.get("ImageIds") and q["ImageIds"][0] not in self.images:
            refuse("InvalidAMIID.NotFound", f"The image id '[{q['ImageIds'][0]}]' does not exist")
        return {"Images": [{
            "ImageId": n, "Name": i["name"], "State": "available", "Architecture": "x86_64", "BootMode": "uefi",
            "TpmSupport": "v2.0", "ImdsSupport": "v2.0", "VirtualizationType": "hvm", "EnaSupport": True,
            "Tags": pairs(i["tags"]), "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": i["snapshot"]}}],
        } for n, i in self.images.items() if n in q.get("ImageIds", [n])
            and i["tags"].get("amic:base") in (wanted(q, "tag:amic:base") or [i["tags"].get("amic:base")])]}

    def ec2_DescribeSnapshots(self, q):
        if q.get("SnapshotIds") and q["SnapshotIds"][0] not in self.snapshots:
            refuse("InvalidSnapshot.NotFound", f"The snapshot '{q['SnapshotIds'][0]}' does not exist.")
        return {"Snapshots": [{"SnapshotId": n, "State": "completed", "Tags": pairs(t), "StartTime": NOW} for n, t in self.snapshots.items()
                              if n in q.get("SnapshotIds", [n]) and t["amic:base"] in (wanted(q, "tag:amic:base") or [t["amic:base"]])]}

    def ec2_DeregisterImage(self, q):
        if self.images.pop(q["ImageId"], None) is None:
            refuse("InvalidAMIID.NotFound", f"The image id '[{q['ImageId']}]' does not exist")

    def ec2_DeleteSnapshot(self, q):
        name = q["SnapshotId"]
        if name not in self.snapshots:
            refuse("InvalidSnapshot.NotFound", f"The snapshot '{name}' does not exist.")
        if any(i["snapshot"] == name for i in self.images.values()):
            refuse("InvalidSnapshot.InUse", f"The snapshot {name} is currently in use by an image")
        if "snapshot stays" in self.faults:
            refuse("UnauthorizedOperation", "You are not authorized to perform this operation.")
        del self.snapshots[name]

    # ---- S3, KMS, Logs, SSM, CloudTrail

    def bucket(self, name):
        return name in self.buckets or self.thing("AWS::S3::Bucket", name, "NoSuchBucket")

    def s3_CreateBucket(self, q):
        assert q["CreateBucketConfiguration"] == {"LocationConstraint": "eu-central-1"}
        self.buckets.add(q["Bucket"])

    def s3_PutObject(self, q):
        self.bucket(q["Bucket"])
        self.objects.setdefault((q["Bucket"], q["Key"]), []).append((identifier("v"), q["Body"].read()))

    def s3_ListObjectsV2(self, q):
        self.bucket(q["Bucket"])
        return {"Contents": [{"Key": k, "Size": len(v[-1][1])} for (b, k), v in self.objects.items()
                             if b == q["Bucket"] and k.startswith(q.get("Prefix", ""))]}

    def s3_GetObject(self, q):
        found = self.objects.get((q["Bucket"], q["Key"])) or refuse("NoSuchKey", "The specified key does not exist.")
        return {"Body": io.BytesIO(found[-1][1]), "ContentLength": len(found[-1][1])}

    def s3_ListObjectVersions(self, q):
        self.bucket(q["Bucket"])
        return {"Versions": [{"Key": k, "VersionId": v} for (b, k), kept in self.objects.items() if b == q["Bucket"] for v, _ in kept]}

    def s3_DeleteObjects(self, q):
        for o in q["Delete"]["Objects"]:
            at = q["Bucket"], o["Key"]
            self.objects[at] = [v for v in self.objects.get(at, []) if v[0] != o["VersionId"]]
            if not self.objects[at]:
                del self.objects[at]

    def s3_DeleteBucket(self, q):
        if any(b == q["Bucket"] for b, _ in self.objects):
            refuse("BucketNotEmpty", "The bucket you tried to delete is not empty")
        if q["Bucket"] in self.buckets:
            self.buckets.remove(q["Bucket"])
        else:
            self.drop("AWS::S3::Bucket", q["Bucket"], "NoSuchBucket")

    def s3_GetBucketPolicy(self, q):
        self.bucket(q["Bucket"])
        found = next(t for t in self.things("AWS::S3::BucketPolicy") if t.properties["Bucket"] == q["Bucket"])
        return {"Policy": json.dumps(found.properties["PolicyDocument"])}

    def s3_PutBucketPolicy(self, q):
        self.bucket(q["Bucket"])
        self.bucket_policies[q["Bucket"]] = json.loads(q["Policy"])["Statement"]

    def logs_DescribeLogStreams(self, q):
        group = self.thing("AWS::Logs::LogGroup", q["logGroupName"])
        return {"logStreams": [{"logStreamName": "1"}] * getattr(group, "streams", 0)}

    def logs_DeleteLogGroup(self, q):
        self.drop("AWS::Logs::LogGroup", q["logGroupName"])

    def ssm_DeleteDocument(self, q):
        self.drop("AWS::SSM::Document", q["Name"], "InvalidDocument")

    def cloudtrail_LookupEvents(self, _):
        role = next(t for t in self.things("AWS::IAM::Role") if t.logical == "InstanceRole").ref
        event = {"eventName": "DescribeTags", "userIdentity": {"sessionContext": {"sessionIssuer": {"userName": role}}}}
        refused = {**event, "eventName": "DescribeVolumes", "errorCode": "Client.UnauthorizedOperation"}
        return {"Events": [{"CloudTrailEvent": json.dumps(e)} for e in ([event, refused] if "denied" in self.faults else [event])]}

    # ---- coldsnap

    def download(self, words):
        """Real coldsnap's command line (0.12): download [--no-progress] SNAPSHOT FILE."""
        command, snapshot, file = [w for w in words if w != "--no-progress"]
        if command != "download" or pathlib.Path(file).exists():
            return 1, f"Refusing to overwrite existing file '{file}' without --force\n"
        if snapshot not in self.snapshots:
            return 1, f"Failed to download snapshot: {snapshot}: NotFound\n"
        pathlib.Path(file).write_bytes(self.disk)
        return 0, ""
