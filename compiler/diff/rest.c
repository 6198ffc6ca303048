// rest: whether two templates differ is decided on the trees as they are written, for all sections.
// What makes no difference to a resource, an output or a parameter with parameters at their
// defaults is listed, too: other values, or people, may see it.
#include "diff/diff.h"
#include "link/link.h"

struct rest { struct context *c; const struct set_diff *d; struct template_diff *t; };

static void add_entry(struct rest *r, struct str path, const struct node *was,
                      const struct node *is)
{
	struct changes *out = &r->t->rest, found = {0};
	struct arena *a = r->c->arena;
	out->arena = a;
	bool both = was && is && was->kind != TEXT && was->kind == is->kind;
	if (both)
		changes_between(r->c, r->d->facts, was, is, &found);
	for (size_t i = 0; i < found.count; i++) {
		struct change one = found.list[i];
		one.path = cat(a, path, str_starts(one.path, S("[")) ? S("") : S("."), one.path);
		one.top = path;
		changes_add(out, one);
	}
	if (found.count)
		return;
	bool texts = was && is && was->kind == TEXT && is->kind == TEXT;
	changes_add(out, (struct change){.path = path, .top = path, .was = was, .is = is,
		.was_text = texts ? was->text : S(""), .is_text = texts ? is->text : S("")});
}

static bool is_told(const struct changes *all, struct str name)
{
	for (size_t i = 0; i < all->count; i++)
		if (str_eq(all->list[i].top, name))
			return true;
	return false;
}

// Whether the report has a line about it already.
static bool is_reported(const struct rest *r, struct str section, struct str name)
{
	const struct words *w = r->d->words;
	const struct template_diff *t = r->t;
	if (str_eq(section, w->parameters))
		return is_told(&t->parameters, name);
	if (str_eq(section, w->outputs))
		return is_told(&t->outputs, name);
	if (!str_eq(section, w->resources))
		return false;
	size_t at, end = places_find(&t->by_id, name, &at);
	return at < end && t->list[t->by_id.list[at].place].effect != EFFECT_NONE;
}

static bool same(struct rest *r, const struct node *a, const struct node *b)
{
	return a && b && a->kind == b->kind
	    && str_eq(node_canonical(r->c->arena, a), node_canonical(r->c->arena, b));
}

static void compare_entries(struct rest *r, const struct node *was, const struct node *is)
{
	struct arena *a = r->c->arena;
	struct names old = names_of(a, was), new = names_of(a, is);
	for (const struct node *n = was->first; n; n = n->next) {
		const struct node *twin = names_find(&new, n->key);
		if (!same(r, n, twin) && !is_reported(r, was->key, n->key))
			add_entry(r, cat(a, was->key, S("."), n->key), n, twin);
	}
	for (const struct node *n = is->first; n; n = n->next)
		if (!names_find(&old, n->key) && !is_reported(r, is->key, n->key))
			add_entry(r, cat(a, is->key, S("."), n->key), NULL, n);
}

static void compare_sections(struct rest *r)
{
	const struct node *was = normalise_template(r->c, r->d->words, r->t->was_whole);
	const struct node *is = normalise_template(r->c, r->d->words, r->t->is_whole);
	for (const struct node *n = was->first; n; n = n->next) {
		const struct node *twin = node_get(is, n->key);
		if (same(r, n, twin))
			continue;
		if (twin && n->kind == MAP && twin->kind == MAP)
			compare_entries(r, n, twin);
		else
			add_entry(r, n->key, n, twin);
	}
	for (const struct node *n = is->first; n; n = n->next)
		if (!node_get(was, n->key))
			add_entry(r, n->key, NULL, n);
}

void rest_find(struct context *c, struct set_diff *d)
{
	for (size_t i = 0; i < d->count; i++) {
		struct rest r = {c, d, &d->list[i]};
		if (r.t->was_whole && r.t->is_whole)
			compare_sections(&r);
	}
}
