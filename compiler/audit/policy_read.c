// policy_read: the tree of a policy document → its statements, spans kept. A policy inside a
// template is link's; this one stands alone, as `aws kms get-key-policy` gives it.
#include "audit/audit.h"

enum { STATEMENTS_MAX = 1000 };

struct policy_reader { struct context *c; bool ok; };

static void broken(struct policy_reader *r, const struct node *n, struct str what)
{
	r->ok = false;
	diag_report(r->c->diag, (struct finding){POLICY_BROKEN, .at = n->at.len ? n->at : n->key_at,
		.arg = {n->key, what}});
}

bool policy_is(const struct node *tree)
{
	return node_get(tree, S("Statement")) && !node_get(tree, S("Resources"));
}

// A text, or a list of them.
static struct policy_texts words(struct policy_reader *r, const struct node *n)
{
	if (!n)
		return (struct policy_texts){0};
	struct str *list = make(r->c->arena, n->kind == LIST ? n->count + 1 : 1, struct str);
	struct policy_texts out = {list, 0};
	if (n->kind == TEXT)
		list[out.count++] = n->text;
	else if (n->kind == MAP)
		broken(r, n, S("a text, or a list of texts"));
	for (const struct node *c = n->kind == LIST ? n->first : NULL; c; c = c->next) {
		if (c->kind != TEXT)
			broken(r, c, S("a text"));
		else
			list[out.count++] = c->text;
	}
	return out;
}

// "*", or {"AWS": …, "Service": …}: the words of all kinds.
static struct policy_texts principals(struct policy_reader *r, const struct node *n)
{
	if (!n || n->kind != MAP)
		return words(r, n);
	size_t count = 0;
	struct policy_texts out = {0};
	for (const struct node *c = n->first; c; c = c->next)
		count += c->kind == LIST ? c->count : 1;
	struct str *list = make(r->c->arena, count + 1, struct str);
	for (const struct node *c = n->first; c; c = c->next) {
		struct policy_texts some = words(r, c);
		for (size_t i = 0; i < some.count; i++)
			list[out.count++] = some.list[i];
	}
	out.list = list;
	return out;
}

static size_t count_tests(const struct node *condition)
{
	size_t count = 0;
	for (const struct node *op = condition ? condition->first : NULL; op; op = op->next)
		count += op->count;
	return count;
}

// {operator: {key: values}}
static void read_tests(struct policy_reader *r, const struct node *n, struct policy_statement *s)
{
	struct policy_test *list = make(r->c->arena, count_tests(n) + 1, struct policy_test);
	s->tests = list;
	for (const struct node *op = n ? n->first : NULL; op; op = op->next) {
		if (op->kind != MAP)
			broken(r, op, S("a mapping from condition keys to values"));
		for (const struct node *key = op->kind == MAP ? op->first : NULL; key; key = key->next)
			list[s->test_count++] = (struct policy_test){op->key, key->key, words(r, key),
			                                             key->key_at};
	}
}

static void read_statement(struct policy_reader *r, const struct node *n, size_t number,
                           struct policy_statement *out)
{
	const struct node *sid = node_get(n, S("Sid")), *effect = node_get(n, S("Effect"));
	const struct node *who = node_get(n, S("Principal")), *not_who = node_get(n, S("NotPrincipal"));
	const struct node *what = node_get(n, S("Action")), *not_what = node_get(n, S("NotAction"));
	const struct node *condition = node_get(n, S("Condition"));
	if (n->kind != MAP || !effect || effect->kind != TEXT || (!what && !not_what)
	    || (condition && condition->kind != MAP)) {
		broken(r, n, S("a statement: Effect, Action, Condition"));
		return;
	}
	if (!str_eq(effect->text, S("Allow")) && !str_eq(effect->text, S("Deny")))
		broken(r, effect, S("Allow or Deny"));
	out->sid = sid && sid->kind == TEXT && sid->text.len ? sid->text
		: cat(r->c->arena, S("statement "), str_number(r->c->arena, number));
	out->deny = str_eq(effect->text, S("Deny"));
	out->not_action = !what;
	out->not_principal = not_who != NULL;
	out->has_principal = who || not_who;
	out->principals = principals(r, who ? who : not_who);
	out->actions = words(r, what ? what : not_what);
	out->at = sid && sid->at.len ? sid->at : effect->key_at;
	read_tests(r, condition, out);
}

bool policy_read(struct context *c, struct str name, const struct node *tree, struct policy *out)
{
	struct policy_reader r = {c, true};
	const struct node *list = node_get(tree, S("Statement"));
	if (!list || list->kind == TEXT || list->count > STATEMENTS_MAX) {
		broken(&r, list ? list : tree, S("a policy with a list of statements"));
		return false;
	}
	size_t max = list->kind == LIST ? list->count : 1;
	*out = (struct policy){make(c->arena, max + 1, struct policy_statement), 0, name};
	for (const struct node *n = list->kind == LIST ? list->first : list; n; n = n->next) {
		read_statement(&r, n, out->count + 1, &out->list[out->count]);
		out->count++;
		if (list->kind == MAP)
			break;
	}
	return r.ok;
}
