// scalar.c: what YAML 1.1 makes of a word without quotes.
#include "unit.h"

static void words_mean_what_pyyaml_says(void **state)
{
	(void)state;
	static const struct { const char *text; enum scalar type; } cases[] = {
		{"", SCALAR_NULL}, {"~", SCALAR_NULL}, {"Null", SCALAR_NULL}, {"nULL", SCALAR_TEXT},
		{"yes", SCALAR_BOOL}, {"No", SCALAR_BOOL}, {"OFF", SCALAR_BOOL}, {"oN", SCALAR_TEXT},
		{"y", SCALAR_TEXT}, {"true", SCALAR_BOOL}, {"truE", SCALAR_TEXT},
		{"0", SCALAR_INT}, {"-12", SCALAR_INT}, {"0042", SCALAR_INT}, {"0x1F", SCALAR_INT},
		{"0b101", SCALAR_INT}, {"0o17", SCALAR_INT}, {"1_000", SCALAR_INT}, {"0x", SCALAR_TEXT},
		{"+1", SCALAR_INT}, {"-", SCALAR_TEXT}, {"_1", SCALAR_TEXT}, {"089", SCALAR_INT},
		{"1.0", SCALAR_FLOAT}, {".5", SCALAR_FLOAT}, {"1.", SCALAR_FLOAT}, {"1e3", SCALAR_FLOAT},
		{"1.5E-3", SCALAR_FLOAT}, {".inf", SCALAR_FLOAT}, {"-.Inf", SCALAR_FLOAT},
		{".nan", SCALAR_FLOAT}, {".", SCALAR_TEXT}, {"1e", SCALAR_TEXT}, {"2.1.3", SCALAR_TEXT},
		{"12:30", SCALAR_OTHER}, {"190:20:30", SCALAR_OTHER}, {"12:30.5", SCALAR_OTHER},
		{"1:234", SCALAR_TEXT}, {"a:30", SCALAR_TEXT}, {"2010-09-09", SCALAR_OTHER},
		{"2001-12-14t21:59:43.10-05:00", SCALAR_OTHER}, {"2001-1-1", SCALAR_OTHER},
		{"2001-1", SCALAR_TEXT}, {"20010101", SCALAR_INT}, {"<<", SCALAR_OTHER}, {"=", SCALAR_OTHER},
		{"3h", SCALAR_TEXT}, {"30GiB", SCALAR_TEXT}, {"x86_64", SCALAR_TEXT},
	};
	for (size_t i = 0; i < countof(cases); i++)
		if (scalar_type(str_from(cases[i].text)) != cases[i].type)
			fail_msg("'%s' is %d", cases[i].text, (int)scalar_type(str_from(cases[i].text)));
}

static void safe_plain_text_means_itself_everywhere(void **state)
{
	(void)state;
	static const struct { const char *text; bool safe; } cases[] = {
		{"abc", true}, {"a b", true}, {"s3://b/p", true}, {"a:b", true}, {"a#b", true},
		{"rate(1 day)", true}, {"$-base", true}, {"/x/y", true}, {"(a)", true}, {"a=b", true},
		{"", false}, {"a: b", false}, {"a:", false}, {"a #b", false}, {"#a", false},
		{"-a", false}, {"?", false}, {"{a", false}, {"a}", false}, {"a, b", false}, {"[", false},
		{"&a", false}, {"*a", false}, {"!a", false}, {"|", false}, {">", false}, {"'a", false},
		{"\"a", false}, {"%a", false}, {"@a", false}, {"`a", false}, {" a", false}, {"a ", false},
		{"a\nb", false}, {"a\tb", false}, {"\xc3\xa9", false}, {"yes", false}, {"y", false},
		{"N", false}, {"null", false}, {"1", false}, {"1.0", false}, {"2010-09-09", false},
		{"12:30", false}, {"---", false}, {"...x", false}, {"<<", false}, {"0o17", false},
	};
	for (size_t i = 0; i < countof(cases); i++)
		if (scalar_is_safe_plain(str_from(cases[i].text)) != cases[i].safe)
			fail_msg("'%s'", cases[i].text);
}

static void single_quotes_hold_quotes_and_folded_lines(void **state)
{
	(void)state;
	static const struct { struct str raw, text; } cases[] = {
		{STR("''"), STR("")}, {STR("'a'"), STR("a")}, {STR("''''"), STR("'")},
		{STR("''''''"), STR("''")}, {STR("'a '''' b'"), STR("a '' b")},
		{STR("'\\n \"'"), STR("\\n \"")}, {STR("' a '"), STR(" a ")},
		{STR("'a\n  b'"), STR("a b")}, {STR("'a \t\r\n\t b'"), STR("a b")},
		{STR("'a\n\n  b'"), STR("a\nb")}, {STR("'a\n\n \n b'"), STR("a\n\nb")},
		{STR("'\n a'"), STR(" a")}, {STR("'a\n'"), STR("a ")}, {STR("'a\n\n'"), STR("a\n")},
		{STR("'\n'"), STR(" ")}, {STR("'\n\n'"), STR("\n")}, {STR("'a'' \n ''b'"), STR("a' 'b")},
	};
	struct bench *b = bench_new();
	for (size_t i = 0; i < countof(cases); i++) {
		struct str got = scalar_single_quoted(&b->arena, cases[i].raw);
		if (!str_eq(got, cases[i].text))
			fail_msg("case %zu: '%.*s'", i, (int)got.len, (const char *)got.at);
	}
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_mean_what_pyyaml_says),
		cmocka_unit_test(safe_plain_text_means_itself_everywhere),
		cmocka_unit_test(single_quotes_hold_quotes_and_folded_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
