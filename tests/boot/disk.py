#!/usr/bin/python3
"""disk.py OUT WORD…: the bootable disk of one cell of the matrix, without root, mount or loop device.

OUT/disk.raw   GPT, a FAT ESP with the cell's loaders, images and their companions
OUT/vars.fd    the firmware's variables: keys, Boot####
OUT/machine    what boot.sh needs to know: arch, firmware, banks, memory, sector, drive, smbios
OUT/parts      digests of the files of Debian's that the disk is made of
Same words, same packages, same bytes; only signatures carry the hour (they are not measured).
The words are listed in the file `matrix`. Parts that are not installed come from fetch.sh's folder, $PARTS.
"""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import uuid

import parts
from parts import PE, align
from shape import shape

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = os.environ.get("PARTS", os.path.join(HERE, "../../build/boot/parts"))
EPOCH = 1700000000
OWNER = uuid.UUID("a0b1c2d3-0001-4000-8000-0000000000aa")
DISK = uuid.UUID("5f7d0c1e-0000-4000-8000-0000000000d0")
PART = uuid.UUID("5f7d0c1e-0000-4000-8000-0000000000d1")
FIRST_LBA = {512: 2048, 4096: 256}
NAMES = {"x64": ("BOOTX64.EFI", "linuxx64.efi.stub", "systemd-bootx64.efi"),
         "aa64": ("BOOTAA64.EFI", "linuxaa64.efi.stub", "systemd-bootaa64.efi")}


class Missing(Exception):
    """A part that this machine does not have: the cell is skipped."""


def part(*patterns):
    for pattern in patterns:
        found = sorted(glob.glob(pattern))
        if found:
            return found[-1]
    raise Missing("no " + patterns[0].replace(PARTS, "parts"))


def read(path):
    with open(path, "rb") as file:
        return file.read()


USED = set()


def piece(*patterns):
    """A part's bytes, noted for OUT/parts."""
    path = part(*patterns)
    data = read(path)
    USED.add(f"{os.path.basename(path)} {hashlib.sha256(data).hexdigest()}\n")
    return data


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


class Cell:
    """The words of a matrix line: key=value, repeated keys kept in order."""

    def __init__(self, words):
        self.pairs = [(word + "=").split("=", 1) for word in words]
        self.pairs = [(key, value[:-1] if value.endswith("=") else value) for key, value in self.pairs]

    def get(self, key, default=""):
        return next((value for name, value in self.pairs if name == key), default)

    def all(self, key):
        return [value for name, value in self.pairs if name == key]

    @property
    def arch(self):
        return self.get("arch", "x64")

    @property
    def secure(self):
        return self.get("sb", "off") != "off"

    def efi(self, name, version=None):
        version = version or self.get("stub", "252")
        if self.arch == "aa64":
            return piece(f"{PARTS}/arm64-systemd/usr/lib/systemd/boot/efi/{name}")
        here = f"{PARTS}/boot-{version}/usr/lib/systemd/boot/efi/{name}"
        installed = "/usr/lib/systemd/boot/efi/" + name
        return piece(installed, here) if version == "252" else piece(here)


def sign(data, *keys):
    """sbsign once for each key."""
    work = f"/tmp/amic-sign.{os.getpid()}"
    write(work, data)
    for key in keys:
        base = os.path.join(HERE, "keys", key)
        run = subprocess.run(["sbsign", "--key", base + ".key", "--cert", base + ".pem", "--output", work, work],
                             capture_output=True, text=True, check=False)
        if run.returncode:
            raise Missing("sbsign: " + run.stderr.strip())
    data = read(work)
    os.unlink(work)
    return data


# sb=NAME: who signs, db, dbx; the words sign=, db= and dbx= change one of them.
KEYS = {"own": ("own", "other,own", "some"), "ca": ("leaf", "other,ca", "some"), "two": ("stranger,own", "other,own", "some"),
        "hash": ("", "other,own,hash256", "some"), "mok": ("own", "ms,other", "some"), "shim": ("own", "ms,other,own", "some"),
        "off": ("", "", "")}


def keys(cell, which):
    text = cell.get(("sign", "db", "dbx")[which], KEYS[cell.get("sb", "off")][which])
    return [key for key in text.split(",") if key and key != "none"]


def signers(cell):
    return keys(cell, 0)


def certificate(name):
    pem = read(os.path.join(HERE, "keys", name + ".pem"))
    return subprocess.run(["openssl", "x509", "-outform", "DER"], input=pem, capture_output=True, check=True).stdout


def ask(cell):
    """ask.c for the guest, linked with nothing that the guest would need."""
    compiler = "aarch64-linux-gnu-gcc" if cell.arch == "aa64" else "gcc"
    if not shutil.which(compiler):
        raise Missing("no " + compiler)
    program = f"/tmp/amic-ask.{os.getpid()}"
    run = subprocess.run([compiler, "-Os", "-static", "-s", "-Wl,--build-id=none", "-o", program, os.path.join(HERE, "ask.c")],
                         capture_output=True, text=True, check=False)
    if run.returncode and cell.arch == "aa64":
        raise Missing(f"{compiler} has no libc to link with: libc6-dev-arm64-cross")
    if run.returncode:
        raise SystemExit(run.stderr)
    code = read(program)
    os.unlink(program)
    USED.add(f"ask {hashlib.sha256(code).hexdigest()}\n")
    return code


def initrd(cell):
    """busybox and an init that prints every PCR and the event log, with ask= a document, too, then powers off."""
    if cell.get("linux") == "probe":
        return parts.cpio([("init", 0o100755, b"the probe starts none\n")])
    aa64 = cell.arch == "aa64"
    busybox = piece(f"{PARTS}/arm64-busybox/bin/busybox") if aa64 else piece("/bin/busybox")
    files = [(d, 0o40755, b"") for d in ("bin", "dev", "proc", "sys")]
    init = read(os.path.join(HERE, "init.sh"))
    if cell.get("ask"):
        files.append(("ask", 0o100755, ask(cell)))
        init = init.replace(b"$b poweroff", read(os.path.join(HERE, "ask.sh")) + b"$b poweroff")
    files += [("bin/busybox", 0o100755, busybox), ("init", 0o100755, init)]
    if aa64:
        modules = f"{PARTS}/arm64-linux/lib/modules/*/kernel/drivers/char/tpm/"
        files += [(f"{n}.ko", 0o100644, piece(modules + n + ".ko")) for n in ("tpm_tis_core", "tpm_tis")]
    bulk = int(cell.get("bulk", "0")) << 20
    if bulk:   # incompressible and the same each time
        files.append(("bulk", 0o100644, hashlib.shake_256(b"amic").digest(bulk)))
    return parts.cpio(files)


def kernel(cell):
    if cell.get("linux") == "probe":
        return shape(probe_code(), "kernel")
    if cell.arch == "aa64":
        return piece(f"{PARTS}/arm64-linux/boot/vmlinuz-*")
    return piece("/boot/vmlinuz-*-cloud-amd64")


def unescape(text):
    return text.encode().decode("unicode_escape").encode("latin-1")


def command_line(cell):
    console = "ttyAMA0" if cell.arch == "aa64" else "ttyS0"
    return unescape(cell.get("cmdline", f"console={console} quiet panic=-1"))


def os_release(version="1", ident="amic", name="amic boot test"):
    return f'ID={ident}\nNAME="{name}"\nVERSION_ID={version}\n'.encode()


def add_sections(image, cell, key):
    """NAME:TEXT or, for zeros, NAME:*COUNT; virtual= sets their VirtualSize."""
    for text in cell.all(key):
        name, content = text.split(":", 1)
        image.add(name, bytes(int(content[1:])) if content.startswith("*") else unescape(content),
                  int(cell.get("virtual")) if cell.get("virtual") else None)


def uki(cell, version=None, release=None, cmdline=None):
    """The stub with its sections; the cell's words say what is odd about it."""
    image = PE(cell.efi(NAMES[cell.arch][1], version))
    linux = kernel(cell)
    image.add(".osrel", release or os_release(name=cell.get("title", "amic boot test")))
    if not cell.get("no-cmdline"):
        image.add(".cmdline", cmdline or command_line(cell))
    image.add(".uname", re.search(rb"(\d+\.\d+\.\d+-\d+-cloud-\w+)", linux + b"6.1.0-0-cloud-none").group(1))
    add_sections(image, cell, "section")
    image.add(".linux", linux)
    for name in cell.all("again"):     # the same kernel, 512 zeros longer, under this name
        image.add(name, linux + bytes(512))
    image.add(".initrd", initrd(cell))
    add_sections(image, cell, "late")
    if cell.get("rva"):
        image.drop_directories(int(cell.get("rva")))
    tail = bytes(range(1, 1 + int(cell.get("tail", "0"))))
    return sign(image.finish(tail), *signers(cell))


def addon(cell, text):
    image = PE(cell.efi("addonx64.efi.stub"))
    image.add(".cmdline", text.encode())
    return sign(image.finish(), *signers(cell))


def companions(cell, image_path):
    """What lies in IMAGE.extra.d and below loader/, in the order of the line."""
    out = []
    kinds = {"addon": (image_path + ".extra.d/{}.addon.efi", lambda text: addon(cell, text)),
             "gaddon": ("loader/addons/{}.addon.efi", lambda text: addon(cell, text)),
             "cred": (image_path + ".extra.d/{}.cred", str.encode),
             "gcred": ("loader/credentials/{}.cred", str.encode),
             "sysext": (image_path + ".extra.d/{}.raw", str.encode),
             "confext": (image_path + ".extra.d/{}.confext.raw", str.encode)}
    for key, value in cell.pairs:
        if key in kinds:
            name, text = value.split(":", 1)
            out.append((kinds[key][0].format(name), kinds[key][1](text)))
    return out


def loader(cell):
    return sign(cell.efi(NAMES[cell.arch][2], cell.get("menu") or None), *signers(cell))


def shim():
    return [("EFI/BOOT/BOOTX64.EFI", piece("/usr/lib/shim/shimx64.efi.signed")),
            ("EFI/BOOT/mmx64.efi", piece("/usr/lib/shim/mmx64.efi.signed"))]


def menu_files(cell, at):
    """systemd-boot at a path and what it starts."""
    out = [(at, loader(cell))]
    if not cell.get("no-loader-conf"):
        out.append(("loader/loader.conf", unescape(cell.get("loader-conf", "timeout 0\\n"))))
    return out


def type1(cell):
    entry = "title amic\nversion 1\n"
    options = command_line(cell).decode()
    if cell.get("chain") == "type1-efi":
        entry += "efi /EFI/amic/image.efi\n" + ("" if cell.get("no-options") else f"options {options} extra\n")
        return [("EFI/amic/image.efi", uki(cell)), ("loader/entries/amic.conf", entry.encode())]
    entry += f"linux /k/linux\ninitrd /k/initrd.img\noptions {options}\n"
    return [("k/linux", sign(kernel(cell), *signers(cell))), ("k/initrd.img", initrd(cell)),
            ("loader/entries/amic.conf", entry.encode())]


def rivals(cell):
    """other=NAME:ID:VERSION: further images behind the menu, to see which one it chooses."""
    out = []
    for text in cell.all("other"):
        name, ident, version = text.split(":")
        out.append((f"EFI/Linux/{name}.efi", uki(cell, release=os_release(version, ident))))
    return out


def is_probe(cell):
    return "probe" in (cell.get("chain"), cell.get("linux"))


def probe_code():
    flags = ("-Os -ffreestanding -fpic -fno-stack-protector -mno-red-zone -mgeneral-regs-only -fcf-protection=none"
             " -fno-asynchronous-unwind-tables -nostdlib -static -Wl,--build-id=none,--oformat=binary,-T," + HERE + "/probe.ld")
    blob = f"/tmp/amic-probe.{os.getpid()}"
    subprocess.run(["gcc", *flags.split(), "-o", blob, os.path.join(HERE, "probe.c")], check=True)
    code = read(blob)
    os.unlink(blob)
    return code


def probe(cell):
    """A file of the shape asked for where firmware looks first, and a plain one that answers when it does not start."""
    code = probe_code()
    odd = bytearray(sign(shape(code, "odd", cell.get("shape")), *signers(cell)))
    for text in cell.all("byte"):      # OFFSET:VALUE, after signing; a negative offset counts from the end
        offset, value = text.split(":")
        odd[int(offset, 0)] = int(value, 0)
    odd = bytes(odd) + parts.pattern(int(cell.get("after", "0")))
    good = sign(shape(code, "good"), *(["own"] if cell.secure else []))
    folder, name = os.path.split(cell.get("path", "EFI/BOOT/" + NAMES[cell.arch][0]))
    filler = [(f"{folder}/filler-{i}.bin", bytes(3000)) for i in range(int(cell.get("filler", "0")))]
    return filler + [(f"{folder}/{name}", odd), ("EFI/good.efi", good)]


def esp_files(cell):
    chain = cell.get("chain", "uki")
    first = "EFI/BOOT/" + NAMES[cell.arch][0]
    path = cell.get("path", first)
    if chain == "probe":
        return probe(cell)
    if chain == "uki":
        return [(path, uki(cell))] + companions(cell, path)
    if chain == "sdboot":
        path = "EFI/Linux/amic.efi"
        return menu_files(cell, first) + rivals(cell) + [(path, uki(cell))] + companions(cell, path)
    if chain in ("type1", "type1-efi"):
        return menu_files(cell, first) + type1(cell)
    if chain == "shim":
        return shim() + [("EFI/BOOT/grubx64.efi", uki(cell))]
    if chain == "shim-sdboot":
        return shim() + menu_files(cell, "EFI/BOOT/grubx64.efi") + [("EFI/Linux/amic.efi", uki(cell))]
    raise SystemExit("unknown chain " + chain)


def make_esp(out, cell, files, sector, size):
    """FAT by mtools at the first MiB; directory order is the order of files."""
    disk = os.path.join(out, "disk.raw")
    first = FIRST_LBA[sector] * sector
    image = f"{disk}@@{first}"
    env = dict(os.environ, MTOOLS_SKIP_CHECK="1", TZ="UTC", LC_ALL="C")
    code = ["-M", str(sector), "-S", str((sector // 128).bit_length() - 1)] if sector != 512 else []
    kind = ["-F"] if size >= 256 << 20 or cell.get("fat") == "32" else []
    run = lambda *args: subprocess.run(args, env=env, check=True)
    run("mformat", "-i", image, *code, *kind, "-T", str(size // sector), "-h", "64", "-s", "32", "-N", "5f7d0c1e",
        "-v", "ESP", "::")
    if cell.get("fragment"):
        scatter(out, image, run)
    seen = set()
    for path, data in files:
        folder = ""
        for piece in path.split("/")[:-1]:
            folder += "/" + piece
            if folder.lower() not in seen:
                run("mmd", "-i", image, "::" + folder)
                seen.add(folder.lower())
        local = os.path.join(out, "esp", path)
        write(local, data)
        os.utime(local, (EPOCH, EPOCH))
        run("mcopy", "-m", "-i", image, local, "::/" + path)
    parts.settle_dates(disk, first)


def scatter(out, image, run):
    """Free clusters in single pieces: the files that follow are fragmented."""
    local = os.path.join(out, "esp/hole")
    write(local, bytes(512))
    run("mmd", "-i", image, "::/holes")
    for i in range(100):
        run("mcopy", "-i", image, local, f"::/holes/{i}")
    run("mdel", "-i", image, *(f"::/holes/{i}" for i in range(0, 100, 2)))


def make_disk(out, cell):
    files = esp_files(cell)
    sector = int(cell.get("sector", "512"))
    need = sum(len(data) for _, data in files) * 9 // 8 + (256 << 10)
    least = int(cell.get("esp", "1" if is_probe(cell) else "64")) << 20
    size = align(max(need, least), 1 << 20)
    disk = os.path.join(out, "disk.raw")
    with open(disk, "wb") as file:
        file.truncate(size + (2 << 20))
    first, blocks = FIRST_LBA[sector], size // sector
    if sector == 512 and not cell.get("gpt-entry"):
        more = [text for i, text in enumerate(cell.all("more"), 2) for text in
                (f"-n{text}:+0:+64K", f"-u{text.split(':')[0]}:5f7d0c1e-0000-4000-8000-00000000e{i:03d}")]
        run = subprocess.run(["sgdisk", f"-U{DISK}", f"-n1:{first}:{first + blocks - 1}", "-t1:ef00", f"-u1:{PART}",
                              "-c1:ESP", *more, disk], capture_output=True, text=True, check=False)
        if run.returncode:
            raise Missing("sgdisk: " + run.stderr.strip())
    else:
        parts.gpt(disk, sector, size + (2 << 20), DISK, [(parts.ESP_TYPE, PART, first, first + blocks - 1, "ESP")],
                  int(cell.get("gpt-entry", "128")), int(cell.get("gpt-count", "128")))
    if cell.get("primary") == "broken":
        with open(disk, "r+b") as file:
            file.seek(sector + 16)
            file.write(b"torn")
    make_esp(out, cell, files, sector, size)
    return files, (PART, first, blocks)


def signature(name, image):
    """One signature list: a certificate, the image's hash, a certificate's hash, Microsoft's lists, some other hash."""
    if name == "ms":
        return parts.Variables(piece("/usr/share/OVMF/OVMF_VARS_4M.ms.fd")).find("db")
    if name == "some":
        return parts.signature_list(parts.CERT_HASH["sha256"], OWNER, hashlib.sha256(b"some other image").digest())
    if name.startswith("hash"):
        digest = "sha" + name[4:]
        return parts.signature_list(parts.CERT_HASH[digest], OWNER, PE(image).authenticode(digest))
    if name.startswith("tbs256-"):
        tbs = hashlib.sha256(parts.to_be_signed(certificate(name[7:]))).digest()
        return parts.signature_list(parts.CERT_X509_SHA256, OWNER, tbs + bytes(16))
    return parts.signature_list(parts.CERT_X509, OWNER, certificate(name))


def key_lists(cell, image):
    own = signature("own", image)
    lists = [b"".join(signature(name, image) for name in keys(cell, which)) for which in (1, 2)]
    return {"PK": own, "KEK": own, "db": lists[0], "dbx": lists[1]}


def make_variables(out, cell, files, partition):
    folder = f"{PARTS}/ovmf-{cell.get('fw')}/usr/share/OVMF/" if cell.get("fw") else "/usr/share/OVMF/"
    if cell.arch == "aa64" and not cell.secure:
        write(os.path.join(out, "vars.fd"), piece("/usr/share/AAVMF/AAVMF_VARS.fd"))    # blank: nothing to add to
        return
    variables = parts.Variables(piece("/usr/share/AAVMF/AAVMF_VARS.snakeoil.fd" if cell.arch == "aa64"
                                      else folder + "OVMF_VARS_4M.fd"))
    if cell.arch == "aa64":
        variables.clear()
    if cell.secure:
        image = files[-2 if cell.get("chain") == "probe" else 0][1]
        for key, data in key_lists(cell, image).items():
            if data:
                variables.set(key, data, parts.GLOBAL if key in ("PK", "KEK") else parts.SECURITY, 0x27)
    if cell.get("sb") == "mok":
        variables.set("MokList", parts.signature_list(parts.CERT_X509, OWNER, certificate("own")), parts.SHIM, 3)
    for text in cell.all("owner"):     # NAME:HEX, what shim's owner set
        name, data = text.split(":")
        variables.set(name, bytes.fromhex(data), parts.SHIM, 3)
    options = []
    if cell.get("boot-fails"):
        options.append(("missing", "EFI/missing.efi", b""))
    if cell.get("load-options") or cell.get("boot-fails") or cell.get("path"):
        text = cell.get("load-options")
        options.append(("amic", cell.get("path", "EFI/BOOT/BOOTX64.EFI"), (text + "\0").encode("utf-16le") if text else b""))
    if cell.get("chain") == "probe":
        options = [("odd", files[-2][0], b""), ("good", files[-1][0], b"")]
    for number, (title, path, data) in enumerate(options, 0x10):
        variables.set(f"Boot{number:04X}", parts.load_option(title, parts.device_path(partition, path), data))
    if options:
        variables.set("BootOrder", b"".join(bytes([n, 0]) for n in range(0x10, 0x10 + len(options))))
    write(os.path.join(out, "vars.fd"), bytes(variables.data))


def main():
    out, cell = sys.argv[1], Cell(sys.argv[2:])
    os.makedirs(out, exist_ok=True)
    try:
        if cell.arch == "aa64":
            code = part("/usr/share/AAVMF/AAVMF_CODE.fd")
        else:
            folder = f"{PARTS}/ovmf-{cell.get('fw')}/usr/share/OVMF/" if cell.get("fw") else "/usr/share/OVMF/"
            code = part(folder + "OVMF_CODE_4M.secboot.fd")
        files, partition = make_disk(out, cell)
        make_variables(out, cell, files, partition)
    except Missing as missing:
        print(missing)
        raise SystemExit(77) from None
    machine = {"arch": cell.arch, "code": code, "banks": cell.get("banks", "sha1,sha256,sha384,sha512"),
               "memory": cell.get("memory", "512"), "sector": cell.get("sector", "512"),
               "drive": cell.get("drive", "virtio"), "smbios": cell.get("smbios"),
               "probe": "yes" if is_probe(cell) else "", "ask": cell.get("ask"),
               "options": "yes" if cell.get("chain") == "probe" or cell.get("load-options") or cell.get("boot-fails") or cell.get("path") else ""}
    write(os.path.join(out, "parts"), "".join(sorted(USED)).encode())
    write(os.path.join(out, "machine"), "".join(f"{key}='{value}'\n" for key, value in machine.items()).encode())


main()
