// seen.c, seen_value.c, seen_json.c, seen_corim.c: each form of values, and what is none; cut anywhere.
#include "hostile.h"
#include "measure/measure.h"

#define FOUR "abababababababababababababababababababababababababababababababababababababababababababababababab"
#define ZERO "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define SHORT "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"

static bool read_seen(struct bench *b, struct str bytes)
{
	struct seen s;
	return seen_read(bytes, 0, &b->arena, &s, &b->diag);
}

static void forms_of_json(void **state)
{
	(void)state;
	static const struct { const char *text; u32 sha384, sha256; } good[] = {
		{"{\"Measurements\": {\"HashAlgorithm\": \"SHA384\", \"PCR4\": \"" FOUR "\"}}", 1 << 4, 0},
		{"[{\"Measurements\": {\"HashAlgorithm\": \"sha384\", \"PCR4\": \"" FOUR "\"}},"
		 " {\"Measurements\": {\"HashAlgorithm\": \"SHA256\", \"PCR4\": \"" SHORT "\"}}]", 1 << 4, 1 << 4},
		{"[{\"Key\": \"Name\", \"Value\": \"x\"}, {\"Key\": \"a:PCR4\", \"Value\": \"" FOUR "\"},"
		 " {\"Key\": \"PCR12\", \"Value\": \"" ZERO "\"}]", 1 << 4 | 1 << 12, 0},
		{"{\"StringEquals\": {\"x:PCR4\": \"" FOUR "\", \"x:Other\": [\"y\"]}}", 1 << 4, 0},
		{"{\"PCR4\": \"" FOUR "\", \"Image\": {\"Size\": 3}}", 1 << 4, 0},
		{"[{\"ParameterKey\": \"AllowedPCR4\", \"ParameterValue\": \"" SHORT "\"}]", 0, 1 << 4},
		{"[{\"Key\": \"PCR4\", \"Value\": \"" FOUR "\"}, {\"Key\": \"b:PCR4\", \"Value\": \"" FOUR "\"}]",
		 1 << 4, 0},
	};
	static const char *const bad[] = {
		"{}", "[]", "[[]]", "[{}]", "{\"a\": 1}", "{\"Measurements\": {}}", "{\"Measurements\": []}",
		"{\"Measurements\": {\"HashAlgorithm\": \"SHA384\", \"PCR4\": \"" SHORT "\"}}",
		"{\"Measurements\": {\"HashAlgorithm\": \"SHA384\", \"PCR99\": \"" FOUR "\"}}",
		"{\"Measurements\": {\"HashAlgorithm\": \"MD5\", \"PCR4\": \"" FOUR "\"}}",
		"[{\"Key\": \"PCR4\", \"Value\": \"" FOUR "\"}, {\"Key\": \"b:PCR4\", \"Value\": \"" ZERO "\"}]",
		"[{\"Key\": \"PCR4\", \"Value\": \"" FOUR "," FOUR "\"}]", "[{\"Key\": \"PCR4\", \"Value\": 4}]",
		"{\"PCR4\": \"" FOUR "\", \"PCR4\": \"" FOUR "\"}", "{\"PCR4\": \"zz\"}",
	};
	for (size_t i = 0; i < countof(good); i++) {
		struct bench *b = bench_new();
		struct seen s;
		if (!seen_read(str_from(good[i].text), 0, &b->arena, &s, &b->diag))
			print_error("refused: %s\n", good[i].text);
		assert_false(b->diag.failed);
		assert_int_equal(s.has[BANK_SHA384], good[i].sha384);
		assert_int_equal(s.has[BANK_SHA256], good[i].sha256);
		if (good[i].sha384 >> 4 & 1)
			assert_int_equal(s.values.of[BANK_SHA384][4][47], 0xab);
		hostile_cuts(b, str_from(good[i].text), 1, read_seen);
		bench_free(b);
	}
	for (size_t i = 0; i < countof(bad); i++) {
		struct bench *b = bench_new();
		if (read_seen(b, str_from(bad[i])))
			print_error("taken: %s\n", bad[i]);
		assert_true(bench_has(b, SEEN_BROKEN));
		bench_free(b);
	}
}

// {0: "id", 1: [506(<<{1: {0: "id"}, 4: {0: [[{}, [{1: {14: {4: [[7, h'ab…']]}}}]]]}}>>)]}
static struct str corim(struct arena *a, struct str digest, struct str tail)
{
	struct str comid = cat(a, S("\xa2\x01\xa1\x00\x62id\x04\xa1\x00\x81\x82\xa0\x81\xa1\x01\xa1\x0e\xa1\x04\x81"
	                            "\x82\x07\x58\x30"), digest);
	u8 len[] = {0x58, (u8)comid.len};
	return cat(a, S("\xd9\x01\xf5\xa2\x00\x62id\x01\x81\xd9\x01\xfa"), ((struct str){len, 2}), comid, tail);
}

static void a_corim(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct seen s;
	u8 value[48];
	memset(value, 0xab, sizeof value);
	struct str good = corim(&b->arena, (struct str){value, sizeof value}, S(""));
	assert_true(seen_read(good, 0, &b->arena, &s, &b->diag));
	assert_int_equal(s.has[BANK_SHA384], 1 << 4);
	assert_memory_equal(s.values.of[BANK_SHA384][4], value, sizeof value);
	hostile_cuts(b, good, 1, read_seen);
	hostile_fields(b, good, 0, good.len, read_seen);
	for (size_t len = 3; len < good.len; len++)
		assert_false(read_seen(b, (struct str){good.at, len}));
	assert_false(read_seen(b, corim(&b->arena, (struct str){value, sizeof value}, S("\x00"))));
	assert_false(read_seen(b, S("\xd9\x01\xf5\xa1\x01\x80")));        // no values in it
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_json),
		cmocka_unit_test(a_corim),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
