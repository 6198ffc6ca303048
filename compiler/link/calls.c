// calls: who runs which document, with which parameters, and for how long. What refers to what
// is data: "calls" and "builds" in schemas/cloudformation.json.
#include "link/internal.h"

struct call {
	struct linkage *l;
	const struct inner *of;           // the document that is called
	const struct node *at;               // where
	const struct node *passed;           // list of {Name, …} or a map
	struct str name;                     // key of the name in a list; empty: a map
};

static bool is_passed(const struct call *c, struct str name)
{
	const struct node *n = c->passed && c->passed->kind != TEXT ? c->passed->first : NULL;
	for (; n; n = n->next) {
		const struct node *key = c->name.len ? node_get(n, c->name) : NULL;
		struct str is = key ? key->text : n->key;
		// In a workflow `Name.$` passes a computed value.
		if (str_eq(is, name) || (str_starts(is, name) && is.len == name.len + 2
		                         && str_ends(is, S(".$"))))
			return true;
	}
	return !c->name.len && c->passed && c->passed->kind == TEXT;
}

static const struct node *declaration(const struct node *entry, struct str form,
                                      struct str *name)
{
	const struct node *n = node_get(entry, S("name"));
	if (str_eq(form, S("map"))) {
		*name = entry->key;
		return entry;
	}
	if (str_eq(form, S("named"))) {
		*name = n ? n->text : (struct str){0};
		return entry;
	}
	*name = entry->kind == MAP && entry->first ? entry->first->key : (struct str){0};
	return entry->kind == MAP ? entry->first : NULL;
}

static void check_missing(const struct call *c, const struct node *list, const struct node *place)
{
	struct str form = node_str(place, S("form")), name;
	const struct node *n = list && list->kind != TEXT ? list->first : NULL;
	for (; n; n = n->next) {
		const struct node *d = declaration(n, form, &name);
		if (d && !node_get(d, node_str(place, S("value"))) && !is_passed(c, name))
			link_report(c->l, c->at, (struct finding){CALL_MISSING,
				.arg = {name, c->of->resource->key}});
	}
}

static bool is_parameter(const struct node *list, struct str form, struct str wanted)
{
	struct str name;
	const struct node *n = list && list->kind != TEXT ? list->first : NULL;
	for (; n; n = n->next)
		if (declaration(n, form, &name) && str_eq(name, wanted))
			return true;
	return false;
}

static void check_extra(const struct call *c, const struct node *list, struct str form)
{
	const struct node *n = c->passed && c->passed->kind != TEXT ? c->passed->first : NULL;
	for (; n; n = n->next) {
		const struct node *key = c->name.len ? node_get(n, c->name) : n;
		struct str name = c->name.len ? (key ? key->text : S("")) : n->key;
		if (str_ends(name, S(".$")))
			name.len -= 2;
		if (key && name.len && !is_parameter(list, form, name))
			link_report(c->l, c->name.len ? key : n, (struct finding){CALL_UNKNOWN,
				.arg = {name, c->of->resource->key}});
	}
}

static void check_call(const struct call *c)
{
	const struct node *place = node_at(node_get(c->of->facts, S("declares")), 0);
	const struct node *list = node_get(c->of->tree, node_str(place, S("at")));
	check_extra(c, list, node_str(place, S("form")));
	check_missing(c, list, place);
}

static void check_list(struct linkage *l, const struct template *t, const struct node *r,
                       const struct node *rule)
{
	const struct node *list = node_get(link_properties(l, r), node_str(rule, S("each")));
	const struct node *n = list && list->kind == LIST ? list->first : NULL;
	for (; n; n = n->next) {
		struct target to;
		const struct node *arn = node_get(n, node_str(rule, S("target")));
		const struct node *passed = node_get(n, node_str(rule, S("parameters")));
		bool known = arn && link_target(l, t, arn, &to) && (!passed || passed->kind == LIST);
		const struct inner *d = known ? link_document_of(l, to.resource) : NULL;
		if (d)
			check_call(&(struct call){l, d, n, passed, node_str(rule, S("name"))});
	}
}

// A workflow's step that runs a document: the name is text in which a function stood, so the
// resource is looked up by what is left of it.
const struct inner *link_document_run(struct linkage *l, const struct step *s)
{
	const struct node *action = node_get(node_get(s->in->schema, S("actions")), s->action);
	struct str key = node_str(node_get(action, S("runs")), S("document"));
	const struct node *name = key.len ? node_get(node_get(s->node, S("inputs")), key) : NULL;
	if (!name || name->kind != TEXT || name->text.len < 3)
		return NULL;
	struct str inside = {name->text.at + 1, name->text.len - 2};
	const struct node *r = names_find(&s->in->template->resources, inside);
	return r ? link_document_of(l, r) : NULL;
}

static void check_runs(struct linkage *l, const struct inner *d)
{
	struct steps all = steps_of(d);
	struct step s;
	while (steps_next(&all, &s)) {
		const struct inner *run = link_document_run(l, &s);
		if (run)
			check_call(&(struct call){l, run, s.node,
				node_get(node_get(s.node, S("inputs")), S("parameters")), {0}});
	}
}

void link_calls_match(struct linkage *l)
{
	const struct node *kinds = node_get(l->w->root, S("calls"));
	for (size_t i = 0; i < l->template_count; i++) {
		const struct template *t = &l->templates[i];
		for (const struct node *r = t->resource_list; r; r = r->next)
			for (const struct node *one = node_first(kinds); one; one = one->next)
				if (str_eq(link_resource_type(l, r), node_str(one, S("type"))))
					check_list(l, t, r, one);
	}
	for (size_t i = 0; i < l->document_count; i++)
		check_runs(l, &l->documents[i]);
}
