"""A TCG2 event log and PCR values, read apart from the compiler's reader, so that the tool does not mark its own work."""
import hashlib
import re
import struct

BANKS = {4: "sha1", 0xb: "sha256", 0xc: "sha384", 0xd: "sha512"}
NO_ACTION, SEPARATOR, EVENT_TAG, IPL = 3, 4, 6, 0xd
PLATFORM = {0, 1, 2, 3, 6}    # what a disk image does not determine
KERNEL_OWN = {10}             # IMA's: not in the firmware's log


class Event:
    def __init__(self, pcr, kind, digests, data):
        self.pcr, self.kind, self.digests, self.data = pcr, kind, digests, data

    def __str__(self):
        text = self.data.decode("utf-16le", "replace") if self.data[1:2] == b"\0" else self.data.decode("latin-1")
        text = re.sub(r"[^ -~]+", " ", text).strip()[:60]
        bank = "sha256" if "sha256" in self.digests else next(iter(self.digests), "")
        return f"PCR{self.pcr} type {self.kind:#x} {bank} {self.digests.get(bank, b'').hex()[:16]} {text}"


def events(log):
    """Every event behind the header event."""
    size, = struct.unpack_from("<I", log, 28)
    count, = struct.unpack_from("<I", log, 32 + 24)
    sizes = dict(struct.unpack_from("<HH", log, 32 + 28 + 4 * i) for i in range(count))
    at, out = 32 + size, []
    while at < len(log):
        pcr, kind, count = struct.unpack_from("<III", log, at)
        at, digests = at + 12, {}
        for _ in range(count):
            bank, = struct.unpack_from("<H", log, at)
            digests[BANKS[bank]] = log[at + 2:at + 2 + sizes[bank]]
            at += 2 + sizes[bank]
        size, = struct.unpack_from("<I", log, at)
        out.append(Event(pcr, kind, digests, log[at + 4:at + 4 + size]))
        at += 4 + size
    return out


def fold(list_, bank):
    out = {}
    for event in list_:
        if event.kind != NO_ACTION:
            old = out.get(event.pcr, bytes(hashlib.new(bank).digest_size))
            out[event.pcr] = hashlib.new(bank, old + event.digests[bank]).digest()
    return out


def values(text):
    """{bank: {pcr: digest}} from what tpm2_pcrread prints."""
    out, bank = {}, None
    for line in text.splitlines():
        if line.strip().startswith("sha"):
            bank = out.setdefault(line.strip().rstrip(":"), {})
        elif ":" in line:
            pcr, digest = line.split(":")
            bank[int(pcr)] = bytes.fromhex(digest.strip().removeprefix("0x"))
    return out
