// place: what every way of writing a finding needs: its texts filled in, its line and column.
#include "report/internal.h"

static const char *const severity_names[] = {[NOTE] = "note", [WARNING] = "warning",
                                             [ERROR] = "error"};

struct str rule_fill(struct arena *a, struct str text, const struct finding *f)
{
	struct buf out = buf_new(a, 1 << 20);
	bool is_message = str_eq(text, rules[f->rule].message);
	for (size_t i = 0; i < text.len; i++) {
		struct str hole;
		bool is_hole = str_sub(text, i, 3, &hole) && hole.at[0] == '{' && hole.at[2] == '}'
		            && hole.at[1] >= '0' && hole.at[1] < '0' + RULE_ARGS;
		if (!is_hole) {
			buf_byte(&out, text.at[i]);
			continue;
		}
		struct str arg = f->arg[hole.at[1] - '0'];
		if (arg.len == 0 && !is_message)
			return (struct str){0};
		buf_put(&out, arg);
		i += 2;
	}
	return buf_str(&out);
}

struct place diag_place(const struct sources *s, struct span at)
{
	struct place p = {1, 1, 1, {0}};
	if (at.file == 0 || at.file > s->count)
		return p;
	const struct source_text *source = &s->list[at.file - 1];
	struct str text = source->text;
	size_t off = at.off < text.len ? (size_t)at.off : text.len;
	u32 line = source_line(source, off);
	size_t start = source->line_offs[line];
	p.line = line + 1;
	struct str from_line = {text.at ? text.at + start : NULL, text.len - start};
	str_cut(from_line, '\n', &p.line_text);
	if (str_ends(p.line_text, S("\r")))
		p.line_text.len--;
	p.column += (u32)utf8_count((struct str){from_line.at, off - start});
	size_t rest = off - start < p.line_text.len ? p.line_text.len - (off - start) : 0;
	size_t len = at.len < rest ? at.len : rest;
	p.column_end = p.column + (u32)utf8_count((struct str){from_line.at + (off - start), len});
	return p;
}

struct str severity_name(enum severity s) { return str_from(severity_names[s]); }

struct str finding_path(const struct sources *s, struct span at)
{
	return at.file && at.file <= s->count ? s->list[at.file - 1].path : S("amic");
}

bool finding_is_binary(const struct sources *s, struct span at)
{
	return at.file && at.file <= s->count && s->list[at.file - 1].binary;
}
