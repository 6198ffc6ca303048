// attestation: the genuine documents at their own time; documents of our own with one thing wrong,
// each refused for its reason; bits flipped, bytes cut, certificates swapped.
#include "hostile.h"
#include "verify/verify.h"
#include "../verify/attest.h"
#include <openssl/err.h>
#include <stdio.h>

static const u64 time_ms = 1770113522437;

// ---- a bench with the facts and a root

struct lab {
	struct bench *b;
	struct attest_facts facts;
	struct circumstances at;
	EVP_PKEY *root;
	struct attest_plan plan;
};

static struct lab lab_new(void)
{
	struct lab l = {.b = bench_new(), .root = attest_key("root")};
	assert_true(attest_facts_read(&l.b->context, &l.facts));
	l.plan = attest_plan(&l.b->arena, l.root, time_ms);
	attest_sign_certs(&l.plan);
	attest_fields(&l.plan);
	l.at = (struct circumstances){l.plan.ders[ROOT], CLOCK_DOCUMENT, 0, 0, 0};
	return l;
}

static void lab_free(struct lab *l)
{
	attest_free(&l->plan);
	EVP_PKEY_free(l->root);
	bench_free(l->b);
}

static bool accepted(struct lab *l, struct str document)
{
	struct attestation got;
	return attestation_read(document, 0, &l->facts, &l->at, &l->b->arena, &got, &l->b->diag);
}

static bool says(const struct bench *b, enum rule rule, const char *why)
{
	struct arena scratch = b->arena;
	size_t off;
	for (size_t i = 0; i < b->diag.len; i++) {
		const struct finding *f = &b->diag.list[i];
		struct str text = rule_fill(&scratch, rules[f->rule].message, f);
		if (f->rule == rule && (!*why || str_find(text, str_from(why), &off)))
			return true;
	}
	return false;
}

static void tell(const struct bench *b)
{
	struct arena scratch = b->arena;
	for (size_t i = 0; i < b->diag.len; i++) {
		const struct finding *f = &b->diag.list[i];
		struct str text = rule_fill(&scratch, rules[f->rule].message, f);
		print_error("  %.*s: %.*s\n", (int)rules[f->rule].code.len,
		            (const char *)rules[f->rule].code.at, (int)text.len, (const char *)text.at);
	}
}

// ---- what is right

static void our_own_is_accepted(void **state)
{
	(void)state;
	struct lab l = lab_new();
	struct attestation got;
	l.plan.nonce = S("nonce");
	l.plan.user_data = S("");
	memset(l.plan.pcrs[4], 0xab, PCR_BYTES);
	attest_fields(&l.plan);
	struct str document = attest_seal(&l.plan);
	bool good = attestation_read(document, 0, &l.facts, &l.at, &l.b->arena, &got, &l.b->diag);
	if (!good)
		tell(l.b);
	assert_true(good);
	assert_str(got.who.instance, "i-0123456789abcdef0");
	assert_str(got.who.region, "us-east-1");
	assert_str(got.who.partition, "aws");
	assert_int_equal(got.doc.time_ms, time_ms);
	assert_int_equal(got.checked_ms, time_ms);
	assert_int_equal(got.doc.has, 0xffffff);
	assert_int_equal(got.doc.pcrs[4].at[47], 0xab);
	assert_str(got.doc.nonce, "nonce");
	assert_true(got.doc.user_data.at && got.doc.user_data.len == 0);
	assert_null(got.doc.public_key.at);
	assert_int_equal(l.b->diag.len, 0);
	lab_free(&l);
}

// What genuine documents had, or may have tomorrow.
static void other_shapes_are_accepted(void **state)
{
	(void)state;
	struct lab l = lab_new();
	l.plan.definite = true;
	assert_true(accepted(&l, attest_seal(&l.plan)));
	l.plan.definite = false;
	l.plan.lead = S("\xd2");                // tag 18
	assert_true(accepted(&l, attest_seal(&l.plan)));
	l.plan.lead = S("");
	// The optional ones left out, in another order.
	l.plan.field_count -= 3;
	struct attest_field first = l.plan.fields[0];
	l.plan.fields[0] = l.plan.fields[5];
	l.plan.fields[5] = first;
	assert_true(accepted(&l, attest_seal(&l.plan)));
	assert_int_equal(l.b->diag.len, 0);
	// A field that is not known, with things in it.
	attest_add(&l.plan, S("new"), S("\x82\xa1\x01\x9f\x02\xff\xf5"));
	assert_true(accepted(&l, attest_seal(&l.plan)));
	assert_true(says(l.b, ATTESTED_UNKNOWN, "'new'"));
	lab_free(&l);
}

static struct str read_genuine(struct bench *b, const char *name)
{
	struct str bytes;
	struct str path = cat(&b->arena, S("tests/verify/"), str_from(name));
	assert_true(file_read(&b->arena, path, 1 << 20, &bytes, &b->diag));
	return bytes;
}

static const struct genuine { const char *file, *instance, *region; u64 ms; const char *pcr7; } genuine[] = {
	{"nitrotpm-lockboot.cose", "i-01cfb383223e42522", "us-east-1", 1770113522437, "98441c7f"},
	{"nitrotpm-eternis-secure-boot.cose", "i-016a52105bfeb18a2", "us-east-2", 1774478165097,
	 "ea3dfb67"},
};

static void genuine_ones_are_accepted_at_their_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(genuine); i++) {
		struct lab l = lab_new();
		struct attestation got;
		struct str document = read_genuine(l.b, genuine[i].file);
		l.at.root = l.facts.root;
		bool good = attestation_read(document, 0, &l.facts, &l.at, &l.b->arena, &got, &l.b->diag);
		if (!good)
			tell(l.b);
		assert_true(good);
		assert_str(got.who.instance, genuine[i].instance);
		assert_str(got.who.region, genuine[i].region);
		assert_int_equal(got.doc.time_ms, genuine[i].ms);
		assert_true(str_starts(str_hex(&l.b->arena, got.doc.pcrs[7]), str_from(genuine[i].pcr7)));
		assert_int_equal(l.b->diag.len, 0);
		// Not under another root, and not half a year later.
		l.at.root = l.plan.ders[ROOT];
		assert_false(accepted(&l, document));
		assert_true(says(l.b, ROOT_OTHER, ""));
		l.at = (struct circumstances){l.facts.root, CLOCK_NOW, 1795859250000, 300000, 60000};
		assert_false(accepted(&l, document));
		assert_true(says(l.b, ATTESTED_TIME, "too long before 2026-11-28T"));
		lab_free(&l);
	}
}

static void enclaves_are_named(void **state)
{
	(void)state;
	static const char *const files[] = {"enclave-eternis.cose", "enclave-yawn.cose"};
	for (size_t i = 0; i < countof(files); i++) {
		struct lab l = lab_new();
		l.at.root = l.facts.root;
		assert_false(accepted(&l, read_genuine(l.b, files[i])));
		assert_true(says(l.b, ATTESTED_ENCLAVE, "enclave"));
		lab_free(&l);
	}
}

// ---- what is wrong: one thing at a time

struct wrong {
	const char *name;
	enum rule rule;
	const char *why;
	void (*certs)(struct attest_plan *p);        // before certificates are signed
	void (*parts)(struct attest_plan *p);        // before the document is
	struct str (*bytes)(struct arena *a, struct str document);   // of what is sealed
};

#define EDIT(name, statement) \
	static void name(struct attest_plan *p) { statement; }
#define FIELD(name, key, bytes) EDIT(name, attest_field(p, key)->value = S(bytes))

static void drop(struct attest_plan *p, const char *key)
{
	struct attest_field *f = attest_field(p, key);
	*f = p->fields[--p->field_count];
}

static void twice(struct attest_plan *p, const char *key)
{
	p->fields[p->field_count++] = *attest_field(p, key);
}

// The envelope.
EDIT(alg_256, p->protected = S("\xa1\x01\x26"))
EDIT(alg_text, p->protected = S("\xa1\x01\x65" "ES384"))
EDIT(alg_none, p->protected = S("\xa0"))
EDIT(alg_empty, p->protected = S(""))
EDIT(alg_doubled, p->protected = S("\xa2\x01\x38\x22\x01\x38\x22"))
EDIT(header_extra, p->protected = S("\xa2\x01\x38\x22\x04\x41\x31"))
EDIT(header_critical, p->protected = S("\xa2\x02\x81\x18\x2a\x01\x38\x22"))
EDIT(header_tail, p->protected = S("\xa1\x01\x38\x22\x00"))
EDIT(header_long_form, p->protected = S("\xa1\x01\x39\x00\x22"))
EDIT(header_indefinite, p->protected = S("\xbf\x01\x38\x22\xff"))
EDIT(header_array, p->protected = S("\x81\x01"))
EDIT(unprotected_kid, p->unprotected = S("\xa1\x04\x41\x31"))
EDIT(unprotected_null, p->unprotected = S("\xf6"))
EDIT(unprotected_open, p->unprotected = S("\xbf\xff"))
EDIT(array_of_five, p->array = S("\x85"); p->tail = S("\xa0"))
EDIT(array_of_three, p->array = S("\x83"))
EDIT(array_open, p->array = S("\x9f"); p->tail = S("\xff"))
EDIT(array_long_form, p->array = S("\x98\x04"))
EDIT(tag_sign, p->lead = S("\xd8\x62"))
EDIT(tag_twice, p->lead = S("\xd2\xd2"))
EDIT(tag_mac, p->lead = S("\xd1"))
EDIT(tag_long_form, p->lead = S("\xd8\x12"))
EDIT(bytes_behind, p->tail = S("\x00"))
EDIT(second_document, p->tail = S("\x84\x44\xa1\x01\x38\x22"))
EDIT(covers_other_header, p->signed_protected = S("\xa1\x01\x26"))

static u8 zeros[2 * COSE_SIGNATURE];
EDIT(signature_zero, p->signature = ((struct str){zeros, COSE_SIGNATURE}))
EDIT(signature_short, p->signature = ((struct str){zeros, COSE_SIGNATURE - 1}))
EDIT(signature_long, p->signature = ((struct str){zeros, COSE_SIGNATURE + 1}))
EDIT(signature_empty, p->signature = S(""))

// A DER signature where r and s belong; of a real one, so that only the form is wrong.
static void signature_der(struct attest_plan *p)
{
	struct str raw = attest_signature(p->arena, p->keys[LEAF],
	                                  attest_to_be_signed(p, attest_payload(p)));
	p->signature = cat(p->arena, S("\x30\x64\x02\x30"), ((struct str){raw.at, 48}),
	                   S("\x02\x30"), ((struct str){raw.at + 48, 48}));
}

static void signed_by_instance(struct attest_plan *p)
{
	p->signature = attest_signature(p->arena, p->keys[INSTANCE],
	                                attest_to_be_signed(p, attest_payload(p)));
}

// A copied chain around a payload of one's own: what AWS's sample lets pass.
static void signed_by_nobody(struct attest_plan *p)
{
	EVP_PKEY *key = attest_key("nobody");
	p->signature = attest_signature(p->arena, key, attest_to_be_signed(p, attest_payload(p)));
	EVP_PKEY_free(key);
}

// The payload.
EDIT(payload_tail, p->payload_tail = S("\x00"))
EDIT(payload_second, p->payload_tail = S("\xa0"))
EDIT(no_module, drop(p, "module_id"))
EDIT(no_digest, drop(p, "digest"))
EDIT(no_time, drop(p, "timestamp"))
EDIT(no_pcrs, drop(p, "nitrotpm_pcrs"))
EDIT(no_certificate, drop(p, "certificate"))
EDIT(no_bundle, drop(p, "cabundle"))
EDIT(two_modules, twice(p, "module_id"))
EDIT(two_digests, twice(p, "digest"))
EDIT(two_times, twice(p, "timestamp"))
EDIT(two_pcrs, twice(p, "nitrotpm_pcrs"))
EDIT(two_certificates, twice(p, "certificate"))
EDIT(two_bundles, twice(p, "cabundle"))
EDIT(two_nonces, twice(p, "nonce"))
EDIT(two_keys, twice(p, "public_key"))
EDIT(two_user_data, twice(p, "user_data"))
EDIT(enclave_key, attest_field(p, "nitrotpm_pcrs")->key = S("\x64" "pcrs"))
EDIT(both_keys, attest_add(p, S("pcrs"), S("\xa0")))
EDIT(key_of_bytes, attest_field(p, "nonce")->key = S("\x45nonce"))
EDIT(key_of_number, attest_field(p, "nonce")->key = S("\x01"))
EDIT(key_not_utf8, attest_add(p, S("\xc3\x28"), S("\xf6")))
FIELD(module_bytes, "module_id", "\x41i")
FIELD(module_empty, "module_id", "\x60")
FIELD(module_null, "module_id", "\xf6")
FIELD(digest_256, "digest", "\x66SHA256")
FIELD(digest_lower, "digest", "\x66sha384")
FIELD(digest_number, "digest", "\x00")
FIELD(time_zero, "timestamp", "\x00")
FIELD(time_negative, "timestamp", "\x20")
FIELD(time_text, "timestamp", "\x61\x31")
FIELD(time_float, "timestamp", "\xfb\x42\x79\xc0\x00\x00\x00\x00\x00")
FIELD(time_huge, "timestamp", "\x1b\xff\xff\xff\xff\xff\xff\xff\xff")
FIELD(time_tagged, "timestamp", "\xc1\x1a\x69\x00\x00\x00")
FIELD(pcrs_empty, "nitrotpm_pcrs", "\xa0")
FIELD(pcrs_array, "nitrotpm_pcrs", "\x80")
FIELD(pcrs_null, "nitrotpm_pcrs", "\xf6")
FIELD(pcr_32, "nitrotpm_pcrs", "\xa1\x18\x20\x58\x30")
FIELD(pcr_text_key, "nitrotpm_pcrs", "\xa1\x61\x34\x58\x30")
FIELD(pcr_negative_key, "nitrotpm_pcrs", "\xa1\x20\x58\x30")
FIELD(pcr_sha256, "nitrotpm_pcrs", "\xa1\x04\x58\x20")
FIELD(pcr_49, "nitrotpm_pcrs", "\xa1\x04\x58\x31")
FIELD(pcr_text, "nitrotpm_pcrs", "\xa1\x04\x60")
FIELD(pcrs_33, "nitrotpm_pcrs", "\xb8\x21")
FIELD(certificate_empty, "certificate", "\x40")
FIELD(certificate_text, "certificate", "\x61x")
FIELD(certificate_null, "certificate", "\xf6")
FIELD(certificate_huge, "certificate", "\x59\x04\x01")
FIELD(bundle_empty, "cabundle", "\x80")
FIELD(bundle_open_empty, "cabundle", "\x9f\xff")
FIELD(bundle_nine, "cabundle", "\x89")
FIELD(bundle_bytes, "cabundle", "\x41x")
FIELD(bundle_of_text, "cabundle", "\x81\x61x")
FIELD(bundle_enormous, "cabundle", "\x9b\xff\xff\xff\xff\xff\xff\xff\xff")
FIELD(nonce_text, "nonce", "\x61x")
FIELD(nonce_false, "nonce", "\xf4")
FIELD(nonce_undefined, "nonce", "\xf7")
FIELD(nonce_pieces, "nonce", "\x5f\x41x\xff")
FIELD(nonce_long, "nonce", "\x59\x04\x01")
FIELD(key_text, "public_key", "\x61x")
FIELD(user_data_map, "user_data", "\xa0")
EDIT(unknown_deep, attest_add(p, S("x"), S("\x81\x81\x81\x81\x81\x00")))
EDIT(unknown_break, attest_add(p, S("x"), S("\xff")))
EDIT(unknown_reserved, attest_add(p, S("x"), S("\x1c")))
EDIT(unknown_enormous, attest_add(p, S("x"), S("\x9a\xff\xff\xff\xff\x00")))

static void pcr_doubled(struct attest_plan *p)
{
	struct str value = cat(p->arena, S("\x04\x58\x30"), ((struct str){zeros, 48}));
	attest_field(p, "nitrotpm_pcrs")->value = cat(p->arena, S("\xa2"), value, value);
}

// A length that takes a part of the next PCR's bytes along: "concatenated" values split anew.
static void pcr_resplit(struct attest_plan *p)
{
	attest_field(p, "nitrotpm_pcrs")->value = cat(p->arena, S("\xa2\x00\x58\x2f"),
		((struct str){zeros, 47}), S("\x01\x58\x31"), ((struct str){zeros, 49}));
}

// Certificates.
EDIT(leaf_is_authority, p->certs[LEAF].ca = 1)
EDIT(leaf_may_certify, p->certs[LEAF].usage = "digitalSignature,keyCertSign")
EDIT(leaf_may_not_sign, p->certs[LEAF].usage = "keyAgreement")
EDIT(leaf_without_usage, p->certs[LEAF].usage = NULL)
EDIT(instance_no_authority, p->certs[INSTANCE].ca = 0)
EDIT(instance_no_constraints, p->certs[INSTANCE].ca = -1)
EDIT(zonal_no_authority, p->certs[ZONAL].ca = 0)
EDIT(zonal_no_usage, p->certs[ZONAL].usage = NULL)
EDIT(zonal_may_not_certify, p->certs[ZONAL].usage = "digitalSignature,cRLSign")
EDIT(zonal_path_zero, p->certs[ZONAL].path_len = 0)
EDIT(regional_path_one, p->certs[REGIONAL].path_len = 1)
EDIT(leaf_expired, p->certs[LEAF].not_after = (int64_t)(time_ms / 1000) - 1)
EDIT(leaf_not_begun, p->certs[LEAF].not_before = (int64_t)(time_ms / 1000) + 1)
EDIT(zonal_expired, p->certs[ZONAL].not_after = (int64_t)(time_ms / 1000) - 1)
EDIT(regional_not_begun, p->certs[REGIONAL].not_before = (int64_t)(time_ms / 1000) + 1)
EDIT(leaf_other_signer, p->certs[LEAF].sign_with = p->keys[ZONAL])
EDIT(zonal_other_signer, p->certs[ZONAL].sign_with = p->keys[ZONAL])
EDIT(leaf_of_regional, p->certs[LEAF].issuer = REGIONAL; p->certs[LEAF].sign_with = p->keys[REGIONAL])
EDIT(instance_of_root, p->certs[INSTANCE].issuer = ROOT; p->certs[INSTANCE].sign_with = p->keys[ROOT])
EDIT(leaf_sha256, p->certs[LEAF].md = EVP_sha256())
EDIT(zonal_sha512, p->certs[ZONAL].md = EVP_sha512())

static void name_of(struct attest_plan *p, int level, const char *cn)
{
	for (size_t i = 0; i < 8 && p->certs[level].subject[i][0]; i++)
		if (strcmp(p->certs[level].subject[i][0], "CN") == 0)
			p->certs[level].subject[i][1] = cn;
}

EDIT(leaf_other_module, name_of(p, LEAF, "i-0123456789abcdef1-tpm0000000000000000.us-east-1.aws"))
EDIT(leaf_other_region, name_of(p, LEAF, "i-0123456789abcdef0-tpm0000000000000000.us-east-2.aws"))
EDIT(leaf_other_partition, name_of(p, LEAF, "i-0123456789abcdef0-tpm0000000000000000.us-east-1.com"))
EDIT(leaf_longer, name_of(p, LEAF, "x.i-0123456789abcdef0-tpm0000000000000000.us-east-1.aws"))
EDIT(instance_other, name_of(p, INSTANCE, "i-0123456789abcdef1.us-east-1." ATTEST_PART))
EDIT(instance_other_region, name_of(p, INSTANCE, "i-0123456789abcdef0.us-east-2." ATTEST_PART))
EDIT(instance_other_root, name_of(p, INSTANCE, "i-0123456789abcdef0.us-east-1.aws-cn.nitro-enclaves"))
EDIT(instance_short, name_of(p, INSTANCE, "i-." ATTEST_PART))
EDIT(instance_a_zone, name_of(p, INSTANCE, "74d947fb1bac401d.zonal.us-east-1." ATTEST_PART))
EDIT(zonal_other_region, name_of(p, ZONAL, "74d947fb1bac401d.zonal.us-east-2." ATTEST_PART))
EDIT(regional_other_region, name_of(p, REGIONAL, "733655d6d68f7bdf.eu-west-1." ATTEST_PART))
EDIT(module_other, attest_field(p, "module_id")->value =
	attest_text(p->arena, S("i-0123456789abcdef1-tpm0000000000000000")))
EDIT(module_enclave, attest_field(p, "module_id")->value =
	attest_text(p->arena, S("i-0123456789abcdef0-enc0123456789abcdef")))
EDIT(module_longer, attest_field(p, "module_id")->value =
	attest_text(p->arena, S("i-0123456789abcdef0-tpm00000000000000000")))

static void leaf_p256(struct attest_plan *p)
{
	EVP_PKEY_free(p->keys[LEAF]);
	p->keys[LEAF] = EVP_EC_gen("P-256");
	p->certs[LEAF].key = p->keys[LEAF];
}

static void zonal_rsa(struct attest_plan *p)
{
	EVP_PKEY_free(p->keys[ZONAL]);
	p->keys[ZONAL] = EVP_RSA_gen(2048);
	p->certs[ZONAL].key = p->certs[ZONAL].sign_with = p->keys[ZONAL];
	p->certs[ZONAL].sign_with = p->keys[REGIONAL];
	p->certs[INSTANCE].sign_with = p->keys[ZONAL];
}

static void add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	attest_must(e && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

static void add_critical(X509 *x) { add_extension(x, NID_ext_key_usage, "critical,emailProtection"); }
static void add_name_constraint(X509 *x) { add_extension(x, NID_name_constraints, "critical,permitted;DNS:x"); }
static void add_usage_again(X509 *x) { add_extension(x, NID_key_usage, "digitalSignature"); }
static void make_v1(X509 *x) { attest_must(X509_set_version(x, 0) == 1); }
EDIT(leaf_critical, p->certs[LEAF].edit = add_critical)
EDIT(zonal_constraint, p->certs[ZONAL].edit = add_name_constraint)
EDIT(leaf_usage_twice, p->certs[LEAF].edit = add_usage_again)
EDIT(zonal_v1, p->certs[ZONAL].edit = make_v1)

static void no_name(X509 *x)
{
	X509_NAME *n = X509_NAME_new();
	attest_must(X509_NAME_add_entry_by_txt(n, "O", MBSTRING_UTF8, (const u8 *)"x", -1, -1, 0) == 1);
	X509_set_subject_name(x, n);
	X509_NAME_free(n);
}

static void two_names(X509 *x)
{
	X509_NAME *n = X509_NAME_dup(X509_get_subject_name(x));
	attest_must(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const u8 *)"x", -1, -1, 0) == 1);
	X509_set_subject_name(x, n);
	X509_NAME_free(n);
}

EDIT(leaf_no_name, p->certs[LEAF].edit = no_name)
EDIT(leaf_two_names, p->certs[LEAF].edit = two_names)

static void own_bundle(struct attest_plan *p, struct str head, const struct str *list, size_t count)
{
	struct str out = head;
	for (size_t i = 0; i < count; i++)
		out = cat(p->arena, out, attest_bytes(p->arena, list[i]));
	attest_field(p, "cabundle")->value = out;
}

#define BUNDLE(name, head, ...) \
	static void name(struct attest_plan *p) \
	{ \
		struct str list[] = {__VA_ARGS__}; \
		own_bundle(p, S(head), list, countof(list)); \
	}
BUNDLE(bundle_reversed, "\x84", p->ders[INSTANCE], p->ders[ZONAL], p->ders[REGIONAL], p->ders[ROOT])
BUNDLE(bundle_swapped, "\x84", p->ders[ROOT], p->ders[ZONAL], p->ders[REGIONAL], p->ders[INSTANCE])
BUNDLE(bundle_short, "\x83", p->ders[ROOT], p->ders[REGIONAL], p->ders[ZONAL])
BUNDLE(bundle_root_alone, "\x81", p->ders[ROOT])
BUNDLE(bundle_with_leaf, "\x85", p->ders[ROOT], p->ders[REGIONAL], p->ders[ZONAL], p->ders[INSTANCE],
       p->ders[LEAF])
BUNDLE(bundle_twice, "\x85", p->ders[ROOT], p->ders[REGIONAL], p->ders[REGIONAL], p->ders[ZONAL],
       p->ders[INSTANCE])
BUNDLE(bundle_without_root, "\x83", p->ders[REGIONAL], p->ders[ZONAL], p->ders[INSTANCE])
BUNDLE(bundle_garbage, "\x84", p->ders[ROOT], p->ders[REGIONAL], S("garbage"), p->ders[INSTANCE])
BUNDLE(bundle_trailing, "\x84", p->ders[ROOT], p->ders[REGIONAL],
       cat(p->arena, p->ders[ZONAL], S("x")), p->ders[INSTANCE])
BUNDLE(bundle_root_trailing, "\x84", cat(p->arena, p->ders[ROOT], S("x")), p->ders[REGIONAL],
       p->ders[ZONAL], p->ders[INSTANCE])

// The same certificate in BER: its outer length in three bytes.
static void bundle_ber(struct attest_plan *p)
{
	struct str z = p->ders[ZONAL];
	struct str ber = cat(p->arena, S("\x30\x83\x00"), ((struct str){z.at + 2, z.len - 2}));
	struct str list[] = {p->ders[ROOT], p->ders[REGIONAL], ber, p->ders[INSTANCE]};
	own_bundle(p, S("\x84"), list, countof(list));
}

EDIT(certificate_is_root, attest_field(p, "certificate")->value =
	attest_bytes(p->arena, p->ders[ROOT]))
EDIT(certificate_is_instance, attest_field(p, "certificate")->value =
	attest_bytes(p->arena, p->ders[INSTANCE]))

// A whole PKI of somebody else's, the root's name the same.
static void other_root(struct attest_plan *p)
{
	EVP_PKEY *key = attest_key("another root");
	EVP_PKEY *own = p->keys[ROOT];
	p->keys[ROOT] = p->certs[ROOT].key = p->certs[ROOT].sign_with = key;
	p->certs[REGIONAL].sign_with = key;
	attest_sign_certs(p);
	p->keys[ROOT] = own;
	EVP_PKEY_free(key);
}

// A leaf that issues a certificate of its own, and signs with that one's key.
static void leaf_issues(struct attest_plan *p)
{
	struct attest_cert own = p->certs[LEAF];
	const u8 *at = p->ders[LEAF].at;
	X509 *issuer = d2i_X509(NULL, &at, (long)p->ders[LEAF].len);
	own.sign_with = p->keys[LEAF];
	X509 *x = attest_certificate(&own, issuer, 9);
	struct str made = attest_der(p->arena, x);
	struct str list[] = {p->ders[ROOT], p->ders[REGIONAL], p->ders[ZONAL], p->ders[INSTANCE],
	                     p->ders[LEAF]};
	own_bundle(p, S("\x85"), list, countof(list));
	attest_field(p, "certificate")->value = attest_bytes(p->arena, made);
	X509_free(x);
	X509_free(issuer);
}

static void no_limits(struct attest_plan *p)
{
	for (size_t level = REGIONAL; level < LEAF; level++)
		p->certs[level].path_len = -1;
}

// Bytes of what is sealed.
static struct str empty(struct arena *a, struct str document)
{
	(void)a, (void)document;
	return S("");
}

static struct str detached(struct arena *a, struct str document)
{
	return cat(a, (struct str){document.at, 7}, S("\xf6"),
	           ((struct str){document.at + document.len - 98, 98}));
}

static struct str enormous(struct arena *a, struct str document)
{
	struct buf b = buf_new(a, 1 << 20);
	buf_put(&b, document);
	buf_fill(&b, 0, COSE_MAX);
	return buf_str(&b);
}

static struct str payload_not_shortest(struct arena *a, struct str document)
{
	return cat(a, (struct str){document.at, 7}, S("\x5a\x00\x00"),
	           ((struct str){document.at + 8, document.len - 8}));
}

static struct str bare_payload(struct arena *a, struct str document)
{
	(void)a;
	return (struct str){document.at + 10, document.len - 10 - 98};
}

static struct str payload_array(struct arena *a, struct str document)
{
	return cat(a, (struct str){document.at, 7}, S("\x41\x80"),
	           ((struct str){document.at + document.len - 98, 98}));
}

static struct str changed_value(struct arena *a, struct str document)
{
	size_t off;
	struct str copy = str_copy(a, document);
	attest_must(str_find(copy, S("nitrotpm_pcrs"), &off));
	((u8 *)copy.at)[off + 20] ^= 1;
	return copy;
}

#define W(rule, why, phase, edit) {.name = #edit, rule, why, .phase = edit}
static const struct wrong wrongs[] = {
	W(ENVELOPE_BROKEN, "not ES384", parts, alg_256),
	W(ENVELOPE_BROKEN, "not ES384", parts, alg_text),
	W(ENVELOPE_BROKEN, "names no algorithm", parts, alg_none),
	W(ENVELOPE_BROKEN, "ends in the middle", parts, alg_empty),
	W(ENVELOPE_BROKEN, "more than the algorithm", parts, alg_doubled),
	W(ENVELOPE_BROKEN, "more than the algorithm", parts, header_extra),
	W(ENVELOPE_BROKEN, "critical header", parts, header_critical),
	W(ENVELOPE_BROKEN, "bytes behind", parts, header_tail),
	W(ENVELOPE_BROKEN, "not ES384", parts, header_long_form),
	W(ENVELOPE_BROKEN, "indefinite", parts, header_indefinite),
	W(ENVELOPE_BROKEN, "not a map", parts, header_array),
	W(ENVELOPE_BROKEN, "too many", parts, unprotected_kid),
	W(ENVELOPE_BROKEN, "not a map", parts, unprotected_null),
	W(ENVELOPE_BROKEN, "indefinite", parts, unprotected_open),
	W(ENVELOPE_BROKEN, "too many", parts, array_of_five),
	W(ENVELOPE_BROKEN, "too few", parts, array_of_three),
	W(ENVELOPE_BROKEN, "indefinite", parts, array_open),
	W(ENVELOPE_BROKEN, "shortest", parts, array_long_form),
	W(ENVELOPE_BROKEN, "not an array", parts, tag_sign),
	W(ENVELOPE_BROKEN, "not an array", parts, tag_twice),
	W(ENVELOPE_BROKEN, "not an array", parts, tag_mac),
	W(ENVELOPE_BROKEN, "shortest", parts, tag_long_form),
	W(ENVELOPE_BROKEN, "bytes behind", parts, bytes_behind),
	W(ENVELOPE_BROKEN, "bytes behind", parts, second_document),
	W(SIGNATURE_WRONG, "", parts, covers_other_header),
	W(SIGNATURE_WRONG, "", parts, signature_zero),
	W(ENVELOPE_BROKEN, "too short", parts, signature_short),
	W(ENVELOPE_BROKEN, "too long", parts, signature_long),
	W(ENVELOPE_BROKEN, "too short", parts, signature_empty),
	W(ENVELOPE_BROKEN, "too long", parts, signature_der),
	W(SIGNATURE_WRONG, "", parts, signed_by_instance),
	W(SIGNATURE_WRONG, "", parts, signed_by_nobody),
	W(ENVELOPE_BROKEN, "ends in the middle", bytes, empty),
	W(ENVELOPE_BROKEN, "detached", bytes, detached),
	W(ENVELOPE_BROKEN, "16384", bytes, enormous),
	W(ENVELOPE_BROKEN, "shortest", bytes, payload_not_shortest),
	W(ENVELOPE_BROKEN, "not an array", bytes, bare_payload),
	W(SIGNATURE_WRONG, "", bytes, changed_value),
	W(ATTESTED_FIELD, "bytes behind", parts, payload_tail),
	W(ATTESTED_FIELD, "bytes behind", parts, payload_second),
	W(ATTESTED_FIELD, "not a map", bytes, payload_array),
	W(ATTESTED_FIELD, "'module_id' in the document: it is missing", parts, no_module),
	W(ATTESTED_FIELD, "'digest' in the document: it is missing", parts, no_digest),
	W(ATTESTED_FIELD, "'timestamp' in the document: it is missing", parts, no_time),
	W(ATTESTED_FIELD, "'nitrotpm_pcrs' in the document: it is missing", parts, no_pcrs),
	W(ATTESTED_FIELD, "'certificate' in the document: it is missing", parts, no_certificate),
	W(ATTESTED_FIELD, "'cabundle' in the document: it is missing", parts, no_bundle),
	W(ATTESTED_FIELD, "'module_id' in the document: it is given twice", parts, two_modules),
	W(ATTESTED_FIELD, "'digest' in the document: it is given twice", parts, two_digests),
	W(ATTESTED_FIELD, "'timestamp' in the document: it is given twice", parts, two_times),
	W(ATTESTED_FIELD, "'nitrotpm_pcrs' in the document: it is given twice", parts, two_pcrs),
	W(ATTESTED_FIELD, "'certificate' in the document: it is given twice", parts, two_certificates),
	W(ATTESTED_FIELD, "'cabundle' in the document: it is given twice", parts, two_bundles),
	W(ATTESTED_FIELD, "'nonce' in the document: it is given twice", parts, two_nonces),
	W(ATTESTED_FIELD, "'public_key' in the document: it is given twice", parts, two_keys),
	W(ATTESTED_FIELD, "'user_data' in the document: it is given twice", parts, two_user_data),
	W(ATTESTED_ENCLAVE, "", parts, enclave_key),
	W(ATTESTED_ENCLAVE, "", parts, both_keys),
	W(ATTESTED_FIELD, "not a text", parts, key_of_bytes),
	W(ATTESTED_FIELD, "not a text", parts, key_of_number),
	W(ATTESTED_FIELD, "not UTF-8", parts, key_not_utf8),
	W(ATTESTED_FIELD, "'module_id' in the document: not a text", parts, module_bytes),
	W(ATTESTED_FIELD, "too short", parts, module_empty),
	W(ATTESTED_FIELD, "not a text", parts, module_null),
	W(ATTESTED_FIELD, "not 'SHA384'", parts, digest_256),
	W(ATTESTED_FIELD, "not 'SHA384'", parts, digest_lower),
	W(ATTESTED_FIELD, "'digest' in the document: not a text", parts, digest_number),
	W(ATTESTED_FIELD, "zero", parts, time_zero),
	W(ATTESTED_FIELD, "not an unsigned", parts, time_negative),
	W(ATTESTED_FIELD, "not an unsigned", parts, time_text),
	W(ATTESTED_FIELD, "not an unsigned", parts, time_float),
	W(ATTESTED_FIELD, "out of range", parts, time_huge),
	W(ATTESTED_FIELD, "not an unsigned", parts, time_tagged),
	W(ATTESTED_FIELD, "too few", parts, pcrs_empty),
	W(ATTESTED_FIELD, "not a map", parts, pcrs_array),
	W(ATTESTED_FIELD, "not a map", parts, pcrs_null),
	W(ATTESTED_FIELD, "out of range", parts, pcr_32),
	W(ATTESTED_FIELD, "not an unsigned", parts, pcr_text_key),
	W(ATTESTED_FIELD, "not an unsigned", parts, pcr_negative_key),
	W(ATTESTED_FIELD, "too short", parts, pcr_sha256),
	W(ATTESTED_FIELD, "too long", parts, pcr_49),
	W(ATTESTED_FIELD, "not a byte string", parts, pcr_text),
	W(ATTESTED_FIELD, "too many", parts, pcrs_33),
	W(ATTESTED_FIELD, "a PCR that is given twice", parts, pcr_doubled),
	W(ATTESTED_FIELD, "too short", parts, pcr_resplit),
	W(ATTESTED_FIELD, "too short", parts, certificate_empty),
	W(ATTESTED_FIELD, "not a byte string", parts, certificate_text),
	W(ATTESTED_FIELD, "not a byte string", parts, certificate_null),
	W(ATTESTED_FIELD, "too long", parts, certificate_huge),
	W(ATTESTED_FIELD, "too few", parts, bundle_empty),
	W(ATTESTED_FIELD, "too few", parts, bundle_open_empty),
	W(ATTESTED_FIELD, "too many", parts, bundle_nine),
	W(ATTESTED_FIELD, "not an array", parts, bundle_bytes),
	W(ATTESTED_FIELD, "not a byte string", parts, bundle_of_text),
	W(ATTESTED_FIELD, "too many", parts, bundle_enormous),
	W(ATTESTED_FIELD, "not a byte string", parts, nonce_text),
	W(ATTESTED_FIELD, "not a byte string", parts, nonce_false),
	W(ATTESTED_FIELD, "not a byte string", parts, nonce_undefined),
	W(ATTESTED_FIELD, "in pieces", parts, nonce_pieces),
	W(ATTESTED_FIELD, "too long", parts, nonce_long),
	W(ATTESTED_FIELD, "not a byte string", parts, key_text),
	W(ATTESTED_FIELD, "not a byte string", parts, user_data_map),
	W(ATTESTED_FIELD, "nested too deeply", parts, unknown_deep),
	W(ATTESTED_FIELD, "ends nothing", parts, unknown_break),
	W(ATTESTED_FIELD, "reserved", parts, unknown_reserved),
	W(ATTESTED_FIELD, "", parts, unknown_enormous),
	W(CERTIFICATE_REFUSED, "certificate 5 of the document, 'i-0123456789abcdef0-tpm000000000000"
	  "0000.us-east-1.aws': it is a certificate authority's", certs, leaf_is_authority),
	W(CERTIFICATE_REFUSED, "allows signing certificates", certs, leaf_may_certify),
	W(CERTIFICATE_REFUSED, "not allow signing data", certs, leaf_may_not_sign),
	W(CERTIFICATE_REFUSED, "not allow signing data", certs, leaf_without_usage),
	W(CERTIFICATE_REFUSED, "CA:TRUE", certs, instance_no_authority),
	W(CERTIFICATE_REFUSED, "CA:TRUE", certs, instance_no_constraints),
	W(CERTIFICATE_REFUSED, "certificate 3", certs, zonal_no_authority),
	W(CERTIFICATE_REFUSED, "not allow signing certificates", certs, zonal_no_usage),
	W(CERTIFICATE_REFUSED, "not allow signing certificates", certs, zonal_may_not_certify),
	W(CERTIFICATE_REFUSED, "path length", certs, zonal_path_zero),
	W(CERTIFICATE_REFUSED, "path length", certs, regional_path_one),
	W(CERTIFICATE_TIME, "certificate 5", certs, leaf_expired),
	W(CERTIFICATE_TIME, "certificate 5", certs, leaf_not_begun),
	W(CERTIFICATE_TIME, "certificate 3", certs, zonal_expired),
	W(CERTIFICATE_TIME, "certificate 2", certs, regional_not_begun),
	W(CERTIFICATE_REFUSED, "does not fit", certs, leaf_other_signer),
	W(CERTIFICATE_REFUSED, "does not fit", certs, zonal_other_signer),
	W(CERTIFICATE_REFUSED, "issuer is not the certificate before", certs, leaf_of_regional),
	W(CERTIFICATE_REFUSED, "issuer is not the certificate before", certs, instance_of_root),
	W(CERTIFICATE_REFUSED, "ecdsa-with-SHA384", certs, leaf_sha256),
	W(CERTIFICATE_REFUSED, "ecdsa-with-SHA384", certs, zonal_sha512),
	W(CERTIFICATE_REFUSED, "P-384", certs, leaf_p256),
	W(CERTIFICATE_REFUSED, "P-384", certs, zonal_rsa),
	W(CERTIFICATE_REFUSED, "critical extension", certs, leaf_critical),
	W(CERTIFICATE_REFUSED, "critical extension", certs, zonal_constraint),
	W(CERTIFICATE_REFUSED, "given twice", certs, leaf_usage_twice),
	W(CERTIFICATE_REFUSED, "version 3", certs, zonal_v1),
	W(NAMES_DISAGREE, "calls itself", certs, leaf_other_module),
	W(NAMES_DISAGREE, "calls itself", certs, leaf_other_region),
	W(NAMES_DISAGREE, "calls itself", certs, leaf_other_partition),
	W(NAMES_DISAGREE, "calls itself", certs, leaf_longer),
	W(NAMES_DISAGREE, "calls itself", certs, leaf_no_name),
	W(NAMES_DISAGREE, "calls itself", certs, leaf_two_names),
	W(NAMES_DISAGREE, "those of i-0123456789abcdef1", certs, instance_other),
	W(NAMES_DISAGREE, "in us-east-2", certs, instance_other_region),
	W(NAMES_DISAGREE, "not an instance's certificate under this root", certs, instance_other_root),
	W(NAMES_DISAGREE, "not an instance's", certs, instance_short),
	W(NAMES_DISAGREE, "not an instance's", certs, instance_a_zone),
	W(NAMES_DISAGREE, "in us-east-1", certs, zonal_other_region),
	W(NAMES_DISAGREE, "in us-east-1", certs, regional_other_region),
	W(NAMES_DISAGREE, "those of i-0123456789abcdef0", parts, module_other),
	W(NAMES_DISAGREE, "those of i-0123456789abcdef0", parts, module_enclave),
	W(NAMES_DISAGREE, "not a module's id", parts, module_longer),
	W(ROOT_OTHER, "", parts, bundle_reversed),
	W(CERTIFICATE_REFUSED, "path length", parts, bundle_swapped),
	{"bundle_swapped, no limits", CERTIFICATE_REFUSED, "issuer is not the certificate before",
	 .certs = no_limits, .parts = bundle_swapped},
	W(CERTIFICATE_REFUSED, "issuer is not the certificate before", parts, bundle_short),
	W(CERTIFICATE_REFUSED, "issuer is not the certificate before", parts, bundle_root_alone),
	W(CERTIFICATE_REFUSED, "", parts, bundle_with_leaf),
	W(CERTIFICATE_REFUSED, "", parts, bundle_twice),
	W(ROOT_OTHER, "", parts, bundle_without_root),
	W(CERTIFICATE_REFUSED, "certificate 3", parts, bundle_garbage),
	W(CERTIFICATE_REFUSED, "bytes behind its end", parts, bundle_trailing),
	W(ROOT_OTHER, "", parts, bundle_root_trailing),
	W(CERTIFICATE_REFUSED, "length is not in its shortest form", parts, bundle_ber),
	W(CERTIFICATE_REFUSED, "", parts, certificate_is_root),
	W(CERTIFICATE_REFUSED, "authority's, but signs a document", parts, certificate_is_instance),
	W(ROOT_OTHER, "", certs, other_root),
	W(CERTIFICATE_REFUSED, "path length", parts, leaf_issues),
	{"leaf_issues, no limits", CERTIFICATE_REFUSED, "CA:TRUE", .certs = no_limits,
	 .parts = leaf_issues},
};

static bool is_refused(const struct wrong *w)
{
	struct lab l = lab_new();
	if (w->certs) {
		w->certs(&l.plan);
		if (w->certs != other_root)
			attest_sign_certs(&l.plan);
		attest_fields(&l.plan);
		if (w->certs != other_root)
			l.at.root = l.plan.ders[ROOT];
	}
	if (w->parts)
		w->parts(&l.plan);
	struct str document = attest_seal(&l.plan);
	if (w->bytes)
		document = w->bytes(&l.b->arena, document);
	bool good = !accepted(&l, document) && says(l.b, w->rule, w->why);
	if (!good) {
		print_error("%s: not refused because '%s'\n", w->name, w->why);
		tell(l.b);
	}
	lab_free(&l);
	return good;
}

static void each_wrong_is_refused_for_its_reason(void **state)
{
	(void)state;
	size_t bad = 0;
	for (size_t i = 0; i < countof(wrongs); i++)
		bad += !is_refused(&wrongs[i]);
	assert_int_equal(bad, 0);
	assert_true(countof(wrongs) >= 60);
}

// ---- time

static void freshness_has_limits(void **state)
{
	(void)state;
	static const struct { int64_t now_off, max_age, skew; bool good; } cases[] = {
		{0, 300000, 60000, true},
		{300000, 300000, 60000, true},
		{300001, 300000, 60000, false},
		{-60000, 300000, 60000, true},
		{-60001, 300000, 60000, false},
		{-1, 300000, 0, false},
		{0, 0, 0, true},
		{1, 0, 0, false},
		{10800000, 86400000, 0, true},       // the leaf's last second
		{10801000, 86400000, 0, false},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct lab l = lab_new();
		l.at.clock = CLOCK_NOW;
		l.at.now_ms = (u64)((int64_t)time_ms + cases[i].now_off);
		l.at.max_age_ms = (u64)cases[i].max_age;
		l.at.skew_ms = (u64)cases[i].skew;
		bool good = accepted(&l, attest_seal(&l.plan));
		if (good != cases[i].good)
			print_error("case %zu\n", i);
		assert_int_equal(good, cases[i].good);
		assert_true(good || l.b->diag.failed);
		lab_free(&l);
	}
}

// A stolen key of a leaf that has expired cannot sign for its own past.
static void a_document_is_signed_within_its_leaf(void **state)
{
	(void)state;
	struct lab l = lab_new();
	attest_field(&l.plan, "timestamp")->value = attest_number(&l.b->arena, time_ms - 86400000);
	assert_false(accepted(&l, attest_seal(&l.plan)));
	assert_true(says(l.b, CERTIFICATE_TIME, ""));
	lab_free(&l);
}

// ---- bytes

static void forget(struct bench *b, struct arena arena, struct arena found)
{
	b->arena = arena;
	b->found = found;
	b->diag = (struct diag){.arena = &b->found, .sources = {.arena = &b->found}};
}

static void flip(struct lab *l, struct str document, size_t bit)
{
	struct arena arena = l->b->arena, found = l->b->found;
	u8 *copy = (u8 *)str_copy(&l->b->arena, document).at;
	copy[bit / 8] ^= (u8)(1 << bit % 8);
	bool good = accepted(l, (struct str){copy, document.len});
	if (good)
		print_error("accepted with bit %zu of byte %zu flipped\n", bit % 8, bit / 8);
	assert_false(good);
	assert_true(l->b->diag.failed);
	forget(l->b, arena, found);
}

// Every head of an item: those of the envelope, of the fields, of PCRs and certificates.
static size_t heads_of(struct str document, size_t *offs, size_t max)
{
	size_t count = 0, off;
	static const char *const keys[] = {"module_id", "digest", "timestamp", "nitrotpm_pcrs",
		"certificate", "cabundle", "public_key", "user_data", "nonce"};
	for (size_t i = 0; i < 11; i++)
		offs[count++] = i;
	for (size_t i = 0; i < countof(keys); i++) {
		assert_true(str_find(document, str_from(keys[i]), &off));
		offs[count++] = off - 1;
		for (size_t k = 0; k < 6; k++)
			offs[count++] = off + strlen(keys[i]) + k;
	}
	assert_true(str_find(document, S("nitrotpm_pcrs"), &off));
	for (size_t pcr = 0, at = off + 15; pcr < 24 && count + 4 < max; pcr++, at += 50) {
		for (size_t k = 0; k < 4; k++)
			offs[count++] = at + k;
		at += pcr >= 24;
	}
	offs[count++] = document.len - 98;
	offs[count++] = document.len - 97;
	return count;
}

static void flip_all(const char *file)
{
	enum { HEADS_MAX = 1024 };
	struct lab l = lab_new();
	size_t offs[HEADS_MAX];
	struct str document = file ? read_genuine(l.b, file) : attest_seal(&l.plan);
	if (file)
		l.at.root = l.facts.root;
	assert_true(accepted(&l, document));
	size_t heads = heads_of(document, offs, HEADS_MAX);
	const char *asked = getenv("AMIC_FLIPS");        // a document; then each bit of the heads, too
	u64 flips = 100, seed = 12345;
	for (size_t i = 0; i < heads; i++)
		for (size_t bit = 0; bit < 8; bit++)
			if (asked || bit == i % 8)
				flip(&l, document, 8 * offs[i] + bit);
	if (asked)
		assert_true(str_u64(str_from(asked), &flips));
	for (u64 i = 0; i < flips; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		flip(&l, document, (size_t)(seed >> 33) % (8 * document.len));
	}
	lab_free(&l);
}

static void no_bit_may_be_flipped(void **state)
{
	(void)state;
	flip_all(NULL);
	for (size_t i = 0; i < countof(genuine); i++)
		flip_all(genuine[i].file);
}

static void no_byte_may_be_missing(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(genuine); i++) {
		struct lab l = lab_new();
		struct str document = read_genuine(l.b, genuine[i].file);
		l.at.root = l.facts.root;
		for (size_t len = 0; len < document.len; len++) {
			struct arena arena = l.b->arena, found = l.b->found;
			u8 *cut = malloc(len + 1);
			assert_non_null(cut);
			memcpy(cut, document.at, len);
			assert_false(accepted(&l, (struct str){cut, len}));
			assert_true(l.b->diag.failed);
			free(cut);
			forget(l.b, arena, found);
		}
		lab_free(&l);
	}
}

// Each certificate of one genuine document in the place of its counterpart in the other.
static void no_certificate_may_be_swapped(void **state)
{
	(void)state;
	struct lab l = lab_new();
	struct cose one, two;
	struct attested a, b;
	l.at.root = l.facts.root;
	assert_true(cose_read(read_genuine(l.b, genuine[0].file), 0, &one, &l.b->diag));
	assert_true(cose_read(read_genuine(l.b, genuine[1].file), 0, &two, &l.b->diag));
	assert_true(document_read(one.payload, 0, &l.facts, &a, &l.b->diag));
	assert_true(document_read(two.payload, 0, &l.facts, &b, &l.b->diag));
	assert_int_equal(a.bundle_count, 4);
	for (size_t i = 1; i <= 4; i++) {
		struct str was = i < 4 ? a.bundle[i] : a.certificate;
		struct str is = i < 4 ? b.bundle[i] : b.certificate;
		struct str old = attest_bytes(&l.b->arena, was), new = attest_bytes(&l.b->arena, is);
		size_t off;
		assert_true(str_find(one.payload, old, &off));
		struct str payload = cat(&l.b->arena, (struct str){one.payload.at, off}, new,
			((struct str){one.payload.at + off + old.len, one.payload.len - off - old.len}));
		struct str document = cat(&l.b->arena, S("\x84\x44\xa1\x01\x38\x22\xa0"),
			attest_bytes(&l.b->arena, payload), attest_bytes(&l.b->arena, one.signature));
		assert_false(accepted(&l, document));
		assert_true(says(l.b, CERTIFICATE_REFUSED, "") || says(l.b, SIGNATURE_WRONG, ""));
	}
	lab_free(&l);
}

// ---- how it is handed out

static void raw_base64_and_hex_are_one(void **state)
{
	(void)state;
	struct lab l = lab_new();
	struct arena *a = &l.b->arena;
	struct str document = attest_seal(&l.plan), got;
	assert_true(attestation_decode(document, a, &got) && str_eq(got, document));
	assert_true(attestation_decode(cat(a, str_hex(a, document), S("\n")), a, &got)
	            && str_eq(got, document));
	u8 *text = make(a, document.len * 2, u8);
	int len = EVP_EncodeBlock(text, document.at, (int)document.len);
	struct str base64 = {text, (size_t)len};
	assert_true(attestation_decode(base64, a, &got) && str_eq(got, document));
	struct str lines = cat(a, (struct str){text, 76}, S("\r\n"),
	                       ((struct str){text + 76, (size_t)len - 76}), S("\n"));
	assert_true(attestation_decode(lines, a, &got) && str_eq(got, document));
	static const char *const not_any[] = {"", "\n", "{}", "hE", "hEShATgio", "=", "hE=S", "hEShAT==ab=",
		"hF==", "hEF=", "844", "84 4"};
	for (size_t i = 0; i < countof(not_any); i++)
		assert_false(attestation_decode(str_from(not_any[i]), a, &got));
	assert_true(base64_read(S("hA=="), a, &got) && got.len == 1 && got.at[0] == 0x84);
	lab_free(&l);
}

static void matching_is_exact(void **state)
{
	(void)state;
	assert_true(bytes_match(S("abc"), S("abc")));
	assert_false(bytes_match(S("abc"), S("abd")));
	assert_false(bytes_match(S("abc"), S("ab")));
	assert_false(bytes_match(S("ab"), S("abc")));
	assert_true(bytes_match(S(""), S("")));
	assert_false(bytes_match((struct str){0}, S("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_is_accepted),
		cmocka_unit_test(other_shapes_are_accepted),
		cmocka_unit_test(genuine_ones_are_accepted_at_their_time),
		cmocka_unit_test(enclaves_are_named),
		cmocka_unit_test(each_wrong_is_refused_for_its_reason),
		cmocka_unit_test(freshness_has_limits),
		cmocka_unit_test(a_document_is_signed_within_its_leaf),
		cmocka_unit_test(no_bit_may_be_flipped),
		cmocka_unit_test(no_byte_may_be_missing),
		cmocka_unit_test(no_certificate_may_be_swapped),
		cmocka_unit_test(raw_base64_and_hex_are_one),
		cmocka_unit_test(matching_is_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
