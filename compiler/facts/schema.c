// schema: a tree against a JSON Schema, draft-07 as far as our schemas and those of the resource
// types use it: type enum const pattern, minimum maximum and their kin, required properties
// patternProperties additionalProperties propertyNames dependentRequired dependencies, items
// uniqueItems, allOf anyOf oneOf not if-then-else, and $ref to a place in the same file.
//
// One mistake is one fault: a value of the wrong type is not measured, a key that is close to a
// missing one is not missing, and of several forms the one that the value resembles complains.
#include "facts/facts.h"
#include <stdlib.h>
#include <string.h>

enum { REFERENCES_MAX = 32 };   // $ref to $ref to …: a schema that loops checks nothing more

struct step { const struct step *up; struct str key; size_t index; };
struct check {
	struct context *c;
	const json_t *root;
	const struct schema_reader *reader;
	struct arena *arena;          // scratch of this check
	bool quiet;                   // only the answer is wanted
	size_t references;
};

static bool walk(struct check *k, const json_t *schema, const struct node *n,
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

static const json_t *word(const json_t *schema, const char *name)
{
	return json_object_get(schema, name);
}

static struct str json_text(const json_t *value)
{
	return json_is_string(value)
	     ? (struct str){(const u8 *)json_string_value(value), json_string_length(value)}
	     : (struct str){0};
}

static const json_t *member(const json_t *object, struct str key)
{
	return key.len ? json_object_getn(object, (const char *)key.at, key.len) : NULL;
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

static bool type_fits(const json_t *type, const struct node *n, bool strict)
{
	size_t i;
	json_t *one;
	if (json_is_string(type))
		return has_type(n, json_text(type), strict);
	json_array_foreach(type, i, one)
		if (has_type(n, json_text(one), strict))
			return true;
	return false;
}

static struct str dump(struct arena *a, const json_t *value)
{
	struct str text = json_text(value);
	if (json_is_string(value))
		return text;
	if (json_is_boolean(value))
		return json_is_true(value) ? S("true") : S("false");
	char *raw = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	text = str_copy(a, str_from(raw));
	free(raw);
	return text;
}

static bool is_word(struct check *k, const json_t *value, const struct node *n)
{
	struct arena scratch = *k->arena;
	return n->kind == TEXT && str_eq(dump(&scratch, value), n->text);
}

static bool check_enum(struct check *k, const json_t *schema, const struct node *n,
                       const struct step *at)
{
	const json_t *list = word(schema, "enum"), *one = word(schema, "const");
	size_t count = json_array_size(list);
	bool found = (!list || n->kind != TEXT) && (!one || is_word(k, one, n));
	for (size_t i = 0; !found && i < count; i++)
		found = is_word(k, json_array_get(list, i), n);
	if (found || n->kind != TEXT)
		return true;
	struct str *words = make(k->arena, count + 1, struct str);
	for (size_t i = 0; i < count; i++)
		words[i] = dump(k->arena, json_array_get(list, i));
	return fault(k, at, (struct schema_fault){.word = SCHEMA_ENUM, .node = n, .schema = schema,
		.near = str_nearest(n->text, words, count)});
}

// ---- numbers and text

static int compare_integers(struct str s, json_int_t limit)
{
	u64 value = 0;
	bool negative = s.len && s.at[0] == '-';
	u64 size = limit < 0 ? (u64)-(limit + 1) + 1 : (u64)limit;
	if (negative != (limit < 0))
		return negative ? -1 : 1;
	if (!str_u64(negative ? (struct str){s.at + 1, s.len - 1} : s, &value))
		return negative ? -1 : 1;     // beyond u64
	int order = (value > size) - (value < size);
	return negative ? -order : order;
}

static bool digits_only(struct str s)
{
	size_t i = s.len && s.at[0] == '-';
	bool digits = i < s.len;
	for (; i < s.len; i++)
		digits &= s.at[i] >= '0' && s.at[i] <= '9';
	return digits;
}

static bool in_range(const json_t *schema, struct str s)
{
	static const struct { const char *name; int from, to; } limits[] = {
		{"minimum", 0, 1}, {"maximum", -1, 0}, {"exclusiveMinimum", 1, 1},
		{"exclusiveMaximum", -1, -1},
	};
	for (size_t i = 0; i < countof(limits); i++) {
		const json_t *limit = word(schema, limits[i].name);
		if (!json_is_integer(limit) || !digits_only(s))
			continue;
		int order = compare_integers(s, json_integer_value(limit));
		if (order < limits[i].from || order > limits[i].to)
			return false;
	}
	return true;
}

static bool within(const json_t *schema, const char *least, const char *most, size_t count)
{
	const json_t *low = word(schema, least), *high = word(schema, most);
	return (!json_is_integer(low) || count >= (u64)json_integer_value(low))
	    && (!json_is_integer(high) || count <= (u64)json_integer_value(high));
}

static bool check_text(struct check *k, const json_t *schema, const struct node *n,
                       const struct step *at)
{
	struct schema_fault f = {.node = n, .schema = schema};
	const json_t *pattern = word(schema, "pattern");
	bool known = check_enum(k, schema, n, at);
	if (!known || n->kind != TEXT)
		return known;
	f.word = SCHEMA_RANGE;
	if (!in_range(schema, n->text))
		return fault(k, at, f);
	f.word = SCHEMA_PATTERN;
	if (pattern && !pattern_found(k->c->library->patterns, json_text(pattern), n->text))
		return fault(k, at, f);
	f.word = SCHEMA_LENGTH;
	return within(schema, "minLength", "maxLength", utf8_count(n->text)) || fault(k, at, f);
}

// ---- mappings

static bool is_listed(const json_t *object, struct str key) { return member(object, key) != NULL; }

static const json_t *pattern_schema(const struct check *k, const json_t *schema,
                                    struct str key)
{
	const char *pattern;
	json_t *value;
	json_object_foreach((json_t *)word(schema, "patternProperties"), pattern, value)
		if (pattern_found(k->c->library->patterns, str_from(pattern), key))
			return value;
	return NULL;
}

// The keys that a mapping could have and has not: what a misspelt one may have meant.
struct absent { struct str *names; size_t count; };

static struct absent absent_keys(struct check *k, const json_t *schema, const struct node *map)
{
	const json_t *properties = word(schema, "properties");
	struct absent a = {make(k->arena, json_object_size(properties) + 1, struct str), 0};
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)properties, name, value)
		if (!node_get(map, str_from(name)))
			a.names[a.count++] = str_from(name);
	return a;
}

static bool unknown_key(struct check *k, const json_t *schema, const struct node *child,
                        const struct absent *absent, const struct step *at)
{
	bool told = !k->quiet && diag_listens(k->c->diag);
	struct str near = told ? str_nearest(child->key, absent->names, absent->count) : S("");
	return fault(k, at, (struct schema_fault){.word = SCHEMA_UNKNOWN, .node = child,
		.schema = schema, .name = child->key, .near = near});
}

static bool check_child(struct check *k, const json_t *schema, const struct node *child,
                        const struct absent *absent, const struct step *at)
{
	struct step here = {at, child->key, 0};
	const json_t *own = member(word(schema, "properties"), child->key);
	const json_t *by_pattern = pattern_schema(k, schema, child->key);
	const json_t *others = word(schema, "additionalProperties");
	const json_t *names = word(schema, "propertyNames");
	const struct node name = {.kind = TEXT, .text = child->key, .at = child->key_at,
	                          .key = child->key, .key_at = child->key_at};
	bool good = !names || walk(k, names, &name, &here);
	if (own)
		good = walk(k, own, child, &here) && good;
	if (by_pattern)
		good = walk(k, by_pattern, child, &here) && good;
	if (own || by_pattern)
		return good;
	if (json_is_false(others))
		return unknown_key(k, schema, child, absent, at);
	return (!others || walk(k, others, child, &here)) && good;
}

// A key that was misspelt is reported as that, not as missing too.
static bool is_misspelt(const json_t *schema, const struct node *map, struct str name,
                        const struct absent *absent)
{
	if (!json_is_false(word(schema, "additionalProperties")))
		return false;
	for (const struct node *child = map->first; child; child = child->next)
		if (!is_listed(word(schema, "properties"), child->key)
		    && str_eq(str_nearest(child->key, absent->names, absent->count), name))
			return true;
	return false;
}

static bool check_key(struct check *k, const json_t *schema, const struct node *map,
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

static bool check_keys(struct check *k, const json_t *schema, const struct node *map,
                       const json_t *list, enum schema_word missing, const struct step *at)
{
	bool good = true;
	size_t i;
	json_t *name;
	json_array_foreach(list, i, name)
		good = check_key(k, schema, map, json_text(name), missing, at) && good;
	return good;
}

static bool check_dependents(struct check *k, const json_t *schema, const struct node *map,
                             const char *which, const struct step *at)
{
	bool good = true;
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)word(schema, which), name, value) {
		if (!node_get(map, str_from(name)))
			continue;
		good = (json_is_array(value)
		        ? check_keys(k, schema, map, value, SCHEMA_DEPENDENT, at)
		        : walk(k, value, map, at)) && good;
	}
	return good;
}

static bool check_map(struct check *k, const json_t *schema, const struct node *map,
                      const struct step *at)
{
	bool good = check_keys(k, schema, map, word(schema, "required"), SCHEMA_MISSING, at);
	struct absent absent = absent_keys(k, schema, map);
	for (const struct node *child = map->first; child; child = child->next)
		good = check_child(k, schema, child, &absent, at) && good;
	good = check_dependents(k, schema, map, "dependentRequired", at) && good;
	good = check_dependents(k, schema, map, "dependencies", at) && good;
	return (within(schema, "minProperties", "maxProperties", map->count)
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

static bool check_unique(struct check *k, const json_t *schema, const struct node *list,
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

static bool check_list(struct check *k, const json_t *schema, const struct node *list,
                       const struct step *at)
{
	const json_t *items = word(schema, "items");
	bool good = true, unknown = false;
	struct step here = {at, {0}, 0};
	for (const struct node *n = list->first; n; n = n->next, here.index++) {
		const json_t *own = json_is_array(items) ? json_array_get(items, here.index) : items;
		unknown |= k->reader->opaque && k->reader->opaque(k->reader->of, n);
		good = (!own || walk(k, own, n, &here)) && good;
	}
	if (json_is_true(word(schema, "uniqueItems")))
		good = check_unique(k, schema, list, at) && good;
	return (unknown || within(schema, "minItems", "maxItems", list->count)
	        || fault(k, at, (struct schema_fault){.word = SCHEMA_COUNT, .node = list,
	                                              .schema = schema})) && good;
}

// ---- forms

static bool holds(struct check *k, const json_t *schema, const struct node *n,
                  const struct step *at)
{
	struct check silent = *k;
	struct arena scratch = *k->arena;
	silent.quiet = true;
	silent.arena = &scratch;
	return walk(&silent, schema, n, at);
}

static const json_t *resolve(const struct check *k, const json_t *schema)
{
	for (size_t i = 0; schema && i < REFERENCES_MAX && word(schema, "$ref"); i++) {
		struct str path = json_str(schema, "$ref"), part;
		schema = k->root;
		path = str_cut(path, '#', &part);
		path = str_cut(path, '/', &part);
		while (path.len && schema) {
			path = str_cut(path, '/', &part);
			schema = member(schema, part);
		}
	}
	return schema;
}

// How much a form resembles the value: its type first, then the words that tell forms apart.
static int resemblance(struct check *k, const json_t *schema, const struct node *n)
{
	const json_t *form = resolve(k, schema), *type = word(form, "type");
	const char *name;
	json_t *value;
	int points = 0;
	if (type && !type_fits(type, n, k->reader->strict))
		return -1;
	json_object_foreach((json_t *)word(form, "properties"), name, value) {
		const struct node *child = node_get(n, str_from(name));
		bool told = child && (word(value, "const") || word(value, "enum"));
		points += (child != NULL) + (told && holds(k, value, child, NULL) ? 8 : 0);
	}
	return points;
}

// The form that the value was meant to have, when one stands out.
static const json_t *meant_form(struct check *k, const json_t *forms, const struct node *n)
{
	const json_t *best = NULL;
	int most = -1;
	bool tie = false;
	size_t i;
	json_t *form;
	json_array_foreach(forms, i, form) {
		int points = resemblance(k, form, n);
		tie = points == most ? true : points > most ? false : tie;
		best = points > most ? form : best;
		most = points > most ? points : most;
	}
	return most < 0 || tie ? NULL : best;
}

static bool check_choice(struct check *k, const json_t *schema, const char *which,
                         const struct node *n, const struct step *at)
{
	const json_t *forms = word(schema, which);
	size_t i, fitting = 0;
	json_t *form;
	json_array_foreach(forms, i, form)
		fitting += holds(k, form, n, at);
	bool any = strcmp(which, "anyOf") == 0;
	if (!forms || fitting == 1 || (any && fitting > 1))
		return true;
	const json_t *meant = fitting || k->quiet ? NULL : meant_form(k, forms, n);
	return (meant && !walk(k, meant, n, at)) ? false
	     : fault(k, at, (struct schema_fault){.word = SCHEMA_CHOICE, .node = n, .schema = schema});
}

static bool check_forms(struct check *k, const json_t *schema, const struct node *n,
                        const struct step *at)
{
	const json_t *condition = word(schema, "if"), *refused = word(schema, "not");
	bool good = true;
	size_t i;
	json_t *form;
	json_array_foreach(word(schema, "allOf"), i, form)
		if (good || n->kind != TEXT)          // of a text, the first thing that is wrong
			good = walk(k, form, n, at) && good;
	good = check_choice(k, schema, "anyOf", n, at) && good;
	good = check_choice(k, schema, "oneOf", n, at) && good;
	if (condition) {
		const json_t *then = word(schema, holds(k, condition, n, at) ? "then" : "else");
		good = (!then || walk(k, then, n, at)) && good;
	}
	if (refused && holds(k, refused, n, at))
		good = fault(k, at, (struct schema_fault){.word = SCHEMA_NOT, .node = n,
			.schema = schema});
	return good;
}

static bool walk(struct check *k, const json_t *schema, const struct node *n,
                 const struct step *at)
{
	schema = resolve(k, schema);
	if (!json_is_object(schema))
		return !json_is_false(schema);
	if (k->reader->opaque && k->reader->opaque(k->reader->of, n))
		return true;
	const json_t *type = word(schema, "type");
	if (type && !type_fits(type, n, k->reader->strict))
		return fault(k, at, (struct schema_fault){.word = SCHEMA_TYPE, .node = n,
			.schema = schema});
	bool good = n->kind == MAP ? check_map(k, schema, n, at)
	          : n->kind == LIST ? check_list(k, schema, n, at) : check_text(k, schema, n, at);
	return good && check_forms(k, schema, n, at);
}

bool schema_check(struct context *c, const json_t *root, const json_t *schema,
                  const struct node *tree, const struct schema_reader *reader)
{
	// Not a copy: who hears of a fault has scratch memory of his own, which begins where this ends.
	struct check k = {.c = c, .root = root, .reader = reader, .arena = c->arena};
	struct step top = {0};
	return walk(&k, schema, tree, &top);
}

const json_t *schema_resolve(const json_t *root, const json_t *schema)
{
	struct check k = {.root = root};
	return resolve(&k, schema);
}
