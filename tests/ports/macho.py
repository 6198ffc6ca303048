#!/usr/bin/env python3
"""Looks at a macOS program that was built here and can't be run here: is it for the processor, for
macOS from the release that its packages name, with nothing but libSystem, position independent,
and, for arm64, signed so that the kernel starts it (an ad-hoc signature, whose page hashes hold)?
After Apple's mach-o/loader.h and the Security framework's cs_blobs.h. Not compared with a Mac's own
tools. usage: macho.py PROGRAM aarch64|x86_64 OLDEST    (OLDEST: 13.0)"""
import hashlib
import struct
import sys

CPU = {"aarch64": 0x0100000C, "x86_64": 0x01000007}
MH_EXECUTE, MH_PIE = 2, 0x200000
LC_LOAD_DYLIB, LC_LOAD_WEAK_DYLIB, LC_REEXPORT_DYLIB = 0xC, 0x80000018, 0x8000001F
LC_CODE_SIGNATURE, LC_BUILD_VERSION, PLATFORM_MACOS = 0x1D, 0x32, 1
EMBEDDED_SIGNATURE, CODE_DIRECTORY, SHA256 = 0xFADE0CC0, 0xFADE0C02, 2


def commands(data):
    count, size = struct.unpack_from("<II", data, 16)
    at = 32
    for _ in range(count):
        kind, length = struct.unpack_from("<II", data, at)
        yield kind, data[at:at + length]
        at += length
    assert at == 32 + size, "the load commands do not fill their space"


def check_signature(data, off, size):
    """The pages before the signature have the hashes that its code directory says."""
    blob = data[off:off + size]
    magic, _, count = struct.unpack_from(">III", blob)
    assert magic == EMBEDDED_SIGNATURE, "not an embedded signature"
    for i in range(count):
        start = struct.unpack_from(">I", blob, 12 + 8 * i + 4)[0]
        directory = blob[start:]
        if struct.unpack_from(">I", directory)[0] != CODE_DIRECTORY:
            continue
        hashes, _, _, slots, limit = struct.unpack_from(">IIIII", directory, 16)
        length, kind, _, page = struct.unpack_from(">BBBB", directory, 36)
        assert kind == SHA256 and limit <= off, "an unknown hash, or pages beyond the signature"
        for slot in range(slots):
            at = slot << page
            want = directory[hashes + slot * length:hashes + (slot + 1) * length]
            got = hashlib.sha256(data[at:min(at + (1 << page), limit)]).digest()
            assert got == want, f"page {slot} of {slots} has another hash"
        return slots
    raise AssertionError("no code directory")


def main():
    path, machine, oldest = sys.argv[1:]
    with open(path, "rb") as file:
        data = file.read()
    magic, cpu, _, kind = struct.unpack_from("<IIII", data)
    flags = struct.unpack_from("<I", data, 24)[0]
    assert magic == 0xFEEDFACF, "not a 64-bit Mach-O"
    assert cpu == CPU[machine], f"for processor {cpu:#x}"
    assert kind == MH_EXECUTE and flags & MH_PIE, "not a position-independent program"
    versions, libraries, pages = [], [], None
    for command, body in commands(data):
        if command == LC_BUILD_VERSION:
            platform, minimum = struct.unpack_from("<II", body, 8)
            assert platform == PLATFORM_MACOS, f"for platform {platform}"
            versions.append(f"{minimum >> 16}.{minimum >> 8 & 0xff}")
        if command in (LC_LOAD_DYLIB, LC_LOAD_WEAK_DYLIB, LC_REEXPORT_DYLIB):
            name = struct.unpack_from("<I", body, 8)[0]
            libraries.append(body[name:].split(b"\0")[0].decode())
        if command == LC_CODE_SIGNATURE:
            pages = check_signature(data, *struct.unpack_from("<II", body, 8))
    assert versions == [oldest], f"for macOS {versions}, not {oldest}"
    assert libraries == ["/usr/lib/libSystem.B.dylib"], f"needs {libraries}"
    assert pages or machine != "aarch64", "not signed: an arm64 Mac would not start it"
    print(f"{machine}, macOS {oldest} or later, libSystem only, {pages or 0} signed pages")


main()
