// distinct.c: what must differ, in the value that a pipeline has with what it inherits.
#include "unit.h"

// The finding and what it names, or NULL when the spec is right.
struct expectation { const char *rest; const enum rule *rule; const char *name; };

static void check(const struct expectation *e)
{
	struct bench *b = bench_new();
	const struct language *l;
	struct node *tree = NULL;
	l = language_of(&b->context);
	assert_non_null(l);
	struct str text = cat(&b->arena, S("ami: 1\nname: abc\n"), str_from(e->rest));
	u32 file = sources_add(&b->diag.sources, S("t.ami"), text);
	assert_true(read_tree(&b->context, file, DIALECT_SPEC, &tree));
	struct spec s = {.path = S("t.ami"), .file = file, .tree = tree, .language = l};
	bool good = check_distinct(&b->context, &s);
	assert_int_equal(good, e->rule == NULL);
	diag_sort(&b->diag);                       // two scopes, the same finding: one
	assert_int_equal(b->diag.len, e->rule ? 1 : 0);
	if (e->rule) {
		assert_int_equal(b->diag.list[0].rule, *e->rule);
		assert_str(b->diag.list[0].arg[1], e->name);
	}
	bench_free(b);
}

static void a_pipeline_is_judged_with_what_it_inherits(void **state)
{
	(void)state;
	static const enum rule twice = ELEMENT_TWICE, fold = KEY_CASE;
	static const struct expectation list[] = {
		{"tags: {Owner: a, Team: b}\n", NULL, NULL},
		{"tags: {Owner: a, owneR: b}\n", &fold, "owneR"},
		{"tags: {Owner: a}\npipelines: {main: {tags: {Owner: b}}}\n", NULL, NULL},
		{"tags: {Owner: a}\npipelines: {main: {tags: {OWNER: b}}}\n", &fold, "OWNER"},
		{"pipelines: {a: {tags: {Owner: a}}, b: {tags: {OWNER: b}}}\n", NULL, NULL},
		{"share: [{region: eu-west-1}, {region: eu-west-2}]\n", NULL, NULL},
		{"share: [{region: eu-west-1}, {region: eu-west-2}, {region: eu-west-1}]\n", &twice,
		 "eu-west-1"},
	};
	for (size_t i = 0; i < countof(list); i++)
		check(&list[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipeline_is_judged_with_what_it_inherits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
