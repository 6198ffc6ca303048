// scope: the settings as one template sees them.
#include "spec/internal.h"

const struct value *scope_find(const struct scope *s, struct str path)
{
	for (size_t i = 0; i < s->count; i++)
		if (str_eq(s->values[i].path, path))
			return &s->values[i];
	return NULL;
}

void scope_add(struct binder *b, struct value v)
{
	struct scope *s = b->scope;
	s->values = grown(b->c->arena, s->values, s->count, &b->cap, struct value);
	s->values[s->count++] = v;
}

void scope_derive(struct binder *b, struct str path, const struct node *n)
{
	scope_add(b, (struct value){.path = path, .binding = n ? LITERAL : ABSENT, .node = n,
	                            .from_spec = n && n->at.file});
}

bool setting_is_open(const struct binder *b, const struct setting *s)
{
	const struct node *tree = b->spec->tree;
	if (s->level == LEVEL_PIPELINE && b->pipeline.len == 0)
		return false;                 // its parameter is the pipeline template's
	if (node_has(node_get(tree, S("params")), s->path))
		return true;
	return s->open == OPEN_DOCUMENTED && !node_has(node_get(tree, S("bake")), s->path);
}

// A list where one value is usual has no parameter of that type: it is written, not asked for.
static bool fits_parameter(const struct setting *s, const struct node *n)
{
	struct str type = node_str(node_get(s->amic, S("parameter")), S("type"));
	return !n || n->kind == TEXT || (n->kind == LIST && str_ends(type, S("List")));
}

void scope_bind(struct binder *b, const struct setting *s, struct str path, const struct node *n)
{
	bool open = setting_is_open(b, s) && fits_parameter(s, n);
	scope_add(b, (struct value){.of = s, .path = path, .node = n, .from_spec = n && n->at.file,
	                            .binding = open ? OPEN : n ? LITERAL : ABSENT});
}
