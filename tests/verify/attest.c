// attest: makes the root of a PKI, and attestation documents that it vouches for.
// usage: attest pki DIR [--seed TEXT]
//        attest document DIR [--at MILLISECONDS] [--instance ID] [--region REGION] [--definite]
//          [--pcr N=HEX]… [--nonce HEX] [--user-data HEX] [--public-key HEX] [--output FILE]
// `pki` writes DIR/root.key, root.pem and root.der; `document` makes the certificates below the
// root anew, as of its time (now without --at), and writes a COSE_Sign1 to standard output.
// A PCR that is not named has the value that it has after a reset.
#include "attest.h"
#include <openssl/rand.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

enum { ARENA_BYTES = 8 << 20 };

static no_return void fail(const char *what)
{
	fprintf(stderr, "attest: %s\n", what);
	exit(2);
}

static no_return void full(void *owner)
{
	(void)owner;
	fail("out of memory");
}

static FILE *open_in(struct arena *a, const char *folder, const char *name, const char *mode)
{
	const char *path = str_z(a, cat(a, str_from(folder), S("/"), str_from(name)));
	FILE *f = fopen(path, mode);
	if (!f)
		fail(path);
	return f;
}

static void write_pki(struct arena *a, const char *folder, const char *seed)
{
	u8 random[32];
	attest_must(RAND_bytes(random, sizeof random) == 1);
	struct str text = str_hex(a, (struct str){random, sizeof random});
	EVP_PKEY *key = attest_key(seed ? seed : str_z(a, text));
	struct attest_plan p = attest_plan(a, key, (u64)time(NULL) * 1000);
	attest_sign_certs(&p);
	const u8 *at = p.ders[ROOT].at;
	X509 *x = d2i_X509(NULL, &at, (long)p.ders[ROOT].len);
	mkdir(folder, 0700);
	FILE *f = open_in(a, folder, "root.key", "w");
	attest_must(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1 && fclose(f) == 0);
	f = open_in(a, folder, "root.pem", "w");
	attest_must(PEM_write_X509(f, x) == 1 && fclose(f) == 0);
	f = open_in(a, folder, "root.der", "w");
	attest_must(fwrite(p.ders[ROOT].at, 1, p.ders[ROOT].len, f) == p.ders[ROOT].len
	            && fclose(f) == 0);
	X509_free(x);
	attest_free(&p);
	EVP_PKEY_free(key);
}

static struct str unhex(struct arena *a, const char *hex)
{
	struct str text = str_from(hex);
	u8 *out = make(a, text.len / 2 + 1, u8);
	if (!str_unhex(text, out))
		fail("not hexadecimal");
	return (struct str){out, text.len / 2};
}

static void set_pcr(struct attest_plan *p, const char *text)
{
	struct str number, hex = str_cut(str_from(text), '=', &number);
	u64 pcr;
	if (!str_u64(number, &pcr) || pcr >= ATTEST_PCRS || hex.len != 2 * ATTEST_PCR_BYTES
	    || !str_unhex(hex, p->pcrs[pcr]))
		fail("--pcr takes N=HEX, of a SHA-384 bank");
}

static void set_instance(struct attest_plan *p, const char *id)
{
	p->instance = str_from(id);
	p->module = cat(p->arena, p->instance, S("-tpm0000000000000000"));
}

static bool set_option(struct attest_plan *p, const char *name, const char *value)
{
	struct { const char *name; struct str *to; } bytes[] = {
		{"--nonce", &p->nonce}, {"--user-data", &p->user_data}, {"--public-key", &p->public_key},
	};
	for (size_t i = 0; i < countof(bytes); i++) {
		if (strcmp(name, bytes[i].name) == 0) {
			*bytes[i].to = unhex(p->arena, value);
			return true;
		}
	}
	if (strcmp(name, "--pcr") == 0)
		set_pcr(p, value);
	else if (strcmp(name, "--instance") == 0)
		set_instance(p, value);
	else if (strcmp(name, "--region") == 0)
		p->region = str_from(value);
	else
		return strcmp(name, "--at") == 0 && str_u64(str_from(value), &p->time_ms);
	return true;
}

static EVP_PKEY *read_root(struct arena *a, const char *folder)
{
	FILE *f = open_in(a, folder, "root.key", "r");
	EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	if (!key)
		fail("root.key cannot be read");
	return key;
}

// The root as it was made: signed again it would be another certificate.
static struct str read_root_der(struct arena *a, const char *folder)
{
	enum { MAX = 1024 };
	u8 *at = make(a, MAX, u8);
	FILE *f = open_in(a, folder, "root.der", "r");
	size_t len = fread(at, 1, MAX, f);
	fclose(f);
	return (struct str){at, len};
}

static void write_document(struct arena *a, const char *folder, char **option)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	EVP_PKEY *root = read_root(a, folder);
	u64 ms = (u64)now.tv_sec * 1000 + (u64)now.tv_nsec / 1000000;
	struct attest_plan p = attest_plan(a, root, ms);
	FILE *to = stdout;
	for (; *option; option++) {
		if (strcmp(*option, "--definite") == 0) {
			p.definite = true;
			continue;
		}
		if (!option[1])
			fail(*option);
		if (strcmp(*option, "--output") == 0) {
			if (!(to = fopen(option[1], "w")))
				fail(option[1]);
		} else if (!set_option(&p, option[0], option[1])) {
			fail(*option);
		}
		option++;
	}
	attest_certs(&p);                       // of the time and the names that were asked for
	attest_sign_certs(&p);
	p.ders[ROOT] = read_root_der(a, folder);
	attest_fields(&p);
	struct str document = attest_seal(&p);
	if (fwrite(document.at, 1, document.len, to) != document.len || fclose(to) != 0)
		fail("cannot write");
	attest_free(&p);
	EVP_PKEY_free(root);
}

int main(int argc, char **argv)
{
	u8 *memory = calloc(1, ARENA_BYTES);
	struct arena a = arena_of(memory, ARENA_BYTES, full, NULL);
	if (!memory || argc < 3)
		fail("usage: attest pki DIR [--seed TEXT] | attest document DIR [OPTION VALUE]…");
	if (strcmp(argv[1], "pki") == 0)
		write_pki(&a, argv[2], argc > 4 && strcmp(argv[3], "--seed") == 0 ? argv[4] : NULL);
	else if (strcmp(argv[1], "document") == 0)
		write_document(&a, argv[2], argv + 3);
	else
		fail(argv[1]);
	free(memory);
	return 0;
}
