// template.c: other people's templates, YAML and JSON.
#include "unit.h"

static bool reads(struct bench *b, struct str text, struct node **out)
{
	return template_read(&b->context, sources_add(&b->diag.sources, S("t.yaml"), text), out);
}

static void test_forms(void **state)
{
	static const struct { const char *text, *canonical; } cases[] = {
		{"A: !Ref X", "{\"A\":{\"Ref\":\"X\"}}"},
		{"A: !GetAtt X.Y.Z", "{\"A\":{\"Fn::GetAtt\":[\"X\",\"Y.Z\"]}}"},
		{"A: !GetAtt [X, Y]", "{\"A\":{\"Fn::GetAtt\":[\"X\",\"Y\"]}}"},
		{"A: !Join ['', [a, !Ref B]]", "{\"A\":{\"Fn::Join\":[\"\",[\"a\",{\"Ref\":\"B\"}]]}}"},
		{"A: !Sub\n- ${x}\n- {x: !Ref Y}",
		 "{\"A\":{\"Fn::Sub\":[\"${x}\",{\"x\":{\"Ref\":\"Y\"}}]}}"},
		{"A: {Fn::If: [C, 1, '1']}", "{\"A\":{\"Fn::If\":[\"C\",1,\"1\"]}}"},
		{"A: !Condition C", "{\"A\":{\"Condition\":\"C\"}}"},
		{"{\"A\": {\"Ref\": \"X\"}, \"B\": [1, true, null, \"s\\/\\u00e4\"]}",
		 "{\"A\":{\"Ref\":\"X\"},\"B\":[1,true,null,\"s/\xc3\xa4\"]}"},
		{"\xef\xbb\xbf" "A: b\r\nC: |\r\n  d\r\n", "{\"A\":\"b\",\"C\":\"d\\u000a\"}"},
		{"A: !!str 12", "{\"A\":\"12\"}"},
		// JSON writes what is beyond U+FFFF as two escapes; behind a backslash they are text.
		{"{\"A\": \"x\\ud83d\\uDE00\\\\ud83d\\\\ude00\", \"B\": \"\\uD83D\\ude00\\n\"}",
		 "{\"A\":\"x\xf0\x9f\x98\x80\\\\ud83d\\\\ude00\",\"B\":\"\xf0\x9f\x98\x80\\u000a\"}"},
		{"\xef\xbb\xbf{\r\n\t\"A\":\"\\ud83d\\ude00\",\r\n\t\"B\" :[\r\n]\r\n}\r\n",
		 "{\"A\":\"\xf0\x9f\x98\x80\",\"B\":[]}"},
		{"{\"\\ud83d\\ude00\":{\"a\":1e5,\"b\":-0.5,\"c\":\"\\\"\\b\\f\"}}",
		 "{\"\xf0\x9f\x98\x80\":{\"a\":1e5,\"b\":-0.5,\"c\":\"\\\"\\u0008\\u000c\"}}"},
		{"{A: 'x\\ud83d\\ude00'}", "{\"A\":\"x\\\\ud83d\\\\ude00\"}"},   // YAML's own quotes
	};
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct node *tree;
		if (!reads(b, str_from(cases[i].text), &tree))
			fail_msg("%s", cases[i].text);
		assert_str(node_canonical(&b->arena, tree), cases[i].canonical);
		bench_free(b);
	}
}

static void test_refused(void **state)
{
	static const struct { const char *text; enum rule rule; } cases[] = {
		{"", TEMPLATE_NO_MAP}, {"a", TEMPLATE_NO_MAP}, {"[a]", TEMPLATE_NO_MAP},
		{"a: &x b", YAML_ANCHOR}, {"a: &x [b]", YAML_ANCHOR}, {"a: *x", YAML_ALIAS},
		{"a: !Rain::Embed b", TEMPLATE_TAG}, {"a: b\na: c", DUPLICATE_KEY},
		{"a: b\n---\nc: d", YAML_DOCUMENTS}, {"a: [b", YAML_SYNTAX}, {"? [a]\n: b", YAML_KEY_SHAPE},
		{"<<<<<<< ours\na: b\n=======\na: c\n>>>>>>> theirs\n", YAML_CONFLICT},
		{"{\"a\": \"\\ud83d\"}", YAML_SYNTAX}, {"{\"a\": \"\\ude00\\ud83d\"}", YAML_SYNTAX},
		{"{\"a\": 1,\r\n\"b\": 2, \"a\": 3}", DUPLICATE_KEY},
		{"{\"a\": \"\\ud83d\\u", YAML_SYNTAX}, {"a: \xff", YAML_NOT_UTF8}, {"\xff\xfe" "a", YAML_UTF16},
	};
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct node *tree;
		assert_false(reads(b, str_from(cases[i].text), &tree));
		if (!bench_has(b, cases[i].rule))
			fail_msg("%s: not %d", cases[i].text, (int)cases[i].rule);
		bench_free(b);
	}
}

static void test_places_count_bytes(void **state)
{
	struct bench *b = bench_new();
	struct node *tree;
	struct str text = S("\xef\xbb\xbf# \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\nA: \"\xc3\xb6\"\nB: [c, d]\n");
	struct str part;
	(void)state;
	assert_true(reads(b, text, &tree));
	struct node *list = node_get(tree, S("B"));
	assert_true(str_sub(text, tree->first->at.off, tree->first->at.len, &part));
	assert_str(part, "\"\xc3\xb6\"");
	assert_true(str_sub(text, list->at.off, list->at.len, &part));
	assert_str(part, "[c, d]");
	assert_true(str_sub(text, list->first->next->at.off, list->first->next->at.len, &part));
	assert_str(part, "d");
	assert_true(str_sub(text, list->key_at.off, list->key_at.len, &part));
	assert_str(part, "B");
	bench_free(b);
}

static void test_places_behind_two_escapes(void **state)
{
	struct bench *b = bench_new();
	struct node *tree;
	struct str part, text = S("{\"a\": \"\\ud83d\\ude00 \xc3\xa4\",\n"
	                          " \"b\": \"c\\ud83d\\ude00\", \"d\": [e]}");
	static const struct { struct str key, value; } cases[] = {
		{STR("a"), STR("\"\\ud83d\\ude00 \xc3\xa4\"")}, {STR("b"), STR("\"c\\ud83d\\ude00\"")},
		{STR("d"), STR("[e]")},
	};
	(void)state;
	assert_true(reads(b, text, &tree));
	for (size_t i = 0; i < countof(cases); i++) {
		const struct node *n = node_get(tree, cases[i].key);
		assert_true(str_sub(text, n->at.off, n->at.len, &part));
		assert_true(str_eq(part, cases[i].value));
	}
	bench_free(b);
}

static void test_limits(void **state)
{
	struct bench *b = bench_new();
	struct node *tree;
	struct buf deep = buf_new(&b->arena, 1 << 20);
	(void)state;
	buf_put(&deep, S("a: "));
	buf_fill(&deep, '[', 100000);
	assert_false(reads(b, buf_str(&deep), &tree));
	assert_true(bench_has(b, YAML_DEPTH));
	struct buf large = buf_new(&b->arena, 8 << 20);
	buf_put(&large, S("a: "));
	buf_fill(&large, 'x', 5 << 20);
	assert_false(reads(b, buf_str(&large), &tree));
	assert_true(bench_has(b, TEMPLATE_LARGE));
	bench_free(b);
}

static void end_of(const char *text, size_t len)
{
	struct bench *b = bench_new();
	struct node *tree = NULL;
	u8 *copy = malloc(len + 1);
	assert_non_null(copy);
	memcpy(copy, text, len);
	bool done = reads(b, (struct str){copy, len}, &tree);
	assert_true(done == (tree != NULL) && done != b->diag.failed);
	free(copy);
	bench_free(b);
}

static void test_every_cut_ends(void **state)
{
	static const char *const texts[] = {
		"A: !Sub ['${x}', {x: !GetAtt Y.Z}]\nB: |\n  t\xc3\xa4xt\nC: \"\\u00e4\"\n",
		"{\"A\": \"\\ud83d\\ude00\", \"B\": \"\\\\\\uD83D\\uDE00\"}",
	};
	(void)state;
	for (size_t n = 0; n < countof(texts); n++)
		for (size_t len = 0; len <= strlen(texts[n]); len++)
			end_of(texts[n], len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_places_count_bytes),
		cmocka_unit_test(test_places_behind_two_escapes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_every_cut_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
