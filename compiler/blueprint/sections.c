// sections: the parameters and conditions of a template. What holes asked for is declared, in
// the order of the language's schema, after what the blueprint declares itself.
// cycle: holes.c, shapes.c: parameters and conditions are shaped as other values are.
#include "blueprint/internal.h"

static struct node *section(struct expander *x, const struct node *n, struct str arg)
{
	struct node bare = *n;
	bare.tag = (struct str){0};
	if (n->kind != MAP || arg.len == 0) {
		hole_wrong(x, n, S("needs a mapping, and the name of its template"));
		return NULL;
	}
	struct node *made = expand_node(x, &bare);
	made = made ? made : node_new(x->c->arena, MAP, n->at);
	made->block = true;
	return made;
}

struct node *hole_params(struct expander *x, const struct node *n, struct str arg)
{
	return x->parameters = section(x, n, arg);
}

struct node *hole_conditions(struct expander *x, const struct node *n, struct str arg)
{
	return x->conditions = section(x, n, arg);
}

struct str condition_name(struct expander *x, const struct value *v)
{
	return cat(x->c->arena, S("Has"), v->of->parameter);
}

// ---- parameters

// A member as the schema has it; for a parameter of text, its numbers are text, too.
static struct node *member_node(struct arena *a, const struct node *from, bool quoted)
{
	struct node *list = node_new(a, LIST, (struct span){0});
	if (from->kind == TEXT)
		return node_text(a, from->text, from->plain && !quoted, list->at);
	for (const struct node *n = from->first; n; n = n->next)
		node_append(list, member_node(a, n, quoted));
	return list;
}

static struct node *default_of(struct expander *x, const struct value *v,
                               const struct node *parameter,
                               bool quoted)
{
	struct node *at = x->parameters, *made;
	struct str shape = node_str(parameter, S("shape"));
	if (!v->node)
		return v->of->optional ? text_at(x, S(""), at) : NULL;
	made = shape_node(x, at, v->of, v->node, shape.len ? shape : S("text"));
	if (made && quoted)
		made->plain = false;
	if (made)
		made->cause = value_cause(v);
	return made;
}

static void append_as(struct node *to, struct str key, struct node *child)
{
	if (!child)
		return;
	child->key = key;
	child->key_at = child->at;
	node_append(to, child);
}

// Which members a parameter has, is the schema's affair; how CloudFormation calls them, that of
// schemas/cloudformation.json.
static struct node *parameter(struct expander *x, const struct value *v)
{
	const struct node *p = node_get(v->of->amic, S("parameter"));
	const struct node *members = node_get(x->w->root, S("parameter-members"));
	struct node *made = node_new(x->c->arena, MAP, x->parameters->at);
	bool quoted = str_eq(node_str(p, S("type")), x->w->text_type);
	made->block = true;
	made->cause = value_cause(v);
	for (const struct node *member = node_first(members); member; member = member->next) {
		struct str key = member->text;
		const struct node *value = node_get(p, member->key);
		if (str_eq(key, x->w->default_value))
			append_as(made, key, default_of(x, v, p, quoted));
		else if (value)
			append_as(made, key, member_node(x->c->arena, value, quoted));
	}
	return made;
}

// ---- conditions: the parameter is not empty

static struct node *condition(struct expander *x, const struct value *v)
{
	struct arena *a = x->c->arena;
	const struct node *at = x->conditions;
	struct node *both = node_new(a, LIST, at->at), *one = node_new(a, LIST, at->at);
	node_append(both, ref_to(x, v, at));
	node_append(both, text_at(x, S(""), at));
	node_append(one, function_call(a, x->w->equals, both));
	return function_call(a, x->w->not, one);
}

static void drop_empty(struct node *root, const struct node *child)
{
	struct node **link = &root->first, *before = NULL;
	if (!child || child->count)
		return;
	while (*link && *link != child) {
		before = *link;
		link = &before->next;
	}
	if (!*link)
		return;
	*link = child->next;
	root->last = root->last == child ? before : root->last;
	root->count--;
}

void fill_sections(struct expander *x, struct node *root)
{
	bool lacks = false;
	for (size_t i = 0; i < x->scope->count; i++) {
		const struct value *v = &x->scope->values[i];
		lacks |= (x->used[i] && !x->parameters) || (x->asked[i] && !x->conditions);
		if (x->used[i] && x->parameters)
			append_as(x->parameters, v->of->parameter, parameter(x, v));
		if (x->asked[i] && x->conditions)
			append_as(x->conditions, condition_name(x, v), condition(x, v));
	}
	if (lacks)
		hole_wrong(x, root, S("needs both !params and !conditions"));
	drop_empty(root, x->parameters);
	drop_empty(root, x->conditions);
}
