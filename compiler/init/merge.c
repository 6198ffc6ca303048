// merge: what several templates say, as one spec. What all pipelines share stands at the top,
// the rest under `pipelines`; a documented parameter that no template has is baked.
#include "init/internal.h"

struct merging {
	const struct initer *in;
	const struct origin_set *set;
	struct node *spec, *params, *bake;
};

static bool is_pipeline(const struct origin_template *t)
{
	return str_eq(t->part, S("pipeline"));
}

static struct node *group(struct arena *a, struct node *parent, struct str key)
{
	struct node *found = node_get(parent, key);
	if (!found) {
		found = node_new(a, MAP, (struct span){0});
		found->key = key;
		node_append(parent, found);
	}
	return found;
}

// Text that gets a member beside it becomes one itself: `recipe: X` is `recipe: { from: X }`.
static void make_whole(struct merging *m, struct node *text, struct str path)
{
	struct arena *a = m->in->c->arena;
	struct str member = node_str(node_get(m->in->facts, S("whole")), path);
	struct node *inner = node_text(a, text->text, text->plain, text->at);
	struct node *next = text->next;
	struct str key = text->key;
	inner->key = member;
	*text = (struct node){.kind = MAP, .key = key, .next = next, .at = text->at};
	node_append(text, inner);
}

static void put_at(struct merging *m, struct node *root, struct str path, const struct node *value)
{
	struct arena *a = m->in->c->arena;
	struct str left = path, part;
	struct node *at = root;
	for (left = str_cut(left, '.', &part); left.len; left = str_cut(left, '.', &part)) {
		at = group(a, at, part);
		if (at->kind == TEXT)
			make_whole(m, at, (struct str){path.at,
			           (size_t)(part.at + part.len - path.at)});
	}
	struct node *copy = node_copy(a, value);
	copy->key = part;
	node_append(at, copy);
}

static bool sees(const struct setting *of, const struct origin_template *t)
{
	return of->level == LEVEL_SPEC || (of->level == LEVEL_BASE) != is_pipeline(t);
}

static const struct node *any_value(struct merging *m, struct str path)
{
	const struct node *found = NULL;
	for (size_t i = 0; i < m->set->count && !found; i++)
		found = node_get(m->set->list[i].values, path);
	return found;
}

// The default, also one that depends on another setting.
static const struct node *default_node(struct merging *m, const struct setting *of)
{
	const struct node *defaults = node_get(of->amic, S("defaults"));
	const struct setting *by = language_find(m->in->l, node_str(defaults, S("by")));
	if (!by)
		return node_get(of->schema, S("default"));
	const struct node *n = any_value(m, by->path);
	struct str word = n ? n->text : node_str(by->schema, S("default"));
	return node_get(defaults, word);
}

static bool is_default(struct merging *m, const struct setting *of, const struct node *value)
{
	const struct node *is = default_node(m, of);
	const struct node *map = node_get(of->amic, S("default-map"));
	if (of->part || !value)
		return false;
	if (is)
		return is->kind == value->kind && (is->kind == TEXT ? str_eq(is->text, value->text)
		                                   : node_equal(is, value, *m->in->c->arena));
	for (const struct node *one = node_first(map); one; one = one->next)
		return value->kind == TEXT && str_eq(one->text, value->text);
	return false;
}

static const struct node *value_in(struct merging *m, const struct setting *of,
                                   const struct origin_template *t)
{
	const struct node *value = node_get(t->values, of->path);
	return is_default(m, of, value) ? NULL : value;
}

static bool is_same(struct merging *m, const struct node *a, const struct node *b)
{
	return a == b || (a && b && node_equal(a, b, *m->in->c->arena));
}

// ---- settings of the spec or of the base: the first template that has one

static void merge_common(struct merging *m, const struct setting *of)
{
	const struct node *first = NULL;
	for (size_t i = 0; i < m->set->count; i++) {
		const struct origin_template *t = &m->set->list[i];
		const struct node *value = sees(of, t) ? node_get(t->values, of->path) : NULL;
		if (first && value && !is_same(m, first, value))
			diag_report(m->in->c->diag, (struct finding){INIT_UNEQUAL, .at = value->at,
				.arg = {of->path, value->text, first->text}, .also = first->at,
				.also_label = S("this one is taken")});
		first = first ? first : value;
	}
	if (first && !is_default(m, of, first))
		put_at(m, m->spec, of->path, first);
}

// ---- settings of pipelines

static bool all_equal(struct merging *m, const struct setting *of, const struct node **out)
{
	bool any = false;
	*out = NULL;
	for (size_t i = 0; i < m->set->count; i++) {
		const struct origin_template *t = &m->set->list[i];
		if (!is_pipeline(t))
			continue;
		const struct node *value = value_in(m, of, t);
		if (any && !is_same(m, *out, value))
			return false;
		*out = value;
		any = true;
	}
	return any;
}

static struct node *own(struct merging *m, const struct origin_template *t)
{
	return group(m->in->c->arena, group(m->in->c->arena, m->spec, S("pipelines")), t->key);
}

// Those of the base hold for all; a pipeline says only what it adds.
static void merge_mapping(struct merging *m, const struct setting *of)
{
	const struct node *common = NULL;
	for (size_t i = 0; i < m->set->count; i++)
		if (!is_pipeline(&m->set->list[i]) && node_get(m->set->list[i].values, of->path))
			common = node_get(m->set->list[i].values, of->path);
	if (common && common->count)
		put_at(m, m->spec, of->path, common);
	for (size_t i = 0; i < m->set->count; i++) {
		const struct origin_template *t = &m->set->list[i];
		const struct node *value = is_pipeline(t) ? node_get(t->values, of->path) : NULL;
		struct node *more = node_new(m->in->c->arena, MAP, value ? value->at : (struct span){0});
		for (const struct node *n = value ? value->first : NULL; n; n = n->next) {
			const struct node *same = node_get(common, n->key);
			if (!same || !str_eq(same->text, n->text))
				node_append(more, node_copy(m->in->c->arena, n));
		}
		if (more->count)
			put_at(m, own(m, t), of->path, more);
	}
}

static void merge_pipelines(struct merging *m, const struct setting *of)
{
	const struct node *common;
	if (node_true(of->amic, S("merge"))) {
		merge_mapping(m, of);
		return;
	}
	if (all_equal(m, of, &common)) {
		if (common)
			put_at(m, m->spec, of->path, common);
		return;
	}
	for (size_t i = 0; i < m->set->count; i++) {
		const struct origin_template *t = &m->set->list[i];
		const struct node *value = is_pipeline(t) ? value_in(m, of, t) : NULL;
		if (value)
			put_at(m, own(m, t), of->path, value);
	}
}

// ---- what is asked for, and what is settled

static const struct node *open_in(struct merging *m, const struct setting *of)
{
	for (size_t i = 0; i < m->set->count; i++) {
		const struct node *open = node_get(m->set->list[i].open, of->path);
		if (open)
			return open;
	}
	return NULL;
}

static bool has_value(struct merging *m, const struct setting *of)
{
	for (size_t i = 0; i < m->set->count; i++)
		if (node_get(m->set->list[i].values, of->path))
			return true;
	return of->optional || node_get(of->schema, S("default"))
	    || node_get(of->amic, S("default-map"));
}

static void add_opening(struct merging *m, const struct setting *of)
{
	struct arena *a = m->in->c->arena;
	const struct node *open = of->parameter.len ? open_in(m, of) : NULL;
	if (open && of->open == OPEN_ON_REQUEST)
		node_append(m->params, node_text(a, of->path, false, open->at));
	if (open || of->open != OPEN_DOCUMENTED || of->part)
		return;
	if (has_value(m, of))
		node_append(m->bake, node_text(a, of->path, false, (struct span){0}));
	else
		diag_report(m->in->c->diag, (struct finding){INIT_ASKS,
			.at = m->set->list[0].from->tree->at, .arg = {of->path, of->parameter}});
}

static void put_list(struct merging *m, struct node *list, struct str name)
{
	if (list->count)
		put_at(m, m->spec, name, list);
}

static void name_pipelines(struct merging *m)
{
	size_t count = 0;
	bool other = false;
	struct str main = node_str(node_get(m->in->facts, S("names")), S("main"));
	for (size_t i = 0; i < m->set->count; i++) {
		count += is_pipeline(&m->set->list[i]);
		other |= is_pipeline(&m->set->list[i]) && !str_eq(m->set->list[i].key, main);
	}
	for (size_t i = 0; (count > 1 || other) && i < m->set->count; i++)
		if (is_pipeline(&m->set->list[i]))
			own(m, &m->set->list[i]);
}

struct node *merge_origins(const struct initer *in, const struct origin_set *set)
{
	struct arena *a = in->c->arena;
	struct span none = {0};
	struct merging m = {in, set, node_new(a, MAP, none), node_new(a, LIST, none),
	                    node_new(a, LIST, none)};
	const struct node *value = node_first(node_get(in->facts, S("first")));
	for (; value; value = value->next)
		put_at(&m, m.spec, value->key, node_text(a, value->text, true,
		                                            none));
	for (size_t i = 0; i < in->l->count; i++) {
		const struct setting *of = &in->l->list[i];
		if (of->level == LEVEL_PIPELINE)
			merge_pipelines(&m, of);
		else
			merge_common(&m, of);
		add_opening(&m, of);
	}
	name_pipelines(&m);
	put_list(&m, m.params, S("params"));
	put_list(&m, m.bake, S("bake"));
	return m.spec;
}
