// language: schemas/ami-1.schema.json as a list of settings. A property with "x-amic" is a
// setting, one without groups others; the extension's words are explained in that file.
#include "facts/internal.h"

enum { SETTINGS_MAX = 256, GROUP_DEPTH_MAX = 4 };

struct loader { struct arena *arena; struct language *l; };

static enum level level_of(struct str word)
{
	return str_eq(word, S("pipeline")) ? LEVEL_PIPELINE
	     : str_eq(word, S("base")) ? LEVEL_BASE : LEVEL_SPEC;
}

static enum openness openness_of(struct str word)
{
	return str_eq(word, S("documented")) ? OPEN_DOCUMENTED
	     : str_eq(word, S("params")) ? OPEN_ON_REQUEST : OPEN_NEVER;
}

static struct setting *add_setting(struct loader *k, struct str path, const struct node *schema,
                                   const struct node *amic)
{
	const struct node *parameter = node_get(amic, S("parameter"));
	if (k->l->count == SETTINGS_MAX)
		return NULL;
	struct setting *s = &k->l->list[k->l->count++];
	*s = (struct setting){
		.path = path, .level = level_of(node_str(amic, S("level"))),
		.open = openness_of(node_str(amic, S("open"))), .parameter = node_str(parameter, S("name")),
		.closed_because = node_str(amic, S("because")),
		.optional = node_true(parameter, S("optional")),
		.schema = schema, .amic = amic,
	};
	return s;
}

// For all values, "default"; by architecture, "default-map".
static const struct node *initial_of(struct loader *k, const struct node *schema,
                                     const struct node *amic)
{
	const struct node *value = node_get(schema, S("default"));
	const struct node *map = node_get(amic, S("default-map"));
	return value || map ? node_value(k->arena, value ? value : map) : NULL;
}

static void add_parts(struct loader *k, const struct setting *whole)
{
	const struct node *part = node_first(node_get(whole->amic, S("parts")));
	for (; part; part = part->next) {
		struct str path = cat(k->arena, whole->path, S("."), part->key);
		struct setting *s = add_setting(k, path, whole->schema, part);
		if (!s)
			return;
		s->part = true;
		s->level = whole->level;
	}
}

static void add_properties(struct loader *k, const struct node *group, struct str prefix, int depth)
{
	const struct node *property = node_first(node_get(group, S("properties")));
	for (; property; property = property->next) {
		const struct node *schema = schema_resolve(k->l->root, property);
		const struct node *amic = node_get(schema, S("x-amic"));
		struct str path = cat(k->arena, prefix, property->key);
		if (!amic && depth < GROUP_DEPTH_MAX) {
			add_properties(k, schema, cat(k->arena, path, S(".")), depth + 1);
			continue;
		}
		struct setting *s = add_setting(k, path, schema, amic);
		if (!s)
			return;
		s->initial = initial_of(k, schema, amic);
		add_parts(k, s);
	}
}

const struct language *language_of(struct context *c)
{
	struct facts *kept = facts_kept(c);
	const struct node *root = kept->language ? NULL : facts_of(c, S("schemas/ami-1.schema.json"));
	if (!root)
		return kept->language;
	struct language *l = make(kept->arena, 1, struct language);
	*l = (struct language){root, make(kept->arena, SETTINGS_MAX, struct setting), 0};
	struct loader k = {kept->arena, l};
	add_properties(&k, root, S(""), 0);
	kept->language = l;
	return l;
}

const struct setting *language_find(const struct language *l, struct str path)
{
	for (size_t i = 0; i < l->count; i++)
		if (str_eq(l->list[i].path, path))
			return &l->list[i];
	return NULL;
}

// Also by the last word alone: 'subnet' was meant to be 'build.subnet'.
struct str language_nearest(const struct language *l, struct str path, struct arena scratch)
{
	struct str *names = make(&scratch, l->count + 1, struct str);
	for (size_t i = 0; i < l->count; i++) {
		size_t off;
		names[i] = l->list[i].path;
		if (str_find(names[i], S("."), &off)
		    && str_eq(path, (struct str){names[i].at + off + 1, names[i].len - off - 1}))
			return names[i];
	}
	return str_nearest(path, names, l->count);
}
