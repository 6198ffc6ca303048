// functions: are CloudFormation's functions well-formed, where they may stand, and do they name
// what exists? What may stand where is data: schemas/cloudformation.json.
#include "link/internal.h"

// Where the walk is: in Conditions (resources have no value there yet), and inside which
// function, whose list of allowed functions is `allowed` (NULL: all).
struct spot { bool conditions; const struct node *allowed; struct str outer; };
struct walk {
	struct linkage *l;
	const struct template *t;
	size_t guesses;               // how often the name that was meant was looked for
};

static void walk_value(struct walk *w, const struct node *n, struct spot p);

static struct str nearest_name(struct walk *w, struct str word, bool resources_too)
{
	enum { MAX = 1000 };                        // more candidates than a template may have names
	enum { GUESSES_MAX = 50 };                  // behind that, something else is wrong
	if (w->guesses++ >= GUESSES_MAX)
		return (struct str){0};
	struct arena scratch = *w->l->c->arena;
	struct str *words = make(&scratch, 2 * MAX, struct str);
	size_t count = 0;
	const struct node *n = w->t->parameter_list;
	for (; n && count < MAX; n = n->next)
		words[count++] = n->key;
	n = resources_too ? w->t->resource_list : NULL;
	for (; n && count < 2 * MAX; n = n->next)
		words[count++] = n->key;
	return str_nearest(word, words, count);
}

static void check_ref(struct walk *w, const struct node *at, struct str name, struct spot p)
{
	struct linkage *l = w->l;
	if (node_has(node_get(l->w->root, S("pseudo-parameters")), name)
	    || names_find(&w->t->parameters, name))
		return;
	if (!names_find(&w->t->resources, name)) {
		if (!w->t->transforms)
			link_report(l, at, (struct finding){REF_UNKNOWN,
				.arg = {name, nearest_name(w, name, !p.conditions)}});
	} else if (p.conditions) {
		link_report(l, at, (struct finding){CONDITION_READS_RESOURCE, .arg = {name}});
	}
}

// Attributes are what the type gives back; ordinary properties are given back as well.
static void check_attribute(struct walk *w, const struct node *at, const struct node *resource,
                            struct str attribute)
{
	struct str type = link_resource_type(w->l, resource), head;
	const struct node *facts = facts_type(w->l->c, type);
	(void)str_cut(attribute, '.', &head);
	if (!facts || node_get(node_get(facts, S("attributes")), attribute)
	    || node_get(node_get(facts, S("properties")), head))
		return;
	link_report(w->l, at, (struct finding){ATTRIBUTE_UNKNOWN,
		.arg = {resource->key, attribute, type}});
}

static void check_get_att(struct walk *w, const struct node *at, struct str name,
                          struct str attribute, struct spot p)
{
	const struct node *r = names_find(&w->t->resources, name);
	if (p.conditions)
		link_report(w->l, at, (struct finding){CONDITION_READS_RESOURCE, .arg = {name}});
	else if (r && attribute.len)
		check_attribute(w, at, r, attribute);
	else if (!r && !w->t->transforms)
		link_report(w->l, at, (struct finding){REF_UNKNOWN,
			.arg = {name, nearest_name(w, name, true)}});
}

static void check_sub(struct walk *w, const struct node *arg, struct spot p)
{
	const struct node *text = arg->kind == LIST ? arg->first : arg;
	const struct node *map = text && arg->kind == LIST ? text->next : NULL;
	struct sub_scan scan = {text && text->kind == TEXT ? text->text : S("")};
	struct str name, head;
	while (sub_next(&scan, &name)) {
		struct str attribute = str_cut(name, '.', &head);
		if (node_get(map, name))
			continue;
		if (attribute.len)
			check_get_att(w, text, head, attribute, p);
		else
			check_ref(w, text, str_trim(name), p);
	}
}

static void check_condition_name(struct walk *w, const struct node *n)
{
	if (n && n->kind == TEXT && !names_find(&w->t->conditions, n->text) && !w->t->transforms)
		link_report(w->l, n, (struct finding){CONDITION_UNKNOWN, .arg = {n->text}});
}

static void check_mapping(struct walk *w, const struct node *arg)
{
	const struct node *name = arg->kind == LIST ? arg->first : NULL;
	if (name && name->kind == TEXT && !names_find(&w->t->mappings, name->text)
	    && !w->t->transforms)
		link_report(w->l, name, (struct finding){MAPPING_UNKNOWN, .arg = {name->text}});
}

// What the function names, by the role that it has in the language.
static void check_targets(struct walk *w, const struct node *call, struct spot p)
{
	const struct linkage *l = w->l;
	const struct node *arg = call->first;
	if (words_is_call(call, l->w->ref) && arg->kind == TEXT)
		check_ref(w, arg, arg->text, p);
	else if (words_is_call(call, l->w->get_att) && arg->kind == LIST && arg->first)
		check_get_att(w, arg, arg->first->text,
		              arg->first->next && arg->first->next->kind == TEXT
		              ? arg->first->next->text : S(""), p);
	else if (words_is_call(call, l->w->sub))
		check_sub(w, arg, p);
	else if (words_is_call(call, l->w->choose) && arg->kind == LIST)
		check_condition_name(w, arg->first);
	else if (words_is_call(call, l->w->condition))
		check_condition_name(w, arg);
	else if (words_is_call(call, l->w->find_in_map))
		check_mapping(w, arg);
}

static bool shape_is(const struct call_rule *f, const struct node *arg)
{
	struct str shape = node_str(f->facts, S("arg"));
	u64 min = node_number(f->facts, S("min"), 0), max = node_number(f->facts, S("max"), 0);
	if (str_eq(shape, S("name")))
		return arg->kind == TEXT && arg->text.len > 0;
	if (str_eq(shape, S("map")))
		return arg->kind == MAP;
	if (str_eq(shape, S("text-or-list")) && arg->kind == TEXT)
		return true;
	if (str_eq(shape, S("value")))
		return true;
	return arg->kind == LIST && arg->count >= min && arg->count <= max;
}

static struct str shape_words(struct linkage *l, const struct call_rule *f)
{
	struct arena *a = l->c->diag->arena;
	struct str shape = node_str(f->facts, S("arg"));
	u64 min = node_number(f->facts, S("min"), 0), max = node_number(f->facts, S("max"), 0);
	struct str count = min == max ? str_number(a, min)
	                 : cat(a, str_number(a, min), S(" to "), str_number(a, max));
	if (str_eq(shape, S("name")))
		return S("a name");
	if (str_eq(shape, S("map")))
		return S("a mapping");
	struct str text = str_eq(shape, S("text-or-list")) ? S("text, or ") : S("");
	return cat(a, text, S("a list of "), count);
}

static void check_map_keys(struct walk *w, const struct call_rule *f, const struct node *arg)
{
	const struct node *keys = node_get(f->facts, S("keys"));
	const struct node *required = node_get(f->facts, S("required"));
	for (const struct node *n = arg->first; keys && n; n = n->next)
		if (!node_has(keys, n->key))
			link_report_at(w->l, n->key_at, (struct finding){FUNCTION_KEY,
				.arg = {f->name, n->key}});
	for (const struct node *one = node_first(required); one; one = one->next) {
		struct str key = one->text;
		if (!node_get(arg, key))
			link_report(w->l, arg, (struct finding){FUNCTION_KEY_MISSING, .arg = {f->name, key}});
	}
}

static const struct node *list_only(const struct node *n)
{
	return n && n->kind == LIST ? n : NULL;
}

// Arguments: each position has its list; the last list goes on for those behind it.
static void walk_arguments(struct walk *w, const struct call_rule *f, const struct node *arg,
                           struct spot p)
{
	const struct node *inside = node_get(f->facts, S("inside"));
	const struct node *elements = node_get(f->facts, S("elements"));
	size_t lists = node_count(inside), i = 0;
	struct spot in = {p.conditions, NULL, f->name};
	if (arg->kind != LIST || str_eq(node_str(f->facts, S("arg")), S("value"))) {
		const struct node *list = node_at(inside, 0);
		in.allowed = list_only(list);
		walk_value(w, arg, in);
		return;
	}
	for (const struct node *n = arg->first; n; n = n->next, i++) {
		const struct node *list = node_at(inside, i < lists ? i : lists - 1);
		in.allowed = list_only(list);
		if (n->kind == TEXT || link_function(w->l, n)) {
			walk_value(w, n, in);
			continue;
		}
		in.allowed = n->kind == LIST ? elements : in.allowed;
		for (const struct node *e = n->first; e; e = e->next)
			walk_value(w, e, in);
	}
}

// What depends on conditions, on resources or on other stacks may not stand in Conditions.
static bool comes_later(const struct walk *w, const struct node *call)
{
	const struct words *o = w->l->w;
	return words_is_call(call, o->choose) || words_is_call(call, o->import)
	    || words_is_call(call, o->stack_output);
}

static bool may_stand(struct walk *w, const struct call_rule *f, const struct node *call,
                      struct spot p)
{
	if (f->in_rules || (p.conditions ? comes_later(w, call) : f->in_conditions))
		link_report(w->l, call, (struct finding){FUNCTION_PLACE, .arg = {f->name,
			p.conditions ? w->l->w->conditions : w->l->w->properties}});
	else if (p.allowed && !node_has(p.allowed, f->name))
		link_report(w->l, call, (struct finding){FUNCTION_INSIDE, .arg = {f->name, p.outer}});
	else if (node_true(f->facts, S("needs-transform")) && !w->t->transforms)
		link_report(w->l, call, (struct finding){FUNCTION_TRANSFORM, .arg = {f->name}});
	else
		return true;
	return false;
}

static void walk_call(struct walk *w, const struct call_rule *f, const struct node *call,
                      struct spot p)
{
	const struct node *arg = call->first;
	if (!may_stand(w, f, call, p))
		return;
	if (!shape_is(f, arg)) {
		// A name may itself be computed when a macro expands the template.
		if (!w->t->transforms)
			link_report(w->l, arg, (struct finding){FUNCTION_ARGUMENT,
				.arg = {f->name, shape_words(w->l, f)}});
		return;
	}
	if (arg->kind == MAP)
		check_map_keys(w, f, arg);
	check_targets(w, call, p);
	walk_arguments(w, f, arg, p);
}

static void walk_value(struct walk *w, const struct node *n, struct spot p)
{
	const struct call_rule *f = link_function(w->l, n);
	bool condition = f && words_is_call(n, w->l->w->condition);
	if (condition && !p.conditions)             // also a key of policies and of resources
		f = NULL;
	if (f) {
		walk_call(w, f, n, p);
		return;
	}
	if (n->kind == MAP && n->count == 1 && !w->t->transforms
	    && str_starts(n->first->key, w->l->w->function_prefix))
		link_report_at(w->l, n->first->key_at, (struct finding){FUNCTION_UNKNOWN,
			.arg = {n->first->key}});
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		walk_value(w, child, (struct spot){p.conditions, NULL, p.outer});
}

static void check_depends(struct walk *w, const struct node *n)
{
	const struct node *one = n && n->kind == LIST ? n->first : n;
	for (; one; one = n->kind == LIST ? one->next : NULL)
		if (one->kind == TEXT && !names_find(&w->t->resources, one->text) && !w->t->transforms)
			link_report(w->l, one, (struct finding){DEPENDS_UNKNOWN, .arg = {one->text}});
}

// CloudFormation takes no template that holds a null, wherever it stands.
static void check_nulls(struct walk *w, const struct node *n, size_t depth)
{
	enum { ENTRY = 2 };                         // a resource without anything: names.c
	if (node_is_null(n) && depth > ENTRY)
		link_report(w->l, n, (struct finding){VALUE_NULL,
			.arg = {n->key.len ? n->key : S("an element")}});
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		check_nulls(w, child, depth + 1);
}

static void check_template(struct walk *w)
{
	struct linkage *l = w->l;
	struct spot inside = {true, NULL, {0}}, outside = {false, NULL, {0}};
	for (const struct node *c = w->t->condition_list; c; c = c->next)
		walk_value(w, c, inside);
	check_nulls(w, w->t->tree, 0);
	for (const struct node *r = w->t->resource_list; r; r = r->next) {
		const struct node *properties = link_properties(l, r);
		check_condition_name(w, node_get(r, l->w->condition));
		check_depends(w, node_get(r, l->w->depends_on));
		if (properties)
			walk_value(w, properties, outside);
	}
	for (const struct node *o = w->t->output_list; o; o = o->next) {
		const struct node *value = node_get(o, l->w->value);
		const struct node *export = node_get(o, l->w->export);
		check_condition_name(w, node_get(o, l->w->condition));
		if (value)
			walk_value(w, value, outside);
		if (export)
			walk_value(w, export, inside);
	}
}

void link_functions(struct linkage *l)
{
	for (size_t i = 0; i < l->template_count; i++)
		check_template(&(struct walk){.l = l, .t = &l->templates[i]});
}
