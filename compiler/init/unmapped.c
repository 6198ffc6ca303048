// losses: what stands in the old templates and not in what the spec makes. A resource, an output or
// a property of the user's own is kept with a patch; where the blueprint has another value than the
// template, it is named, and amic diff shows the rest.
#include "init/internal.h"
#include "diff/diff.h"
#include "link/link.h"

// A section that is kept as far as something kept uses it.
struct kept_section {
	const struct node *old, *new;
	struct names names;           // of `old`
	bool *kept;                   // per slot of `names`
	bool there;                   // in the new template: from the first edit on, if not before
};
enum { USED_SECTIONS = 3 };       // conditions, mappings, parameters
struct losing {
	const struct initer *in;
	const struct origin_template *t;
	const struct node *old, *new; // as they are written
	const struct node *old_plain, *new_plain;     // with parameters at their defaults
	struct node *edits;
	struct kept_section used[USED_SECTIONS];
};

// ---- what a spec makes, without files

// Notes are for the file that the user saves, not for the text in memory.
static void forget_notes(struct diag *d, size_t before)
{
	size_t kept = before;
	for (size_t i = before; i < d->len; i++)
		if (rules[d->list[i].rule].severity == ERROR)
			d->list[kept++] = d->list[i];
	d->len = kept;
}

bool made_of(const struct initer *in, struct str text, struct artifacts *out)
{
	struct context *c = in->c;
	struct spec s = {0};
	struct artifacts all = {0};
	size_t before = c->diag->len;
	u32 file = sources_add(&c->diag->sources, S("(the new spec)"), text);
	bool done = spec_read_source(c, in->l, file, &s) && check_spec(c, &s) && bind_spec(c, &s)
	         && expand_spec(c, &s, &all) && patch_artifacts(c, &s, &all)
	         && emit_artifacts(c, &all);
	for (size_t i = 0; done && i < all.count; i++) {
		struct artifact *a = &all.list[i];
		done = !a->is_template
		    || template_read(c, sources_add(&c->diag->sources, a->name, a->text), &a->tree);
	}
	forget_notes(c->diag, before);
	if (done)
		*out = all;
	return done;
}

static const struct node *counterpart(const struct artifacts *made, const struct origin_template *t)
{
	struct str scope = str_eq(t->part, S("pipeline")) ? t->key : t->part;
	for (size_t i = 0; i < made->count; i++)
		if (made->list[i].is_template && str_eq(made->list[i].scope, scope))
			return made->list[i].tree;
	return NULL;
}

// ---- patches

static struct str escaped(struct arena *a, struct str name)
{
	struct buf out = buf_new(a, 2 * name.len + 1);
	for (size_t i = 0; i < name.len; i++) {
		struct str one = {name.at + i, 1};
		put(&out, str_eq(one, S("~")) ? S("~0") : str_eq(one, S("/")) ? S("~1") : one);
	}
	return buf_str(&out);
}

static void keep(struct losing *k, struct str path, const struct node *value)
{
	struct arena *a = k->in->c->arena;
	struct node *edit = node_new(a, MAP, value->key_at), *to = node_copy(a, value);
	struct node *set = node_text(a, path, false, value->key_at);
	set->key = S("set");
	to->key = S("to");
	node_append(edit, set);
	node_append(edit, to);
	node_append(k->edits, edit);
	diag_report(k->in->c->diag, (struct finding){INIT_KEPT, .at = value->key_at, .arg = {path}});
}

static void keep_member(struct losing *k, struct str section, const struct node *n)
{
	struct arena *a = k->in->c->arena;
	keep(k, cat(a, S("/"), escaped(a, section), S("/"), escaped(a, n->key)), n);
}

static void keep_members(struct losing *k, const struct node *old, const struct node *new)
{
	for (const struct node *n = old->first; n; n = n->next)
		if (!node_get(new, n->key))
			keep_member(k, old->key, n);
}

// ---- what is kept because something kept uses it

// In a section that the new template lacks.
static void keep_first_member(struct losing *k, const struct node *section, const struct node *n)
{
	struct arena *a = k->in->c->arena;
	struct node *map = node_new(a, MAP, section->at), *member = node_copy(a, n);
	member->key = n->key;
	map->key_at = n->key_at;
	node_append(map, member);
	keep(k, cat(a, S("/"), section->key), map);
}

static void use_in(struct losing *k, struct kept_section *s, struct str name)
{
	size_t slot = names_slot(&s->names, name);
	if (slot == s->names.cap || s->kept[slot] || node_get(s->new, name))
		return;
	s->kept[slot] = true;
	if (s->there)
		keep_member(k, s->old->key, s->names.slots[slot]);
	else
		keep_first_member(k, s->old, s->names.slots[slot]);
	s->there = true;
}

static void use(struct losing *k, struct str name)
{
	for (size_t i = 0; i < USED_SECTIONS; i++)
		use_in(k, &k->used[i], name);
}

// Whatever may be a name: a text as a whole, and each ${name} in it.
static void use_all(struct losing *k, const struct node *n)
{
	struct sub_scan scan = {n->text};
	struct str name, head;
	if (n->kind == TEXT)
		use(k, n->text);
	while (n->kind == TEXT && sub_next(&scan, &name)) {
		(void)str_cut(name, '.', &head);
		use(k, head);
	}
	for (const struct node *child = n->first; child; child = child->next)
		use_all(k, child);
}

static void open_section(struct losing *k, size_t i, struct str name)
{
	struct arena *a = k->in->c->arena;
	struct kept_section *s = &k->used[i];
	*s = (struct kept_section){.old = node_get(k->old, name), .new = node_get(k->new, name)};
	s->there = s->new != NULL;
	s->names = names_of(a, s->old);
	s->kept = make(a, s->names.cap, bool);
}

// Edits are added behind the one that is looked at: one pass finds what these use, too.
static void keep_used(struct losing *k)
{
	for (const struct node *edit = k->edits->first; edit; edit = edit->next)
		use_all(k, edit->last);
}

static void name_lost_parameters(struct losing *k)
{
	const struct kept_section *s = &k->used[USED_SECTIONS - 1];
	for (const struct node *n = s->old ? s->old->first : NULL; n; n = n->next)
		if (!node_get(s->new, n->key) && !s->kept[names_slot(&s->names, n->key)])
			diag_report(k->in->c->diag, (struct finding){INIT_PARAMETER, .at = n->key_at,
				.arg = {n->key}});
}

// ---- resources that both have

static bool is_superseded(struct losing *k, struct str type, struct str property)
{
	const struct node *list = node_get(node_get(k->in->facts, S("superseded")), type);
	for (const struct node *one = node_first(list); one; one = one->next)
		if (str_eq(one->text, property))
			return true;
	return false;
}

static void differs(struct losing *k, struct str id, const struct node *n)
{
	diag_report(k->in->c->diag, (struct finding){INIT_DIFFERS, .at = n->key_at,
		.arg = {id, n->key}});
}

// Two are the same when they are so with every parameter at its default.
struct pair { struct str id, type, path; const struct node *old, *new, *old_plain, *new_plain; };

static void compare_members(struct losing *k, const struct pair *p)
{
	struct arena *a = k->in->c->arena;
	for (const struct node *n = p->old ? p->old->first : NULL; n; n = n->next) {
		const struct node *is = node_get(p->new, n->key);
		const struct node *x = node_get(p->old_plain, n->key), *y = node_get(p->new_plain, n->key);
		bool empty = n->kind != TEXT && !n->count;
		bool same = x && y && node_equal(x, y, *a);
		if (str_eq(n->key, k->in->w->properties) || (!is && empty) || same)
			continue;
		if (!is && !is_superseded(k, p->type, n->key))
			keep(k, cat(a, p->path, S("/"), escaped(a, n->key)), n);
		else if (!is || !node_equal(n, is, *a))
			differs(k, p->id, n);
	}
}

static void compare_resource(struct losing *k, const struct node *old, const struct node *new)
{
	const struct words *w = k->in->w;
	const struct node *type = node_get(old, w->type);
	struct arena *a = k->in->c->arena;
	struct pair p = {old->key, type ? type->text : S(""),
		cat(a, S("/"), w->resources, S("/"), escaped(a, old->key)), old, new,
		node_get(node_get(k->old_plain, w->resources), old->key),
		node_get(node_get(k->new_plain, w->resources), old->key)};
	if (old->kind != MAP)
		return;
	compare_members(k, &p);
	struct pair inner = {p.id, p.type, cat(a, p.path, S("/"), w->properties),
		node_get(old, w->properties), node_get(new, w->properties),
		node_get(p.old_plain, w->properties), node_get(p.new_plain, w->properties)};
	if (inner.old && inner.new)
		compare_members(k, &inner);
}

static void compare_resources(struct losing *k)
{
	const struct node *old = node_get(k->old, k->in->w->resources);
	const struct node *new = node_get(k->new, k->in->w->resources);
	for (const struct node *n = old ? old->first : NULL; n; n = n->next)
		if (node_get(new, n->key))
			compare_resource(k, n, node_get(new, n->key));
	if (old)
		keep_members(k, old, new);
}

// ---- sections

static bool is_one_of(struct str s, const struct str *list, size_t count)
{
	size_t i = 0;
	while (i < count && !str_eq(list[i], s))
		i++;
	return i < count;
}

static void compare_sections(struct losing *k)
{
	const struct words *w = k->in->w;
	const struct str used[USED_SECTIONS] = {w->conditions, w->mappings, w->parameters};
	const struct node *outputs = node_get(k->old, w->outputs);
	for (size_t i = 0; i < USED_SECTIONS; i++)
		open_section(k, i, used[i]);
	compare_resources(k);
	if (outputs)
		keep_members(k, outputs, node_get(k->new, w->outputs));
	for (const struct node *n = k->old->first; n; n = n->next)
		if (!node_get(k->new, n->key) && !is_one_of(n->key, used, countof(used)))
			keep(k, cat(k->in->c->arena, S("/"), escaped(k->in->c->arena, n->key)), n);
	keep_used(k);
	name_lost_parameters(k);
}

void add_losses(const struct initer *in, const struct origin_set *set,
                const struct artifacts *made, struct node *spec)
{
	struct arena *a = in->c->arena;
	struct node *patch = node_new(a, MAP, (struct span){0});
	for (size_t i = 0; i < set->count; i++) {
		const struct origin_template *t = &set->list[i];
		struct losing k = {.in = in, .t = t, .old = t->from->tree, .new = counterpart(made, t),
		                   .edits = node_new(a, LIST, (struct span){0})};
		if (!k.new)
			continue;
		k.old_plain = simplify_template(in->c, in->w, k.old);
		k.new_plain = simplify_template(in->c, in->w, k.new);
		compare_sections(&k);
		k.edits->key = str_eq(t->part, S("pipeline")) ? t->key : t->part;
		if (k.edits->count)
			node_append(patch, k.edits);
	}
	patch->key = S("patch");
	if (patch->count)
		node_append(spec, patch);
}
