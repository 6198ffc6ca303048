// pkix: RFC 5280, 6.1, over a path that is given: each certificate is issued by the one before it.
// Genuine leaves have no key identifiers, so libcrypto's strict mode refuses them all; the rules
// below are those of the service's own guide. Between open and close only findings take memory.
#include "verify/verify.h"
#include <limits.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { RAW_HALF = COSE_SIGNATURE / 2, P384_BITS = 384, NO_LIMIT = 1 << 20 };

static bool report(const struct pkix *p, size_t level, struct str why, struct diag *d)
{
	struct str name = {p->names[level].at, p->names[level].len};
	return diag_report(d, (struct finding){CERTIFICATE_REFUSED, .at = {p->file, 0, 0},
		.arg = {str_number(d->arena, level + 1), utf8_printable(d->arena, name), why}});
}

// ---- parse

static X509 *parse(struct str der)
{
	const u8 *at = der.at;
	X509 *x = der.len <= INT_MAX ? d2i_X509(NULL, &at, (long)der.len) : NULL;
	ERR_clear_error();
	if (x && at == der.at + der.len)
		return x;
	X509_free(x);
	return NULL;
}

static void common_name(X509 *x, struct pkix_name *out)
{
	const X509_NAME *subject = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	int second = X509_NAME_get_index_by_NID(subject, NID_commonName, at);
	out->len = 0;
	if (at < 0 || second >= 0)
		return;
	const ASN1_STRING *s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	int len = ASN1_STRING_length(s), type = ASN1_STRING_type(s);
	bool readable = type == V_ASN1_UTF8STRING || type == V_ASN1_PRINTABLESTRING;
	if (len <= 0 || len > PKIX_NAME || !readable)
		return;
	out->len = (size_t)len;
	memcpy(out->at, ASN1_STRING_get0_data(s), out->len);
}

static bool add(struct pkix *p, struct str der, struct diag *d)
{
	const char *why = der_fault(der);
	size_t level = p->count;
	p->names[level].len = 0;
	X509 *x = why ? NULL : parse(der);
	if (!x)
		return report(p, level, why ? str_from(why) : S("it is not an X.509 certificate"), d);
	p->list[p->count++] = x;
	common_name(x, &p->names[level]);
	return true;
}

static bool is_root(const struct pkix *p, const struct attested *doc, struct str root,
                    struct diag *d)
{
	struct pkix other = {.file = p->file};
	struct diag aside = {.arena = d->arena, .quiet = true};
	if (str_eq(doc->bundle[0], root))
		return true;
	bool reads = add(&other, doc->bundle[0], &aside);
	struct str name = reads ? utf8_printable(d->arena, (struct str){other.names[0].at,
	                                                                other.names[0].len}) : S("");
	pkix_close(&other);
	return diag_report(d, (struct finding){ROOT_OTHER, .at = {p->file, 0, 0}, .arg = {name}});
}

bool pkix_open(const struct attested *doc, struct str root, u32 file, struct pkix *out,
               struct diag *d)
{
	*out = (struct pkix){.file = file};
	if (!is_root(out, doc, root, d) || !add(out, root, d))
		return false;
	for (size_t i = 1; i < doc->bundle_count; i++)
		if (!add(out, doc->bundle[i], d))
			return false;
	return add(out, doc->certificate, d);
}

void pkix_close(struct pkix *p)
{
	for (size_t i = 0; i < p->count; i++) {
		X509_free(p->list[i]);
		p->list[i] = NULL;
	}
}

// ---- what a certificate must be

static bool is_p384(X509 *x)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	char group[32];
	size_t len;
	return key && EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) == P384_BITS
	    && EVP_PKEY_get_group_name(key, group, sizeof group, &len) == 1
	    && str_eq((struct str){(const u8 *)group, len}, S("secp384r1"));
}

static bool is_handled(int nid) { return nid == NID_basic_constraints || nid == NID_key_usage; }

static const char *extensions_fault(const X509 *x)
{
	int count = X509_get_ext_count(x);
	for (int i = 0; i < count; i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);
		const ASN1_OBJECT *object = X509_EXTENSION_get_object(e);
		if (X509_get_ext_by_OBJ(x, object, i) >= 0)
			return "an extension that is given twice";
		if (X509_EXTENSION_get_critical(e) && !is_handled(OBJ_obj2nid(object)))
			return "a critical extension that is not known";
	}
	return NULL;
}

static const char *form_fault(X509 *x)
{
	const X509_ALGOR *outer;
	X509_get0_signature(NULL, &outer, x);
	if (X509_get_version(x) != X509_VERSION_3)
		return "it is not of version 3";
	if (OBJ_obj2nid(outer->algorithm) != NID_ecdsa_with_SHA384
	    || X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(x)) != 0)
		return "its signature is not ecdsa-with-SHA384";
	if (!is_p384(x))
		return "its key is not on P-384";
	return extensions_fault(x);
}

// Basic constraints and key usage, read once.
struct cert_role { bool readable, constrained, ca; long path_len; u32 usage; };

static struct cert_role role_of(X509 *x)
{
	struct cert_role r = {.readable = true, .path_len = NO_LIMIT};
	int found;
	BASIC_CONSTRAINTS *b = X509_get_ext_d2i(x, NID_basic_constraints, &found, NULL);
	r.constrained = b != NULL;
	r.readable = b || found == -1;
	r.ca = b && b->ca;
	if (b && b->pathlen) {
		r.path_len = ASN1_INTEGER_get(b->pathlen);
		r.readable &= r.ca && r.path_len >= 0 && r.path_len < NO_LIMIT;
	}
	BASIC_CONSTRAINTS_free(b);
	ASN1_BIT_STRING *u = X509_get_ext_d2i(x, NID_key_usage, &found, NULL);
	r.readable &= u || found == -1;
	for (int bit = 0; u && bit < 9; bit++)
		r.usage |= (u32)ASN1_BIT_STRING_get_bit(u, bit) << bit;
	ASN1_BIT_STRING_free(u);
	return r;
}

enum { MAY_SIGN_DATA = 1 << 0, MAY_SIGN_CERTIFICATES = 1 << 5 };    // RFC 5280, 4.2.1.3

// `below` is how many authorities follow it in the path.
static const char *authority_fault(X509 *x, size_t below)
{
	struct cert_role r = role_of(x);
	if (!r.readable)
		return "its constraints cannot be read";
	if (!r.ca)
		return "it is not a certificate authority's (CA:TRUE)";
	if (!(r.usage & MAY_SIGN_CERTIFICATES))
		return "its key usage does not allow signing certificates";
	return (size_t)r.path_len < below ? "more authorities follow it than its path length allows"
	                                  : NULL;
}

static const char *leaf_fault(X509 *x)
{
	struct cert_role r = role_of(x);
	if (!r.readable)
		return "its constraints cannot be read";
	if (r.ca)
		return "it is a certificate authority's, but signs a document";
	if (!(r.usage & MAY_SIGN_DATA))
		return "its key usage does not allow signing data";
	return r.usage & MAY_SIGN_CERTIFICATES ? "its key usage allows signing certificates" : NULL;
}

// ---- what two of them must be to one another

static bool same_name(const X509_NAME *a, const X509_NAME *b)
{
	const u8 *x, *y;
	size_t x_len, y_len;
	return X509_NAME_get0_der(a, &x, &x_len) && X509_NAME_get0_der(b, &y, &y_len)
	    && str_eq((struct str){x, x_len}, (struct str){y, y_len});
}

// Where both have one.
static bool same_key_id(X509 *issuer, X509 *x)
{
	const ASN1_OCTET_STRING *own = X509_get0_subject_key_id(issuer);
	const ASN1_OCTET_STRING *wanted = X509_get0_authority_key_id(x);
	return !own || !wanted || ASN1_OCTET_STRING_cmp(own, wanted) == 0;
}

static const char *issue_fault(X509 *issuer, X509 *x)
{
	if (!same_name(X509_get_subject_name(issuer), X509_get_issuer_name(x)))
		return "its issuer is not the certificate before it";
	if (!same_key_id(issuer, x))
		return "it names another key than its issuer's";
	bool good = X509_verify(x, X509_get0_pubkey(issuer)) == 1;
	ERR_clear_error();
	return good ? NULL : "its signature does not fit";
}

bool pkix_check(const struct pkix *p, struct diag *d)
{
	for (size_t i = 0; i < p->count; i++) {
		bool leaf = i + 1 == p->count;
		const char *why = form_fault(p->list[i]);
		if (!why)
			why = leaf ? leaf_fault(p->list[i]) : authority_fault(p->list[i], p->count - i - 2);
		if (!why && i)                   // the root is trusted, not checked: RFC 5280, 6.1
			why = issue_fault(p->list[i - 1], p->list[i]);
		if (why)
			return report(p, i, str_from(why), d);
	}
	return true;
}

// ---- time

static bool time_ms(const ASN1_TIME *t, u64 *out)
{
	int days, seconds;
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	bool good = epoch && ASN1_TIME_diff(&days, &seconds, epoch, t) == 1 && days >= 0
	         && seconds >= 0;
	ASN1_TIME_free(epoch);
	*out = good ? ((u64)days * 86400 + (u64)seconds) * 1000 : 0;
	return good;
}

// A certificate is valid up to the last millisecond of the second that it names.
bool pkix_valid_at(const struct pkix *p, u64 ms, u64 skew_ms, struct diag *d)
{
	for (size_t i = 0; i < p->count; i++) {
		u64 from, to, latest;
		if (!time_ms(X509_get0_notBefore(p->list[i]), &from)
		    || !time_ms(X509_get0_notAfter(p->list[i]), &to) || !add_u64(ms, skew_ms, &latest))
			return report(p, i, S("its validity cannot be read"), d);
		if (from <= latest && ms <= to + 999)
			continue;
		struct str name = {p->names[i].at, p->names[i].len};
		return diag_report(d, (struct finding){CERTIFICATE_TIME, .at = {p->file, 0, 0},
			.arg = {str_number(d->arena, i + 1), utf8_printable(d->arena, name),
			        moment_text(d->arena, from), moment_text(d->arena, to),
			        moment_text(d->arena, ms)}});
	}
	return true;
}

// ---- the signature

// libcrypto takes DER. RFC 9053, 2.1: r and s, 48 bytes each.
static int signature_der(struct str raw, u8 **out)
{
	ECDSA_SIG *s = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw.at, RAW_HALF, NULL);
	BIGNUM *v = BN_bin2bn(raw.at + RAW_HALF, RAW_HALF, NULL);
	if (!s || !r || !v || ECDSA_SIG_set0(s, r, v) != 1) {
		BN_free(r);
		BN_free(v);
		ECDSA_SIG_free(s);
		return -1;
	}
	int len = i2d_ECDSA_SIG(s, out);
	ECDSA_SIG_free(s);
	return len;
}

// ["Signature1", protected, external_aad, payload], RFC 9052, 4.4, in pieces.
static bool hash_signed(EVP_MD_CTX *ctx, const struct cose *c)
{
	u8 head[] = {0x84, 0x6a, 'S', 'i', 'g', 'n', 'a', 't', 'u', 'r', 'e', '1',
	             (u8)(0x40 | c->protected.len)};
	u8 payload[] = {0x40, 0x59, (u8)(c->payload.len >> 8), (u8)c->payload.len};
	return EVP_DigestVerifyUpdate(ctx, head, sizeof head) == 1
	    && EVP_DigestVerifyUpdate(ctx, c->protected.at, c->protected.len) == 1
	    && EVP_DigestVerifyUpdate(ctx, payload, sizeof payload) == 1
	    && EVP_DigestVerifyUpdate(ctx, c->payload.at, c->payload.len) == 1;
}

static bool fits(EVP_PKEY *key, const struct cose *c)
{
	u8 *der = NULL;
	int len = signature_der(c->signature, &der);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = len > 0 && ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha384(), NULL, key) == 1
	         && hash_signed(ctx, c) && EVP_DigestVerifyFinal(ctx, der, (size_t)len) == 1;
	EVP_MD_CTX_free(ctx);
	OPENSSL_free(der);
	ERR_clear_error();
	return good;
}

bool pkix_signed(const struct pkix *p, const struct cose *c, struct diag *d)
{
	enum { HEAD_SHORT = 24, LENGTH_SHORT = 256, LENGTH_TWO = 1 << 16 };
	bool sizes = c->protected.len < HEAD_SHORT && c->payload.len >= LENGTH_SHORT
	          && c->payload.len < LENGTH_TWO && c->signature.len == COSE_SIGNATURE;
	return (sizes && fits(X509_get0_pubkey(p->list[p->count - 1]), c))
	    || diag_report(d, (struct finding){SIGNATURE_WRONG, .at = {p->file, 0, 0}});
}

// ---- a file of one certificate

bool pkix_certificate(struct str bytes, struct arena *a, struct str *out)
{
	static const struct str begin = STR("-----BEGIN CERTIFICATE-----"),
	                        end = STR("-----END CERTIFICATE-----");
	struct str text = str_trim(bytes), der = bytes;
	if (str_starts(text, begin)) {
		struct str inner = {text.at + begin.len, text.len - begin.len};
		if (!str_ends(inner, end)
		    || !base64_read((struct str){inner.at, inner.len - end.len}, a, &der))
			return false;
	}
	X509 *x = der_fault(der) ? NULL : parse(der);
	X509_free(x);
	if (x)
		*out = der;
	return x != NULL;
}

struct str pkix_subject(struct str der, struct arena *a)
{
	struct pkix_name name = {.len = 0};
	X509 *x = parse(der);
	if (x)
		common_name(x, &name);
	X509_free(x);
	return str_copy(a, (struct str){name.at, name.len});
}
