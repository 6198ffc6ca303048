// units.c: what numbers with a unit and versions mean.
#include "unit.h"

static void durations_and_sizes(void **state)
{
	(void)state;
	static const struct { const char *text; bool ok; u64 value; } durations[] = {
		{"90s", true, 90}, {"15m", true, 900}, {"3h", true, 10800}, {"30d", true, 2592000},
		{"0s", true, 0}, {"3", false, 7}, {"h", false, 7}, {"", false, 7}, {"3hours", false, 7},
		{"1.5h", false, 7}, {"-3h", false, 7}, {"3 h", false, 7}, {"99999999999999999999d", false, 7},
		{"18446744073709551615d", false, 7},
	}, sizes[] = {
		{"512MiB", true, 512}, {"30GiB", true, 30720}, {"1TiB", true, 1048576}, {"30GB", false, 7},
		{"30", false, 7}, {"30gib", false, 7}, {"18446744073709551615GiB", false, 7},
	};
	for (size_t i = 0; i < countof(durations); i++) {
		u64 value = 7;
		assert_int_equal(duration_seconds(str_from(durations[i].text), &value), durations[i].ok);
		assert_true(value == durations[i].value);
	}
	for (size_t i = 0; i < countof(sizes); i++) {
		u64 value = 7;
		assert_int_equal(size_mib(str_from(sizes[i].text), &value), sizes[i].ok);
		assert_true(value == sizes[i].value);
	}
}

static void versions(void **state)
{
	(void)state;
	static const struct { const char *text; bool ok; u64 major, minor; } cases[] = {
		{"1.0", true, 1, 0}, {"1073741823.1073741823", true, 1073741823, 1073741823},
		{"1073741824.0", false, 7, 7}, {"1.1073741824", false, 7, 7}, {"1", false, 7, 7},
		{"1.", false, 7, 7}, {".1", false, 7, 7}, {"1.2.3", false, 7, 7}, {"", false, 7, 7},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		u64 major = 7, minor = 7;
		assert_int_equal(version_read(str_from(cases[i].text), &major, &minor), cases[i].ok);
		assert_true(major == cases[i].major && minor == cases[i].minor);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_and_sizes), cmocka_unit_test(versions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
