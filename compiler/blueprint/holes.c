// holes: a tree of the blueprint with its holes filled from a scope. A node vanishes when its
// setting is absent, and so does a collection that holes have emptied; all else is copied. No
// hole reads what another one made, so the work is that of the template times its longest list.
// cycle: digest.c, documents.c, script.c, sections.c, shapes.c: a hole holds nodes, which
// hold holes again.
#include "blueprint/internal.h"

// ---- values

bool hole_wrong(struct expander *x, const struct node *n, struct str what)
{
	struct str name = n->tag.len ? n->tag : n->text;
	x->failed = true;
	return diag_report(x->c->diag, (struct finding){HOLE_WRONG, n->at, .arg = {name, what}});
}

const struct value *hole_value(struct expander *x, const struct node *n, struct str path)
{
	const struct value *v = scope_find(x->scope, path);
	if (v)
		return v;
	struct str *names = make(x->c->arena, x->scope->count, struct str);
	for (size_t i = 0; i < x->scope->count; i++)
		names[i] = x->scope->values[i].path;
	x->failed = true;
	diag_report(x->c->diag, (struct finding){HOLE_PATH, n->at,
		.arg = {path, str_nearest(path, names, x->scope->count)}});
	return NULL;
}

enum binding value_binding(const struct expander *x, const struct value *v)
{
	if (v->binding == OPEN && (x->alone || x->quiet))
		return v->node ? LITERAL : ABSENT;
	return v->binding;
}

bool hole_needs_literal(struct expander *x, const struct node *n, const struct value *v)
{
	if (value_binding(x, v) != OPEN)
		return true;
	x->failed = true;
	return diag_report(x->c->diag, (struct finding){HOLE_OPEN, n->at, .arg = {v->path}});
}

struct span value_cause(const struct value *v)
{
	return v->node && v->from_spec ? v->node->at : (struct span){0};
}

struct node *text_at(struct expander *x, struct str text, const struct node *at)
{
	return node_text(x->c->arena, text, false, at->at);
}

static void mark(const struct expander *x, bool *list, const struct value *v)
{
	if (!x->quiet)
		list[v - x->scope->values] = true;
}

struct node *ref_to(struct expander *x, const struct value *v, const struct node *at)
{
	mark(x, x->used, v);
	struct node *name = text_at(x, v->of->parameter, at);
	name->cause = value_cause(v);
	return function_call(x->c->arena, x->w->ref, name);
}

struct node *ref_nothing(struct expander *x, const struct node *at)
{
	return function_call(x->c->arena, x->w->ref, text_at(x, x->w->nothing, at));
}

bool is_nothing(const struct expander *x, const struct node *n)
{
	return words_is_call(n, x->w->ref) && str_eq(n->first->text, x->w->nothing);
}

struct node *choose(struct expander *x, const struct value *v, struct node *yes, struct node *no)
{
	struct node *list = node_new(x->c->arena, LIST, yes->at);
	mark(x, x->asked, v);
	mark(x, x->used, v);
	list->cause = value_cause(v);
	node_append(list, node_text(x->c->arena, condition_name(x, v), false, yes->at));
	yes->key = no->key = (struct str){0};
	node_append(list, yes);
	node_append(list, no);
	return function_call(x->c->arena, x->w->choose, list);
}

// ---- copies

// What only YAML 1.1 would type is text, so that nothing depends on who reads the template.
static struct node *copy_shell(struct expander *x, const struct node *n)
{
	struct node *copy = node_new(x->c->arena, n->kind, n->at);
	copy->block = n->kind != TEXT && n->block;
	copy->plain = n->plain && !n->block && scalar_is_data(n->text);
	copy->text = n->text;
	return copy;
}

static bool is_each(const struct node *n) { return str_starts(n->tag, S("!each:")); }

static void append_named(struct node *to, struct node *made, const struct node *like)
{
	if (!made)
		return;
	made->key = like->key;
	made->key_at = like->key_at;
	node_append(to, made);
}

// The untagged rest of a node with a hole: the same node, without its tag.
static struct node untagged(const struct node *n)
{
	struct node bare = *n;
	bare.tag = (struct str){0};
	return bare;
}

static void expand_each(struct expander *x, struct node *to, const struct node *n)
{
	struct str path = {n->tag.at + 6, n->tag.len - 6};
	const struct value *v = hole_value(x, n, path);
	if (!v || !hole_needs_literal(x, n, v) || value_binding(x, v) == ABSENT)
		return;
	if (x->element || to->kind != LIST || v->node->kind != LIST) {
		hole_wrong(x, n, x->element ? S("stands in another one") : S("needs a list"));
		return;
	}
	struct node bare = untagged(n);
	for (const struct node *e = v->node->first; e; e = e->next) {
		x->element = e;
		struct node *made = expand_node(x, &bare);
		if (made) {
			made->cause = e->at;
			node_append(to, made);
		}
	}
	x->element = NULL;
}

static struct node *expand_plain(struct expander *x, const struct node *n)
{
	struct node *copy = copy_shell(x, n), *around = x->around;
	if (n->kind == TEXT)
		return copy;
	if (!around || str_eq(n->key, x->w->properties))
		x->around = copy;
	x->depth++;
	for (const struct node *child = n->first; child; child = child->next) {
		if (is_each(child))
			expand_each(x, copy, child);
		else
			append_named(copy, expand_node(x, child), child);
	}
	x->depth--;
	x->around = around;
	return copy->count || n->count == 0 ? copy : NULL;
}

// ---- the holes

static struct node *element_member(struct expander *x, const struct node *n, struct str path,
                                   struct str shape)
{
	struct str name = {path.at + 1, path.len - 1};
	if (!x->element) {
		hole_wrong(x, n, S("has no !each around it"));
		return NULL;
	}
	const struct node *member = name.len ? node_get(x->element, name) : x->element;
	struct node *made = member ? shape_node(x, n, NULL, member, shape) : NULL;
	if (made)
		made->cause = member->at;
	return made;
}

static struct node *hole_set(struct expander *x, const struct node *n, struct str shape)
{
	if (n->kind != TEXT || n->text.len == 0) {
		hole_wrong(x, n, S("needs the path of a setting"));
		return NULL;
	}
	if (n->text.at[0] == '.')
		return element_member(x, n, n->text, shape);
	const struct value *v = hole_value(x, n, n->text);
	return v ? shape_value(x, n, v, shape) : NULL;
}

static struct str key_suffix(struct expander *x)
{
	struct str key = x->scope->pipeline;
	bool main = key.len == 0 || str_eq(key, S("main"));
	return main ? S("") : cat(x->c->arena, S("-"), key);
}

static bool put_value(struct expander *x, const struct node *n, struct str path, struct buf *out,
                      bool *open)
{
	const struct value *v = hole_value(x, n, path);
	if (!v)
		return false;
	enum binding bound = value_binding(x, v);
	if (bound == OPEN) {
		*open = true;
		mark(x, x->used, v);
		put(out, S("${"), v->of->parameter, S("}"));
	} else if (bound == LITERAL) {
		buf_put(out, v->node->text);
	}
	return true;
}

// `$` is the name, `%` the pipeline's key, `@` its architecture; ${…} stays a reference.
static bool put_name(struct expander *x, const struct node *n, struct buf *out, size_t i,
                     bool *open)
{
	u8 c = n->text.at[i];
	bool reference = c == '$' && i + 1 < n->text.len && n->text.at[i + 1] == '{';
	*open |= reference;
	if (c == '$' && !reference)
		return put_value(x, n, S("name"), out, open);
	if (c == '@')
		return put_value(x, n, S("pipeline.arch"), out, open);
	if (c == '%')
		buf_put(out, key_suffix(x));
	else
		buf_byte(out, c);
	return true;
}

static struct node *hole_name(struct expander *x, const struct node *n, struct str arg)
{
	struct buf out = buf_new(x->c->arena, DOCUMENT_MAX);
	bool open = false;
	if (n->kind != TEXT || arg.len) {
		hole_wrong(x, n, S("needs text"));
		return NULL;
	}
	for (size_t i = 0; i < n->text.len; i++)
		if (!put_name(x, n, &out, i, &open))
			return NULL;
	struct str all = buf_str(&out), inner, brace;
	bool whole = open && str_sub(all, 2, all.len - 2, &inner) && str_starts(all, S("${"))
	          && str_cut(inner, '}', &brace).len == 0 && brace.len + 1 == inner.len;
	struct node *made = text_at(x, whole ? brace : all, n);
	const struct value *name = scope_find(x->scope, S("name"));
	made->cause = name ? value_cause(name) : (struct span){0};
	struct str function = whole ? x->w->ref : x->w->sub;
	return open ? function_call(x->c->arena, function, made) : made;
}

// ---- conditions

// A list has the value when it contains it.
static bool has_value(const struct node *n, struct str wanted)
{
	const struct node *child = n->kind == LIST ? n->first : NULL;
	if (n->kind == TEXT)
		return str_eq(n->text, wanted);
	while (child && !str_eq(child->text, wanted))
		child = child->next;
	return child;
}

// Whole resources and outputs are conditional by an attribute, all else by a function.
enum { ENTRY_DEPTH = 2 };

static struct node *conditional_entry(struct expander *x, const struct value *v,
                                      struct node *made)
{
	struct node *name = node_text(x->c->arena, condition_name(x, v), false, made->at);
	mark(x, x->asked, v);
	mark(x, x->used, v);
	name->key = x->w->condition;
	name->key_at = made->at;
	node_append(made, name);
	return made;
}

static struct node *keep_if_open(struct expander *x, const struct node *n, const struct value *v,
                                 bool wanted)
{
	struct node bare = untagged(n), *made = NULL;
	if (wanted || v->of->optional)
		made = expand_node(x, &bare);
	if (!made || !v->of->optional)
		return made;
	if (x->depth == ENTRY_DEPTH && made->kind == MAP && !x->alone && !x->inside && wanted)
		return conditional_entry(x, v, made);
	struct node *nothing = ref_nothing(x, n);
	return wanted ? choose(x, v, made, nothing) : choose(x, v, nothing, made);
}

static struct node *keep_if(struct expander *x, const struct node *n, struct str arg, bool wanted)
{
	struct str path, value = str_cut(arg, '=', &path);
	bool compares = path.len < arg.len;
	const struct value *v = hole_value(x, n, path);
	if (!v || (compares && !hole_needs_literal(x, n, v)))
		return NULL;
	enum binding bound = value_binding(x, v);
	if (bound == OPEN)
		return keep_if_open(x, n, v, wanted);
	bool has = bound == LITERAL && (!compares || has_value(v->node, value));
	struct node bare = untagged(n);
	struct node *made = has == wanted ? expand_node(x, &bare) : NULL;
	if (made && wanted && !made->cause.file)
		made->cause = value_cause(v);
	return made;
}

static struct node *hole_if(struct expander *x, const struct node *n, struct str arg)
{
	return keep_if(x, n, arg, true);
}

static struct node *hole_not(struct expander *x, const struct node *n, struct str arg)
{
	return keep_if(x, n, arg, false);
}

// The place in a conditional node where the rest of a !first goes.
static struct node *open_end(const struct expander *x, struct node *made)
{
	bool chosen = words_is_call(made, x->w->choose) && made->first->kind == LIST
	           && made->first->count == 3;
	return chosen && is_nothing(x, made->first->last) ? made->first->last : NULL;
}

static struct node *hole_first(struct expander *x, const struct node *n, struct str arg)
{
	struct node *result = NULL, *end = NULL;
	if (n->kind != LIST || arg.len) {
		hole_wrong(x, n, S("needs a list"));
		return NULL;
	}
	for (const struct node *child = n->first; child; child = child->next) {
		struct node *made = expand_node(x, child);
		if (!made)
			continue;
		struct node *next = open_end(x, made);
		if (!result)
			result = made;
		else
			*end = (struct node){.kind = made->kind, .plain = made->plain,
				.block = made->block, .text = made->text, .at = made->at,
				.cause = made->cause, .first = made->first, .last = made->last,
				.count = made->count};
		if (!next)
			return result;
		end = next;
	}
	return result;
}

// CloudFormation takes 2 to 10 conditions in one Or: of one it makes two, of more a tree.
enum { OR_MAX = 10 };

static struct node *or_of(struct expander *x, struct node *first, size_t count,
                          const struct node *at)
{
	struct node *list = node_new(x->c->arena, LIST, at->at), *next = first;
	size_t direct = count > OR_MAX ? OR_MAX - 1 : count;
	for (size_t i = 0; i < direct; i++) {
		struct node *one = next;
		next = next->next;
		node_append(list, one);
	}
	if (count > direct)
		node_append(list, or_of(x, next, count - direct, at));
	if (count == 1)
		node_append(list, node_copy(x->c->arena, list->first));
	return function_call(x->c->arena, x->w->or, list);
}

static struct node *hole_or(struct expander *x, const struct node *n, struct str arg)
{
	struct node bare = untagged(n), *made;
	if (n->kind != LIST || arg.len) {
		hole_wrong(x, n, S("needs a list"));
		return NULL;
	}
	made = expand_node(x, &bare);
	return made && made->count ? or_of(x, made->first, made->count, n) : NULL;
}

static void merge_entry(struct node *to, struct node *entry)
{
	struct node *old = to->kind == MAP ? node_get(to, entry->key) : NULL;
	if (!old) {
		node_append(to, entry);
		return;
	}
	struct node *next = old->next;
	*old = *entry;
	old->next = next;
}

static struct node *hole_merge(struct expander *x, const struct node *n, struct str arg)
{
	struct node *result = NULL;
	if (n->kind != LIST || arg.len) {
		hole_wrong(x, n, S("needs a list"));
		return NULL;
	}
	for (const struct node *child = n->first; child; child = child->next) {
		struct node *made = expand_node(x, child);
		if (!made)
			continue;
		result = result ? result : node_new(x->c->arena, made->kind, n->at);
		if (made->kind != result->kind || made->kind == TEXT) {
			hole_wrong(x, child, S("is of another kind than what it is merged with"));
			return NULL;
		}
		for (struct node *e = made->first, *next; e; e = next) {
			next = e->next;
			merge_entry(result, e);
		}
	}
	return result;
}

// ---- the table

static const struct hole {
	struct str word;
	struct node *(*expand)(struct expander *x, const struct node *n, struct str arg);
} holes[] = {
	{STR("!set"), hole_set},         {STR("!name"), hole_name},
	{STR("!if"), hole_if},           {STR("!not"), hole_not},
	{STR("!first"), hole_first},     {STR("!merge"), hole_merge},
	{STR("!include"), hole_include}, {STR("!embed"), hole_embed},
	{STR("!script"), hole_script},   {STR("!params"), hole_params},
	{STR("!digest"), hole_digest},   {STR("!conditions"), hole_conditions},
	{STR("!or"), hole_or},
};

static const struct hole *hole_named(struct str word)
{
	for (size_t i = 0; i < countof(holes); i++)
		if (str_eq(holes[i].word, word))
			return &holes[i];
	return NULL;
}

static struct node *unknown_hole(struct expander *x, const struct node *n, struct str word)
{
	struct str names[countof(holes)];
	for (size_t i = 0; i < countof(holes); i++)
		names[i] = holes[i].word;
	x->failed = true;
	diag_report(x->c->diag, (struct finding){HOLE_UNKNOWN, n->at,
		.arg = {n->tag, str_nearest(word, names, countof(names))}});
	return NULL;
}

struct node *expand_node(struct expander *x, const struct node *n)
{
	struct str word, arg = str_cut(n->tag, ':', &word);
	if (n->tag.len == 0)
		return expand_plain(x, n);
	const struct hole *hole = hole_named(word);
	if (hole)
		return hole->expand(x, n, arg);
	struct node bare = untagged(n), *made = expand_plain(x, &bare);
	if (!made)
		return NULL;
	made->tag = n->tag;
	return function_lengthen(x->c->arena, x->functions, made) ? made : unknown_hole(x, n, word);
}
