// read.c: what people write, with its bytes; and what is refused, at the right place.
#include "unit.h"

struct reading { struct bench *b; struct context c; struct library library; u32 file; };

static struct reading reading_of(struct str text)
{
	struct reading r = {.b = bench_new()};
	r.file = sources_add(&r.b->diag.sources, S("t.ami"), text);
	return r;
}

static bool read_it(struct reading *r, enum dialect dialect, struct node **out)
{
	r->library = (struct library){.arena = &r->b->found, .diag = &r->b->diag};
	r->c = (struct context){.arena = &r->b->arena, .diag = &r->b->diag, .library = &r->library};
	return read_tree(&r->c, r->file, dialect, out);
}

static struct str at_span(const struct reading *r, struct span at)
{
	struct str s = {0};
	assert_true(str_sub(r->b->diag.sources.list[r->file - 1].text, at.off, at.len, &s));
	return s;
}

static void refused_where_it_stands(void **state)
{
	(void)state;
	static const struct { struct str text; enum rule rule; u64 off; } cases[] = {
		{STR(""), YAML_EMPTY, 0}, {STR("# only this\n"), YAML_EMPTY, 0},
		{STR("\xff\xfe" "a\0"), YAML_UTF16, 0}, {STR("a\0:\0"), YAML_UTF16, 0},
		{STR("\0a\0:"), YAML_UTF16, 0}, {STR("a: \xc3(\n"), YAML_NOT_UTF8, 3},
		{STR("a: b\0c\n"), YAML_CONTROL, 4}, {STR("a: \x1b[0m\n"), YAML_CONTROL, 3},
		{STR("a: &x 1\n"), YAML_ANCHOR, 3}, {STR("a: *x\n"), YAML_ALIAS, 3},
		{STR("a: &x 1\nb: *x\n"), YAML_ANCHOR, 3},
		{STR("a: !x 1\n"), YAML_TAG, 3}, {STR("a: !!str 1\n"), YAML_TAG, 3},
		{STR("<<: {a: 1}\n"), YAML_MERGE, 0}, {STR("a: 1\n---\nb: 1\n"), YAML_DOCUMENTS, 5},
		{STR("a:\n\tb: 1\n"), YAML_TAB, 3}, {STR("a: [1, 2\n"), YAML_UNCLOSED, 3},
		{STR("a: { b: 1\n"), YAML_UNCLOSED, 3}, {STR("{[1]: 2}\n"), YAML_KEY_SHAPE, 1},
		{STR("? {a: 1}\n: 2\n"), YAML_KEY_SHAPE, 2}, {STR("a: 1\n\"\": 1\n"), YAML_KEY_EMPTY, 5},
		{STR("a: 1\nb: 1\na: 2\n"), DUPLICATE_KEY, 10}, {STR("{a: 1, a: 1}"), DUPLICATE_KEY, 7},
		{STR("a: b: c\n"), YAML_COLON, 4}, {STR("a: \"b\n"), YAML_QUOTE, 4},
		{STR("a: b\n c: d\n"), YAML_INDENT, 3}, {STR("a: @b\n"), YAML_START, 3},
		{STR("a: \"\\q\"\n"), YAML_ESCAPE, 4}, {STR("a:\u00a0b\nc: d\n"), YAML_BLANK, 2},
		{STR("{a: b,c}\n"), YAML_COMMA, 4}, {STR("{a: b,c: , a: 1}\n"), DUPLICATE_KEY, 11},
		{STR("a: {b: c} }\n"), YAML_SYNTAX, 10}, {STR("a: b # \u202e\n"), YAML_CONTROL, 7},
		{STR("a: 1\n...\n# c\nb: 1\n"), YAML_DOCUMENTS, 13}, {STR("a: 1\n: 2\n"), YAML_KEY_EMPTY, 5},
		{STR("{a: 1, : 2}\n"), YAML_KEY_EMPTY, 7}, {STR(": 2\n"), YAML_KEY_EMPTY, 0},
		{STR("a: 1\n<<<<<<< HEAD\nb: 1\n=======\n"), YAML_CONFLICT, 5},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct reading r = reading_of(cases[i].text);
		struct node *tree = NULL;
		assert_false(read_it(&r, DIALECT_SPEC, &tree));
		assert_null(tree);
		assert_true(r.b->diag.len >= 1);
		if (r.b->diag.list[0].rule != cases[i].rule || r.b->diag.list[0].at.off != cases[i].off)
			fail_msg("case %zu: %s at %llu", i, (const char *)rules[r.b->diag.list[0].rule].id.at,
			         (unsigned long long)r.b->diag.list[0].at.off);
		bench_free(r.b);
	}
}

static void spans_are_the_bytes_as_written(void **state)
{
	(void)state;
	static const struct { const char *text, *value, *written; bool plain; } cases[] = {
		{"a: b c # d\n", "b c", "b c", true}, {"a: 'it''s'\n", "it's", "'it''s'", false},
		{"a: \"x\\ty\"\n", "x\ty", "\"x\\ty\"", false}, {"a: \"\"\n", "", "\"\"", false},
		{"\xef\xbb\xbf" "a: b\n", "b", "b", true}, {"a:\n", "", "", true},
		{"\xd0\xba: 1\na: \xe7\x95\x8c\n", "\xe7\x95\x8c", "\xe7\x95\x8c", true},
		{"a: |\n  x\n  y\nb: 1\n", "x\ny\n", "|\n  x\n  y", true},
		{"a: b\r\nc: d\r\n", "b", "b", true}, {"a: x\n  y\n", "x y", "x\n  y", true},
		{"{\"a\": \"b\"}", "b", "\"b\"", false}, {"a: no\n", "no", "no", true},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct reading r = reading_of(str_from(cases[i].text));
		struct node *tree = NULL;
		assert_true(read_it(&r, DIALECT_SPEC, &tree));
		const struct node *n = node_get(tree, S("a"));
		assert_non_null(n);
		assert_str(n->text, cases[i].value);
		if (!n->block)
			assert_str(at_span(&r, n->at), cases[i].written);
		assert_int_equal(n->plain || n->block, cases[i].plain);
		bench_free(r.b);
	}
}

static void collections_reach_to_their_end(void **state)
{
	(void)state;
	struct reading r = reading_of(S("a: { b: [1, 2], c: {} }\nd:\n  - e: f\n    g: h\nz: 1\n"));
	struct node *tree = NULL;
	assert_true(read_it(&r, DIALECT_SPEC, &tree));
	const struct node *a = node_get(tree, S("a")), *d = node_get(tree, S("d"));
	assert_str(at_span(&r, a->at), "{ b: [1, 2], c: {} }");
	assert_str(at_span(&r, node_path(tree, S("a.b"))->at), "[1, 2]");
	assert_str(at_span(&r, node_get(a, S("c"))->key_at), "c");
	assert_str(at_span(&r, d->at), "- e: f\n    g: h");
	assert_true(tree->block && d->block && !a->block);
	assert_int_equal(a->count, 2);
	bench_free(r.b);
}

static void stdlib_keeps_local_tags(void **state)
{
	(void)state;
	struct reading r = reading_of(S("a: !set:s build.timeout\nb: !if:x=y\n  c: !name $-z\n"
	                                "d: [!Ref E, !Sub 'x']\n"));
	struct node *tree = NULL;
	assert_true(read_it(&r, DIALECT_STDLIB, &tree));
	assert_str(node_get(tree, S("a"))->tag, "!set:s");
	assert_str(node_get(tree, S("b"))->tag, "!if:x=y");
	assert_str(node_path(tree, S("b.c"))->text, "$-z");
	assert_str(node_get(tree, S("d"))->first->tag, "!Ref");
	bench_free(r.b);
}

static struct str repeat(struct bench *b, const char *piece, size_t count, const char *end)
{
	struct buf text = buf_new(&b->arena, 8 << 20);
	for (size_t i = 0; i < count; i++)
		buf_put(&text, str_from(piece));
	buf_put(&text, str_from(end));
	return buf_str(&text);
}

static void large_and_deep_input_ends_soon(void **state)
{
	(void)state;
	static const struct { const char *piece, *end; size_t count; bool ok; enum rule rule; } cases[] = {
		{"[", "", 10000, false, YAML_DEPTH}, {"{a: ", "", 10000, false, YAML_DEPTH},
		{"- ", "x", 10000, false, YAML_DEPTH}, {"\"\xe7\x95\x8c", "\": 1\n", 1, true, 0},
		{"x", ": 1\n", 1000, true, 0}, {"- xxxxxxxxxxxxxxx\n", "", 60000, true, 0},
		{"a: |\n  x", "\n", 1, true, 0}, {"? ", "", 10000, false, YAML_KEY_SHAPE},
		{"\n", "a: |\n  x\n", 1000, true, 0}, {"\n", "a: 1\n", 1001, false, YAML_DESERT},
		{"a: |\n", "  x\n", 1, true, 0}, {" ", "\na: 1\n", 1000, true, 0},
		{" ", "\na: 1\n", 1001, false, YAML_DESERT}, {"\t", "", 900000, false, YAML_DESERT},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct reading r = reading_of((struct str){0});
		r.file = sources_add(&r.b->diag.sources, S("big.ami"),
		                     repeat(r.b, cases[i].piece, cases[i].count, cases[i].end));
		struct node *tree = NULL;
		if (read_it(&r, DIALECT_SPEC, &tree) != cases[i].ok)
			fail_msg("case %zu", i);
		if (!cases[i].ok && r.b->diag.list[0].rule != cases[i].rule)
			fail_msg("case %zu: %s", i, (const char *)rules[r.b->diag.list[0].rule].id.at);
		bench_free(r.b);
	}
}

static void what_is_behind_a_comma_is_looked_at_once(void **state)
{
	(void)state;
	struct reading r = reading_of((struct str){0});
	struct buf text = buf_new(&r.b->found, 4 << 20);
	struct node *tree;
	buf_put(&text, S("{a: b"));
	for (u64 i = 0; i < 50000; i++) {
		buf_put(&text, S(",k"));
		buf_number(&text, i);
		buf_put(&text, S(" : v"));
	}
	buf_put(&text, S("}\n"));
	for (size_t i = 0; i < 900; i++) {
		buf_fill(&text, ' ', 999);
		buf_byte(&text, '\n');
	}
	r.file = sources_add(&r.b->diag.sources, S("flow.ami"), buf_str(&text));
	assert_true(read_it(&r, DIALECT_SPEC, &tree));
	assert_int_equal(tree->count, 50001);
	bench_free(r.b);
}

static void a_hundred_thousand_keys_are_sorted_not_compared(void **state)
{
	(void)state;
	struct reading r = reading_of((struct str){0});
	struct buf text = buf_new(&r.b->found, 4 << 20);
	for (u64 i = 0; i < 100000; i++) {
		buf_byte(&text, 'k');
		buf_number(&text, i % 99999);
		buf_put(&text, S(": 1\n"));
	}
	r.file = sources_add(&r.b->diag.sources, S("keys.ami"), buf_str(&text));
	struct node *tree = NULL;
	assert_false(read_it(&r, DIALECT_SPEC, &tree));
	assert_int_equal(r.b->diag.len, 1);
	assert_int_equal(r.b->diag.list[0].rule, DUPLICATE_KEY);
	assert_int_equal(r.b->diag.list[0].also.off, 0);
	bench_free(r.b);
}

static void cut_at_every_length(void **state)
{
	(void)state;
	struct str text = S("\xef\xbb\xbf" "ami: 1\nname: 'x''y'\nb: { c: [1, \"\\u00e9\"], d: |- }\n"
	                    "e:\n  - f: >\n      g\n  - \xe7\x95\x8c\n");
	for (size_t len = 0; len <= text.len; len++) {
		struct reading r = reading_of((struct str){text.at, len});
		struct node *tree = NULL;
		bool read = read_it(&r, DIALECT_SPEC, &tree);
		assert_int_equal(read, tree != NULL);
		assert_int_equal(read, r.b->diag.len == 0);
		bench_free(r.b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_where_it_stands),
		cmocka_unit_test(spans_are_the_bytes_as_written),
		cmocka_unit_test(collections_reach_to_their_end),
		cmocka_unit_test(stdlib_keeps_local_tags),
		cmocka_unit_test(large_and_deep_input_ends_soon),
		cmocka_unit_test(what_is_behind_a_comma_is_looked_at_once),
		cmocka_unit_test(a_hundred_thousand_keys_are_sorted_not_compared),
		cmocka_unit_test(cut_at_every_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
