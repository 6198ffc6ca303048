// emit.c and functions.c: what is written reads back the same, and looks as people write it.
#include "unit.h"

static struct node *parse(struct bench *b, const char *text)
{
	struct node *tree;
	u32 file = sources_add(&b->diag.sources, S("in.yaml"), str_from(text));
	assert_true(read_tree(&b->context, file, DIALECT_STDLIB, &tree));
	functions_lengthen(&b->arena, functions_of(&b->context), tree);
	return tree;
}

static struct str emitted(struct bench *b, const char *text, bool calls)
{
	struct node *tree = parse(b, text);
	struct str out;
	const struct functions *f = calls ? functions_of(&b->context) : NULL;
	assert_true(emit_yaml(&b->context, S("out.yaml"), tree, f, &out));
	return out;
}

static void test_looks(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{"a: b", "a: b\n"},
		{"a: !Ref X", "a: !Ref X\n"},
		{"a: {Ref: X}", "a: !Ref X\n"},
		{"a: {Ref: AWS::NoValue}", "a: !Ref AWS::NoValue\n"},
		{"a: !GetAtt A.B.C", "a: !GetAtt A.B.C\n"},
		{"a: {Fn::GetAtt: [A, B.C]}", "a: !GetAtt A.B.C\n"},
		{"a: {Fn::GetAtt: [A, {Ref: B}]}", "a:\n  Fn::GetAtt:\n  - A\n  - !Ref B\n"},
		{"a: !Sub 'x-${Y}'", "a: !Sub \"x-${Y}\"\n"},
		{"a: {Fn::ImportValue: !Sub 'x-${Y}'}",
		 "a:\n  Fn::ImportValue: !Sub \"x-${Y}\"\n"},
		{"a: !If [C, !Ref X, !Ref AWS::NoValue]",
		 "a: !If\n- C\n- !Ref X\n- !Ref AWS::NoValue\n"},
		{"a: [x, z]", "a: [x, z]\n"},
		{"a: {Key: x, Value: '1'}", "a: {Key: x, Value: \"1\"}\n"},
		{"a: []\nb: {}", "a: []\nb: {}\n"},
		{"a: 'yes'\nb: yes", "a: \"yes\"\nb: yes\n"},
		{"a: '2012-10-17'", "a: \"2012-10-17\"\n"},
		{"a: '\\d, \"x\"'", "a: '\\d, \"x\"'\n"},
		{"a: |\n  one\n  two\n", "a: |\n  one\n  two\n"},
		{"a: \" one\\n two\"", "a: \" one\\n two\"\n"},
		{"a: ''", "a: \"\"\n"},
		{"'12': \"a: b\"", "\"12\": \"a: b\"\n"},
	};
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		assert_str(emitted(b, cases[i].in, true), cases[i].out);
		bench_free(b);
	}
}

static void test_documents_have_no_functions(void **state)
{
	struct bench *b = bench_new();
	(void)state;
	assert_str(emitted(b, "a: {Ref: X}", false), "a: {Ref: X}\n");
	bench_free(b);
}

// A block is read again in time only when few of its lines are blank.
static void test_many_blank_lines_are_no_block(void **state)
{
	(void)state;
	for (size_t ends = BLANK_LINES_MAX; ends < BLANK_LINES_MAX + 3; ends++) {
		struct bench *b = bench_new();
		struct buf text = buf_new(&b->arena, 4096);
		struct node *map = node_new(&b->arena, MAP, (struct span){0}), *n;
		struct str out;
		buf_byte(&text, 'x');
		buf_fill(&text, '\n', ends);
		buf_byte(&text, 'y');
		n = node_text(&b->arena, buf_str(&text), false, (struct span){0});
		n->key = S("k");
		node_append(map, n);
		assert_true(emit_yaml(&b->context, S("out.yaml"), map, NULL, &out));
		assert_int_equal(str_starts(out, S("k: |")), ends <= BLANK_LINES_MAX);
		bench_free(b);
	}
}

// Text that one reader or another would take for something else; emit_yaml compares.
static void test_texts_stay_text(void **state)
{
	static const char *const texts[] = {
		"", " ", "~", "null", "yes", "no", "on", "Off", "true", "y", "N", "0", "1_000", "0x1f",
		"0o17", "017", "1e3", "1.0", ".inf", "12:30:45", "190:20:30", "2001-12-14", "=", "<<",
		"-", "- a", "a: b", "a:", ":a", "#a", "a #b", "&a", "*a", "!a", "%a", "@a", "`a", "{a",
		"[a", "a]", "a, b", "'", "\"", "\\", "\t", "\ta", "a\t", "a\n", "\n", "\n\n", "a\n\n",
		"a\n b\n", " a\nb", "a \nb", "a\r\nb", "a\rb", "\xc2\x85", "\xe2\x80\xa8", "\xc3\xa4",
		"\xf0\x9f\x98\x80", "\xef\xbb\xbf" "a", "---", "--- a", "...", "a\n---\nb", "\x7f",
		"a\x01" "b", "? a", "?", "|", ">", "a\n\tb\n", "${A}", "{{ a }}", "a: |\n  b\n",
	};
	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		struct bench *b = bench_new();
		struct node *map = node_new(&b->arena, MAP, (struct span){0});
		struct node *list = node_new(&b->arena, LIST, (struct span){0});
		struct node *text = node_text(&b->arena, str_from(texts[i]), false, (struct span){0});
		struct str out;
		struct node *back;
		text->key = S("a");
		list->key = S("b");
		node_append(map, text);
		node_append(map, list);
		node_append(list, node_text(&b->arena, str_from(texts[i]), false, (struct span){0}));
		if (!emit_yaml(&b->context, S("out.yaml"), map, NULL, &out)
		    || !emit_read(&b->context, S("out.yaml"), out, NULL, &back))
			fail_msg("text %zu: '%s'", i, texts[i]);
		assert_str(node_get(back, S("a"))->text, texts[i]);
		bench_free(b);
	}
}

static void test_places_are_in_the_output(void **state)
{
	struct bench *b = bench_new();
	const struct functions *f = functions_of(&b->context);
	struct str text;
	struct node *back;
	(void)state;
	assert_true(emit_yaml(&b->context, S("out.yaml"), parse(b, "a: 1\nb: {c: !Ref X}"), f, &text));
	assert_true(emit_read(&b->context, S("out.yaml"), text, f, &back));
	struct span at = node_path(back, S("b.c"))->at;
	assert_int_equal(diag_place(&b->diag.sources, at).line, 3);
	assert_str(b->diag.sources.list[at.file - 1].text, "a: 1\nb:\n  c: !Ref X\n");
	bench_free(b);
}

// Text that ends with line ends of its own ends a YAML document, too, and so no piece of one.
static void test_pieces_are_the_whole(void **state)
{
	static const char text[] =
		"One:\n  A: |+\n    x\n\n  B: [1, 2]\n  C: !Ref A\nTwo: {A: {b: c}}\nThree: x\nFour: {}\n";
	struct bench *b = bench_new();
	(void)state;
	assert_str(emitted(b, text, true), "One:\n  A: |+\n    x\n\n  B: [1, 2]\n  C: !Ref A\n"
	           "Two: {A: {b: c}}\nThree: x\nFour: {}\n...\n");
	bench_free(b);
}

// A member that is named as a function is called a call only where it stands alone; and what is
// empty has no entries that could be written.
static void test_pieces_are_no_calls(void **state)
{
	static const char *const same[] = {
		"M:\n  Ref: a\n  b: c\n", "M:\n  b: c\n  Fn::GetAtt: a.b\n", "Ref:\n  b: c\nM: d\n",
		"Ref: a\nM: d\n", "M: !Ref a\nP: b\n",
	};
	struct bench *b = bench_new();
	struct str out;
	(void)state;
	for (size_t i = 0; i < countof(same); i++)
		assert_str(emitted(b, same[i], true), same[i]);
	struct node *tree = parse(b, "A:\n  b: c\nD: e\n");
	tree->first->first = tree->first->last = NULL;
	tree->first->count = 0;
	assert_true(emit_yaml(&b->context, S("out.yaml"), tree, functions_of(&b->context), &out));
	assert_str(out, "A: {}\nD: e\n");
	bench_free(b);
}

static void test_twice_is_once(void **state)
{
	struct bench *b = bench_new();
	const struct functions *f = functions_of(&b->context);
	struct node *tree = parse(b, "A:\n  b: 'yes'\n  c: d\n");
	struct str first, second, third;
	(void)state;
	assert_true(emit_yaml(&b->context, S("out.yaml"), tree, f, &first));
	assert_true(emit_yaml(&b->context, S("out.yaml"), tree, f, &second));
	assert_str(second, "A:\n  b: \"yes\"\n  c: d\n");
	tree->first->first->plain = true;             // the same text, and another value
	assert_true(emit_yaml(&b->context, S("out.yaml"), tree, f, &third));
	assert_str(third, "A:\n  b: yes\n  c: d\n");
	bench_free(b);
}

// A run writes what it knows and what it does not know of one template, and keeps its text only.
static void test_what_is_new_is_proved_alone(void **state)
{
	struct bench *b = bench_new();
	const struct functions *f = functions_of(&b->context);
	struct node *old = parse(b, "R:\n  A: {b: c}\n  B: {b: c}\n");
	struct node *new = parse(b, "P: x\nR:\n  L: {b: !Ref A}\n  B: {b: c}\n  M: {b: e}\nQ: z\n");
	struct str out;
	(void)state;
	assert_true(emit_yaml(&b->context, S("out.yaml"), old, f, &out));
	const u8 *before = b->arena.at;
	assert_true(emit_yaml(&b->context, S("out.yaml"), new, f, &out));
	assert_str(out, "P: x\nR:\n  L:\n    b: !Ref A\n  B: {b: c}\n  M: {b: e}\nQ: z\n");
	assert_int_equal(b->arena.at - before, out.len);
	bench_free(b);
}

static void test_too_deep(void **state)
{
	struct bench *b = bench_new();
	struct node *root = node_new(&b->arena, LIST, (struct span){0}), *at = root;
	struct str text;
	(void)state;
	for (size_t i = 0; i < 100; i++) {
		struct node *inner = node_new(&b->arena, LIST, (struct span){0});
		node_append(at, inner);
		at = inner;
	}
	assert_false(emit_yaml(&b->context, S("out.yaml"), root, NULL, &text));
	assert_true(bench_has(b, EMIT_FAILED));
	bench_free(b);
}

// A tree that no text means: the tag of no function.
static void test_other_tree_is_found(void **state)
{
	struct bench *b = bench_new();
	struct node *root = node_new(&b->arena, MAP, (struct span){0});
	struct node *text = node_text(&b->arena, S("x"), false, (struct span){0});
	struct str out;
	(void)state;
	text->key = S("a");
	text->tag = S("!lost");
	node_append(root, text);
	assert_false(emit_yaml(&b->context, S("out.yaml"), root, NULL, &out));
	assert_true(bench_has(b, EMIT_DIFFERS));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looks),
		cmocka_unit_test(test_documents_have_no_functions),
		cmocka_unit_test(test_many_blank_lines_are_no_block),
		cmocka_unit_test(test_texts_stay_text),
		cmocka_unit_test(test_places_are_in_the_output),
		cmocka_unit_test(test_pieces_are_the_whole),
		cmocka_unit_test(test_pieces_are_no_calls),
		cmocka_unit_test(test_twice_is_once),
		cmocka_unit_test(test_what_is_new_is_proved_alone),
		cmocka_unit_test(test_too_deep),
		cmocka_unit_test(test_other_tree_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
