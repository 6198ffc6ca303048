// exports: what one template gives and another takes; names that an account has only once.
#include "link/internal.h"
#include <stdlib.h>

static const struct node *export_name(const struct linkage *l, const struct node *output)
{
	return node_get(node_get(output, l->w->export), l->w->export_name);
}

struct given { struct str name; const struct node *at; };

static int by_name(const void *a, const void *b)
{
	const struct given *x = a, *y = b;
	int order = str_cmp(x->name, y->name);
	return order ? order : (x->at->at.off > y->at->at.off) - (x->at->at.off < y->at->at.off);
}

// Sorted, the same names are neighbours: an export for each of 10,000 outputs is no pair of them.
static void check_twice(struct linkage *l, const struct template *t)
{
	struct arena *a = l->c->arena;
	struct given *all = make(a, t->outputs.cap, struct given), *first = all;
	size_t count = 0;
	for (const struct node *o = t->output_list; o; o = o->next) {
		const struct node *name = export_name(l, o);
		if (name)
			all[count++] = (struct given){node_canonical(a, name), name};
	}
	qsort(all, count, sizeof *all, by_name);
	for (size_t i = 1; i < count; i++) {
		if (str_eq(first->name, all[i].name))
			link_report(l, all[i].at, (struct finding){EXPORT_TWICE,
				.arg = {link_text(l, all[i].at)}, .also = first->at->at,
				.also_label = S("first here")});
		else
			first = &all[i];
	}
}

// A taker in a set without any giver may take from a stack that we cannot see.
static bool set_has(struct linkage *l, const struct template *from, bool exports)
{
	if (l->own && l->template_count > 1)
		return true;              // the base is there, whatever an edit took away
	for (size_t i = 0; i < l->template_count; i++) {
		const struct node *o = l->templates[i].output_list;
		for (; o && &l->templates[i] != from; o = o->next)
			if (!exports || export_name(l, o))
				return true;
	}
	return false;
}

static void check_taken(struct linkage *l, const struct template *t, const struct node *n)
{
	struct target found;
	bool import = words_is_call(n, l->w->import), output = words_is_call(n, l->w->stack_output);
	if ((import || output) && n->first->kind != LIST && set_has(l, t, import)
	    && !link_target(l, t, n, &found))
		link_report(l, n, (struct finding){import ? IMPORT_UNKNOWN : STACK_OUTPUT_UNKNOWN,
			.arg = {link_text(l, import ? n->first
			                            : node_get(n->first, l->w->output_name))}});
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		check_taken(l, t, child);
}

void link_exports(struct linkage *l)
{
	for (size_t i = 0; i < l->template_count; i++) {
		const struct template *t = &l->templates[i];
		check_twice(l, t);
		for (const struct node *r = t->resource_list; l->own && r; r = r->next)
			if (link_properties(l, r))
				check_taken(l, t, link_properties(l, r));
	}
}

// The texts of the properties that together name a resource; empty when one is missing or is
// not known before the deployment.
static struct str unique_name(struct linkage *l, const struct node *r)
{
	const struct node *keys = node_get(facts_type(l->c, link_resource_type(l, r)), S("unique"));
	struct buf b = buf_new(l->c->arena, 1 << 16);
	for (const struct node *one = node_first(keys); one; one = one->next) {
		const struct node *v = node_get(link_properties(l, r), one->text);
		if (!v)
			return (struct str){0};
		put(&b, one == keys->first ? S("") : S(" "), link_text(l, v));
	}
	return buf_str(&b);
}

struct named { struct str type, name; const struct node *resource; const struct template *in; };

static bool collides(const struct named *a, const struct named *b)
{
	return a->name.len && str_eq(a->name, b->name) && str_eq(a->type, b->type);
}

static bool either_condition(const struct linkage *l, const struct named *a,
                             const struct named *b)
{
	struct str key = l->w->condition;
	return node_get(a->resource, key) || node_get(b->resource, key);
}

void link_collisions(struct linkage *l)
{
	enum { MAX = 2000 };                        // pairs are compared: a bound on the work
	struct named *list = make(l->c->arena, MAX, struct named);
	size_t count = 0;
	for (size_t i = 0; i < l->template_count; i++) {
		const struct node *r = l->templates[i].resource_list;
		for (; r && count < MAX; r = r->next) {
			struct named n = {link_resource_type(l, r), unique_name(l, r), r, &l->templates[i]};
			if (n.name.len)
				list[count++] = n;
		}
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (collides(&list[i], &list[j]) && !either_condition(l, &list[i], &list[j]))
				link_report_at(l, list[i].resource->key_at, (struct finding){NAME_COLLIDES,
					.arg = {list[i].resource->key, list[j].resource->key, list[i].name},
					.also = list[j].resource->key_at, .also_label = S("has it too")});
}
