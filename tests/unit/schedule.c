// schedule.c: what AWS takes for a schedule, and whether it does what it seems to say.
#include "unit.h"

#define MINUTE  "minute is 0-59, with , - * /"
#define HOUR    "hour is 0-23, with , - * /"
#define DAY     "day is 1-31, with , - * / L W, or ?"
#define MONTH   "month is 1-12 or JAN-DEC, with , - * /"
#define WEEKDAY "weekday is 1-7 (1 is Sunday) or SUN-SAT, with , - * L, or SAT#2,4, or ?"
#define YEAR    "year is 1970-2199, with , - * /"

static void schedules(void **state)
{
	(void)state;
	static const struct { const char *text, *why; } cases[] = {
		{"cron(0 3 * * ? *)", ""}, {"cron(0/15 8-18 ? * MON-FRI *)", ""}, {"cron(0 3 L * ? *)", ""},
		{"cron(5,10 0 ? JAN,jul 6L 2026-2030)", ""}, {"cron(0 3 15W * ? *)", ""},
		{"cron(0 3 ? * 2#1 *)", ""}, {"cron(0 3 ? * FRI-MON *)", ""},
		{"cron(0 3 ? * sat#2,4 *)", ""}, {"cron(0 3 ? * 2#1,3#1 *)", WEEKDAY},
		{"cron(0 3 ? * 2#6 *)", WEEKDAY}, {"cron(0 3 ? * 2# *)", WEEKDAY}, {"cron(0 3 ? * #2 *)", WEEKDAY},
		{"cron(0 3 ? * 2#1, *)", WEEKDAY}, {"cron(0 3 2#1 * ? *)", DAY}, {"cron(0 3 ? * 2/2 *)", WEEKDAY},
		{"cron(0 3 * * ? * )", "six fields: minute hour day month weekday year"}, {"rate(1 day)", ""}, {"rate(7 days)", ""}, {"rate(12 hours)", ""},
		{"cron(60 3 * * ? *)", MINUTE}, {"cron(0 24 * * ? *)", HOUR}, {"cron(0 3 32 * ? *)", DAY},
		{"cron(0 3 * 13 ? *)", MONTH}, {"cron(0 3 ? * 8 *)", WEEKDAY}, {"cron(0 3 * * ? 1969)", YEAR},
		{"cron(? 3 * * ? *)", MINUTE}, {"cron(0 3 ? * 2#6 *)", WEEKDAY}, {"cron(*/0 3 * * ? *)", MINUTE},
		{"cron(0, 3 * * ? *)", MINUTE}, {"cron(1- 3 * * ? *)", MINUTE},
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

static void dates_that_there_are(void **state)
{
	(void)state;
	static const struct { const char *text; bool fires; } cases[] = {
		{"cron(0 3 31 2 ? *)", false}, {"cron(0 3 30 FEB ? *)", false}, {"cron(0 3 31 4,6,SEP,11 ? *)", false},
		{"cron(0 3 29 2 ? 2027)", false}, {"cron(0 3 29 2 ? 2100)", false}, {"cron(0 3 29 2 ? 2025-2027)", false},
		{"cron(0 3 31W 6 ? *)", false}, {"cron(0 3 30/1 2 ? *)", false}, {"cron(0 3 29 2 ? 2029/4)", false},
		{"cron(0 3 29 2 ? *)", true}, {"cron(0 3 29 2 ? 2000)", true}, {"cron(0 3 31 2,3 ? *)", true},
		{"cron(0 3 31 1-3 ? *)", true}, {"cron(0 3 28-31 2 ? 2027)", true}, {"cron(0 3 L 2 ? *)", true},
		{"cron(0 3 LW 2 ? *)", true}, {"cron(0 3 ? 2 2#5 *)", true}, {"cron(0 3 30-2 2 ? *)", true},
		{"cron(0 3 31 */2 ? *)", true}, {"cron(0 3 31 2/2 ? *)", true}, {"cron(0 3 31 4/20 ? *)", false},
		{"cron(0 3 29 2 ? 2027,2028)", true}, {"rate(7 days)", true},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct str why = {0};
		assert_true(schedule_is_valid(str_from(cases[i].text), &why));
		if (schedule_fires(str_from(cases[i].text)) != cases[i].fires)
			fail_msg("%s", cases[i].text);
	}
}

static void ranges_that_turn_back(void **state)
{
	(void)state;
	static const struct { const char *text, *range, *forward; } cases[] = {
		{"cron(0 22-2 * * ? *)", "22-2", "22-23,0-2"}, {"cron(0 23-0 * * ? *)", "23-0", "23,0"},
		{"cron(0 3 ? * 1,FRI-MON *)", "FRI-MON", "FRI-SAT,SUN-MON"},
		{"cron(0 3 ? * 7-1 *)", "7-1", "7,1"}, {"cron(0 3 1 NOV-2 ? *)", "NOV-2", "NOV-DEC,JAN-FEB"},
		{"cron(0 3 5-2 * ? *)", "5-2", "5-31,1-2"},
		{"cron(30-10/5 3 * * ? *)", "30-10/5", "30-55/5,0-10/5"},
		{"cron(0 22-4/3 * * ? *)", "22-4/3", "22,1-4/3"}, {"cron(0 22-2/9 * * ? *)", "22-2/9", "22"},
		{"cron(0 20-1/2 * * ? *)", "20-1/2", "20-22/2,0"},
		{"cron(0 3 1 1 ? 2030-2026)", "2030-2026", "2026-2030"},
		{"cron(0 3 ? * MON-FRI *)", "", ""}, {"cron(0/15 8-8 ? * 6L 2026-2030)", "", ""},
		{"rate(1 day)", "", ""},
	};
	struct bench *b = bench_new();
	for (size_t i = 0; i < countof(cases); i++) {
		struct str range = S(""), forward = S(""), why;
		bool back = schedule_turns_back(&b->arena, str_from(cases[i].text), &range, &forward);
		assert_int_equal(back, range.len > 0);
		assert_str(range, cases[i].range);
		assert_str(forward, cases[i].forward);
		assert_true(schedule_is_valid(str_from(cases[i].text), &why));
	}
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schedules), cmocka_unit_test(dates_that_there_are),
		cmocka_unit_test(ranges_that_turn_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
