// allow: comments in a spec that silence warnings or notes on their line, and say why:
//
//   volume: 12GiB   # amic: allow AMI0511 -- the nightly job rebuilds on purpose
//   ami: 1          # amic: allow AMI0003, AMI0511 -- always the newest
//
// An error is never silenced. A comment without a reason, or that silences nothing, is a finding.
#include "report/report.h"
#include <string.h>

struct allowance { u32 file, line; struct span at; struct str code; bool reasoned; };
struct allowances { struct allowance *list; size_t count, cap; };      // by file, then line

static bool next_code(struct str *left, struct str *code)
{
	static const struct str between = STR(" \t,");
	while (left->len && memchr(between.at, left->at[0], between.len))
		*left = (struct str){left->at + 1, left->len - 1};
	*code = (struct str){left->at, 0};
	while (left->len && !memchr(between.at, left->at[0], between.len)) {
		*left = (struct str){left->at + 1, left->len - 1};
		code->len++;
	}
	return code->len > 0;
}

// The comment in that line, an allowance for each of its codes. A '#' begins a comment behind a
// blank only.
static void read_allowances(const struct source_text *s, u32 file, u32 line, struct arena *a,
                            struct allowances *all)
{
	static const struct str mark = STR("# amic: allow ");
	struct str text = source_line_text(s, line), codes, code, why = {0};
	size_t off, dashes;
	if (!str_find(text, mark, &off) || (off && text.at[off - 1] != ' ' && text.at[off - 1] != '\t'))
		return;
	codes = (struct str){text.at + off + mark.len, text.len - off - mark.len};
	if (str_find(codes, S(" -- "), &dashes)) {
		why = str_trim((struct str){codes.at + dashes + 4, codes.len - dashes - 4});
		codes.len = dashes;
	}
	while (next_code(&codes, &code)) {
		all->list = grown(a, all->list, all->count, &all->cap, struct allowance);
		all->list[all->count++] = (struct allowance){.file = file, .line = line, .code = code,
			.at = {file, (u32)(text.len - off), s->line_offs[line] + off},
			.reasoned = why.len > 0};
	}
}

// Only in specs: elsewhere such a line is somebody else's text.
static struct allowances allowances_of(const struct sources *s, struct arena *a)
{
	struct allowances all = {0};
	size_t off;
	for (u32 file = 1; file <= s->count; file++) {
		const struct source_text *source = &s->list[file - 1];
		if (source->binary || !str_ends(source->path, S(".ami"))
		    || !str_find(source->text, S("# amic: allow "), &off))
			continue;
		for (u32 line = 0; line < source->line_count; line++)
			read_allowances(source, file, line, a, &all);
	}
	return all;
}

// The first one of that line or behind it.
static size_t first_at(const struct allowances *all, u32 file, u32 line)
{
	size_t low = 0, high = all->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct allowance *one = &all->list[middle];
		if (one->file < file || (one->file == file && one->line < line))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_silent(const struct diag *d, const struct allowances *all, bool *used,
                      const struct finding *f)
{
	u32 line = diag_place(&d->sources, f->at).line - 1;
	bool silent = false;
	if (rules[f->rule].severity == ERROR)
		return false;
	for (size_t i = first_at(all, f->at.file, line); i < all->count; i++) {
		const struct allowance *one = &all->list[i];
		if (one->file != f->at.file || one->line != line)
			break;
		bool mine = one->reasoned && str_eq(rules[f->rule].code, one->code);
		used[i] |= mine;
		silent |= mine;
	}
	return silent;
}

static bool can_be_silenced(struct str code)
{
	enum rule rule;
	return rule_by_code(code, &rule) && rules[rule].severity != ERROR;
}

// With an error, notes were not looked for: what seems to silence nothing may do so later.
void allow_apply(struct diag *d)
{
	struct allowances all = allowances_of(&d->sources, d->arena);
	bool *used = make(d->arena, all.count + 1, bool), whole = !d->failed;
	size_t kept = 0;
	for (size_t i = 0; all.count && i < d->len; i++)
		if (!is_silent(d, &all, used, &d->list[i]))
			d->list[kept++] = d->list[i];
	d->len = all.count ? kept : d->len;
	for (size_t j = 0; j < all.count; j++) {
		if (!all.list[j].reasoned)
			diag_report(d, (struct finding){ALLOW_NO_REASON, all.list[j].at,
				.arg = {all.list[j].code}});
		else if (!used[j] && (whole || !can_be_silenced(all.list[j].code)))
			diag_report(d, (struct finding){ALLOW_UNUSED, all.list[j].at,
				.arg = {all.list[j].code}});
	}
}
