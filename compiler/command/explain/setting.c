// amic explain SETTING: what schemas/ami-1.schema.json says of a setting: what it is, what it may
// be, its default, where it may stand, and what becomes of it when it is open.
#include "command/explain/explain.h"

// A JSON value as a spec has it.
static struct str json_text(struct run *r, const json_t *value)
{
	struct node *n = value ? node_from_json(r->arena, value) : NULL;
	if (!n)
		return S("");
	return n->kind == TEXT ? n->text : node_canonical(r->arena, n);
}

static void put_row(struct buf *out, struct str name, struct str text)
{
	if (text.len)
		put(out, S("  "), name, text, S("\n"));
}

static struct str words_of(struct run *r, const json_t *list)
{
	struct buf words = buf_new(r->arena, 1 << 12);
	for (size_t i = 0; i < json_array_size(list); i++)
		put(&words, i ? S(", ") : S(""), json_text(r, json_array_get(list, i)));
	return buf_str(&words);
}

// One default, or one for each value of another setting.
static struct str default_text(struct run *r, const struct setting *s)
{
	const json_t *by = json_object_get(s->amic, "defaults"), *map = json_object_get(s->amic,
		"default-map");
	struct buf text = buf_new(r->arena, 1 << 12);
	const char *key;
	json_t *one;
	if (json_object_get(s->schema, "default"))
		return json_text(r, json_object_get(s->schema, "default"));
	json_object_foreach((json_t *)(map ? map : by), key, one)
		if (!str_eq(str_from(key), S("by")))
			put(&text, text.len ? S("; ") : S(""), str_from(key), S(": "), json_text(r, one));
	return buf_str(&text);
}

static struct str open_text(struct run *r, const struct setting *s)
{
	if (s->open == OPEN_NEVER)
		return cat(r->arena, S("never, since "), s->closed_because);
	return cat(r->arena, s->open == OPEN_DOCUMENTED ? S("unless 'bake' names it: parameter ")
	                                                : S("when 'params' names it: parameter "),
	           s->parameter);
}

static void put_setting(struct run *r, const struct setting *s)
{
	static const struct str levels[] = {
		[LEVEL_SPEC] = STR("the spec"), [LEVEL_BASE] = STR("the spec, of the base"),
		[LEVEL_PIPELINE] = STR("the spec, and each of 'pipelines'"),
	};
	struct str about = json_str(s->schema, "markdownDescription");
	bool whole = !s->part;        // of a part, only the whole has a schema
	put(r->out, s->path, whole && about.len ? S(": ") : S(""), whole ? about : S(""),
	    S("\n\n"));
	put_row(r->out, S("may be    "), whole ? json_str(s->amic, "expected") : S(""));
	if (whole)
		put_row(r->out, S("words     "), words_of(r, json_object_get(s->schema, "enum")));
	put_row(r->out, S("default   "), whole ? default_text(r, s) : S(""));
	put_row(r->out, S("stands in "), levels[s->level]);
	put_row(r->out, S("open      "), open_text(r, s));
}

// A group is explained by its members: "build".
static size_t put_members(struct run *r, const struct language *l, struct str group)
{
	struct str prefix = cat(r->arena, group, S("."));
	size_t count = 0;
	for (size_t i = 0; i < l->count; i++)
		if (!l->list[i].part && str_starts(l->list[i].path, prefix)) {
			put(r->out, count++ ? S("\n") : S(""));
			put_setting(r, &l->list[i]);
		}
	return count;
}

bool explain_setting(struct run *r, struct str path, int *status)
{
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	struct language l;
	if (!language_load(&c, &l))
		return false;
	const struct setting *s = language_find(&l, path);
	if (s)
		put_setting(r, s);
	bool found = s || put_members(r, &l, path);
	language_free(&l);
	*status = STATUS_DONE;
	return found;
}
