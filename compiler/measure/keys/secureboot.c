// secureboot: what firmware does with an image under db and dbx (UEFI 2.10, 32.5.3.3, as edk2's
// DxeImageVerificationLib reads it).
//
// unsigned  each digest, SHA-512 first: in dbx, refused; in db, allowed, and each such entry is
//           an authority
// signed    for each signature, with the digest that it names:
//             a dbx certificate verifies it, or dbx has the hash of a signer: refused
//             the first db certificate that verifies it is the authority, unless dbx has its hash
//             dbx has the image's digest: refused
//             db has it: allowed
//           a table that does not end where its last entry does: refused
// A certificate's hash in dbx has a time from which on it counts. Firmware lets a signature from
// before pass where a certificate of dbt has signed its date; without dbt it asks for no time. So
// does amic, always: KEYS_TIMED says where that can differ.
#include "measure/keys/keys.h"
#include <string.h>

// WORK_MAX: certificates tried on signatures, each as often as it has certificates times signers.
// Thirty certificates in db and dbx and an image with three signatures make some hundreds.
enum { SIGNATURES_MAX = 64, TABLE_MAX = 8 << 20, KIND_PKCS = 2, KIND_GUID = 0xef1,
       WORK_MAX = 1 << 14 };

static const struct str pkcs7_type = STR("4aafd29d-68df-49ee-8aa9-347d375665a7");

struct revoked { enum bank bank; struct str data; };     // of a certificate: hash, then time
struct list {
	struct signature *at; size_t count;
	const struct signature **certificates; size_t certificate_count;   // those that are some
	struct revoked *revoked; size_t revoked_count;
};
struct signatures {
	struct str at[SIGNATURES_MAX];
	size_t count;
	bool exact;                   // the entries end where the table does
};
struct trial {
	struct list db, dbx;
	bool has_dbx;
	const struct digests *image;
	struct authority *out;
	size_t work_left;             // see WORK_MAX
	bool costly;                  // it was not enough
};

// ---- the attribute certificate table (PE/COFF 8.3, 5.9)

// One entry; its PKCS #7 in *out, empty for a kind that firmware passes over. False at the end.
static bool next_signature(struct rd *r, struct str *out)
{
	*out = (struct str){0};
	if (r->left.len <= 8)
		return false;
	struct rd ahead = *r;
	u32 bytes = rd_le32(&ahead);
	rd_skip(&ahead, 2);                     // revision
	u16 kind = rd_le16(&ahead);
	struct rd entry = {{0}, false};
	u32 padding = -bytes & 7;
	entry.left = rd_bytes(r, bytes);
	rd_skip(r, padding);
	rd_skip(&entry, 8);
	if (r->bad || entry.bad)
		return false;
	if (kind == KIND_PKCS)
		*out = entry.left;
	if (kind == KIND_GUID) {
		struct str guid = rd_bytes(&entry, 16);
		*out = guid.len && guid_is(guid.at, pkcs7_type) ? entry.left : (struct str){0};
	}
	return out->len || (kind != KIND_PKCS && !entry.bad);
}

bool certificate_table(const struct pe *p, struct arena *a, struct str *out, struct diag *d)
{
	if (p->certificates_bytes > TABLE_MAX)
		return diag_report(d, (struct finding){CERTIFICATES_LARGE,
			.at = source_span(&p->data, p->certificates_off, 0),
			.arg = {str_number(d->arena, p->certificates_bytes)}});
	return source_bytes(&p->data, p->certificates_off, p->certificates_bytes, a, out)
	    || source_failed(&p->data, p->certificates_off, d);
}

static bool read_signatures(const struct pe *p, struct arena *a, struct signatures *out,
                            struct diag *d)
{
	struct str table;
	struct rd r = {{0}, false};
	if (!certificate_table(p, a, &table, d))
		return false;
	r.left = table;
	*out = (struct signatures){0};
	struct str one;
	while (out->count < SIGNATURES_MAX && next_signature(&r, &one))
		if (one.len)
			out->at[out->count++] = one;
	out->exact = !r.bad && r.left.len == 0;
	return true;
}

// ---- the databases

static const struct signature *find_hash(const struct list *l, struct str type, struct str hash)
{
	for (size_t i = 0; i < l->count; i++)
		if (guid_is(l->at[i].type, type) && str_eq(l->at[i].data, hash))
			return &l->at[i];
	return NULL;
}

static bool hash_bank(const u8 *type, enum bank *out)
{
	for (size_t bank = BANK_SHA256; bank < BANK_COUNT; bank++) {
		if (guid_is(type, type_certificate[bank].guid)) {
			*out = (enum bank)bank;
			return true;
		}
	}
	return false;
}

// What each signature is held against, picked out once. An entry that is no certificate verifies
// nothing.
static void pick_out(struct list *l, struct arena *a)
{
	enum bank bank;
	l->certificates = make(a, l->count, const struct signature *);
	l->revoked = make(a, l->count, struct revoked);
	for (size_t i = 0; i < l->count; i++) {
		if (guid_is(l->at[i].type, type_x509.guid) && certificate_reads(l->at[i].data))
			l->certificates[l->certificate_count++] = &l->at[i];
		if (hash_bank(l->at[i].type, &bank))
			l->revoked[l->revoked_count++] = (struct revoked){bank, l->at[i].data};
	}
}

static bool has_certificate_hash(const struct list *l, const struct digests *tbs)
{
	for (size_t i = 0; i < l->revoked_count; i++)
		if (str_starts(l->revoked[i].data, digest_of(tbs, l->revoked[i].bank)))
			return true;
	return false;
}

enum { CERTIFICATE_BANKS = 1 << BANK_SHA256 | 1 << BANK_SHA384 | 1 << BANK_SHA512 };

static bool has_hash_of(const struct list *l, struct str certificate)
{
	struct digests tbs;
	struct str part;
	return certificate_tbs(certificate, &part) && digest_bytes(CERTIFICATE_BANKS, part, &tbs)
	    && has_certificate_hash(l, &tbs);
}

static bool spend(struct trial *t, size_t work)
{
	t->costly |= work > t->work_left;
	t->work_left -= t->costly ? 0 : work;
	return !t->costly;
}

static const struct signature *find_signer(struct trial *t, const struct list *l,
                                           const struct pkcs7 *p, struct str digest)
{
	for (size_t i = 0; i < l->certificate_count && spend(t, p->work); i++)
		if (pkcs7_signed_by(p, digest, l->certificates[i]->data))
			return l->certificates[i];
	return NULL;
}

// ---- the verdict

static void refuse(struct trial *t, struct str why)
{
	*t->out = (struct authority){.verdict = VERDICT_REFUSED, .why = why};
}

static void allow(struct trial *t, enum verdict verdict, const struct signature *entry,
                  struct str why)
{
	*t->out = (struct authority){.verdict = verdict, .entry = *entry, .why = why};
}

static bool signer_is_revoked(struct trial *t, struct pkcs7 *p)
{
	struct digests tbs;
	bool any = false;
	if (!spend(t, p->work))
		return false;
	for (size_t i = 0; pkcs7_signer_digests(p, i, CERTIFICATE_BANKS, &tbs); i++) {
		any = true;
		if (has_certificate_hash(&t->dbx, &tbs))
			return true;
	}
	return !any;                            // firmware: no signer to be found is as bad
}

// False when the image is refused whatever its other signatures say.
static bool try_certificates(struct trial *t, struct pkcs7 *p, struct str digest)
{
	const struct signature *entry;
	bool signed_already = t->out->verdict != VERDICT_REFUSED;
	if (t->has_dbx && (find_signer(t, &t->dbx, p, digest) || signer_is_revoked(t, p))) {
		refuse(t, S("dbx revokes a certificate of its signature"));
		return false;
	}
	if (!signed_already && (entry = find_signer(t, &t->db, p, digest))
	    && !has_hash_of(&t->dbx, entry->data))
		allow(t, VERDICT_SIGNED, entry, S("a certificate of db verifies its signature"));
	return true;
}

// The same of all that firmware asks of one signature.
static bool try_signature(struct trial *t, struct str signature)
{
	enum bank bank;
	const struct signature *entry;
	struct pkcs7 p;
	if (!pkcs7_bank(signature, &bank))
		return true;
	struct str digest = digest_of(t->image, bank);
	(void)!pkcs7_open(signature, &p);       // what is none has no signer either
	bool goes_on = try_certificates(t, &p, digest);
	pkcs7_close(&p);
	if (!goes_on)
		return false;
	if (find_hash(&t->dbx, type_image[bank].guid, digest)) {
		refuse(t, S("dbx holds its hash"));
		return false;
	}
	if (t->out->verdict == VERDICT_REFUSED
	    && (entry = find_hash(&t->db, type_image[bank].guid, digest)))
		allow(t, VERDICT_HASH, entry, S("db holds its hash"));
	return true;
}

static void try_signed(struct trial *t, const struct signatures *all)
{
	refuse(t, all->count ? S("no certificate of db verifies its signature and db lacks its hash")
	                     : S("its certificate table holds no signature that firmware knows"));
	for (size_t i = 0; i < all->count && !t->costly; i++)
		if (!try_signature(t, all->at[i]))
			return;
	if (!all->exact)
		refuse(t, S("its certificate table does not end where its last entry does"));
}

static void try_unsigned(struct trial *t, struct arena *a)
{
	struct signature *found = make(a, BANK_COUNT, struct signature);
	size_t count = 0;
	for (size_t bank = BANK_COUNT; bank-- > 0; ) {
		struct str digest = digest_of(t->image, (enum bank)bank);
		const struct signature *entry = find_hash(&t->db, type_image[bank].guid, digest);
		if (find_hash(&t->dbx, type_image[bank].guid, digest)) {
			refuse(t, S("it is not signed and dbx holds its hash"));
			return;
		}
		if (entry)
			found[count++] = *entry;
	}
	if (count == 0) {
		refuse(t, S("it is not signed and db lacks its hash"));
		return;
	}
	allow(t, VERDICT_HASH, &found[0], S("it is not signed and db holds its hash"));
	t->out->more = found + 1;
	t->out->more_count = count - 1;
}

// ---- what callers see

static bank_set hash_banks(const struct list *l)
{
	bank_set set = 0;
	for (size_t i = 0; i < l->count; i++)
		for (size_t bank = 0; bank < BANK_COUNT; bank++)
			if (guid_is(l->at[i].type, type_image[bank].guid))
				set |= 1u << bank;
	return set;
}

static bank_set signature_banks(const struct signatures *all)
{
	bank_set set = 0;
	enum bank bank;
	for (size_t i = 0; i < all->count; i++)
		if (pkcs7_bank(all->at[i], &bank))
			set |= 1u << bank;
	return set;
}

static bool read_lists(struct str db, struct str dbx, struct arena *a, struct list *allowed,
                       struct list *forbidden, struct diag *d)
{
	return esl_read(db, 0, a, &allowed->at, &allowed->count, d)
	    && esl_read(dbx, 0, a, &forbidden->at, &forbidden->count, d);
}

bool secure_boot_needs(const struct pe *p, struct str db, struct str dbx, struct arena scratch,
                       bank_set *out, struct diag *d)
{
	struct list allowed, forbidden;
	struct signatures all;
	if (p->certificates_bytes) {
		if (!read_signatures(p, &scratch, &all, d))
			return false;
		*out = signature_banks(&all);
		return true;
	}
	if (!read_lists(db, dbx, &scratch, &allowed, &forbidden, d))
		return false;
	*out = hash_banks(&allowed) | hash_banks(&forbidden);
	return true;
}

bool secure_boot_verify_with(const struct pe *p, const struct digests *image, struct str db,
                             struct str dbx, struct arena *a, struct authority *out,
                             struct diag *d)
{
	struct authority verdict = {.verdict = VERDICT_REFUSED};
	struct trial t = {.has_dbx = dbx.len, .image = image, .out = &verdict, .work_left = WORK_MAX};
	struct signatures all;
	if (!read_lists(db, dbx, a, &t.db, &t.dbx, d))
		return false;
	if (p->certificates_bytes == 0) {
		try_unsigned(&t, a);
	} else {
		if (!read_signatures(p, a, &all, d))
			return false;
		pick_out(&t.db, a);
		pick_out(&t.dbx, a);
		try_signed(&t, &all);
	}
	if (t.costly)
		return diag_report(d, (struct finding){SIGNATURES_COSTLY,
			.at = source_span(&p->data, p->certificates_off, 0)});
	*out = verdict;
	return true;
}

bool secure_boot_verify(const struct pe *p, struct str db, struct str dbx, struct arena *a,
                        struct authority *out, struct diag *d)
{
	bank_set set;
	struct digests image = {0};
	return secure_boot_needs(p, db, dbx, *a, &set, d)
	    && (set == 0 || authenticode_digest(p, set, *a, &image, d))
	    && secure_boot_verify_with(p, &image, db, dbx, a, out, d);
}

bool secure_boot_has_times(struct str dbx, struct arena scratch, struct diag *d)
{
	static const u8 never[16];
	struct list l = {0};
	struct str time;
	if (!esl_read(dbx, 0, &scratch, &l.at, &l.count, d))
		return false;
	pick_out(&l, &scratch);
	for (size_t i = 0; i < l.revoked_count; i++)
		if (str_sub(l.revoked[i].data, banks[l.revoked[i].bank].bytes, sizeof never, &time)
		    && memcmp(time.at, never, sizeof never) != 0)
			return true;
	return false;
}
