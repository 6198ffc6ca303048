"""shape(blob, name, words): probe.c's code in a PE32+ file of an unusual shape.

The words say what is unusual; without any the file is as plain as can be: 512 bytes of headers, .text with
the code, .data with a pattern, nothing behind.
"""
import struct

from parts import align, pattern

FILE, MEMORY = 512, 4096


class Section:
    def __init__(self, name, data, virtual=None, raw=None, flags=0x40000040):
        self.name, self.data, self.flags = name, data, flags
        self.virtual = len(data) if virtual is None else virtual
        self.raw = raw            # raw size when it is not that of the data
        self.address = self.off = None


def options(words):
    return dict((word + "=1").split("=")[:2] for word in words.split(",") if word)


def sections(blob, want):
    unit = 1 if "unaligned" in want else FILE
    pad = lambda data: data + bytes(-len(data) % unit)
    out = [Section(b".text", pad(blob), len(blob), flags=0x60000020), Section(b".data", pad(pattern(700)), 700)]
    if "unaligned" in want:
        out[1].data += b"x"
    if "empty" in want:
        out.insert(1, Section(b".bss", b"", 300))
    if "long-name" in want:
        out[1].name = b".nonames"
    if "virtual-zero" in want:
        out[1].virtual = 0
    for i in range(int(want.get("many", 0))):
        out.append(Section(b".s%d" % i, pad(pattern(16, i))))
    return out


def place(want, list_, headers):
    """File offsets and addresses; order=swap lays the data out against the table's order."""
    body, at, address = b"", headers, MEMORY
    for section in list_:
        section.address = address
        address += align(max(section.virtual, len(section.data), 1), MEMORY)
    for section in (reversed(list_) if "swap" in want else list_):
        gap = pattern(int(want.get("gap", 0)), 3) if body else b""
        section.off = at + len(gap) if section.data else 0
        body += gap + section.data
        at += len(gap) + len(section.data)
    return body, address


def oddities(want, list_, end, image):
    """Sections that lie: over another one, past the file, past the image."""
    data = list_[-1]
    def liar(name, off, raw, address=None):
        section = Section(name, b"", raw, raw)
        section.off, section.address = off, image if address is None else address
        list_.append(section)
        return image + align(raw, MEMORY)
    if "overlap" in want:
        image = liar(b".over", data.off, len(data.data))
    if "overlap-half" in want:
        image = liar(b".half", data.off + 256, len(data.data) - 256)
    if "overlap-short" in want:
        image = liar(b".short", data.off, 256)
    if "past" in want:
        image = liar(b".past", end - FILE, FILE + int(want["past"]))
    if "empty-past" in want:
        liar(b".none", end + 4096, 0)
    if "beyond" in want:
        liar(b".far", data.off, len(data.data), image + 16 * MEMORY)
    return image


def certificates(want, end):
    """(directory entry, bytes behind the sections)"""
    count = int(want.get("certs", 0))
    if not count:
        return (0, 0), b""
    blob = struct.pack("<IHH", count, 0x200, 2) + pattern(count - 8, 9)
    at = align(end, 8)
    filler = bytes(at - end)
    if "certs-inside" in want:
        return (FILE * 2, count), b""
    if "certs-past" in want:
        return (at, count + 4096), filler + blob
    return (at, count), filler + blob + pattern(int(want.get("behind", 0)), 5)


def shape(blob, name, words=""):
    want = options(words)
    blob = blob.replace(b"@name-of-probe@\0", name.encode().ljust(16, b"\0"))
    assert name.encode() in blob
    head = int(want.get("pe", 64))
    count = int(want.get("rva", 16))
    optional = 112 + 8 * count + int(want.get("optional", 0))
    list_ = sections(blob, want)
    liars = sum(key in want for key in ("overlap", "overlap-half", "overlap-short", "past", "empty-past", "beyond"))
    table = head + 24 + optional
    headers = align(table + 40 * (len(list_) + liars), FILE) + int(want.get("headers", 0))
    body, image = place(want, list_, headers)
    end = headers + len(body)
    image = oddities(want, list_, end, image)
    entry, behind = certificates(want, end)
    directories = [(0, 0)] * count
    if count > 4:
        directories[4] = entry

    out = bytearray(headers)
    struct.pack_into("<2s58xI", out, 0, b"MZ", head)
    struct.pack_into("<4sHHIIIHH", out, head, b"PE\0\0", int(want.get("machine", "0x8664"), 0), len(list_), 0, 0, 0,
                     optional, 0x22e if "dll" not in want else 0x222e)
    struct.pack_into("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", out, head + 24, int(want.get("magic", "0x20b"), 0), 2, 40,
                     len(list_[0].data), len(body), 0, MEMORY, MEMORY, 0, MEMORY, int(want.get("file-unit", FILE)),
                     0, 0, 1, 0, 0, 0, 0, image, int(want.get("size-of-headers", headers)),
                     int(want.get("checksum", "0"), 0), int(want.get("subsystem", 10)), 0, 0, 0, 0, 0, 0,
                     int(want.get("rva-says", count)))
    for i, (address, size) in enumerate(directories):
        struct.pack_into("<II", out, head + 24 + 112 + 8 * i, address, size)
    for i, s in enumerate(list_):
        raw = len(s.data) if s.raw is None else s.raw
        struct.pack_into("<8sIIIIIIHHI", out, table + 40 * i, s.name, s.virtual, s.address, raw, s.off, 0, 0, 0, 0, s.flags)
    return bytes(out) + body + behind + pattern(int(want.get("tail", 0)), 11)
