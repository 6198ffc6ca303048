// diag: the list of findings. Where they stand and what they say; render.c says how.
#include "base/base.h"
#include <stdlib.h>

const struct rule_text rules[RULE_COUNT] = {
#define RULE(id, code, severity, message, label, note, help, explain) \
	[id] = {STR(#id), STR(code), severity, STR(message), STR(label), STR(note), STR(help), \
	        STR(explain)},
#include "rules.def"
#undef RULE
};

bool rule_by_code(struct str code, enum rule *out)
{
	for (size_t i = 0; i < RULE_COUNT; i++) {
		if (str_eq(rules[i].code, code)) {
			*out = (enum rule)i;
			return true;
		}
	}
	return false;
}

static void index_lines(struct source_text *s, struct arena *a)
{
	const struct str all = s->text;
	struct str line, left = all;
	size_t count = 1;
	while ((left = str_cut(left, '\n', &line)).at)
		count++;
	s->line_offs = make(a, count, u32);
	s->line_count = 1;
	for (left = all; (left = str_cut(left, '\n', &line)).at;)
		s->line_offs[s->line_count++] = (u32)(left.at - all.at);
}

u32 sources_add(struct sources *s, struct str path, struct str text)
{
	s->list = grown(s->arena, s->list, s->count, &s->cap, struct source_text);
	s->list[s->count] = (struct source_text){.path = str_copy(s->arena, path), .text = text};
	index_lines(&s->list[s->count++], s->arena);
	return s->count;
}

static bool is_mentioned(const struct diag *d, u32 file)
{
	for (size_t i = 0; i < d->len; i++) {
		const struct finding *f = &d->list[i];
		if (f->at.file == file || f->also.file == file || f->fix_at.file == file)
			return true;
	}
	return false;
}

void sources_settle(struct diag *d)
{
	for (u32 file = 1; file <= d->sources.count; file++) {
		struct source_text *s = &d->sources.list[file - 1];
		if (!s->borrowed)
			continue;
		s->borrowed = false;
		if (is_mentioned(d, file))
			s->text = str_copy(d->arena, s->text);
		else
			*s = (struct source_text){.path = s->path, .line_offs = s->line_offs, .line_count = 1};
	}
}

u32 source_line(const struct source_text *s, u64 off)
{
	u32 low = 0, high = s->line_count;
	while (high - low > 1) {
		u32 middle = low + (high - low) / 2;
		if (s->line_offs[middle] <= off)
			low = middle;
		else
			high = middle;
	}
	return low;
}

struct str source_line_text(const struct source_text *s, u32 line)
{
	struct str text = s->text;
	u32 off = s->line_offs[line];
	if (text.len)
		(void)str_cut((struct str){s->text.at + off, s->text.len - off}, '\n', &text);
	return text;
}

// What a finding says outlives whoever says it: schemas are freed, scratch memory is reused.
static void keep_texts(struct diag *d, struct finding *f)
{
	for (size_t i = 0; i < RULE_ARGS; i++)
		f->arg[i] = str_copy(d->arena, f->arg[i]);
	f->also_label = str_copy(d->arena, f->also_label);
	f->fix = str_copy(d->arena, f->fix);
}

void diag_keep(struct diag *d, const struct finding *f)
{
	d->failed |= rules[f->rule].severity == ERROR;
	if (!diag_listens(d)) {
		d->dropped++;
		return;
	}
	d->list = grown(d->arena, d->list, d->len, &d->cap, struct finding);
	d->list[d->len] = *f;
	keep_texts(d, &d->list[d->len++]);
}

struct diag diag_quiet(struct arena *a)
{
	return (struct diag){.arena = a, .quiet = true, .sources = {.arena = a}};
}

static int compare_u64(u64 a, u64 b) { return (a > b) - (a < b); }

static int compare_findings(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int order = compare_u64(x->at.file, y->at.file);
	order = order ? order : compare_u64(x->at.off, y->at.off);
	order = order ? order : compare_u64((u64)x->rule, (u64)y->rule);
	for (size_t i = 0; !order && i < RULE_ARGS; i++)
		order = str_cmp(x->arg[i], y->arg[i]);
	return order ? order : compare_u64(x->also.off, y->also.off);
}

void diag_sort(struct diag *d)
{
	size_t kept = 0;
	if (d->len)
		qsort(d->list, d->len, sizeof *d->list, compare_findings);
	for (size_t i = 0; i < d->len; i++)
		if (!kept || compare_findings(&d->list[kept - 1], &d->list[i]))
			d->list[kept++] = d->list[i];
	d->len = kept;
}
