// fmt.c: one form, the same tree, the same comments; twice is once.
#include "unit.h"
#include "fmt/fmt.h"
#include <time.h>

static struct str format(struct bench *b, struct str text)
{
	struct str out = {0};
	u32 file = sources_add(&b->diag.sources, S("t.ami"), text);
	assert_true(format_spec(&b->context, file, &out));
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
		{STR("a: |\r\n  x\r\n   y\r\nb: \"c\r\n  d\"\r\n"), "a: |\n  x\n   y\nb: \"c\n  d\"\n"},
		{STR("a: | \n  x \n"), "a: |\n  x \n"}, {STR("a: >+\n \n"), "a: >+\n \n"},
		{STR("a:\n |-\nb:\n- c\n"), "a:\n  |-\nb:\n  - c\n"},       // nothing in it
		{STR("a:\n    b: |2-\n         \n            x\n      y\n\n   \n"), "a:\n  b: |2-\n       \n          x\n    y\n\n  \n"},
		// two columns a level; lists one level below their key
		{STR("a:\n    b: 1\n    c:\n          d: 2\ne: 3\n"), "a:\n  b: 1\n  c:\n    d: 2\ne: 3\n"},
		{STR("a:\n- x\n-   y\nb:\n -  c: 1\n    d: 2\n"), "a:\n  - x\n  - y\nb:\n  - c: 1\n    d: 2\n"},
		{STR("a:\n- - x\n  -  y\n-\n    z: 1\n"), "a:\n  - - x\n    - y\n  -\n    z: 1\n"},
		{STR("  a: 1\n  b:\n   c: 2\n"), "a: 1\nb:\n  c: 2\n"},
		{STR("a:\n      x\nb:\n  \"y\n     z\"\n"), "a:\n  x\nb:\n  \"y\n     z\"\n"},
		// what continues a value moves as it does
		{STR("a:\n    b: [1,\n        2]\n    c: one\n      two\n"), "a:\n  b: [1,\n      2]\n  c: one\n    two\n"},
		{STR("a:\n-   {b: 1,\n     c: 2}\n"), "a:\n  - {b: 1,\n     c: 2}\n"},
		// block scalars: the content to the next level, as it is; with a digit, by as much
		{STR("a:\n    b: |\n          x\n           y\n\n    c: 1\n"), "a:\n  b: |\n    x\n     y\n\n  c: 1\n"},
		{STR("a:\n    b: |2\n        x\n      y\n"), "a:\n  b: |2\n      x\n    y\n"},
		{STR("a:\n    - >-\n     x\n    -  |\n      # no comment\n"), "a:\n  - >-\n    x\n  - |\n    # no comment\n"},
		{STR("a:\n    b: |\n          x\n            \n          y\nc: |+\n x\n   \n"), "a:\n  b: |\n    x\n      \n    y\nc: |+\n  x\n    \n"},
		{STR("a: |\n  | t\n  |\nb: 1\n"), "a: |\n  | t\n  |\nb: 1\n"},
		// comments: with the next line, or in the level that they are in
		{STR("# t\na:\n    # b\n    b: 1\n    # end\n# c\nc: 2\n"), "# t\na:\n  # b\n  b: 1\n  # end\n# c\nc: 2\n"},
		{STR("a:\n    b: 1\n      # far\nc: 2 # d\n    # last\n"), "a:\n  b: 1\n    # far\nc: 2 # d\n    # last\n"},
		{STR("a:\n# x\n- b\n# y\n- c\n# z\n"), "a:\n  # x\n  - b\n  # y\n  - c\n  # z\n"},
		{STR("a:\n      b: |\n        x\n       # no content\n      c: 1\n"), "a:\n  b: |\n    x\n  # no content\n  c: 1\n"},
		{STR("? a\n:   b\nc:\n    d: 1\n"), "? a\n:   b\nc:\n    d: 1\n"},      // not known: as it is
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
		"\n    f:\n", "\n   # z\n", "\n- ", "\n   -   ", "|2\n     y\n   z\n", ">+\n      u\n       v\n\n",
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
	return read_tree(&b->context, sources_add(&b->diag.sources, S("t"), text), DIALECT_SPEC, out);
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

// ---- one structure, indented at random and as it should be: formatted, the first is the second

struct twins { struct buf wild, tame; u32 seed; };

static u32 pick(struct twins *t, u32 below)
{
	t->seed = t->seed * 1664525u + 1013904223u;
	return (t->seed >> 16) % below;
}

static void put_both(struct twins *t, const char *text)
{
	buf_put(&t->wild, str_from(text));
	buf_put(&t->tame, str_from(text));
}

static void begin_line(struct twins *t, size_t wild, size_t tame)
{
	buf_fill(&t->wild, ' ', wild);
	buf_fill(&t->tame, ' ', tame);
}

static void put_map(struct twins *t, size_t wild, size_t tame, u32 depth, bool first_is_begun);

static void put_block(struct twins *t, size_t wild, size_t tame, bool folded)
{
	size_t more = 1 + pick(t, 5);
	put_both(t, folded ? ">-\n" : "|\n");
	for (u32 i = 0; i < 2; i++) {
		begin_line(t, wild + more, tame + 2);
		put_both(t, i ? "  # text\n" : "text: |\n");
	}
}

static void put_list(struct twins *t, size_t wild, size_t tame, u32 depth)
{
	for (u32 i = 0; i <= pick(t, 3); i++) {
		if (pick(t, 4) == 0) {
			begin_line(t, wild, tame);
			put_both(t, "# about it\n");
		}
		begin_line(t, wild, tame);
		put_both(t, "-");
		size_t gap = 1 + pick(t, 3);
		buf_fill(&t->wild, ' ', gap);
		buf_byte(&t->tame, ' ');
		if (depth && pick(t, 2))
			put_map(t, wild + 1 + gap, tame + 2, depth - 1, true);
		else if (pick(t, 3) == 0)
			put_block(t, wild, tame, false);
		else
			put_both(t, "\"- x\"\n");
	}
}

static void put_value(struct twins *t, size_t wild, size_t tame, u32 depth)
{
	u32 what = pick(t, 6);
	if (depth && what < 2) {
		put_both(t, "  # why\n");
		put_map(t, wild + 1 + pick(t, 6), tame + 2, depth - 1, false);
	} else if (depth && what == 2) {
		put_both(t, "\n");
		put_list(t, wild + pick(t, 5), tame + 2, depth - 1);
	} else if (what == 3) {
		put_both(t, " ");
		put_block(t, wild, tame, true);
	} else if (what == 4) {
		put_both(t, " one\n");
		begin_line(t, wild + 3, tame + 3);
		put_both(t, "two\n");
	} else {
		put_both(t, " [a, b]   # c\n");
	}
}

static void put_map(struct twins *t, size_t wild, size_t tame, u32 depth, bool first_is_begun)
{
	static const char *const keys[] = {"a:", "b:", "c:", "d:"};
	u32 count = 1 + pick(t, countof(keys));
	for (u32 i = 0; i < count; i++) {
		if (i && pick(t, 4) == 0)
			put_both(t, "\n");
		if (i && pick(t, 3) == 0) {
			begin_line(t, wild, tame);
			put_both(t, "# b: 1\n");
		}
		if (i || !first_is_begun)
			begin_line(t, wild, tame);
		put_both(t, keys[i]);
		put_value(t, wild, tame, depth);
	}
}

static void any_indentation_becomes_the_same(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	const struct bench empty = *b;
	for (u32 seed = 1; seed < 3000; seed++) {
		*b = empty;
		struct twins t = {buf_new(&b->found, 1 << 16), buf_new(&b->found, 1 << 16),
		                  seed * 2654435761u};
		put_map(&t, pick(&t, 4), 0, 5, false);
		struct str once = format(b, buf_str(&t.wild));
		if (!str_eq(once, buf_str(&t.tame)))
			fail_msg("of\n%.*sbecame\n%.*s", (int)t.wild.len, (const char *)t.wild.at, (int)once.len,
			         (const char *)once.at);
		assert_true(str_eq(format(b, once), once));
	}
	bench_free(b);
}

// Shapes of which each line looks for another one: the time is that of the text, not its square.
static void many_lines_take_no_longer(void **state)
{
	(void)state;
	static const struct { const char *head, *line; } shapes[] = {
		{"a: 1\n", "# c\n"}, {"a: 1\n", "# c\n\n"}, {"a: |+\n", "  x\n\n"}, {"a:\n", "- |+\n\n"},
		{"a: \"", "x\n"}, {"a:\n", "  # c\n  - b\n"}, {"a: [", "b,\n"}, {"a: [", "b, "},
	};
	enum { LINES = 40000, SECONDS = 5 };
	for (size_t i = 0; i < countof(shapes); i++) {
		struct bench *b = bench_new();
		struct buf text = buf_new(&b->found, 1 << 20);
		put(&text, str_from(shapes[i].head));
		for (size_t j = 0; j < LINES; j++)
			put(&text, str_from(shapes[i].line));
		put(&text, str_ends(str_from(shapes[i].head), S("[")) ? S("]\n") : S(""));
		u32 file = sources_add(&b->diag.sources, S("t.ami"), buf_str(&text));
		clock_t begun = clock();
		struct str out;
		(void)!format_spec(&b->context, file, &out);
		if (clock() - begun > (clock_t)SECONDS * CLOCKS_PER_SEC)
			fail_msg("shape %zu takes %ld s", i, (long)((clock() - begun) / CLOCKS_PER_SEC));
		bench_free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_form),
		cmocka_unit_test(many_lines_take_no_longer), cmocka_unit_test(meaning_stays_for_generated_text),
		cmocka_unit_test(any_indentation_becomes_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
