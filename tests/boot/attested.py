#!/usr/bin/python3
"""attested.py DIR WORD…: the document that the guest of DIR got, as a relying party holds it against DIR/disk.raw.

`amic verify` says yes with the nonce of this boot, no with that of another, and no, with the part named, for a disk
with one byte changed: in .osrel where a UKI boots, else in the command line of the menu's entry. With Secure Boot the
changed image is signed anew, if it is a signature that lets it start; a changed one under the old signature or hash
is one that the firmware refuses, and so does amic.
"""
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

import check

HERE = os.path.dirname(os.path.abspath(__file__))
LAB = os.environ.get("LAB", "")
USER_DATA = b"the boot lab".hex()
OSREL, ENTRY = b'NAME="amic boot test"', b"quiet panic=-1"


def relying_party(folder, words, image, nonce):
    """Exit status, answer, findings. The words tell how the machine was started, as they tell `amic pcr`."""
    command = [check.AMIC, "verify", os.path.join(folder, "document.cose"), "--root", os.path.join(LAB, "root.pem"),
               "--image", image, *check.options(folder, words), "--log", os.path.join(folder, "measurements.bin"),
               "--nonce", nonce, "--user-data", USER_DATA, "--max-age", "1h", "--format", "json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    answer = json.loads(run.stdout) if run.stdout else {}
    return run.returncode, answer, f"{run.stderr}\n{shlex.join(command)}"


def expect(want, told, what):
    status, answer, rest = told
    if status != want:
        raise check.Wrong(f"{what}: status {status}, not {want}\n{rest}\n{json.dumps(answer, indent=1)}")
    return answer


def flip(folder, image):
    """One byte of the disk. Behind a menu each of several images has it. Where: a section, or the entry's words."""
    with open(os.path.join(folder, "disk.raw"), "rb") as file:
        data = bytearray(file.read())
    needle, part = (OSREL, r"^differ: +\.osrel$") if OSREL in data else (ENTRY, "command line")
    at = data.find(needle)
    while at >= 0:
        data[at + len(needle) - 2] ^= 1
        at = data.find(needle, at)
    with open(image, "wb") as file:
        file.write(data)
    return part


def explained(answer, part):
    lines = [line for pcr in answer["candidates"][0]["pcrs"] for line in pcr["explanation"]]
    if not any(re.search(part, line) for line in lines):
        raise check.Wrong(f"the part that was changed, {part}, is not named:\n" + "\n".join(lines))


def signed_anew(folder, words, nonce):
    """The changed image as the owner of the keys would sign it."""
    with tempfile.TemporaryDirectory(dir=folder) as other:
        subprocess.run([os.path.join(HERE, "disk.py"), other, *words, "title=bmic boot test"], check=True,
                       stdout=subprocess.DEVNULL)
        told = relying_party(folder, words, os.path.join(other, "disk.raw"), nonce)
    explained(expect(1, told, "one byte changed, and signed"), r"^differ: +\.osrel$")


def is_secure(words):
    return any(word.startswith("sb=") and word != "sb=off" for word in words)


def attested(folder, words):
    with open(os.path.join(folder, "nonce"), encoding="ascii") as file:
        nonce = file.read().strip()
    disk = os.path.join(folder, "disk.raw")
    answer = expect(0, relying_party(folder, words, disk, nonce), "the machine's own image")
    if answer["verdict"] != "yes" or answer["document"]["nonce"] != nonce:
        raise check.Wrong(f"a yes that is another: {answer}")
    expect(1, relying_party(folder, words, disk, nonce[::-1]), "the nonce of another request")
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".raw") as other:
        part = flip(folder, other.name)
        told = relying_party(folder, words, other.name, nonce)
    if not is_secure(words) or part == "command line":     # an entry is not signed
        explained(expect(1, told, "one byte changed"), part)
        return "a document: yes, and no for one byte"
    expect(2, told, "one byte changed under its signature")
    if "would not start" not in told[2]:
        raise check.Wrong("one byte changed under its signature: " + told[2])
    if "sb=hash" not in words:
        signed_anew(folder, words, nonce)
    return "a document: yes, and no for one byte"


if __name__ == "__main__":
    try:
        print(attested(sys.argv[1], sys.argv[2:]))
    except check.Wrong as wrong:
        raise SystemExit(str(wrong)) from None
