// moment: RFC 3339, held against libc's calendar; spans with their units.
#include "unit.h"
#include <time.h>
#include "verify/verify.h"

static void texts_and_numbers_agree_with_libc(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	for (u64 day = 0; day < 60000; day += 7) {
		u64 ms = day * 86400000 + day * 7919 % 86400000, back;
		struct str text = moment_text(&b->arena, ms);
		time_t seconds = (time_t)(ms / 1000);
		struct tm tm;
		char want[32];
		gmtime_r(&seconds, &tm);
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S", &tm);
		assert_true(str_starts(text, str_from(want)));
		assert_true(moment_read(text, &back));
		assert_int_equal(back, ms);
	}
	assert_str(moment_text(&b->arena, 253402300799999), "9999-12-31T23:59:59.999Z");
	assert_str(moment_text(&b->arena, 1770113522437), "2026-02-03T10:12:02.437Z");
	bench_free(b);
}

static void texts(void **state)
{
	(void)state;
	static const struct { const char *text; u64 ms; } good[] = {
		{"1970-01-01T00:00:00Z", 0}, {"2026-02-03T10:12:02Z", 1770113522000},
		{"2026-02-03 10:12:02.5Z", 1770113522500}, {"2026-02-03t10:12:02.4379999z", 1770113522437},
		{"2026-02-03T11:12:02+01:00", 1770113522000}, {"2026-02-03T02:42:02-07:30", 1770113522000},
		{"2024-02-29T00:00:00Z", 1709164800000}, {"2000-02-29T00:00:00Z", 951782400000},
	};
	static const char *const bad[] = {"", "now", "2026-02-03", "2026-02-03T10:12:02", "2026-2-3T10:12:02Z",
		"2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
		"2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "1969-12-31T23:59:59Z",
		"1970-01-01T00:00:00+00:01", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0100",
		"+026-01-01T00:00:00Z"};
	u64 ms;
	for (size_t i = 0; i < countof(good); i++) {
		assert_true(moment_read(str_from(good[i].text), &ms));
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < countof(bad); i++)
		assert_false(moment_read(str_from(bad[i]), &ms));
}

static void spans(void **state)
{
	(void)state;
	static const struct { const char *text; u64 ms; } good[] = {
		{"0", 0}, {"90", 90000}, {"90s", 90000}, {"5m", 300000}, {"3h", 10800000}, {"2d", 172800000},
	};
	static const char *const bad[] = {"", "m", "-1", "1.5m", "5 m", "5w", "5ms", "99999999999999999d"};
	u64 ms;
	for (size_t i = 0; i < countof(good); i++) {
		assert_true(moment_span(str_from(good[i].text), &ms));
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < countof(bad); i++)
		assert_false(moment_span(str_from(bad[i]), &ms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_and_numbers_agree_with_libc),
		cmocka_unit_test(texts),
		cmocka_unit_test(spans),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
