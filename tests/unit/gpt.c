// gpt: both copies of a table, both sector sizes, and tables that lie.
#include "disk.h"
#include "hostile.h"
#include "measure/measure.h"

enum { HEADER = 512, BACKUP = (DISK_LBAS - 1) * 512, ENTRIES = 1024 };

static struct str disk_of(struct bench *b) { return make_disk(&b->arena, NULL, 0); }

static bool read_gpt(struct bench *b, struct str disk)
{
	struct source s = source_of_str(&b->arena, disk, 0), esp;
	struct gpt g;
	return gpt_read(&s, &b->arena, &g, &b->diag) && gpt_esp(&g, &s, &b->arena, &esp, &b->diag);
}

// After an edit the checksums must hold again, or nothing else is tested.
static void seal(u8 *disk)
{
	u8 *headers[] = {disk + HEADER, disk + BACKUP};
	u64 entries[] = {ENTRIES, (DISK_LBAS - 33) * 512};
	for (size_t i = 0; i < 2; i++) {
		put_le(headers[i] + 88, crc32_of(disk + entries[i], 128 * 128), 4);
		put_le(headers[i] + 16, 0, 4);
		put_le(headers[i] + 16, crc32_of(headers[i], 92), 4);
	}
}

static void a_table_is_read(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str disk = disk_of(b);
	memcpy((u8 *)disk.at + ENTRIES + 56, "E\0S\0P\0", 6);
	seal((u8 *)disk.at);
	struct source s = source_of_str(&b->arena, disk, 1), esp;
	struct gpt g;
	assert_true(gpt_read(&s, &b->arena, &g, &b->diag));
	assert_int_equal(g.sector_bytes, 512);
	assert_int_equal(g.count, 1);
	assert_int_equal(g.used_entries.len, 128);
	assert_memory_equal(g.header.at, disk.at + HEADER, 92);
	assert_str(g.list[0].name, "ESP");
	assert_true(gpt_esp(&g, &s, &b->arena, &esp, &b->diag));
	assert_int_equal(esp.size, FAT_SECTORS * 512);
	assert_int_equal(esp.base_off, DISK_FIRST_LBA * 512);
	assert_int_equal(b->diag.len, 0);
	bench_free(b);
}

// Firmware writes the primary anew from the backup: what is measured is that one.
static void the_backup_takes_over(void **state)
{
	(void)state;
	static const size_t broken[] = {HEADER, HEADER + 16, HEADER + 24, ENTRIES + 5, HEADER + 80};
	for (size_t i = 0; i < countof(broken); i++) {
		struct bench *b = bench_new();
		struct str disk = disk_of(b), intact = disk_of(b);
		((u8 *)disk.at)[broken[i]] ^= 1;
		struct source s = source_of_str(&b->arena, disk, 0);
		struct gpt g;
		assert_true(gpt_read(&s, &b->arena, &g, &b->diag));
		assert_true(g.from_backup);
		assert_memory_equal(g.header.at, intact.at + HEADER, 92);
		assert_true(bench_has(b, GPT_BACKUP_USED));
		((u8 *)disk.at)[BACKUP] ^= 1;
		assert_false(gpt_read(&s, &b->arena, &g, &b->diag));
		assert_true(bench_has(b, GPT_MISSING));
		bench_free(b);
	}
}

static void sectors_of_4096_bytes(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str small = disk_of(b);
	u8 *disk = make(&b->arena, 4096 * 64, u8);
	memcpy(disk, small.at, 512);
	memcpy(disk + 2 * 4096, small.at + ENTRIES, 128 * 128);
	memcpy(disk + 4096, small.at + HEADER, 92);
	put_le(disk + 2 * 4096 + 32, 10, 8);
	put_le(disk + 2 * 4096 + 40, 11, 8);
	put_le(disk + 4096 + 88, crc32_of(disk + 2 * 4096, 128 * 128), 4);
	put_le(disk + 4096 + 16, 0, 4);
	put_le(disk + 4096 + 16, crc32_of(disk + 4096, 92), 4);
	struct source s = source_of_str(&b->arena, (struct str){disk, 4096 * 64}, 0), esp;
	struct gpt g;
	assert_true(gpt_read(&s, &b->arena, &g, &b->diag));
	assert_int_equal(g.sector_bytes, 4096);
	assert_true(gpt_esp(&g, &s, &b->arena, &esp, &b->diag));
	assert_int_equal(esp.base_off, 10 * 4096);
	assert_int_equal(esp.size, 2 * 4096);
	bench_free(b);
}

// Each edit is sealed: only the field itself can be the reason.
static void tables_that_lie(void **state)
{
	(void)state;
	static const struct { size_t off; u64 value; size_t bytes; enum rule rule; } cases[] = {
		{ENTRIES, 0, 8, ESP_MISSING},                    // the only entry is another type
		{ENTRIES + 40, DISK_LBAS, 8, ESP_RANGE},         // one sector past the end
		{ENTRIES + 40, UINT64_MAX, 8, ESP_RANGE},        // last LBA + 1 wraps
		{ENTRIES + 32, UINT64_MAX, 8, ESP_RANGE},        // begins behind its end
		{446 + 0, 0x80, 1, GPT_MBR},
		{446 + 4, 0x83, 1, GPT_MBR},
		{446 + 8, 2, 4, GPT_MBR},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct str disk = disk_of(b);
		put_le((u8 *)disk.at + cases[i].off, cases[i].value, cases[i].bytes);
		if (cases[i].rule == ESP_MISSING)
			((u8 *)disk.at)[ENTRIES] = 7;
		seal((u8 *)disk.at);
		assert_false(read_gpt(b, disk));
		assert_true(bench_has(b, cases[i].rule));
		bench_free(b);
	}
}

static void several_boot_partitions_are_a_note(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str disk = disk_of(b);
	memcpy((u8 *)disk.at + ENTRIES + 5 * 128, disk.at + ENTRIES, 128);
	seal((u8 *)disk.at);
	assert_true(read_gpt(b, disk));
	assert_true(bench_has(b, ESP_SEVERAL));
	bench_free(b);
}

static void hostile_tables(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str disk = disk_of(b);
	hostile_cuts(b, (struct str){disk.at, ENTRIES + 256}, 1, read_gpt);
	hostile_cuts(b, disk, 4099, read_gpt);
	hostile_fields(b, disk, HEADER, HEADER + 92, read_gpt);
	hostile_fields(b, disk, ENTRIES, ENTRIES + 128, read_gpt);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_read),
		cmocka_unit_test(the_backup_takes_over),
		cmocka_unit_test(sectors_of_4096_bytes),
		cmocka_unit_test(tables_that_lie),
		cmocka_unit_test(several_boot_partitions_are_a_note),
		cmocka_unit_test(hostile_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
