// keys: the files behind attest.keys and attest.sign. What firmware would refuse at the first
// boot is refused here: a certificate that db does not trust, or that dbx revokes.
#include "spec/internal.h"
#include "measure/measure.h"
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { KEY_FILE_MAX = 1 << 20, GUID_BYTES = 16, PCR_BYTES = 48 };

struct list {
	const struct node *node;      // its setting, or NULL
	struct str bytes;
	u32 file;
	struct signature *all;
	size_t count;
};
struct reader { struct context *c; struct spec *s; struct list pk, kek, db, dbx; };

// ---- lists

static bool read_list(struct reader *r, const struct node *keys, struct str name, struct list *out)
{
	struct diag *d = r->c->diag;
	struct str path;
	out->node = node_get(keys, name);
	if (!out->node)
		return true;
	if (!spec_file(r->c, r->s, out->node, KEY_FILE_MAX, &path, &out->bytes))
		return false;
	out->file = sources_add(&d->sources, path, out->bytes);
	d->sources.list[out->file - 1].binary = true;
	return esl_read_file(&out->bytes, out->file, r->c->arena, &out->all, &out->count, d);
}

static bool read_lists(struct reader *r, const struct node *keys)
{
	bool good = read_list(r, keys, S("pk"), &r->pk);
	good = read_list(r, keys, S("kek"), &r->kek) && good;
	good = read_list(r, keys, S("db"), &r->db) && good;
	return read_list(r, keys, S("dbx"), &r->dbx) && good;
}

// ---- the certificate

static X509 *parse_certificate(struct str bytes)
{
	const unsigned char *at = bytes.at;
	X509 *x = bytes.len && bytes.len <= INT_MAX ? d2i_X509(NULL, &at, (long)bytes.len) : NULL;
	BIO *text = x || !bytes.len ? NULL : BIO_new_mem_buf(bytes.at, (int)bytes.len);
	if (text)
		x = PEM_read_bio_X509(text, NULL, NULL, NULL);
	BIO_free(text);
	ERR_clear_error();
	return x;
}

static struct str der_of(struct arena *a, X509 *x)
{
	int len = i2d_X509(x, NULL);
	unsigned char *at = len > 0 ? make(a, (size_t)len, u8) : NULL, *end = at;
	return at && i2d_X509(x, &end) == len ? (struct str){at, (size_t)len} : (struct str){0};
}

static bool is_certificate(const struct signature *s)
{
	return guid_is(s->type, S("a5c059a1-94e4-4aa7-87b5-ab155c2bf072"));
}

static bool issued_by(X509 *x, struct str issuer_der)
{
	X509 *issuer = parse_certificate(issuer_der);
	EVP_PKEY *key = issuer ? X509_get0_pubkey(issuer) : NULL;
	bool issued = key && X509_check_issued(issuer, x) == X509_V_OK && X509_verify(x, key) == 1;
	X509_free(issuer);
	ERR_clear_error();
	return issued;
}

// The entry of db that vouches for what the certificate signs: itself, or its issuer.
static const struct signature *vouching(const struct list *db, X509 *x, struct str der)
{
	for (size_t i = 0; i < db->count; i++)
		if (is_certificate(&db->all[i])
		    && (str_eq(db->all[i].data, der) || issued_by(x, db->all[i].data)))
			return &db->all[i];
	return NULL;
}

// dbx names certificates, or digests of their signed part with a time of revocation behind.
static bool revokes(const struct signature *s, struct str der)
{
	static const struct { struct str type; enum bank bank; } hashed[] = {
		{STR("3bd2a492-96c0-4079-b420-fcf98ef103ed"), BANK_SHA256},
		{STR("7076876e-80c2-4ee6-aad2-28b349a6865b"), BANK_SHA384},
		{STR("446dbf63-2502-4cda-bcfa-2465d2b0fe9d"), BANK_SHA512},
	};
	struct str tbs, digest;
	struct digests all;
	if (is_certificate(s))
		return str_eq(s->data, der);
	for (size_t i = 0; i < countof(hashed); i++) {
		enum bank bank = hashed[i].bank;
		size_t bytes = banks[bank].bytes;
		if (guid_is(s->type, hashed[i].type) && certificate_tbs(der, &tbs)
		    && digest_bytes(1u << bank, tbs, &all) && str_sub(s->data, 0, bytes, &digest)
		    && str_eq(digest, (struct str){all.of[bank], bytes}))
			return true;
	}
	return false;
}

static bool complain(struct reader *r, enum rule rule, const struct node *at, struct str a,
                     const struct list *also)
{
	struct span place = also && also->node ? also->node->at : (struct span){0};
	return diag_report(r->c->diag, (struct finding){rule, .at = at->at, .arg = {at->text, a},
		.also = place, .also_label = S("read for this")});
}

static bool is_revoked(struct reader *r, const struct node *signer, struct str der)
{
	struct str subject = certificate_subject(r->c->diag->arena, der);
	for (size_t i = 0; i < r->dbx.count; i++)
		if (revokes(&r->dbx.all[i], der))
			return !complain(r, CERTIFICATE_REVOKED, signer, subject, &r->dbx);
	return false;
}

static bool is_trusted(struct reader *r, const struct node *cert, X509 *x, struct str der,
                       const struct signature **out)
{
	struct str subject = certificate_subject(r->c->diag->arena, der);
	*out = vouching(&r->db, x, der);
	if (!*out)
		return complain(r, CERTIFICATE_UNTRUSTED, cert, subject, &r->db);
	return !is_revoked(r, cert, der);
}

// EFI_SIGNATURE_LIST and the owner of its one EFI_SIGNATURE_DATA (UEFI 2.10, 32.4.1): the type
// EFI_CERT_X509_GUID, the size of the list, no header, the size of the entry, the owner 0.
static void take_certificate(struct reader *r, struct str der, struct keys *out)
{
	enum { LIST_SIZE = 16, ENTRY_SIZE = 24, HEAD = 44, OWNER = 16 };
	u8 head[HEAD] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
	                 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
	for (unsigned i = 0; i < 4; i++) {
		head[LIST_SIZE + i] = (u8)((der.len + HEAD) >> (8 * i));
		head[ENTRY_SIZE + i] = (u8)((der.len + OWNER) >> (8 * i));
	}
	out->certificate = base64_write(der, r->c->arena);
	out->certificate_head = base64_write((struct str){head, HEAD}, r->c->arena);
}

static bool read_certificate(struct reader *r, const struct node *cert, struct keys *out,
                             const struct signature **authority)
{
	struct str path, bytes;
	if (!spec_file(r->c, r->s, cert, KEY_FILE_MAX, &path, &bytes))
		return false;
	X509 *x = parse_certificate(bytes);
	if (!x)
		return complain(r, CERTIFICATE_NONE, cert, S(""), NULL);
	struct str der = der_of(r->c->arena, x);
	bool good = is_trusted(r, cert, x, der, authority);
	X509_free(x);
	take_certificate(r, der, out);
	return good;
}

// When the recipe signs, db says with which certificate only if it holds one.
static bool only_certificate(struct reader *r, const struct node *sign, struct keys *out,
                             const struct signature **authority)
{
	size_t count = 0;
	for (size_t i = 0; i < r->db.count; i++)
		if (is_certificate(&r->db.all[i]) && count++ == 0)
			*authority = &r->db.all[i];
	if (count != 1)
		return complain(r, SIGNER_UNCLEAR, sign, str_number(r->c->diag->arena, count), &r->db);
	struct str der = (*authority)->data;
	X509 *x = parse_certificate(der);
	X509_free(x);
	if (!x)
		return complain(r, CERTIFICATE_NONE, r->db.node, S(""), NULL);
	take_certificate(r, der, out);    // what the recipe must sign with
	return !is_revoked(r, sign, der);
}

// ---- PCR7: TCG PC Client Platform Firmware Profile 1.06, 3.3.4.8, as NitroTPM measures it

static void extend(u8 *pcr, struct str measured)
{
	u8 both[2 * PCR_BYTES];
	struct digests d;
	memcpy(both, pcr, PCR_BYTES);
	if (!digest_bytes(1u << BANK_SHA384, measured, &d))
		return;
	memcpy(both + PCR_BYTES, d.of[BANK_SHA384], PCR_BYTES);
	if (digest_bytes(1u << BANK_SHA384, (struct str){both, sizeof both}, &d))
		memcpy(pcr, d.of[BANK_SHA384], PCR_BYTES);
}

static void put_u64(struct buf *b, u64 n)
{
	for (int i = 0; i < 8; i++)
		buf_byte(b, (u8)(n >> (8 * i)));
}

// UEFI_VARIABLE_DATA: GUID, number of characters, number of bytes, name in UTF-16, data.
static void extend_variable(u8 *pcr, struct str guid, struct str name, struct str data,
                            struct arena scratch)
{
	u8 raw[GUID_BYTES] = {0};
	struct buf b = buf_new(&scratch, KEY_FILE_MAX + 256);
	if (!guid_read(guid, raw))
		return;                       // a constant of this file
	buf_put(&b, (struct str){raw, sizeof raw});
	put_u64(&b, name.len);
	put_u64(&b, data.len);
	for (size_t i = 0; i < name.len; i++) {
		buf_byte(&b, name.at[i]);
		buf_byte(&b, 0);
	}
	buf_put(&b, data);
	extend(pcr, buf_str(&b));
}

static struct str pcr7_of(struct reader *r, const struct signature *authority)
{
	const struct str global = S("8be4df61-93ca-11d2-aa0d-00e098032b8c");
	const struct str security = S("d719b2cb-3d3a-4596-a3bc-dad00e67656f");
	struct arena scratch = *r->c->arena;
	u8 pcr[PCR_BYTES] = {0};
	struct str owner = {authority->owner, GUID_BYTES};
	struct str entry = cat(&scratch, owner, authority->data);
	extend_variable(pcr, global, S("SecureBoot"), S("\x01"), scratch);
	extend_variable(pcr, global, S("PK"), r->pk.bytes, scratch);
	extend_variable(pcr, global, S("KEK"), r->kek.bytes, scratch);
	extend_variable(pcr, security, S("db"), r->db.bytes, scratch);
	extend_variable(pcr, security, S("dbx"), r->dbx.bytes, scratch);
	extend(pcr, S("\0\0\0\0"));
	extend_variable(pcr, security, S("db"), entry, scratch);
	return str_hex(r->c->arena, (struct str){pcr, sizeof pcr});
}

// ---- uefiData

static bool fits(struct reader *r, struct str blob, struct str without_dbx)
{
	const struct setting *s = language_find(r->s->language, S("attest.keys"));
	u64 room = node_number(s->amic, S("characters"), 0);
	const struct list *place = r->dbx.node ? &r->dbx : &r->db;
	struct arena *a = r->c->diag->arena;
	struct str share = r->dbx.node ? cat(a, str_number(a, r->dbx.count), S(" entries, "),
		str_number(a, blob.len - without_dbx.len), S(" of the characters")) : S("");
	return blob.len <= room || diag_report(r->c->diag, (struct finding){UEFI_DATA_SPACE,
		.at = place->node->at, .arg = {str_number(a, blob.len), str_number(a, room), share}});
}

static bool write_blob(struct reader *r, struct str dbx, struct str *out)
{
	struct secure_boot boot = {.on = true, .pk = r->pk.bytes, .kek = r->kek.bytes,
	                           .db = r->db.bytes, .dbx = dbx};
	struct variable *variables;
	size_t count = secure_boot_variables(&boot, r->c->arena, &variables);
	return uefi_data_write(variables, count, r->c->library, r->c->arena, out, r->c->diag);
}

bool read_keys(struct context *c, struct spec *s, struct keys *out)
{
	struct reader r = {.c = c, .s = s};
	const struct node *boot = setting_at(c, s, S(""), S("attest.boot"));
	const struct node *keys = node_path(s->tree, S("attest.keys"));
	const struct node *sign = node_path(s->tree, S("attest.sign"));
	const struct node *cert = node_get(sign, S("cert"));
	const struct signature *authority = NULL;
	struct keys all = {0};
	struct str without_dbx;
	if (!str_eq(boot->text, S("secure-boot"))) {
		*out = all;
		return true;
	}
	bool good = read_lists(&r, keys)
	         && (cert ? read_certificate(&r, cert, &all, &authority)
	                  : only_certificate(&r, sign, &all, &authority));
	if (!good || !write_blob(&r, r.dbx.bytes, &all.uefi_data)
	    || !write_blob(&r, S(""), &without_dbx) || !fits(&r, all.uefi_data, without_dbx))
		return false;
	all.pcr7 = pcr7_of(&r, authority);
	*out = all;
	return true;
}
