// amic schema: the JSON Schema of the language, for editors. These see values as YAML types them:
// a version (2.3) is a number there, where amic takes what is written as text.
#include "command/command.h"

static json_t *json_of(const struct node *n);

static json_t *members_of(const struct node *n)
{
	json_t *whole = n->kind == MAP ? json_object() : json_array();
	for (const struct node *child = n->first; child; child = child->next)
		if (n->kind == MAP)
			json_object_setn_new_nocheck(whole, (const char *)child->key.at, child->key.len,
			                             json_of(child));
		else
			json_array_append_new(whole, json_of(child));
	return whole;
}

static json_t *json_of(const struct node *n)
{
	const char *text = (const char *)n->text.at;
	if (n->kind != TEXT)
		return members_of(n);
	return n->plain ? json_loadb(text, n->text.len, JSON_DECODE_ANY, NULL)
	                : json_stringn_nocheck(text, n->text.len);
}

static struct str text_of(const json_t *object, const char *key)
{
	return str_from(json_string_value(json_object_get(object, key)));
}

static bool looks_typed(const json_t *schema)
{
	struct str usual = text_of(schema, "default");
	return str_eq(text_of(schema, "type"), S("string")) && usual.len
	    && scalar_type(usual) != SCALAR_TEXT;
}

// A pattern says nothing about a number, so that "not" this pattern would refuse each.
static void keep_to_texts(const json_t *all)
{
	size_t i;
	json_t *one;
	json_array_foreach(all, i, one) {
		json_t *not = json_object_get(one, "not");
		if (json_object_get(not, "pattern"))
			json_object_set_new(not, "type", json_string("string"));
	}
}

static void take_numbers(json_t *value)
{
	const char *key;
	json_t *child;
	size_t i;
	if (looks_typed(value)) {
		json_object_set_new(value, "type", json_pack("[s, s]", "string", "number"));
		keep_to_texts(json_object_get(value, "allOf"));
	}
	json_object_foreach(value, key, child)
		take_numbers(child);
	json_array_foreach(value, i, child)
		take_numbers(child);
}

static int take_bytes(const char *bytes, size_t len, void *to)
{
	buf_put(to, (struct str){(const u8 *)bytes, len});
	return 0;
}

static int run_schema(struct run *r)
{
	if (r->args->rest_count) {
		diag_report(r->diag, (struct finding){OPERAND_EXTRA,
			.arg = {S("schema"), r->args->rest[0]}});
		return STATUS_UNKNOWN;
	}
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	const struct node *schema = facts_of(&c, S("schemas/ami-1.schema.json"));
	json_t *own = schema ? json_of(schema) : NULL;
	if (own)
		take_numbers(own);
	bool done = own && json_dump_callback(own, take_bytes, r->out, JSON_INDENT(2)) == 0;
	put(r->out, done ? S("\n") : S(""));
	json_decref(own);
	return done ? STATUS_DONE : STATUS_UNKNOWN;
}

const struct command command_schema = {
	STR("schema"), STR(""), STR("the JSON Schema of the language, for editors"),
	NULL, 0, run_schema, false, NULL, 0,
};
