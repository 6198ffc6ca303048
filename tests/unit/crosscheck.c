// yaml/crosscheck.c: what two readers take for different trees is refused, and nothing else.
#include "unit.h"

static bool read_it(struct bench *b, const char *text)
{
	u32 file = sources_add(&b->diag.sources, S("t.ami"), str_from(text));
	struct node *tree = NULL;
	bool done = read_tree(&b->context, file, DIALECT_SPEC, &tree);
	assert_int_equal(done, tree != NULL);
	return done;
}

static void ordinary_text_is_the_same_to_both(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"a: 1\n", "a:\nb: ~\n", "a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\n  z\n", "a: \"x\\\n  y\"\n",
		"a: 'x\n\n  y'\n", ("\xef\xbb\xbf" "a: \xc3\xa9 \"'\n"), "a: \"\\ud7ff\\U0001f600\\x41\\/\"\n",
		"{\"a\": [b, {c: d, e}], f: ''''''}\n", "a: \"\\\\\"\nb: \"\\\\ \\\n  \"\n", "a: x\r\nb: |\r\n  y\r\n",
		"a: |2\n   x\nb: |+\n  y\n\n\nc: 1\n", "- - a\n  - b\n- c\n", "a: |\n\n  x\n",
	};
	for (size_t i = 0; i < countof(texts); i++) {
		struct bench *b = bench_new();
		if (!read_it(b, texts[i]))
			fail_msg("%s: %s", texts[i], (const char *)rules[b->diag.list[0].rule].id.at);
		bench_free(b);
	}
}

static void disputed_text_is_refused_where_it_stands(void **state)
{
	(void)state;
	static const struct { const char *text; u64 off; } cases[] = {
		{"a:\n  b: |\n\n  c: 1\n", 5},             // goes on to the end of the file, to libfyaml
		{"a: 1\nb: \"x\\\\\\\n  y\"\n", 8},        // a backslash, then a line that goes on
		{"a: 'x\xc2\x85y'\n", 3},                  // U+0085, the end of a line in YAML 1.1
		{"\xef\xbb\xbf" "a: \xc3\xa9\n# x\xe2\x80\xa8" "b: 2\n", 15},    // a key behind the last one
		{"a: b # x\xc2\x85" "c: d\n", 10},
		{"a: # \xe2\x80\xa8- \nb: 1\n", 0},         // the same texts, one of them in a list
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		if (read_it(b, cases[i].text))
			fail_msg("%s", cases[i].text);
		assert_int_equal(b->diag.len, 1);
		assert_int_equal(b->diag.list[0].rule, YAML_DISPUTED);
		assert_int_equal(b->diag.list[0].at.off, cases[i].off);
		bench_free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_text_is_the_same_to_both),
		cmocka_unit_test(disputed_text_is_refused_where_it_stands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
