// iam: what policies allow, statement by statement: is it narrower than everything where it can
// be, is it needed, and by which step? The facts are in schemas/iam.json.
#include "link/internal.h"
#include "link/internal.h"

struct str iam_word(const struct iam *i, struct str key)
{
	return node_str(node_get(i->facts, S("words")), key);
}

struct each iam_each(const struct node *one_or_many)
{
	bool many = one_or_many && one_or_many->kind == LIST;
	return (struct each){many ? one_or_many->first : one_or_many, many};
}

const struct node *each_next(struct each *e)
{
	const struct node *n = e->at;
	e->at = n && e->many ? n->next : NULL;
	return n;
}

static bool is_wide(const struct iam *i, const struct node *resources)
{
	struct each e = iam_each(resources);
	const struct node *n;
	while ((n = each_next(&e)))
		if (link_matches(i->l, node_str(i->facts, S("wide")), link_text(i->l, n)))
			return true;
	return false;
}

static void check_action(struct iam *i, const struct statement *s, const struct node *action)
{
	const struct node *kinds = node_get(i->facts, S("narrow"));
	for (const struct node *rule = node_first(kinds); rule; rule = rule->next) {
		if ((s->condition && !node_true(rule, S("always")))
		    || !link_matches(i->l, node_str(rule, S("action")), action->text))
			continue;
		link_report(i->l, action, (struct finding){IAM_WIDE,
			.arg = {action->text, node_str(rule, S("by"))}});
		return;
	}
}

static void check_breadth(struct iam *i, const struct statement *s)
{
	struct each e = iam_each(s->actions);
	const struct node *n;
	if (s->allows && s->resources && is_wide(i, s->resources))
		while ((n = each_next(&e)))
			if (n->kind == TEXT)
				check_action(i, s, n);
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

static struct statement statement_of(const struct iam *i, const struct node *n)
{
	const struct node *effect = node_get(n, i->effect);
	return (struct statement){
		.node = n, .sid = node_get(n, i->sid),
		.allows = effect && str_eq(effect->text, i->allow),
		.actions = node_get(n, i->action),
		.resources = node_get(n, i->resource),
		.condition = node_get(n, i->condition),
		.principal = node_get(n, i->principal),
	};
}

// A statement may stand under an Fn::If, whose name is then no map and is passed over.
void iam_statements(struct iam *i, const struct node *n, iam_visit *visit, void *with)
{
	if (n->kind == MAP && node_get(n, i->effect)) {
		struct statement s = statement_of(i, n);
		visit(i, &s, with);
		return;
	}
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		iam_statements(i, child, visit, with);
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

bool iam_open(struct linkage *l, struct iam *i)
{
	*i = (struct iam){.l = l, .facts = facts_of(l->c, S("schemas/iam.json"))};
	i->effect = iam_word(i, S("effect"));
	i->allow = iam_word(i, S("allow"));
	i->sid = iam_word(i, S("sid"));
	i->action = iam_word(i, S("action"));
	i->resource = iam_word(i, S("resource"));
	i->condition = iam_word(i, S("condition"));
	i->principal = iam_word(i, S("principal"));
	i->fixed_partition = node_str(i->facts, S("fixed-partition"));
	return i->facts;
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
