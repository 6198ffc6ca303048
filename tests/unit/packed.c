// packed.c: each schema in the program is the one on the disk, and a cut one ends.
#include "unit.h"
#include "base/embedded.h"

static void test_same_as_the_files(void **state)
{
	struct bench *b = bench_new();
	struct library files = {.folder = S("."), .arena = &b->arena, .diag = &b->diag};
	struct library own = {.arena = &b->arena, .diag = &b->diag};
	size_t seen = 0;
	(void)state;
	for (size_t i = 0; i < embedded_count; i++) {
		if (!str_ends(embedded[i].path, S(".json")))
			continue;
		json_t *packed = library_json(&own, embedded[i].path);
		json_t *read = library_json(&files, embedded[i].path);
		assert_non_null(read);
		assert_true(json_equal(packed, read));
		json_decref(packed);
		json_decref(read);
		seen++;
	}
	assert_true(seen > 10);
	bench_free(b);
}

static void test_cut_at_every_length(void **state)
{
	static const char bytes[] =
		"{\3\0\0\0" "\1\0\0\0a[\2\0\0\0tn" "\1\0\0\0bi\1\0\0\0\0\0\0\0" "\1\0\0\0c\"\2\0\0\0xy";
	struct str whole = {(const u8 *)bytes, sizeof bytes - 1}, cut;
	(void)state;
	for (size_t len = 0; len <= whole.len; len++) {
		assert_true(str_sub(whole, 0, len, &cut));
		json_t *value = packed_json(cut);
		assert_true(value && json_object_size(value) <= 3);
		json_decref(value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_the_files),
		cmocka_unit_test(test_cut_at_every_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
