"""Pieces of a bootable disk, from bytes to bytes: cpio, PE sections, GPT, UEFI variables, signature lists.

Written after the UEFI, PE/COFF and TCG texts, apart from the compiler's readers: a mistake there and the
same mistake here would have to be made twice. Nothing takes the time or a random number.
"""
import hashlib
import struct
import uuid
import zlib

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
SECURITY = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
SHIM = uuid.UUID("605dab50-e046-4300-abb6-3dd810dd8b23")
CERT_X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
CERT_X509_SHA256 = uuid.UUID("3bd2a492-96c0-4079-b420-fcf98ef103ed")
CERT_HASH = {"sha1": uuid.UUID("826ca512-cf10-4ac9-b187-be01496631bd"),
             "sha256": uuid.UUID("c1c41626-504c-4092-aca9-41f936934328"),
             "sha384": uuid.UUID("ff3e5307-9fd0-48c9-85f1-8ad56c701e01"),
             "sha512": uuid.UUID("093e0fae-a6c4-4f50-9f1b-d41e2b89c19a")}
STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
ESP_TYPE = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")


def align(number, unit):
    return (number + unit - 1) // unit * unit


def pattern(count, seed=1):
    return bytes((i * 7 + seed) & 255 for i in range(count))


def to_be_signed(der):
    """The first element of a certificate, whole."""
    def head(at):
        size, at = der[at + 1], at + 2
        if size & 0x80:
            size, at = int.from_bytes(der[at:at + (size & 0x7f)], "big"), at + (size & 0x7f)
        return at, size
    first, _ = head(0)
    content, size = head(first)
    return der[first:content + size]


def cpio(files):
    """newc archive of [(path, mode, bytes)], directories first."""
    out = bytearray()
    for inode, (path, mode, data) in enumerate(files + [("TRAILER!!!", 0, b"")], 1):
        name = path.encode() + b"\0"
        fields = [inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + name
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return bytes(out)


class PE:
    """A PE32+ file, to add sections to and to reshape."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.head = struct.unpack_from("<I", data, 0x3c)[0]
        self.optional = self.head + 24

    def get(self, form, off):
        return struct.unpack_from("<" + form, self.data, off)[0]

    def put(self, form, off, value):
        struct.pack_into("<" + form, self.data, off, value)

    @property
    def table(self):
        return self.optional + self.get("H", self.head + 20)

    @property
    def count(self):
        return self.get("H", self.head + 6)

    def sections(self):
        """[(name, virtual size, virtual address, raw size, raw offset)]"""
        return [struct.unpack_from("<8sIIII", self.data, self.table + 40 * i) for i in range(self.count)]

    def _room(self):
        """One more section header: raw data move back when the headers are full."""
        first = min(off for _, _, _, size, off in self.sections() if size)
        if self.table + 40 * (self.count + 1) <= first:
            return
        step = align(400, self.get("I", self.optional + 36))
        for i in range(self.count):
            at = self.table + 40 * i + 20
            if self.get("I", at):
                self.put("I", at, self.get("I", at) + step)
        self.data[first:first] = bytes(step)
        self.put("I", self.optional + 60, self.get("I", self.optional + 60) + step)

    def add(self, name, content, virtual=None):
        self._room()
        unit, file_unit = self.get("I", self.optional + 32), self.get("I", self.optional + 36)
        address = align(max(va + max(vs, raw) for _, vs, va, raw, _ in self.sections()), unit)
        size = len(content) if virtual is None else virtual
        self.data += bytes(-len(self.data) % file_unit)
        header = struct.pack("<8sIIIIIIHHI", name.encode(), size, address, align(len(content), file_unit),
                             len(self.data), 0, 0, 0, 0, 0x40000040)
        at = self.table + 40 * self.count
        self.data[at:at + 40] = header
        self.data += content + bytes(-len(content) % file_unit)
        self.put("H", self.head + 6, self.count + 1)
        self.put("I", self.optional + 56, align(address + max(size, 1), unit))

    def drop_directories(self, keep):
        """NumberOfRvaAndSizes = keep: the later directories go, the section table moves up."""
        size = self.get("H", self.head + 20)
        table = self.data[self.table:self.table + 40 * self.count]
        new = 112 + 8 * keep
        self.put("H", self.head + 20, new)
        self.put("I", self.optional + 108, keep)
        self.data[self.table:self.table + len(table)] = table
        end = self.table + len(table)
        self.data[end:end + size - new] = bytes(size - new)

    def finish(self, tail=b""):
        """Fixed date and checksum; tail = bytes behind the last section."""
        self.put("I", self.head + 8, 0)
        self.put("I", self.optional + 64, 0)
        return bytes(self.data) + tail

    def authenticode(self, name="sha256"):
        """What signing leaves out is left out; nothing is padded."""
        digest = hashlib.new(name)
        check = self.optional + 64
        directory = self.optional + 112 + 8 * 4
        certificates = 0
        headers = self.get("I", self.optional + 60)
        digest.update(self.data[:check])
        if self.get("I", self.optional + 108) > 4:
            certificates = self.get("I", directory + 4)
            digest.update(self.data[check + 4:directory] + self.data[directory + 8:headers])
        else:
            digest.update(self.data[check + 4:headers])
        done = headers
        for _, _, _, size, off in sorted((s for s in self.sections() if s[3]), key=lambda s: s[4]):
            digest.update(self.data[off:off + size])
            done += size
        digest.update(self.data[done:len(self.data) - certificates])
        return digest.digest()


def gpt(path, sector, disk_len, disk_guid, partitions, stride=128, count=128):
    """Both tables, where sgdisk cannot: other sector sizes, entry sizes and counts. partitions: [(type, guid, first, last, name)]"""
    last = disk_len // sector - 1
    entries = bytearray(stride * count)
    for i, (kind, guid, first, end, name) in enumerate(partitions):
        struct.pack_into("<16s16sQQQ72s", entries, stride * i, kind.bytes_le, guid.bytes_le, first, end, 0,
                         name.encode("utf-16le"))
    blocks = align(len(entries), sector) // sector

    def header(here, other, table):
        head = bytearray(struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, here, other, 2 + blocks,
                                     last - blocks - 1, disk_guid.bytes_le, table, count, stride, zlib.crc32(entries)))
        struct.pack_into("<I", head, 16, zlib.crc32(head))
        return bytes(head)

    with open(path, "r+b") as disk:
        protective = bytearray(512)
        struct.pack_into("<8BII", protective, 446, 0, 0, 2, 0, 0xee, 255, 255, 255, 1, last)
        protective[510:] = b"\x55\xaa"
        disk.write(protective)
        for off, data in ((sector, header(1, last, 2)), (2 * sector, entries),
                          ((last - blocks) * sector, entries), (last * sector, header(last, 1, last - blocks))):
            disk.seek(off)
            disk.write(data)


def signature_list(kind, owner, *blobs):
    size = 16 + len(blobs[0])
    return (kind.bytes_le + struct.pack("<III", 28 + size * len(blobs), 0, size)
            + b"".join(owner.bytes_le + blob for blob in blobs))


class Variables:
    """The variable store of an OVMF_VARS file (edk2's authenticated variable format)."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.start = bytes(data).index(STORE.bytes_le) + 28
        self.end = self.start
        while self.data[self.end:self.end + 2] == b"\xaa\x55":
            name, size = struct.unpack_from("<II", self.data, self.end + 36)
            self.end += align(60 + name + size, 4)

    def clear(self):
        """As a store that was just formatted: flash is ones where nothing was written."""
        self.data[self.start:self.end] = b"\xff" * (self.end - self.start)
        self.end = self.start

    def find(self, wanted):
        at = self.start
        while at < self.end:
            name, size = struct.unpack_from("<II", self.data, at + 36)
            text = self.data[at + 60:at + 60 + name].decode("utf-16le").rstrip("\0")
            if text == wanted and self.data[at + 2] == 0x3f:
                return bytes(self.data[at + 60 + name:at + 60 + name + size])
            at += align(60 + name + size, 4)
        return b""

    def set(self, name, data, guid=GLOBAL, attributes=7):
        text = (name + "\0").encode("utf-16le")
        date = struct.pack("<HBBBBBBIhBB", 2024, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0) if attributes & 0x20 else bytes(16)
        record = struct.pack("<HBBIQ16sIII16s", 0x55aa, 0x3f, 0, attributes, 0, date, 0, len(text), len(data),
                             guid.bytes_le) + text + data
        self.data[self.end:self.end + len(record)] = record
        self.end += align(len(record), 4)


def device_path(partition, path):
    """HD(1,GPT,…)/File: partition = (guid, first, blocks)."""
    guid, first, blocks = partition
    name = (path.replace("/", "\\") + "\0").encode("utf-16le")
    return (struct.pack("<BBHIQQ16sBB", 4, 1, 42, 1, first, blocks, guid.bytes_le, 2, 2)
            + struct.pack("<BBH", 4, 4, 4 + len(name)) + name + b"\x7f\xff\4\0")


def load_option(description, path, data=b""):
    return struct.pack("<IH", 1, len(path)) + (description + "\0").encode("utf-16le") + path + data


def settle_dates(path, start):
    """mtools writes the present time as a new entry's creation time: every date in the FAT at start becomes fixed."""
    with open(path, "r+b") as disk:
        disk.seek(start)
        boot = disk.read(512)
        sector, per, reserved, fats, root, _, _, small = struct.unpack_from("<HBHBHHBH", boot, 11)
        large, = struct.unpack_from("<I", boot, 36)
        table = start + sector * reserved
        rootdir = table + sector * fats * (small or large)
        data = rootdir + align(32 * root, sector)
        disk.seek(table)
        fat = disk.read(sector * (small or large))

        sectors = struct.unpack_from("<H", boot, 19)[0] or struct.unpack_from("<I", boot, 32)[0]
        bits = 32 if not small else 12 if (sectors - (data - start) // sector) // per < 4085 else 16

        def clusters(cluster):
            while 2 <= cluster < (0x0ffffff8 & (1 << bits) - 1):
                yield data + (cluster - 2) * per * sector, per * sector
                value, = struct.unpack_from("<I", fat + bytes(4), cluster * bits // 8)
                cluster = value >> (4 if bits == 12 and cluster & 1 else 0) & (1 << min(bits, 28)) - 1

        def settle(extents):
            for off, size in extents:
                for at in range(off, off + size, 32):
                    disk.seek(at)
                    entry = bytearray(disk.read(32))
                    if entry[0] == 0:
                        return
                    if entry[11] == 0x0f:
                        continue
                    entry[13:20] = bytes([0, 0, 0, 0x6e, 0x57, 0x6e, 0x57])
                    entry[22:26] = bytes([0, 0, 0x6e, 0x57])
                    disk.seek(at)
                    disk.write(entry)
                    if entry[11] & 0x10 and entry[0] != ord("."):
                        settle(clusters(struct.unpack_from("<H", entry, 20)[0] << 16 | struct.unpack_from("<H", entry, 26)[0]))

        settle(clusters(struct.unpack_from("<I", boot, 44)[0]) if not small else [(rootdir, 32 * root)])
