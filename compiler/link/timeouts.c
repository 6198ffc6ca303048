// timeouts: what runs inside a step must end before the step does, or the outer one kills it and
// its own message and clean-up are lost.
#include "link/internal.h"

static u64 timeout_of(const struct step *s, const struct node *facts, const struct node **where)
{
	const struct node *n = node_path(s->node, node_str(facts, S("key")));
	u64 seconds;
	*where = n ? n : s->node;
	if (n && n->kind == TEXT && str_u64(n->text, &seconds))
		return seconds;
	return node_number(facts, S("default"), 0);
}

static const struct node *action_of(const struct step *s)
{
	return node_get(node_get(s->in->schema, S("actions")), s->action);
}

// A workflow's step has a default and a maximum of its own, by its action.
static u64 outer_timeout(const struct step *s, const struct node **where)
{
	const struct node *facts = node_get(s->in->facts, S("timeout"));
	const struct node *action = action_of(s);
	const struct node *n = node_path(s->node, node_str(facts, S("key")));
	u64 seconds = timeout_of(s, facts, where);
	return n ? seconds : node_number(action, S("default"), seconds);
}

static void check_range(struct linkage *l, const struct step *s)
{
	const struct node *facts = node_get(s->in->facts, S("timeout"));
	const struct node *action = action_of(s);
	const struct node *where;
	u64 seconds = outer_timeout(s, &where);
	u64 most = node_number(action, S("max"), node_number(facts, S("max"), 0));
	u64 least = node_number(facts, S("min"), 0);
	struct arena *a = l->c->diag->arena;
	if ((most && seconds > most) || seconds < least)
		link_report(l, where, (struct finding){TIMEOUT_RANGE, .arg = {s->name,
			str_number(a, seconds), str_number(a, least), str_number(a, most)}});
}

static void check_inside(struct linkage *l, const struct step *outer, const struct inner *d)
{
	const struct node *where, *outside;
	u64 most = outer_timeout(outer, &outside);
	struct steps all = steps_of(d);
	struct step s;
	struct arena *a = l->c->diag->arena;
	while (steps_next(&all, &s)) {
		u64 seconds = timeout_of(&s, node_get(d->facts, S("timeout")), &where);
		if (seconds >= most)
			link_report(l, where, (struct finding){TIMEOUT_NESTING, .arg = {s.name,
				str_number(a, seconds), outer->name, str_number(a, most)},
				.also = outside->at, .also_label = S("ends first")});
	}
}

static void check_components(struct linkage *l, const struct step *outer,
                             const struct target *recipe, const struct node *rule)
{
	const struct node *list = node_get(link_properties(l, recipe->resource),
	                                   node_str(rule, S("components")));
	const struct node *n = list && list->kind == LIST ? list->first : NULL;
	for (; n; n = n->next) {
		struct target to;
		const struct node *arn = node_get(n, node_str(rule, S("component")));
		const struct inner *d = arn && link_target(l, recipe->template, arn, &to)
		                         ? link_document_of(l, to.resource) : NULL;
		if (d)
			check_inside(l, outer, d);
	}
}

static void check_workflow(struct linkage *l, const struct inner *workflow,
                           const struct target *recipe, const struct node *rule)
{
	struct steps all = steps_of(workflow);
	struct step s;
	while (steps_next(&all, &s))
		if (node_str(action_of(&s), S("holds")).len)
			check_components(l, &s, recipe, rule);
}

static void check_build(struct linkage *l, const struct template *t, const struct node *r,
                        const struct node *rule)
{
	const struct node *properties = link_properties(l, r);
	const struct node *arn = node_get(properties, node_str(rule, S("recipe")));
	const struct node *list = node_get(properties, node_str(rule, S("workflows")));
	const struct node *n = list && list->kind == LIST ? list->first : NULL;
	struct target recipe, to;
	if (!arn || !link_target(l, t, arn, &recipe))
		return;
	for (; n; n = n->next) {
		const struct node *w = node_get(n, node_str(rule, S("workflow")));
		const struct inner *d = w && link_target(l, t, w, &to)
		                         ? link_document_of(l, to.resource) : NULL;
		if (d)
			check_workflow(l, d, &recipe, rule);
	}
}

void link_timeouts(struct linkage *l)
{
	const struct node *kinds = node_get(l->w->root, S("builds"));
	for (size_t i = 0; i < l->document_count; i++) {
		struct steps all = steps_of(&l->documents[i]);
		struct step s;
		while (steps_next(&all, &s)) {
			const struct inner *run = link_document_run(l, &s);
			check_range(l, &s);
			if (run)
				check_inside(l, &s, run);
		}
	}
	for (size_t i = 0; i < l->template_count; i++) {
		const struct node *r = l->templates[i].resource_list;
		for (; r; r = r->next)
			for (const struct node *one = node_first(kinds); one; one = one->next)
				if (str_eq(link_resource_type(l, r), node_str(one, S("type"))))
					check_build(l, &l->templates[i], r, one);
	}
}
