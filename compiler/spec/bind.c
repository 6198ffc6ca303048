// bind: each setting becomes literal, open or absent, as the base sees it and as each pipeline
// does. What follows from several settings is derived.c's.
#include "spec/internal.h"

// ---- members: "tools.amic.from", absent ones too, because the blueprint asks for them

static const struct node *members_of(const struct node *root, const struct node *schema)
{
	const struct node *members = node_get(schema, S("properties"));
	const struct node *form = node_first(node_get(schema, S("anyOf")));
	for (; form; form = form->next)
		if (!members)
			members = node_get(schema_resolve(root, form), S("properties"));
	return members;
}

static void bind_members(struct binder *b, const struct setting *s, const struct node *schema,
                         struct str path, const struct node *n)
{
	const struct node *root = b->spec->language->root;
	const struct node *member = node_first(members_of(root, schema));
	for (; member; member = member->next) {
		struct str inner = cat(b->c->arena, path, S("."), member->key);
		const struct node *value = node_get(n, member->key);
		scope_add(b, (struct value){.of = s, .path = inner, .node = value,
			.binding = value ? LITERAL : ABSENT, .from_spec = value && value->at.file});
		bind_members(b, s, schema_resolve(root, member), inner, value);
	}
}

// Settings that the templates see only through what is derived from them.
static bool is_derived(const struct setting *s)
{
	static const struct str paths[] = {STR("recipe"), STR("build.instance"), STR("build.parent")};
	for (size_t i = 0; i < countof(paths); i++)
		if (str_eq(paths[i], s->path))
			return true;
	return false;
}

static void bind_settings(struct binder *b)
{
	for (size_t i = 0; i < b->spec->language->count; i++) {
		const struct setting *s = &b->spec->language->list[i];
		bool seen = s->level != LEVEL_BASE || b->pipeline.len == 0;
		if (s->part || is_derived(s) || !seen)
			continue;
		const struct node *n = setting_value(b->c, b->spec, b->pipeline, s);
		scope_bind(b, s, s->path, n);
		bind_members(b, s, s->schema, s->path, n);
	}
}

static void bind_scope(struct binder *b, struct str pipeline, struct scope *scope)
{
	scope->pipeline = pipeline;
	b->pipeline = pipeline;
	b->scope = scope;
	b->cap = b->spec->base.count;             // which sees about as many
	scope->values = make(b->c->arena, b->cap, struct value);
	bind_settings(b);
	derive(b);
}

static u64 blueprint_of(struct context *c, const struct spec *s)
{
	const struct setting *setting = language_find(s->language, S("blueprint"));
	const struct node *n = setting_at(c, s, S(""), S("blueprint"));
	u64 number;
	return n && str_u64(n->text, &number) ? number : node_number(setting->amic, S("newest"), 0);
}

bool bind_spec(struct context *c, struct spec *s)
{
	struct binder b = {.c = c, .spec = s};
	struct str *pipelines;
	s->blueprint = blueprint_of(c, s);
	s->pipeline_count = spec_pipelines(c, s, &pipelines);
	s->pipelines = make(c->arena, s->pipeline_count, struct scope);
	if (!read_keys(c, s, &b.keys))
		return false;
	bind_scope(&b, S(""), &s->base);
	for (size_t i = 0; i < s->pipeline_count; i++)
		bind_scope(&b, pipelines[i], &s->pipelines[i]);
	return true;
}
