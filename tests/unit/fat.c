// fat.c, fat_folder.c: names, chains, and volumes that lie. The builder makes FAT12; wider tables
// are written here.
#include "disk.h"
#include "hostile.h"
#include "measure/measure.h"

enum { TABLE = FAT_TABLE * 512, ROOT = FAT_ROOT * 512 };

static const struct file_of files[] = {
	{"EFI/BOOT/BOOTX64.EFI", STR("boot file")},
	{"EFI/Linux/a long name with blanks and more than one part.efi", STR("image")},
	{"empty", STR("")},
};

static struct str volume_of(struct bench *b) { return make_fat(&b->arena, files, countof(files)); }

static bool find(struct bench *b, struct str volume, struct str path, struct str *out)
{
	struct source s = source_of_str(&b->arena, volume, 0), content;
	struct fat *f;
	struct fat_entry e;
	bool broken;
	return fat_open(&s, &b->arena, &f, &b->diag)
	    && fat_find(f, path, &b->arena, &e, &broken, &b->diag)
	    && fat_source(f, &e, &b->arena, &content, &b->diag)
	    && source_bytes(&content, 0, content.size, &b->arena, out);
}

static void files_are_found_as_firmware_finds_them(void **state)
{
	(void)state;
	static const struct { const char *path, *content; } cases[] = {
		{"EFI/BOOT/BOOTX64.EFI", "boot file"}, {"efi/boot/bootx64.efi", "boot file"},
		{"\\EFI\\BOOT\\BOOTX64.EFI", "boot file"}, {"//EFI//BOOT//BOOTX64.EFI", "boot file"},
		{"EFI/linux/A LONG name with blanks and more than one part.EFI", "image"},
		{"empty", ""}, {"EFI/BOOT/BOOTX64.EF", NULL}, {"EFI/BOOT", NULL},
		{"EFI/BOOT/BOOTX64.EFI/x", NULL}, {"nowhere", NULL},
	};
	struct bench *b = bench_new();
	struct str volume = volume_of(b), got;
	for (size_t i = 0; i < countof(cases); i++) {
		struct fat_entry e;
		struct fat *f;
		bool broken;
		struct source s = source_of_str(&b->arena, volume, 0);
		if (cases[i].content) {
			assert_true(find(b, volume, str_from(cases[i].path), &got));
			assert_str(got, cases[i].content);
			continue;
		}
		assert_true(fat_open(&s, &b->arena, &f, &b->diag));
		bool found = fat_find(f, str_from(cases[i].path), &b->arena, &e, &broken, &b->diag);
		assert_true(!found || e.folder);
		assert_false(broken);
	}
	assert_int_equal(b->diag.len, 0);
	bench_free(b);
}

static void folders_are_listed_in_their_order(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct source s = source_of_str(&b->arena, volume_of(b), 0);
	struct fat *f;
	struct fat_entry *list;
	size_t count;
	assert_true(fat_open(&s, &b->arena, &f, &b->diag));
	assert_true(fat_list(f, S(""), &b->arena, &list, &count, &b->diag));
	assert_int_equal(count, 2);
	assert_str(list[0].name, "EFI");
	assert_true(list[0].folder && !list[1].folder);
	assert_true(fat_list(f, S("EFI"), &b->arena, &list, &count, &b->diag));
	assert_int_equal(count, 2);
	assert_str(list[1].name, "Linux");
	assert_false(fat_list(f, S("EFI/none"), &b->arena, &list, &count, &b->diag));
	assert_true(bench_has(b, FAT_FOLDER));
	bench_free(b);
}

// One entry of the root folder, written by hand; what it is called.
static void short_names(void **state)
{
	(void)state;
	static const struct { const char *entry; u8 lower; const char *name; } cases[] = {
		{"BOOTX64 EFI", 0, "BOOTX64.EFI"}, {"BOOTX64 EFI", 0x18, "bootx64.efi"},
		{"BOOTX64 EFI", 0x08, "bootx64.EFI"}, {"BOOTX64 EFI", 0x10, "BOOTX64.efi"},
		{"NOEXT      ", 0, "NOEXT"}, {"\x05" "BCDEFGHXYZ", 0, "\xc3\xa5" "BCDEFGH.XYZ"},
		{"A B     C  ", 0, "A B.C"}, {"\xc4" "RGER      ", 0, "\xc3\x84RGER"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct str volume = make_fat(&b->arena, NULL, 0);
		u8 *e = (u8 *)volume.at + ROOT;
		memcpy(e, cases[i].entry, 11);
		e[12] = cases[i].lower;
		struct source s = source_of_str(&b->arena, volume, 0);
		struct fat *f;
		struct fat_entry *list;
		size_t count;
		assert_true(fat_open(&s, &b->arena, &f, &b->diag));
		assert_true(fat_list(f, S("/"), &b->arena, &list, &count, &b->diag));
		assert_int_equal(count, 1);
		assert_str(list[0].name, cases[i].name);
		bench_free(b);
	}
}

// A long name whose order, checksum or attribute is wrong is none: the alias counts.
static void a_long_name_must_fit_its_entry(void **state)
{
	(void)state;
	static const struct { size_t off; u8 value; } edits[] = {
		{0, 0x42}, {0, 0xc1}, {11, 0x0e}, {13, 0}, {26, 1},
	};
	for (size_t i = 0; i < countof(edits); i++) {
		struct bench *b = bench_new();
		struct file_of one = {"short.efi", STR("x")};
		struct str volume = make_fat(&b->arena, &one, 1), got;
		((u8 *)volume.at)[ROOT + edits[i].off] = edits[i].value;
		assert_false(find(b, volume, S("short.efi"), &got));
		assert_true(find(b, volume, S("00000003"), &got));
		bench_free(b);
	}
}

static void set_chain(struct str volume, u32 cluster, u32 value)
{
	struct fat_image v = {(u8 *)volume.at, 0};
	fat_set(&v, cluster, value);
}

// A file of three clusters, the first being number 2.
static void chains_that_lie(void **state)
{
	(void)state;
	static const struct { u32 cluster, next; int rule; } cases[] = {
		{4, 0xff8, -1}, {3, 0xff7, FAT_CHAIN}, {3, 0, FAT_CHAIN}, {3, 1, FAT_CHAIN},
		{3, FAT_SECTORS - FAT_DATA + 2, FAT_CHAIN}, {3, 0xfff, FAT_SHORT},
		{4, 2, FAT_LOOP}, {3, 3, FAT_LOOP}, {2, 2, FAT_LOOP}, {4, 5, FAT_CHAIN},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct str content = {make(&b->arena, 1500, u8), 1500}, got;
		struct file_of one = {"f", content};
		struct str volume = make_fat(&b->arena, &one, 1);
		set_chain(volume, cases[i].cluster, cases[i].next);
		bool good = find(b, volume, S("f"), &got);
		assert_int_equal(good, cases[i].rule < 0);
		if (!good)
			assert_true(bench_has(b, (enum rule)cases[i].rule));
		bench_free(b);
	}
}

// Clusters out of order, one of them behind a gap: pieces across their borders must fit.
static void a_scattered_file(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	u8 *bytes = make(&b->arena, 1500, u8);
	for (size_t i = 0; i < 1500; i++)
		bytes[i] = (u8)(i * 7 >> 3);
	struct file_of one = {"f", {bytes, 1500}};
	struct str volume = make_fat(&b->arena, &one, 1), got;
	u8 *data = (u8 *)volume.at + FAT_DATA * 512, third[512];
	memcpy(third, data + 1024, 512);
	memcpy(data + 48 * 512, data + 512, 512);
	memcpy(data + 512, third, 512);
	set_chain(volume, 2, 50);
	set_chain(volume, 50, 3);
	set_chain(volume, 3, 0xfff);
	assert_true(find(b, volume, S("f"), &got));
	assert_true(str_eq(got, (struct str){bytes, 1500}));
	struct source s = source_of_str(&b->arena, volume, 0), content;
	struct fat *f;
	struct fat_entry e;
	bool broken;
	assert_true(fat_open(&s, &b->arena, &f, &b->diag));
	assert_true(fat_find(f, S("f"), &b->arena, &e, &broken, &b->diag));
	assert_true(fat_source(f, &e, &b->arena, &content, &b->diag));
	for (u64 off = 0; off + 600 < 1500; off += 37) {
		assert_true(source_bytes(&content, off, 600, &b->arena, &got));
		assert_memory_equal(got.at, bytes + off, 600);
	}
	bench_free(b);
}

// FAT16 and FAT32 of one sector a cluster, the file's chain 5, 6, then `next`.
static struct str wide_volume(struct bench *b, u32 kind, u32 next, u64 *size)
{
	u32 clusters = kind == 16 ? 5000 : 70000, entry = kind / 8, reserved = 2;
	u32 table = ((clusters + 2) * entry + 511) / 512, root = kind == 16 ? 1 : 0;
	u32 data = reserved + table + root;
	*size = (u64)(data + clusters) * 512;
	u8 *v = make(&b->arena, (size_t)(data + 16) * 512, u8);
	put_le(v + 11, 512, 2);
	v[13] = 1;
	put_le(v + 14, reserved, 2);
	v[16] = 1;
	put_le(v + 17, kind == 16 ? 16 : 0, 2);
	v[21] = 0xf8;
	put_le(v + 22, kind == 16 ? table : 0, 2);
	put_le(v + 32, data + clusters, 4);
	if (kind == 32) {
		put_le(v + 36, table, 4);
		put_le(v + 44, 2, 4);
		put_le(v + reserved * 512 + 2 * entry, 0x0fffffff, entry);
	}
	u8 *e = v + (data - root) * 512;
	memcpy(e, "FILE    BIN", 11);
	put_le(e + 26, 5, 2);
	put_le(e + 28, 600, 4);
	put_le(v + reserved * 512 + 5 * entry, kind == 32 ? 0xf0000006 : 6, entry);
	put_le(v + reserved * 512 + 6 * entry, next, entry);
	memset(v + (data + 3) * 512, 'w', 600);
	return (struct str){v, (size_t)(data + 16) * 512};
}

static bool sparse_read(void *of, u64 off, u8 *to, size_t len)
{
	const struct str *have = of;
	for (size_t i = 0; i < len; i++)
		to[i] = off + i < have->len ? have->at[off + i] : 0;
	return true;
}

static void wider_tables(void **state)
{
	(void)state;
	static const struct { u32 kind, next; bool good; } cases[] = {
		{16, 0xfff8, true}, {16, 0xffff, true}, {16, 0xfff7, false}, {16, 5, false},
		{32, 0x0ffffff8, true}, {32, 0xffffffff, true}, {32, 0x0ffffff7, false}, {32, 5, false},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		u64 size;
		struct str have = wide_volume(b, cases[i].kind, cases[i].next, &size), got;
		struct source s = {size, 0, 0, sparse_read, &have, NULL}, content;
		struct fat *f;
		struct fat_entry e;
		bool broken;
		assert_true(fat_open(&s, &b->arena, &f, &b->diag));
		assert_true(fat_find(f, S("file.bin"), &b->arena, &e, &broken, &b->diag));
		assert_int_equal(e.size, 600);
		bool good = fat_source(f, &e, &b->arena, &content, &b->diag);
		assert_int_equal(good, cases[i].good);
		if (good) {
			assert_true(source_bytes(&content, 500, 100, &b->arena, &got));
			assert_true(got.at[0] == 'w' && got.at[99] == 'w');
		}
		bench_free(b);
	}
}

static void volumes_that_firmware_refuses(void **state)
{
	(void)state;
	static const struct { size_t off; u32 value; size_t bytes; } edits[] = {
		{11, 0, 2}, {11, 256, 2}, {11, 513, 2}, {11, 8192, 2}, {13, 0, 1}, {13, 3, 1},
		{14, 0, 2}, {16, 0, 1}, {17, 0, 2}, {19, 0, 2}, {19, 16, 2}, {21, 0x55, 1},
		{22, 0, 2}, {22, 1, 2}, {22, 0xffff, 2},
	};
	for (size_t i = 0; i < countof(edits); i++) {
		struct bench *b = bench_new();
		struct str volume = volume_of(b), got;
		put_le((u8 *)volume.at + edits[i].off, edits[i].value, edits[i].bytes);
		assert_false(find(b, volume, S("empty"), &got));
		assert_true(bench_has(b, FAT_VOLUME));
		bench_free(b);
	}
}

static bool read_all(struct bench *b, struct str volume)
{
	struct str got;
	bool found = find(b, volume, S("EFI/BOOT/BOOTX64.EFI"), &got);
	return found || !b->diag.failed;        // a file that is not there is no finding
}

static void hostile_volumes(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str volume = volume_of(b);
	hostile_cuts(b, (struct str){volume.at, 2048}, 1, read_all);
	hostile_cuts(b, volume, 509, read_all);
	hostile_fields(b, volume, 0, 64, read_all);
	hostile_fields(b, volume, TABLE, TABLE + 32, read_all);
	hostile_fields(b, volume, ROOT, ROOT + 192, read_all);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_found_as_firmware_finds_them),
		cmocka_unit_test(folders_are_listed_in_their_order),
		cmocka_unit_test(short_names),
		cmocka_unit_test(a_long_name_must_fit_its_entry),
		cmocka_unit_test(chains_that_lie),
		cmocka_unit_test(a_scattered_file),
		cmocka_unit_test(wider_tables),
		cmocka_unit_test(volumes_that_firmware_refuses),
		cmocka_unit_test(hostile_volumes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
