// read: what a template says about each setting. A parameter of the setting's name decides;
// without one, the place that schemas/init.json knows.
#include "init/internal.h"

// ---- from what a template holds to what a spec says

static struct str word_of_shape(const struct setting *of, struct str shape, struct str text)
{
	const char *word;
	json_t *written;
	json_t *table = json_object_get(of->amic, "shapes");
	json_object_foreach(table, word, written) {
		const char *key;
		json_t *value;
		json_object_foreach(str_eq(str_from(word), shape) ? written : NULL, key, value) {
			struct str is = json_is_string(value) ? str_from(json_string_value(value))
			              : json_is_true(value) ? S("true") : S("false");
			if (str_eq(is, text))
				return str_from(key);
		}
	}
	return (struct str){0};
}

static struct str duration_of(struct arena *a, struct str text)
{
	static const struct { u64 seconds; struct str unit; } units[] = {
		{3600, STR("h")}, {60, STR("m")}, {1, STR("s")},
	};
	u64 seconds;
	for (size_t i = 0; str_u64(text, &seconds) && i < countof(units); i++)
		if (seconds % units[i].seconds == 0)
			return cat(a, str_number(a, seconds / units[i].seconds), units[i].unit);
	return text;
}

// 1.4.0 and 1.4.x are 1.4: the service counts the rest.
static struct str without_patch(struct str text)
{
	struct str major, minor, rest = str_cut(text, '.', &major);
	(void)str_cut(rest, '.', &minor);
	return (struct str){text.at, major.len + (rest.len ? 1 + minor.len : 0)};
}

static struct str unshaped(struct arena *a, const struct setting *of, struct str shape,
                           struct str text)
{
	struct str word = word_of_shape(of, shape, text);
	u64 number;
	if (word.len)
		return word;
	if (str_eq(shape, S("semver")))
		return without_patch(text);
	if (str_eq(shape, S("s")))
		return duration_of(a, text);
	bool is_unit = shape.len && !str_eq(shape, S("csv")) && str_u64(text, &number);
	return is_unit ? cat(a, text, shape) : text;
}

static struct node *listed(struct arena *a, const struct node *from, struct str text, u8 between)
{
	struct node *list = node_new(a, LIST, from->at);
	u64 number;
	for (struct str left = text, part; left.len;) {
		left = str_cut(left, between, &part);
		part = str_trim(part);
		node_append(list, node_text(a, part, between == ' ' && str_u64(part, &number), from->at));
	}
	return list;
}

static struct node *text_value(const struct initer *in, const struct setting *of,
                               struct str shape, const struct node *from, struct str text)
{
	struct arena *a = in->c->arena;
	if (str_eq(shape, S("csv")) || str_eq(shape, S("words")))
		return listed(a, from, text, str_eq(shape, S("csv")) ? ',' : ' ');
	return node_text(a, str_copy(a, unshaped(a, of, shape, text)), true, from->at);
}

// A list of one is its element.
static struct node *value_from(const struct initer *in, const struct node *template,
                               const struct setting *of, struct str shape,
                               const struct node *from)
{
	struct arena *a = in->c->arena;
	if (from->kind == TEXT)
		return text_value(in, of, shape, from, from->text);
	if (from->kind == MAP && function_of(in->functions, from))
		return NULL;
	struct node *all = node_new(a, from->kind, from->at);
	for (const struct node *n = from->first; n; n = n->next) {
		const struct node *found = find_value(in, template, n, S(""));
		if (!found || found->kind != TEXT)
			return NULL;
		struct node *made = node_text(a, found->text, false, found->at);
		made->key = n->key;
		node_append(all, made);
	}
	bool may_be_one = json_object_get(of->schema, "anyOf");
	return all->kind == LIST && all->count == 1 && may_be_one ? all->first : all;
}

// ---- is it a value that the setting takes?

static void count_fault(void *of, const struct schema_fault *f)
{
	(void)f;
	++*(size_t *)of;
}

// Of a part, only the whole has a schema: what is wrong there, amic check says.
static bool is_taken(const struct initer *in, const struct setting *of, const struct node *value)
{
	size_t faults = 0, off;
	struct schema_reader reader = {.fault = count_fault, .of = &faults};
	if (value->kind == TEXT && (str_find(value->text, S("${"), &off)
	    || str_find(value->text, S("{{"), &off)))
		return false;
	return of->part || schema_check(in->c, in->l->root, of->schema, value, &reader);
}

static void refuse(const struct initer *in, const struct setting *of, const struct node *from)
{
	struct str is = from->kind == TEXT ? from->text : S("what is computed here");
	diag_report(in->c->diag, (struct finding){INIT_VALUE, .at = from->at, .arg = {is, of->path}});
}

// ---- one template

struct taking { const struct initer *in; struct origin_template *to; };

static bool is_ignored(const json_t *row, const struct node *from)
{
	size_t i;
	json_t *text;
	if (from->kind != TEXT || !from->text.len)
		return from->kind == TEXT;
	json_array_foreach(json_object_get(row, "ignore"), i, text)
		if (str_eq(str_from(json_string_value(text)), from->text))
			return true;
	return false;
}

static void keep(struct taking *k, const struct setting *of, const struct node *from,
                 struct node *value)
{
	if (value)
		value->key = of->path;
	if (!value || !is_taken(k->in, of, value))
		refuse(k->in, of, from);
	else
		node_append(k->to->values, value);
}

// An element that is conditional is the blueprint's own, or stays as an edit of the template.
static void take_share(struct taking *k, const struct setting *of, const json_t *row,
                       const struct node *list)
{
	struct arena *a = k->in->c->arena;
	struct node *all = node_new(a, LIST, list->at);
	for (const struct node *n = list->first; n; n = n->next) {
		struct node *one = node_new(a, MAP, n->at);
		const char *name;
		json_t *path;
		json_object_foreach(json_object_get(row, "each"), name, path) {
			const struct node *from = find_value(k->in, k->to->from->tree, n,
			                                     str_from(json_string_value(path)));
			struct setting plain = *of;
			plain.schema = NULL;
			struct node *value = from ? value_from(k->in, k->to->from->tree, &plain, S(""),
			                                       from) : NULL;
			if (!value && from)
				refuse(k->in, of, from);
			if (!value)
				continue;
			value->key = str_copy(a, str_from(name));
			node_append(one, value);
		}
		if (one->count || !function_of(k->in->functions, n))
			node_append(all, one);
	}
	keep(k, of, list, all);
}

static struct str shape_of(const struct setting *of, const json_t *row)
{
	struct str own = json_str(row, "shape");
	return own.len ? own : json_str(json_object_get(of->amic, "parameter"), "shape");
}

// A mapping of what stands behind each member's mark; members without text are left out.
static struct node *gathered(struct arena *a, const json_t *row, json_t *members,
                             const struct node *from)
{
	struct node *all = node_new(a, MAP, from->at);
	const char *name;
	json_t *after;
	json_object_foreach(members, name, after) {
		struct str text;
		struct node *one = NULL;
		if (json_is_object(after))
			one = gathered(a, row, after, from);
		else if (find_part(row, after, from->text, &text) && text.len)
			one = node_text(a, text, false, from->at);
		if (!one || (one->kind == MAP && !one->count))
			continue;
		one->key = str_copy(a, str_from(name));
		node_append(all, one);
	}
	return all;
}

static void take_members(struct taking *k, const struct setting *of, const json_t *row,
                         const struct node *from)
{
	struct node *all = gathered(k->in->c->arena, row, json_object_get(row, "members"), from);
	if (all->count)
		keep(k, of, from, all);
}

static void take_row(struct taking *k, const struct setting *of, const json_t *row)
{
	const struct node *template = k->to->from->tree;
	const struct node *from = find_value(k->in, template, find_resource(k->in, template, row),
	                                     json_str(row, "at"));
	struct arena *a = k->in->c->arena;
	struct str text, constant = json_str(row, "value");
	if (!from || is_ignored(row, from))
		return;
	if (constant.len) {
		keep(k, of, from, node_text(a, str_copy(a, constant), true, from->at));
		return;
	}
	if (json_object_get(row, "each")) {
		take_share(k, of, row, from);
		return;
	}
	if (!json_object_get(row, "until")) {
		keep(k, of, from, value_from(k->in, template, of, shape_of(of, row), from));
		return;
	}
	from = spoken_of(k->in, from);
	if (json_object_get(row, "members"))
		take_members(k, of, row, from);
	else if (from->kind == TEXT && find_part(row, json_object_get(row, "after"), from->text, &text)
	         && text.len)
		keep(k, of, from, text_value(k->in, of, shape_of(of, row), from, text));
}

static void take_parameter(struct taking *k, const struct setting *of)
{
	const struct node *parameters = node_get(k->to->from->tree, k->in->w->parameters);
	const struct node *declared = of->parameter.len ? node_get(parameters, of->parameter) : NULL;
	const struct node *from = node_get(declared, k->in->w->default_value);
	if (!declared)
		return;
	struct node *open = node_text(k->in->c->arena, of->parameter, true, declared->at);
	open->key = of->path;
	node_append(k->to->open, open);
	if (from && from->kind == TEXT && from->text.len)
		keep(k, of, from, value_from(k->in, k->to->from->tree, of, shape_of(of, NULL), from));
}

static void read_template(struct taking *k)
{
	const struct initer *in = k->in;
	const json_t *row;
	size_t i;
	for (size_t n = 0; n < in->l->count; n++)
		take_parameter(k, &in->l->list[n]);
	json_array_foreach(json_object_get(in->facts, "values"), i, row) {
		const struct setting *of = language_find(in->l, json_str(row, "setting"));
		if (!of || !str_eq(json_str(row, "in"), k->to->part) || node_get(k->to->open, of->path)
		    || node_get(k->to->values, of->path))
			continue;
		take_row(k, of, row);
	}
}

// ---- which template is what

static struct str part_of(const struct initer *in, const struct artifact *from)
{
	const char *part;
	json_t *type;
	json_object_foreach(json_object_get(in->facts, "templates"), part, type) {
		json_t *row = json_object();
		json_object_set(row, "type", type);
		const struct node *found = find_resource(in, from->tree, row);
		json_decref(row);
		if (found)
			return str_from(part);
	}
	return (struct str){0};
}

// "edge-proxy-x86_64-recipe", of the prefix "edge": pipeline "proxy", architecture "x86_64".
static void read_names(const struct initer *in, struct str prefix, struct origin_template *t)
{
	const json_t *names = json_object_get(in->facts, "names"), *arch;
	const struct setting *of = language_find(in->l, json_str(names, "setting"));
	const struct node *n = find_value(in, t->from->tree, find_resource(in, t->from->tree, names),
	                                  json_str(names, "at"));
	struct str suffix = json_str(names, "suffix"), text = S("");
	size_t i;
	n = n ? spoken_of(in, n) : NULL;
	t->key = json_str(names, "main");
	if (n && n->kind == TEXT)
		text = n->text;
	if (!str_ends(text, suffix))
		return;
	text.len -= suffix.len;
	json_array_foreach(of ? json_object_get(of->schema, "enum") : NULL, i, arch) {
		struct str word = str_from(json_string_value(arch));
		if (!str_ends(text, word) || text.len <= word.len)
			continue;
		t->arch = word;
		text.len -= word.len + 1;
		break;
	}
	if (t->arch.len) {
		struct node *value = node_text(in->c->arena, t->arch, true, n->at);
		value->key = of->path;
		node_append(t->values, value);
	}
	struct str open = cat(in->c->arena, S("${"), language_find(in->l, S("name"))->parameter,
	                      S("}"));
	struct str head = str_starts(text, open) ? open : prefix;
	if (head.len && str_starts(text, head) && text.len > head.len + 1)
		t->key = (struct str){text.at + head.len + 1, text.len - head.len - 1};
}

// A key template belongs to the pipeline whose key ends its name, or to the first one.
static struct origin_template *owner_of(const struct origin_set *set, const struct artifact *from)
{
	struct origin_template *first = NULL;
	struct str stem = from->name, base;
	while (stem.len && stem.at[stem.len - 1] != '.')
		stem.len--;
	for (size_t i = 0; i < set->count; i++) {
		struct origin_template *t = &set->list[i];
		if (!str_eq(t->part, S("pipeline")))
			continue;
		base = stem.len ? (struct str){stem.at, stem.len - 1} : from->name;
		first = first ? first : t;
		if (str_ends(base, t->key))
			return t;
	}
	return first;
}

static void give_keys(const struct initer *in, const struct origin_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct origin_template *t = &set->list[i];
		struct origin_template *owner = owner_of(set, t->from);
		if (!str_eq(t->part, S("key")) || !owner)
			continue;
		for (const struct node *n = t->values->first; n; n = n->next)
			node_append(owner->values, node_copy(in->c->arena, n));
	}
}

static bool has_part(const struct origin_set *set, struct str part)
{
	for (size_t i = 0; i < set->count; i++)
		if (str_eq(set->list[i].part, part))
			return true;
	return false;
}

static bool is_complete(const struct initer *in, const struct origin_set *set)
{
	static const struct str needed[] = {STR("base"), STR("pipeline")};
	bool all = true;
	for (size_t i = 0; i < countof(needed); i++) {
		struct arena *a = in->c->diag->arena;
		struct str type = json_str(json_object_get(in->facts, "templates"),
		                           str_z(a, needed[i]));
		if (!has_part(set, needed[i]))
			all = diag_report(in->c->diag, (struct finding){INIT_PART,
				.arg = {needed[i], type}});
	}
	return all;
}

static struct str prefix_of(const struct origin_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct node *name = node_get(set->list[i].values, S("name"));
		if (name)
			return name->text;
	}
	return (struct str){0};
}

bool read_origins(const struct initer *in, const struct artifacts *old, struct origin_set *out)
{
	struct arena *a = in->c->arena;
	struct origin_set set = {make(a, old->count, struct origin_template), 0};
	for (size_t i = 0; i < old->count; i++) {
		const struct artifact *from = &old->list[i];
		struct origin_template t = {.from = from, .part = part_of(in, from),
			.values = node_new(a, MAP, from->tree->at), .open = node_new(a, MAP, from->tree->at)};
		if (!t.part.len) {
			diag_report(in->c->diag, (struct finding){INIT_STRANGER, .at = from->tree->at,
				.arg = {from->name}});
			continue;
		}
		read_template(&(struct taking){in, &t});
		set.list[set.count++] = t;
	}
	for (size_t i = 0; i < set.count; i++)
		if (str_eq(set.list[i].part, S("pipeline")))
			read_names(in, prefix_of(&set), &set.list[i]);
	give_keys(in, &set);
	if (!is_complete(in, &set) || !recover_keys(in, &set))
		return false;
	*out = set;
	return true;
}
