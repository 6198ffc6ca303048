// digest: four banks, ranges, zeros, and jobs side by side.
#include "unit.h"
#include "measure/measure.h"

enum { ALL = (1 << BANK_COUNT) - 1, BIG = 700 * 1024 + 13 };   // several pieces, the last short

// FIPS 180-4's example, "abc".
static void the_standard_s_example(void **state)
{
	(void)state;
	static const char *const want[BANK_COUNT] = {
		"a9993e364706816aba3e25717850c26c9cd0d89d",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	};
	struct bench *b = bench_new();
	struct digests d;
	assert_true(digest_bytes(ALL, S("abc"), &d));
	for (size_t i = 0; i < BANK_COUNT; i++)
		assert_str(str_hex(&b->arena, digest_of(&d, (enum bank)i)), want[i]);
	bench_free(b);
}

static void banks_have_names(void **state)
{
	(void)state;
	enum bank bank;
	assert_true(bank_by_name(S("sha384"), &bank) && bank == BANK_SHA384);
	assert_false(bank_by_name(S("sha3"), &bank));
	assert_int_equal(banks[BANK_SHA512].tcg_id, 0x0d);
}

static u8 *pattern(struct bench *b)
{
	u8 *at = make(&b->arena, BIG, u8);
	for (u32 i = 0; i < BIG; i++)
		at[i] = (u8)(i * 2654435761u >> 13);
	return at;
}

static void ranges_and_zeros_are_one_text(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	u8 *at = pattern(b), *joined = make(&b->arena, 2 * BIG, u8);
	struct source s = source_of_str(&b->arena, (struct str){at, BIG}, 0);
	struct range ranges[] = {{300000, 300000}, {7, 0}, {0, 5}, {BIG - 1, 1}};
	size_t len = 0;
	for (size_t i = 0; i < countof(ranges); i++) {
		memcpy(joined + len, at + ranges[i].off, (size_t)ranges[i].len);
		len += (size_t)ranges[i].len;
	}
	struct digests want, got;
	assert_true(digest_bytes(ALL, (struct str){joined, len + 300000}, &want));
	assert_true(digest_ranges(ALL, &s, ranges, countof(ranges), 300000, &got));
	assert_memory_equal(&got, &want, sizeof got);
	struct range beyond = {BIG - 1, 2};
	assert_false(digest_ranges(ALL, &s, &beyond, 1, 0, &got));
	bench_free(b);
}

// The same digests whatever the number of threads, and each job fails by itself.
static void jobs_are_independent(void **state)
{
	(void)state;
	static const struct range whole = {0, BIG}, part = {1000, 400000}, beyond = {BIG, 1};
	struct bench *b = bench_new();
	struct source s = source_of_str(&b->arena, (struct str){pattern(b), BIG}, 0);
	for (size_t threads = 0; threads <= 5; threads++) {
		struct digest_job jobs[] = {
			{.source = &s, .ranges = &part, .count = 1, .set = 1u << BANK_SHA1},
			{.source = &s, .ranges = &beyond, .count = 1, .set = ALL},
			{.source = &s, .ranges = &whole, .count = 1, .set = ALL, .zeros = 1},
			{.source = &s, .count = 0, .set = 1u << BANK_SHA256},
			{.source = &s, .ranges = &whole, .count = 1, .set = 0},
		};
		assert_false(digest_jobs(jobs, countof(jobs), threads, b->arena));
		for (size_t i = 0; i < countof(jobs); i++) {
			struct digests want;
			bool done = digest_ranges(jobs[i].set, &s, jobs[i].ranges, jobs[i].count,
			                          jobs[i].zeros, &want);
			assert_int_equal(jobs[i].done, done);
			if (done)
				assert_memory_equal(&jobs[i].out, &want, sizeof want);
		}
		assert_true(digest_jobs(jobs, 1, threads, b->arena));
		assert_true(digest_jobs(jobs, 0, threads, b->arena));
	}
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_standard_s_example),
		cmocka_unit_test(banks_have_names),
		cmocka_unit_test(ranges_and_zeros_are_one_text),
		cmocka_unit_test(jobs_are_independent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
