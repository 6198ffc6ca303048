// document: the payload, read as its CDDL is written. Keys may come in any order and once; one
// that is not known is skipped, and said to be.
#include "verify/verify.h"

enum {
	KEY_MAX = 64, MODULE_MAX = 128, CERTIFICATE_MAX = 1024, OPTIONAL_MAX = 1024,
	ENTRIES_MAX = 64, DEPTH_MAX = 4,
};
static const u64 TIME_MAX_MS = 253402300799999;     // the end of the year 9999

struct fields {
	struct cbor c;
	struct attested *out;
	const struct attest_facts *facts;
	u32 seen;                     // a bit a row of the table
	u32 file;
	struct diag *d;
};

static void read_module(struct fields *f) { f->out->module_id = cbor_text(&f->c, 1, MODULE_MAX); }

static void read_digest(struct fields *f)
{
	struct str name = cbor_text(&f->c, 1, KEY_MAX);
	if (!f->c.why && !str_eq(name, S("SHA384")))
		cbor_fail(&f->c, "not 'SHA384'");
}

static void read_time(struct fields *f)
{
	f->out->time_ms = cbor_uint(&f->c, TIME_MAX_MS);
	if (!f->c.why && f->out->time_ms == 0)
		cbor_fail(&f->c, "zero");
}

static void read_pcrs(struct fields *f)
{
	struct cbor_group g = cbor_map(&f->c, 1, DOCUMENT_PCRS);
	while (cbor_more(&f->c, &g)) {
		u64 pcr = cbor_uint(&f->c, DOCUMENT_PCRS - 1);
		struct str value = cbor_bytes(&f->c, PCR_BYTES, PCR_BYTES);
		if (f->c.why)
			return;
		if (f->out->has >> pcr & 1)
			cbor_fail(&f->c, "a PCR that is given twice");
		f->out->has |= 1u << pcr;
		f->out->pcrs[pcr] = value;
	}
	if (!f->c.why && !f->out->has)
		cbor_fail(&f->c, "too few entries");
}

static void read_certificate(struct fields *f)
{
	f->out->certificate = cbor_bytes(&f->c, 1, CERTIFICATE_MAX);
}

static void read_bundle(struct fields *f)
{
	struct cbor_group g = cbor_array(&f->c, 1, BUNDLE_MAX);
	while (cbor_more(&f->c, &g)) {
		struct str der = cbor_bytes(&f->c, 1, CERTIFICATE_MAX);
		if (!f->c.why)
			f->out->bundle[f->out->bundle_count++] = der;
	}
	if (!f->c.why && !f->out->bundle_count)
		cbor_fail(&f->c, "too few entries");
}

// Genuine documents have null where the CDDL would leave a field out.
static struct str optional(struct fields *f)
{
	return cbor_null(&f->c) ? (struct str){0} : cbor_bytes(&f->c, 0, OPTIONAL_MAX);
}

static void read_public_key(struct fields *f) { f->out->public_key = optional(f); }
static void read_user_data(struct fields *f) { f->out->user_data = optional(f); }
static void read_nonce(struct fields *f) { f->out->nonce = optional(f); }

// The PCRs' row comes first: its key is the facts'.
enum { PCRS_ROW, REQUIRED_ROWS = 6 };
static const struct row { struct str key; void (*read)(struct fields *f); } rows[] = {
	{STR(""), read_pcrs},
	{STR("module_id"), read_module},
	{STR("digest"), read_digest},
	{STR("timestamp"), read_time},
	{STR("certificate"), read_certificate},
	{STR("cabundle"), read_bundle},
	{STR("public_key"), read_public_key},
	{STR("user_data"), read_user_data},
	{STR("nonce"), read_nonce},
};

static struct str row_key(const struct fields *f, size_t row)
{
	return row == PCRS_ROW ? f->facts->pcrs : rows[row].key;
}

static size_t row_of(const struct fields *f, struct str key)
{
	size_t row = 0;
	while (row < countof(rows) && !str_eq(row_key(f, row), key))
		row++;
	return row;
}

static bool report(struct fields *f, struct str key, struct str why)
{
	return diag_report(f->d, (struct finding){ATTESTED_FIELD,
		.at = {f->file, 0, cbor_off(&f->c)}, .arg = {utf8_printable(f->d->arena, key), why}});
}

static void skip_unknown(struct fields *f, struct str key)
{
	cbor_skip(&f->c, DEPTH_MAX);
	if (f->out->unknown_count < UNKNOWN_MAX)
		f->out->unknown[f->out->unknown_count++] = key;
}

static bool read_field(struct fields *f)
{
	struct str key = cbor_text(&f->c, 0, KEY_MAX);
	size_t row = row_of(f, key);
	if (f->c.why)
		return report(f, S("a key"), str_from(f->c.why));
	if (str_eq(key, f->facts->enclave_pcrs))
		return diag_report(f->d, (struct finding){ATTESTED_ENCLAVE,
			.at = {f->file, 0, cbor_off(&f->c)}});
	if (row < countof(rows) && f->seen >> row & 1)
		return report(f, key, S("it is given twice"));
	if (row == countof(rows)) {
		skip_unknown(f, key);
	} else {
		f->seen |= 1u << row;
		rows[row].read(f);
	}
	return !f->c.why || report(f, key, str_from(f->c.why));
}

static bool all_there(struct fields *f)
{
	for (size_t row = 0; row < REQUIRED_ROWS; row++)
		if (!(f->seen >> row & 1))
			return report(f, row_key(f, row), S("it is missing"));
	return true;
}

static bool whole(struct fields *f)
{
	return cbor_end(&f->c) || report(f, S("the payload"), str_from(f->c.why));
}

bool document_read(struct str payload, u32 file, const struct attest_facts *facts,
                   struct attested *out, struct diag *d)
{
	struct attested got = {0};
	struct fields f = {cbor_over(payload), &got, facts, 0, file, d};
	struct cbor_group g = cbor_map(&f.c, 1, ENTRIES_MAX);
	while (cbor_more(&f.c, &g))
		if (!read_field(&f))
			return false;
	if (!whole(&f) || !all_there(&f))
		return false;
	*out = got;
	return true;
}
