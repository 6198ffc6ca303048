// setting: what a setting is worth in a scope: the pipeline's own value, else the spec's, else
// the default of the schema.
#include "spec/spec.h"

static const struct node *pipeline_node(const struct spec *s, struct str pipeline)
{
	return pipeline.len ? node_get(node_get(s->tree, S("pipelines")), pipeline) : NULL;
}

// Both mappings, the pipeline's members first: for settings whose schema says "merge".
static const struct node *merged(struct context *c, const struct node *own,
                                 const struct node *common)
{
	if (own->kind != MAP || common->kind != MAP)
		return own;
	struct node *all = node_new(c->arena, MAP, own->at);
	for (const struct node *n = common->first; n; n = n->next)
		if (!node_get(own, n->key))
			node_append(all, node_copy(c->arena, n));
	for (const struct node *n = own->first; n; n = n->next)
		node_append(all, node_copy(c->arena, n));
	return all;
}

// "defaults": {"by": "attest.boot", "uefi": [4, 12]}: the other setting's value decides.
static const struct node *default_by(struct context *c, const struct spec *s, struct str pipeline,
                                     const struct node *defaults)
{
	const struct node *by = setting_at(c, s, pipeline, node_str(defaults, S("by")));
	const struct node *value = by && by->kind == TEXT ? node_get(defaults, by->text) : NULL;
	return value ? node_value(c->arena, value) : NULL;
}

static const struct node *setting_default(struct context *c, const struct spec *s,
                                          struct str pipeline, const struct setting *of)
{
	const struct node *defaults = node_get(of->amic, S("defaults"));
	return defaults && !of->part ? default_by(c, s, pipeline, defaults) : of->initial;
}

const struct node *setting_value(struct context *c, const struct spec *s, struct str pipeline,
                                 const struct setting *of)
{
	const struct node *common = node_path(s->tree, of->path), *own = NULL;
	if (of->level == LEVEL_PIPELINE)
		own = node_path(pipeline_node(s, pipeline), of->path);
	if (own && common && node_true(of->amic, S("merge")))
		return merged(c, own, common);
	if (own || common)
		return own ? own : common;
	return setting_default(c, s, pipeline, of);
}

const struct node *setting_at(struct context *c, const struct spec *s, struct str pipeline,
                              struct str path)
{
	const struct setting *of = language_find(s->language, path);
	if (of && !of->part)
		return setting_value(c, s, pipeline, of);
	for (size_t len = path.len; len; len--) {
		struct str head = {path.at, len - 1}, tail = {path.at + len, path.len - len};
		const struct setting *whole = path.at[len - 1] == '.' ? language_find(s->language, head)
		                                                      : NULL;
		if (whole && !whole->part)
			return node_path(setting_value(c, s, pipeline, whole), tail);
	}
	return NULL;
}

size_t spec_pipelines(struct context *c, const struct spec *s, struct str **out)
{
	const struct node *all = node_get(s->tree, S("pipelines"));
	bool named = all && all->kind == MAP && all->count;
	size_t count = named ? all->count : 1, i = 0;
	struct str *keys = make(c->arena, count, struct str);
	keys[0] = S("main");
	for (const struct node *n = named ? all->first : NULL; n; n = n->next)
		keys[i++] = n->key;
	*out = keys;
	return count;
}
