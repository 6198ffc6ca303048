// tell: what link found broken after edits was whole before them. So a finding that stands in the
// blueprint is told where the edit is that broke it, and the blueprint is its second place.
#include "blueprint/internal.h"

static bool holds(struct span outer, struct span inner)
{
	return outer.file && outer.file == inner.file && inner.off >= outer.off
	    && inner.off - outer.off <= outer.len;
}

static bool mentions(const struct node *n, struct str word)
{
	if (str_eq(n->key, word) || (n->kind == TEXT && str_eq(n->text, word)))
		return true;
	for (const struct node *child = n->first; child; child = child->next)
		if (mentions(child, word))
			return true;
	return false;
}

// Does the finding speak of what the edit took away or wrote?
static bool speaks_of(const struct finding *f, const struct edited *e)
{
	for (size_t i = 0; i < RULE_ARGS; i++) {
		struct str word = f->arg[i];
		if (word.len && (str_eq(word, e->name) || (e->was && mentions(e->was, word))
		                 || (e->now && mentions(e->now, word))))
			return true;
	}
	return false;
}

// The edit that a finding is about: it is spoken of, then it is the nearest around, then it is
// the last. NULL when none is either, and there are several.
static const struct edited *culprit(const struct edits *all, const struct finding *f)
{
	const struct edited *best = NULL;
	bool best_spoken = false, best_holds = false;
	for (size_t i = 0; i < all->count; i++) {
		const struct edited *e = &all->list[i];
		bool spoken = speaks_of(f, e), around = holds(e->around, f->at);
		bool nearer = around && (!best_holds || e->around.len <= best->around.len);
		if (!spoken && !around)
			continue;
		if (best && (spoken != best_spoken ? !spoken : best_holds && !nearer))
			continue;
		best = e;
		best_spoken = spoken;
		best_holds = around;
	}
	return best || all->count != 1 ? best : &all->list[0];
}

// The name was right until the edit: one like it is no help.
static void move(struct finding *f, struct span to)
{
	f->also = f->at;
	f->at = to;
	f->fixable = false;
	if (f->rule == REF_UNKNOWN)
		f->arg[1] = (struct str){0};
}

// One edit breaks many places in the same way: one finding, with the first of them.
static void merge(struct diag *d, size_t from, size_t *count, struct finding f)
{
	for (size_t i = from; i < *count; i++) {
		struct finding *old = &d->list[i];
		if (old->rule != f.rule || old->at.file != f.at.file || old->at.off != f.at.off)
			continue;
		if (old->also.file != f.also.file || old->also.off != f.also.off)
			old->also_label = S("the first place that it breaks, of several");
		return;
	}
	f.also_label = S("what it breaks");
	d->list[(*count)++] = f;
}

static bool is_of_spec(const struct context *c, const struct spec *s, u32 file)
{
	for (size_t i = 0; file && i < s->input_count; i++)
		if (str_eq(s->inputs[i], c->diag->sources.list[file - 1].path))
			return true;
	return false;
}

static bool in_an_edit(const struct edits *all, struct span at)
{
	for (size_t i = 0; i < all->count; i++)
		if (holds(all->list[i].op->at, at))
			return true;
	return false;
}

// A setting may be wrong by itself: it is moved only when an edit is spoken of.
static bool stays(const struct context *c, const struct spec *s, const struct edits *all,
                  const struct finding *f, const struct edited *e)
{
	return f->at.file == 0 || in_an_edit(all, f->at)
	    || (is_of_spec(c, s, f->at.file) && (!e || !speaks_of(f, e)));
}

static void tell_broken(struct context *c, const struct spec *s, const struct edits *all,
                        struct span patch, size_t from)
{
	struct diag *d = c->diag;
	size_t kept = from, count = d->len;
	for (size_t i = from; i < count; i++) {
		struct finding f = d->list[i];
		const struct edited *e = culprit(all, &f);
		if (stays(c, s, all, &f, e)) {
			d->list[kept++] = f;
			continue;
		}
		move(&f, e ? e->pointer->at : patch);
		merge(d, from, &kept, f);
	}
	d->len = kept;
}

// ---- outputs that are gone

static bool is_told(const struct diag *d, size_t from, struct span at)
{
	for (size_t i = from; i < d->len; i++)
		if (d->list[i].at.file == at.file && d->list[i].at.off == at.off)
			return true;
	return false;
}

static void check_output(struct context *c, const struct words *w, const struct edited *e,
                         const struct node *was)
{
	const struct node *now = node_get(node_get(e->in->tree, w->outputs), was->key);
	const struct node *old = node_get(was, w->export), *new = node_get(now, w->export);
	bool changed = old && (!new || !node_equal(old, new, *c->arena));
	if (was->at.file != e->pointer->at.file && (!now || changed))
		diag_report(c->diag, (struct finding){PATCH_OUTPUT_GONE, .at = e->pointer->at,
			.arg = {was->key}});
}

static void check_edit(struct context *c, const struct words *w, const struct edited *e)
{
	struct str section, name, member, left = e->pointer->text;
	left = str_cut(left, '/', &section);
	left = str_cut(left, '/', &section);
	left = str_cut(left, '/', &name);
	(void)str_cut(left, '/', &member);
	if (!e->was || !str_eq(section, w->outputs))
		return;
	for (const struct node *n = name.len ? NULL : e->was->first; n; n = n->next)
		check_output(c, w, e, n);
	if (name.len && !member.len)
		check_output(c, w, e, e->was);
	if (str_eq(member, w->export))
		diag_report(c->diag, (struct finding){PATCH_OUTPUT_GONE, .at = e->pointer->at,
			.arg = {name}});
}

void patch_tell(struct context *c, const struct spec *s, size_t from)
{
	const struct node *patch = node_get(s->tree, S("patch"));
	const struct words *w = patch && c->edits ? words_of(c) : NULL;
	if (!w)
		return;
	tell_broken(c, s, c->edits, patch->key_at, from);
	for (size_t i = 0; i < c->edits->count; i++)
		if (!is_told(c->diag, from, c->edits->list[i].pointer->at))
			check_edit(c, w, &c->edits->list[i]);
}
