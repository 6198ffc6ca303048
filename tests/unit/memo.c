// memo.c: found by the whole key, whatever else shares its slot.
#include "unit.h"
#include "base/base.h"

static void test_found_again(void **state)
{
	struct bench *b = bench_new();
	struct memo m = {.arena = &b->arena};
	int values[3];
	u8 key[] = "same slot, one";
	(void)state;
	assert_null(memo_find(&m, S("same slot, one")));
	memo_keep(&m, (struct str){key, sizeof key - 1}, &values[0]);
	memo_keep(&m, S("same slot, two"), &values[1]);
	memo_keep(&m, S(""), &values[2]);
	key[0] = 'S';                                 // the memo has a copy of its own
	assert_ptr_equal(memo_find(&m, S("same slot, one")), &values[0]);
	assert_ptr_equal(memo_find(&m, S("same slot, two")), &values[1]);
	assert_ptr_equal(memo_find(&m, S("")), &values[2]);
	assert_null(memo_find(&m, S("same slot")));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_found_again)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
