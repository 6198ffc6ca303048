#!/usr/bin/python3
"""nitro.py LISTEN TPM -- COMMAND…: a software TPM that answers as a NitroTPM does when asked for a document.

Stands between qemu (which connects to the socket LISTEN) and swtpm (its control socket TPM), hands every
command through, and answers itself what swtpm cannot:
  - the vendor command 0x20000001 on an NV index that holds a request of the NSM: COMMAND is run with
    --pcr N=HEX for each PCR of swtpm's SHA-384 bank, as it is then, and with --nonce, --user-data and
    --public-key; the document that it prints goes into the index;
  - NV indices of more than 2048 bytes, which is libtpms's limit: a request for a document takes 8192.
Modelled after what clients send: AWS's nitro-tpm-attest 1.1 (request, index, chunks) and the Go client of
EternisAI/attestation-server (pkg/nitro/tpm.go), whose password sessions these are. An HMAC session, which AWS's
tool uses, is refused: only swtpm has its key. Not modelled, because no document shows it: what a NitroTPM
answers to a request that is wrong. Its response codes are those of the TPM 2.0 Library, part 3, for such a case.
Checked on 2026-11-28 between qemu 7.2 and swtpm 0.7.1, with two clients in booted guests: ask.c, and GetEvidence of
that Go client, built from its source; `amic verify` said yes to both documents.
"""
import array
import select
import socket
import struct
import subprocess
import sys

NV_UNDEFINE, NV_DEFINE, NV_WRITE, NV_READ, NV_READ_PUBLIC, NSM = 0x122, 0x12a, 0x137, 0x14e, 0x169, 0x20000001
OWNER, PASSWORD, SHA384 = 0x40000001, 0x40000009, 0xc
AUTHREAD, AUTHWRITE, WRITTEN = 1 << 18, 1 << 2, 1 << 29
LIBTPMS_MAX, NITRO_MAX, CHUNK_MAX, NSM_MAX = 2048, 8192, 1024, 1024
# TPM 2.0 Library, part 2, 6.6.3; those of format 1 with the number of the handle, session or parameter
RANGE, UNINITIALIZED, DEFINED, AUTHORIZATION = 0x146, 0x14a, 0x14c, 0x149
BAD_SESSION, BAD_AUTH, SIZE, SIZE_OF_INDEX, HANDLE = 0x984, 0x9a2, 0x095, 0x2d5, 0x18b
PCRS = 24


class Refused(Exception):
    """A TPM response code."""


class Fields:
    """A reader of big-endian fields that refuses to go past the end."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise Refused(SIZE)
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def sized(self):
        return self.take(self.number(2))


def sized(data):
    return struct.pack(">H", len(data)) + data


def success(parameters):
    """A response with the one session's empty answer behind its parameters."""
    body = struct.pack(">I", len(parameters)) + parameters + bytes([0, 0, 1, 0, 0])
    return struct.pack(">HII", 0x8002, 10 + len(body), 0) + body


def cbor(data, at=0):
    """(value, what is behind it) of RFC 8949 as far as the NSM's requests go: maps, text, bytes, null."""
    major, length = data[at] >> 5, data[at] & 31
    at += 1
    if data[at - 1] == 0xf6:
        return None, at
    if 24 <= length <= 25:
        count = length - 23
        length, at = int.from_bytes(data[at:at + count], "big"), at + count
    if major in (2, 3) and length <= len(data) - at:
        return (data[at:at + length] if major == 2 else data[at:at + length].decode()), at + length
    if major != 5 or length > 23:
        raise ValueError("not a request")
    out = {}
    for _ in range(length):
        key, at = cbor(data, at)
        out[key], at = cbor(data, at)
    return out, at


def text(word):
    return bytes([0x60 + len(word)]) + word.encode()


class Index:
    """An NV index that is too large for libtpms."""

    def __init__(self, auth, public):
        self.auth, fields = auth, Fields(public)
        self.handle, self.hash, self.attributes = fields.number(4), fields.number(2), fields.number(4)
        self.policy, size = fields.sized(), fields.number(2)
        if size > NITRO_MAX:
            raise Refused(SIZE_OF_INDEX)
        self.data = bytearray(b"\xff" * size)

    def public(self):
        return struct.pack(">IHI", self.handle, self.hash, self.attributes) + sized(self.policy) + struct.pack(">H", len(self.data))


class Nitro:
    """What a NitroTPM has beyond a TPM. tpm: hands a command to swtpm and returns the answer."""

    def __init__(self, tpm, signer):
        self.tpm, self.signer, self.indices = tpm, signer, {}

    def pcr(self, number):
        selection = bytearray(3)
        selection[number // 8] = 1 << number % 8
        answer = self.tpm(struct.pack(">HIIIHB", 0x8001, 20, 0x17e, 1, SHA384, 3) + bytes(selection))
        fields = Fields(answer)
        fields.take(10 + 4 + 4 + 2 + 1 + 3)
        if fields.number(4) != 1:
            raise ValueError("no SHA-384 bank")
        return fields.sized()

    def document(self, request):
        arguments = []
        for name, value in request.items():
            if name not in ("nonce", "user_data", "public_key"):
                raise ValueError(name)
            if value is not None:
                arguments += ["--" + name.replace("_", "-"), value.hex()]
        for number in range(PCRS):
            arguments += ["--pcr", f"{number}={self.pcr(number).hex()}"]
        return subprocess.run([*self.signer, *arguments], capture_output=True, check=True).stdout

    def nsm(self, buffer):
        """The response in place of the request, as the NSM's API encodes it."""
        try:
            request, _ = cbor(bytes(buffer))
            request = request["Attestation"]
            if any(value is not None and len(value) > NSM_MAX for value in request.values()):
                return b"\xa1" + text("Error") + text("InputTooLarge")
            document = self.document(request)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return b"\xa1" + text("Error") + text("InvalidArgument")
        except (subprocess.CalledProcessError, OSError) as failed:
            print("nitro.py:", failed, getattr(failed, "stderr", b""), file=sys.stderr)
            return b"\xa1" + text("Error") + text("InternalError")
        return b"\xa1" + text("Attestation") + b"\xa1" + text("document") + b"\x59" + sized(document)

    def define(self, parameters):
        index = Index(parameters.sized(), parameters.sized())
        if len(index.data) <= LIBTPMS_MAX:
            return None
        if index.handle in self.indices:
            raise Refused(DEFINED)
        self.indices[index.handle] = index
        return success(b"")

    def write(self, index, data, offset):
        if not index.attributes & AUTHWRITE:
            raise Refused(AUTHORIZATION)
        if offset + len(data) > len(index.data):
            raise Refused(RANGE)
        index.data[offset:offset + len(data)] = data
        index.attributes |= WRITTEN

    def on_index(self, code, index, auth, parameters):
        if auth != index.auth:
            raise Refused(BAD_AUTH)
        if code == NV_WRITE:
            data = parameters.sized()
            self.write(index, data, parameters.number(2))
            return success(b"")
        if not index.attributes & AUTHREAD:
            raise Refused(AUTHORIZATION)
        if not index.attributes & WRITTEN:
            raise Refused(UNINITIALIZED)
        if code == NSM:
            self.write(index, self.nsm(index.data), 0)
            return success(b"")
        size, offset = parameters.number(2), parameters.number(2)
        if size > CHUNK_MAX:
            raise Refused(SIZE)
        if offset + size > len(index.data):
            raise Refused(RANGE)
        return success(sized(bytes(index.data[offset:offset + size])))

    def ours(self, command):
        """The answer; none when the command is swtpm's."""
        fields = Fields(command)
        fields.take(6)
        code = fields.number(4)
        if code == NV_READ_PUBLIC and (index := self.indices.get(fields.number(4))):
            answer = sized(index.public()) + sized(struct.pack(">H", index.hash))
            return struct.pack(">HII", 0x8001, 10 + len(answer), 0) + answer
        if code not in (NV_UNDEFINE, NV_DEFINE, NV_WRITE, NV_READ, NSM):
            return None
        first = fields.number(4)
        second = first if code == NV_DEFINE else fields.number(4)
        if code != NV_DEFINE and second not in self.indices:
            if code == NSM:
                raise Refused(HANDLE)
            return None
        session = Fields(fields.take(fields.number(4)))
        if session.number(4) != PASSWORD:
            raise Refused(BAD_SESSION)
        session.sized()
        session.take(1)
        auth = session.sized()
        if code == NV_DEFINE:
            return self.define(fields)
        if code == NV_UNDEFINE:
            if first != OWNER or auth:
                raise Refused(BAD_AUTH)
            del self.indices[second]
            return success(b"")
        return self.on_index(code, self.indices[second], auth, fields)

    def answer(self, command):
        try:
            answer = self.ours(command)
        except Refused as refused:
            return struct.pack(">HII", 0x8001, 10, refused.args[0])
        return self.tpm(command) if answer is None else answer


def whole(stream):
    """One command or answer; nothing at the end of the stream."""
    data = b""
    while len(data) < 10 or len(data) < int.from_bytes(data[2:6], "big"):
        piece = stream.recv(4096)
        if not piece:
            return b""
        data += piece
    return data


def swtpm(stream):
    def ask(command):
        stream.sendall(command)
        return whole(stream)
    return ask


def serve(qemu, control, signer):
    """The control channel as it is, but for the descriptor of the data channel: swtpm gets one of ours (CMD_SET_DATAFD)."""
    streams, nitro, data = [qemu, control], None, None
    while True:
        ready, _, _ = select.select(streams, [], [])
        if control in ready:
            answer = control.recv(4096)
            if not answer:
                return
            qemu.sendall(answer)
        if qemu in ready:
            message, ancillary, _, _ = qemu.recvmsg(4096, socket.CMSG_SPACE(4))
            if not message:
                return
            if ancillary:
                data = socket.socket(fileno=array.array("i", ancillary[0][2][:4])[0])
                near, far = socket.socketpair()
                nitro = Nitro(swtpm(near), signer)
                streams.append(data)
                control.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [far.fileno()]))])
                far.close()
            else:
                control.sendall(message)
        if data in ready:
            command = whole(data)
            if not command:
                return
            data.sendall(nitro.answer(command))


def main():
    listen, tpm, signer = sys.argv[1], sys.argv[2], sys.argv[4:]
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as control:
        listener.bind(listen)
        listener.listen(1)
        control.connect(tpm)
        qemu, _ = listener.accept()
        serve(qemu, control, signer)


if __name__ == "__main__":
    main()
