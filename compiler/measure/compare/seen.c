// seen: PCR values or an event log from somewhere else, in whatever form tools print them.
#include "measure/compare/compare.h"
#include <string.h>

static bool report(struct diag *d, u32 file, size_t off, struct str what)
{
	return diag_report(d, (struct finding){SEEN_BROKEN, .at = {file, 0, off}, .arg = {what}});
}

bank_set seen_banks(const struct seen *s)
{
	bank_set set = 0;
	for (size_t i = 0; i < BANK_COUNT; i++)
		set |= s->has[i] ? 1u << i : 0;
	return set;
}

// ---- one value

static bool read_hex(struct str hex, u8 *to, size_t bytes)
{
	if (str_starts(hex, S("0x")) || str_starts(hex, S("0X")))
		hex = (struct str){hex.at + 2, hex.len - 2};
	return hex.len == 2 * bytes && str_unhex(hex, to);
}

static bool add_value(struct seen *s, enum bank bank, u64 pcr, struct str hex)
{
	if (pcr >= PCR_COUNT || !read_hex(hex, s->values.of[bank][pcr], banks[bank].bytes))
		return false;
	s->has[bank] |= 1u << pcr;
	s->values.extended[pcr] = true;
	return true;
}

// "SHA384", "sha384"
static bool bank_by_any_name(struct str name, enum bank *out)
{
	u8 lower[8];
	if (name.len > sizeof lower)
		return false;
	for (size_t i = 0; i < name.len; i++)
		lower[i] = name.at[i] >= 'A' && name.at[i] <= 'Z' ? (u8)(name.at[i] + 32) : name.at[i];
	return bank_by_name((struct str){lower, name.len}, out);
}

// ---- {"Measurements": {"HashAlgorithm": "SHA384", "PCR4": "…"}}

static bool read_member(struct seen *s, enum bank bank, const char *key, const json_t *value)
{
	struct str name = str_from(key);
	u64 pcr;
	if (!str_starts(name, S("PCR")))
		return true;
	name = (struct str){name.at + 3, name.len - 3};
	struct str hex = str_from(json_string_value(value));
	return str_u64(name, &pcr) && add_value(s, bank, pcr, hex);
}

static bool read_measurements(json_t *root, struct seen *s)
{
	json_t *all = json_object_get(root, "Measurements"), *value;
	const char *key;
	enum bank bank;
	if (!bank_by_any_name(json_str(all, "HashAlgorithm"), &bank))
		return false;
	json_object_foreach(all, key, value)
		if (!read_member(s, bank, key, value))
			return false;
	return true;
}

static bool read_json(struct str text, u32 file, struct seen *s, struct diag *d)
{
	json_error_t error;
	json_t *root = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
	bool done = root && read_measurements(root, s);
	json_decref(root);
	return done || report(d, file, 0, S("no object 'Measurements' with a hash algorithm and"
	                                    " PCR values"));
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
		return head.len == 0 && add_value(s, c->bank, c->pcr,
		                                  str_trim((struct str){rest.at + 1, rest.len - 1}));
	}
	rest = str_cut(line, ':', &head);
	head = str_trim(head);
	value = str_trim(rest);
	if (str_u64(head, &pcr) && value.len)
		return c->has_bank && add_value(s, c->bank, pcr, value);
	if (bank_by_any_name(head, &c->bank) && !value.len) {
		c->has_bank = true;
		return true;
	}
	if (is_word(head) && !rest.len && c->has_pcr) {
		c->has_pcr = false;
		return add_value(s, c->bank, c->pcr, head);
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

bool seen_read(struct str bytes, u32 file, struct arena *a, struct seen *out, struct diag *d)
{
	struct seen s = {0};
	size_t off;
	bool is_text = !str_find(bytes, S("\0"), &off);
	struct str text = str_trim(bytes);
	bool done = !is_text ? read_log(bytes, file, a, &s, d)
	          : str_starts(text, S("{")) ? read_json(text, file, &s, d)
	                                     : read_lines(bytes, file, &s, d);
	if (done)
		*out = s;
	return done;
}
