"""A scratch root that the emitted shell takes for a build instance: a layer over the host's programs,
fakes in /usr/local/bin for what only AWS has, and folders of its own for everything that is written.
Needs a mount namespace of its own (see enter()).
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Below it everything that is written; it goes away with the namespace, so nothing is removed by
# name where the host's folders are mounted.
ROOTS = "/mnt"
EXAMPLES = "kiwi-image-descriptions-examples"
# What newer tools than Debian's know of RegisterImage.
MODEL = {"merge": {"shapes": {"RegisterImageRequest": {"members": {"TagSpecifications": {
    "shape": "TagSpecificationList", "locationName": "TagSpecification"}}}}}}


def enter():
    """Runs this program again where 169.254.169.254 can be ours and nothing else is reachable."""
    if os.environ.get("DEPLOY_INSIDE") != "yes":
        kind = ["unshare", "-nm"] if os.geteuid() == 0 else ["unshare", "-rnm"]
        if subprocess.run(kind + ["true"], capture_output=True, check=False).returncode != 0:
            return False
        os.environ["DEPLOY_INSIDE"] = "yes"
        os.execvp(kind[0], kind + [sys.executable] + sys.argv)
    for command in (["mount", "--make-rprivate", "/"], ["mount", "-t", "tmpfs", "builders", ROOTS], ["ip", "link", "set", "lo", "up"],
                    ["ip", "addr", "add", "169.254.169.254/32", "dev", "lo"]):
        subprocess.run(command, check=True)
    return True


def write_models(folder):
    model = folder / "ec2/2016-11-15"
    model.mkdir(parents=True)
    (model / "service-2.sdk-extras.json").write_text(json.dumps(MODEL))


def start_commands():
    """The command line of AWS, of Debian's Python, as fakes/aws asks for it."""
    models = pathlib.Path(tempfile.mkdtemp(dir=ROOTS))
    write_models(models)
    process = subprocess.Popen(["/usr/bin/python3", HERE / "commands.py", models], stdout=subprocess.PIPE, text=True,
                               env={"PATH": "/usr/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"})
    if process.stdout.readline() != "ready\n":
        raise SystemExit("commands.py did not start")
    return process


class Builder:
    def __init__(self, port, faults=(), coldsnap=None):
        self.root = pathlib.Path(tempfile.mkdtemp(dir=ROOTS))
        for folder in ("usr", "etc", "proc", "dev", "tmp", "var/tmp", "var/lib", "var/log", "root", "run", "fake/models"):
            (self.root / folder).mkdir(parents=True)
        for link in ("bin", "sbin", "lib", "lib64"):
            if os.path.islink("/" + link):
                os.symlink(os.readlink("/" + link), self.root / link)
        for folder in ("etc", "proc", "dev"):
            self.mount("--rbind", "/" + folder, folder)
        # Made before the layers are joined, these folders are ours, whoever owns the host's.
        for folder in ("upper/local/bin", "upper/share/" + EXAMPLES, "work"):
            (self.root / folder).mkdir(parents=True)
        layers = f"lowerdir=/usr,upperdir={self.root}/upper,workdir={self.root}/work"
        subprocess.run(["mount", "-t", "overlay", "-o", layers, "usr", str(self.root / "usr")], check=True)
        self.local = self.root / "usr/local"
        for fake in (HERE / "fakes").iterdir():
            if fake.name != "amic":
                shutil.copy(fake, self.local / "bin")
        shutil.copytree(HERE / "modules", self.local / "lib" / f"python3.{sys.version_info.minor}" / "dist-packages",
                        dirs_exist_ok=True)
        if coldsnap:
            shutil.copy(coldsnap, self.local / "bin/coldsnap.real")
            (self.local / "bin/coldsnap").write_text(
                "#!/bin/sh\nexport AWS_ENDPOINT_URL=http://127.0.0.1:$(cat /fake/port)\n"
                'exec /usr/local/bin/coldsnap.real "$@"\n')
        (self.root / "fake/port").write_text(str(port))
        (self.root / "fake/root").write_text(str(self.root))
        write_models(self.root / "fake/models")
        for fault in faults:
            (self.root / "fake" / fault).touch()

    def mount(self, how, source, folder):
        subprocess.run(["mount", how, source, str(self.root / folder)], check=True)

    def path(self, inside):
        return self.root / inside.lstrip("/")

    def log(self):
        file = self.path("/fake/log")
        return file.read_text() if file.exists() else ""

    def run(self, script, timeout=120, **environment):
        """As the agents do: a file and a process group of its own, no HOME, its shebang honoured.
        After the time-out 137; whatever still holds the two streams is waited for."""
        file = self.path("/run/script")
        file.write_text(script)
        file.chmod(0o700)
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", **environment}
        command = ["chroot", str(self.root), "sh", "-c", "cd / && exec /run/script"]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, process_group=0)
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            out, err = self.process.communicate()
            return subprocess.CompletedProcess(command, 137, out, err)
        return subprocess.CompletedProcess(command, self.process.returncode, out, err)

    def kill(self, number=signal.SIGKILL):
        """The agent ends a command that takes too long, or was cancelled, by SIGKILL to its group."""
        os.killpg(self.process.pid, number)
