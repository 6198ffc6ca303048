// functions: CloudFormation's functions, "!GetAtt A.B" and {Fn::GetAtt: [A, B]}. Trees hold the
// long form; what people read and write is the short one.
#include "template/template.h"

static void list_functions(struct arena *a, const struct node *rows, struct functions *out)
{
	out->list = make(a, node_count(rows), struct function);
	for (const struct node *row = node_first(rows); row; row = row->next)
		out->list[out->count++] = (struct function){node_str(row, S("name")),
			node_str(row, S("tag")), node_true(row, S("dotted"))};
}

const struct functions *functions_of(struct context *c)
{
	const struct words *w = c->functions ? NULL : words_of(c);
	if (!w)
		return c->functions;
	c->functions = make(c->library->arena, 1, struct functions);
	list_functions(c->library->arena, node_get(w->root, S("functions")), c->functions);
	return c->functions;
}

static const struct function *by_tag(const struct functions *f, struct str tag)
{
	for (size_t i = 0; i < f->count; i++)
		if (tag.len && str_eq(f->list[i].tag, tag))
			return &f->list[i];
	return NULL;
}

const struct function *function_of(const struct functions *f, const struct node *n)
{
	if (!n || n->kind != MAP || n->count != 1)
		return NULL;
	for (size_t i = 0; i < f->count; i++)
		if (str_eq(f->list[i].name, n->first->key))
			return &f->list[i];
	return NULL;
}

// A.B.C names the attribute B.C of A.
// A name and an attribute are text, also when they look like numbers.
static void split_dotted(struct arena *a, struct node *arg)
{
	struct str head, rest = str_cut(arg->text, '.', &head);
	if (head.len == arg->text.len)
		return;
	arg->kind = LIST;
	arg->text = (struct str){0};
	node_append(arg, node_text(a, head, false, arg->at));
	node_append(arg, node_text(a, rest, false, arg->at));
}

bool function_lengthen(struct arena *a, const struct functions *f, struct node *n)
{
	const struct function *called = by_tag(f, n->tag);
	if (!called)
		return false;
	struct node *arg = make(a, 1, struct node);
	*arg = *n;
	arg->key = called->name;
	arg->key_at = n->at;
	arg->tag = (struct str){0};
	arg->next = NULL;
	if (called->dotted && arg->kind == TEXT)
		split_dotted(a, arg);
	*n = (struct node){.kind = MAP, .key = n->key, .key_at = n->key_at, .at = n->at,
	                   .cause = n->cause, .next = n->next};
	node_append(n, arg);
	return true;
}

void functions_lengthen(struct arena *a, const struct functions *f, struct node *tree)
{
	for (struct node *child = tree->first; child; child = child->next)
		functions_lengthen(a, f, child);
	function_lengthen(a, f, tree);
}

struct node *function_call(struct arena *a, struct str name, struct node *arg)
{
	struct node *call = node_new(a, MAP, arg->at);
	call->cause = arg->cause;
	arg->key = name;
	node_append(call, arg);
	return call;
}
