// units.c: what numbers with a unit, versions and schedules mean.
#include "unit.h"
#include "amic.h"

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

static void schedules(void **state)
{
	(void)state;
	static const struct { const char *text, *why; } cases[] = {
		{"cron(0 3 * * ? *)", ""}, {"cron(0/15 8-18 ? * MON-FRI *)", ""}, {"cron(0 3 L * ? *)", ""},
		{"cron(5,10 0 ? JAN,jul 6L 2026-2030)", ""}, {"cron(0 3 15W * ? *)", ""},
		{"cron(0 3 ? * 2#1 *)", ""}, {"rate(1 day)", ""}, {"rate(7 days)", ""}, {"rate(12 hours)", ""},
		{"cron(60 3 * * ? *)", "minute"}, {"cron(0 24 * * ? *)", "hour"}, {"cron(0 3 32 * ? *)", "day"},
		{"cron(0 3 * 13 ? *)", "month"}, {"cron(0 3 ? * 8 *)", "weekday"}, {"cron(0 3 * * ? 1969)", "year"},
		{"cron(? 3 * * ? *)", "minute"}, {"cron(0 3 ? * 2#6 *)", "weekday"}, {"cron(*/0 3 * * ? *)", "minute"},
		{"cron(0, 3 * * ? *)", "minute"}, {"cron(1- 3 * * ? *)", "minute"},
		{"cron(0 3 * * * *)", "either day or weekday must be '?'"},
		{"cron(0 3 ? * ? *)", "either day or weekday must be '?'"},
		{"cron(0 3 * * ?)", "six fields: minute hour day month weekday year"},
		{"cron(0 3 * * ? * *)", "six fields: minute hour day month weekday year"},
		{"cron()", "six fields: minute hour day month weekday year"},
		{"daily", "cron(…) or rate(…)"}, {"cron(0 3 * * ? *", "cron(…) or rate(…)"}, {")", "cron(…) or rate(…)"},
		{"rate(1 days)", "a number and minutes, hours or days; 'rate(1 day)', 'rate(7 days)'"},
		{"rate(2 day)", "a number and minutes, hours or days; 'rate(1 day)', 'rate(7 days)'"},
		{"rate(0 days)", "a number and minutes, hours or days; 'rate(1 day)', 'rate(7 days)'"},
		{"rate(1 week)", "a number and minutes, hours or days; 'rate(1 day)', 'rate(7 days)'"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct str why = {0};
		bool valid = schedule_is_valid(str_from(cases[i].text), &why);
		if (valid != (cases[i].why[0] == 0))
			fail_msg("%s", cases[i].text);
		if (!valid)
			assert_str(why, cases[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_and_sizes), cmocka_unit_test(versions),
		cmocka_unit_test(schedules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
