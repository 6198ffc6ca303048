// A stand-in for the hypervisor that signs attestation documents: five levels of certificates with
// the extensions and lifetimes of genuine ones, and a COSE_Sign1 envelope around CBOR, all of whose
// parts a test may edit before they are signed. Keys come from a text, so that seeds of fuzz
// targets stay valid; they protect nothing.
// Checked on 2026-11-28 against the genuine documents beside it (README.md): the same extensions,
// critical flags, key usages, names, lifetimes, order of fields and heads of CBOR items.
#pragma once
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include "base/base.h"

#define ATTEST_PART "aws.nitro-enclaves"
enum { ROOT, REGIONAL, ZONAL, INSTANCE, LEAF, LEVELS };
enum { ATTEST_PCRS = 24, ATTEST_PCR_BYTES = 48, ATTEST_FIELDS = 24, P384_BYTES = 48 };

static inline void attest_must(bool holds)
{
	if (!holds)
		abort();
}

// ---- keys

// A P-384 key whose private scalar is the SHA-384 of a text.
static inline EVP_PKEY *attest_key(const char *text)
{
	u8 scalar[P384_BYTES], point[2 * P384_BYTES + 1];
	SHA384((const u8 *)text, strlen(text), scalar);
	scalar[0] &= 0x7f;                      // below the order, which begins with 32 bytes of ff
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp384r1);
	EC_POINT *pub = EC_POINT_new(group);
	BIGNUM *d = BN_bin2bn(scalar, sizeof scalar, NULL);
	attest_must(EC_POINT_mul(group, pub, d, NULL, NULL, NULL) == 1);
	attest_must(EC_POINT_point2oct(group, pub, POINT_CONVERSION_UNCOMPRESSED, point, sizeof point,
	                               NULL) == sizeof point);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	attest_must(OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "secp384r1", 0)
	            && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, d)
	            && OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point));
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;
	attest_must(EVP_PKEY_fromdata_init(c) == 1
	            && EVP_PKEY_fromdata(c, &key, EVP_PKEY_KEYPAIR, params) == 1);
	EVP_PKEY_CTX_free(c);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	BN_free(d);
	EC_POINT_free(pub);
	EC_GROUP_free(group);
	return key;
}

// ---- certificates

struct attest_cert {
	const char *subject[8][2];    // attribute, value; in order
	int64_t not_before, not_after;       // seconds
	int ca;                       // 1, 0; -1: no basic constraints at all
	int path_len;                 // -1: none
	const char *usage;            // as openssl's configuration has it; NULL: none
	bool usage_critical, key_ids;
	int issuer;                   // a level
	EVP_PKEY *key, *sign_with;    // of its own; of the issuer
	const EVP_MD *md;
	void (*edit)(X509 *x);        // before it is signed
};

static inline X509_NAME *attest_name(const struct attest_cert *c)
{
	X509_NAME *name = X509_NAME_new();
	for (size_t i = 0; i < 8 && c->subject[i][0]; i++)
		attest_must(X509_NAME_add_entry_by_txt(name, c->subject[i][0], MBSTRING_UTF8,
		            (const u8 *)c->subject[i][1], -1, -1, 0) == 1);
	return name;
}

static inline void attest_extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX v3;
	X509V3_set_ctx(&v3, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &v3, nid, value);
	attest_must(e && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

static inline void attest_extensions(X509 *x, X509 *issuer, const struct attest_cert *c)
{
	char basic[64] = "critical,CA:FALSE", usage[128];
	if (c->ca > 0)
		strcpy(basic, "critical,CA:TRUE");
	if (c->ca > 0 && c->path_len >= 0) {
		size_t len = strlen(basic);
		memcpy(basic + len, ",pathlen:0", 11);
		basic[len + 9] = (char)('0' + c->path_len);
	}
	if (c->ca >= 0)
		attest_extend(x, issuer, NID_basic_constraints, basic);
	if (c->key_ids)
		attest_extend(x, issuer, NID_subject_key_identifier, "hash");
	if (c->key_ids && issuer != x)
		attest_extend(x, issuer, NID_authority_key_identifier, "keyid");
	if (c->usage) {
		strcpy(usage, c->usage_critical ? "critical," : "");
		strcat(usage, c->usage);
		attest_extend(x, issuer, NID_key_usage, usage);
	}
}

static inline X509 *attest_certificate(const struct attest_cert *c, X509 *issuer, int serial)
{
	X509 *x = X509_new();
	X509_NAME *name = attest_name(c);
	attest_must(X509_set_version(x, 2) == 1);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	X509_set_subject_name(x, name);
	X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : name);
	X509_NAME_free(name);
	ASN1_TIME_set(X509_getm_notBefore(x), (time_t)c->not_before);
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)c->not_after);
	X509_set_pubkey(x, c->key);
	attest_extensions(x, issuer ? issuer : x, c);
	if (c->edit)
		c->edit(x);
	attest_must(X509_sign(x, c->sign_with, c->md) > 0);
	return x;
}

static inline struct str attest_der(struct arena *a, X509 *x)
{
	int len = i2d_X509(x, NULL);
	attest_must(len > 0);
	u8 *at = make(a, (size_t)len, u8), *end = at;
	i2d_X509(x, &end);
	return (struct str){at, (size_t)len};
}

// ---- CBOR, RFC 8949: heads in their shortest form

static inline void attest_head(struct buf *b, unsigned major, u64 n)
{
	size_t bytes = n < 24 ? 0 : n <= 0xff ? 1 : n <= 0xffff ? 2 : n <= UINT32_MAX ? 4 : 8;
	u8 code = bytes == 0 ? (u8)n : bytes == 1 ? 24 : bytes == 2 ? 25 : bytes == 4 ? 26 : 27;
	buf_byte(b, (u8)(major << 5 | code));
	for (size_t i = bytes; i > 0; i--)
		buf_byte(b, (u8)(n >> 8 * (i - 1)));
}

static inline struct str attest_item(struct arena *a, unsigned major, struct str bytes)
{
	struct buf b = buf_new(a, bytes.len + 16);
	attest_head(&b, major, bytes.len);
	buf_put(&b, bytes);
	return buf_end(&b);
}

static inline struct str attest_bytes(struct arena *a, struct str s) { return attest_item(a, 2, s); }
static inline struct str attest_text(struct arena *a, struct str s) { return attest_item(a, 3, s); }

static inline struct str attest_number(struct arena *a, u64 n)
{
	struct buf b = buf_new(a, 16);
	attest_head(&b, 0, n);
	return buf_end(&b);
}

// ---- documents

// What will be signed, each part as bytes of CBOR. A test edits what it likes, then seals.
struct attest_field { struct str key, value; };
struct attest_plan {
	struct arena *arena;
	struct str instance, region, module;
	u64 time_ms;
	EVP_PKEY *keys[LEVELS];
	struct attest_cert certs[LEVELS];
	struct str ders[LEVELS];      // when signed
	u8 pcrs[ATTEST_PCRS][ATTEST_PCR_BYTES];
	struct str nonce, user_data, public_key;     // of length 0 with at == NULL: null
	struct attest_field fields[ATTEST_FIELDS]; size_t field_count;
	bool definite;                // the map of the payload; genuine ones since 2026 are not
	struct str lead, array, protected, unprotected, payload_tail, signature, tail;
	struct str signed_protected;  // what the signature covers, if another
};

static inline const char *attest_z(struct arena *a, struct str s) { return str_z(a, s); }

// Subjects as in genuine chains, the zonal one the other way round.
static inline void attest_subjects(struct attest_plan *p)
{
	struct arena *a = p->arena;
	static const char *const words[] = {"C", "ST", "L", "O", "OU"};
	static const char *const values[] = {"US", "Washington", "Seattle", "Amazon", "AWS"};
	const char *tail = attest_z(a, cat(a, p->region, S("." ATTEST_PART)));
	const char *names[LEVELS] = {ATTEST_PART,
		attest_z(a, cat(a, S("733655d6d68f7bdf."), str_from(tail))),
		attest_z(a, cat(a, S("74d947fb1bac401d.zonal."), str_from(tail))),
		attest_z(a, cat(a, p->instance, S("."), str_from(tail))),
		attest_z(a, cat(a, p->module, S("."), p->region, S(".aws")))};
	for (size_t level = 0; level < LEVELS; level++) {
		struct attest_cert *c = &p->certs[level];
		size_t at = 0;
		memset(c->subject, 0, sizeof c->subject);
		if (level == ZONAL)
			c->subject[at][0] = "CN", c->subject[at++][1] = names[level];
		for (size_t i = 0; i < 5; i++) {
			size_t from = level == ZONAL ? 4 - i : i;
			if (level <= REGIONAL && (from == 1 || from == 2))
				continue;
			c->subject[at][0] = words[from], c->subject[at++][1] = values[from];
		}
		if (level != ZONAL)
			c->subject[at][0] = "CN", c->subject[at++][1] = names[level];
	}
}

static inline void attest_certs(struct attest_plan *p)
{
	static const struct { int64_t before, after; int ca, path_len; const char *usage; bool ids; } is[] = {
		[ROOT] = {6 * 365 * 86400ll, 24 * 365 * 86400ll, 1, -1, "digitalSignature,keyCertSign,cRLSign", true},
		[REGIONAL] = {4 * 86400, 16 * 86400 + 3600, 1, 2, "digitalSignature,keyCertSign,cRLSign", true},
		[ZONAL] = {86400 / 2, 86400 * 5, 1, 1, "digitalSignature,keyCertSign,cRLSign", true},
		[INSTANCE] = {67, 86400 - 67, 1, 0, "keyCertSign", true},
		[LEAF] = {3, 10800, 0, -1, "digitalSignature,nonRepudiation", false},
	};
	int64_t now = (int64_t)(p->time_ms / 1000);
	for (int level = 0; level < LEVELS; level++) {
		int issuer = level ? level - 1 : 0;
		p->certs[level] = (struct attest_cert){.not_before = now - is[level].before,
			.not_after = now + is[level].after, .ca = is[level].ca,
			.path_len = is[level].path_len, .usage = is[level].usage,
			.usage_critical = level != LEAF, .key_ids = is[level].ids, .issuer = issuer,
			.key = p->keys[level], .sign_with = p->keys[issuer], .md = EVP_sha384()};
	}
	// The root is one certificate for all documents.
	p->certs[ROOT].not_before = 1572269285;
	p->certs[ROOT].not_after = 2519044085;
	attest_subjects(p);
}

// Everything as in a genuine document of that time; values of PCRs as after a reset.
static inline struct attest_plan attest_plan(struct arena *a, EVP_PKEY *root, u64 time_ms)
{
	struct attest_plan p = {.arena = a, .instance = S("i-0123456789abcdef0"),
		.region = S("us-east-1"), .module = S("i-0123456789abcdef0-tpm0000000000000000"),
		.time_ms = time_ms, .array = S("\x84"), .protected = S("\xa1\x01\x38\x22"),
		.unprotected = S("\xa0")};
	static const char *const texts[LEVELS] = {"", "regional", "zonal", "instance", "leaf"};
	p.keys[ROOT] = root;
	for (size_t level = REGIONAL; level < LEVELS; level++)
		p.keys[level] = attest_key(texts[level]);
	for (size_t pcr = 17; pcr <= 22; pcr++)
		memset(p.pcrs[pcr], 0xff, ATTEST_PCR_BYTES);
	attest_certs(&p);
	return p;
}

static inline void attest_free(struct attest_plan *p)
{
	for (size_t level = REGIONAL; level < LEVELS; level++)
		EVP_PKEY_free(p->keys[level]);
}

static inline void attest_sign_certs(struct attest_plan *p)
{
	X509 *x[LEVELS];
	for (size_t level = 0; level < LEVELS; level++) {
		X509 *issuer = level == ROOT ? NULL : x[p->certs[level].issuer];
		x[level] = attest_certificate(&p->certs[level], issuer, (int)level + 1);
		p->ders[level] = attest_der(p->arena, x[level]);
	}
	for (size_t level = 0; level < LEVELS; level++)
		X509_free(x[level]);
}

static inline void attest_add(struct attest_plan *p, struct str key, struct str value)
{
	attest_must(p->field_count < ATTEST_FIELDS);
	p->fields[p->field_count++] = (struct attest_field){attest_text(p->arena, key), value};
}

static inline struct str attest_optional(struct attest_plan *p, struct str s)
{
	return s.at ? attest_bytes(p->arena, s) : S("\xf6");
}

static inline struct str attest_pcr_map(struct attest_plan *p)
{
	struct buf b = buf_new(p->arena, 1 << 12);
	attest_head(&b, 5, ATTEST_PCRS);
	for (size_t pcr = 0; pcr < ATTEST_PCRS; pcr++) {
		attest_head(&b, 0, pcr);
		attest_head(&b, 2, ATTEST_PCR_BYTES);
		buf_put(&b, (struct str){p->pcrs[pcr], ATTEST_PCR_BYTES});
	}
	return buf_end(&b);
}

static inline struct str attest_bundle(struct attest_plan *p)
{
	struct buf b = buf_new(p->arena, 1 << 13);
	attest_head(&b, 4, LEAF);
	for (size_t level = 0; level < LEAF; level++)
		buf_put(&b, attest_bytes(p->arena, p->ders[level]));
	return buf_end(&b);
}

// The fields in the order of genuine documents; after attest_sign_certs.
static inline void attest_fields(struct attest_plan *p)
{
	p->field_count = 0;
	attest_add(p, S("module_id"), attest_text(p->arena, p->module));
	attest_add(p, S("digest"), attest_text(p->arena, S("SHA384")));
	attest_add(p, S("timestamp"), attest_number(p->arena, p->time_ms));
	attest_add(p, S("nitrotpm_pcrs"), attest_pcr_map(p));
	attest_add(p, S("certificate"), attest_bytes(p->arena, p->ders[LEAF]));
	attest_add(p, S("cabundle"), attest_bundle(p));
	attest_add(p, S("public_key"), attest_optional(p, p->public_key));
	attest_add(p, S("user_data"), attest_optional(p, p->user_data));
	attest_add(p, S("nonce"), attest_optional(p, p->nonce));
}

static inline struct attest_field *attest_field(struct attest_plan *p, const char *key)
{
	struct str want = attest_text(p->arena, str_from(key));
	for (size_t i = 0; i < p->field_count; i++)
		if (str_eq(p->fields[i].key, want))
			return &p->fields[i];
	abort();
}

static inline struct str attest_payload(struct attest_plan *p)
{
	struct buf b = buf_new(p->arena, 1 << 16);
	if (p->definite)
		attest_head(&b, 5, p->field_count);
	else
		buf_byte(&b, 0xbf);
	for (size_t i = 0; i < p->field_count; i++) {
		buf_put(&b, p->fields[i].key);
		buf_put(&b, p->fields[i].value);
	}
	if (!p->definite)
		buf_byte(&b, 0xff);
	buf_put(&b, p->payload_tail);
	return buf_end(&b);
}

// r || s, RFC 9053, 2.1
static inline struct str attest_signature(struct arena *a, EVP_PKEY *key, struct str bytes)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	u8 der[256], *raw = make(a, 2 * P384_BYTES, u8);
	size_t len = sizeof der;
	attest_must(EVP_DigestSignInit(c, NULL, EVP_sha384(), NULL, key) == 1
	            && EVP_DigestSign(c, der, &len, bytes.at, bytes.len) == 1);
	EVP_MD_CTX_free(c);
	const u8 *at = der;
	ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &at, (long)len);
	attest_must(s && BN_bn2binpad(ECDSA_SIG_get0_r(s), raw, P384_BYTES) == P384_BYTES
	            && BN_bn2binpad(ECDSA_SIG_get0_s(s), raw + P384_BYTES, P384_BYTES) == P384_BYTES);
	ECDSA_SIG_free(s);
	return (struct str){raw, 2 * P384_BYTES};
}

// RFC 9052, 4.4: ["Signature1", protected, external_aad, payload]
static inline struct str attest_to_be_signed(struct attest_plan *p, struct str payload)
{
	struct str protected = p->signed_protected.at ? p->signed_protected : p->protected;
	return cat(p->arena, S("\x84\x6aSignature1"), attest_bytes(p->arena, protected), S("\x40"),
	           attest_bytes(p->arena, payload));
}

static inline struct str attest_seal(struct attest_plan *p)
{
	struct arena *a = p->arena;
	struct str payload = attest_payload(p);
	struct str signature = p->signature.at ? p->signature
		: attest_signature(a, p->keys[LEAF], attest_to_be_signed(p, payload));
	return cat(a, p->lead, p->array, attest_bytes(a, p->protected), p->unprotected,
	           attest_bytes(a, payload), attest_bytes(a, signature), p->tail);
}

static inline struct str attest_document(struct attest_plan *p)
{
	attest_sign_certs(p);
	attest_fields(p);
	return attest_seal(p);
}
