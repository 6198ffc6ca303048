// facts.c: schemas as trees, read once; types by their names; a file of --stdlib that is broken.
#include "unit.h"
#include <unistd.h>

static void each_file_is_read_once(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	const struct node *diff = facts_of(&b->context, S("schemas/diff.json"));
	struct context other = {.arena = &b->arena, .diag = &b->diag, .library = &b->library};
	assert_non_null(diff);
	assert_ptr_equal(facts_of(&other, S("schemas/diff.json")), diff);
	assert_true(node_has(node_get(diff, S("element-names")), S("Sid")));
	assert_null(facts_of(&b->context, S("schemas/none.json")));
	assert_true(bench_has(b, LIBRARY_MISSING));
	bench_free(b);
}

static void types_have_their_own_names(void **state)
{
	static const struct { const char *type; bool known; } cases[] = {
		{"AWS::KMS::Key", true}, {"AWS::KMS", false}, {"AWS:KMS:Key", false},
		{"AWS-KMS-Key", false}, {"../types/AWS::KMS::Key", false}, {"", false},
		{"Custom::Thing", false}, {"AWS::KMS::Key::", false},
	};
	(void)state;
	struct bench *b = bench_new();
	for (size_t i = 0; i < countof(cases); i++)
		assert_int_equal(facts_type(&b->context, str_from(cases[i].type)) != NULL, cases[i].known);
	b->library.folder = S(".");
	b->library.facts = NULL;
	for (size_t i = 0; i < countof(cases); i++)
		assert_int_equal(facts_type(&b->context, str_from(cases[i].type)) != NULL, cases[i].known);
	assert_int_equal(b->diag.len, 0);
	bench_free(b);
}

static void members_are_read_by_kind(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	json_t *json = json_loads("{\"t\": \"x\", \"yes\": true, \"no\": false, \"n\": 12, \"less\": -3,"
	                          " \"half\": 0.5, \"none\": null, \"l\": [\"a\", 1]}", 0, NULL);
	struct node *map = node_from_json(&b->arena, json);
	json_decref(json);
	assert_str(node_str(map, S("t")), "x");
	assert_int_equal(node_str(map, S("n")).len + node_str(map, S("l")).len, 0);
	assert_true(node_true(map, S("yes")) && !node_true(map, S("no")) && !node_true(map, S("t")));
	assert_int_equal(node_number(map, S("n"), 7), 12);
	assert_int_equal(node_number(map, S("less"), 7) + node_number(map, S("t"), 7), 14);
	assert_str(node_get(map, S("less"))->text, "-3");
	assert_str(node_get(map, S("half"))->text, "0.5");
	assert_true(node_is_null(node_get(map, S("none"))));
	assert_str(node_at(node_get(map, S("l")), 1)->text, "1");
	assert_null(node_at(node_get(map, S("l")), 2));
	assert_true(node_has(node_get(map, S("l")), S("a")) && !node_has(NULL, S("a")));
	bench_free(b);
}

static void a_broken_file_is_a_finding(void **state)
{
	char folder[] = "/tmp/amic-test-XXXXXX";
	(void)state;
	struct bench *b = bench_new();
	assert_non_null(mkdtemp(folder));
	b->library.folder = str_from(folder);
	struct output broken = {path_join(&b->arena, b->library.folder, S("x.json")), S("{\n1")};
	assert_true(files_write(&broken, 1, b->arena, &b->diag));
	assert_null(facts_of(&b->context, S("x.json")));
	assert_true(bench_has(b, LIBRARY_BROKEN));
	assert_str(b->diag.list[0].arg[2], "2");
	assert_int_equal(unlink(str_z(&b->arena, broken.path)) + rmdir(folder), 0);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_is_read_once),
		cmocka_unit_test(types_have_their_own_names),
		cmocka_unit_test(members_are_read_by_kind),
		cmocka_unit_test(a_broken_file_is_a_finding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
