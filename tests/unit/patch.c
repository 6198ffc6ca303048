// patch.c: edits of a template, and targets that are not there.
#include "unit.h"

static const char template[] =
	"Resources:\n  R:\n    A: [{Name: x, V: 1}, {Name: 'y', V: 2}, {Name: 'y', V: 3}]\n"
	"    B: {c: d}\n    L: [s3:Get, s3:Put]\n    F: !If [C, a, b]\n    a/b~c: z\n";


static bool patched(struct bench *b, const char *ops, struct node **out)
{
	struct spec s = {0};
	u32 t = sources_add(&b->diag.sources, S("t.yaml"), str_from(template));
	u32 f = sources_add(&b->diag.sources, S("s.ami"),
	                    cat(&b->arena, S("patch: {base: ["), str_from(ops), S("]}")));
	assert_true(template_read(&b->context, t, out));
	assert_true(read_tree(&b->context, f, DIALECT_SPEC, &s.tree));
	struct artifact list[] = {{.name = S("alone.yaml"), .scope = S("base")},
	                          {.name = S("t.yaml"), .scope = S("base"), .is_template = true,
	                           .tree = *out}};
	struct artifacts all = {list, countof(list)};
	return patch_artifacts(&b->context, &s, &all);
}

static struct str part_of(struct bench *b, struct node *tree, const char *path)
{
	return node_canonical(&b->arena, node_path(tree, str_from(path)));
}

static void test_edits(void **state)
{
	static const struct { const char *ops, *path, *canonical; } cases[] = {
		{"{set: /Resources/R/B/c, to: e}", "Resources.R.B", "{\"c\":\"e\"}"},
		{"{set: /Resources/R/B/n, to: {x: [1, yes, '2']}}", "Resources.R.B",
		 "{\"c\":\"d\",\"n\":{\"x\":[1,\"yes\",\"2\"]}}"},
		{"{set: '/Resources/R/A/[Name=x]/V', to: 9, expect: 1}", "Resources.R.A",
		 "[{\"Name\":\"x\",\"V\":9},{\"Name\":\"y\",\"V\":2},{\"Name\":\"y\",\"V\":3}]"},
		{"{delete: '/Resources/R/A/[Name=x]'}, {delete: '/Resources/R/A/[V=3]'}", "Resources.R.A",
		 "[{\"Name\":\"y\",\"V\":2}]"},
		{"{delete: '/Resources/R/A/[V=3]'}, {append: /Resources/R/A, to: {Ref: Q}}", "Resources.R.A",
		 "[{\"Name\":\"x\",\"V\":1},{\"Name\":\"y\",\"V\":2},{\"Ref\":\"Q\"}]"},
		{"{delete: '/Resources/R/L/[=s3:Put]'}", "Resources.R.L", "[\"s3:Get\"]"},
		{"{delete: /Resources/R/L/0, expect: 's3:Get'}", "Resources.R.L", "[\"s3:Put\"]"},
		{"{set: '/Resources/R/F/Fn::If/1', to: q}", "Resources.R.F",
		 "{\"Fn::If\":[\"C\",\"q\",\"b\"]}"},
		{"{set: /Resources/R/a~1b~0c, to: q}", "Resources.R.a/b~c", "\"q\""},
	};
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct node *tree;
		if (!patched(b, cases[i].ops, &tree))
			fail_msg("%s", cases[i].ops);
		assert_str(part_of(b, tree, cases[i].path), cases[i].canonical);
		bench_free(b);
	}
}

static void test_refused(void **state)
{
	static const struct { const char *ops; enum rule rule; } cases[] = {
		{"{set: Resources, to: 1}", PATCH_POINTER}, {"{set: /Resources/R/a~b, to: 1}", PATCH_POINTER},
		{"{set: '/', to: 1}", PATCH_POINTER}, {"{set: /Resources/R/A/x, to: 1}", PATCH_POINTER},
		{"{set: '/Resources/R/A/[Name]', to: 1}", PATCH_POINTER},
		{"{delete: /Resources/R/A/0}", PATCH_POSITION},
		{"{set: /Resources/R/A/0/V, to: 1, expect: 1}", PATCH_POSITION},
		{"{delete: /Resources/R/A/3, expect: 1}", PATCH_TARGET},
		{"{delete: /Resources/R/C}", PATCH_TARGET}, {"{set: /Resources/Q/B, to: 1}", PATCH_TARGET},
		{"{set: /Resources/R/B/c/d, to: 1}", PATCH_TARGET},
		{"{set: '/Resources/R/A/[Name=z]', to: 1}", PATCH_TARGET},
		{"{append: /Resources/R/N, to: 1}", PATCH_TARGET},
		{"{append: /Resources/R/B, to: 1}", PATCH_KIND},
		{"{delete: '/Resources/R/A/[Name=y]'}", PATCH_AMBIGUOUS},
		{"{set: /Resources/R/B/c, to: 1, expect: e}", PATCH_EXPECT},
		{"{set: /Resources/R/B/n, to: 1, expect: e}", PATCH_EXPECT},
		{"{delete: /Resources/R/L/0, expect: 's3:Put'}", PATCH_EXPECT},
	};
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct node *tree;
		if (patched(b, cases[i].ops, &tree) || !bench_has(b, cases[i].rule))
			fail_msg("%s", cases[i].ops);
		assert_int_equal(b->diag.len, 1);
		bench_free(b);
	}
}

static void test_position_names_the_member(void **state)
{
	struct bench *b = bench_new();
	struct node *tree;
	(void)state;
	assert_false(patched(b, "{delete: /Resources/R/A/1}", &tree));
	assert_str(b->diag.list[0].arg[1], "/Resources/R/A/[V=2]");
	assert_str(b->diag.sources.list[b->diag.list[0].at.file - 1].path, "s.ami");
	bench_free(b);
}

static void test_last_child_goes(void **state)
{
	struct bench *b = bench_new();
	struct node *tree;
	(void)state;
	assert_true(patched(b, "{delete: /Resources/R/L/1, expect: 's3:Put'},"
		"{append: /Resources/R/L, to: n}, {delete: /Resources/R/B/c}, {set: /Resources/R/B/d, to: 1}",
		&tree));
	assert_str(part_of(b, tree, "Resources.R.L"), "[\"s3:Get\",\"n\"]");
	assert_str(part_of(b, tree, "Resources.R.B"), "{\"d\":1}");
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_position_names_the_member),
		cmocka_unit_test(test_last_child_goes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
