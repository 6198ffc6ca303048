// shapes: what a setting says, as the place in the template wants it. `!set:s build.timeout` is
// a number of seconds, `!set:pairs tags` a list of {Key, Value}.
// cycle: holes.c: an open value becomes a reference, which is a hole's.
#include "blueprint/internal.h"
#include <openssl/evp.h>

static struct node *misfit(struct expander *x, const struct node *n, struct str shape)
{
	struct str value = n->kind == TEXT ? n->text : n->kind == LIST ? S("a list") : S("a mapping");
	x->failed = true;
	diag_report(x->c->diag, (struct finding){HOLE_SHAPE, n->at, .arg = {
		value, shape.len ? shape : S("text"), value}});
	return NULL;
}

static struct node *made_text(struct expander *x, const struct node *at, struct str text,
                              bool plain)
{
	return node_text(x->c->arena, text, plain, at->at);
}

// ---- as it is

// References begin with these in templates and in documents; a spec may not hold them.
static bool is_only_text(struct expander *x, const struct node *n)
{
	static const struct str syntax[] = {STR("${"), STR("{{")};
	size_t off;
	for (size_t i = 0; i < countof(syntax); i++) {
		if (!str_find(n->text, syntax[i], &off))
			continue;
		x->failed = true;
		return diag_report(x->c->diag, (struct finding){TEXT_IS_SYNTAX, n->at,
			.arg = {syntax[i], n->text}});
	}
	return true;
}

static struct node *copy_text(struct expander *x, const struct node *at, const struct node *n)
{
	struct node *copy = node_new(x->c->arena, n->kind, at->at);
	copy->cause = n->at;
	copy->key = n->key;
	copy->key_at = n->key_at;
	copy->text = n->text;
	if (n->kind == TEXT)
		return is_only_text(x, n) ? copy : NULL;
	if (function_of(x->functions, n)) {
		x->failed = true;
		diag_report(x->c->diag, (struct finding){MAP_IS_CALL, n->first->key_at,
			.arg = {n->first->key}});
		return NULL;
	}
	for (const struct node *child = n->first; child; child = child->next) {
		struct node *made = copy_text(x, at, child);
		if (!made)
			return NULL;
		node_append(copy, made);
	}
	return copy;
}

static bool is_typed(const struct setting *of)
{
	struct str type = of ? node_str(of->schema, S("type")) : S("");
	return str_eq(type, S("integer")) || str_eq(type, S("number")) || str_eq(type, S("boolean"));
}

static struct node *shape_plain(struct expander *x, const struct node *at, const struct node *n,
                                struct str shape)
{
	(void)shape;
	return n->kind == TEXT ? made_text(x, at, n->text, true) : misfit(x, n, S("a number"));
}

static struct node *shape_text(struct expander *x, const struct node *at, const struct node *n,
                               struct str shape)
{
	return n->kind == TEXT ? copy_text(x, at, n) : misfit(x, n, shape);
}

// ---- numbers with units

static bool in_unit(struct str text, struct str unit, u64 *out)
{
	static const struct { struct str unit; u64 seconds; } times[] = {
		{STR("s"), 1}, {STR("min"), 60}, {STR("h"), 3600}, {STR("d"), 86400},
	};
	u64 amount;
	for (size_t i = 0; i < countof(times); i++) {
		if (!str_eq(unit, times[i].unit) || !duration_seconds(text, &amount))
			continue;
		*out = amount / times[i].seconds;
		return amount % times[i].seconds == 0;
	}
	u64 mib = str_eq(unit, S("MiB")) ? 1 : str_eq(unit, S("GiB")) ? 1024 : 0;
	if (mib == 0 || !size_mib(text, &amount))
		return false;
	*out = amount / mib;
	return amount % mib == 0;
}

// "s-300.text": unit, what is taken off, and whether it is written as text.
static struct node *shape_unit(struct expander *x, const struct node *at, const struct node *n,
                               struct str shape)
{
	struct str unit, less, form = str_cut(shape, '.', &unit);
	u64 amount, taken = 0;
	less = str_cut(unit, '-', &unit);
	bool fits = n->kind == TEXT && in_unit(n->text, unit, &amount)
	         && (less.len == 0 || str_u64(less, &taken)) && taken <= amount;
	if (!fits)
		return misfit(x, n, shape);
	return made_text(x, at, str_number(x->c->arena, amount - taken), !str_eq(form, S("text")));
}

// ---- lists and maps

static struct node *join_list(struct expander *x, const struct node *at, const struct node *n,
                              struct str between)
{
	struct buf out = buf_new(x->c->arena, DOCUMENT_MAX);
	if (n->kind == TEXT)
		return copy_text(x, at, n);
	for (const struct node *child = n->first; child; child = child->next) {
		if (child->kind != TEXT || !is_only_text(x, child))
			return x->failed ? NULL : misfit(x, child, S("one word"));
		put(&out, child == n->first ? S("") : between, child->text);
	}
	return made_text(x, at, buf_str(&out), false);
}

static struct node *shape_words(struct expander *x, const struct node *at, const struct node *n,
                                struct str shape)
{
	(void)shape;
	return join_list(x, at, n, S(" "));
}

static struct node *shape_csv(struct expander *x, const struct node *at, const struct node *n,
                              struct str shape)
{
	(void)shape;
	return join_list(x, at, n, S(","));
}

static struct node *shape_list(struct expander *x, const struct node *at, const struct node *n,
                               struct str shape)
{
	(void)shape;
	if (n->kind == LIST)
		return copy_text(x, at, n);
	struct node *list = node_new(x->c->arena, LIST, at->at), *one = copy_text(x, at, n);
	if (one)
		node_append(list, one);
	return one ? list : NULL;
}

static struct node *shape_map(struct expander *x, const struct node *at, const struct node *n,
                              struct str shape)
{
	return n->kind == MAP ? copy_text(x, at, n) : misfit(x, n, shape);
}

static struct node *pair_of(struct expander *x, const struct node *at, const struct node *n)
{
	struct node *pair = node_new(x->c->arena, MAP, at->at), *value = copy_text(x, at, n);
	struct node *key = text_at(x, n->key, at);
	if (!value)
		return NULL;
	pair->cause = key->cause = n->key_at;
	key->key = x->w->pair_key;
	value->key = x->w->pair_value;
	node_append(pair, key);
	node_append(pair, value);
	return pair;
}

static struct node *shape_pairs(struct expander *x, const struct node *at, const struct node *n,
                                struct str shape)
{
	if (n->kind != MAP)
		return misfit(x, n, shape);
	struct node *list = node_new(x->c->arena, LIST, at->at);
	list->block = true;
	for (const struct node *child = n->first; child; child = child->next) {
		struct node *pair = pair_of(x, at, child);
		if (!pair)
			return NULL;
		node_append(list, pair);
	}
	return list;
}

// ---- versions and bytes

static struct node *shape_semver(struct expander *x, const struct node *at, const struct node *n,
                                 struct str shape)
{
	struct str major;
	if (n->kind != TEXT)
		return misfit(x, n, shape);
	(void)str_cut(n->text, '.', &major);
	struct str text = str_eq(shape, S("semver"))  ? cat(x->c->arena, n->text, S(".0"))
	                : str_eq(shape, S("rolling")) ? cat(x->c->arena, n->text, S(".x"))
	                : cat(x->c->arena, major, S(".x.x"));
	return made_text(x, at, text, false);
}

// A map goes as its JSON.
static struct node *shape_base64(struct expander *x, const struct node *at, const struct node *n,
                                 struct str shape)
{
	const struct node *map = n->kind == MAP ? copy_text(x, at, n) : NULL;
	struct str bytes = map ? node_canonical(x->c->arena, map) : n->text;
	if ((n->kind != TEXT && !map) || bytes.len > DOCUMENT_MAX)
		return x->failed ? NULL : misfit(x, n, shape);
	u8 *text = make(x->c->arena, 4 * ((bytes.len + 2) / 3) + 1, u8);
	int len = EVP_EncodeBlock(text, bytes.at, (int)bytes.len);
	return made_text(x, at, (struct str){text, (size_t)len}, false);
}

static const struct shape {
	struct str word;
	struct node *(*make_node)(struct expander *x, const struct node *at, const struct node *n,
	                          struct str shape);
} shapes[] = {
	{STR("s"), shape_unit},        {STR("min"), shape_unit},      {STR("h"), shape_unit},
	{STR("d"), shape_unit},        {STR("GiB"), shape_unit},      {STR("MiB"), shape_unit},
	{STR("words"), shape_words},   {STR("csv"), shape_csv},       {STR("list"), shape_list},
	{STR("pairs"), shape_pairs},   {STR("map"), shape_map},       {STR("semver"), shape_semver},
	{STR("major"), shape_semver},  {STR("rolling"), shape_semver}, {STR("base64"), shape_base64},
	{STR("bool"), shape_plain},    {STR("int"), shape_plain},     {STR("text"), shape_text},
};

static const struct shape *shape_named(struct str shape)
{
	struct str word;
	(void)str_cut(shape, '.', &word);
	(void)str_cut(word, '-', &word);
	for (size_t i = 0; i < countof(shapes); i++)
		if (str_eq(shapes[i].word, word))
			return &shapes[i];
	return NULL;
}

// ---- tables of the language's schema: "keep" is written "RetainExceptOnCreate"

static struct node *from_table(struct expander *x, const struct node *at,
                               const struct setting *of, const struct node *n, struct str shape)
{
	const struct node *tables = of ? node_get(of->amic, S("shapes")) : NULL;
	const struct node *table = node_get(tables, shape);
	const struct node *word = node_get(table, n->text);
	if (!table) {
		hole_wrong(x, at, S("asks for a shape that the setting does not have"));
		return NULL;
	}
	return word ? made_text(x, at, word->text, word->plain) : misfit(x, n, shape);
}

struct node *shape_node(struct expander *x, const struct node *at, const struct setting *of,
                        const struct node *n, struct str shape)
{
	bool own = shape.len == 0 || str_eq(shape, S("bare"));
	struct str word = own && of ? node_str(of->amic, S("shape")) : shape;
	const struct shape *known = shape_named(word);
	if (known)
		return known->make_node(x, at, n, word);
	if (word.len && !str_eq(word, S("bare")))
		return from_table(x, at, of, n, word);
	struct node *copy = copy_text(x, at, n);
	if (copy)
		copy->plain = is_typed(of);
	return copy;
}

// ---- open settings

// M.N of the parameter's M.N.P, and what follows it.
static struct node *parameter_version(struct expander *x, const struct value *v,
                                      const struct node *at, size_t numbers, struct str rest)
{
	static const struct str index[] = {STR("0"), STR("1")};
	struct arena *a = x->c->arena;
	struct node *parts = node_new(a, LIST, at->at), *join = node_new(a, LIST, at->at);
	for (size_t i = 0; i < numbers; i++) {
		struct node *split = node_new(a, LIST, at->at), *select = node_new(a, LIST, at->at);
		node_append(split, text_at(x, S("."), at));
		node_append(split, ref_to(x, v, at));
		node_append(select, node_text(a, index[i], true, at->at));
		node_append(select, function_call(a, x->w->split, split));
		node_append(parts, function_call(a, x->w->select, select));
	}
	node_append(parts, text_at(x, rest, at));
	node_append(join, text_at(x, S("."), at));
	node_append(join, parts);
	return function_call(a, x->w->join, join);
}

static struct node *open_value(struct expander *x, const struct node *at, const struct value *v,
                               struct str shape)
{
	if (str_eq(shape, S("rolling")))
		return parameter_version(x, v, at, 2, S("x"));
	if (str_eq(shape, S("major")))
		return parameter_version(x, v, at, 1, S("x.x"));
	if (str_eq(shape, S("base64")) && !hole_needs_literal(x, at, v))
		return NULL;
	struct node *ref = ref_to(x, v, at);
	if (str_eq(shape, S("list"))) {
		struct node *list = node_new(x->c->arena, LIST, at->at);
		node_append(list, ref);
		ref = list;
	}
	if (!v->of->optional || str_eq(shape, S("bare")))
		return ref;
	return choose(x, v, ref, ref_nothing(x, at));
}

struct node *shape_value(struct expander *x, const struct node *at, const struct value *v,
                         struct str shape)
{
	enum binding bound = value_binding(x, v);
	if (bound == ABSENT)
		return NULL;
	if (bound == OPEN)
		return open_value(x, at, v, shape);
	struct node *made = shape_node(x, at, v->of, v->node, shape);
	if (made)
		made->cause = value_cause(v);
	return made;
}
