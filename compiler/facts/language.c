// language: schemas/ami-1.schema.json as a list of settings. A property with "x-amic" is a
// setting, one without groups others; the extension's words are explained in that file.
#include "facts/facts.h"

enum { SETTINGS_MAX = 256, GROUP_DEPTH_MAX = 4 };

struct loader { struct context *c; struct language *l; };

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

static struct setting *add_setting(struct loader *k, struct str path, const json_t *schema,
                                   const json_t *amic)
{
	const json_t *parameter = json_object_get(amic, "parameter");
	if (k->l->count == SETTINGS_MAX)
		return NULL;
	struct setting *s = &k->l->list[k->l->count++];
	*s = (struct setting){
		.path = path, .level = level_of(json_str(amic, "level")),
		.open = openness_of(json_str(amic, "open")), .parameter = json_str(parameter, "name"),
		.closed_because = json_str(amic, "because"),
		.optional = json_is_true(json_object_get(parameter, "optional")),
		.schema = schema, .amic = amic,
	};
	return s;
}

// For all values, "default"; by architecture, "default-map".
static const struct node *initial_of(struct loader *k, const json_t *schema, const json_t *amic)
{
	const json_t *value = json_object_get(schema, "default");
	const json_t *map = json_object_get(amic, "default-map");
	return value || map ? node_from_json(k->c->arena, value ? value : map) : NULL;
}

static void add_parts(struct loader *k, const struct setting *whole)
{
	const char *name;
	json_t *part;
	json_object_foreach(json_object_get(whole->amic, "parts"), name, part) {
		struct str path = cat(k->c->arena, whole->path, S("."), str_from(name));
		struct setting *s = add_setting(k, path, whole->schema, part);
		if (!s)
			return;
		s->part = true;
		s->level = whole->level;
	}
}

static void add_properties(struct loader *k, const json_t *group, struct str prefix, int depth)
{
	const char *name;
	json_t *property;
	json_object_foreach(json_object_get(group, "properties"), name, property) {
		const json_t *schema = schema_resolve(k->l->root, property);
		const json_t *amic = json_object_get(schema, "x-amic");
		struct str path = cat(k->c->arena, prefix, str_from(name));
		if (!amic && depth < GROUP_DEPTH_MAX) {
			add_properties(k, schema, cat(k->c->arena, path, S(".")), depth + 1);
			continue;
		}
		struct setting *s = add_setting(k, path, schema, amic);
		if (!s)
			return;
		s->initial = initial_of(k, schema, amic);
		add_parts(k, s);
	}
}

bool language_load(struct context *c, struct language *out)
{
	struct language l = {.root = library_json(c->library, S("schemas/ami-1.schema.json"))};
	if (!l.root)
		return false;
	l.list = make(c->arena, SETTINGS_MAX, struct setting);
	struct loader k = {c, &l};
	add_properties(&k, l.root, S(""), 0);
	*out = l;
	return true;
}

void language_free(struct language *l)
{
	json_decref(l->root);
	l->root = NULL;
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
