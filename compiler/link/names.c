// names: sections, names and counts of a template, against schemas/cloudformation.json.
#include "link/internal.h"

// With a macro, functions may stand where names do: they become names later.
static bool is_expanded(const struct linkage *l, const struct template *t, struct str name)
{
	return t->transforms && str_starts(name, l->w->function_prefix);
}

static void check_section(struct linkage *l, const struct template *t, const struct node *section)
{
	const struct node *rule = node_get(node_get(l->w->root, S("names")), section->key);
	u64 max = node_number(rule, S("max"), 0);
	struct str pattern = node_str(rule, S("pattern"));
	if (!rule)
		return;
	if (section->kind != MAP) {
		link_report(l, section, (struct finding){SECTION_NO_MAP, .arg = {section->key}});
		return;
	}
	if (section->count > max)
		link_report_at(l, section->key_at, (struct finding){SECTION_COUNT, .arg = {section->key,
			str_number(l->c->diag->arena, section->count),
			str_number(l->c->diag->arena, max)}});
	for (const struct node *n = section->first; n; n = n->next)
		if (!link_matches(l, pattern, n->key) && !is_expanded(l, t, n->key))
			link_report_at(l, n->cause.file ? n->cause : n->key_at,
				(struct finding){NAME_MALFORMED, .arg = {n->key, section->key}});
}

static struct str nearest(const struct linkage *l, const struct node *list, struct str word)
{
	struct arena scratch = *l->c->arena;
	struct str *words = make(&scratch, node_count(list) + 1, struct str);
	size_t count = 0;
	for (const struct node *n = node_first(list); n; n = n->next)
		words[count++] = n->text;
	return str_nearest(word, words, count);
}

static void check_keys(struct linkage *l, const struct node *map, struct str list, enum rule rule)
{
	const struct node *known = node_get(l->w->root, list);
	const struct node *n = map && map->kind == MAP ? map->first : NULL;
	for (; n; n = n->next)
		if (!node_has(known, n->key))
			link_report_at(l, n->key_at, (struct finding){rule,
				.arg = {n->key, nearest(l, known, n->key)}});
}

static void check_one_of(struct linkage *l, const struct node *resource, struct str list,
                         struct str key)
{
	const struct node *n = node_get(resource, key);
	const struct node *known = node_get(l->w->root, list);
	if (n && n->kind == TEXT && !node_has(known, n->text))
		link_report(l, n, (struct finding){POLICY_UNKNOWN,
			.arg = {key, n->text, nearest(l, known, n->text)}});
}

static void check_resource(struct linkage *l, const struct template *t, const struct node *r)
{
	struct str type = link_resource_type(l, r);
	check_keys(l, r, S("resource-keys"), RESOURCE_KEY_UNKNOWN);
	check_one_of(l, r, S("deletion-policies"), l->w->deletion_policy);
	check_one_of(l, r, S("replace-policies"), l->w->replace_policy);
	if (!type.len)
		link_report_at(l, r->key_at, (struct finding){RESOURCE_NO_TYPE, .arg = {r->key}});
	const struct node *twin = names_find(&t->parameters, r->key);
	if (twin)
		link_report_at(l, r->key_at, (struct finding){NAME_SHARED, .arg = {r->key},
			.also = twin->key_at, .also_label = S("the parameter")});
}

static bool default_allowed(const struct linkage *l, const struct node *p, struct str value)
{
	const struct node *list = node_get(p, l->w->allowed_values);
	const struct node *pattern = node_get(p, l->w->allowed_pattern);
	if (pattern && pattern->kind == TEXT && pattern_compiles(pattern->text)
	    && !pattern_matches(NULL, pattern->text, value))
		return false;
	for (const struct node *n = list ? list->first : NULL; n; n = n->next)
		if (str_eq(n->text, value))
			return true;
	return !list || list->kind != LIST;
}

// What a list may hold is said of each element, without the blanks around it.
static bool defaults_allowed(const struct linkage *l, const struct node *p, struct str type,
                             struct str value)
{
	struct str element, left = value;
	if (!str_ends(type, S("List")) && !str_starts(type, S("List<")))
		return default_allowed(l, p, value);
	for (bool more = true; more;) {
		size_t off;
		more = str_find(left, S(","), &off);
		left = str_cut(left, ',', &element);
		if (!default_allowed(l, p, str_trim(element)))
			return false;
	}
	return true;
}

static void check_parameter(struct linkage *l, const struct node *p)
{
	const struct node *type = node_get(p, l->w->type);
	const struct node *initial = node_get(p, l->w->default_value);
	check_keys(l, p, S("parameter-keys"), PARAMETER_KEY_UNKNOWN);
	if (!type || !link_matches(l, node_str(l->w->root, S("parameter-types")), type->text))
		link_report(l, type ? type : p, (struct finding){PARAMETER_TYPE,
			.arg = {p->key, type ? type->text : S("")}});
	if (initial && initial->kind == TEXT
	    && !defaults_allowed(l, p, type ? type->text : S(""), initial->text))
		link_report(l, initial, (struct finding){PARAMETER_DEFAULT,
			.arg = {p->key, initial->text}});
}

static void check_description(struct linkage *l, const struct node *n, struct str limit)
{
	u64 max = node_number(node_get(l->w->root, S("limits")), limit, 0);
	const struct node *text = node_get(n, l->w->description);
	if (text && text->text.len > max)
		link_report(l, text, (struct finding){DESCRIPTION_LONG, .arg = {
			str_number(l->c->diag->arena, text->text.len),
			str_number(l->c->diag->arena, max)}});
}

static void check_template(struct linkage *l, const struct template *t)
{
	check_keys(l, t->tree, S("sections"), SECTION_UNKNOWN);
	check_description(l, t->tree, S("description"));
	for (const struct node *s = t->tree->first; s; s = s->next)
		check_section(l, t, s);
	for (const struct node *r = t->resource_list; r; r = r->next)
		if (!is_expanded(l, t, r->key))
			check_resource(l, t, r);
	for (const struct node *p = t->parameter_list; p; p = p->next) {
		check_parameter(l, p);
		check_description(l, p, S("parameter-description"));
	}
	for (const struct node *o = t->output_list; o; o = o->next) {
		check_keys(l, o, S("output-keys"), OUTPUT_KEY_UNKNOWN);
		check_description(l, o, S("output-description"));
		if (!node_get(o, l->w->value))
			link_report_at(l, o->key_at, (struct finding){OUTPUT_NO_VALUE, .arg = {o->key}});
	}
}

void link_names(struct linkage *l)
{
	for (size_t i = 0; i < l->template_count; i++)
		check_template(l, &l->templates[i]);
}
