// shim_level: SBAT, shim's generations of loaders (its SBAT.md): the level that it requires, and
// whether what an image says of itself in .sbat reaches it. Both are lines of fields with commas.
#include "measure/boot/internal.h"

static const struct str original = STR("sbat,1,2021030218\n");

enum { SBAT_MAX = 1 << 16, FIELDS_MAX = 6, LEVEL_FIELDS = 2, SECTION_FIELDS = 6 };

// ---- the level

// .sbatlevel: a format, two offsets from behind it; the first text is the automatic one.
static struct str automatic_level(struct str section)
{
	struct rd r = {section, false};
	struct str from = {0}, text = {0};
	rd_skip(&r, 4);
	struct str payload = r.left;
	u32 off = rd_le32(&r);
	if (!r.bad && off <= payload.len && str_sub(payload, off, payload.len - off, &from))
		(void)str_cut(from, 0, &text);
	return text.len ? text : original;
}

// "sbat,VERSION,DATE": as texts, a longer version the greater; the date has ten digits.
static bool is_not_older(struct str now, struct str than)
{
	enum { DATE_LEN = 10 };
	struct str of[2] = {now, than}, version[2], date[2], unused;
	if (!str_starts(now, S("sbat,")) || now.len < original.len)
		return false;
	for (size_t i = 0; i < 2; i++) {
		date[i] = str_cut(str_cut(of[i], ',', &unused), ',', &version[i]);
		if (date[i].len > DATE_LEN)
			date[i].len = DATE_LEN;
	}
	if (version[0].len != version[1].len)
		return version[0].len > version[1].len;
	return str_cmp(version[0], version[1]) > 0 || str_cmp(date[0], date[1]) >= 0;
}

struct str shim_level(const struct boot *b, u32 version, struct str section)
{
	enum { RESETS_SINCE = 1508, SECTION_SINCE = 1507 };
	struct str now = b->options->secure.sbat_level;
	struct str automatic = version >= SECTION_SINCE ? automatic_level(section) : original;
	if (!b->options->secure.on && version >= RESETS_SINCE)
		return original;
	return is_not_older(now, automatic) ? now : automatic;
}

// ---- the check

static bool next_row(struct str *text, struct str *out)
{
	while (text->len && (*text->at == '\n' || *text->at == '\r'))
		*text = (struct str){text->at + 1, text->len - 1};
	size_t n = 0;
	while (n < text->len && text->at[n] != '\n' && text->at[n] != '\r')
		n++;
	*out = (struct str){text->at, n};
	*text = (struct str){text->at + n, text->len - n};
	return n > 0;
}

// The row's fields; false unless it has as many, none of them empty.
static bool split_row(struct str row, size_t needed, struct str *fields)
{
	for (size_t i = 0; i < needed; i++) {
		row = str_cut(row, ',', &fields[i]);
		if (!fields[i].len)
			return false;
	}
	return true;
}

// Its leading digits, in the 16 bits that shim keeps.
static u16 generation(struct str s)
{
	u16 n = 0;
	for (size_t i = 0; i < s.len && text_digit(s.at[i]); i++)
		n = (u16)(n * 10u + s.at[i] - '0');
	return n;
}

static bool reaches(struct str level, struct str component, u16 has)
{
	struct str row, fields[FIELDS_MAX];
	while (next_row(&level, &row))
		if (split_row(row, LEVEL_FIELDS, fields) && str_eq(fields[0], component))
			return has >= generation(fields[1]);
	return true;
}

static struct str check_rows(struct str level, struct str text, struct arena *a)
{
	struct str row, fields[FIELDS_MAX];
	while (next_row(&text, &row)) {
		if (!split_row(row, SECTION_FIELDS, fields))
			return S("a line of its .sbat section has not six fields");
		if (!reaches(level, fields[0], generation(fields[1])))
			return cat(a, S("its .sbat says '"), fields[0], S("' "), fields[1],
			           S(", and shim's SBAT level asks for more"));
	}
	return S("");
}

// The section that shim takes; false when there is another one behind it.
static bool find_section(const struct pe *p, const struct section **out)
{
	*out = NULL;
	for (size_t i = 0; i < p->count; i++) {
		const struct section *s = &p->list[i];
		if (s->long_name || !str_eq(s->name, S(".sbat")))
			continue;
		if (*out)
			return false;
		if (s->raw_bytes && s->raw_bytes >= s->virtual_bytes)
			*out = s;
	}
	return true;
}

// All of it that lies in the file, up to a NUL.
static bool read_rows(struct boot *b, const struct image *i, const struct section *s,
                      struct str *out)
{
	struct str bytes, mark = S("\xef\xbb\xbf");
	if (s->raw_bytes > SBAT_MAX)
		return diag_report(b->diag, (struct finding){SECTION_LARGE,
			source_span(&i->pe.data, s->raw_off, s->raw_bytes), .arg = {s->name,
			str_number(b->diag->arena, s->raw_bytes), str_number(b->diag->arena, SBAT_MAX)}});
	if (!source_bytes(&i->pe.data, s->raw_off, s->raw_bytes, b->arena, &bytes))
		return source_failed(&i->pe.data, s->raw_off, b->diag);
	(void)str_cut(bytes, 0, out);
	if (str_starts(*out, mark))
		*out = (struct str){out->at + mark.len, out->len - mark.len};
	return true;
}

// What others load for shim to judge may lack the section; what shim starts itself may not.
bool shim_level_check(struct boot *b, const struct image *i, bool is_second_stage,
                      struct str *refused)
{
	const struct section *s;
	struct str rows = {0};
	*refused = S("");
	if (!find_section(&i->pe, &s))
		*refused = S("it has several .sbat sections");
	else if (!s && is_second_stage)
		*refused = S("it has no .sbat section, and shim asks for one");
	if (refused->len || !s)
		return true;
	if (!read_rows(b, i, s, &rows))
		return false;
	*refused = check_rows(b->shim->level, rows, b->arena);
	return true;
}
