#!/usr/bin/python3
"""check.py DIR WORD…: what `amic pcr` predicts for DIR/disk.raw against DIR/measurements.bin and DIR/pcrs.yaml.

Three ways, the first two of which do not trust amic's own comparing: the predicted log event by event, PCR by
PCR, digest by digest; the values of every bank; and `--compare` with the log, which must find no difference.
"""
import json
import os
import subprocess
import sys

import eventlog

AMIC = os.environ.get("AMIC", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/plain/amic"))


class Wrong(Exception):
    """Prediction and boot differ."""


def read(path):
    with open(path, "rb") as file:
        return file.read()


def words_of(words, key):
    return [word.split("=", 1)[1] for word in words if word.startswith(key + "=")]


def options(folder, words):
    """What the disk does not tell: the variables, and what the platform adds."""
    out = ["--vars", os.path.join(folder, "vars.fd")]
    for key, option in (("load-options", "--load-options"), ("smbios", "--smbios-cmdline"), ("path", "--boot")):
        for value in words_of(words, key):
            out += [option, value]
    return out + (["--failed-entry"] if words_of(words, "boot-fails") else [])


def amic(folder, words, *more):
    command = [AMIC, "pcr", os.path.join(folder, "disk.raw"), *options(folder, words), *more]
    run = subprocess.run(command, capture_output=True, check=False, timeout=120)
    if run.returncode not in (0, 1, 2):
        raise Wrong(f"amic ended with {run.returncode}: {' '.join(command)}")
    return run


def undetermined(words):
    """PCRs of which no value can be told. In a kernel's place the probe reports before boot services end and takes
    no initrd; systemd 262 adds to the initrd a secret of the machine's when its firmware offers a random seed."""
    out = eventlog.PLATFORM | eventlog.KERNEL_OWN
    if "chain=probe" in words:      # a loader that amic does not know: events, no values
        return set(range(16))
    if "linux=probe" in words:
        out = out | {5, 9}
    if "stub=262" in words and "chain=type1" not in words:
        out = out | {9}
    return out


def same_events(words, predicted, seen):
    """PCR by PCR: the predicted events are those that were seen. How many were compared."""
    count = 0
    open_events = {9} & undetermined(words)
    for pcr in sorted(set(range(15)) - eventlog.PLATFORM - eventlog.KERNEL_OWN - open_events):
        ours = [e for e in predicted if e.pcr == pcr and e.kind != eventlog.NO_ACTION]
        theirs = [e for e in seen if e.pcr == pcr and e.kind != eventlog.NO_ACTION]
        for i in range(max(len(ours), len(theirs))):
            if i >= len(ours):
                raise Wrong(f"not predicted: {theirs[i]}")
            if i >= len(theirs):
                raise Wrong(f"predicted, not seen: {ours[i]}")
            for bank, digest in theirs[i].digests.items():
                if ours[i].kind != theirs[i].kind or ours[i].digests.get(bank) != digest:
                    raise Wrong(f"event {i} differs in {bank}:\n  predicted {ours[i]}\n  seen      {theirs[i]}")
            count += 1
    return count


def same_values(folder, words, bank, pcrs):
    listed = ",".join(str(pcr) for pcr in range(15) if pcr not in undetermined(words))
    if not listed:
        return 0
    run = amic(folder, words, "--format", "json", "--bank", bank, "--pcr", listed)
    if run.returncode:
        raise Wrong(f"no values for {bank}: " + run.stderr.decode())
    told = json.loads(run.stdout)["Measurements"]
    for pcr in listed.split(","):
        if told.get("PCR" + pcr) != pcrs[int(pcr)].hex():
            raise Wrong(f"PCR{pcr} of {bank}: predicted {told.get('PCR' + pcr)}, seen {pcrs[int(pcr)].hex()}")
    return len(listed.split(","))


def refused(folder, words):
    """Firmware started the other file: no events, exit 1, and a finding."""
    run = amic(folder, words, "--format", "log")
    if "newer=starts" in words and run.returncode == 0:
        return "started by firmware of 2025, as predicted, not by this one"
    if run.returncode != 1 or run.stdout:
        raise Wrong(f"firmware does not start this; amic ended with {run.returncode} and printed {len(run.stdout)} bytes")
    return "refused by both: " + run.stderr.decode().split("\n")[0]


def check(folder, words):
    seen = eventlog.events(read(os.path.join(folder, "measurements.bin")))
    tpm = eventlog.values(read(os.path.join(folder, "pcrs.yaml")).decode())
    started = os.path.join(folder, "started")
    if os.path.exists(started) and read(started) == b"good\n":
        return refused(folder, words)
    log = amic(folder, words, "--format", "log", *(word for bank in tpm for word in ("--bank", bank)))
    if log.returncode:
        raise Wrong("no prediction: " + log.stderr.decode())
    events = same_events(words, eventlog.events(log.stdout), seen)
    values = sum(same_values(folder, words, bank, pcrs) for bank, pcrs in tpm.items())
    open_end = undetermined(words) - eventlog.PLATFORM - eventlog.KERNEL_OWN
    for kept in ("measurements.bin", "pcrs.yaml"):
        run = amic(folder, words, "--compare", os.path.join(folder, kept))
        if run.returncode and not (run.returncode == 2 and open_end) and "chain=probe" not in words:
            raise Wrong(f"--compare {kept}: " + (run.stdout + run.stderr).decode())
    return f"{events} events, {values} values"


if __name__ == "__main__":
    try:
        print(check(sys.argv[1], sys.argv[2:]))
    except Wrong as wrong:
        raise SystemExit(str(wrong)) from None
