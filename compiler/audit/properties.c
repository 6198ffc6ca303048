// properties: rules over the properties of resources and the statements of policies.
#include "audit/internal.h"

static bool path_has(struct audit *a, const struct node *properties, const json_t *rule)
{
	const json_t *others = json_object_get(rule, "path-has");
	struct str lacks = json_str(rule, "path-lacks");
	const char *path;
	json_t *pattern;
	if (lacks.len && node_path(properties, lacks))
		return false;
	json_object_foreach((json_t *)others, path, pattern) {
		const struct node *n = node_path(properties, str_from(path));
		if (!n || !link_found(a->l, str_from(json_string_value(pattern)), audit_text(a, n)))
			return false;
	}
	return true;
}

static void check_property(struct audit *a, const json_t *rule, const struct node *r)
{
	const struct node *properties = link_properties(a->l, r);
	const struct node *n = node_path(properties, json_str(rule, "path"));
	bool absent = json_is_true(json_object_get(rule, "absent"));
	if (absent != !n || (n && !link_found(a->l, json_str(rule, "pattern"), audit_text(a, n)))
	    || !path_has(a, properties, rule) || !audit_applies(a, rule, link_document_of(a->l, r)))
		return;
	audit_report(a, rule, n ? audit_place(n) : r->key_at, r->key,
	             n ? audit_text(a, n) : json_str(rule, "path"));
}

static void check_list(struct audit *a, const char *which, const struct node *r)
{
	const json_t *list = json_object_get(a->facts, which);
	struct str type = link_resource_type(a->l, r);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (str_eq(type, json_str(json_array_get(list, i), "type")))
			check_property(a, json_array_get(list, i), r);
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
static bool is_trusted(struct audit *a, const json_t *rule)
{
	struct str by = json_str(rule, "trusted"), not_by = json_str(rule, "not-trusted");
	const struct node *trust = node_get(link_properties(a->l, a->holder),
	                                    json_str(a->facts, "trust"));
	struct str text = trust ? audit_text(a, trust) : S("");
	return !by.len || (trust && link_found(a->l, by, text) && !link_found(a->l, not_by, text));
}

static void check_statement(struct audit *a, const json_t *rule, const struct statement *s)
{
	struct str condition = json_str(rule, "condition");
	const struct node *action = one_matching(a, s->actions, json_str(rule, "action"));
	const struct node *resource = one_matching(a, s->resources, json_str(rule, "resource"));
	if (!action || !resource
	    || (json_is_true(json_object_get(rule, "without-condition")) && s->condition)
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
	const json_t *list = json_object_get(a->facts, "statements");
	(void)i;
	for (size_t k = 0; s->allows && k < json_array_size(list); k++)
		check_statement(a, json_array_get(list, k), s);
}

void audit_properties(struct audit *a)
{
	struct iam i;
	if (!iam_open(a->l, &i))
		return;
	const json_t *types = json_object_get(i.facts, "identity-types");
	for (size_t k = 0; k < a->l->template_count; k++) {
		const struct node *r = a->l->templates[k].resource_list;
		for (; r; r = r->next) {
			check_list(a, "properties", r);
			check_list(a, "descriptions", r);
			a->holder = r;
			if (link_properties(a->l, r) && json_has(types, link_resource_type(a->l, r)))
				iam_statements(&i, link_properties(a->l, r), visit, a);
		}
	}
}
