// esl: the signature lists of PK, KEK, db and dbx (EFI_SIGNATURE_LIST, UEFI 2.10, 32.4.1): any
// number of lists, of any type, each a header and entries of one size.
#include "measure/keys/keys.h"
#include <string.h>

enum { LIST_BYTES = 28, GUID_BYTES = 16, SIGNATURES_MAX = 1 << 16 };

const struct signature_type type_x509 = {STR("a5c059a1-94e4-4aa7-87b5-ab155c2bf072"),
                                         STR("certificate")};
const struct signature_type type_image[BANK_COUNT] = {
	[BANK_SHA1]   = {STR("826ca512-cf10-4ac9-b187-be01496631bd"), STR("sha1 of an image")},
	[BANK_SHA256] = {STR("c1c41626-504c-4092-aca9-41f936934328"), STR("sha256 of an image")},
	[BANK_SHA384] = {STR("ff3e5307-9fd0-48c9-85f1-8ad56c701e01"), STR("sha384 of an image")},
	[BANK_SHA512] = {STR("093e0fae-a6c4-4f50-9f1b-d41e2b89c19a"), STR("sha512 of an image")},
};
const struct signature_type type_certificate[BANK_COUNT] = {
	[BANK_SHA256] = {STR("3bd2a492-96c0-4079-b420-fcf98ef103ed"), STR("sha256 of a certificate")},
	[BANK_SHA384] = {STR("7076876e-80c2-4ee6-aad2-28b349a6865b"), STR("sha384 of a certificate")},
	[BANK_SHA512] = {STR("446dbf63-2502-4cda-bcfa-2465d2b0fe9d"), STR("sha512 of a certificate")},
};

struct list { u8 type[GUID_BYTES]; u32 bytes, header_bytes, signature_bytes; };

static bool read_list(struct rd *r, struct list *out)
{
	struct str type = rd_bytes(r, GUID_BYTES);
	out->bytes = rd_le32(r);
	out->header_bytes = rd_le32(r);
	out->signature_bytes = rd_le32(r);
	if (!r->bad)
		memcpy(out->type, type.at, GUID_BYTES);
	return !r->bad;
}

// The bytes of the entries, in *out; or what is wrong.
static struct str list_fault(const struct list *l, struct str left, struct str *out)
{
	struct str whole, body;
	if (!str_sub(left, 0, l->bytes, &whole))
		return S("SignatureListSize leads beyond the end");
	if (!str_sub(whole, LIST_BYTES, 0, &body))
		return S("SignatureListSize is below 28");
	body.len = whole.len - LIST_BYTES;
	if (l->signature_bytes <= GUID_BYTES)
		return S("SignatureSize is 16 or less");
	if (!str_sub(body, l->header_bytes, 0, out))
		return S("SignatureHeaderSize leads beyond the list");
	out->len = body.len - l->header_bytes;
	if (out->len % l->signature_bytes)
		return S("the entries do not fill the list");
	return (struct str){0};
}

static bool fails(u32 file, u64 off, struct str why, struct diag *d)
{
	return diag_report(d, (struct finding){ESL_BROKEN, .at = {file, LIST_BYTES, off},
		.arg = {why}});
}

struct entries { struct signature *at; size_t count, cap; };

static struct signature *add(struct entries *e, struct arena *a)
{
	e->at = grown(a, e->at, e->count, &e->cap, struct signature);
	return &e->at[e->count++];
}

static void add_all(const struct list *l, struct str bytes, struct arena *a, struct entries *e)
{
	struct rd r = {bytes, false};
	while (r.left.len) {
		struct signature *s = add(e, a);
		s->first = r.left.len == bytes.len;
		memcpy(s->type, l->type, GUID_BYTES);
		memcpy(s->owner, rd_bytes(&r, GUID_BYTES).at, GUID_BYTES);
		s->data = rd_bytes(&r, l->signature_bytes - GUID_BYTES);
	}
}

// `at`: the file, and where in it the lists begin.
static bool read_lists(struct str lists, struct span at, struct arena *a, struct entries *out,
                       struct diag *d)
{
	struct entries e = {0};
	for (struct str left = lists; left.len; ) {
		struct rd r = {left, false};
		struct list l;
		struct str bytes, fault;
		u64 off = at.off + (lists.len - left.len);
		if (!read_list(&r, &l))
			return fails(at.file, off, S("it ends within a list's header"), d);
		fault = list_fault(&l, left, &bytes);
		if (fault.len)
			return fails(at.file, off, fault, d);
		if (bytes.len / l.signature_bytes > SIGNATURES_MAX - e.count)
			return fails(at.file, off, S("more than 65536 signatures"), d);
		add_all(&l, bytes, a, &e);
		left = (struct str){left.at + l.bytes, left.len - l.bytes};
	}
	*out = e;
	return true;
}

bool esl_read(struct str lists, u32 file, struct arena *a, struct signature **out, size_t *count,
              struct diag *d)
{
	struct entries e;
	if (!read_lists(lists, (struct span){.file = file}, a, &e, d))
		return false;
	*out = e.at;
	*count = e.count;
	return true;
}

// EFI_VARIABLE_AUTHENTICATION_2 (UEFI 2.10, 8.2.2): a time, then a WIN_CERTIFICATE_UEFI_GUID whose
// length counts from its own first byte and which holds a PKCS #7 signature. Behind it, the lists.
static bool is_signed(struct str bytes, struct str *lists)
{
	enum { TIME_BYTES = 16, FIELDS_BYTES = 8, REVISION = 0x0200, TYPE_GUID = 0x0ef1 };
	struct rd r = {bytes, false};
	rd_skip(&r, TIME_BYTES);
	u32 len = rd_le32(&r);
	u16 revision = rd_le16(&r), type = rd_le16(&r);
	struct str guid = rd_bytes(&r, GUID_BYTES);
	if (r.bad || revision != REVISION || type != TYPE_GUID || len < FIELDS_BYTES + GUID_BYTES
	    || !guid_is(guid.at, S("4aafd29d-68df-49ee-8aa9-347d375665a7")))
		return false;
	rd_skip(&r, len - FIELDS_BYTES - GUID_BYTES);
	*lists = r.left;
	return !r.bad;
}

bool esl_read_file(struct str *bytes, u32 file, struct arena *a, struct signature **out,
                   size_t *count, struct diag *d)
{
	struct entries e;
	struct str lists = *bytes;
	bool is_update = is_signed(*bytes, &lists);
	u64 off = bytes->len - lists.len;
	if (!read_lists(lists, (struct span){.file = file, .off = off}, a, &e, d))
		return false;
	if (is_update)
		diag_report(d, (struct finding){ESL_SIGNED, .at = {.file = file},
			.arg = {str_number(d->arena, off)}});
	*bytes = lists;
	*out = e.at;
	*count = e.count;
	return true;
}
