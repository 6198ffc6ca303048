// secureboot.c, pkcs7.c: the verdict on signed and unsigned images. The files are made by
// secureboot/make.sh with the keys of tests/boot, where real firmware says the same of them.
#include "hostile.h"
#include "measure/measure.h"

#define HERE "tests/unit/secureboot/"
enum { LIMIT = 1 << 20 };

static struct str file_of(struct bench *b, const char *name)
{
	struct str bytes = {0};
	if (name)
		assert_true(file_read(&b->arena, cat(&b->arena, S(HERE), str_from(name)), LIMIT, &bytes,
		                      &b->diag));
	return bytes;
}

static bool verify(struct bench *b, struct str image, struct str db, struct str dbx,
                   struct authority *out)
{
	struct source s = source_of_str(&b->arena, image, 0);
	struct pe p;
	return pe_read(&s, S("x.efi"), &b->arena, &p, &b->diag)
	    && secure_boot_verify(&p, db, dbx, &b->arena, out, &b->diag);
}

// The data of the entry that decided is that of `by`, a list of one entry.
static void verdicts(void **state)
{
	(void)state;
	static const struct { const char *image, *db, *dbx; enum verdict verdict; const char *by; }
	cases[] = {
		{"own.efi", "own.esl", NULL, VERDICT_SIGNED, "own.esl"},
		{"own.efi", "two.esl", NULL, VERDICT_SIGNED, "own.esl"},
		{"own.efi", "other.esl", NULL, VERDICT_REFUSED, NULL},
		{"own.efi", NULL, NULL, VERDICT_REFUSED, NULL},
		{"own.efi", "own.esl", "other.esl", VERDICT_SIGNED, "own.esl"},
		{"own.efi", "own.esl", "own.esl", VERDICT_REFUSED, NULL},
		{"own.efi", "own.esl", "own-hash.esl", VERDICT_REFUSED, NULL},
		{"own.efi", "own.esl", "image-hash.esl", VERDICT_REFUSED, NULL},
		{"own.efi", "image-hash.esl", NULL, VERDICT_HASH, "image-hash.esl"},
		// the CA is not in the signature, only named as its issuer
		{"leaf.efi", "ca.esl", NULL, VERDICT_SIGNED, "ca.esl"},
		{"leaf.efi", "leaf.esl", NULL, VERDICT_SIGNED, "leaf.esl"},
		{"leaf.efi", "ca.esl", "leaf-hash.esl", VERDICT_REFUSED, NULL},
		{"leaf.efi", "ca.esl", "ca-hash.esl", VERDICT_REFUSED, NULL},
		{"leaf.efi", "ca.esl", "ca.esl", VERDICT_REFUSED, NULL},
		{"leaf.efi", "leaf.esl", "ca-hash.esl", VERDICT_SIGNED, "leaf.esl"},
		// two signatures: either is enough, either can be revoked
		{"both.efi", "own.esl", NULL, VERDICT_SIGNED, "own.esl"},
		{"both.efi", "ca.esl", NULL, VERDICT_SIGNED, "ca.esl"},
		{"both.efi", "own.esl", "leaf.esl", VERDICT_REFUSED, NULL},
		{"both.efi", "ca.esl", "own-hash.esl", VERDICT_REFUSED, NULL},
		{"unsigned.efi", "image-hash.esl", NULL, VERDICT_HASH, "image-hash.esl"},
		{"unsigned.efi", "own.esl", NULL, VERDICT_REFUSED, NULL},
		{"unsigned.efi", "image-hash.esl", "image-hash.esl", VERDICT_REFUSED, NULL},
		{"unsigned.efi", "image-hash.esl", "own-hash.esl", VERDICT_HASH, "image-hash.esl"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct authority got;
		struct signature *entry;
		size_t count;
		assert_true(verify(b, file_of(b, cases[i].image), file_of(b, cases[i].db),
		                   file_of(b, cases[i].dbx), &got));
		if (got.verdict != cases[i].verdict)
			print_error("%s under %s and %s\n", cases[i].image, cases[i].db, cases[i].dbx);
		assert_int_equal(got.verdict, cases[i].verdict);
		assert_true(got.why.len > 0);
		if (cases[i].by) {
			assert_true(esl_read(file_of(b, cases[i].by), 0, &b->arena, &entry, &count, &b->diag));
			assert_true(str_eq(got.entry.data, entry[0].data));
			assert_memory_equal(got.entry.owner, entry[0].owner, 16);
		}
		bench_free(b);
	}
}

static struct str hash_list(struct bench *b, const char *type, struct str hash)
{
	u8 *list = make(&b->arena, 44 + hash.len, u8);
	assert_true(guid_read(str_from(type), list));
	list[16] = (u8)(44 + hash.len);
	list[24] = (u8)(16 + hash.len);
	memcpy(list + 44, hash.at, hash.len);
	return (struct str){list, 44 + hash.len};
}

// Firmware looks for each digest of an unsigned image, the longest first, and each is an authority.
static void hashes_of_several_kinds(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str image = file_of(b, "unsigned.efi");
	struct source s = source_of_str(&b->arena, image, 0);
	struct pe p;
	struct digests d;
	struct authority got;
	bank_set needs;
	assert_true(pe_read(&s, S("x.efi"), &b->arena, &p, &b->diag));
	assert_true(authenticode_digest(&p, 15, b->arena, &d, &b->diag));
	struct str sha1 = hash_list(b, "826ca512-cf10-4ac9-b187-be01496631bd", digest_of(&d, BANK_SHA1));
	struct str sha512 = hash_list(b, "093e0fae-a6c4-4f50-9f1b-d41e2b89c19a",
	                              digest_of(&d, BANK_SHA512));
	struct str db = cat(&b->arena, sha1, file_of(b, "image-hash.esl"), sha512);
	assert_true(secure_boot_needs(&p, db, S(""), b->arena, &needs, &b->diag));
	assert_int_equal(needs, 1 << BANK_SHA1 | 1 << BANK_SHA256 | 1 << BANK_SHA512);
	assert_true(secure_boot_verify_with(&p, &d, db, S(""), &b->arena, &got, &b->diag));
	assert_int_equal(got.verdict, VERDICT_HASH);
	assert_int_equal(got.entry.data.len, 64);
	assert_int_equal(got.more_count, 2);
	assert_int_equal(got.more[0].data.len, 32);
	assert_int_equal(got.more[1].data.len, 20);
	assert_true(secure_boot_verify_with(&p, &d, db, sha1, &b->arena, &got, &b->diag));
	assert_int_equal(got.verdict, VERDICT_REFUSED);
	bench_free(b);
}

// One byte of the image, of the signature, or behind the table's last entry.
static void what_was_changed_is_refused(void **state)
{
	(void)state;
	static const size_t offs[] = {1024, 1535, 72, 2048 + 120, 2048 + 900, 3500};
	for (size_t i = 0; i < countof(offs); i++) {
		struct bench *b = bench_new();
		struct str image = file_of(b, "own.efi");
		struct authority got;
		((u8 *)image.at)[offs[i]] ^= 0x10;
		assert_true(verify(b, image, file_of(b, "own.esl"), S(""), &got));
		assert_int_equal(got.verdict, VERDICT_REFUSED);
		bench_free(b);
	}
}

// The table's size in the header, with as many zeros behind the file.
static void a_table_must_end_with_its_last_entry(void **state)
{
	(void)state;
	enum { SIZE_OFF = 64 + 24 + 112 + 4 * 8 + 4, OWN_TABLE = 3584 - 2048 };
	struct bench *b = bench_new();
	struct authority got;
	struct str image = cat(&b->arena, file_of(b, "own.efi"), S("\0\0\0\0\0\0\0"));
	((u8 *)image.at)[SIZE_OFF] = (u8)(OWN_TABLE + 7);
	assert_true(verify(b, image, file_of(b, "own.esl"), S(""), &got));
	assert_int_equal(got.verdict, VERDICT_REFUSED);
	assert_true(str_find(got.why, S("does not end"), &(size_t){0}));
	bench_free(b);
}

static void a_huge_table_is_a_finding(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct authority got;
	struct source s = source_of_str(&b->arena, file_of(b, "own.efi"), 0);
	struct pe p;
	assert_true(pe_read(&s, S("x.efi"), &b->arena, &p, &b->diag));
	p.certificates_bytes = (8 << 20) + 1;
	assert_false(secure_boot_verify(&p, S(""), S(""), &b->arena, &got, &b->diag));
	assert_true(bench_has(b, CERTIFICATES_LARGE));
	bench_free(b);
}

static void a_broken_list_is_a_finding(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct authority got;
	assert_false(verify(b, file_of(b, "own.efi"), S("no list"), S(""), &got));
	assert_true(bench_has(b, ESL_BROKEN));
	bench_free(b);
}

static void certificates_have_subjects(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct signature *list;
	size_t count;
	struct str tbs;
	assert_true(esl_read(file_of(b, "leaf.esl"), 0, &b->arena, &list, &count, &b->diag));
	assert_true(str_starts(certificate_subject(&b->arena, list[0].data), S("/CN=")));
	assert_str(certificate_subject(&b->arena, S("\x30\x03")), "no certificate");
	assert_true(certificate_tbs(list[0].data, &tbs));
	assert_true(tbs.len < list[0].data.len && tbs.at[0] == 0x30);
	assert_false(certificate_tbs(S(""), &tbs));
	assert_false(certificate_tbs(S("\x30\x82\xff\xff"), &tbs));
	bench_free(b);
}

// `count` entries of one list, each with the data.
static struct str many(struct bench *b, const u8 *type, struct str data, u32 count)
{
	struct buf out = buf_new(&b->arena, 16 << 20);
	buf_put(&out, (struct str){type, 16});
	buf_le(&out, 28 + (u64)count * (16 + data.len), 4);
	buf_le(&out, 0, 4);
	buf_le(&out, 16 + data.len, 4);
	for (u32 i = 0; i < count; i++) {
		buf_fill(&out, 0, 16);
		buf_put(&out, data);
	}
	return buf_str(&out);
}

// An entry that is no certificate costs nothing; more certificates than anybody has are refused
// to be tried, and not answered for.
static void hostile_lists(void **state)
{
	(void)state;
	enum { MOST = 1 << 16 };
	struct bench *b = bench_new();
	struct signature *other;
	size_t count;
	struct authority got;
	struct str own = file_of(b, "own.esl"), image = file_of(b, "both.efi");
	assert_true(esl_read(file_of(b, "other.esl"), 0, &b->arena, &other, &count, &b->diag));
	assert_true(verify(b, image, own, many(b, other->type, S("\x30"), MOST), &got));
	assert_int_equal(got.verdict, VERDICT_SIGNED);
	assert_true(verify(b, image, own, many(b, other->type, other->data, 1000), &got));
	assert_int_equal(got.verdict, VERDICT_SIGNED);
	assert_false(verify(b, image, own, many(b, other->type, other->data, 5000), &got));
	assert_true(bench_has(b, SIGNATURES_COSTLY));
	bench_free(b);
}

// A certificate's hash in dbx ends with a time: zeros are "always".
static void revocations_have_times(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str hash = file_of(b, "leaf-hash.esl");
	assert_int_equal(hash.len, 28 + 16 + 32 + 16);
	assert_false(secure_boot_has_times(hash, b->arena, &b->diag));
	assert_false(secure_boot_has_times(file_of(b, "own.esl"), b->arena, &b->diag));
	((u8 *)hash.at)[28 + 16 + 32] = 1;
	assert_true(secure_boot_has_times(hash, b->arena, &b->diag));
	struct str broken = {hash.at, hash.len - 1};
	assert_false(secure_boot_has_times(broken, b->arena, &b->diag));
	bench_free(b);
}

static bool try_image(struct bench *b, struct str image)
{
	struct authority got;
	return verify(b, image, file_of(b, "two.esl"), file_of(b, "ca-hash.esl"), &got);
}

// No finding says why: the verdict does.
static bool try_signature(struct bench *b, struct str signature)
{
	struct digests d;
	enum bank bank;
	u8 digest[64] = {0};
	struct pkcs7 p;
	bool parsed = pkcs7_open(signature, &p);
	assert_int_equal(parsed, p.whole != NULL);
	assert_false(pkcs7_signed_by(&p, (struct str){digest, 32}, S("")));
	b->diag.failed = !pkcs7_bank(signature, &bank) || !pkcs7_signer_digests(&p, 0, 1, &d);
	pkcs7_close(&p);
	return !b->diag.failed;
}

static void hostile_signatures(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str image = file_of(b, "own.efi");
	hostile_cuts(b, image, 3, try_image);
	hostile_fields(b, image, 2048, 2200, try_image);
	hostile_cuts(b, (struct str){image.at + 2056, image.len - 2056}, 1, try_signature);
	hostile_fields(b, (struct str){image.at + 2056, image.len - 2056}, 0, image.len - 2056,
	               try_signature);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(hashes_of_several_kinds),
		cmocka_unit_test(what_was_changed_is_refused),
		cmocka_unit_test(a_table_must_end_with_its_last_entry),
		cmocka_unit_test(a_huge_table_is_a_finding),
		cmocka_unit_test(a_broken_list_is_a_finding),
		cmocka_unit_test(certificates_have_subjects),
		cmocka_unit_test(hostile_signatures),
		cmocka_unit_test(hostile_lists),
		cmocka_unit_test(revocations_have_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
