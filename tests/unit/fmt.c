// fmt.c: one form, the same tree, the same comments; twice is once.
#include "unit.h"
#include "amic.h"

static struct str format(struct bench *b, struct str text)
{
	struct library library = {.arena = &b->arena, .diag = &b->diag};
	struct context c = {.arena = &b->arena, .diag = &b->diag, .library = &library};
	struct str out = {0};
	u32 file = sources_add(&b->diag.sources, S("t.ami"), text);
	assert_true(format_spec(&c, file, &out));
	return out;
}

static void one_form(void **state)
{
	(void)state;
	static const struct { struct str before; const char *after; } cases[] = {
		{STR("ami: 1\n"), "ami: 1\n"}, {STR("ami: 1"), "ami: 1\n"}, {STR("\n\nami: 1  \t\n\n\n\nb: 2\n\n\n"), "ami: 1\n\nb: 2\n"},
		{STR("a: 1\r\nb: 2\r\n"), "a: 1\nb: 2\n"}, {STR("\xef\xbb\xbf" "a: 1\n"), "a: 1\n"},
		{STR("a: {b: 1,c: 2}\n"), "a: { b: 1, c: 2 }\n"}, {STR("a: [ 1,2 ,3 ]\n"), "a: [1, 2, 3]\n"},
		{STR("a: [1, 2,]\n"), "a: [1, 2]\n"}, {STR("a: {}\nb: []\n"), "a: {}\nb: []\n"},
		{STR("a: {b: {c: [d,e]}}\n"), "a: { b: { c: [d, e] } }\n"}, {STR("a: {b:   1}\n"), "a: { b:   1 }\n"},
		{STR("a: {b: \"x,  y\",c: 'p ,q'}\n"), "a: { b: \"x,  y\", c: 'p ,q' }\n"},
		{STR("a: 1 # one  \n# two\t\n"), "a: 1 # one\n# two\n"},
		{STR("a: [1, # one\n  2]\n"), "a: [1, # one\n  2]\n"}, {STR("a: {b: '#x',c: d}\n"), "a: {b: '#x',c: d}\n"},
		{STR("a: |+\n  x  \n\n\nb: 1\n"), "a: |+\n  x  \n\n\nb: 1\n"}, {STR("a: >-\n  x\n\n\n  y\nb:  1\n"), "a: >-\n  x\n\n\n  y\nb:  1\n"},
		{STR("a: \"x  \n\n\n  y\"\n"), "a: \"x  \n\n\n  y\"\n"}, {STR("a: [b: 1,c]\n"), "a: [b: 1,c]\n"},
		{STR("a: {b: ,c: 1}\n"), "a: {b: ,c: 1}\n"}, {STR("a: |+\n  x\n\n\n"), "a: |+\n  x\n\n\n"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct str once = format(b, cases[i].before);
		if (!str_eq(once, str_from(cases[i].after)))
			fail_msg("case %zu: %.*s", i, (int)once.len, (const char *)once.at);
		assert_str(format(b, once), cases[i].after);
		bench_free(b);
	}
}

// ---- any text that is YAML: the same tree, the same ink, and idempotent

static struct str generate(struct bench *b, u32 seed)
{
	static const char *const pieces[] = {
		"a", "b: ", "c:", "- ", "{", "}", "[", "]", ",", ", ", "\n", "\n\n", "  ", " ", "#x", " # y\n",
		"'q  '", "\"w\"", "|\n  z\n", "1", "k: v\n", "\r\n", ": ", "\n  d: e\n", "\t",
	};
	struct buf text = buf_new(&b->found, 4096);
	for (size_t i = 0; i < 4 + seed % 12; i++) {
		seed = seed * 1664525u + 1013904223u;
		buf_put(&text, str_from(pieces[(seed >> 16) % countof(pieces)]));
	}
	return buf_str(&text);
}

static bool read_text(struct bench *b, struct str text, struct node **out)
{
	struct library library = {.arena = &b->arena, .diag = &b->diag};
	struct context c = {.arena = &b->arena, .diag = &b->diag, .library = &library};
	return read_tree(&c, sources_add(&b->diag.sources, S("t"), text), DIALECT_SPEC, out);
}

static void meaning_stays_for_generated_text(void **state)
{
	(void)state;
	size_t read = 0;
	struct bench *b = bench_new();
	const struct bench empty = *b;
	for (u32 seed = 1; seed < 30000; seed++) {
		struct node *before, *after;
		*b = empty;
		struct str text = generate(b, seed * 2654435761u);
		if (!read_text(b, text, &before))
			continue;
		struct str once = format(b, text);
		read++;
		assert_true(read_text(b, once, &after) && node_equal(before, after, b->arena));
		if (!str_eq(format(b, once), once))
			fail_msg("not idempotent: %.*s", (int)text.len, (const char *)text.at);
	}
	assert_true(read > 500);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_form), cmocka_unit_test(meaning_stays_for_generated_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
