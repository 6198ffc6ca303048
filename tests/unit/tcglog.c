// tcglog.c: what is written is read again; a log cut or bent anywhere is a finding, not a crash.
// That the logs of real boots fold to the PCRs of those boots is tests/boot's to say.
#include "unit.h"
#include "measure/measure.h"

enum { ALL_BANKS = (1u << BANK_COUNT) - 1 };

static struct str make_log(struct bench *b, bank_set set)
{
	struct event_log log = {.arena = &b->arena, .set = set};
	static const struct { u32 pcr, type; struct str data; } events[] = {
		{4, 0x80000007, STR("Calling EFI Application from Boot Option")},
		{4, 4, STR("\0\0\0\0")}, {11, 0xd, STR(".\0l\0\0\0")}, {5, 4, STR("")},
	};
	for (size_t i = 0; i < countof(events); i++) {
		struct event e = {.pcr = events[i].pcr, .type = events[i].type, .extends = true,
		                  .data = events[i].data};
		assert_true(digest_bytes(set, e.data, &e.digests));
		event_add(&log, e);
	}
	event_add(&log, (struct event){.pcr = 9, .type = EV_EVENT_TAG, .unknown = true});
	struct buf out = buf_new(&b->arena, 1 << 20);
	tcglog_write(&log, &out);
	assert_false(out.over);
	return buf_str(&out);
}

static void a_log_that_was_written_is_read(void **state)
{
	(void)state;
	for (bank_set set = 1; set <= ALL_BANKS; set++) {
		struct bench *b = bench_new();
		struct event_log log;
		struct str bytes = make_log(b, set);
		assert_true(tcglog_read(bytes, 0, &b->arena, &log, &b->diag));
		assert_int_equal(log.count, 5);
		assert_int_equal(log.set, set);
		assert_false(log.list[0].extends);
		assert_str(log.list[1].what, "Calling EFI Application from Boot Option");
		assert_int_equal(log.list[3].pcr, 11);
		struct buf again = buf_new(&b->arena, 1 << 20);
		tcglog_write(&log, &again);
		assert_true(str_eq(buf_str(&again), bytes));
		bench_free(b);
	}
}

// The first event alone is a log, and so is one that ends behind any event.
static void a_log_cut_anywhere_is_a_finding(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str bytes = make_log(b, ALL_BANKS);
	size_t whole = 0;
	for (size_t len = 0; len <= bytes.len; len++) {
		struct event_log log;
		struct arena scratch = b->arena;
		b->diag.len = 0;
		bool read = tcglog_read((struct str){bytes.at, len}, 0, &scratch, &log, &b->diag);
		whole += read;
		assert_int_equal(read, !bench_has(b, LOG_BROKEN));
	}
	assert_int_equal(whole, 5);
	bench_free(b);
}

static void any_field_may_be_anything(void **state)
{
	(void)state;
	static const u32 values[] = {0, 1, 0x7fffffff, 0xffffffff};
	struct bench *b = bench_new();
	struct str bytes = make_log(b, ALL_BANKS);
	for (size_t off = 0; off <= bytes.len - 4; off++) {
		for (size_t i = 0; i < countof(values); i++) {
			struct arena scratch = b->arena;
			u8 *bent = make(&scratch, bytes.len, u8);
			struct event_log log;
			b->diag.len = 0;
			memcpy(bent, bytes.at, bytes.len);
			memcpy(bent + off, &values[i], 4);
			if (tcglog_read((struct str){bent, bytes.len}, 0, &scratch, &log, &b->diag)) {
				struct pcr_values v;
				assert_true(event_fold(&log, &v));
			}
		}
	}
	bench_free(b);
}

// An algorithm that is not ours (SM3) is passed by its size from the list.
static void a_foreign_bank_is_passed_over(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str bytes = make_log(b, 1u << BANK_SHA256 | 1u << BANK_SHA1);
	u8 *bent = make(&b->arena, bytes.len, u8);
	memcpy(bent, bytes.at, bytes.len);
	size_t off, done = 0;
	struct str id = S("\x0b\0");
	while (str_find((struct str){bent + done, bytes.len - done}, id, &off) && off + done < 200) {
		bent[done + off] = 0x12;
		done += off + 2;
	}
	struct event_log log;
	assert_true(tcglog_read((struct str){bent, 32 + 16 + 12 + 8 + 1 + 4 + 4 + 4 + 2 + 20 + 2 + 32
	                                     + 4 + 40}, 0, &b->arena, &log, &b->diag));
	assert_int_equal(log.set, 1u << BANK_SHA1);
	assert_int_equal(log.count, 2);
	bench_free(b);
}

static void the_log_of_a_tpm_1_2_is_read(void **state)
{
	(void)state;
	static const u8 bytes[] = {4, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	                           14, 15, 16, 17, 18, 19, 20, 4, 0, 0, 0, 0, 0, 0, 0};
	struct bench *b = bench_new();
	struct event_log log;
	u8 twice[2 * sizeof bytes];
	memcpy(twice, bytes, sizeof bytes);
	memcpy(twice + sizeof bytes, bytes, sizeof bytes);
	assert_true(tcglog_read((struct str){twice, sizeof twice}, 0, &b->arena, &log, &b->diag));
	assert_int_equal(log.count, 2);
	assert_int_equal(log.set, 1u << BANK_SHA1);
	assert_int_equal(log.list[1].digests.of[BANK_SHA1][19], 20);
	twice[0] = 24;                // the first event's PCR, and then the second's
	assert_false(tcglog_read((struct str){twice, sizeof twice}, 0, &b->arena, &log, &b->diag));
	twice[0] = 4;
	twice[sizeof bytes] = 24;
	assert_false(tcglog_read((struct str){twice, sizeof twice}, 0, &b->arena, &log, &b->diag));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_that_was_written_is_read),
		cmocka_unit_test(a_log_cut_anywhere_is_a_finding),
		cmocka_unit_test(any_field_may_be_anything),
		cmocka_unit_test(a_foreign_bank_is_passed_over),
		cmocka_unit_test(the_log_of_a_tpm_1_2_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
