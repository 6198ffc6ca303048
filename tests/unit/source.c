// source: pieces, parts, files, and what is no raw image.
#include "unit.h"
#include "measure/measure.h"
#include <stdio.h>
#include <unistd.h>

static const char path[] = "build/unit-source.bin";

static void write_file(struct str bytes)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.at, 1, bytes.len, f), bytes.len);
	assert_int_equal(fclose(f), 0);
}

static void parts_stay_within_the_whole(void **state)
{
	(void)state;
	static const struct { u64 off, len; bool ok; } cases[] = {
		{0, 8, true}, {8, 0, true}, {3, 5, true}, {3, 6, false}, {9, 0, false},
		{UINT64_MAX, 2, false}, {1, UINT64_MAX, false},
	};
	struct bench *b = bench_new();
	struct source whole = source_of_str(&b->arena, S("01234567"), 1), part, inner;
	struct str bytes;
	for (size_t i = 0; i < countof(cases); i++) {
		assert_int_equal(source_has(&whole, cases[i].off, cases[i].len), cases[i].ok);
		assert_int_equal(source_sub(&whole, cases[i].off, cases[i].len, &b->arena, &part),
		                 cases[i].ok);
		assert_int_equal(source_bytes(&whole, cases[i].off, cases[i].len, &b->arena, &bytes),
		                 cases[i].ok);
	}
	assert_true(source_sub(&whole, 2, 5, &b->arena, &part));
	assert_true(source_sub(&part, 1, 3, &b->arena, &inner));
	assert_true(source_bytes(&inner, 0, 3, &b->arena, &bytes));
	assert_str(bytes, "345");
	assert_int_equal(source_span(&inner, 1, 1).off, 4);
	assert_false(source_bytes(&inner, 0, 4, &b->arena, &bytes));
	bench_free(b);
}

static void a_file_is_read_by_pieces(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct source s;
	struct str bytes;
	write_file(S("a file's bytes"));
	assert_true(source_open(&b->arena, str_from(path), &s, &b->diag));
	assert_int_equal(s.size, 14);
	assert_true(source_bytes(&s, 2, 6, &b->arena, &bytes));
	assert_str(bytes, "file's");
	source_close(&s);
	assert_false(source_open(&b->arena, S("build/nowhere"), &s, &b->diag));
	assert_true(bench_has(b, FILE_UNREADABLE));
	assert_false(source_open(&b->arena, S("."), &s, &b->diag));
	bench_free(b);
}

static void a_file_that_shrinks_is_an_error_and_no_signal(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct source s;
	u8 bytes[10];
	struct digests made;
	write_file(S("0123456789"));
	assert_true(source_open(&b->arena, str_from(path), &s, &b->diag));
	assert_int_equal(truncate(path, 4), 0);
	assert_true(source_has(&s, 0, 10));
	assert_false(source_read(&s, 0, 10, bytes));
	assert_false(digest_source(1u << BANK_SHA256, &s, 0, &made));
	assert_false(source_failed(&s, 4, &b->diag));
	assert_true(bench_has(b, FILE_CHANGED));
	source_close(&s);
	bench_free(b);
}

// A size or an offset that was cut to 32 bits would read the first bytes.
static void a_disk_has_more_than_4_GiB(void **state)
{
	(void)state;
	static const u64 size = ((u64)5 << 30) + 4;
	struct bench *b = bench_new();
	struct source s, end;
	struct str bytes;
	write_file(S("first"));
	assert_int_equal(truncate(path, (off_t)size - 4), 0);
	FILE *f = fopen(path, "ab");
	assert_non_null(f);
	assert_int_equal(fwrite("last", 1, 4, f), 4);
	assert_int_equal(fclose(f), 0);
	assert_true(source_open(&b->arena, str_from(path), &s, &b->diag));
	assert_true(s.size == size);
	assert_true(source_sub(&s, size - 4, 4, &b->arena, &end));
	assert_true(source_bytes(&end, 0, 4, &b->arena, &bytes));
	assert_str(bytes, "last");
	assert_false(source_has(&s, size - 4, 5));
	if (sizeof(size_t) < sizeof(u64))
		assert_false(source_bytes(&s, 0, (u64)1 << 32, &b->arena, &bytes));
	source_close(&s);
	assert_int_equal(unlink(path), 0);
	bench_free(b);
}

static void what_is_no_raw_image_is_named(void **state)
{
	(void)state;
	static const struct { struct str start; const char *name; } cases[] = {
		{STR("QFI\xfb\0\0\0\3"), "qcow2"}, {STR("KDMV"), "VMDK"}, {STR("vhdxfile"), "VHDX"},
		{STR("# Disk DescriptorFile\n"), "VMDK"}, {STR("conectix"), "VHD"},
		{STR("\x1f\x8b\x08"), "gzip"}, {STR("\xfd" "7zXZ\0"), "xz"},
		{STR("\x28\xb5\x2f\xfd"), "zstd"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct source s;
		write_file(cases[i].start);
		assert_false(source_open(&b->arena, str_from(path), &s, &b->diag));
		assert_true(bench_has(b, IMAGE_CONTAINER));
		assert_str(b->diag.list[0].arg[1], cases[i].name);
		bench_free(b);
	}
}

static void the_command_that_converts_names_the_file(void **state)
{
	(void)state;
	static const struct { struct str start; const char *path, *command; } cases[] = {
		{STR("QFI\xfb"), "a/b.qcow2", "qemu-img convert -f qcow2 -O raw a/b.qcow2 a/b.qcow2.raw"},
		{STR("\x1f\x8b\x08"), "it's a.gz", "gzip -dk 'it'\\''s a.gz'"},
		{STR("\x1f\x8b\x08"), "-a.gz", "gzip -dk ./-a.gz"},
		{STR("conectix"), "-", "qemu-img convert -f vpc -O raw IN OUT"},
		{STR("\x28\xb5\x2f\xfd"), "-", "zstd -d IN"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct source s = source_of_str(&b->arena, cases[i].start, 0);
		assert_false(source_is_raw(&s, str_from(cases[i].path), &b->diag));
		assert_str(b->diag.list[0].arg[2], cases[i].command);
		bench_free(b);
	}
}

static void a_fixed_vhd_is_known_by_its_end(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	u8 *disk = make(&b->arena, 2048, u8);
	memcpy(disk + 1536, "conectix", 8);
	struct source s = source_of_str(&b->arena, (struct str){disk, 2048}, 0);
	assert_false(source_is_raw(&s, S("disk.vhd"), &b->diag));
	disk[1536] = 0;
	assert_true(source_is_raw(&s, S("disk.raw"), &b->diag));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_stay_within_the_whole),
		cmocka_unit_test(a_file_is_read_by_pieces),
		cmocka_unit_test(a_disk_has_more_than_4_GiB),
		cmocka_unit_test(a_file_that_shrinks_is_an_error_and_no_signal),
		cmocka_unit_test(what_is_no_raw_image_is_named),
		cmocka_unit_test(the_command_that_converts_names_the_file),
		cmocka_unit_test(a_fixed_vhd_is_known_by_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
