// blame.c: from a line of an output to the lines that made it.
#include "unit.h"

struct made { struct context c; struct artifact artifact; u32 spec, blueprint; };

static void make_artifact(struct bench *b, struct library *l, struct made *out)
{
	*out = (struct made){.c = {.arena = &b->arena, .diag = &b->diag, .library = l}};
	out->spec = sources_add(&b->diag.sources, S("s.ami"), S("name: x\nbuild: {timeout: 3h}\n"));
	out->blueprint = sources_add(&b->diag.sources, S("t.yaml"),
		S("A: 1\nB:\n  C: [x, y]\n  D: |\n    e: f\n    g: h\n  I: !Ref J\n"));
	struct node *tree;
	assert_true(read_tree(&out->c, out->blueprint, DIALECT_STDLIB, &tree));
	functions_lengthen(&b->arena, functions_of(&out->c), tree);
	node_path(tree, S("B.C"))->cause = (struct span){out->spec, 2, 24};
	struct document *d = make(&b->arena, 1, struct document);
	struct node *text = node_path(tree, S("B.D")), *inner;
	u32 file = sources_add(&b->diag.sources, S("d.yaml"), text->text);
	assert_true(read_tree(&out->c, file, DIALECT_STDLIB, &inner));
	inner->last->cause = (struct span){out->spec, 1, 6};
	d->tree = inner;
	d->name = S("d");
	assert_true(emit_yaml(&out->c, d->name, inner, NULL, &d->text));
	text->document = d;
	out->artifact = (struct artifact){.name = S("o.yaml"), .is_template = true, .tree = tree};
	assert_true(emit_yaml(&out->c, S("o.yaml"), tree, functions_of(&out->c), &out->artifact.text));
}

static void test_lines(void **state)
{
	static const struct { u32 line; const char *pointer; u32 spec_line; } cases[] = {
		{1, "/A", 0}, {2, "/B", 0}, {3, "/B/C/1", 2}, {4, "/B/D", 0}, {5, "/B/D/e", 0},
		{6, "/B/D/g", 1}, {7, "/B/I/Ref", 0}, {99, "/B/I/Ref", 0},
	};
	struct bench *b = bench_new();
	struct made m;
	struct origins origins;
	(void)state;
	make_artifact(b, &b->library, &m);
	blame_artifact(&m.c, &m.artifact, &origins);
	for (size_t i = 0; i < countof(cases); i++) {
		const struct origin *o = blame_line(&origins, cases[i].line);
		assert_non_null(o);
		assert_str(o->pointer, cases[i].pointer);
		u32 line = o->cause.file ? diag_place(&b->diag.sources, o->cause).line : 0;
		assert_int_equal(line, cases[i].spec_line);
	}
	assert_null(blame_line(&origins, 0));
	bench_free(b);
}

static void test_setting_of_a_place(void **state)
{
	struct bench *b = bench_new();
	struct str text = S("name: x\nbuild: {timeout: 3h, volume: 30GiB}\ntags:\n  a: b\n");
	static const struct { const char *word, *path; } cases[] = {
		{"x", "name"}, {"3h", "build.timeout"}, {"30GiB", "build.volume"}, {"b\n", "tags.a"},
	};
	struct node *tree;
	u32 file = sources_add(&b->diag.sources, S("s.ami"), text);
	(void)state;
	assert_true(read_tree(&b->context, file, DIALECT_SPEC, &tree));
	for (size_t i = 0; i < countof(cases); i++) {
		size_t off;
		assert_true(str_find(text, str_from(cases[i].word), &off));
		if (i == 3)
			off = text.len - 2;
		assert_str(blame_setting(&b->arena, tree, (struct span){file, 1, off}), cases[i].path);
	}
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_setting_of_a_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
