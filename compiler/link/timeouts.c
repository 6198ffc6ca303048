// timeouts: what runs inside a step must end before the step does, or the outer one kills it and
// its own message and clean-up are lost.
#include "link/internal.h"

static u64 timeout_of(const struct step *s, const json_t *facts, const struct node **where)
{
	const struct node *n = node_path(s->node, json_str(facts, "key"));
	u64 seconds;
	*where = n ? n : s->node;
	if (n && n->kind == TEXT && str_u64(n->text, &seconds))
		return seconds;
	return (u64)json_integer_value(json_object_get(facts, "default"));
}

static const json_t *action_of(struct linkage *l, const struct step *s)
{
	struct arena scratch = *l->c->arena;
	return json_object_get(json_object_get(s->in->schema, "actions"), str_z(&scratch, s->action));
}

// A workflow's step has a default and a maximum of its own, by its action.
static u64 outer_timeout(struct linkage *l, const struct step *s, const struct node **where)
{
	const json_t *facts = json_object_get(s->in->facts, "timeout");
	const json_t *action = action_of(l, s);
	const struct node *n = node_path(s->node, json_str(facts, "key"));
	const json_t *initial = json_object_get(action, "default");
	u64 seconds = timeout_of(s, facts, where);
	return n || !initial ? seconds : (u64)json_integer_value(initial);
}

static void check_range(struct linkage *l, const struct step *s)
{
	const json_t *facts = json_object_get(s->in->facts, "timeout");
	const json_t *action = action_of(l, s);
	const json_t *max = json_object_get(action, "max");
	const struct node *where;
	u64 seconds = outer_timeout(l, s, &where);
	u64 most = (u64)json_integer_value(max ? max : json_object_get(facts, "max"));
	u64 least = (u64)json_integer_value(json_object_get(facts, "min"));
	struct arena *a = l->c->diag->arena;
	if ((most && seconds > most) || seconds < least)
		link_report(l, where, (struct finding){TIMEOUT_RANGE, .arg = {s->name,
			str_number(a, seconds), str_number(a, least), str_number(a, most)}});
}

static void check_inside(struct linkage *l, const struct step *outer, const struct inner *d)
{
	const struct node *where, *outside;
	u64 most = outer_timeout(l, outer, &outside);
	struct steps all = steps_of(d);
	struct step s;
	struct arena *a = l->c->diag->arena;
	while (steps_next(&all, &s)) {
		u64 seconds = timeout_of(&s, json_object_get(d->facts, "timeout"), &where);
		if (seconds >= most)
			link_report(l, where, (struct finding){TIMEOUT_NESTING, .arg = {s.name,
				str_number(a, seconds), outer->name, str_number(a, most)},
				.also = outside->at, .also_label = S("ends first")});
	}
}

static void check_components(struct linkage *l, const struct step *outer,
                             const struct target *recipe, const json_t *rule)
{
	const struct node *list = node_get(link_properties(l, recipe->resource),
	                                   json_str(rule, "components"));
	const struct node *n = list && list->kind == LIST ? list->first : NULL;
	for (; n; n = n->next) {
		struct target to;
		const struct node *arn = node_get(n, json_str(rule, "component"));
		const struct inner *d = arn && link_target(l, recipe->template, arn, &to)
		                         ? link_document_of(l, to.resource) : NULL;
		if (d)
			check_inside(l, outer, d);
	}
}

static void check_workflow(struct linkage *l, const struct inner *workflow,
                           const struct target *recipe, const json_t *rule)
{
	struct steps all = steps_of(workflow);
	struct step s;
	while (steps_next(&all, &s))
		if (json_str(action_of(l, &s), "holds").len)
			check_components(l, &s, recipe, rule);
}

static void check_build(struct linkage *l, const struct template *t, const struct node *r,
                        const json_t *rule)
{
	const struct node *properties = link_properties(l, r);
	const struct node *arn = node_get(properties, json_str(rule, "recipe"));
	const struct node *list = node_get(properties, json_str(rule, "workflows"));
	const struct node *n = list && list->kind == LIST ? list->first : NULL;
	struct target recipe, to;
	if (!arn || !link_target(l, t, arn, &recipe))
		return;
	for (; n; n = n->next) {
		const struct node *w = node_get(n, json_str(rule, "workflow"));
		const struct inner *d = w && link_target(l, t, w, &to)
		                         ? link_document_of(l, to.resource) : NULL;
		if (d)
			check_workflow(l, d, &recipe, rule);
	}
}

void link_timeouts(struct linkage *l)
{
	const json_t *kinds = json_object_get(l->w.root, "builds");
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
			for (size_t k = 0; k < json_array_size(kinds); k++)
				if (str_eq(link_resource_type(l, r), json_str(json_array_get(kinds, k), "type")))
					check_build(l, &l->templates[i], r, json_array_get(kinds, k));
	}
}
