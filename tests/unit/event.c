// event.c: the fold against values computed by hand with sha256sum.
#include "unit.h"
#include "measure/measure.h"

static struct event_log log_of(struct bench *b, bank_set set)
{
	return (struct event_log){.arena = &b->arena, .set = set};
}

static struct event measured(u32 pcr, u32 type, struct str text, bank_set set)
{
	struct event e = {.pcr = pcr, .type = type, .extends = true, .data = text};
	assert_true(digest_bytes(set, text, &e.digests));
	return e;
}

static struct str value(struct bench *b, const struct pcr_values *v, enum bank bank, size_t pcr)
{
	return str_hex(&b->arena, (struct str){v->of[bank][pcr], banks[bank].bytes});
}

// The separator alone: the value that PCR 2, 3 and 6 have on a machine without options.
static void a_separator_gives_the_known_value(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	bank_set set = 1u << BANK_SHA256 | 1u << BANK_SHA1;
	struct event_log log = log_of(b, set);
	event_add(&log, measured(2, EV_SEPARATOR, S("\0\0\0\0"), set));
	struct pcr_values v;
	assert_true(event_fold(&log, &v));
	assert_str(value(b, &v, BANK_SHA256, 2),
	           "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969");
	assert_str(value(b, &v, BANK_SHA1, 2), "b2a83b0ebf2f8374299a5b2bdfc31ea955ad7236");
	assert_true(v.extended[2]);
	assert_false(v.extended[3]);
	assert_int_equal(v.of[BANK_SHA384][2][0], 0);
	bench_free(b);
}

static void only_what_extends_counts(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct event_log log = log_of(b, 1u << BANK_SHA256);
	struct pcr_values v;
	struct event e = measured(4, EV_NO_ACTION, S("x"), log.set);
	e.extends = false;
	event_add(&log, e);
	e = measured(99, EV_IPL, S("x"), log.set);
	event_add(&log, e);
	assert_true(event_fold(&log, &v));
	for (size_t p = 0; p < PCR_COUNT; p++) {
		assert_int_equal(v.state[p], PCR_KNOWN);
		assert_false(v.extended[p]);
		assert_int_equal(v.of[BANK_SHA256][p][31], p >= 17 && p <= 22 ? 0xff : 0);
	}
	bench_free(b);
}

static void an_unknown_event_spoils_its_pcr(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct event_log log = log_of(b, 1u << BANK_SHA256);
	struct pcr_values v;
	event_add(&log, (struct event){.pcr = 9, .type = EV_EVENT_TAG, .unknown = true});
	event_add(&log, (struct event){.pcr = 0, .unknown = true, .platform = true});
	event_add(&log, (struct event){.pcr = 0, .unknown = true});
	event_add(&log, measured(4, EV_IPL, S("x"), log.set));
	assert_true(event_fold(&log, &v));
	assert_int_equal(v.state[9], PCR_PARTLY);
	assert_int_equal(v.state[0], PCR_PLATFORM);
	assert_int_equal(v.state[4], PCR_KNOWN);
	bench_free(b);
}

static void the_locality_is_where_pcr_0_begins(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct event_log log = log_of(b, 1u << BANK_SHA1);
	struct pcr_values v;
	event_add(&log, (struct event){.type = EV_NO_ACTION, .data = S("StartupLocality\0\3")});
	event_add(&log, (struct event){.pcr = 1, .type = EV_NO_ACTION,
	                               .data = S("StartupLocality\0\3")});
	event_add(&log, (struct event){.type = EV_NO_ACTION, .data = S("StartupLocality")});
	assert_true(event_fold(&log, &v));
	assert_int_equal(v.of[BANK_SHA1][0][19], 3);
	assert_int_equal(v.of[BANK_SHA1][1][19], 0);
	bench_free(b);
}

static void events_say_what_they_were(void **state)
{
	(void)state;
	static const struct { u32 type; struct str data; const char *says; } cases[] = {
		{0x80000007, STR("Calling EFI Application from Boot Option"),
		 "Calling EFI Application from Boot Option"},
		{4, STR("\0\0\0\0"), "separator"},
		{0xd, STR(".\0l\0i\0\0\0"), ".li"},
		{0xd, STR("MokList\0"), "MokList"},
		{0xd, STR(""), ""},
		{6, STR("\xec\x22\x3b\x8f\x0d\0\0\0Linux initrd\0"), "tag 0x8f3b22ec Linux initrd"},
		{6, STR("\xec\x22\x3b\x8f\xff\0\0\0Linux"), "tag 0x8f3b22ec "},
		{0x80000001, STR("0123456789abcdef\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0d\0b\0"),
		 "variable db"},
		{0x800000e0, STR("0123456789abcdef\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0d\0b\0"),
		 "authority in db"},
		{0x80000001, STR("0123456789abcdef\2\0\0\0\0\0\0\xf0\0\0\0\0\0\0\0\0d\0b\0"),
		 "variable "},
		{0x80000006, STR(""), "partition table"},
		{0x80000003, STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe\0\0\0\0\0\0\0"
		                 "\4\4\xa\0\\\0a\0\0\0\x7f\xff\4\0"), "image \\a"},
		{0x80000003, STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0"
		                 "\4\4\0\0"), "image without a file path"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct event e = {.type = cases[i].type, .data = cases[i].data};
		assert_str(event_describe(&e, &b->arena), cases[i].says);
		for (size_t len = 0; len < e.data.len; len++) {
			struct event cut = {.type = e.type, .data = {e.data.at, len}};
			(void)event_describe(&cut, &b->arena);
		}
		bench_free(b);
	}
}

static void types_have_names(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	assert_str(event_type_name(EV_IPL, &b->arena), "EV_IPL");
	assert_str(event_type_name(EV_EFI_GPT_EVENT, &b->arena), "EV_EFI_GPT_EVENT");
	assert_str(event_type_name(0x8123, &b->arena), "0x00008123");
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_separator_gives_the_known_value),
		cmocka_unit_test(only_what_extends_counts),
		cmocka_unit_test(an_unknown_event_spoils_its_pcr),
		cmocka_unit_test(the_locality_is_where_pcr_0_begins),
		cmocka_unit_test(events_say_what_they_were),
		cmocka_unit_test(types_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
