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
		if (n->kind == TEXT && node_lists(b, n->text))
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

static bool holds(const struct rule_check *k, const json_t *test)
{
	struct str path = json_str(test, "path");
	const struct node *n = setting_at(k->c, k->s, k->pipeline, path);
	const json_t *set = json_object_get(test, "set");
	struct str is = json_str(test, "is"), isnt = json_str(test, "isnt");
	struct str has = json_str(test, "has"), lacks = json_str(test, "lacks");
	struct str other = json_str(test, "meets"), some = json_str(test, "somewhere");
	struct str none = json_str(test, "nowhere"), with = json_str(test, "with");
	struct str matches = json_str(test, "matches");
	if (json_is_true(json_object_get(test, "own")))
		return is_own(k, path);
	if (json_is_true(json_object_get(test, "absent")))
		return is_absent(k, path);
	if (set)
		return json_is_true(set) == (written(k, path) != NULL);
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
	return has.len ? node_lists(n, has) : !node_lists(n, lacks);
}

static bool is_broken(const struct rule_check *k, const json_t *rule)
{
	size_t i;
	json_t *test;
	json_array_foreach(json_object_get(rule, "if"), i, test)
		if (!holds(k, test))
			return false;
	return true;
}

// The first of the rule's places that the spec has; else its first key.
static const struct node *place_of(const struct rule_check *k, const json_t *rule)
{
	size_t i;
	json_t *path;
	json_array_foreach(json_object_get(rule, "at"), i, path) {
		const struct node *n = written(k, str_from(json_string_value(path)));
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

static void report(struct rule_check *k, const json_t *rule)
{
	const struct node *place = element_of(place_of(k, rule), json_str(rule, "element"));
	const struct node *also = written(k, json_str(rule, "also")), *first = k->s->tree->first;
	struct str fix = json_str(rule, "fix"), pipeline = k->pipeline;
	enum rule which;
	if (!rule_by_code(json_str(rule, "finding"), &which))
		return;
	struct finding f = {which, .at = place ? place->at : first ? first->key_at : k->s->tree->at,
		.arg = {place ? place->key : S(""), place ? place->text : S(""), pipeline,
		        json_str(rule, "what"), json_str(rule, "why")},
		.fix = fix, .fixable = fix.len && place, .fix_at = place ? place->at : (struct span){0}};
	if (place && json_is_true(json_object_get(rule, "at-key")))
		f.at = place->key_at;
	if (also && place) {
		f.also = also->at;
		f.also_label = json_str(rule, "label");
	}
	k->bad |= rules[which].severity == ERROR;
	diag_report(k->c->diag, f);
}

static bool is_note(const json_t *rule)
{
	enum rule which;
	return rule_by_code(json_str(rule, "finding"), &which) && rules[which].severity == NOTE;
}

static void check_rule(struct rule_check *k, const json_t *rule)
{
	struct str *pipelines;
	bool each = str_eq(json_str(rule, "scope"), S("pipelines"));
	size_t count = each ? spec_pipelines(k->c, k->s, &pipelines) : 1;
	for (size_t i = 0; i < count; i++) {
		k->pipeline = each ? pipelines[i] : (struct str){0};
		if (!is_broken(k, rule))
			continue;
		report(k, rule);
		if (json_is_true(json_object_get(rule, "once")))
			return;
	}
}

static bool check_all(struct rule_check *k, bool notes)
{
	json_t *root = library_json(k->c->library, S("schemas/rules.json")), *rule;
	size_t i;
	json_array_foreach(json_object_get(root, "rules"), i, rule)
		if (is_note(rule) == notes)
			check_rule(k, rule);
	json_decref(root);
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
