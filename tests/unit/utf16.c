// utf16: both ways, surrogates included, and what is no character.
#include "unit.h"

static void text_goes_both_ways(void **state)
{
	(void)state;
	static const struct { const char *utf8; struct str units; } cases[] = {
		{"", STR("")}, {"A", STR("A\0")}, {"\xc3\xa9", STR("\xe9\0")},
		{"\xe2\x82\xac", STR("\xac\x20")}, {"\xf0\x9f\x98\x80", STR("\x3d\xd8\x00\xde")},
		{"\xf4\x8f\xbf\xbf", STR("\xff\xdb\xff\xdf")},
	};
	struct bench *b = bench_new();
	for (size_t i = 0; i < countof(cases); i++) {
		assert_str(utf16_to_utf8(&b->arena, cases[i].units), cases[i].utf8);
		assert_true(str_eq(utf8_to_utf16(&b->arena, str_from(cases[i].utf8)), cases[i].units));
	}
	bench_free(b);
}

static void what_is_ill_formed_is_replaced(void **state)
{
	(void)state;
	static const struct { struct str units; const char *utf8; } cases[] = {
		{STR("\x3d\xd8"), "\xef\xbf\xbd"},                       // half of a pair, at the end
		{STR("\x3d\xd8" "A\0"), "\xef\xbf\xbd" "A"},
		{STR("\x00\xde"), "\xef\xbf\xbd"},                       // the second half alone
		{STR("\x3d\xd8\x3d\xd8\x00\xde"), "\xef\xbf\xbd\xf0\x9f\x98\x80"},
		{STR("A\0B"), "A"},                                      // an odd byte
	};
	struct bench *b = bench_new();
	for (size_t i = 0; i < countof(cases); i++)
		assert_str(utf16_to_utf8(&b->arena, cases[i].units), cases[i].utf8);
	assert_true(str_eq(utf8_to_utf16(&b->arena, S("\xff" "A")), S("\xfd\xff" "A\0")));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_both_ways),
		cmocka_unit_test(what_is_ill_formed_is_replaced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
