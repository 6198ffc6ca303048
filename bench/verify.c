// verify: one attestation document in process, against what libcrypto alone takes for the five P-384
// signatures that it holds: four certificates and the envelope.
// usage: verify DOCUMENT ROUNDS    milliseconds each, medians, and the ratio
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "facts/facts.h"
#include "verify/verify.h"

enum { ARENA_BYTES = 64 << 20, ROUNDS_MAX = 1000, SIGNATURES = 5 };

static no_return void full(void *owner)
{
	(void)owner;
	exit(2);
}

static double cpu_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *list, size_t count)
{
	qsort(list, count, sizeof *list, by_value);
	return list[count / 2];
}

// A key and a signature of its own: what is verified makes no difference to the time.
struct floor { EVP_PKEY *key; u8 data[4096], signature[256]; size_t len; };

static void floor_make(struct floor *f)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	f->key = EVP_EC_gen("P-384");
	f->len = sizeof f->signature;
	if (EVP_DigestSignInit(c, NULL, EVP_sha384(), NULL, f->key) != 1
	    || EVP_DigestSign(c, f->signature, &f->len, f->data, sizeof f->data) != 1)
		exit(2);
	EVP_MD_CTX_free(c);
}

static void floor_run(struct floor *f)
{
	for (size_t i = 0; i < SIGNATURES; i++) {
		EVP_MD_CTX *c = EVP_MD_CTX_new();
		if (EVP_DigestVerifyInit(c, NULL, EVP_sha384(), NULL, f->key) != 1
		    || EVP_DigestVerify(c, f->signature, f->len, f->data, sizeof f->data) != 1)
			exit(2);
		EVP_MD_CTX_free(c);
	}
}

static void verify_run(struct str document, const struct attest_facts *facts, struct arena a)
{
	struct arena found = a;
	a.end = found.at = a.at + (a.end - a.at) / 2;
	struct diag d = {.arena = &found, .sources = {.arena = &found}};
	struct circumstances at = {facts->root, CLOCK_DOCUMENT, 0, 0, 0};
	struct attestation got;
	if (!attestation_read(document, 0, facts, &at, &a, &got, &d))
		exit(1);
}

int main(int argc, char **argv)
{
	static double ours[ROUNDS_MAX], theirs[ROUNDS_MAX];
	size_t rounds = argc > 2 ? (size_t)atoi(argv[2]) : 0;
	u8 *memory = malloc(ARENA_BYTES);
	struct arena a = arena_of(memory, ARENA_BYTES, full, NULL);
	struct diag d = {.arena = &a, .sources = {.arena = &a}};
	struct library library = {.arena = &a, .diag = &d};
	struct context context = {.arena = &a, .diag = &d, .library = &library};
	struct attest_facts facts;
	struct str document;
	struct floor f;
	memset(&f, 0, sizeof f);
	if (!memory || !rounds || rounds > ROUNDS_MAX || !attest_facts_read(&context, &facts)
	    || !file_read(&a, str_from(argv[1]), 1 << 20, &document, &d))
		return 2;
	floor_make(&f);
	for (size_t i = 0; i < rounds; i++) {
		double t = cpu_ms();
		floor_run(&f);
		theirs[i] = cpu_ms() - t;
		t = cpu_ms();
		verify_run(document, &facts, a);
		ours[i] = cpu_ms() - t;
	}
	double x = median(ours, rounds), y = median(theirs, rounds);
	printf("one document %7.3f ms CPU   five P-384 verifications %7.3f ms CPU   ratio %.2f\n", x, y, x / y);
	EVP_PKEY_free(f.key);
	free(memory);
	return 0;
}
