// base/: bytes, numbers, text and the command line.
#include "unit.h"

static void sub_is_the_only_comparison(void **state)
{
	(void)state;
	static const struct { u64 off, len; bool ok; } cases[] = {
		{0, 0, true}, {0, 8, true}, {8, 0, true}, {7, 1, true},
		{0, 9, false}, {8, 1, false}, {9, 0, false},
		{UINT64_MAX, 1, false}, {1, UINT64_MAX, false}, {UINT64_MAX, UINT64_MAX, false},
	};
	struct str s = S("12345678"), out = S("kept");
	for (size_t i = 0; i < countof(cases); i++)
		assert_int_equal(str_sub(s, cases[i].off, cases[i].len, &out), cases[i].ok);
	assert_true(str_sub((struct str){0}, 0, 0, &out));
	assert_true(str_sub(s, 2, 3, &out));
	assert_str(out, "345");
}

static void numbers_do_not_wrap(void **state)
{
	(void)state;
	static const struct { const char *text; bool ok; u64 n; } cases[] = {
		{"0", true, 0}, {"18446744073709551615", true, UINT64_MAX}, {"007", true, 7},
		{"18446744073709551616", false, 0}, {"", false, 0}, {"-1", false, 0}, {"1 ", false, 0},
		{"99999999999999999999999", false, 0},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		u64 n = 0;
		assert_int_equal(str_u64(str_from(cases[i].text), &n), cases[i].ok);
		assert_true(n == cases[i].n);
	}
	u64 out;
	assert_false(mul_u64(UINT64_MAX, 2, &out));
	assert_false(add_u64(UINT64_MAX, 1, &out));
}

static void text_is_cut_and_found(void **state)
{
	(void)state;
	struct str head, rest = str_cut(S("a=b=c"), '=', &head);
	assert_str(head, "a");
	assert_str(rest, "b=c");
	rest = str_cut(S("abc"), '=', &head);
	assert_str(head, "abc");
	assert_int_equal(rest.len, 0);
	assert_str(str_trim(S(" \t a b\r\n")), "a b");
	assert_true(str_starts(S("abc"), S("")) && str_ends(S("abc"), S("bc")));
	assert_false(str_ends(S("bc"), S("abc")));
	assert_true(str_cmp(S("a"), S("ab")) < 0 && str_cmp(S("b"), S("ab")) > 0);
	size_t off;
	assert_true(str_find(S("xxabc"), S("abc"), &off));
	assert_int_equal(off, 2);
	assert_false(str_find(S(""), S("abc"), &off));
}

static void a_near_word_is_suggested_and_a_far_one_not(void **state)
{
	(void)state;
	static const struct str words[] = {STR("schedule"), STR("share"), STR("name"), STR("keep")};
	static const struct { const char *word, *near; } cases[] = {
		{"shedule", "schedule"}, {"Schedule", "schedule"}, {"schedlue", "schedule"},
		{"nmae", "name"}, {"kep", "keep"}, {"zebra", ""}, {"x", ""}, {"", ""},
	};
	for (size_t i = 0; i < countof(cases); i++)
		assert_str(str_nearest(str_from(cases[i].word), words, countof(words)), cases[i].near);
	assert_int_equal(str_distance(S("ab"), S("ba")), 1);
	assert_int_equal(str_distance(S("kitten"), S("sitting")), 3);
}

static void arenas_align_and_scratch_is_given_back(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	make(&b->arena, 1, u8);
	assert_int_equal((uintptr_t)make(&b->arena, 1, u64) % _Alignof(u64), 0);
	struct arena scratch = b->arena;
	assert_str(cat(&scratch, S("a"), S(""), S("bc")), "abc");
	assert_ptr_equal(b->arena.at, scratch.at - 3);
	assert_str(str_number(&scratch, UINT64_MAX), "18446744073709551615");
	assert_str(str_number(&scratch, 0), "0");
	assert_str(str_hex(&scratch, S("\x01\xfe")), "01fe");
	bench_free(b);
}

static void a_buffer_stops_at_its_maximum(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct buf text = buf_new(&b->arena, 1000);
	for (int i = 0; i < 100; i++)
		put(&text, S("0123456789"));
	assert_false(text.over);
	assert_int_equal(text.len, 1000);
	buf_byte(&text, 'x');
	assert_true(text.over);
	buf_put(&text, S(""));
	assert_int_equal(text.len, 1000);
	bench_free(b);
}

static void room_that_is_left_goes_back(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct buf text = buf_new(&b->arena, 1000), other = buf_new(&b->arena, 1000);
	put(&text, S("abc"));
	assert_str(buf_end(&text), "abc");
	assert_ptr_equal(b->arena.at, text.at + 3);
	put(&text, S("d"));                           // and it may still grow
	put(&other, S("xyz"));
	const u8 *end = b->arena.at;
	assert_str(buf_end(&text), "abcd");           // no longer the newest: nothing to give
	assert_ptr_equal(b->arena.at, end);
	assert_int_equal(buf_end(&(struct buf){.arena = &b->arena}).len, 0);
	bench_free(b);
}

static void a_reader_fails_once_and_stays_failed(void **state)
{
	(void)state;
	u8 bytes[] = {1, 2, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0x80, 9};
	for (size_t len = 0; len <= sizeof bytes; len++) {
		struct rd r = {{bytes, len}, false};
		u64 sum = rd_u8(&r) + (u64)rd_le16(&r) + rd_le32(&r);
		u64 last = rd_le64(&r);
		assert_int_equal(r.bad, len < 15);
		assert_true(len < 15 || (sum == 6 && last == 0x8000000000000004));
		assert_true(len >= 15 || last == 0);
	}
}

static void a_list_grows_and_keeps_what_it_holds(void **state)
{
	(void)state;
	static u8 room[4096];
	struct arena a = arena_of(room, sizeof room, NULL, NULL);
	u32 *list = NULL;
	size_t cap = 0;
	for (u32 i = 0; i < 100; i++) {
		u32 *before = list;
		bool full = i == cap, newest = i && i != 64;
		if (i == 64)
			make(&a, 1, u8);              // now another thing lies behind it
		list = grown(&a, list, i, &cap, u32);
		assert_int_equal(list != before, full && !newest);
		assert_int_equal(list[cap - 1], 0);
		list[i] = i;
	}
	for (u32 i = 0; i < 100; i++)
		assert_int_equal(list[i], i);
}

static no_return void jump_out(void *owner) { longjmp(*(jmp_buf *)owner, 1); }

static void an_arena_takes_blocks_again(void **state)
{
	enum { FIRST = 256, BIG = 100000 };
	(void)state;
	jmp_buf full;
	struct arena a = arena_new(FIRST, jump_out, &full), first = a;
	u8 *here = make(&a, 200, u8);
	struct arena scratch = a;
	u8 *there = make(&scratch, 300, u8);          // the next block of the chain
	assert_ptr_not_equal(scratch.block, a.block);
	memset(there, 0xff, 300);
	assert_int_equal(arena_used(&a), 200);
	assert_int_equal(arena_used(&scratch), FIRST + 300);
	u8 *again = make(&a, 300, u8);                // scratch was given back
	assert_ptr_equal(again, there);
	assert_int_equal(again[299], 0);
	assert_int_equal(here[199], 0);
	a = first;
	assert_ptr_equal(make(&a, 200, u8), here);
	u8 *big = make(&a, BIG, u8);                  // too large for the one behind, which goes
	memset(big, 1, BIG);
	struct str text = {big, BIG}, copy = str_copy(&a, text);
	assert_true(str_eq(text, copy));
	for (size_t align = 1; align <= _Alignof(max_align_t); align *= 2)
		assert_int_equal((uintptr_t)arena_take(&a, 1, FIRST, align) % align, 0);
	if (setjmp(full) == 0) {
		arena_take(&a, SIZE_MAX / 2, 4, 1);       // the product wraps
		fail();
	}
	arena_free(&first);
}

static void a_buffer_goes_on_in_the_next_block(void **state)
{
	(void)state;
	jmp_buf full;
	struct arena a = arena_new(64, jump_out, &full), first = a;
	struct buf text = buf_new(&a, 1 << 20);
	for (u32 i = 0; i < 100000; i++)
		buf_byte(&text, (u8)(i % 251));
	for (u32 i = 0; i < 100000; i++)
		assert_int_equal(text.at[i], i % 251);
	assert_int_equal(buf_end(&text).len, 100000);
	arena_free(&first);
}

static void hex_goes_both_ways(void **state)
{
	(void)state;
	static const struct { const char *text; bool good; } cases[] = {
		{"", true}, {"00fFa9", true}, {"0", false}, {"0g", false}, {"g0", false}, {"0x", false},
		{" 0", false}, {"@0", false}, {"`0", false}, {"/:", false},
	};
	u8 bytes[4] = {7, 7, 7, 7};
	for (size_t i = 0; i < countof(cases); i++)
		assert_int_equal(str_unhex(str_from(cases[i].text), bytes), cases[i].good);
	assert_true(str_unhex(S("00fFa9"), bytes));
	assert_memory_equal(bytes, "\x00\xff\xa9\x07", 4);
}

static void utf8_refuses_what_rfc_3629_refuses(void **state)
{
	(void)state;
	static const struct { struct str bytes; size_t len; u32 c; } cases[] = {
		{STR("a"), 1, 'a'}, {STR("\xc3\xa9"), 2, 0xe9}, {STR("\xe2\x82\xac"), 3, 0x20ac},
		{STR("\xf0\x9f\x98\x80"), 4, 0x1f600},
		{STR("\xc0\x80"), 0, 0}, {STR("\xe0\x80\x80"), 0, 0}, {STR("\xed\xa0\x80"), 0, 0},
		{STR("\xf4\x90\x80\x80"), 0, 0}, {STR("\x80"), 0, 0}, {STR("\xe2\x82"), 0, 0},
		{STR("\xff"), 0, 0}, {STR(""), 0, 0},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		u32 c = 0;
		assert_int_equal(utf8_next(cases[i].bytes, &c), cases[i].len);
		assert_int_equal(c, cases[i].c);
	}
	assert_int_equal(utf8_columns(S("a\xe6\xbc\xa2" "e\xcc\x81")), 4);
	assert_int_equal(utf8_count(S("a\xe6\xbc\xa2\xff")), 3);
	assert_int_equal(utf8_count(S("abcdefgh\xc3\xa4" "abcdefgh")), 17);
	for (size_t len = 0; len < 20; len++) {       // the first byte that is none, at each place
		u8 text[20] = "aaaaaaaaaaaaaaaaaaa";
		text[len] = 0x80;
		assert_int_equal(utf8_ascii((struct str){text, sizeof text}), len);
		assert_int_equal(utf8_ascii((struct str){text, len}), len);
	}
	size_t bad;
	assert_false(utf8_valid(S("ab\xff"), &bad));
	u8 room[1024];
	struct arena a = arena_of(room, sizeof room, NULL, NULL);
	assert_str(utf8_printable(&a, S("\x1b[\xc2\x9b\xe6\xbc\xa2\xff")),
	           "\xef\xbf\xbd[\xef\xbf\xbd\xe6\xbc\xa2\xef\xbf\xbd");
	assert_str(utf8_printable(&a, S("a\n\xe2\x80\xae" "b")), "a\xef\xbf\xbd\xef\xbf\xbd" "b");
	struct buf lines = buf_new(&a, 100);
	buf_printable(&lines, S("a\tb\n\x1b\r\xe2\x81\xa6\xff"));
	assert_str(buf_str(&lines), "a\tb\n\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_int_equal(bad, 2);
}

static void patterns_match_the_whole_text(void **state)
{
	(void)state;
	assert_true(pattern_matches(NULL, S("^[a-z]+$"), S("abc")));
	assert_true(pattern_matches(NULL, S("[a-z]+"), S("abc")));
	assert_false(pattern_matches(NULL, S("[a-z]+"), S("abc1")));
	assert_false(pattern_matches(NULL, S("[a-z]+$"), S("abc\n")));
	assert_true(pattern_matches(NULL, S("a*"), (struct str){0}));
	assert_false(pattern_matches(NULL, S("("), S("(")));
	assert_false(pattern_compiles(S("(")));
}

static void kept_patterns_say_the_same(void **state)
{
	(void)state;
	static const struct { struct str pattern, text; bool matches, found; } cases[] = {
		{STR("[a-z]+"), STR("abc"), true, true}, {STR("[a-z]+"), STR("1abc"), false, true},
		{STR("b"), STR("abc"), false, true}, {STR("^b"), STR("abc"), false, false},
		{STR("a|ab"), STR("ab"), true, true}, {STR("a$"), STR("a\n"), false, false},
		{STR("("), STR("("), false, false}, {STR("a*"), STR(""), true, true},
		// without a special sign: found as text
		{STR("register-image"), STR("aws ec2 register-image"), false, true},
		{STR("abc"), STR("abc"), true, true}, {STR("abc"), STR(""), false, false},
		{STR("\xc3\xa4"), STR("x\xc3\xa4"), false, true}, {STR("."), STR("\xc3\xa4"), true, true},
	};
	struct bench *b = bench_new();
	struct patterns p = {.arena = &b->arena};
	for (size_t i = 0; i < 3 * countof(cases); i++) {
		size_t n = i % countof(cases);
		assert_int_equal(pattern_matches(&p, cases[n].pattern, cases[n].text), cases[n].matches);
		assert_int_equal(pattern_found(&p, cases[n].pattern, cases[n].text), cases[n].found);
		assert_int_equal(pattern_matches(NULL, cases[n].pattern, cases[n].text),
		                 cases[n].matches);
	}
	for (u64 i = 0; i < 1000; i++)                // many more than there are slots
		assert_true(pattern_matches(&p, str_number(&b->arena, i % 500),
		                            str_number(&b->arena, i % 500)));
	u8 *before = b->arena.at;
	assert_true(pattern_matches(&p, S("499"), S("499")));
	assert_ptr_equal(b->arena.at, before);
	bench_free(b);
}

static const struct option options[] = {
	{'o', STR("output"), STR("DIR"), STR(""), false},
	{'v', STR("verbose"), STR(""), STR(""), false},
	{0, STR("db"), STR("FILE"), STR(""), true},
	{0, STR("options"), STR("TEXT"), STR(""), false},
};

static bool parse(struct bench *b, const char *const *words, struct args *out)
{
	struct str argv[8];
	size_t count = 0;
	while (words[count]) {
		argv[count] = str_from(words[count]);
		count++;
	}
	return args_parse(&b->arena, options, countof(options), argv, count, out, &b->diag);
}

static void options_stand_anywhere(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct args a;
	assert_true(parse(b, (const char *[]){"x", "-vo", "d", "--db=1", "--db", "2", "-", "--", NULL}, &a));
	assert_str(args_value(&a, S("output")), "d");
	assert_true(args_has(&a, S("verbose")));
	assert_str(args_value(&a, S("db")), "2");
	size_t count;
	assert_str(args_values(&a, S("db"), &count)[0], "1");
	assert_int_equal(count, 2);
	assert_null(args_values(&a, S("no"), &count));
	assert_int_equal(count, 0);
	assert_int_equal(a.rest_count, 2);
	assert_str(a.rest[1], "-");
	assert_true(parse(b, (const char *[]){"-od", "--", "-v", NULL}, &a));
	assert_str(args_value(&a, S("output")), "d");
	assert_false(args_has(&a, S("verbose")));
	assert_true(parse(b, (const char *[]){"--options", "", NULL}, &a));
	assert_true(args_has(&a, S("options")));
	bench_free(b);
}

static void wrong_options_are_findings(void **state)
{
	(void)state;
	static const struct { const char *words[4]; enum rule rule; } cases[] = {
		{{"--outptu", "d"}, OPTION_UNKNOWN}, {{"-x"}, OPTION_UNKNOWN}, {{"--output"}, OPTION_NEEDS_VALUE},
		{{"-o"}, OPTION_NEEDS_VALUE}, {{"--verbose=1"}, OPTION_NO_VALUE},
		{{"-oa", "-ob"}, OPTION_TWICE}, {{"--=x"}, OPTION_UNKNOWN},
		{{"--output="}, OPTION_NEEDS_VALUE}, {{"-o", ""}, OPTION_NEEDS_VALUE},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct args a;
		assert_false(parse(b, cases[i].words, &a));
		assert_true(bench_has(b, cases[i].rule));
		bench_free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sub_is_the_only_comparison),
		cmocka_unit_test(numbers_do_not_wrap),
		cmocka_unit_test(text_is_cut_and_found),
		cmocka_unit_test(a_near_word_is_suggested_and_a_far_one_not),
		cmocka_unit_test(arenas_align_and_scratch_is_given_back),
		cmocka_unit_test(a_buffer_stops_at_its_maximum),
		cmocka_unit_test(room_that_is_left_goes_back),
		cmocka_unit_test(a_reader_fails_once_and_stays_failed),
		cmocka_unit_test(a_list_grows_and_keeps_what_it_holds),
		cmocka_unit_test(an_arena_takes_blocks_again),
		cmocka_unit_test(a_buffer_goes_on_in_the_next_block),
		cmocka_unit_test(hex_goes_both_ways),
		cmocka_unit_test(utf8_refuses_what_rfc_3629_refuses),
		cmocka_unit_test(patterns_match_the_whole_text),
		cmocka_unit_test(kept_patterns_say_the_same),
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(wrong_options_are_findings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
