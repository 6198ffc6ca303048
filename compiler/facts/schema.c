// schema: a tree against a JSON Schema, draft-07 as far as our schemas and those of the resource
// types use it: type enum const pattern, minimum maximum and their kin, required properties
// patternProperties additionalProperties propertyNames dependentRequired dependencies, items
// uniqueItems, allOf anyOf oneOf not if-then-else, and $ref to a place in the same file.
//
// One mistake is one fault: a value of the wrong type is not measured, a key that is close to a
// missing one is not missing, and of several forms the one that the value resembles complains.
#include "facts/facts.h"
#include <stdlib.h>

enum { REFERENCES_MAX = 32 };   // $ref to $ref to …: a schema that loops checks nothing more

struct step { const struct step *up; struct str key; size_t index; };
struct check {
	struct context *c;
	const struct node *root;
	const struct schema_reader *reader;
	struct arena *arena;          // scratch of this check
	bool quiet;                   // only the answer is wanted
	size_t references;
};

static bool walk(struct check *k, const struct node *schema, const struct node *n,
                 const struct step *at);

// ---- places and reports

static struct str step_name(struct arena *a, const struct step *s)
{
	return s->key.len ? s->key : str_number(a, s->index);
}

static struct str path_of(struct arena *a, const struct step *at)
{
	struct str path = {0};
	for (; at && at->up; at = at->up)
		path = path.len ? cat(a, step_name(a, at), S("."), path) : step_name(a, at);
	return path;
}

static bool fault(struct check *k, const struct step *at, struct schema_fault f)
{
	if (k->quiet)
		return false;
	f.path = path_of(k->c->diag->arena, at);
	f.near = str_copy(k->c->diag->arena, f.near);
	f.name = str_copy(k->c->diag->arena, f.name);
	k->reader->fault(k->reader->of, &f);
	return false;
}

static bool is_false(const struct node *schema)
{
	return schema && schema->plain && str_eq(schema->text, S("false"));
}

// ---- types and words

static bool is_integer(struct str s)
{
	u64 value;
	bool sign = s.len && s.at[0] == '-';
	return str_u64(sign ? (struct str){s.at + 1, s.len - 1} : s, &value);
}

static bool is_number(struct str s)
{
	enum scalar type = scalar_type(s);
	return is_integer(s) || type == SCALAR_INT || type == SCALAR_FLOAT;
}

static bool is_boolean(const struct node *n)
{
	return str_eq(n->text, S("true")) || str_eq(n->text, S("false"))
	    || (n->plain && scalar_type(n->text) == SCALAR_BOOL);
}

// Unless strict, the schema and not the quotes decide: CloudFormation turns "3" into a number
// and a spec's 1.10 is the text that it looks like.
static bool has_type(const struct node *n, struct str type, bool strict)
{
	bool plain = n->plain && !n->block;
	if (str_eq(type, S("object")))
		return n->kind == MAP;
	if (str_eq(type, S("array")))
		return n->kind == LIST;
	if (n->kind != TEXT)
		return false;
	if (str_eq(type, S("null")))
		return node_is_null(n);
	if (str_eq(type, S("string")))
		return strict ? !plain || scalar_type(n->text) == SCALAR_TEXT
		                       || scalar_type(n->text) == SCALAR_OTHER : !node_is_null(n);
	if (strict && !plain)
		return false;
	if (str_eq(type, S("boolean")))
		return is_boolean(n);
	return str_eq(type, S("integer")) ? is_integer(n->text) : is_number(n->text);
}

static bool type_fits(const struct node *type, const struct node *n, bool strict)
{
	if (type->kind == TEXT)
		return has_type(n, type->text, strict);
	for (const struct node *one = node_first(type); one; one = one->next)
		if (has_type(n, one->text, strict))
			return true;
	return false;
}

static bool is_word(const struct node *value, const struct node *n)
{
	return n->kind == TEXT && value->kind == TEXT && str_eq(value->text, n->text);
}

static bool is_listed(const struct node *list, const struct node *n)
{
	const struct node *one = node_first(list);
	while (one && !is_word(one, n))
		one = one->next;
	return one;
}

static bool check_enum(struct check *k, const struct node *schema, const struct node *n,
                       const struct step *at)
{
	const struct node *list = node_get(schema, S("enum")), *one = node_get(schema, S("const"));
	bool found = ((!list || n->kind != TEXT) && (!one || is_word(one, n))) || is_listed(list, n);
	if (found || n->kind != TEXT)
		return true;
	struct str *words = make(k->arena, node_count(list) + 1, struct str);
	size_t count = 0;
	for (const struct node *word = node_first(list); word; word = word->next)
		words[count++] = word->text;
	return fault(k, at, (struct schema_fault){.word = SCHEMA_ENUM, .node = n, .schema = schema,
		.near = str_nearest(n->text, words, count)});
}

// ---- numbers and text

struct integer { bool negative; u64 size; };

// False when it is no whole number; beyond u64 it is as large as one can be.
static bool integer_of(struct str s, struct integer *out)
{
	bool negative = s.len && s.at[0] == '-';
	struct str digits = negative ? (struct str){s.at + 1, s.len - 1} : s;
	size_t i = 0;
	while (i < digits.len && digits.at[i] >= '0' && digits.at[i] <= '9')
		i++;
	if (!digits.len || i < digits.len)
		return false;
	out->negative = negative;
	if (!str_u64(digits, &out->size))
		out->size = UINT64_MAX;
	return true;
}

static int compare_integers(struct integer a, struct integer b)
{
	int order = (a.size > b.size) - (a.size < b.size);
	return a.negative != b.negative ? (a.negative ? -1 : 1) : a.negative ? -order : order;
}

static bool in_range(const struct node *schema, struct str s)
{
	static const struct { struct str name; int from, to; } limits[] = {
		{STR("minimum"), 0, 1}, {STR("maximum"), -1, 0}, {STR("exclusiveMinimum"), 1, 1},
		{STR("exclusiveMaximum"), -1, -1},
	};
	struct integer value, limit;
	for (size_t i = 0; i < countof(limits); i++) {
		const struct node *n = node_get(schema, limits[i].name);
		if (!n || !integer_of(n->text, &limit) || !integer_of(s, &value))
			continue;
		int order = compare_integers(value, limit);
		if (order < limits[i].from || order > limits[i].to)
			return false;
	}
	return true;
}

static bool within(const struct node *schema, struct str least, struct str most, size_t count)
{
	return count >= node_number(schema, least, 0) && count <= node_number(schema, most, UINT64_MAX);
}

static bool check_text(struct check *k, const struct node *schema, const struct node *n,
                       const struct step *at)
{
	struct schema_fault f = {.node = n, .schema = schema};
	const struct node *pattern = node_get(schema, S("pattern"));
	bool known = check_enum(k, schema, n, at);
	if (!known || n->kind != TEXT)
		return known;
	f.word = SCHEMA_RANGE;
	if (!in_range(schema, n->text))
		return fault(k, at, f);
	f.word = SCHEMA_PATTERN;
	if (pattern && !pattern_found(k->c->library->patterns, pattern->text, n->text))
		return fault(k, at, f);
	f.word = SCHEMA_LENGTH;
	return within(schema, S("minLength"), S("maxLength"), utf8_count(n->text)) || fault(k, at, f);
}

// ---- mappings

static const struct node *pattern_schema(const struct check *k, const struct node *schema,
                                    struct str key)
{
	const struct node *value = node_first(node_get(schema, S("patternProperties")));
	for (; value; value = value->next)
		if (pattern_found(k->c->library->patterns, value->key, key))
			return value;
	return NULL;
}

// The keys that a mapping could have and has not: what a misspelt one may have meant.
struct absent { struct str *names; size_t count; };

static struct absent absent_keys(struct check *k, const struct node *schema, const struct node *map)
{
	const struct node *properties = node_get(schema, S("properties"));
	struct absent a = {make(k->arena, node_count(properties) + 1, struct str), 0};
	for (const struct node *value = node_first(properties); value; value = value->next)
		if (!node_get(map, value->key))
			a.names[a.count++] = value->key;
	return a;
}

static bool unknown_key(struct check *k, const struct node *schema, const struct node *child,
                        const struct absent *absent, const struct step *at)
{
	bool told = !k->quiet && diag_listens(k->c->diag);
	struct str near = told ? str_nearest(child->key, absent->names, absent->count) : S("");
	return fault(k, at, (struct schema_fault){.word = SCHEMA_UNKNOWN, .node = child,
		.schema = schema, .name = child->key, .near = near});
}

static bool check_child(struct check *k, const struct node *schema, const struct node *child,
                        const struct absent *absent, const struct step *at)
{
	struct step here = {at, child->key, 0};
	const struct node *own = node_get(node_get(schema, S("properties")), child->key);
	const struct node *by_pattern = pattern_schema(k, schema, child->key);
	const struct node *others = node_get(schema, S("additionalProperties"));
	const struct node *names = node_get(schema, S("propertyNames"));
	const struct node name = {.kind = TEXT, .text = child->key, .at = child->key_at,
	                          .key = child->key, .key_at = child->key_at};
	bool good = !names || walk(k, names, &name, &here);
	if (own)
		good = walk(k, own, child, &here) && good;
	if (by_pattern)
		good = walk(k, by_pattern, child, &here) && good;
	if (own || by_pattern)
		return good;
	if (is_false(others))
		return unknown_key(k, schema, child, absent, at);
	return (!others || walk(k, others, child, &here)) && good;
}

// A key that was misspelt is reported as that, not as missing too.
static bool is_misspelt(const struct node *schema, const struct node *map, struct str name,
                        const struct absent *absent)
{
	if (!is_false(node_get(schema, S("additionalProperties"))))
		return false;
	for (const struct node *child = map->first; child; child = child->next)
		if (!node_get(node_get(schema, S("properties")), child->key)
		    && str_eq(str_nearest(child->key, absent->names, absent->count), name))
			return true;
	return false;
}

static bool check_key(struct check *k, const struct node *schema, const struct node *map,
                      struct str name, enum schema_word missing, const struct step *at)
{
	struct arena scratch = *k->arena;
	struct check inner = *k;
	inner.arena = &scratch;
	if (node_get(map, name))
		return true;
	if (k->quiet)
		return false;
	struct absent absent = absent_keys(&inner, schema, map);
	return !is_misspelt(schema, map, name, &absent)
	    && fault(k, at, (struct schema_fault){.word = missing, .node = map, .schema = schema,
	                                          .name = name});
}

static bool check_keys(struct check *k, const struct node *schema, const struct node *map,
                       const struct node *list, enum schema_word missing, const struct step *at)
{
	bool good = true;
	for (const struct node *name = node_first(list); name; name = name->next)
		good = check_key(k, schema, map, name->text, missing, at) && good;
	return good;
}

static bool check_dependents(struct check *k, const struct node *schema, const struct node *map,
                             struct str which, const struct step *at)
{
	bool good = true;
	const struct node *value = node_first(node_get(schema, which));
	for (; value; value = value->next) {
		if (!node_get(map, value->key))
			continue;
		good = (value->kind == LIST
		        ? check_keys(k, schema, map, value, SCHEMA_DEPENDENT, at)
		        : walk(k, value, map, at)) && good;
	}
	return good;
}

static bool check_map(struct check *k, const struct node *schema, const struct node *map,
                      const struct step *at)
{
	bool good = check_keys(k, schema, map, node_get(schema, S("required")), SCHEMA_MISSING, at);
	struct absent absent = absent_keys(k, schema, map);
	for (const struct node *child = map->first; child; child = child->next)
		good = check_child(k, schema, child, &absent, at) && good;
	good = check_dependents(k, schema, map, S("dependentRequired"), at) && good;
	good = check_dependents(k, schema, map, S("dependencies"), at) && good;
	return (within(schema, S("minProperties"), S("maxProperties"), map->count)
	        || fault(k, at, (struct schema_fault){.word = SCHEMA_COUNT, .node = map,
	                                              .schema = schema})) && good;
}

// ---- lists

struct element { struct str text; const struct node *node; };

static int by_text(const void *a, const void *b)
{
	const struct element *x = a, *y = b;
	int order = str_cmp(x->text, y->text);
	u64 m = x->node->at.off, n = y->node->at.off;
	return order ? order : (m > n) - (m < n);
}

static bool check_unique(struct check *k, const struct node *schema, const struct node *list,
                         const struct step *at)
{
	struct arena scratch = *k->arena;
	struct element *all = make(&scratch, list->count, struct element);
	size_t count = 0;
	bool good = true;
	for (const struct node *n = list->first; n; n = n->next)
		all[count++] = (struct element){node_canonical(&scratch, n), n};
	if (count)
		qsort(all, count, sizeof *all, by_text);
	for (size_t i = 1; i < count; i++)
		if (str_eq(all[i].text, all[i - 1].text))
			good = fault(k, at, (struct schema_fault){.word = SCHEMA_UNIQUE, .schema = schema,
				.node = all[i].node, .also = all[i - 1].node});
	return good;
}

static bool check_list(struct check *k, const struct node *schema, const struct node *list,
                       const struct step *at)
{
	const struct node *items = node_get(schema, S("items"));
	bool good = true, unknown = false;
	struct step here = {at, {0}, 0};
	for (const struct node *n = list->first; n; n = n->next, here.index++) {
		const struct node *own = items && items->kind == LIST ? node_at(items, here.index) : items;
		unknown |= k->reader->opaque && k->reader->opaque(k->reader->of, n);
		good = (!own || walk(k, own, n, &here)) && good;
	}
	if (node_true(schema, S("uniqueItems")))
		good = check_unique(k, schema, list, at) && good;
	return (unknown || within(schema, S("minItems"), S("maxItems"), list->count)
	        || fault(k, at, (struct schema_fault){.word = SCHEMA_COUNT, .node = list,
	                                              .schema = schema})) && good;
}

// ---- forms

static bool holds(struct check *k, const struct node *schema, const struct node *n,
                  const struct step *at)
{
	struct check silent = *k;
	struct arena scratch = *k->arena;
	silent.quiet = true;
	silent.arena = &scratch;
	return walk(&silent, schema, n, at);
}

static const struct node *resolve(const struct check *k, const struct node *schema)
{
	for (size_t i = 0; schema && i < REFERENCES_MAX && node_get(schema, S("$ref")); i++) {
		struct str path = node_str(schema, S("$ref")), part;
		schema = k->root;
		path = str_cut(path, '#', &part);
		path = str_cut(path, '/', &part);
		while (path.len && schema) {
			path = str_cut(path, '/', &part);
			schema = node_get(schema, part);
		}
	}
	return schema;
}

// How much a form resembles the value: its type first, then the words that tell forms apart.
static int resemblance(struct check *k, const struct node *schema, const struct node *n)
{
	const struct node *form = resolve(k, schema), *type = node_get(form, S("type"));
	int points = 0;
	if (type && !type_fits(type, n, k->reader->strict))
		return -1;
	const struct node *value = node_first(node_get(form, S("properties")));
	for (; value; value = value->next) {
		const struct node *child = node_get(n, value->key);
		bool told = child && (node_get(value, S("const")) || node_get(value, S("enum")));
		points += (child != NULL) + (told && holds(k, value, child, NULL) ? 8 : 0);
	}
	return points;
}

// The form that the value was meant to have, when one stands out.
static const struct node *meant_form(struct check *k, const struct node *forms,
                                     const struct node *n)
{
	const struct node *best = NULL;
	int most = -1;
	bool tie = false;
	for (const struct node *form = node_first(forms); form; form = form->next) {
		int points = resemblance(k, form, n);
		tie = points == most ? true : points > most ? false : tie;
		best = points > most ? form : best;
		most = points > most ? points : most;
	}
	return most < 0 || tie ? NULL : best;
}

static bool check_choice(struct check *k, const struct node *schema, struct str which,
                         const struct node *n, const struct step *at)
{
	const struct node *forms = node_get(schema, which);
	size_t fitting = 0;
	for (const struct node *form = node_first(forms); form; form = form->next)
		fitting += holds(k, form, n, at);
	bool any = str_eq(which, S("anyOf"));
	if (!forms || fitting == 1 || (any && fitting > 1))
		return true;
	const struct node *meant = fitting || k->quiet ? NULL : meant_form(k, forms, n);
	return (meant && !walk(k, meant, n, at)) ? false
	     : fault(k, at, (struct schema_fault){.word = SCHEMA_CHOICE, .node = n, .schema = schema});
}

static bool check_forms(struct check *k, const struct node *schema, const struct node *n,
                        const struct step *at)
{
	const struct node *condition = node_get(schema, S("if")), *refused = node_get(schema, S("not"));
	bool good = true;
	const struct node *form = node_first(node_get(schema, S("allOf")));
	for (; form; form = form->next)
		if (good || n->kind != TEXT)          // of a text, the first thing that is wrong
			good = walk(k, form, n, at) && good;
	good = check_choice(k, schema, S("anyOf"), n, at) && good;
	good = check_choice(k, schema, S("oneOf"), n, at) && good;
	if (condition) {
		const struct node *then = node_get(schema,
		                                   holds(k, condition, n, at) ? S("then") : S("else"));
		good = (!then || walk(k, then, n, at)) && good;
	}
	if (refused && holds(k, refused, n, at))
		good = fault(k, at, (struct schema_fault){.word = SCHEMA_NOT, .node = n,
			.schema = schema});
	return good;
}

static bool walk(struct check *k, const struct node *schema, const struct node *n,
                 const struct step *at)
{
	schema = resolve(k, schema);
	if (!schema || schema->kind != MAP)
		return !is_false(schema);
	if (k->reader->opaque && k->reader->opaque(k->reader->of, n))
		return true;
	const struct node *type = node_get(schema, S("type"));
	if (type && !type_fits(type, n, k->reader->strict))
		return fault(k, at, (struct schema_fault){.word = SCHEMA_TYPE, .node = n,
			.schema = schema});
	bool good = n->kind == MAP ? check_map(k, schema, n, at)
	          : n->kind == LIST ? check_list(k, schema, n, at) : check_text(k, schema, n, at);
	return good && check_forms(k, schema, n, at);
}

bool schema_check(struct context *c, const struct node *root, const struct node *schema,
                  const struct node *tree, const struct schema_reader *reader)
{
	// Not a copy: who hears of a fault has scratch memory of his own, which begins where this ends.
	struct check k = {.c = c, .root = root, .reader = reader, .arena = c->arena};
	struct step top = {0};
	return walk(&k, schema, tree, &top);
}

const struct node *schema_resolve(const struct node *root, const struct node *schema)
{
	struct check k = {.root = root};
	return resolve(&k, schema);
}
