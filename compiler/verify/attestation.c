// attestation: the steps in their order: cheap and unauthenticated first, meaning last.
#include "verify/verify.h"
#include <openssl/crypto.h>

// ---- how it is handed out

static bool is_blank(u8 c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; }

static bool hex_read(struct str text, struct arena *a, struct str *out)
{
	u8 *digits = make(a, text.len, u8), *to = make(a, text.len / 2 + 1, u8);
	struct str hex = {digits, 0};
	for (size_t i = 0; i < text.len; i++)
		if (!is_blank(text.at[i]))
			digits[hex.len++] = text.at[i];
	if (hex.len == 0 || !str_unhex(hex, to))
		return false;
	*out = (struct str){to, hex.len / 2};
	return true;
}

// The first byte of the raw form is above ASCII, so nothing is taken for something else.
bool attestation_decode(struct str text, struct arena *a, struct str *out)
{
	enum { ASCII_END = 0x80 };
	if (text.len && text.at[0] >= ASCII_END) {
		*out = text;
		return true;
	}
	return hex_read(text, a, out) || base64_read(text, a, out);
}

bool bytes_match(struct str have, struct str want)
{
	return have.at && have.len == want.len
	    && (want.len == 0 || CRYPTO_memcmp(have.at, want.at, want.len) == 0);
}

// ---- time

static bool time_refused(u32 file, u64 ms, struct str why, struct diag *d)
{
	return diag_report(d, (struct finding){ATTESTED_TIME, .at = {file, 0, 0},
		.arg = {moment_text(d->arena, ms), why}});
}

static bool check_time(const struct pkix *p, const struct attested *doc,
                       const struct circumstances *at, u64 *checked, struct diag *d)
{
	struct str now = moment_text(d->arena, at->now_ms);
	*checked = at->clock == CLOCK_DOCUMENT ? doc->time_ms : at->now_ms;
	u64 latest, oldest = at->now_ms > at->max_age_ms ? at->now_ms - at->max_age_ms : 0;
	// Whatever the clock says: signed while all of them were valid.
	if (!pkix_valid_at(p, doc->time_ms, 0, d))
		return false;
	if (at->clock == CLOCK_DOCUMENT)
		return true;
	if (!add_u64(at->now_ms, at->skew_ms, &latest) || doc->time_ms > latest)
		return time_refused(p->file, doc->time_ms, cat(d->arena, S("that is after "), now), d);
	if (doc->time_ms < oldest)
		return time_refused(p->file, doc->time_ms,
		                    cat(d->arena, S("that is too long before "), now), d);
	return pkix_valid_at(p, at->now_ms, at->skew_ms, d);
}

// ---- the steps

struct appraisal {
	struct cose cose;
	struct attestation got;
	const struct attest_facts *facts;
	const struct circumstances *at;
	u32 file;
	struct arena *arena;
	struct diag *d;
};

static bool check_signed(struct appraisal *s, const struct pkix *p)
{
	return pkix_check(p, s->d) && check_time(p, &s->got.doc, s->at, &s->got.checked_ms, s->d)
	    && pkix_signed(p, &s->cose, s->d);
}

static void tell_unknown(const struct appraisal *s)
{
	for (size_t i = 0; i < s->got.doc.unknown_count; i++)
		diag_report(s->d, (struct finding){ATTESTED_UNKNOWN, .at = {s->file, 0, 0},
			.arg = {utf8_printable(s->d->arena, s->got.doc.unknown[i])}});
}

bool attestation_read(struct str bytes, u32 file, const struct attest_facts *facts,
                      const struct circumstances *at, struct arena *a, struct attestation *out,
                      struct diag *d)
{
	struct appraisal s = {.facts = facts, .at = at, .file = file, .arena = a, .d = d};
	struct pkix path;
	if (!cose_read(bytes, file, &s.cose, d)
	    || !document_read(s.cose.payload, file, facts, &s.got.doc, d))
		return false;
	bool good = pkix_open(&s.got.doc, at->root, file, &path, d) && check_signed(&s, &path);
	pkix_close(&path);                      // only now is memory taken, see there
	if (!good || !pkix_identity(&path, &s.got.doc, facts, a, &s.got.who, d))
		return false;
	tell_unknown(&s);
	*out = s.got;
	return true;
}
