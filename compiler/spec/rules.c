// rules: what must hold between settings, from schemas/rules.json, where the words are explained.
#include "spec/spec.h"

struct rule_check { struct context *c; const struct spec *s; struct str pipeline; bool bad; };

static const struct node *written(const struct rule_check *k, struct str path)
{
	const struct setting *of = language_find(k->s->language, path);
	const struct node *pipelines = node_get(k->s->tree, S("pipelines")), *own = NULL;
	if (k->pipeline.len && of && of->level == LEVEL_PIPELINE)
		own = node_path(node_get(pipelines, k->pipeline), path);
	return own ? own : node_path(k->s->tree, path);
}

static bool meets(const struct node *a, const struct node *b)
{
	for (const struct node *n = a && a->kind == LIST ? a->first : NULL; n; n = n->next)
		if (n->kind == TEXT && node_has(b, n->text))
			return true;
	return false;
}

static bool somewhere(const struct rule_check *k, struct str path, struct str value)
{
	struct str *pipelines;
	size_t count = spec_pipelines(k->c, k->s, &pipelines);
	for (size_t i = 0; i < count; i++) {
		const struct node *n = setting_at(k->c, k->s, pipelines[i], path);
		if (n && n->kind == TEXT && str_eq(n->text, value))
			return true;
	}
	return false;
}

static bool some_has(const struct node *list, struct str member)
{
	for (const struct node *n = list->kind == LIST ? list->first : NULL; n; n = n->next)
		if (node_get(n, member))
			return true;
	return false;
}

static bool is_absent(const struct rule_check *k, struct str path)
{
	struct str *pipelines;
	size_t count = spec_pipelines(k->c, k->s, &pipelines);
	for (size_t i = 0; i < count; i++)
		if (written(&(struct rule_check){k->c, k->s, pipelines[i], false}, path))
			return false;
	return true;
}

// Said by the spec itself, not by one that it extends and that is for others, too.
static bool is_own(const struct rule_check *k, struct str path)
{
	const struct node *n = written(k, path);
	return n && n->key_at.file == k->s->file;
}

// Whether a test of an abstract spec could come out otherwise where that is extended by a spec that
// adds to it: then it is left to that spec.
static bool is_undecided(const struct rule_check *k, const struct node *test, struct str path)
{
	return spec_is_abstract(k->s) && (!written(k, path) || node_str(test, S("nowhere")).len);
}

static bool holds(const struct rule_check *k, const struct node *test)
{
	struct str path = node_str(test, S("path"));
	const struct node *n = setting_at(k->c, k->s, k->pipeline, path);
	const struct node *set = node_get(test, S("set"));
	struct str is = node_str(test, S("is")), isnt = node_str(test, S("isnt"));
	struct str has = node_str(test, S("has")), lacks = node_str(test, S("lacks"));
	struct str other = node_str(test, S("meets")), some = node_str(test, S("somewhere"));
	struct str none = node_str(test, S("nowhere")), with = node_str(test, S("with"));
	struct str matches = node_str(test, S("matches"));
	if (is_undecided(k, test, path))
		return false;
	if (node_true(test, S("own")))
		return is_own(k, path);
	if (node_true(test, S("absent")))
		return is_absent(k, path);
	if (set)
		return node_true(test, S("set")) == (written(k, path) != NULL);
	if (!n)
		return false;
	if (with.len)
		return some_has(n, with);
	if (matches.len)
		return n->kind == TEXT && pattern_matches(k->c->library->patterns, matches, n->text);
	if (some.len || none.len)
		return some.len ? somewhere(k, path, some) : !somewhere(k, path, none);
	if (is.len || isnt.len)
		return is.len ? n->kind == TEXT && str_eq(n->text, is) : !str_eq(n->text, isnt);
	if (other.len)
		return meets(n, setting_at(k->c, k->s, k->pipeline, other));
	return has.len ? node_has(n, has) : !node_has(n, lacks);
}

static bool is_broken(const struct rule_check *k, const struct node *rule)
{
	for (const struct node *test = node_first(node_get(rule, S("if"))); test; test = test->next)
		if (!holds(k, test))
			return false;
	return true;
}

// The first of the rule's places that the spec has; else its first key.
static const struct node *place_of(const struct rule_check *k, const struct node *rule)
{
	for (const struct node *path = node_first(node_get(rule, S("at"))); path; path = path->next) {
		const struct node *n = written(k, path->text);
		if (n)
			return n;
	}
	return NULL;
}

static const struct node *element_of(const struct node *list, struct str text)
{
	const struct node *n = text.len && list && list->kind == LIST ? list->first : NULL;
	while (n && !str_eq(n->text, text))
		n = n->next;
	return n ? n : list;
}

static void report(struct rule_check *k, const struct node *rule)
{
	const struct node *place = element_of(place_of(k, rule), node_str(rule, S("element")));
	const struct node *also = written(k, node_str(rule, S("also"))), *first = k->s->tree->first;
	struct str fix = node_str(rule, S("fix")), pipeline = k->pipeline;
	enum rule which;
	if (!rule_by_code(node_str(rule, S("finding")), &which))
		return;
	struct finding f = {which, .at = place ? place->at : first ? first->key_at : k->s->tree->at,
		.arg = {place ? place->key : S(""), place ? place->text : S(""), pipeline,
		        node_str(rule, S("what")), node_str(rule, S("why"))},
		.fix = fix, .fixable = fix.len && place, .fix_at = place ? place->at : (struct span){0}};
	if (place && node_true(rule, S("at-key")))
		f.at = place->key_at;
	if (also && place) {
		f.also = also->at;
		f.also_label = node_str(rule, S("label"));
	}
	k->bad |= rules[which].severity == ERROR;
	diag_report(k->c->diag, f);
}

static bool is_note(const struct node *rule)
{
	enum rule which;
	return rule_by_code(node_str(rule, S("finding")), &which) && rules[which].severity == NOTE;
}

static void check_rule(struct rule_check *k, const struct node *rule)
{
	struct str *pipelines;
	bool each = str_eq(node_str(rule, S("scope")), S("pipelines"));
	size_t count = each ? spec_pipelines(k->c, k->s, &pipelines) : 1;
	for (size_t i = 0; i < count; i++) {
		k->pipeline = each ? pipelines[i] : (struct str){0};
		if (!is_broken(k, rule))
			continue;
		report(k, rule);
		if (node_true(rule, S("once")))
			return;
	}
}

static bool check_all(struct rule_check *k, bool notes)
{
	const struct node *root = facts_of(k->c, S("schemas/rules.json"));
	for (const struct node *rule = node_first(node_get(root, S("rules"))); rule; rule = rule->next)
		if (is_note(rule) == notes)
			check_rule(k, rule);
	return root && !k->bad;
}

bool check_rules(struct context *c, const struct spec *s)
{
	struct rule_check k = {.c = c, .s = s};
	return check_all(&k, false);
}

bool check_notes(struct context *c, const struct spec *s)
{
	struct rule_check k = {.c = c, .s = s};
	return check_all(&k, true);
}
