// passed: a parameter of the template that its pattern lets pass, handed to a document whose first
// step refuses it: half an hour later than need be. Two patterns cannot be compared, but a text can
// be shown that the one takes and the other does not; schemas/audit.json has texts to try.
#include "audit/internal.h"

struct passing {
	struct audit *a;
	const struct node *facts;          // "passed"
	const struct template *t;
	const struct node *resource;  // that hands over
};

// The parameter that a value is: {Ref: P}, also as the only element of a list or in an If.
static const struct node *parameter_of(const struct passing *p, const struct node *value)
{
	const struct words *w = p->a->l->w;
	const struct node *found = NULL;
	if (words_is_call(value, w->ref) && value->first->kind == TEXT)
		return names_find(&p->t->parameters, value->first->text);
	const struct node *list = words_is_call(value, w->choose) ? value->first : value;
	if (list->kind == LIST && (list != value || list->count == 1))
		for (const struct node *n = list->first; n && !found; n = n->next)
			found = parameter_of(p, n);
	return found;
}

static struct str fact(const struct passing *p, struct str key)
{
	return node_str(p->facts, key);
}

// A text that the template takes and the document does not; empty when none of those tried is one.
static struct str witness(const struct passing *p, struct str takes, struct str wants)
{
	const struct node *one = node_first(node_get(p->facts, S("witnesses")));
	for (; one; one = one->next) {
		struct str text = one->text;
		if (pattern_found(NULL, takes, text) && !pattern_found(NULL, wants, text))
			return text;
	}
	return (struct str){0};
}

static void check_guard(const struct passing *p, const struct node *parameter, struct str name,
                        const struct step *s)
{
	const struct node *inputs = node_get(s->node, S("inputs"));
	const struct node *wants = node_get(inputs, fact(p, S("guard-pattern")));
	const struct node *value = node_get(inputs, fact(p, S("guard-value")));
	const struct node *takes = node_get(parameter, fact(p, S("pattern")));
	struct arena scratch = *p->a->l->c->diag->arena;
	if (!str_eq(s->action, node_str(p->a->facts, S("guard-action"))) || !wants || !value || !takes
	    || wants->kind != TEXT || takes->kind != TEXT || node_get(s->node, fact(p, S("goes-on")))
	    || !str_eq(value->text, cat(&scratch, S("{{ "), name, S(" }}")))
	    || !pattern_compiles(wants->text) || !pattern_compiles(takes->text))
		return;
	struct str text = witness(p, takes->text, wants->text);
	if (text.len)
		link_report_at(p->a->l, takes->at, (struct finding){PARAMETER_REFUSED_LATER,
			.arg = {parameter->key, text, s->name, p->resource->key}, .also = wants->at,
			.also_label = S("refused here")});
}

static void check_one(const struct passing *p, const struct inner *d, const struct node *entry)
{
	const struct node *name = node_get(entry, fact(p, S("name")));
	const struct node *value = node_get(entry, fact(p, S("value")));
	const struct node *parameter = value ? parameter_of(p, value) : NULL;
	struct steps all = steps_of(d);
	struct step s;
	if (parameter && name && name->kind == TEXT)
		while (steps_next(&all, &s))
			check_guard(p, parameter, name->text, &s);
}

static void check_component(const struct passing *p, const struct node *component)
{
	const struct node *arn = node_get(component, fact(p, S("document")));
	const struct node *list = node_get(component, fact(p, S("parameters")));
	struct target found;
	if (!arn || !list || list->kind != LIST || !link_target(p->a->l, p->t, arn, &found))
		return;
	const struct inner *d = link_document_of(p->a->l, found.resource);
	for (const struct node *n = list->first; d && n; n = n->next)
		check_one(p, d, n);
}

void audit_passed(struct audit *a)
{
	struct passing p = {.a = a, .facts = node_get(a->facts, S("passed"))};
	for (size_t i = 0; i < a->l->template_count; i++) {
		p.t = &a->l->templates[i];
		for (p.resource = p.t->resource_list; p.resource; p.resource = p.resource->next) {
			const struct node *list = node_get(link_properties(a->l, p.resource),
			                                   fact(&p, S("list")));
			const struct node *n = list && list->kind == LIST
			                    && str_eq(link_resource_type(a->l, p.resource), fact(&p, S("type")))
			                     ? list->first : NULL;
			for (; n; n = n->next)
				check_component(&p, n);
		}
	}
}
