// cbor: RFC 8949: heads of every size, groups of both kinds, what is refused and why; cut anywhere.
#include "hostile.h"
#include "verify/verify.h"

#define OVER(bytes) cbor_over(S(bytes))

static void numbers(void **state)
{
	(void)state;
	static const struct { struct str bytes; u64 value; } good[] = {   // RFC 8949, appendix A
		{STR("\x00"), 0}, {STR("\x17"), 23}, {STR("\x18\x18"), 24}, {STR("\x18\x64"), 100},
		{STR("\x19\x03\xe8"), 1000}, {STR("\x1a\x00\x0f\x42\x40"), 1000000},
		{STR("\x1b\x00\x00\x00\xe8\xd4\xa5\x10\x00"), 1000000000000},
		{STR("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"), UINT64_MAX},
	};
	for (size_t i = 0; i < countof(good); i++) {
		struct cbor c = cbor_over(good[i].bytes);
		c.shortest = true;
		assert_int_equal(cbor_uint(&c, UINT64_MAX), good[i].value);
		assert_true(cbor_end(&c));
		c = cbor_over(good[i].bytes);
		if (good[i].value) {
			assert_int_equal(cbor_uint(&c, good[i].value - 1), 0);
			assert_string_equal(c.why, "a number out of range");
		}
	}
	struct cbor c = OVER("\x38\x22");
	assert_true(cbor_is(&c, -35));
	c = OVER("\x38\x22");
	assert_false(cbor_is(&c, 35));
	c = OVER("\x18\x22");
	assert_false(cbor_is(&c, -35));
	c = OVER("\x1f");
	assert_false(cbor_is(&c, 0));
}

static void shortest_heads(void **state)
{
	(void)state;
	static const struct str longer[] = {
		STR("\x18\x17"), STR("\x19\x00\xff"), STR("\x1a\x00\x00\xff\xff"),
		STR("\x1b\x00\x00\x00\x00\xff\xff\xff\xff"),
	};
	for (size_t i = 0; i < countof(longer); i++) {
		struct cbor c = cbor_over(longer[i]);
		(void)cbor_uint(&c, UINT64_MAX);
		assert_true(cbor_end(&c));
		c = cbor_over(longer[i]);
		c.shortest = true;
		(void)cbor_uint(&c, UINT64_MAX);
		assert_non_null(c.why);
	}
}

static void strings(void **state)
{
	(void)state;
	struct cbor c = OVER("\x44\x01\x02\x03\x04\x64IETF\x62\xc3\xbc\xf6");
	assert_int_equal(cbor_bytes(&c, 4, 4).len, 4);
	assert_str(cbor_text(&c, 0, 9), "IETF");
	assert_str(cbor_text(&c, 0, 2), "\xc3\xbc");
	assert_false(cbor_null(&c) && cbor_null(&c));
	assert_true(cbor_end(&c));
	static const struct { struct str bytes; size_t min, max; const char *why; } bad[] = {
		{STR("\x41x"), 2, 4, "a string that is too short"},
		{STR("\x45xxxxx"), 2, 4, "a string that is too long"},
		{STR("\x5b\xff\xff\xff\xff\xff\xff\xff\xff"), 0, SIZE_MAX, "it ends in the middle of an item"},
		{STR("\x5f\x41x\xff"), 0, 9, "a string in pieces"},
		{STR("\x61x"), 0, 9, "not a byte string"},
		{STR("\x5c"), 0, 9, "a reserved head"},
		{STR(""), 0, 9, "it ends in the middle of an item"},
	};
	for (size_t i = 0; i < countof(bad); i++) {
		c = cbor_over(bad[i].bytes);
		assert_int_equal(cbor_bytes(&c, bad[i].min, bad[i].max).len, 0);
		assert_string_equal(c.why, bad[i].why);
	}
	c = OVER("\x62\xc3\x28");
	assert_int_equal(cbor_text(&c, 0, 9).len, 0);
	assert_string_equal(c.why, "a text that is not UTF-8");
}

// How many items a group gives, and whether it ended well.
static size_t walk(struct str bytes, u64 min, u64 max, const char **why)
{
	struct cbor c = cbor_over(bytes);
	struct cbor_group g = cbor_array(&c, min, max);
	size_t count = 0;
	while (cbor_more(&c, &g)) {
		(void)cbor_uint(&c, UINT64_MAX);
		count++;
	}
	(void)cbor_end(&c);
	*why = c.why;
	return count;
}

static void groups(void **state)
{
	(void)state;
	const char *why;
	assert_int_equal(walk(S("\x83\x01\x02\x03"), 0, 3, &why), 3);
	assert_null(why);
	assert_int_equal(walk(S("\x9f\x01\x02\x03\xff"), 0, 3, &why), 3);
	assert_null(why);
	assert_int_equal(walk(S("\x80"), 0, 3, &why), 0);
	assert_null(why);
	assert_int_equal(walk(S("\x9f\x01\x02\x03\x04\xff"), 0, 3, &why), 3);
	assert_string_equal(why, "too many entries");
	assert_int_equal(walk(S("\x84\x01\x02\x03\x04"), 0, 3, &why), 0);
	assert_string_equal(why, "too many entries");
	assert_int_equal(walk(S("\x80"), 1, 3, &why), 0);
	assert_string_equal(why, "too few entries");
	(void)walk(S("\x83\x01\x02"), 0, 3, &why);
	assert_string_equal(why, "it ends in the middle of an item");
	(void)walk(S("\x9f\x01\x02"), 0, 3, &why);
	assert_string_equal(why, "it ends in the middle of an item");
	(void)walk(S("\x83\x01\xff\x03"), 0, 3, &why);
	assert_non_null(why);
	(void)walk(S("\x81\x01\x00"), 0, 3, &why);
	assert_string_equal(why, "bytes behind its end");
	struct cbor c = OVER("\xd2\x01");
	assert_false(cbor_tag(&c, 17));
	assert_true(cbor_tag(&c, 18));
	assert_int_equal(cbor_uint(&c, 1), 1);
}

static const char *skip_item(struct str bytes, unsigned depth)
{
	struct cbor c = cbor_over(bytes);
	cbor_skip(&c, depth);
	(void)cbor_end(&c);
	return c.why;
}

static void items_of_any_kind_are_skipped(void **state)
{
	(void)state;
	static const struct str good[] = {
		STR("\x20"), STR("\xf4"), STR("\xf7"), STR("\xf8\xff"), STR("\xf9\x3c\x00"),
		STR("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a"), STR("\xc1\x1a\x51\x4b\x67\xb0"),
		STR("\x82\xa1\x61\x61\x01\x9f\x41x\xff"), STR("\xbf\x61\x61\x01\xff"), STR("\xa0"),
	};
	for (size_t i = 0; i < countof(good); i++)
		assert_null(skip_item(good[i], 4));
	assert_string_equal(skip_item(S("\x81\x81\x81\x81\x00"), 3), "items nested too deeply");
	assert_null(skip_item(S("\x81\x81\x81\x81\x00"), 4));
	assert_string_equal(skip_item(S("\xc1\xc1\xc1\xc1\xc1\x00"), 4), "items nested too deeply");
	assert_string_equal(skip_item(S("\xff"), 4), "a break that ends nothing");
	assert_string_equal(skip_item(S("\xbf\x01\xff"), 4), "a break that ends nothing");
	assert_string_equal(skip_item(S("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), 4),
	                    "it ends in the middle of an item");
}

static bool skip_for(struct bench *b, struct str bytes)
{
	const char *why = skip_item(bytes, 4);
	b->diag.failed |= why != NULL;
	return !why;
}

static void cuts_are_seen(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str whole = S("\x84\xa1\x61\x61\x01\x9f\x41x\xff\x19\x03\xe8\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a");
	assert_null(skip_item(whole, 4));
	hostile_cuts(b, whole, 1, skip_for);
	hostile_fields(b, whole, 0, whole.len, skip_for);
	for (size_t len = 0; len < whole.len; len++)
		assert_non_null(skip_item((struct str){whole.at, len}, 4));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(shortest_heads),
		cmocka_unit_test(strings),
		cmocka_unit_test(groups),
		cmocka_unit_test(items_of_any_kind_are_skipped),
		cmocka_unit_test(cuts_are_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
