// ask: has the machine's NitroTPM sign an attestation document and writes it to standard output.
// usage: ask NONCE-HEX USER-DATA >document.cose
//
// What AWS's nitro-tpm-attest does, with a password session instead of an HMAC one: a request of the NSM
// (CBOR) goes into an NV index, the vendor command has it answered there, the answer is read back. Commands
// are those of the TPM 2.0 Library, part 3, 31 (NV storage); numbers are big-endian.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NV_DEFINE_SPACE = 0x12a, NV_UNDEFINE_SPACE = 0x122, NV_WRITE = 0x137, NV_READ = 0x14e, NSM_REQUEST = 0x20000001,
       OWNER = 0x40000001, PASSWORD = 0x40000009, INDEX = 0x01000001, SHA256 = 0xb, SESSIONS = 0x8002,
       ATTRIBUTES = 1 << 2 | 1 << 18 | 1 << 25,   // AUTHWRITE, AUTHREAD, NO_DA
       BUFFER = 8192, CHUNK = 1024, HEAD = 10, MESSAGE_MAX = 4096 };

struct message { uint8_t bytes[MESSAGE_MAX]; size_t len; };

static void put(struct message *m, uint32_t value, int bytes)
{
	while (bytes--)
		m->bytes[m->len++] = (uint8_t)(value >> 8 * bytes);
}

static void put_bytes(struct message *m, const void *bytes, size_t len)
{
	memcpy(m->bytes + m->len, bytes, len);
	m->len += len;
}

static uint32_t get(const uint8_t *at, int bytes)
{
	uint32_t out = 0;
	while (bytes--)
		out = out << 8 | *at++;
	return out;
}

// Header, handles and a session with an empty password; the parameters follow, then send().
static struct message command(uint32_t code, uint32_t handle, uint32_t second)
{
	struct message m = {.len = 0};
	put(&m, SESSIONS, 2);
	put(&m, 0, 4);
	put(&m, code, 4);
	put(&m, handle, 4);
	if (second)
		put(&m, second, 4);
	put(&m, 9, 4);
	put(&m, PASSWORD, 4);
	put(&m, 0, 2 + 1 + 2);       // nonce, attributes, password
	return m;
}

// The answer takes the command's place. False when there is none; otherwise *code is the TPM's.
static int send(int tpm, struct message *m, uint32_t *code)
{
	size_t len = m->len;
	m->len = 2;
	put(m, (uint32_t)len, 4);
	if (write(tpm, m->bytes, len) != (ssize_t)len)
		return 0;
	ssize_t got = read(tpm, m->bytes, sizeof m->bytes);
	m->len = got > 0 ? (size_t)got : 0;
	*code = got >= HEAD ? get(m->bytes + 6, 4) : 0;
	return got >= HEAD;
}

static int done(int tpm, struct message m, const char *what)
{
	uint32_t code;
	if (!send(tpm, &m, &code))
		return perror(what), 0;
	if (code)
		fprintf(stderr, "ask: %s: TPM code %#x\n", what, code);
	return code == 0;
}

static int define(int tpm)
{
	struct message m = command(NV_DEFINE_SPACE, OWNER, 0);
	put(&m, 0, 2);               // its password
	put(&m, 14, 2);
	put(&m, INDEX, 4);
	put(&m, SHA256, 2);
	put(&m, ATTRIBUTES, 4);
	put(&m, 0, 2);               // its policy
	put(&m, BUFFER, 2);
	return done(tpm, m, "NV_DefineSpace");
}

static int write_nv(int tpm, const uint8_t *from, size_t len)
{
	for (size_t off = 0; off < len; off += CHUNK) {
		size_t piece = len - off < CHUNK ? len - off : CHUNK;
		struct message m = command(NV_WRITE, INDEX, INDEX);
		put(&m, (uint32_t)piece, 2);
		put_bytes(&m, from + off, piece);
		put(&m, (uint32_t)off, 2);
		if (!done(tpm, m, "NV_Write"))
			return 0;
	}
	return 1;
}

static int read_nv(int tpm, uint8_t *to)
{
	for (uint32_t off = 0; off < BUFFER; off += CHUNK) {
		struct message m = command(NV_READ, INDEX, INDEX);
		uint32_t code;
		put(&m, CHUNK, 2);
		put(&m, off, 2);
		if (!send(tpm, &m, &code) || code || m.len < HEAD + 6 + CHUNK)
			return fprintf(stderr, "ask: NV_Read at %u: TPM code %#x\n", off, code), 0;
		memcpy(to + off, m.bytes + HEAD + 6, CHUNK);   // behind the parameters' size and the buffer's
	}
	return 1;
}

// {"Attestation": {"user_data": …, "nonce": …, "public_key": null}}
static int request(struct message *m, const char *nonce, const char *user_data)
{
	static const char first[] = "\xa1\x6b" "Attestation" "\xa3\x69" "user_data\x58", second[] = "\x65nonce\x58",
	                  third[] = "\x6apublic_key\xf6";
	size_t digits = strlen(nonce), len = strlen(user_data);
	if (digits % 2 || digits > 510 || len > 255)
		return fprintf(stderr, "ask: a nonce of an even number of digits, at most 255 bytes\n"), 0;
	put_bytes(m, first, sizeof first - 1);
	put(m, (uint32_t)len, 1);
	put_bytes(m, user_data, len);
	put_bytes(m, second, sizeof second - 1);
	put(m, (uint32_t)digits / 2, 1);
	for (; *nonce; nonce += 2) {
		unsigned byte;
		if (sscanf(nonce, "%2x", &byte) != 1)
			return fprintf(stderr, "ask: '%s' is not hexadecimal\n", nonce), 0;
		put(m, byte, 1);
	}
	put_bytes(m, third, sizeof third - 1);
	return 1;
}

// {"Attestation": {"document": bytes}}, as the NSM writes it.
static int answer(const uint8_t *at)
{
	static const char head[] = "\xa1\x6b" "Attestation" "\xa1\x68" "document\x59";
	if (memcmp(at, head, sizeof head - 1) != 0)
		return fprintf(stderr, "ask: the answer holds no document: %.40s\n", (const char *)at), 1;
	at += sizeof head - 1;
	size_t len = get(at, 2);
	return len > BUFFER - sizeof head - 1 || fwrite(at + 2, 1, len, stdout) != len || fflush(stdout);
}

int main(int argc, char **argv)
{
	static uint8_t buffer[BUFFER];
	struct message m = {.len = 0};
	if (argc != 3)
		return fprintf(stderr, "usage: ask NONCE-HEX USER-DATA\n"), 2;
	int tpm = open("/dev/tpm0", O_RDWR);
	if (tpm < 0)
		return perror("/dev/tpm0"), 1;
	int read_back = request(&m, argv[1], argv[2]) && define(tpm) && write_nv(tpm, m.bytes, m.len)
	             && done(tpm, command(NSM_REQUEST, INDEX, INDEX), "the vendor command") && read_nv(tpm, buffer);
	int undefined = done(tpm, command(NV_UNDEFINE_SPACE, OWNER, INDEX), "NV_UndefineSpace");
	return !read_back || !undefined || answer(buffer);
}
