// measure/compare/seen.c, compare.c and compare_why.c: a predicted log against the same boot, changed.
#include "unit.h"
#include "measure/measure.h"
#include <stdio.h>

enum { SET = 1 << BANK_SHA256 | 1 << BANK_SHA384 };

// UTF-16 with NUL of plain text.
static struct str wide(struct arena *a, const char *text)
{
	struct buf b = buf_new(a, 4096);
	for (; *text; text++) {
		buf_byte(&b, (u8)*text);
		buf_byte(&b, 0);
	}
	buf_fill(&b, 0, 2);
	return buf_str(&b);
}

static void add(struct event_log *log, u32 pcr, u32 type, struct str data, struct str measured)
{
	struct event e = {.pcr = pcr, .type = type, .extends = true, .data = data};
	assert_true(digest_bytes(SET, measured, &e.digests));
	e.what = event_describe(&e, log->arena);
	event_add(log, e);
}

static void add_section(struct event_log *log, const char *name, const char *content)
{
	struct str data = wide(log->arena, name);
	add(log, 11, EV_IPL, data, (struct str){(const u8 *)name, strlen(name) + 1});
	add(log, 11, EV_IPL, data, str_from(content));
}

static struct str variable(struct arena *a, const char *name, struct str value)
{
	struct buf b = buf_new(a, 4096);
	struct str units = wide(a, name);
	buf_fill(&b, 0x11, 16);
	buf_byte(&b, (u8)strlen(name));
	buf_fill(&b, 0, 7);
	buf_byte(&b, (u8)value.len);
	buf_fill(&b, 0, 7);
	buf_put(&b, (struct str){units.at, units.len - 2});
	buf_put(&b, value);
	return buf_str(&b);
}

static struct str partitions(struct arena *a, u8 guid, u8 last_lba)
{
	struct buf b = buf_new(a, 4096);
	buf_fill(&b, 0, 56);
	buf_fill(&b, guid, 16);
	buf_fill(&b, 0, 20);
	buf_byte(&b, 1);
	buf_fill(&b, 0, 7);
	buf_fill(&b, 0x22, 40);
	buf_byte(&b, last_lba);
	buf_fill(&b, 0, 87);
	return buf_str(&b);
}

// What differs from the usual boot.
struct boot { const char *image, *cmdline, *added, *initrd; u8 secure, guid, last_lba; bool no_action; };
static const struct boot usual = {"image", "quiet", NULL, "initrd", 0, 1, 9, false};

static struct event_log make_log(struct arena *a, struct boot b)
{
	struct event_log log = {.set = SET, .arena = a};
	struct str secure = {&b.secure, 1}, table = partitions(a, b.guid, b.last_lba);
	struct str var = variable(a, "SecureBoot", str_copy(a, secure));
	add(&log, 7, EV_EFI_VARIABLE_DRIVER_CONFIG, var, var);
	if (!b.no_action)
		add(&log, 4, EV_EFI_ACTION, S("Calling EFI Application from Boot Option"), S("Calling"));
	add(&log, 4, EV_SEPARATOR, S("\0\0\0\0"), S("\0\0\0\0"));
	add(&log, 5, EV_EFI_GPT_EVENT, table, table);
	add(&log, 4, EV_EFI_BOOT_SERVICES_APPLICATION, S(""), str_from(b.image));
	add_section(&log, ".linux", "kernel");
	add_section(&log, ".cmdline", b.cmdline);
	if (b.added)
		add(&log, 12, EV_IPL, wide(a, b.added), str_from(b.added));
	add(&log, 9, EV_EVENT_TAG, S("\0\0\0\0\x0d\0\0\0Linux initrd\0"), str_from(b.initrd));
	return log;
}

static struct str compare(struct bench *b, const struct event_log *want, const struct seen *s,
                          u32 pcrs, enum sameness *result)
{
	struct buf out = buf_new(&b->arena, 1 << 20);
	assert_true(compare_with(want, s, pcrs, &b->arena, &out, result));
	return buf_str(&out);
}

static bool says(struct str text, const char *what)
{
	size_t off;
	if (str_find(text, str_from(what), &off))
		return true;
	print_error("no '%s' in:\n%.*s\n", what, (int)text.len, (const char *)text.at);
	return false;
}

static struct seen as_log(struct bench *b, struct boot boot)
{
	struct event_log log = make_log(&b->arena, boot);
	struct buf bytes = buf_new(&b->arena, 1 << 20);
	struct seen s;
	tcglog_write(&log, &bytes);
	assert_true(seen_read(buf_str(&bytes), 0, &b->arena, &s, &b->diag));
	assert_true(s.is_log);
	return s;
}

static void test_logs(void **state)
{
	(void)state;
	static const struct { struct boot boot; const char *says[3]; } cases[] = {
		{{"image", "quiet", NULL, "initrd", 0, 1, 9, false},
		 {"PCR4   equal, 3 events", "PCR12  equal, 0 events", "PCR11  equal, 4 events"}},
		{{"other", "debug", NULL, "initrd", 0, 1, 9, false},
		 {"PCR4   differs at event 3", "differ:  .cmdline", "equal:   .linux"}},
		{{"other", "quiet", NULL, "initrd", 0, 1, 9, false},
		 {"PCR4   differs at event 3", "all sections that PCR11 measures are equal", "PCR11  equal"}},
		{{"image", "quiet", "init=/bin/sh", "initrd", 0, 1, 9, false},
		 {"PCR12  differs at event 1, which was not predicted",
		  "handed to the boot: \"init=/bin/sh\"", "PCR4   equal"}},
		{{"image", "quiet", NULL, "other", 0, 1, 9, false},
		 {"PCR9   differs at event 1", "the initrd that the kernel was handed", "PCR4   equal"}},
		{{"image", "quiet", NULL, "initrd", 1, 1, 9, false},
		 {"PCR7   differs at event 1",
		  "variable SecureBoot was predicted with 0 and measured with 1\n", "PCR4   equal"}},
		{{"image", "quiet", NULL, "initrd", 0, 2, 9, false},
		 {"PCR5   differs at event 1", "the disk's GUID differs", "PCR4   equal"}},
		{{"image", "quiet", NULL, "initrd", 0, 1, 8, false},
		 {"PCR5   differs at event 1", "used entry 1: its last sector differs", "PCR4   equal"}},
		{{"image", "quiet", NULL, "initrd", 0, 1, 9, true},
		 {"PCR4   differs at event 1, which did not happen", "Calling EFI Application", "PCR5   equal"}},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct event_log want = make_log(&b->arena, usual);
		struct seen s = as_log(b, cases[i].boot);
		enum sameness result;
		struct str text = compare(b, &want, &s, 0, &result);
		assert_int_equal(result, i == 0 ? SAME_ALL : SAME_NOT);
		for (size_t n = 0; n < 3; n++)
			assert_true(says(text, cases[i].says[n]));
		bench_free(b);
	}
}

static struct str hex_of(struct arena *a, const struct event_log *log, enum bank bank, u32 pcr)
{
	struct pcr_values v;
	assert_true(event_fold(log, &v));
	return str_hex(a, (struct str){v.of[bank][pcr], banks[bank].bytes});
}

// The same values in each form that tools print.
static void test_forms(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct arena *a = &b->arena;
	struct event_log want = make_log(a, usual);
	struct str four = hex_of(a, &want, BANK_SHA384, 4), twelve = hex_of(a, &want, BANK_SHA384, 12);
	struct str small = hex_of(a, &want, BANK_SHA256, 4);
	struct str forms[] = {
		cat(a, S("{\"Measurements\": {\"HashAlgorithm\": \"SHA384\", \"PCR4\": \""), four,
		    S("\", \"PCR12\": \""), twelve, S("\"}}\n")),
		cat(a, S("sha1:\nsm3_256:\n  4 : 0x1234\nsha256:\n  4 : 0x"), small,
		    S("\nsha384:\n  4 : 0x"), four, S("\n  12: 0x"), twelve, S("\n")),
		cat(a, S("/sys/class/tpm/tpm0/pcr-sha256/4:"), small, S("\n")),
		cat(a, S("==> pcr-sha384/4 <==\n"), four, S("\n\n==> pcr-sha384/12 <==\n"), twelve),
	};
	for (size_t i = 0; i < countof(forms); i++) {
		struct seen s;
		enum sameness result;
		assert_true(seen_read(forms[i], 0, a, &s, &b->diag));
		assert_false(s.is_log);
		(void)compare(b, &want, &s, 0, &result);
		assert_int_equal(result, SAME_ALL);
		(void)compare(b, &want, &s, 1 << 9, &result);
		assert_int_equal(result, SAME_UNKNOWN);
	}
	bench_free(b);
}

static void test_no_form(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "\n", "hello", "{}", "{\"Measurements\": {}}", "[1]",
		"{\"Measurements\": {\"HashAlgorithm\": \"SHA384\", \"PCR4\": \"12\"}}",
		"{\"Measurements\": {\"HashAlgorithm\": \"MD5\", \"PCR4\": \"12\"}}",
		"sha256:\n 4 : 0x12\n", "  4 : 0x1234\n", "sha256:\n", "pcr-sha256/99:00",
		"pcr-sha256/4 <==\nzz\n", "pcr-sha256/4\n", "0123456789abcdef\n",
	};
	struct bench *b = bench_new();
	for (size_t i = 0; i < countof(bad); i++) {
		struct seen s;
		assert_false(seen_read(str_from(bad[i]), 0, &b->arena, &s, &b->diag));
		assert_int_equal(b->diag.len, i + 1);
		assert_true(bench_has(b, SEEN_BROKEN));
	}
	bench_free(b);
}

// Values alone: what may have happened is found by trying.
static void test_guesses(void **state)
{
	(void)state;
	static const struct { struct boot boot; u32 pcr; const char *says; } cases[] = {
		{{"image", "quiet", NULL, "initrd", 0, 1, 9, true}, 4, "it is the value without event 1"},
		{{"other", "quiet", NULL, "initrd", 0, 1, 9, false}, 4, "event log says more"},
		{{"image", "quiet", "x", "initrd", 0, 1, 9, false}, 12, "nothing should be measured into it"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct event_log want = make_log(&b->arena, usual);
		struct event_log other = make_log(&b->arena, cases[i].boot);
		struct str text = cat(&b->arena, S("sha384:\n "), str_number(&b->arena, cases[i].pcr),
		                      S(" : "), hex_of(&b->arena, &other, BANK_SHA384, cases[i].pcr));
		struct seen s;
		enum sameness result;
		assert_true(seen_read(text, 0, &b->arena, &s, &b->diag));
		assert_true(says(compare(b, &want, &s, 0, &result), cases[i].says));
		assert_int_equal(result, SAME_NOT);
		bench_free(b);
	}
}

// A running system has gone through systemd's phases; a reset PCR shows that nothing came.
static void test_phases_and_zero(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct event_log want = make_log(&b->arena, usual), ran = make_log(&b->arena, usual);
	struct seen s;
	enum sameness result;
	add(&ran, 11, EV_IPL, S(""), S("enter-initrd"));
	add(&ran, 11, EV_IPL, S(""), S("leave-initrd"));
	struct str text = cat(&b->arena, S("sha384:\n 11: "), hex_of(&b->arena, &ran, BANK_SHA384, 11),
	                      S("\n 4: "), hex_of(&b->arena, &ran, BANK_SHA384, 12));
	assert_true(seen_read(text, 0, &b->arena, &s, &b->diag));
	struct str report = compare(b, &want, &s, 0, &result);
	assert_true(says(report, "PCR11  equal, after systemd's boot phases up to 'leave-initrd'"));
	assert_true(says(report, "it is zero"));
	assert_int_equal(want.count, make_log(&b->arena, usual).count);
	bench_free(b);
}

// What can't be predicted stands for whatever is in its place, which is then open unless it is
// what is likely; a PCR that has such an event and no log can't be decided.
static void test_unknown(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct event_log want = make_log(&b->arena, usual);
	struct seen s = as_log(b, (struct boot){"image", "quiet", NULL, "other", 0, 1, 9, false});
	enum sameness result;
	struct event *e = &want.list[want.count - 1];
	e->unknown = true;
	e->extends = false;
	e->why = S("the menu asks");
	assert_true(says(compare(b, &want, &s, 1 << 9, &result), "compared, but can't say about"));
	assert_int_equal(result, SAME_UNKNOWN);
	e->likely = true;
	e->digests = s.log.list[s.log.count - 1].digests;
	assert_false(says(compare(b, &want, &s, 1 << 9, &result), "can't say"));
	assert_int_equal(result, SAME_ALL);
	s.log.count--;                                   // it did not happen
	assert_true(says(compare(b, &want, &s, 1 << 9, &result), "then can't say: the menu asks"));
	assert_int_equal(result, SAME_UNKNOWN);
	s.is_log = false;
	assert_true(says(compare(b, &want, &s, 1 << 9, &result), "can't say: the menu asks"));
	assert_int_equal(result, SAME_UNKNOWN);
	for (size_t bank = 0; bank < BANK_COUNT; bank++)
		s.has[bank] &= 1 << 9;                   // the only one in common is open
	assert_null(strstr(str_z(&b->arena, compare(b, &want, &s, 0, &result)), "in common"));
	assert_int_equal(result, SAME_UNKNOWN);
	bench_free(b);
}

// A section that may not be measured at all takes no other one's place, and is named when it was.
static void test_optional(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct event_log want = {.arena = &b->arena, .set = SET}, seen = want;
	struct event e = {.pcr = 11, .type = EV_IPL, .unknown = true, .optional = true,
	                  .what = S(".dtbauto"), .why = S("the machine chooses")};
	enum sameness result;
	e.data = wide(&b->arena, ".dtbauto");
	add_section(&want, ".linux", "kernel");
	event_add(&want, e);
	event_add(&want, e);
	add_section(&want, ".hwids", "ids");
	struct buf bytes = buf_new(&b->arena, 1 << 16), more = buf_new(&b->arena, 1 << 16);
	struct seen s;
	add_section(&seen, ".linux", "kernel");
	struct event_log with = seen;
	with.list = make(&b->arena, 16, struct event);
	memcpy(with.list, seen.list, seen.count * sizeof *seen.list);
	with.cap = 16;
	add_section(&seen, ".hwids", "ids");
	tcglog_write(&seen, &bytes);
	assert_true(seen_read(buf_str(&bytes), 0, &b->arena, &s, &b->diag));
	assert_true(says(compare(b, &want, &s, 1 << 11, &result), "equal, 4 events\n"));
	assert_int_equal(result, SAME_ALL);
	add_section(&with, ".dtbauto", "tree");
	add_section(&with, ".hwids", "ids");
	tcglog_write(&with, &more);
	assert_true(seen_read(buf_str(&more), 0, &b->arena, &s, &b->diag));
	assert_true(says(compare(b, &want, &s, 1 << 11, &result),
	                 "equal, 4 of 6 events compared, but can't say about .dtbauto"));
	assert_int_equal(result, SAME_UNKNOWN);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logs),    cmocka_unit_test(test_forms),
		cmocka_unit_test(test_no_form), cmocka_unit_test(test_guesses),
		cmocka_unit_test(test_phases_and_zero), cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_optional),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
