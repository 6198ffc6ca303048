// shim_verify: whether shim starts an image, by its source (verify.c of 15.4 to 16.1). Not as
// firmware does: SHA-256 and SHA-1 of images only, of each signature list its first certificate
// only, no hashes of certificates, and one signature may fail where another is good. What an
// entry decided is measured, each signature's, a denial too.
#include "measure/boot/internal.h"

enum { DENY = 3, ALLOW = 3, TABLE_ENTRY_MIN = 8, WORK_MAX = 1 << 14 };

struct keys {
	struct str name;
	struct signature *at; size_t count;
	const struct signature **certificates; size_t certificate_count;   // that shim looks at
	bool sha1;
};
struct trial {
	struct keys lists[DENY + ALLOW];
	const struct digests *image;
	struct decision *out;
	size_t cap;
	struct arena *arena;
	size_t work_left;             // certificates tried on signatures, as in secureboot.c
	bool costly;
};

// ---- the lists

// A SEQUENCE with two bytes of length that fill the entry, and no key for kernel modules only.
static bool is_usable(const struct signature *s)
{
	struct rd r = {s->data, false};
	u8 tag = rd_u8(&r), form = rd_u8(&r);
	u32 high = rd_u8(&r), low = rd_u8(&r);
	return !r.bad && tag == 0x30 && form == 0x82 && r.left.len == (high << 8 | low)
	    && !certificate_is_for_modules(s->data);
}

static void pick_certificates(struct keys *k, struct arena *a)
{
	k->certificates = make(a, k->count, const struct signature *);
	for (size_t i = 0; i < k->count; i++) {
		const struct signature *s = &k->at[i];
		if (s->first && guid_is(s->type, type_x509.guid) && is_usable(s))
			k->certificates[k->certificate_count++] = s;
	}
}

static bool read_certs(struct boot *b, struct str name, struct str list, bool sha1,
                       struct keys *out)
{
	*out = (struct keys){.name = name, .sha1 = sha1};
	if (!esl_read(list, 0, b->arena, &out->at, &out->count, b->diag))
		return false;
	pick_certificates(out, b->arena);
	return true;
}

static bool read_lists(struct boot *b, struct keys *out)
{
	const struct secure_boot *s = &b->options->secure;
	const struct shim *shim = b->shim;
	struct str db = shim->ignores_db ? S("") : s->db;
	return read_certs(b, S("dbx"), shim->vendor_dbx, true, &out[0])
	    && read_certs(b, S("dbx"), s->dbx, true, &out[1])
	    && read_certs(b, S("MokListX"), s->mok_list_x, false, &out[2])
	    && read_certs(b, S("db"), db, true, &out[DENY])
	    && read_certs(b, S("vendor_db"), shim->vendor_db, false, &out[DENY + 1])
	    && read_certs(b, S("MokListRT"), shim->mok_list, false, &out[DENY + 2]);
}

// ---- one entry

// Not while a signature is open: see pkcs7_open.
static void decided_by(struct trial *t, const struct admission *by)
{
	t->out->by = grown(t->arena, t->out->by, t->out->count, &t->cap, struct admission);
	t->out->by[t->out->count++] = *by;
}

static bool by_hash(const struct trial *t, const struct keys *k, enum bank bank,
                    struct admission *out)
{
	struct str hash = digest_of(t->image, bank);
	for (size_t i = 0; i < k->count; i++) {
		if (!guid_is(k->at[i].type, type_image[bank].guid) || !str_starts(k->at[i].data, hash))
			continue;
		*out = (struct admission){k->name, k->at[i]};
		return true;
	}
	return false;
}

static bool by_certificate(struct trial *t, const struct keys *k, const struct pkcs7 *p,
                           struct admission *out)
{
	struct str digest = digest_of(t->image, BANK_SHA256);
	for (size_t i = 0; i < k->certificate_count; i++) {
		t->costly |= p->work > t->work_left;
		if (t->costly)
			return false;
		t->work_left -= p->work;
		if (pkcs7_signed_by(p, digest, k->certificates[i]->data)) {
			*out = (struct admission){k->name, *k->certificates[i]};
			return true;
		}
	}
	return false;
}

// Whether one of `count` lists knows the signature, or without one the image.
static bool known(struct trial *t, size_t first, size_t count, const struct pkcs7 *p,
                  struct admission *out)
{
	for (size_t i = first; i < first + count; i++) {
		const struct keys *k = &t->lists[i];
		if (p ? by_certificate(t, k, p, out)
		      : by_hash(t, k, BANK_SHA256, out) || (k->sha1 && by_hash(t, k, BANK_SHA1, out)))
			return true;
	}
	return false;
}

// ---- the signatures

static bool try_signature(struct trial *t, struct str der)
{
	struct pkcs7 p;
	struct admission by;
	if (!pkcs7_open(der, &p))
		return false;
	bool denied = known(t, 0, DENY, &p, &by);
	bool good = !denied && known(t, DENY, ALLOW, &p, &by);
	pkcs7_close(&p);
	if (denied || good)
		decided_by(t, &by);
	return good;
}

// One entry of the table, stepped over; *der stays empty for kinds that shim passes over.
static bool next_entry(struct rd *r, struct str *der)
{
	enum { PKCS = 2 };
	struct rd ahead = *r;
	u32 bytes = rd_le32(&ahead), padding = -bytes & 7;
	rd_skip(&ahead, 2);                     // revision
	u16 kind = rd_le16(&ahead);
	struct rd entry = {rd_bytes(r, bytes), r->bad};
	rd_skip(&entry, TABLE_ENTRY_MIN);
	if (r->bad || entry.bad)
		return false;
	*der = kind == PKCS ? entry.left : (struct str){0};
	if (padding < r->left.len)
		rd_skip(r, padding);
	else
		r->left.len = 0;
	return true;
}

static struct str try_table(struct trial *t, struct str table)
{
	struct rd r = {table, false};
	bool good = false;
	while (r.left.len) {
		struct str der;
		if (!next_entry(&r, &der))
			return S("an entry of its certificate table is larger than the table");
		good |= der.len && try_signature(t, der);
	}
	return good ? S("") : S("no key of db or of the owner's list verifies its signature");
}

// shim asks for the hashes again with each signature; the answer is the same.
static struct str try_all(struct trial *t, struct str table)
{
	struct admission by;
	bool denied = known(t, 0, DENY, NULL, &by);
	if (denied || known(t, DENY, ALLOW, NULL, &by)) {
		decided_by(t, &by);
		return denied ? S("dbx or MokListX holds its hash") : S("");
	}
	if (table.len == 0)
		return S("it is not signed, and neither db nor the owner's list holds its hash");
	return try_table(t, table);
}

// ---- what shim hashes

// How many bytes the file has beside headers and sections; false when it has fewer than these.
static bool behind_sections(const struct pe *p, u64 *out)
{
	u64 left = p->size - p->header_bytes;   // pe_read saw to it
	for (size_t i = 0; i < p->count; i++) {
		if (p->list[i].raw_bytes > left)
			return false;
		left -= p->list[i].raw_bytes;
	}
	*out = left;
	return true;
}

u64 shim_padding(const struct pe *p)
{
	u64 left;
	bool pads = !p->certificates_bytes && behind_sections(p, &left) && left;
	return pads ? -p->size & 7 : 0;
}

// What shim's own hashing of an image stumbles over and firmware's does not.
static struct str layout_fault(const struct pe *p)
{
	u64 left;
	if (!behind_sections(p, &left))
		return S("its sections are together larger than the file");
	if (p->certificates_bytes && p->size - p->certificates_off != p->certificates_bytes)
		return S("its certificate table is not the end of the file");
	return S("");
}

static bool read_digests(struct boot *b, const struct image *i, struct digests *out)
{
	struct range *ranges;
	size_t count;
	return authenticode_ranges(&i->pe, b->arena, &ranges, &count, b->diag)
	    && (digest_ranges(SHIM_BANKS, &i->pe.data, ranges, count, shim_padding(&i->pe), out)
	        || source_failed(&i->pe.data, 0, b->diag));
}

bool shim_verify(struct boot *b, const struct image *i, const struct digests *image,
                 bool is_second_stage, struct decision *out)
{
	struct decision verdict = {0};
	struct trial t = {.image = image, .out = &verdict, .arena = b->arena, .work_left = WORK_MAX};
	struct digests own;
	struct str table;
	verdict.refused = layout_fault(&i->pe);
	if (!verdict.refused.len) {
		if (!read_lists(b, t.lists) || !certificate_table(&i->pe, b->arena, &table, b->diag)
		    || (!image && !read_digests(b, i, &own)))
			return false;
		t.image = image ? image : &own;
		verdict.refused = try_all(&t, table);
	}
	if (t.costly)
		return diag_report(b->diag, (struct finding){SIGNATURES_COSTLY,
			.at = source_span(&i->pe.data, i->pe.certificates_off, 0)});
	if (!verdict.refused.len && !shim_level_check(b, i, is_second_stage, &verdict.refused))
		return false;
	*out = verdict;
	return true;
}
