// amic explain SETTING: what schemas/ami-1.schema.json says of a setting: what it is, what it may
// be, its default, where it may stand, and what becomes of it when it is open.
#include "command/explain/explain.h"

// A value as a spec has it.
static struct str text_of(struct run *r, const struct node *n)
{
	return n->kind == TEXT ? n->text : node_canonical(r->arena, n);
}

static void put_row(struct buf *out, struct str name, struct str text)
{
	if (text.len)
		put(out, S("  "), name, text, S("\n"));
}

static struct str list_text(struct run *r, const struct node *list)
{
	struct buf words = buf_new(r->arena, 1 << 12);
	for (const struct node *one = node_first(list); one; one = one->next)
		put(&words, one == list->first ? S("") : S(", "), text_of(r, one));
	return buf_str(&words);
}

// One default, or one for each value of another setting.
static struct str default_text(struct run *r, const struct setting *s)
{
	const struct node *by = node_get(s->amic, S("defaults")), *map = node_get(s->amic,
	                                                                          S("default-map"));
	struct buf text = buf_new(r->arena, 1 << 12);
	if (node_get(s->schema, S("default")))
		return text_of(r, node_get(s->schema, S("default")));
	for (const struct node *one = node_first(map ? map : by); one; one = one->next)
		if (!str_eq(one->key, S("by")))
			put(&text, text.len ? S("; ") : S(""), one->key, S(": "), text_of(r, one));
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
	struct str about = node_str(s->schema, S("markdownDescription"));
	bool whole = !s->part;        // of a part, only the whole has a schema
	put(r->out, s->path, whole && about.len ? S(": ") : S(""), whole ? about : S(""),
	    S("\n\n"));
	put_row(r->out, S("may be    "), whole ? node_str(s->amic, S("expected")) : S(""));
	if (whole)
		put_row(r->out, S("words     "), list_text(r, node_get(s->schema, S("enum"))));
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
	const struct language *l = language_of(&c);
	const struct setting *s = l ? language_find(l, path) : NULL;
	if (s)
		put_setting(r, s);
	*status = STATUS_DONE;
	return s || (l && put_members(r, l, path));
}
