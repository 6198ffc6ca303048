// chains: what a step takes from parameters and from earlier steps, "{{ … }}" in component and
// SSM documents, "$.…" in workflows.
#include "link/internal.h"

struct chain { struct linkage *l; const struct inner *d; const struct step *at; };

// One entry of a list of declarations, in the three forms that the documents have.
static bool declares(const struct node *entry, struct str form, struct str name)
{
	if (str_eq(form, S("map")))
		return str_eq(entry->key, name);
	if (str_eq(form, S("single-key")))
		return entry->kind == MAP && entry->first && str_eq(entry->first->key, name);
	const struct node *n = node_get(entry, S("name"));
	return n && n->kind == TEXT && str_eq(n->text, name);
}

static bool is_declared(const struct inner *d, struct str name)
{
	const struct node *places = node_get(d->facts, S("declares"));
	for (const struct node *place = node_first(places); place; place = place->next) {
		const struct node *list = node_get(d->tree, node_str(place, S("at")));
		const struct node *n = list && list->kind != TEXT ? list->first : NULL;
		for (; n; n = n->next)
			if (declares(n, node_str(place, S("form")), name))
				return true;
	}
	return false;
}

// The step of that name (and phase, if the document has phases); false when there is none.
static bool find_step(const struct inner *d, struct str phase, struct str name,
                      struct step *out)
{
	struct steps all = steps_of(d);
	struct step s;
	while (steps_next(&all, &s)) {
		const struct node *p = node_get(s.phase, S("name"));
		if (str_eq(s.name, name) && (!s.phase || (p && str_eq(p->text, phase)))) {
			*out = s;
			return true;
		}
	}
	return false;
}

static bool is_before(const struct inner *d, const struct node *a, const struct node *b)
{
	struct steps all = steps_of(d);
	struct step s;
	while (steps_next(&all, &s))
		if (s.node == a || s.node == b)
			return s.node == a && a != b;
	return false;
}

static void unknown(const struct chain *c, const struct node *n, struct str reference)
{
	link_report(c->l, n, (struct finding){REFERENCE_UNKNOWN, .arg = {reference,
		node_str(c->d->facts, S("what")), c->at ? c->at->name : S("outputs")}});
}

// The step must exist and have run; true when it has, for the caller to look at its outputs.
static bool check_source(const struct chain *c, const struct node *n, struct str phase,
                         struct str name, struct step *out)
{
	if (!find_step(c->d, phase, name, out)) {
		link_report(c->l, n, (struct finding){CHAIN_NO_STEP, .arg = {name,
			c->at ? c->at->name : S("outputs")}});
		return false;
	}
	if (c->at && !is_before(c->d, out->node, c->at->node)) {
		link_report(c->l, n, (struct finding){CHAIN_LATER, .arg = {c->at->name, name},
			.also = out->node->at, .also_label = S("runs here")});
		return false;
	}
	return true;
}

// phase.step.outputs.stdout
static void check_scoped(const struct chain *c, const struct node *n, struct str reference)
{
	struct str phase, step, what, rest = str_cut(reference, '.', &phase);
	struct step found;
	rest = str_cut(rest, '.', &step);
	rest = str_cut(rest, '.', &what);
	if (!str_eq(what, S("outputs")) && !str_starts(what, S("inputs")))
		unknown(c, n, reference);
	else if (str_eq(what, S("outputs")) && check_source(c, n, phase, step, &found)
	         && !node_has(node_get(node_get(c->d->facts, S("reference")), S("outputs")), rest))
		link_report(c->l, n, (struct finding){CHAIN_NO_OUTPUT, .arg = {step, rest}});
}

// What stands between braces is a reference only when it looks like one: shell and other
// programs have uses for double braces too.
static void check_braced(const struct chain *c, const struct node *n, struct str reference)
{
	const struct node *facts = node_get(c->d->facts, S("reference"));
	size_t off;
	static const struct str form = STR("[A-Za-z][A-Za-z0-9_-]*([.:/][A-Za-z0-9_./:()\\[\\]-]+)?");
	if (!link_matches(c->l, form, reference) || is_declared(c->d, reference)
	    || link_matches(c->l, node_str(facts, S("known")), reference))
		return;
	if (node_true(facts, S("scoped")) && str_find(reference, S("."), &off))
		check_scoped(c, n, reference);
	else
		unknown(c, n, reference);
}

static struct str name_only(struct str s)
{
	struct str head;
	(void)str_cut(s, '[', &head);
	(void)str_cut(head, '.', &head);
	return head;
}

static void check_step_output(const struct chain *c, const struct node *n, struct str path)
{
	struct str step, output = name_only(str_cut(path, '.', &step));
	struct step found;
	if (!check_source(c, n, S(""), step, &found))
		return;
	const struct node *action = node_get(node_get(c->d->schema, S("actions")), found.action);
	if (action && !node_has(node_get(action, S("outputs")), output))
		link_report(c->l, n, (struct finding){CHAIN_NO_OUTPUT, .arg = {step, output}});
}

// $.parameters.X, $.stepOutputs.Step.out, or what the service knows
static void check_path(const struct chain *c, const struct node *n, struct str path)
{
	const struct node *facts = node_get(c->d->facts, S("reference"));
	struct str root, rest = str_cut((struct str){path.at + 2, path.len - 2}, '.', &root);
	const struct node *known = node_get(facts, root);
	if (str_eq(root, S("stepOutputs")))
		check_step_output(c, n, rest);
	else if (str_eq(root, S("parameters")) ? !is_declared(c->d, name_only(rest))
	         : known ? !node_has(known, name_only(rest)) : !str_eq(root, S("workflowOutputs")))
		unknown(c, n, path);
}

static void check_text(const struct chain *c, const struct node *n)
{
	bool braces = str_eq(node_str(node_get(c->d->facts, S("reference")), S("style")),
	                     S("braces"));
	struct str left = n->text, inside;
	size_t off, end;
	if (!braces && str_starts(left, S("$."))) {
		check_path(c, n, left);
		return;
	}
	while (str_find(left, S("{{"), &off)) {
		left = (struct str){left.at + off + 2, left.len - off - 2};
		if (!str_find(left, S("}}"), &end))
			return;
		inside = str_trim((struct str){left.at, end});
		left = (struct str){left.at + end + 2, left.len - end - 2};
		if (braces)
			check_braced(c, n, inside);
		else if (str_starts(inside, S("$.")))
			check_path(c, n, inside);
	}
}

static void check_tree(const struct chain *c, const struct node *n)
{
	if (n->kind == TEXT)
		check_text(c, n);
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		check_tree(c, child);
}

void link_chains(struct linkage *l)
{
	for (size_t i = 0; i < l->document_count; i++) {
		const struct inner *d = &l->documents[i];
		const struct node *outputs = node_get(d->tree, node_str(d->facts, S("outputs")));
		struct steps all = steps_of(d);
		struct step s;
		while (steps_next(&all, &s))
			check_tree(&(struct chain){l, d, &s}, s.node);
		if (outputs)
			check_tree(&(struct chain){l, d, NULL}, outputs);
	}
}
