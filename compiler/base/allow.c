// allow: comments in a spec that silence a warning or a note on their line, and say why:
//
//   volume: 12GiB   # amic: allow AMI0511 -- the nightly job rebuilds on purpose
//
// An error is never silenced. A comment without a reason, or that silences nothing, is a finding.
#include "base/base.h"
#include <string.h>

struct allowance { u32 file, line; struct span at; struct str code; bool reasoned; };
struct allowances { struct allowance *list; size_t count; };

static struct str line_text(const struct source_text *s, u32 line)
{
	struct str rest = {s->text.at + s->line_offs[line], s->text.len - s->line_offs[line]}, text;
	str_cut(rest, '\n', &text);
	return text;
}

// The comment in that line, if there is one. A '#' begins a comment behind a blank only.
static bool read_allowance(const struct source_text *s, u32 file, u32 line, struct allowance *out)
{
	static const struct str mark = STR("# amic: allow ");
	struct str text = line_text(s, line), code, rest;
	size_t off, dashes;
	if (!str_find(text, mark, &off) || (off && text.at[off - 1] != ' ' && text.at[off - 1] != '\t'))
		return false;
	rest = (struct str){text.at + off + mark.len, text.len - off - mark.len};
	bool has_dashes = str_find(rest, S(" -- "), &dashes);
	str_cut(str_trim(rest), ' ', &code);
	*out = (struct allowance){.file = file, .line = line, .code = code,
		.at = {file, (u32)(text.len - off), s->line_offs[line] + off},
		.reasoned = has_dashes
		         && str_trim((struct str){rest.at + dashes + 4, rest.len - dashes - 4}).len > 0};
	return true;
}

// Only in specs: elsewhere such a line is somebody else's text.
static struct allowances allowances_of(const struct sources *s, struct arena *a)
{
	struct allowances all = {0};
	struct allowance one;
	size_t off;
	for (u32 file = 1; file <= s->count; file++) {
		const struct source_text *source = &s->list[file - 1];
		if (source->binary || !str_ends(source->path, S(".ami"))
		    || !str_find(source->text, S("# amic: allow "), &off))
			continue;
		struct allowance *list = make(a, all.count + source->line_count, struct allowance);
		if (all.count)
			memcpy(list, all.list, all.count * sizeof *list);
		all.list = list;
		for (u32 line = 0; line < source->line_count; line++)
			if (read_allowance(source, file, line, &one))
				all.list[all.count++] = one;
	}
	return all;
}

static bool silences(const struct diag *d, const struct allowance *a, const struct finding *f)
{
	return a->reasoned && f->at.file == a->file && rules[f->rule].severity != ERROR
	    && str_eq(rules[f->rule].code, a->code)
	    && diag_place(&d->sources, f->at).line == a->line + 1;
}

void allow_apply(struct diag *d)
{
	struct allowances all = allowances_of(&d->sources, d->arena);
	bool *used = make(d->arena, all.count + 1, bool);
	size_t kept = 0;
	for (size_t i = 0; all.count && i < d->len; i++) {
		bool silent = false;
		for (size_t j = 0; j < all.count; j++) {
			bool mine = silences(d, &all.list[j], &d->list[i]);
			used[j] |= mine;
			silent |= mine;
		}
		if (!silent)
			d->list[kept++] = d->list[i];
	}
	d->len = all.count ? kept : d->len;
	for (size_t j = 0; j < all.count; j++) {
		if (!all.list[j].reasoned)
			diag_report(d, (struct finding){ALLOW_NO_REASON, all.list[j].at,
				.arg = {all.list[j].code}});
		else if (!used[j])
			diag_report(d, (struct finding){ALLOW_UNUSED, all.list[j].at,
				.arg = {all.list[j].code}});
	}
}
