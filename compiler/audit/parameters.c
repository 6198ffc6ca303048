// parameters: parameters that take too much, conditions that cannot change, exports that float.
#include "audit/internal.h"

static bool has_any(const struct node *p, const struct node *keys)
{
	for (const struct node *one = node_first(keys); one; one = one->next)
		if (node_get(p, one->text))
			return true;
	return false;
}

// The properties of the names that a rule watches, anywhere in the template, as text. They are
// few: looked for once a rule, not once a parameter.
struct use { struct str text, resource; };
struct uses { struct use *list; size_t count, cap; };

static void find_uses(struct audit *a, const struct node *n, const struct node *names,
                      struct str resource, struct uses *all)
{
	if (n->key.len && node_has(names, n->key)) {
		all->list = grown(a->l->c->arena, all->list, all->count, &all->cap, struct use);
		all->list[all->count++] = (struct use){audit_text(a, n), resource};
	}
	if (n->kind == TEXT || link_function(a->l, n))
		return;
	for (const struct node *child = n->first; child; child = child->next)
		find_uses(a, child, names, resource, all);
}

static void check_parameter(struct audit *a, const struct node *rule, const struct uses *uses,
                            const struct node *p)
{
	struct arena scratch = *a->l->c->arena;
	const struct node *type = node_get(p, a->l->w->type);
	struct str in_text = cat(&scratch, S("<"), p->key, S(">"));
	struct str in_list = cat(&scratch, S("\"Ref\":\""), p->key, S("\""));
	size_t i = 0, off;
	if (!type || !str_eq(type->text, node_str(rule, S("type")))
	    || has_any(p, node_get(rule, S("lacks"))))
		return;
	while (i < uses->count && !str_find(uses->list[i].text, in_text, &off)
	       && !str_find(uses->list[i].text, in_list, &off))
		i++;
	if (i < uses->count)
		audit_report(a, rule, p->key_at, p->key, uses->list[i].resource);
}

static void check_declared(struct audit *a, const struct node *rule, const struct template *t)
{
	const struct node *names = node_get(rule, S("used-in"));
	struct uses uses = {0};
	for (const struct node *r = t->resource_list; r; r = r->next) {
		const struct node *properties = link_properties(a->l, r);
		if (properties)
			find_uses(a, properties, names, r->key, &uses);
	}
	for (const struct node *p = uses.count ? t->parameter_list : NULL; p; p = p->next)
		check_parameter(a, rule, &uses, p);
}

// CloudFormation checks values of such types against what exists: "" never does.
static void check_condition(struct audit *a, const struct template *t, const struct node *n)
{
	const struct node *list = words_is_call(n, a->l->w->equals) ? n->first : NULL;
	const struct node *x = list && list->kind == LIST ? list->first : NULL;
	const struct node *y = x ? x->next : NULL;
	if (y && y->kind == TEXT && !y->text.len && words_is_call(x, a->l->w->ref)) {
		const struct node *p = names_find(&t->parameters, x->first->text);
		const struct node *type = node_get(p, a->l->w->type);
		if (type && link_found(a->l, node_str(a->facts, S("never-empty")), type->text))
			link_report_at(a->l, n->at, (struct finding){CONDITION_CONSTANT,
				.arg = {p->key, type->text}, .also = p->key_at,
				.also_label = S("must exist when it is passed")});
	}
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		check_condition(a, t, child);
}

static bool is_exact(struct audit *a, const struct template *t, struct str resource)
{
	struct str exact = cat(a->l->c->arena, S("<"), resource, S(">"));
	for (const struct node *o = t->output_list; o; o = o->next) {
		const struct node *value = node_get(o, a->l->w->value);
		if (value && str_eq(link_text(a->l, value), exact))
			return true;
	}
	return false;
}

static void check_output(struct audit *a, const struct template *t, const struct node *o)
{
	const struct node *value = node_get(o, a->l->w->value);
	struct str text = value ? link_text(a->l, value) : S(""), head;
	if (!node_get(o, a->l->w->export) || !link_found(a->l, node_str(a->facts, S("floating")), text))
		return;
	(void)str_cut((struct str){text.at + 1, text.len - 1}, '.', &head);
	if (!is_exact(a, t, head))
		link_report(a->l, value, (struct finding){EXPORT_FLOATS, .arg = {o->key, head}});
}

void audit_parameters(struct audit *a)
{
	const struct node *list = node_get(a->facts, S("parameters"));
	for (size_t i = 0; i < a->l->template_count; i++) {
		const struct template *t = &a->l->templates[i];
		for (const struct node *one = node_first(list); one; one = one->next)
			check_declared(a, one, t);
		for (const struct node *c = t->condition_list; c; c = c->next)
			check_condition(a, t, c);
		for (const struct node *o = t->output_list; o; o = o->next)
			check_output(a, t, o);
	}
}
