// esl: lists of any type and number, and sizes that lie.
#include "hostile.h"
#include "measure/measure.h"

// One list of two entries of four bytes each, behind a header of three.
static const u8 list[] = {
	'T', 'Y', 'P', 'E', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	28 + 3 + 40, 0, 0, 0, 3, 0, 0, 0, 20, 0, 0, 0, 'h', 'd', 'r',
	'o', 'w', 'n', 'e', 'r', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'd', 'a', 't', 'a',
	'o', 'w', 'n', 'e', 'r', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 'm', 'o', 'r', 'e',
};

static bool read_list(struct bench *b, struct str bytes)
{
	struct signature *got;
	size_t count;
	return esl_read(bytes, 0, &b->arena, &got, &count, &b->diag);
}

static void lists_follow_one_another(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str one = {list, sizeof list};
	struct signature *got;
	size_t count;
	assert_true(esl_read(cat(&b->arena, one, one), 0, &b->arena, &got, &count, &b->diag));
	assert_int_equal(count, 4);
	assert_str(got[0].data, "data");
	assert_str(got[3].data, "more");
	assert_int_equal(got[3].owner[15], 2);
	assert_int_equal(got[3].type[15], 1);
	assert_true(esl_read(S(""), 0, &b->arena, &got, &count, &b->diag));
	assert_int_equal(count, 0);
	bench_free(b);
}

static void sizes_that_lie(void **state)
{
	(void)state;
	static const struct { size_t off; u32 value; } edits[] = {
		{16, 0}, {16, 27}, {16, 72}, {16, 0xffffffff}, {16, 70},
		{20, 44}, {20, 0xffffffff}, {20, 4},
		{24, 0}, {24, 16}, {24, 21}, {24, 0xffffffff},
	};
	for (size_t i = 0; i < countof(edits); i++) {
		struct bench *b = bench_new();
		u8 bytes[sizeof list];
		memcpy(bytes, list, sizeof list);
		for (size_t j = 0; j < 4; j++)
			bytes[edits[i].off + j] = (u8)(edits[i].value >> 8 * j);
		assert_false(read_list(b, (struct str){bytes, sizeof bytes}));
		assert_true(bench_has(b, ESL_BROKEN));
		bench_free(b);
	}
}

static void a_certificate_is_no_list(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	assert_false(read_list(b, S("-----BEGIN CERTIFICATE-----\nMIIDBzCCAe+gAwIBAgIUbz")));
	assert_true(bench_has(b, ESL_BROKEN));
	bench_free(b);
}

static void hostile_lists(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str one = {list, sizeof list};
	hostile_cuts(b, one, 1, read_list);
	hostile_fields(b, one, 0, sizeof list, read_list);
	bench_free(b);
}

// A signed update: time, certificate with a signature, list. The signature's bytes are not looked at.
static const u8 update_head[] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	24 + 5, 0, 0, 0, 0, 2, 0xf1, 0x0e,
	0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49, 0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7,
	'p', 'k', 'c', 's', '7',
};

static bool read_update(struct bench *b, struct str bytes)
{
	struct signature *got;
	size_t count;
	return esl_read_file(&bytes, 0, &b->arena, &got, &count, &b->diag);
}

static void signed_updates(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str one = {list, sizeof list}, head = {update_head, sizeof update_head};
	struct str bytes = cat(&b->arena, head, one), all = bytes;
	struct signature *got;
	size_t count;
	assert_true(esl_read_file(&bytes, 0, &b->arena, &got, &count, &b->diag));
	assert_int_equal(count, 2);
	assert_true(str_eq(bytes, one) && bench_has(b, ESL_SIGNED));
	b->diag.len = 0;
	assert_true(esl_read_file(&one, 0, &b->arena, &got, &count, &b->diag));
	assert_int_equal(one.len, sizeof list);
	assert_false(bench_has(b, ESL_SIGNED));
	assert_false(read_list(b, all));                 // of a variable it is not a list
	((u8 *)(uintptr_t)all.at)[sizeof update_head + 16] = 27;
	b->diag.len = 0;
	assert_false(read_update(b, all));
	assert_int_equal(b->diag.list[0].at.off, sizeof update_head);
	hostile_cuts(b, all, 1, read_update);
	hostile_fields(b, all, 0, sizeof update_head, read_update);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_follow_one_another),
		cmocka_unit_test(sizes_that_lie),
		cmocka_unit_test(a_certificate_is_no_list),
		cmocka_unit_test(hostile_lists), cmocka_unit_test(signed_updates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
