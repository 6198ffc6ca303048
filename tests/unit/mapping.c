// mapping: a file's bytes as they lie in the page cache, and what happens when they go away.
#include "unit.h"
#include "measure/image/internal.h"
#include "measure/measure.h"
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char path[] = "build/unit-mapping.bin";
enum { BYTES = 5000013, SHA256 = 1 << BANK_SHA256 };   // two windows and a part

static struct str write_file(struct bench *b)
{
	u8 *at = make(&b->arena, BYTES, u8);
	for (u32 i = 0; i < BYTES; i++)
		at[i] = (u8)(i * 2654435761u >> 13);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(at, 1, BYTES, f), BYTES);
	assert_int_equal(fclose(f), 0);
	return (struct str){at, BYTES};
}

// The digest of a source must be that of what read() gives, which no mapping has a part in.
static void check_digest(struct bench *b, const struct source *s, struct range r)
{
	struct str bytes;
	struct digests want, got;
	struct arena scratch = b->arena;
	assert_true(source_bytes(s, r.off, r.len, &scratch, &bytes));
	assert_true(digest_bytes(SHA256, bytes, &want));
	assert_true(digest_ranges(SHA256, s, &r, 1, 0, &got));
	assert_memory_equal(&want, &got, sizeof got);
}

static void nothing_is_mapped_without_the_guard(void **state)
{
	(void)state;
	struct mapping m;
	assert_false(mapping_open(MAPPING_BYTES, &m));
}

// Of a smaller window more are needed, and none reaches into the next.
static void windows_may_be_small(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct source s;
	struct str bytes = write_file(b), view;
	struct mapping m;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	assert_true(mapping_guard());
	assert_true(source_open(&b->arena, str_from(path), &s, &b->diag));
	assert_false(mapping_open(page / 2, &m));
	assert_false(mapping_open(2 * MAPPING_BYTES, &m));
	assert_true(mapping_open(page, &m));
	assert_true(mapping_view(&m, &s, 3 * page - 7, BYTES - 3 * page, &view));
	assert_int_equal(view.len, 7);
	assert_memory_equal(view.at, bytes.at + 3 * page - 7, 7);
	assert_true(mapping_holds(&m));
	mapping_close(&m);
	source_close(&s);
	bench_free(b);
}

// As many jobs as threads, each with a window that is smaller the more there are.
static void many_threads_map_little(void **state)
{
	(void)state;
	static const size_t threads[] = {1, 2, 3, 8, 16, 32, 64};
	struct bench *b = bench_new();
	struct source s;
	struct str bytes = write_file(b);
	struct range all = {0, BYTES};
	struct digests want;
	struct digest_job jobs[64];
	assert_true(mapping_guard());
	assert_true(source_open(&b->arena, str_from(path), &s, &b->diag));
	assert_true(digest_bytes(SHA256, bytes, &want));
	for (size_t t = 0; t < countof(threads); t++) {
		for (size_t i = 0; i < threads[t]; i++)
			jobs[i] = (struct digest_job){.source = &s, .ranges = &all, .count = 1, .set = SHA256};
		assert_true(digest_jobs(jobs, threads[t], threads[t], b->arena));
		for (size_t i = 0; i < threads[t]; i++)
			assert_memory_equal(&jobs[i].out, &want, sizeof want);
	}
	source_close(&s);
	bench_free(b);
}

static void what_is_mapped_is_the_file(void **state)
{
	(void)state;
	static const struct range ranges[] = {
		{0, BYTES}, {1, BYTES - 1}, {4095, 2000000}, {MAPPING_BYTES - 1, MAPPING_BYTES + 2},
		{MAPPING_BYTES, MAPPING_BYTES}, {BYTES - 1100000, 1100000},
	};
	struct bench *b = bench_new();
	struct source s, part;
	struct str bytes = write_file(b), view;
	struct mapping m;
	assert_true(mapping_guard());
	assert_true(source_open(&b->arena, str_from(path), &s, &b->diag));
	assert_true(mapping_open(MAPPING_BYTES, &m));
	for (size_t i = 0; i < countof(ranges); i++) {
		assert_true(mapping_view(&m, &s, ranges[i].off, ranges[i].len, &view));
		assert_true(view.len && view.len <= ranges[i].len);
		assert_memory_equal(view.at, bytes.at + ranges[i].off, view.len);
		assert_true(mapping_holds(&m));
		check_digest(b, &s, ranges[i]);
	}
	assert_false(mapping_view(&m, &s, BYTES, 1, &view));
	assert_false(mapping_view(&m, &s, 0, BYTES + 1, &view));
	assert_true(source_sub(&s, 12345, 3000000, &b->arena, &part));
	check_digest(b, &part, (struct range){678, 2999322});
	struct source memory = source_of_str(&b->arena, bytes, 0);
	assert_false(mapping_view(&m, &memory, 0, 1, &view));
	mapping_close(&m);
	source_close(&s);
	bench_free(b);
}

// A part never gives a view of what lies behind it, and a file of a volume only its own clusters.
static void a_view_ends_with_its_run(void **state)
{
	(void)state;
	struct run list[] = {{4000000, 1000000, 0}, {512, 700000, 1000000}, {2000000, 65536, 1700000}};
	struct runs runs = {list, countof(list), 1765536};
	struct bench *b = bench_new();
	struct fat f = {.kind = 32};
	struct str bytes = write_file(b);
	struct file_place p;
	assert_true(mapping_guard());
	assert_true(source_open(&b->arena, str_from(path), &f.volume, &b->diag));
	struct source s = fat_runs_source(&f, &runs, 1765000, &b->arena);
	assert_true(source_place(&s, 999999, &p));
	assert_true(p.off == 4999999 && p.len == 1);
	assert_true(source_place(&s, 1000000, &p));
	assert_true(p.off == 512 && p.len == 700000);
	assert_true(source_place(&s, 1764990, &p));
	assert_true(p.off == 2064990 && p.len == 10);
	assert_false(source_place(&s, 1765000, &p));
	check_digest(b, &s, (struct range){0, 1765000});
	check_digest(b, &s, (struct range){900000, 865000});
	struct source memory = source_of_str(&b->arena, bytes, 0), part;
	assert_true(source_sub(&memory, 0, 10, &b->arena, &part));
	assert_false(source_place(&part, 0, &p));
	source_close(&f.volume);
	bench_free(b);
}

// A file of every length up to three pages, through windows of a page, from three places in it.
static void a_file_of_every_length_is_mapped_to_its_end(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct mapping m;
	struct str bytes = write_file(b), view;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	assert_true(mapping_guard());
	assert_true(mapping_open(page, &m));
	for (size_t len = 3 * page; len > 0; len--) {
		struct arena kept = b->arena;
		struct source s;
		assert_int_equal(truncate(path, (off_t)len), 0);
		assert_true(source_open(&b->arena, str_from(path), &s, &b->diag));
		assert_false(mapping_view(&m, &s, len, 1, &view));
		for (u64 off = len % 3; off < len; off += view.len) {
			assert_true(mapping_view(&m, &s, off, len - off, &view));
			assert_true(view.len && view.len <= page - off % page);
			assert_memory_equal(view.at, bytes.at + off, view.len);
			assert_true(mapping_holds(&m));
		}
		source_close(&s);
		b->arena = kept;
	}
	mapping_close(&m);
	bench_free(b);
}

// What is looked at is there, or the view does not hold: whatever the file is cut to meanwhile.
static void a_view_of_a_file_cut_at_every_length_does_not_hold(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct mapping m;
	struct source s;
	struct str bytes = write_file(b), view;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	assert_true(mapping_guard());
	assert_true(mapping_open(MAPPING_BYTES, &m));
	assert_true(source_open(&b->arena, str_from(path), &s, &b->diag));
	for (size_t len = 2 * page; len-- > 0; ) {
		assert_true(mapping_view(&m, &s, 1, 2 * page, &view));
		assert_memory_equal(view.at, bytes.at + 1, len);        // what it still has
		assert_int_equal(truncate(path, (off_t)len), 0);
		assert_false(mapping_holds(&m));
		assert_int_equal(truncate(path, BYTES), 0);
		FILE *f = fopen(path, "r+b");
		assert_non_null(f);
		assert_int_equal(fwrite(bytes.at, 1, 3 * page, f), 3 * page);
		assert_int_equal(fclose(f), 0);
	}
	source_close(&s);
	mapping_close(&m);
	bench_free(b);
}

static void touch(struct str bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		(void)*(volatile const u8 *)&bytes.at[i];
}

static void a_mapped_file_may_shrink(void **state)
{
	(void)state;
	static const off_t sizes[] = {0, 1, 4096, 1000000, MAPPING_BYTES - 1};
	struct bench *b = bench_new();
	struct source s;
	struct str view;
	struct mapping m;
	struct digests made;
	struct range all = {0, BYTES};
	assert_true(mapping_guard());           // cmocka sets its own before each test
	for (size_t i = 0; i < countof(sizes); i++) {
		(void)write_file(b);
		assert_true(source_open(&b->arena, str_from(path), &s, &b->diag));
		assert_true(mapping_open(MAPPING_BYTES, &m));
		assert_true(mapping_view(&m, &s, 0, BYTES, &view));
		assert_int_equal(truncate(path, sizes[i]), 0);
		touch(view);
		assert_false(mapping_holds(&m));
		assert_false(digest_ranges(SHA256, &s, &all, 1, 0, &made));
		mapping_close(&m);
		source_close(&s);
	}
	bench_free(b);
}

// Another one's mapping is not ours to mend: the signal ends the process.
static void touch_another_mapping(void)
{
	(void)signal(SIGSEGV, SIG_DFL);         // cmocka's would make an exit of it
	FILE *f = fopen(path, "r");
	u8 *at = f ? mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fileno(f), 0) : MAP_FAILED;
	if (at != MAP_FAILED && truncate(path, 0) == 0)
		touch((struct str){at, BYTES});
	_exit(0);
}

static void the_guard_answers_for_its_own(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	int status = 0;
	assert_true(mapping_guard());
	(void)write_file(b);
	pid_t child = fork();
	if (child == 0)
		touch_another_mapping();
	assert_true(child > 0 && waitpid(child, &status, 0) == child);
	assert_true(WIFSIGNALED(status) && (WTERMSIG(status) == SIGBUS || WTERMSIG(status) == SIGSEGV));
	assert_int_equal(unlink(path), 0);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_mapped_without_the_guard),
		cmocka_unit_test(what_is_mapped_is_the_file),
		cmocka_unit_test(windows_may_be_small),
		cmocka_unit_test(many_threads_map_little),
		cmocka_unit_test(a_view_ends_with_its_run),
		cmocka_unit_test(a_file_of_every_length_is_mapped_to_its_end),
		cmocka_unit_test(a_view_of_a_file_cut_at_every_length_does_not_hold),
		cmocka_unit_test(a_mapped_file_may_shrink),
		cmocka_unit_test(the_guard_answers_for_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
