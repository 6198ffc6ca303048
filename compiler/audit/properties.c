// properties: rules over the properties of resources and the statements of policies.
#include "audit/internal.h"

static bool path_has(struct audit *a, const struct node *properties, const struct node *rule)
{
	const struct node *others = node_get(rule, S("path-has"));
	struct str lacks = node_str(rule, S("path-lacks"));
	if (lacks.len && node_path(properties, lacks))
		return false;
	for (const struct node *pattern = node_first(others); pattern; pattern = pattern->next) {
		const struct node *n = node_path(properties, pattern->key);
		if (!n || !link_found(a->l, pattern->text, audit_text(a, n)))
			return false;
	}
	return true;
}

static void check_property(struct audit *a, const struct node *rule, const struct node *r)
{
	const struct node *properties = link_properties(a->l, r);
	const struct node *n = node_path(properties, node_str(rule, S("path")));
	bool absent = node_true(rule, S("absent"));
	if (absent != !n || (n && !link_found(a->l, node_str(rule, S("pattern")), audit_text(a, n)))
	    || !path_has(a, properties, rule) || !audit_applies(a, rule, link_document_of(a->l, r)))
		return;
	audit_report(a, rule, n ? audit_place(n) : r->key_at, r->key,
	             n ? audit_text(a, n) : node_str(rule, S("path")));
}

static void check_list(struct audit *a, struct str which, const struct node *r)
{
	const struct node *list = node_get(a->facts, which);
	struct str type = link_resource_type(a->l, r);
	for (const struct node *one = node_first(list); one; one = one->next)
		if (str_eq(type, node_str(one, S("type"))))
			check_property(a, one, r);
}

// ---- statements

static const struct node *one_matching(struct audit *a, const struct node *values,
                                       struct str pattern)
{
	struct each e = iam_each(values);
	const struct node *n;
	while ((n = each_next(&e)))
		if (!pattern.len || link_found(a->l, pattern, audit_text(a, n)))
			return n;
	return NULL;
}

// Who may assume the role that the statement is in; without the rule's word, anybody.
static bool is_trusted(struct audit *a, const struct node *rule)
{
	struct str by = node_str(rule, S("trusted")), not_by = node_str(rule, S("not-trusted"));
	const struct node *trust = node_get(link_properties(a->l, a->holder),
	                                    node_str(a->facts, S("trust")));
	struct str text = trust ? audit_text(a, trust) : S("");
	return !by.len || (trust && link_found(a->l, by, text) && !link_found(a->l, not_by, text));
}

static void check_statement(struct audit *a, const struct node *rule, const struct statement *s)
{
	struct str condition = node_str(rule, S("condition"));
	const struct node *action = one_matching(a, s->actions, node_str(rule, S("action")));
	const struct node *resource = one_matching(a, s->resources, node_str(rule, S("resource")));
	if (!action || !resource
	    || (node_true(rule, S("without-condition")) && s->condition)
	    || (condition.len && (!s->condition
	                          || !link_found(a->l, condition, audit_text(a, s->condition))))
	    || !is_trusted(a, rule) || !audit_applies(a, rule, NULL))
		return;
	const struct node *at = condition.len ? s->condition : action;
	audit_report(a, rule, audit_place(at), audit_text(a, action), audit_text(a, resource));
}

static void visit(struct iam *i, const struct statement *s, void *with)
{
	struct audit *a = with;
	const struct node *list = node_get(a->facts, S("statements"));
	(void)i;
	for (const struct node *one = node_first(list); s->allows && one; one = one->next)
		check_statement(a, one, s);
}

void audit_properties(struct audit *a)
{
	struct iam i;
	if (!iam_open(a->l, &i))
		return;
	const struct node *types = node_get(i.facts, S("identity-types"));
	for (size_t k = 0; k < a->l->template_count; k++) {
		const struct node *r = a->l->templates[k].resource_list;
		for (; r; r = r->next) {
			check_list(a, S("properties"), r);
			check_list(a, S("descriptions"), r);
			a->holder = r;
			if (link_properties(a->l, r) && node_has(types, link_resource_type(a->l, r)))
				iam_statements(&i, link_properties(a->l, r), visit, a);
		}
	}
}
