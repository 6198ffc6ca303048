// tree.c: finding, copying, comparing, and the form that digests are taken over.
#include "unit.h"

static struct node *read_text(struct bench *b, const char *text)
{
	struct node *tree = NULL;
	u32 file = sources_add(&b->diag.sources, S("t"), str_from(text));
	assert_true(read_tree(&b->context, file, DIALECT_STDLIB, &tree));
	return tree;
}

static void paths_are_walked(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct node *t = read_text(b, "a: { b: { c: 1 } }\nd: [x]\ne: f\n");
	assert_str(node_path(t, S("a.b.c"))->text, "1");
	assert_str(node_get(t, S("e"))->text, "f");
	assert_null(node_path(t, S("a.x.c")));
	assert_null(node_path(t, S("e.f")));
	assert_null(node_path(t, S("d.x")));
	assert_null(node_get(NULL, S("a")));
	assert_null(node_path(t, S("")));
	bench_free(b);
}

static void canonical_form_sorts_and_types(void **state)
{
	(void)state;
	static const struct { const char *text, *json; } cases[] = {
		{"b: 1\na: '1'\n", "{\"a\":\"1\",\"b\":1}"}, {"[yes, 'yes', No, ~]", "[true,\"yes\",false,null]"},
		{"a: 1.50\n", "{\"a\":1.50}"}, {"a: 12:30\n", "{\"a\":\"12:30\"}"},
		{"a: \"x\\\"\\\\\\n\"\n", "{\"a\":\"x\\\"\\\\\\u000a\"}"}, {"{}", "{}"}, {"a: []", "{\"a\":[]}"},
		{"a: |\n  1\n", "{\"a\":\"1\\u000a\"}"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		assert_str(node_canonical(&b->arena, read_text(b, cases[i].text)), cases[i].json);
		bench_free(b);
	}
}

static void equality_is_of_values(void **state)
{
	(void)state;
	static const struct { const char *a, *b; bool same; } cases[] = {
		{"a: 1\nb: 2\n", "{b: 2, a: 1}", true}, {"a: 1\n", "a: '1'\n", false},
		{"a: x\n", "a: \"x\"\n", true}, {"[1, 2]", "[2, 1]", false}, {"[1]", "[1, 1]", false},
		{"a: !x b\n", "a: b\n", false}, {"{}", "[]", false}, {"a: 1\n", "b: 1\n", false},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct node *x = read_text(b, cases[i].a), *y = read_text(b, cases[i].b);
		assert_int_equal(node_equal(x, y, b->arena), cases[i].same);
		assert_true(node_equal(x, node_copy(&b->arena, x), b->arena));
		bench_free(b);
	}
}

static void keys_are_of_all_but_places(void **state)
{
	static const char *const others[] = {
		"{a: '1', b: [x]}", "a: 1\nb: [x]", "{a: 2, b: [x]}", "{c: 1, b: [x]}", "{a: 1, b: [!t x]}",
		"{a: 1, b: [x, '']}", "{a: 1, b: {x: x}}", "{b: [x], a: 1}",
	};
	(void)state;
	struct bench *b = bench_new();
	struct str key = node_key(&b->arena, S("q"), read_text(b, "{a: 1, b: [x]}"));
	assert_int_equal(key.len, 32);
	assert_true(str_eq(key, node_key(&b->arena, S("q"), read_text(b, "\n\n{a:  1,  b: [x] }"))));
	assert_false(str_eq(key, node_key(&b->arena, S("r"), read_text(b, "{a: 1, b: [x]}"))));
	for (size_t i = 0; i < countof(others); i++)
		assert_false(str_eq(key, node_key(&b->arena, S("q"), read_text(b, others[i]))));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_walked),
		cmocka_unit_test(canonical_form_sorts_and_types),
		cmocka_unit_test(equality_is_of_values),
		cmocka_unit_test(keys_are_of_all_but_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
