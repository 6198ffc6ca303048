// losses: what stands in the old templates and not in what the spec makes. A resource, an output or
// a property of the user's own is kept with a patch; where the blueprint has another value than the
// template, it is named, and amic diff shows the rest.
#include "init/parts.h"

struct losing {
	const struct initer *in;
	const struct origin_template *t;
	const struct node *old, *new;
	struct node *edits;
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
	for (size_t i = 0; done && i < all.count; i++)
		done = !all.list[i].is_template || template_read(c, all.list[i].file, &all.list[i].tree);
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

static bool holds(const struct node *n, struct str name, struct str reference)
{
	size_t off;
	if (n->kind == TEXT)
		return str_eq(n->text, name)
		    || (n->text.len >= reference.len && str_find(n->text, reference, &off));
	for (const struct node *child = n->first; child; child = child->next)
		if (holds(child, name, reference))
			return true;
	return false;
}

static bool names(const struct node *n, struct str name, struct arena scratch)
{
	return holds(n, name, cat(&scratch, S("${"), name, S("}")));
}

static void keep_member(struct losing *k, struct str section, const struct node *n)
{
	struct arena *a = k->in->c->arena;
	keep(k, cat(a, S("/"), escaped(a, section), S("/"), escaped(a, n->key)), n);
}

// Resources and outputs are kept; conditions, parameters and the like when something kept uses
// them.
static void keep_members(struct losing *k, const struct node *old, const struct node *new,
                         bool only_used)
{
	for (const struct node *n = old->first; n; n = n->next)
		if (!node_get(new, n->key) && (!only_used || names(k->edits, n->key, *k->in->c->arena)))
			keep_member(k, old->key, n);
}

static void name_lost_parameters(struct losing *k)
{
	const struct node *old = node_get(k->old, k->in->w->parameters);
	const struct node *new = node_get(k->new, k->in->w->parameters);
	for (const struct node *n = old ? old->first : NULL; n; n = n->next)
		if (!node_get(new, n->key) && !names(k->edits, n->key, *k->in->c->arena))
			diag_report(k->in->c->diag, (struct finding){INIT_PARAMETER, .at = n->key_at,
				.arg = {n->key}});
}

// ---- resources that both have

static bool is_superseded(struct losing *k, struct str type, struct str property)
{
	const json_t *list = json_object_get(json_object_get(k->in->facts, "superseded"),
	                                     str_z(k->in->c->diag->arena, type));
	size_t i;
	json_t *one;
	json_array_foreach(list, i, one)
		if (str_eq(str_from(json_string_value(one)), property))
			return true;
	return false;
}

static void differs(struct losing *k, struct str id, const struct node *n)
{
	diag_report(k->in->c->diag, (struct finding){INIT_DIFFERS, .at = n->key_at,
		.arg = {id, n->key}});
}

static void compare_members(struct losing *k, struct str id, struct str type, struct str path,
                            const struct node *old, const struct node *new)
{
	struct arena *a = k->in->c->arena;
	for (const struct node *n = old ? old->first : NULL; n; n = n->next) {
		const struct node *is = node_get(new, n->key);
		bool empty = n->kind != TEXT && !n->count;
		if (str_eq(n->key, k->in->w->properties) || (!is && empty))
			continue;
		if (!is && !is_superseded(k, type, n->key))
			keep(k, cat(a, path, S("/"), escaped(a, n->key)), n);
		else if (!is || !node_equal(n, is, *a))
			differs(k, id, n);
	}
}

static void compare_resource(struct losing *k, const struct node *old, const struct node *new)
{
	struct arena *a = k->in->c->arena;
	struct str properties = k->in->w->properties;
	const struct node *type = node_get(old, k->in->w->type);
	struct str path = cat(a, S("/"), k->in->w->resources, S("/"), escaped(a, old->key));
	if (old->kind != MAP)
		return;
	compare_members(k, old->key, type ? type->text : S(""), path, old, new);
	if (node_get(old, properties) && node_get(new, properties))
		compare_members(k, old->key, type ? type->text : S(""), cat(a, path, S("/"), properties),
		                node_get(old, properties), node_get(new, properties));
}

static void compare_resources(struct losing *k)
{
	const struct node *old = node_get(k->old, k->in->w->resources);
	const struct node *new = node_get(k->new, k->in->w->resources);
	for (const struct node *n = old ? old->first : NULL; n; n = n->next)
		if (node_get(new, n->key))
			compare_resource(k, n, node_get(new, n->key));
	if (old)
		keep_members(k, old, new, false);
}

// ---- sections

static bool is_one_of(struct str s, const struct str *list, size_t count)
{
	size_t i = 0;
	while (i < count && !str_eq(list[i], s))
		i++;
	return i < count;
}

static bool names_any(struct losing *k, const struct node *section)
{
	for (const struct node *n = section->first; n; n = n->next)
		if (names(k->edits, n->key, *k->in->c->arena))
			return true;
	return false;
}

static void compare_sections(struct losing *k)
{
	const struct words *w = k->in->w;
	const struct str used[] = {w->conditions, w->mappings, w->parameters};
	const struct node *outputs = node_get(k->old, w->outputs);
	compare_resources(k);
	if (outputs)
		keep_members(k, outputs, node_get(k->new, w->outputs), false);
	for (size_t i = 0; i < countof(used); i++) {
		const struct node *old = node_get(k->old, used[i]), *new = node_get(k->new, used[i]);
		if (old && new)
			keep_members(k, old, new, true);
		else if (old && names_any(k, old))
			keep(k, cat(k->in->c->arena, S("/"), used[i]), old);
	}
	name_lost_parameters(k);
	for (const struct node *n = k->old->first; n; n = n->next)
		if (!node_get(k->new, n->key) && !is_one_of(n->key, used, countof(used)))
			keep(k, cat(k->in->c->arena, S("/"), escaped(k->in->c->arena, n->key)), n);
}

void add_losses(const struct initer *in, const struct origin_set *set,
                const struct artifacts *made, struct node *spec)
{
	struct arena *a = in->c->arena;
	struct node *patch = node_new(a, MAP, (struct span){0});
	for (size_t i = 0; i < set->count; i++) {
		const struct origin_template *t = &set->list[i];
		struct losing k = {in, t, t->from->tree, counterpart(made, t),
		                   node_new(a, LIST, (struct span){0})};
		if (!k.new)
			continue;
		compare_sections(&k);
		k.edits->key = str_eq(t->part, S("pipeline")) ? t->key : t->part;
		if (k.edits->count)
			node_append(patch, k.edits);
	}
	patch->key = S("patch");
	if (patch->count)
		node_append(spec, patch);
}
