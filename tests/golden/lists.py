#!/usr/bin/python3
"""EFI signature lists for the golden specs: always the same bytes.

usage: lists.py FOLDER [CERTIFICATE.der]    writes PK KEK db dbx; signer.esl of the certificate, and
                                            signers.esl of another one and it
"""
import hashlib
import struct
import sys
import uuid

OWNER = uuid.UUID("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0").bytes_le
X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072").bytes_le
SHA256 = uuid.UUID("c1c41626-504c-4092-aca9-41f936934328").bytes_le


def signature_list(kind, entries):
    size = 16 + len(entries[0])
    body = b"".join(OWNER + e for e in entries)
    return kind + struct.pack("<III", 28 + len(body), 0, size) + body


def noise(name, count):
    return b"".join(hashlib.sha256(b"%s %d" % (name.encode(), i)).digest() for i in range(count))


folder = sys.argv[1]
lists = {name: signature_list(X509, [noise(name, 24)]) for name in ("PK", "KEK", "db")}
lists["dbx"] = signature_list(SHA256, [noise("dbx %d" % i, 1) for i in range(430)])
if len(sys.argv) > 2:
    with open(sys.argv[2], "rb") as f:
        lists["signer"] = signature_list(X509, [f.read()])
    lists["signers"] = lists["db"] + lists["signer"]
for name, data in lists.items():
    with open("%s/%s.esl" % (folder, name), "wb") as f:
        f.write(data)
