// shell: rules over the scripts inside documents, and over the steps that run them.
#include "audit/internal.h"

// The place of a line of the script in the text that holds it: the first place where that line
// stands behind the node's begin. A script in JSON has its lines escaped: then the whole node.
static struct span place_of(struct audit *a, const struct node *n, struct str line)
{
	struct source_text *s = n->at.file ? &a->l->c->diag->sources.list[n->at.file - 1] : NULL;
	struct str trimmed = str_trim(line), rest;
	size_t off;
	if (!s || !trimmed.len || !str_sub(s->text, n->at.off, s->text.len - n->at.off, &rest)
	    || !str_find(rest, trimmed, &off))
		return n->at;
	return (struct span){n->at.file, (u32)trimmed.len, n->at.off + off};
}

// The first line that shows the pattern by itself, or the script's first when none does.
static struct str line_of(struct patterns *kept, struct str script, struct str pattern)
{
	struct str left = script, line, first = {0};
	while (left.len) {
		left = str_cut(left, '\n', &line);
		if (pattern_found(kept, pattern, line))
			return line;
		if (!first.len)
			first = str_trim(line);
	}
	return first;
}

static const struct node *script_node(const struct step *s)
{
	const struct node *inputs = node_get(s->node, S("inputs"));
	const json_t *shells = json_object_get(s->in->facts, "shell");
	const char *action;
	json_t *key;
	json_object_foreach((json_t *)shells, action, key) {
		const struct node *n = str_eq(s->action, str_from(action))
			? node_get(inputs, str_from(json_string_value(key))) : NULL;
		if (n)
			return n->kind == LIST && n->first ? n->first : n;
	}
	return s->node;
}

static bool is_of(const json_t *rule, const struct inner *d)
{
	struct str wanted = json_str(rule, "document");
	return !wanted.len || str_eq(wanted, json_str(d->facts, "what"));
}

static void check_script(struct audit *a, const json_t *rule, const struct step *s,
                         struct str script)
{
	struct str pattern = json_str(rule, "pattern"), lacks = json_str(rule, "lacks");
	struct str when = json_str(rule, "when"), holds = json_str(rule, "holds");
	size_t off;
	if ((holds.len && !str_find(script, holds, &off))
	    || (when.len && !link_found(a->l, when, script))
	    || (lacks.len && link_found(a->l, lacks, script))
	    || !link_found(a->l, pattern, script) || !audit_applies(a, rule, s->in))
		return;
	struct str line = line_of(a->l->c->library->patterns, script, pattern);
	audit_report(a, rule, place_of(a, script_node(s), line), s->name, str_trim(line));
}

static bool is_missing(const struct node *n, struct str path)
{
	struct str head, rest = str_cut(path, '.', &head);
	if (!head.len || !n)
		return !n;
	if (!str_eq(head, S("*")))
		return is_missing(node_get(n, head), rest);
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		if (is_missing(child, rest))
			return true;
	return false;
}

static void check_step(struct audit *a, const json_t *rule, const struct step *s)
{
	if (str_eq(s->action, json_str(rule, "action")) && is_missing(s->node, json_str(rule, "path"))
	    && audit_applies(a, rule, s->in))
		audit_report(a, rule, s->node->at, s->name, json_str(rule, "path"));
}

// ---- parameters pasted into shell

static const struct node *declaration(const struct inner *d, struct str name)
{
	const json_t *place = json_array_get(json_object_get(d->facts, "declares"), 0);
	const struct node *list = node_get(d->tree, json_str(place, "at"));
	const struct node *n = list && list->kind != TEXT ? list->first : NULL;
	for (; n; n = n->next) {
		const struct node *entry = list->kind == MAP ? n : n->kind == MAP ? n->first : NULL;
		if (entry && str_eq(entry->key, name))
			return entry;
	}
	return NULL;
}

static bool is_guarded(struct audit *a, const struct step *s, const struct node *parameter)
{
	const json_t *guards = json_object_get(a->facts, "guards");
	struct steps all = steps_of(s->in);
	struct step before;
	for (size_t i = 0; i < json_array_size(guards); i++)
		if (node_get(parameter, str_from(json_string_value(json_array_get(guards, i)))))
			return true;
	while (steps_next(&all, &before) && before.node != s->node)
		if (str_eq(before.action, json_str(a->facts, "guard-action"))
		    && node_mentions(before.node, parameter->key))
			return true;
	return false;
}

static void check_pasted(struct audit *a, const struct step *s, struct str script)
{
	struct str left = script, name;
	size_t off, end;
	while (str_find(left, S("{{"), &off)) {
		left = (struct str){left.at + off + 2, left.len - off - 2};
		if (!str_find(left, S("}}"), &end))
			return;
		name = str_trim((struct str){left.at, end});
		left = (struct str){left.at + end + 2, left.len - end - 2};
		const struct node *parameter = declaration(s->in, name);
		if (parameter && !is_guarded(a, s, parameter))
			link_report_at(a->l, place_of(a, script_node(s), line_of(NULL, script, name)),
				(struct finding){SHELL_PASTED, .arg = {name, s->name},
				.also = parameter->key_at, .also_label = S("anything may be passed")});
	}
}

static void check_document(struct audit *a, const struct inner *d)
{
	const json_t *shell = json_object_get(a->facts, "shell");
	const json_t *steps = json_object_get(a->facts, "steps");
	struct steps all = steps_of(d);
	struct step s;
	while (steps_next(&all, &s)) {
		struct str script = link_script(a->l->c->arena, &s);
		for (size_t i = 0; script.len && i < json_array_size(shell); i++)
			if (is_of(json_array_get(shell, i), d))
				check_script(a, json_array_get(shell, i), &s, script);
		for (size_t i = 0; i < json_array_size(steps); i++)
			if (is_of(json_array_get(steps, i), d))
				check_step(a, json_array_get(steps, i), &s);
		check_pasted(a, &s, script);
	}
}

void audit_shell(struct audit *a)
{
	for (size_t i = 0; i < a->l->document_count; i++)
		check_document(a, &a->l->documents[i]);
}
