// seen: PCR values or an event log from somewhere else, in whatever form tools print them.
#include "measure/compare/internal.h"
#include <string.h>

static bool report(struct diag *d, u32 file, size_t off, struct str what)
{
	return diag_report(d, (struct finding){SEEN_BROKEN, .at = {file, 0, off}, .arg = {what}});
}

// ---- lines

// What the lines before said: a bank ("sha256:"), or a bank and a PCR ("==> …/pcr-sha256/4 <==").
struct context { bool has_bank, has_pcr; enum bank bank; u64 pcr; };

// ".../pcr-sha256/4" and what follows it.
static bool read_path(struct str line, struct context *c, struct str *rest)
{
	size_t off;
	struct str at = {0}, name, number;
	if (!str_find(line, S("pcr-"), &off) || !str_sub(line, off, line.len - off, &at))
		return false;
	at = (struct str){at.at + 4, at.len - 4};
	at = str_cut(at, '/', &name);
	size_t digits = 0;
	while (digits < at.len && at.at[digits] >= '0' && at.at[digits] <= '9')
		digits++;
	number = (struct str){at.at, digits};
	if (!str_sub(at, digits, at.len - digits, rest))
		return false;
	*rest = str_trim(*rest);
	c->has_bank = c->has_pcr = bank_by_name(name, &c->bank) && str_u64(number, &c->pcr);
	return c->has_pcr;
}

static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == ' ' || s.at[i] == '\t')
			return false;
	return s.len > 0;
}

// "sha256:", "  4 : 0x…", "…/pcr-sha256/4:…", "==> …/pcr-sha256/4 <==", "…" (after such a name).
static bool read_line(struct seen *s, struct context *c, struct str line)
{
	struct str head, rest, value;
	u64 pcr;
	if (read_path(line, c, &rest)) {
		if (str_eq(rest, S("<==")) || rest.len == 0)
			return true;
		(void)str_cut(rest, ':', &head);
		return head.len == 0 && seen_add(s, c->bank, c->pcr,
		                                  str_trim((struct str){rest.at + 1, rest.len - 1}));
	}
	rest = str_cut(line, ':', &head);
	head = str_trim(head);
	value = str_trim(rest);
	if (str_u64(head, &pcr) && value.len)
		return c->has_bank && seen_add(s, c->bank, pcr, value);
	if (seen_bank(head, &c->bank) && !value.len) {
		c->has_bank = true;
		return true;
	}
	if (is_word(head) && !rest.len && c->has_pcr) {
		c->has_pcr = false;
		return seen_add(s, c->bank, c->pcr, head);
	}
	// A bank of the TPM that is not ours (sm3_256): its lines have values of unknown size.
	c->has_bank = false;
	return is_word(head) && !value.len && str_starts(head, S("sm3"));
}

static bool read_lines(struct str text, u32 file, struct seen *s, struct diag *d)
{
	struct context c = {0};
	struct str left = text, line;
	bool foreign = false;
	while (left.len) {
		size_t off = text.len - left.len;
		left = str_cut(left, '\n', &line);
		line = str_trim(line);
		if (line.len == 0 || (foreign && line.at[0] >= '0' && line.at[0] <= '9'))
			continue;
		if (!read_line(s, &c, line))
			return report(d, file, off, S("a line that is no PCR value"));
		foreign = !c.has_bank;
	}
	return seen_banks(s) || report(d, file, 0, S("there is no PCR value in it"));
}

// ---- the log

static bool read_log(struct str bytes, u32 file, struct arena *a, struct seen *s, struct diag *d)
{
	s->is_log = true;
	if (!tcglog_read(bytes, file, a, &s->log, d))
		return false;
	if (!event_fold(&s->log, &s->values))
		return report(d, file, 0, S("its digests can't be computed"));
	for (size_t i = 0; i < BANK_COUNT; i++)
		s->has[i] = s->log.set >> i & 1 ? (1u << PCR_COUNT) - 1 : 0;
	return true;
}

static bool read_values(struct str bytes, u32 file, struct arena *a, struct seen *s,
                        struct diag *d)
{
	size_t off;
	struct str text = str_trim(bytes);
	bool object = str_starts(text, S("{")) || str_starts(text, S("["));
	if (seen_is_corim(bytes))
		return seen_corim(bytes, *a, s) || report(d, file, 0, S("a CoRIM without PCR values"));
	if (str_find(bytes, S("\0"), &off))
		return read_log(bytes, file, a, s, d);
	if (!object)
		return read_lines(bytes, file, s, d);
	return seen_json(text, s)
	    || report(d, file, 0, S("JSON without PCR values, or with two values of one PCR"));
}

bool seen_read(struct str bytes, u32 file, struct arena *a, struct seen *out, struct diag *d)
{
	struct seen s = {0};
	bool done = read_values(bytes, file, a, &s, d);
	if (done)
		*out = s;
	return done;
}
