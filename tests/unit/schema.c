// schema.c: one mistake, one fault, at the place and with the word that it is about.
#include "unit.h"

struct faults { struct schema_fault list[16]; size_t count; };

static void collect(void *of, const struct schema_fault *f)
{
	struct faults *all = of;
	assert_true(all->count < countof(all->list));
	all->list[all->count++] = *f;
}

static bool is_call(void *of, const struct node *n)
{
	(void)of;
	return n->kind == MAP && n->count == 1 && str_eq(n->first->key, S("Ref"));
}

static struct faults check_text(struct bench *b, const char *schema, const char *text, bool strict)
{
	struct node *tree = NULL;
	struct faults all = {.count = 0};
	json_error_t error;
	json_t *root = json_loads(schema, 0, &error);
	assert_non_null(root);
	const struct node *tree_of_schema = node_from_json(&b->arena, root);
	assert_true(read_tree(&b->context, sources_add(&b->diag.sources, S("t"), str_from(text)),
	                      DIALECT_SPEC, &tree));
	struct schema_reader reader = {collect, is_call, &all, strict};
	bool good = schema_check(&b->context, tree_of_schema, tree_of_schema, tree, &reader);
	assert_int_equal(good, all.count == 0);
	json_decref(root);
	return all;
}

enum { NONE = -1 };
static const struct { const char *schema, *text; int word; const char *path; } cases[] = {
	{"{\"type\":\"object\"}", "a: 1", NONE, ""}, {"{\"type\":\"object\"}", "[]", SCHEMA_TYPE, ""},
	{"{\"type\":\"array\"}", "[1]", NONE, ""}, {"{\"type\":[\"string\",\"array\"]}", "x", NONE, ""},
	{"{\"type\":[\"string\",\"array\"]}", "{}", SCHEMA_TYPE, ""},
	{"{\"type\":\"string\"}", "1.10", NONE, ""}, {"{\"type\":\"string\"}", "~", SCHEMA_TYPE, ""},
	{"{\"type\":\"integer\"}", "'12'", NONE, ""}, {"{\"type\":\"integer\"}", "1.5", SCHEMA_TYPE, ""},
	{"{\"type\":\"integer\"}", "-3", NONE, ""}, {"{\"type\":\"number\"}", "1.5", NONE, ""},
	{"{\"type\":\"boolean\"}", "true", NONE, ""}, {"{\"type\":\"boolean\"}", "'false'", NONE, ""},
	{"{\"type\":\"boolean\"}", "maybe", SCHEMA_TYPE, ""}, {"{\"type\":\"null\"}", "~", NONE, ""},
	{"{\"enum\":[\"a\",1.0,true]}", "1.0", NONE, ""}, {"{\"enum\":[\"a\",2]}", "2", NONE, ""},
	{"{\"enum\":[\"abcd\"]}", "abce", SCHEMA_ENUM, ""}, {"{\"const\":\"a\"}", "b", SCHEMA_ENUM, ""},
	{"{\"const\":\"a\"}", "a", NONE, ""},
	{"{\"minimum\":3}", "2", SCHEMA_RANGE, ""}, {"{\"minimum\":3}", "3", NONE, ""},
	{"{\"maximum\":3}", "4", SCHEMA_RANGE, ""}, {"{\"maximum\":-3}", "-2", SCHEMA_RANGE, ""},
	{"{\"minimum\":-3}", "-3", NONE, ""}, {"{\"exclusiveMinimum\":3}", "3", SCHEMA_RANGE, ""},
	{"{\"exclusiveMaximum\":3}", "3", SCHEMA_RANGE, ""}, {"{\"exclusiveMaximum\":3}", "2", NONE, ""},
	{"{\"maximum\":3}", "99999999999999999999999", SCHEMA_RANGE, ""},
	{"{\"minimum\":3}", "-99999999999999999999999", SCHEMA_RANGE, ""},
	{"{\"pattern\":\"^a+$\"}", "aa", NONE, ""}, {"{\"pattern\":\"^a+$\"}", "ab", SCHEMA_PATTERN, ""},
	{"{\"pattern\":\"b\"}", "abc", NONE, ""},
	{"{\"minLength\":2}", "x", SCHEMA_LENGTH, ""}, {"{\"maxLength\":2}", "\xe7\x95\x8c\xe7\x95\x8c", NONE, ""},
	{"{\"required\":[\"a\"]}", "b: 1", SCHEMA_MISSING, ""},
	{"{\"properties\":{\"a\":{\"type\":\"object\",\"required\":[\"b\"]}}}", "a: {}", SCHEMA_MISSING, "a"},
	{"{\"properties\":{\"ab\":{}},\"additionalProperties\":false}", "zz: 1", SCHEMA_UNKNOWN, ""},
	{"{\"properties\":{\"name\":{}},\"required\":[\"name\"],\"additionalProperties\":false}", "nmae: 1",
	 SCHEMA_UNKNOWN, ""},
	{"{\"patternProperties\":{\"^x\":{\"type\":\"integer\"}},\"additionalProperties\":false}", "x1: y",
	 SCHEMA_TYPE, "x1"},
	{"{\"additionalProperties\":{\"type\":\"integer\"}}", "q: y", SCHEMA_TYPE, "q"},
	{"{\"propertyNames\":{\"pattern\":\"^a\"}}", "b: 1", SCHEMA_PATTERN, "b"},
	{"{\"dependentRequired\":{\"a\":[\"b\"]}}", "a: 1", SCHEMA_DEPENDENT, ""},
	{"{\"dependentRequired\":{\"a\":[\"b\"]}}", "c: 1", NONE, ""},
	{"{\"dependencies\":{\"a\":[\"b\"]}}", "{a: 1, b: 1}", NONE, ""},
	{"{\"dependencies\":{\"a\":{\"required\":[\"b\"]}}}", "a: 1", SCHEMA_MISSING, ""},
	{"{\"minProperties\":1}", "{}", SCHEMA_COUNT, ""}, {"{\"maxItems\":1}", "[1, 2]", SCHEMA_COUNT, ""},
	{"{\"minItems\":2}", "[{Ref: x}]", NONE, ""},
	{"{\"items\":{\"type\":\"integer\"}}", "[1, x]", SCHEMA_TYPE, "1"},
	{"{\"items\":[{\"type\":\"integer\"},{\"type\":\"object\"}]}", "[1, 2]", SCHEMA_TYPE, "1"},
	{"{\"uniqueItems\":true}", "[a, b, a]", SCHEMA_UNIQUE, ""}, {"{\"uniqueItems\":true}", "[a, b]", NONE, ""},
	{"{\"allOf\":[{\"minimum\":2},{\"maximum\":3}]}", "4", SCHEMA_RANGE, ""},
	{"{\"anyOf\":[{\"const\":\"a\"},{\"const\":\"b\"}]}", "c", SCHEMA_CHOICE, ""},
	{"{\"anyOf\":[{\"type\":\"string\",\"pattern\":\"^a\"},{\"type\":\"object\"}]}", "c", SCHEMA_PATTERN, ""},
	{"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"object\",\"required\":[\"x\"]}]}", "{}", SCHEMA_MISSING, ""},
	{"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}", "3", SCHEMA_CHOICE, ""},
	{"{\"not\":{\"const\":\"a\"}}", "a", SCHEMA_NOT, ""}, {"{\"not\":{\"const\":\"a\"}}", "b", NONE, ""},
	{"{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"]}}", "a: 1", SCHEMA_MISSING, ""},
	{"{\"if\":{\"required\":[\"a\"]},\"else\":{\"required\":[\"b\"]}}", "a: 1", NONE, ""},
	{"{\"$ref\":\"#/definitions/x\",\"definitions\":{\"x\":{\"type\":\"integer\"}}}", "y", SCHEMA_TYPE, ""},
	{"{\"$ref\":\"#\"}", "y", NONE, ""}, {"{\"$ref\":\"#/definitions/none\"}", "y", NONE, ""},
	{"{\"properties\":{\"a\":{\"type\":\"integer\"}}}", "a: {Ref: X}", NONE, ""},
	{"{\"properties\":{\"a\":{\"items\":{\"properties\":{\"b\":{\"type\":\"integer\"}}}}}}",
	 "a: [{}, {b: x}]", SCHEMA_TYPE, "a.1.b"},
	{"{\"properties\":{\"a\":false}}", "b: 1", NONE, ""},
};

static void each_word_of_the_schema(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct faults all = check_text(b, cases[i].schema, cases[i].text, false);
		size_t expected = cases[i].word == NONE ? 0 : 1;
		if (all.count != expected || (expected && (int)all.list[0].word != cases[i].word))
			fail_msg("case %zu, %s: %zu faults, the first %d", i, cases[i].schema, all.count,
			         all.count ? (int)all.list[0].word : NONE);
		if (expected)
			assert_str(all.list[0].path, cases[i].path);
		bench_free(b);
	}
}

static void quotes_decide_when_strict(void **state)
{
	(void)state;
	static const struct { const char *type, *text; bool fits; } strict[] = {
		{"string", "1", false}, {"string", "'1'", true}, {"string", "x", true},
		{"string", "true", false}, {"integer", "1", true}, {"integer", "'1'", false},
		{"boolean", "yes", true}, {"boolean", "'true'", false}, {"number", "1e3", true},
		{"string", "2010-09-09", true}, {"string", "|\n 1\n", true},
	};
	for (size_t i = 0; i < countof(strict); i++) {
		struct bench *b = bench_new();
		struct str schema = cat(&b->arena, S("{\"type\":\""), str_from(strict[i].type), S("\"}"));
		struct faults all = check_text(b, str_z(&b->arena, schema), strict[i].text, true);
		if ((all.count == 0) != strict[i].fits)
			fail_msg("%s %s", strict[i].type, strict[i].text);
		bench_free(b);
	}
}

static void suggestions_are_of_absent_keys(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	const char *schema = "{\"properties\":{\"schedule\":{},\"share\":{},\"on\":{\"enum\":[\"keep\",\"delete\"]}},"
	                     "\"additionalProperties\":false}";
	struct faults all = check_text(b, schema, "{shedule: 1, on: kepe}", false);
	assert_int_equal(all.count, 2);
	assert_str(all.list[0].near, "schedule");
	assert_str(all.list[1].near, "keep");
	all = check_text(b, schema, "{shedule: 1, schedule: 2}", false);
	assert_int_equal(all.count, 1);
	assert_str(all.list[0].near, "");
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_of_the_schema),
		cmocka_unit_test(quotes_decide_when_strict),
		cmocka_unit_test(suggestions_are_of_absent_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
