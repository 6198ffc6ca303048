// uefi_data.c, vars.c, guid.c: variables in EC2's form and in a flash file.
#include "hostile.h"
#include "measure/measure.h"
#include <unistd.h>

// A blob that awslabs/python-uefivars wrote: one variable db of "data".
static const char theirs[] = "QU1aTlVFRknF0mhlAAAAAHj5a7fZ94PNiDFB6ZQkFhgrsSQRvWWrjsWNCkQu8gUA/zkKwA==";

static bool read_blob(struct bench *b, struct str text, struct variable **list, size_t *count)
{
	return uefi_data_read(text, 0, &b->library, &b->arena, list, count, &b->diag);
}

static bool try_blob(struct bench *b, struct str text)
{
	struct variable *list;
	size_t count;
	return read_blob(b, text, &list, &count);
}

static struct str write_blob(struct bench *b, const struct variable *list, size_t count)
{
	struct str text;
	assert_true(uefi_data_write(list, count, &b->library, &b->arena, &text, &b->diag));
	return text;
}

static void guids_and_their_text(void **state)
{
	(void)state;
	static const u8 disk[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
	                            0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
	struct bench *b = bench_new();
	u8 got[16];
	assert_true(guid_read(S("C12A7328-F81F-11d2-BA4B-00A0C93EC93B"), got));
	assert_memory_equal(got, disk, 16);
	assert_str(guid_text(&b->arena, disk), "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
	assert_true(guid_is(disk, S("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")));
	assert_false(guid_read(S("c12a7328-f81f-11d2-ba4b-00a0c93ec93"), got));
	assert_false(guid_read(S("c12a7328+f81f-11d2-ba4b-00a0c93ec93b"), got));
	assert_false(guid_read(S("c12a7328-f81f-11d2-ba4b-00a0c93ec93g"), got));
	bench_free(b);
}

static void a_blob_of_theirs_is_read_and_written_alike(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct variable *list;
	size_t count;
	assert_true(read_blob(b, str_from(theirs), &list, &count));
	assert_int_equal(count, 1);
	assert_str(list[0].name, "db");
	assert_str(list[0].data, "data");
	assert_int_equal(list[0].attributes, 0x27);
	assert_str(write_blob(b, list, count), theirs);
	bench_free(b);
}

static void keys_become_variables_and_come_back(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct secure_boot keys = {.pk = S("p"), .db = S("allowed"), .dbx = S(""),
	                           .dbt = S("times")}, got;
	struct variable *list, *back;
	size_t n = secure_boot_variables(&keys, &b->arena, &list), count;
	assert_int_equal(n, 3);
	assert_true(read_blob(b, write_blob(b, list, n), &back, &count));
	assert_true(secure_boot_from(back, count, &got));
	assert_true(got.on && got.pk.len && !got.kek.len && got.db.len);
	assert_str(got.db, "allowed");
	assert_str(got.dbt, "times");
	assert_false(secure_boot_from(back + 1, 1, &got));
	assert_false(got.on);
	struct variable off[2] = {back[0], {.name = S("SecureBootEnable"), .data = S("\0")}};
	assert_true(guid_read(S("f0a30bc7-af08-4556-99c4-001009c93a44"), off[1].guid));
	assert_true(secure_boot_from(off, 2, &got));
	assert_false(got.on);
	bench_free(b);
}

// 3: non-volatile, of boot services; 4: of the operating system, too; 0x20: with a time.
static void shim_deletes_what_an_operating_system_wrote(void **state)
{
	(void)state;
	static const struct { const char *name; u32 attributes; bool taken; } cases[] = {
		{"MokSBState", 3, true}, {"MokSBState", 7, false}, {"MokSBState", 2, true},
		{"MokSBState", 0, false}, {"SbatLevel", 3, true}, {"SbatLevel", 0x23, true},
		{"SbatLevel", 7, false}, {"SbatLevel", 2, false}, {"MokListTrusted", 7, true},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct variable v = {.name = str_from(cases[i].name), .data = S("\1"),
		                     .attributes = cases[i].attributes};
		struct secure_boot got;
		memcpy(v.guid, guid_shim, sizeof v.guid);
		assert_false(secure_boot_from(&v, 1, &got));
		assert_int_equal(got.mok_sb_state.len + got.sbat_level.len + got.mok_list_trusted.len,
		                 cases[i].taken);
	}
}

static void more_than_ec2_takes(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	u8 *noise = make(&b->arena, 60000, u8);
	u32 n = 1;
	for (size_t i = 0; i < 60000; i++)
		noise[i] = (u8)((n = n * 1664525 + 1013904223) >> 24);
	struct variable v = {.name = S("dbx"), .data = {noise, 60000}};
	struct str text;
	assert_false(uefi_data_write(&v, 1, &b->library, &b->arena, &text, &b->diag));
	assert_true(bench_has(b, UEFI_DATA_LARGE));
	bench_free(b);
}

static void blobs_that_are_none(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"", "QU1aTlVFRkk=", "not base64!", "QUJD", "QUJ", "=QUJ", "QU=D", "QUJD====",
	};
	struct bench *b = bench_new();
	for (size_t i = 0; i < countof(texts); i++) {
		b->diag.failed = false;
		assert_false(try_blob(b, str_from(texts[i])));
		assert_true(b->diag.failed);
	}
	assert_true(bench_has(b, UEFI_DATA_BROKEN));
	hostile_cuts(b, str_from(theirs), 1, try_blob);
	hostile_fields(b, str_from(theirs), 0, sizeof theirs - 1, try_blob);
	bench_free(b);
}

// ---- flash files

static void put_le(u8 *to, u64 v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (u8)(v >> 8 * i);
}

enum { FV = 72, STORE = FV + 28, STORE_BYTES = 1024 };

static size_t put_variable(u8 *f, size_t off, u8 state, const char *name, struct str data)
{
	size_t len = strnlen(name, 32);
	put_le(f + off, 0x55aa, 2);
	f[off + 2] = state;
	put_le(f + off + 4, 0x27, 4);
	memset(f + off + 16, 't', 16);
	put_le(f + off + 36, 2 * len + 2, 4);
	put_le(f + off + 40, data.len, 4);
	memset(f + off + 44, 'g', 16);
	for (size_t i = 0; i <= len; i++)
		put_le(f + off + 60 + 2 * i, i < len ? (u8)name[i] : 0, 2);
	memcpy(f + off + 62 + 2 * len, data.at, data.len);
	return (off + 62 + 2 * len + data.len + 3) & ~(size_t)3;
}

static struct str flash_of(struct bench *b)
{
	u8 *f = make(&b->arena, FV + STORE_BYTES + 100, u8);
	memset(f + FV, 0xff, STORE_BYTES + 100);
	assert_true(guid_read(S("fff12b8d-7696-4c8b-a985-2747075b4f50"), f + 16));
	memcpy(f + 40, "_FVH", 4);
	put_le(f + 48, FV, 2);
	assert_true(guid_read(S("aaf32c78-947b-439a-a180-2e144ec37792"), f + FV));
	put_le(f + FV + 16, STORE_BYTES, 4);
	put_le(f + FV + 20, 0xfe5a, 2);
	size_t off = STORE;
	off = put_variable(f, off, 0x3e, "old", S("in deletion, replaced"));
	off = put_variable(f, off, 0x3d, "gone", S("deleted"));
	off = put_variable(f, off, 0x7f, "half", S("header only"));
	off = put_variable(f, off, 0x3e, "kept", S("in deletion, not replaced"));
	off = put_variable(f, off, 0x3f, "old", S("new"));
	(void)put_variable(f, off, 0x3f, "last", S("1"));
	return (struct str){f, FV + STORE_BYTES + 100};
}

static void a_variable_in_deletion_counts_until_it_is_replaced(void **state)
{
	(void)state;
	static const struct { const char *name, *data; } want[] = {
		{"old", "new"}, {"kept", "in deletion, not replaced"}, {"last", "1"},
	};
	struct bench *b = bench_new();
	struct variable *list;
	size_t count;
	assert_true(vars_read(flash_of(b), 0, &b->arena, &list, &count, &b->diag));
	assert_int_equal(count, countof(want));
	for (size_t i = 0; i < countof(want); i++) {
		assert_str(list[i].name, want[i].name);
		assert_str(list[i].data, want[i].data);
		assert_int_equal(list[i].attributes, 0x27);
		assert_int_equal(list[i].time[15], 't');
	}
	bench_free(b);
}

static bool try_flash(struct bench *b, struct str flash)
{
	struct variable *list;
	size_t count;
	return vars_read(flash, 0, &b->arena, &list, &count, &b->diag);
}

static void flash_files_that_lie(void **state)
{
	(void)state;
	static const struct { size_t off; u8 value; } edits[] = {
		{40, 'x'}, {16, 0}, {48, 0}, {49, 0xff}, {FV, 0}, {FV + 18, 1}, {FV + 20, 0}, {FV + 21, 0},
		{FV + 17, 0}, {STORE + 38, 1}, {STORE + 42, 1},
	};
	for (size_t i = 0; i < countof(edits); i++) {
		struct bench *b = bench_new();
		struct str flash = flash_of(b);
		((u8 *)flash.at)[edits[i].off] = edits[i].value;
		assert_false(try_flash(b, flash));
		assert_true(bench_has(b, VARS_BROKEN));
		bench_free(b);
	}
}

static void blank_and_hostile_flash_files(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct variable *list;
	size_t count = 7;
	u8 zeros[64] = {0};
	assert_true(vars_read((struct str){zeros, 64}, 0, &b->arena, &list, &count, &b->diag));
	assert_int_equal(count, 0);
	struct str flash = flash_of(b);
	hostile_cuts(b, flash, 1, try_flash);
	hostile_fields(b, flash, 0, STORE + 400, try_flash);
	bench_free(b);
}

// Deleted variables are no result, but going through them is work all the same.
static void too_many_variables_are_refused(void **state)
{
	(void)state;
	enum { MOST = 1 << 14, ONE = 64, BYTES = (MOST + 2) * ONE + 28 };
	for (size_t extra = 0; extra < 2; extra++) {
		struct bench *b = bench_new();
		u8 *f = make(&b->arena, FV + BYTES, u8);
		memcpy(f, flash_of(b).at, STORE);
		put_le(f + FV + 16, BYTES, 4);
		for (size_t i = 0, off = STORE; i < MOST - 1 + extra; i++)
			off = put_variable(f, off, 0x3d, "", S("12"));
		assert_int_equal(try_flash(b, (struct str){f, FV + BYTES}), extra == 0);
		bench_free(b);
	}
}

// Debian's snakeoil keys are in force, its blank store has none.
static void real_flash_files(void **state)
{
	(void)state;
	static const struct { const char *path; bool on; } cases[] = {
		{"/usr/share/OVMF/OVMF_VARS_4M.fd", false},
		{"/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd", true},
	};
	size_t seen = 0;
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct str flash;
		struct variable *list;
		struct secure_boot keys;
		size_t count;
		if (access(cases[i].path, R_OK) == 0) {
			seen++;
			assert_true(file_read(&b->arena, str_from(cases[i].path), 8 << 20, &flash, &b->diag));
			assert_true(vars_read(flash, 0, &b->arena, &list, &count, &b->diag));
			assert_int_equal(secure_boot_from(list, count, &keys), cases[i].on);
			assert_int_equal(keys.on, cases[i].on);
		}
		bench_free(b);
	}
	if (seen == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guids_and_their_text),
		cmocka_unit_test(a_blob_of_theirs_is_read_and_written_alike),
		cmocka_unit_test(keys_become_variables_and_come_back),
		cmocka_unit_test(shim_deletes_what_an_operating_system_wrote),
		cmocka_unit_test(more_than_ec2_takes),
		cmocka_unit_test(blobs_that_are_none),
		cmocka_unit_test(a_variable_in_deletion_counts_until_it_is_replaced),
		cmocka_unit_test(flash_files_that_lie),
		cmocka_unit_test(blank_and_hostile_flash_files),
		cmocka_unit_test(too_many_variables_are_refused),
		cmocka_unit_test(real_flash_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
