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
	const struct node *shells = node_get(s->in->facts, S("shell"));
	for (const struct node *key = node_first(shells); key; key = key->next) {
		const struct node *n = str_eq(s->action, key->key)
			? node_get(inputs, key->text) : NULL;
		if (n)
			return n->kind == LIST && n->first ? n->first : n;
	}
	return s->node;
}

static bool is_of(const struct node *rule, const struct inner *d)
{
	struct str wanted = node_str(rule, S("document"));
	return !wanted.len || str_eq(wanted, node_str(d->facts, S("what")));
}

static void check_script(struct audit *a, const struct node *rule, const struct step *s,
                         struct str script)
{
	struct str pattern = node_str(rule, S("pattern")), lacks = node_str(rule, S("lacks"));
	struct str when = node_str(rule, S("when")), holds = node_str(rule, S("holds"));
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

static void check_step(struct audit *a, const struct node *rule, const struct step *s)
{
	struct str path = node_str(rule, S("path"));
	if (str_eq(s->action, node_str(rule, S("action"))) && is_missing(s->node, path)
	    && audit_applies(a, rule, s->in))
		audit_report(a, rule, s->node->at, s->name, path);
}

// ---- parameters pasted into shell

static const struct node *declaration(const struct inner *d, struct str name)
{
	const struct node *place = node_at(node_get(d->facts, S("declares")), 0);
	const struct node *list = node_get(d->tree, node_str(place, S("at")));
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
	const struct node *guards = node_get(a->facts, S("guards"));
	struct steps all = steps_of(s->in);
	struct step before;
	for (const struct node *one = node_first(guards); one; one = one->next)
		if (node_get(parameter, one->text))
			return true;
	while (steps_next(&all, &before) && before.node != s->node)
		if (str_eq(before.action, node_str(a->facts, S("guard-action")))
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
	const struct node *shell = node_get(a->facts, S("shell"));
	const struct node *steps = node_get(a->facts, S("steps"));
	struct steps all = steps_of(d);
	struct step s;
	while (steps_next(&all, &s)) {
		struct str script = link_script(a->l->c->arena, &s);
		for (const struct node *one = node_first(shell); script.len && one; one = one->next)
			if (is_of(one, d))
				check_script(a, one, &s, script);
		for (const struct node *one = node_first(steps); one; one = one->next)
			if (is_of(one, d))
				check_step(a, one, &s);
		check_pasted(a, &s, script);
	}
}

void audit_shell(struct audit *a)
{
	for (size_t i = 0; i < a->l->document_count; i++)
		check_document(a, &a->l->documents[i]);
}
