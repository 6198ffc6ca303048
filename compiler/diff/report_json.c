// report_json: the differences as data, one JSON object a pair of sets: all of them, whole.
#include "diff/diff.h"

static json_t *text_of(struct str s) { return json_stringn((const char *)s.at, s.len); }

// A text as it is, all else as the JSON of its tree; null when it is not there.
static json_t *value_of(struct arena *a, const struct node *n)
{
	if (!n)
		return json_null();
	if (n->kind == TEXT)
		return text_of(n->text);
	struct str json = node_canonical(a, n);
	json_t *value = json_loadb((const char *)json.at, json.len, JSON_DECODE_ANY, NULL);
	return value ? value : json_null();
}

static json_t *changes_of(struct context *c, const struct changes *all)
{
	json_t *list = json_array();
	for (size_t i = 0; i < all->count; i++) {
		const struct change *one = &all->list[i];
		json_t *row = json_object();
		json_object_set_new(row, "path", text_of(one->path));
		json_object_set_new(row, "old", value_of(c->arena, one->was));
		json_object_set_new(row, "new", value_of(c->arena, one->is));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *resource_of(struct context *c, const struct resource_diff *r)
{
	json_t *row = json_object();
	json_object_set_new(row, "id", text_of(r->id));
	json_object_set_new(row, "type", text_of(r->type));
	json_object_set_new(row, "effect", text_of(r->word));
	if (r->why.len)
		json_object_set_new(row, "why", text_of(r->why));
	if (r->advice.len)
		json_object_set_new(row, "advice", text_of(r->advice));
	json_object_set_new(row, "changes", changes_of(c, &r->changes));
	return row;
}

static json_t *template_of(struct context *c, const struct template_diff *t)
{
	json_t *row = json_object(), *resources = json_array();
	json_object_set_new(row, "name", text_of(t->name));
	json_object_set_new(row, "is", text_of(t->gone ? S("gone") : t->was ? S("there") : S("new")));
	for (size_t i = 0; i < t->count; i++)
		if (t->list[i].effect != EFFECT_NONE)
			json_array_append_new(resources, resource_of(c, &t->list[i]));
	json_object_set_new(row, "resources", resources);
	json_object_set_new(row, "parameters", changes_of(c, &t->parameters));
	json_object_set_new(row, "outputs", changes_of(c, &t->outputs));
	json_object_set_new(row, "differs", changes_of(c, &t->rest));
	return row;
}

static int take_bytes(const char *bytes, size_t len, void *to)
{
	buf_put(to, (struct str){(const u8 *)bytes, len});
	return 0;
}

bool diff_report_json(const struct set_diff *d, struct context *c, struct buf *out)
{
	json_t *root = json_object(), *list = json_array();
	for (size_t i = 0; i < d->count; i++)
		json_array_append_new(list, template_of(c, &d->list[i]));
	json_object_set_new(root, "same", json_boolean(diff_is_empty(d)));
	json_object_set_new(root, "templates", list);
	bool done = json_dump_callback(root, take_bytes, out, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0;
	json_decref(root);
	put(out, S("\n"));
	return done;
}
