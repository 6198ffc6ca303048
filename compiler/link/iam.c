// iam: what policies allow, statement by statement: is it narrower than everything where it can
// be, is it needed, and by which step? The facts are in schemas/iam.json.
#include "link/internal.h"

// Each branch of an Fn::If counts: `when` says under which condition the value is that wide.
static bool is_wide_value(struct iam *i, const struct node *n, struct str *when, int depth)
{
	const struct node *list = words_is_call(n, i->l->w->choose) ? n->first : NULL;
	for (const struct node *one = n->kind == LIST && depth ? n->first : NULL; one; one = one->next)
		if (is_wide_value(i, one, when, depth - 1))
			return true;
	if (n->kind == LIST)
		return false;
	if (!list || list->kind != LIST || list->count != 3 || depth == 0)
		return link_matches(i->l, node_str(i->facts, S("wide")), link_text(i->l, n));
	const struct node *yes = list->first->next;
	bool first = is_wide_value(i, yes, when, depth - 1);
	bool wide = first || is_wide_value(i, list->last, when, depth - 1);
	if (wide)
		*when = cat(i->l->c->arena, first ? S(" if ") : S(" unless "), list->first->text, *when);
	return wide;
}

static bool is_wide(struct iam *i, const struct node *resources, struct str *when)
{
	enum { DEPTH = 16 };
	struct each e = iam_each(resources);
	const struct node *n;
	*when = (struct str){0};
	while ((n = each_next(&e)))
		if (is_wide_value(i, n, when, DEPTH))
			return true;
	return false;
}

static void check_action(struct iam *i, const struct statement *s, const struct node *action,
                         struct str when)
{
	const struct node *kinds = node_get(i->facts, S("narrow"));
	for (const struct node *rule = node_first(kinds); rule; rule = rule->next) {
		if ((s->condition && !node_true(rule, S("always")))
		    || !link_matches(i->l, node_str(rule, S("action")), action->text))
			continue;
		link_report(i->l, action, (struct finding){IAM_WIDE,
			.arg = {action->text, node_str(rule, S("by")), when}});
		return;
	}
}

static void check_breadth(struct iam *i, const struct statement *s)
{
	struct each e = iam_each(s->actions);
	const struct node *n;
	struct str when;
	if (s->allows && s->resources && is_wide(i, s->resources, &when))
		while ((n = each_next(&e)))
			if (n->kind == TEXT)
				check_action(i, s, n, when);
}

static bool names_account(const struct iam *i, const struct node *condition)
{
	const struct node *keys = node_get(i->facts, S("account-conditions"));
	const struct node *test = condition && condition->kind == MAP ? condition->first : NULL;
	for (; test; test = test->next)
		for (const struct node *k = test->kind == MAP ? test->first : NULL; k; k = k->next)
			if (node_has(keys, k->key))
				return true;
	return false;
}

static void check_trust(struct iam *i, const struct statement *s)
{
	struct each e = iam_each(node_get(s->principal, iam_word(i, S("service"))));
	const struct node *n;
	while ((n = each_next(&e)))
		if (link_matches(i->l, node_str(i->facts, S("trust-needs-account")), link_text(i->l, n))
		    && !names_account(i, s->condition))
			link_report(i->l, n, (struct finding){IAM_TRUST, .arg = {link_text(i->l, n)}});
}

// The Sid is a step's name, or begins with one and goes on with a detail.
static bool sid_names(const struct iam *i, struct str sid, struct str step)
{
	struct str rest;
	return step.len && str_starts(sid, step)
	    && str_sub(sid, step.len, sid.len - step.len, &rest)
	    && (!rest.len || link_matches(i->l, node_str(i->facts, S("sid-detail")), rest));
}

static bool sid_known(const struct iam *i, struct str sid)
{
	const struct node *reasons = node_get(i->facts, S("sid-reasons"));
	for (const struct node *one = node_first(reasons); one; one = one->next)
		if (str_starts(sid, one->text))
			return true;
	for (size_t k = 0; k < i->l->document_count; k++) {
		struct steps all = steps_of(&i->l->documents[k]);
		struct step s;
		while (steps_next(&all, &s))
			if (sid_names(i, sid, s.name))
				return true;
	}
	return false;
}

static void check_sid(struct iam *i, const struct statement *s)
{
	if (!s->sid)
		link_report(i->l, s->node, (struct finding){.rule = IAM_NO_SID});
	else if (!sid_known(i, s->sid->text))
		link_report(i->l, s->sid, (struct finding){IAM_SID_NO_STEP, .arg = {s->sid->text}});
}

// An ARN of the spec is where its author is, and one with an account's number names one thing,
// which lies in one partition anyway.
static void check_partition(struct iam *i, const struct node *n)
{
	if (n->kind == TEXT && !n->cause.file && str_starts(n->text, S("arn:"))
	    && link_found(i->l, i->fixed_partition, n->text))
		link_report(i->l, n, (struct finding){IAM_PARTITION, .arg = {n->text}});
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		check_partition(i, child);
}

static void check_statement(struct iam *i, const struct statement *s, void *with)
{
	(void)with;
	if (s->principal) {
		check_trust(i, s);
		return;
	}
	check_breadth(i, s);
	if (i->l->own && s->allows)
		check_sid(i, s);
}

static void check_template(struct iam *i, const struct template *t)
{
	const struct node *types = node_get(i->facts, S("identity-types"));
	for (const struct node *r = t->resource_list; r; r = r->next) {
		const struct node *properties = link_properties(i->l, r);
		if (!properties)
			continue;
		check_partition(i, properties);
		if (node_has(types, link_resource_type(i->l, r)))
			iam_statements(i, properties, check_statement, NULL);
	}
}

void link_iam(struct linkage *l)
{
	struct iam i;
	if (!iam_open(l, &i))
		return;
	for (size_t k = 0; k < l->template_count; k++)
		check_template(&i, &l->templates[k]);
	iam_needs(&i);
}
