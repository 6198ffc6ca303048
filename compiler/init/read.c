// read: what a template says about each setting. A parameter of the setting's name decides;
// without one, the place that schemas/init.json knows.
#include "init/internal.h"

// ---- from what a template holds to what a spec says

static struct str word_of_shape(const struct setting *of, struct str shape, struct str text)
{
	const struct node *table = node_get(of->amic, S("shapes"));
	for (const struct node *n = node_first(node_get(table, shape)); n; n = n->next)
		if (str_eq(n->text, text))
			return n->key;
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
	bool may_be_one = node_get(of->schema, S("anyOf"));
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

static bool is_ignored(const struct node *row, const struct node *from)
{
	if (from->kind != TEXT || !from->text.len)
		return from->kind == TEXT;
	for (const struct node *text = node_first(node_get(row, S("ignore"))); text; text = text->next)
		if (str_eq(text->text, from->text))
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
static void take_share(struct taking *k, const struct setting *of, const struct node *row,
                       const struct node *list)
{
	struct arena *a = k->in->c->arena;
	struct node *all = node_new(a, LIST, list->at);
	for (const struct node *n = list->first; n; n = n->next) {
		struct node *one = node_new(a, MAP, n->at);
		const struct node *path = node_first(node_get(row, S("each")));
		for (; path; path = path->next) {
			const struct node *from = find_value(k->in, k->to->from->tree, n,
			                                     path->text);
			struct setting plain = *of;
			plain.schema = NULL;
			struct node *value = from ? value_from(k->in, k->to->from->tree, &plain, S(""),
			                                       from) : NULL;
			if (!value && from)
				refuse(k->in, of, from);
			if (!value)
				continue;
			value->key = str_copy(a, path->key);
			node_append(one, value);
		}
		if (one->count || !function_of(k->in->functions, n))
			node_append(all, one);
	}
	keep(k, of, list, all);
}

// A list of what stands at one path of each element.
static void take_elements(struct taking *k, const struct setting *of, struct str path,
                          const struct node *list)
{
	struct arena *a = k->in->c->arena;
	struct node *all = node_new(a, LIST, list->at);
	for (const struct node *n = list->first; n; n = n->next) {
		const struct node *from = find_value(k->in, k->to->from->tree, n, path);
		if (!from || from->kind != TEXT) {
			refuse(k->in, of, n);
			return;
		}
		node_append(all, node_text(a, from->text, false, from->at));
	}
	keep(k, of, list, all);
}

static struct str shape_of(const struct setting *of, const struct node *row)
{
	struct str own = node_str(row, S("shape"));
	return own.len ? own : node_str(node_get(of->amic, S("parameter")), S("shape"));
}

// A mapping of what stands behind each member's mark; members without text are left out.
static struct node *gathered(struct arena *a, const struct node *row, const struct node *members,
                             const struct node *from)
{
	struct node *all = node_new(a, MAP, from->at);
	for (const struct node *after = node_first(members); after; after = after->next) {
		struct str text;
		struct node *one = NULL;
		if (after->kind == MAP)
			one = gathered(a, row, after, from);
		else if (find_part(row, after, from->text, &text) && text.len)
			one = node_text(a, text, false, from->at);
		if (!one || (one->kind == MAP && !one->count))
			continue;
		one->key = str_copy(a, after->key);
		node_append(all, one);
	}
	return all;
}

static void take_members(struct taking *k, const struct setting *of, const struct node *row,
                         const struct node *from)
{
	struct node *all = gathered(k->in->c->arena, row, node_get(row, S("members")), from);
	if (all->count)
		keep(k, of, from, all);
}

static void take_row(struct taking *k, const struct setting *of, const struct node *row)
{
	const struct node *template = k->to->from->tree;
	const struct node *from = find_value(k->in, template, find_resource(k->in, template, row),
	                                     node_str(row, S("at")));
	struct arena *a = k->in->c->arena;
	struct str text, constant = node_str(row, S("value"));
	if (!from || is_ignored(row, from))
		return;
	if (constant.len) {
		keep(k, of, from, node_text(a, str_copy(a, constant), true, from->at));
		return;
	}
	const struct node *each = node_get(row, S("each"));
	if (each && each->kind == TEXT)
		take_elements(k, of, each->text, from);
	else if (each)
		take_share(k, of, row, from);
	if (each)
		return;
	if (!node_get(row, S("until"))) {
		keep(k, of, from, value_from(k->in, template, of, shape_of(of, row), from));
		return;
	}
	from = spoken_of(k->in, from);
	if (node_get(row, S("members")))
		take_members(k, of, row, from);
	else if (from->kind == TEXT && find_part(row, node_get(row, S("after")), from->text, &text)
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
	for (size_t n = 0; n < in->l->count; n++)
		take_parameter(k, &in->l->list[n]);
	const struct node *row = node_first(node_get(in->facts, S("values")));
	for (; row; row = row->next) {
		const struct setting *of = language_find(in->l, node_str(row, S("setting")));
		if (!of || !str_eq(node_str(row, S("in")), k->to->part) || node_get(k->to->open, of->path)
		    || node_get(k->to->values, of->path))
			continue;
		take_row(k, of, row);
	}
}

// ---- which template is what

static struct str part_of(const struct initer *in, const struct artifact *from)
{
	const struct node *type = node_first(node_get(in->facts, S("templates")));
	for (; type; type = type->next) {
		if (find_typed(in, from->tree, type->text))
			return type->key;
	}
	return (struct str){0};
}

// "edge-proxy-x86_64-recipe", of the prefix "edge": pipeline "proxy", architecture "x86_64".
static void read_names(const struct initer *in, struct str prefix, struct origin_template *t)
{
	const struct node *names = node_get(in->facts, S("names"));
	const struct setting *of = language_find(in->l, node_str(names, S("setting")));
	const struct node *n = find_value(in, t->from->tree, find_resource(in, t->from->tree, names),
	                                  node_str(names, S("at")));
	struct str suffix = node_str(names, S("suffix")), text = S("");
	n = n ? spoken_of(in, n) : NULL;
	t->key = node_str(names, S("main"));
	if (n && n->kind == TEXT)
		text = n->text;
	if (!str_ends(text, suffix))
		return;
	text.len -= suffix.len;
	const struct node *arch = node_first(of ? node_get(of->schema, S("enum")) : NULL);
	for (; arch; arch = arch->next) {
		struct str word = arch->text;
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
		struct str type = node_str(node_get(in->facts, S("templates")), needed[i]);
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
