// statements: what policies say, one statement after the other, wherever a template holds them.
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
