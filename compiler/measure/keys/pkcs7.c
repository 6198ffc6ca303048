// pkcs7: one Authenticode signature (PKCS #7 SignedData over SpcIndirectDataContent), checked by
// libcrypto in the way of edk2's BaseCryptLib (CryptAuthenticode.c, CryptPkcs7VerifyCommon.c).
// Nothing here takes arena memory: a full arena must not strand libcrypto's.
#include "measure/keys/keys.h"
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

// Firmware finds the digest algorithm at a fixed place of the DER, not by parsing it.
bool pkcs7_bank(struct str signature, enum bank *out)
{
	enum { OID_OFF = 32, LONG_FORM = 0x82 };
	static const struct str oids[BANK_COUNT] = {
		[BANK_SHA1] = STR("\x2b\x0e\x03\x02\x1a"),
		[BANK_SHA256] = STR("\x60\x86\x48\x01\x65\x03\x04\x02\x01"),
		[BANK_SHA384] = STR("\x60\x86\x48\x01\x65\x03\x04\x02\x02"),
		[BANK_SHA512] = STR("\x60\x86\x48\x01\x65\x03\x04\x02\x03"),
	};
	struct str oid;
	if (signature.len > 1 && (signature.at[1] & LONG_FORM) != LONG_FORM)
		return false;
	for (size_t i = 0; i < BANK_COUNT; i++) {
		if (str_sub(signature, OID_OFF, oids[i].len, &oid) && str_eq(oid, oids[i])) {
			*out = (enum bank)i;
			return true;
		}
	}
	return false;
}

static PKCS7 *parse(struct str signature)
{
	const unsigned char *at = signature.at;
	PKCS7 *p = signature.len <= INT_MAX ? d2i_PKCS7(NULL, &at, (long)signature.len) : NULL;
	if (p && PKCS7_type_is_signed(p) && p->d.sign && p->d.sign->contents)
		return p;
	PKCS7_free(p);
	return NULL;
}

// The value of the signed SEQUENCE: type and attributes, then the digest of the image at its end.
static bool indirect_data(const PKCS7 *p, struct str *out)
{
	static const struct str oid = STR("\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04");
	const PKCS7 *content = p->d.sign->contents;
	const ASN1_TYPE *other = content->d.other;
	struct str type = {OBJ_get0_data(content->type), OBJ_length(content->type)};
	if (!str_eq(type, oid) || !other || other->type != V_ASN1_SEQUENCE)
		return false;
	const ASN1_STRING *whole = other->value.asn1_string;
	struct rd r = {{ASN1_STRING_get0_data(whole), (size_t)ASN1_STRING_length(whole)}, false};
	rd_skip(&r, 1);
	u32 len = rd_u8(&r);
	if (len == 0x80 || len > 0x82)          // firmware reads no longer lengths
		return false;
	u32 len_bytes = len & 0x80 ? len & 3 : 0;
	len = len_bytes ? 0 : len;
	for (u32 i = 0; i < len_bytes; i++)
		len = len << 8 | rd_u8(&r);
	*out = rd_bytes(&r, len);
	return !r.bad;
}

static X509 *certificate_of(struct str der)
{
	const unsigned char *at = der.at;
	X509 *x = der.len <= INT_MAX ? d2i_X509(NULL, &at, (long)der.len) : NULL;
	ERR_clear_error();
	return x;
}

bool certificate_reads(struct str der)
{
	X509 *x = certificate_of(der);
	X509_free(x);
	return x != NULL;
}

// Linux's: signs modules of the kernel, and no loader.
bool certificate_is_for_modules(struct str der)
{
	static const struct str oid = STR("\x2b\x06\x01\x04\x01\x92\x08\x10\x01\x02");
	X509 *x = certificate_of(der);
	EXTENDED_KEY_USAGE *uses = x ? X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL) : NULL;
	bool found = false;
	for (int i = 0; i < sk_ASN1_OBJECT_num(uses); i++) {
		const ASN1_OBJECT *use = sk_ASN1_OBJECT_value(uses, i);
		found |= str_eq((struct str){OBJ_get0_data(use), OBJ_length(use)}, oid);
	}
	EXTENDED_KEY_USAGE_free(uses);
	X509_free(x);
	ERR_clear_error();
	return found;
}

static X509_STORE *store_of(struct str certificate)
{
	X509 *x = certificate_of(certificate);
	X509_STORE *store = x ? X509_STORE_new() : NULL;
	if (store && X509_STORE_add_cert(store, x) != 1) {
		X509_STORE_free(store);
		store = NULL;
	}
	X509_free(x);
	if (!store)
		return NULL;
	// A db entry may be any certificate of the chain, and firmware has no clock to trust.
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
	X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
	return store;
}

// libcrypto looks for each signer among the certificates, and for each link of a chain.
static size_t work_of(const PKCS7 *p)
{
	int certificates = sk_X509_num(p->d.sign->cert);     // -1: no list
	int signers = sk_PKCS7_SIGNER_INFO_num(p->d.sign->signer_info);
	return (certificates > 0 ? (size_t)certificates + 1 : 1)
	     * (signers > 0 ? (size_t)signers + 1 : 1);      // of 8 MiB: 64 bits hold it
}

// Asked for before it verifies: PKCS7_verify of OpenSSL 3.0 loses memory when one is unknown.
static bool knows_digests(PKCS7 *p, struct str content)
{
	BIO *bytes = BIO_new_mem_buf(content.at, (int)content.len);
	BIO *chain = bytes ? PKCS7_dataInit(p, bytes) : NULL;
	BIO_free_all(chain ? chain : bytes);
	return chain != NULL;
}

bool pkcs7_open(struct str signature, struct pkcs7 *out)
{
	struct pkcs7 opened = {.whole = parse(signature)};
	if (opened.whole) {
		opened.is_image = indirect_data(opened.whole, &opened.content)
		               && knows_digests(opened.whole, opened.content);
		opened.work = work_of(opened.whole);
	}
	ERR_clear_error();
	*out = opened;
	return opened.whole != NULL;
}

void pkcs7_close(struct pkcs7 *p)
{
	sk_X509_free(p->signers);
	PKCS7_free(p->whole);
	*p = (struct pkcs7){0};
}

bool pkcs7_signed_by(const struct pkcs7 *p, struct str image_digest, struct str certificate)
{
	if (!p->is_image || !str_ends(p->content, image_digest))
		return false;
	X509_STORE *store = store_of(certificate);
	BIO *bio = store ? BIO_new_mem_buf(p->content.at, (int)p->content.len) : NULL;
	bool good = bio && PKCS7_verify(p->whole, NULL, store, bio, NULL, PKCS7_BINARY) == 1;
	BIO_free(bio);
	X509_STORE_free(store);
	ERR_clear_error();
	return good;
}

// The signed part of a certificate: the first element of its outer SEQUENCE.
bool certificate_tbs(struct str der, struct str *out)
{
	const unsigned char *at = der.at;
	long len;
	int tag, class;
	if (der.len > LONG_MAX || ASN1_get_object(&at, &len, &tag, &class, (long)der.len) & 0x80
	    || tag != V_ASN1_SEQUENCE)
		return false;
	const unsigned char *tbs = at;
	if (ASN1_get_object(&at, &len, &tag, &class, len) & 0x80 || tag != V_ASN1_SEQUENCE)
		return false;
	return str_sub(der, (u64)(tbs - der.at), (u64)(at - tbs) + (u64)len, out);
}

static bool digest_signer(X509 *x, bank_set set, struct digests *out)
{
	unsigned char *der = NULL;
	int len = x ? i2d_X509(x, &der) : -1;
	struct str tbs;
	bool done = len > 0 && certificate_tbs((struct str){der, (size_t)len}, &tbs)
	         && digest_bytes(set, tbs, out);
	OPENSSL_free(der);
	return done;
}

bool pkcs7_signer_digests(struct pkcs7 *p, size_t index, bank_set set, struct digests *out)
{
	if (!p->signers && p->whole)
		p->signers = PKCS7_get0_signers(p->whole, NULL, PKCS7_BINARY);
	bool done = p->signers && index <= INT_MAX
	         && digest_signer(sk_X509_value(p->signers, (int)index), set, out);
	ERR_clear_error();
	return done;
}

struct str certificate_subject(struct arena *a, struct str der)
{
	char line[256];
	X509 *x = certificate_of(der);
	bool known = x && X509_NAME_oneline(X509_get_subject_name(x), line, sizeof line);
	X509_free(x);
	ERR_clear_error();
	return str_copy(a, known ? str_from(line) : S("no certificate"));
}
