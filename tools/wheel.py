#!/usr/bin/env python3
"""Packs a tree as a wheel, the same bytes each time: pip, pipx and pre-commit install the program
and its manual from it. There is no Python code inside.
usage: tools/wheel.py TREE VERSION ARCH OUTDIR    (TREE is what tools/tree.sh filled; ARCH as uname
says it, or macos_ARCH)"""
import base64
import hashlib
import os
import sys
import time
import zipfile

# A static Linux program needs neither glibc nor musl; the oldest tag of each that pip knows.
LINUX = "manylinux_2_17_{0}.manylinux2014_{0}.musllinux_1_1_{0}"
TAGS = {"x86_64": LINUX.format("x86_64"), "aarch64": LINUX.format("aarch64"),
        "macos_aarch64": "macosx_13_0_arm64", "macos_x86_64": "macosx_11_0_x86_64"}
METADATA = """Metadata-Version: 2.4
Name: amic
Version: {version}
Summary: Compiler for attestable Amazon machine images
License-Expression: Apache-2.0
License-File: LICENSE
License-File: NOTICES
Description-Content-Type: text/plain

Compiles a declarative spec to CloudFormation templates that build attestable AMIs, checks them,
and computes the PCR values that a disk image will show. This wheel holds the program and its
manual pages.
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: amic\nRoot-Is-Purelib: false\n{tags}"


def members(tree, version, tag):
    """(name in the wheel, mode, bytes), sorted as they are written."""
    info, data = f"amic-{version}.dist-info", f"amic-{version}.data"

    def read(path):
        with open(os.path.join(tree, path), "rb") as file:
            return file.read()

    yield f"{data}/scripts/amic", 0o755, read("bin/amic")
    for folder, folders, names in os.walk(os.path.join(tree, "share", "man")):
        folders.sort()
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), tree)
            yield f"{data}/data/{path}", 0o644, read(path)
    for name in ("LICENSE", "NOTICES"):
        yield f"{info}/licenses/{name}", 0o644, read(f"share/doc/amic/{name}")
    yield f"{info}/METADATA", 0o644, METADATA.format(version=version).encode()
    tags = "".join(f"Tag: py3-none-{one}\n" for one in tag.split("."))
    yield f"{info}/WHEEL", 0o644, WHEEL.format(tags=tags).encode()


def main():
    tree, version, arch, out = sys.argv[1:]
    tag = TAGS[arch]
    when = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
    record = []
    path = os.path.join(out, f"amic-{version}-py3-none-{tag}.whl")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        def add(name, mode, content):
            entry = zipfile.ZipInfo(name, when)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            wheel.writestr(entry, content)

        for name, mode, content in members(tree, version, tag):
            add(name, mode, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record.append(f"{name},sha256={digest.decode()},{len(content)}")
        name = f"amic-{version}.dist-info/RECORD"
        add(name, 0o644, "\n".join(record + [f"{name},,", ""]).encode())


main()
