#!/usr/bin/python3
"""fixture.py record DIR NAME WORD…   a boot's log and values, kept as fixtures/NAME.tar.xz
fixture.py replay quick|all         the same equality without qemu

An archive holds words, measurements.bin and pcrs.yaml; for a probe's boot also disk.raw and vars.fd, a few
kilobytes of our own making; for a boot of Linux instead `parts`, the digests of Debian's files on the disk:
the disk is made again where these are installed, and skipped where others are.
"""
import concurrent.futures
import io
import os
import shlex
import subprocess
import sys
import tarfile
import tempfile

import check
import eventlog

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "fixtures")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def record(folder, name, words):
    kept = ["measurements.bin", "pcrs.yaml"]
    kept += ["disk.raw", "vars.fd", "started"] if "chain=probe" in words else ["parts"]
    os.makedirs(FOLDER, exist_ok=True)
    with tarfile.open(os.path.join(FOLDER, name + ".tar.xz"), "w:xz", preset=9) as archive:
        for member, data in [("words", shlex.join(words).encode() + b"\n")] + [(k, read(os.path.join(folder, k))) for k in kept]:
            info = tarfile.TarInfo(member)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def consistent(folder):
    """The log's events give the TPM's values."""
    log = eventlog.events(read(os.path.join(folder, "measurements.bin")))
    for bank, pcrs in eventlog.values(read(os.path.join(folder, "pcrs.yaml")).decode()).items():
        folded = eventlog.fold(log, bank)
        for pcr, value in pcrs.items():
            if pcr not in eventlog.KERNEL_OWN and folded.get(pcr, bytes(len(value))) != value:
                raise check.Wrong(f"the recorded log does not give PCR{pcr} of {bank}")


def rebuilt(folder, words):
    """The disk of a Linux boot from installed packages; a reason when they are not those that booted."""
    run = subprocess.run([sys.executable, os.path.join(HERE, "disk.py"), folder, *words], capture_output=True, text=True,
                         check=False)
    if run.returncode:
        return run.stdout.strip().split("\n")[-1] or run.stderr.strip().split("\n")[-1]
    return ""


def replay_one(name, rebuild):
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(os.path.join(FOLDER, name + ".tar.xz")) as archive:
            archive.extractall(folder)
        words = shlex.split(read(os.path.join(folder, "words")).decode())
        consistent(folder)
        if "chain=probe" not in words:
            if not rebuild and "linux=probe" not in words:
                return "passed", "the log gives the values"
            booted = read(os.path.join(folder, "parts"))
            why = rebuilt(folder, words)
            if why:
                return "skipped", why
            if read(os.path.join(folder, "parts")) != booted:
                return "skipped", "other versions of Debian's packages than booted"
        return "passed", check.check(folder, words)


def replay(when):
    quick = set()
    with open(os.path.join(HERE, "matrix"), encoding="ascii") as file:
        for line in file:
            fields = line.split()
            if len(fields) > 1 and fields[1] == "quick":
                quick.add(fields[0])
    names = sorted(file.removesuffix(".tar.xz") for file in os.listdir(FOLDER) if file.endswith(".tar.xz"))
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
        jobs = [pool.submit(replay_one, name, when == "all" or name in quick) for name in names]
        for name, job in zip(names, jobs):
            try:
                result, why = job.result()
            except (check.Wrong, OSError, ValueError, subprocess.SubprocessError) as wrong:
                result, why = "FAILED", str(wrong)
            print(f"{result}: {name} (recorded): {why}", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "record":
        record(sys.argv[2], sys.argv[3], sys.argv[4:])
    else:
        replay(sys.argv[2])
