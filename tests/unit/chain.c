// measure/boot/chain.c, chain_verify.c and explain.c: what a command line and an initrd pin.
#include "unit.h"
#include "measure/measure.h"
#include <openssl/evp.h>
#include <stdio.h>

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void put_file(struct buf *out, const char *name, struct str data)
{
	char header[111];
	snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
	         1, 0100644, 1, 0, 0, 0, (unsigned)data.len, 0, 0, 0, 0, (unsigned)strlen(name) + 1, 0);
	buf_put(out, str_from(header));
	buf_put(out, (struct str){(const u8 *)name, strlen(name) + 1});
	buf_fill(out, 0, -out->len & 3);
	buf_put(out, data);
	buf_fill(out, 0, -out->len & 3);
}

static bool read_chain(struct bench *b, const char *line, const char *file, const char *text,
                       struct chain *out)
{
	struct buf initrd = buf_new(&b->arena, 1 << 16);
	struct handed h = {.reached = true, .options = str_from(line)};
	if (file)
		put_file(&initrd, file, str_from(text));
	h.initrd = source_of_str(&b->arena, buf_str(&initrd), 0);
	b->diag.len = 0;
	return chain_read(&h, &b->library, &b->arena, out, &b->diag);
}

static void test_root_hashes(void **state)
{
	(void)state;
	static const struct { const char *line, *file, *text; size_t count; u64 off; } cases[] = {
		{"quiet", NULL, NULL, 0, 0},
		{"roothash=" HASH, NULL, NULL, 1, 0},
		{"roothash=\"" HASH "\" x", NULL, NULL, 1, 0},
		{"roothash=12", NULL, NULL, 0, 0},
		{"roothash=xx112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 0, 0, 0, 0},
		{"roothash=" HASH " usrhash=" HASH, NULL, NULL, 2, 0},
		{"dm-mod.create=\"root,,,ro,0 8 verity 1 A B 4096 4096 1 1 sha256 " HASH " aa\"", 0, 0, 1, 0},
		{"dm_mod.create=\"root,,,ro,0 8 linear A 0\"", NULL, NULL, 0, 0},
		{"quiet", "etc/veritytab", "# root\n\nroot A B " HASH " x,hash-offset=8192,y\n", 1, 8192},
		{"quiet", "etc/veritytab", "root A B " HASH, 1, 0},
		{"quiet", "etc/veritytab", "root A B", 0, 0},
		{"quiet", "etc/other", "root A B " HASH, 0, 0},
	};
	struct bench *b = bench_new();
	for (size_t i = 0; i < countof(cases); i++) {
		struct chain c;
		assert_true(read_chain(b, cases[i].line, cases[i].file, cases[i].text, &c));
		assert_int_equal(c.count, cases[i].count);
		assert_int_equal(bench_has(b, ROOT_HASH_MISSING), cases[i].count == 0);
		if (c.count) {
			assert_int_equal(c.roots[0].len, 32);
			assert_int_equal(c.roots[0].bytes[1], 0x11);
			assert_int_equal(c.roots[0].hash_off, cases[i].off);
		}
	}
	bench_free(b);
}

// Each switch that opens a boot, and its harmless neighbour.
static void test_switches(void **state)
{
	(void)state;
	static const struct { const char *line; bool open; } cases[] = {
		{"rd.shell", true}, {"rd.shell=1", true}, {"rd.shell=0", false},
		{"rd.shell=1 rd.shell=0", false}, {"rd.break=pre-mount", true}, {"rd.break", true},
		{"systemd.debug-shell", true}, {"systemd.debug_shell=ttyS0", true},
		{"systemd.debug-shell=0", false}, {"systemd.unit=emergency.target", true},
		{"systemd.unit=multi-user.target", false}, {"single", true}, {"1", true}, {"-b", true},
		{"init=/bin/sh", true}, {"init=/bin/bash", true}, {"init=/usr/lib/systemd/systemd", false},
		{"rdinit=/bin/sh", true}, {"rw", true}, {"ro", false}, {"root=nfs:1:/x", true},
		{"root=/dev/mapper/root", false}, {"systemd.verity=no", true}, {"systemd.verity=yes", false},
		{"rd.kiwi.verity_options=ignore-corruption", true},
		{"rd.kiwi.verity_options=panic-on-corruption", false}, {"kgdboc=ttyS0", true},
		{"systemd.setenv=SYSTEMD_SULOGIN_FORCE=1", true}, {"systemd.setenv=LANG=C", false},
		{"note=\"rd.shell init=/bin/sh\"", false},
	};
	struct bench *b = bench_new();
	for (size_t i = 0; i < countof(cases); i++) {
		struct chain c;
		const char *line = str_z(&b->arena, cat(&b->arena, S("roothash=" HASH " "),
		                                        str_from(cases[i].line)));
		assert_true(read_chain(b, line, NULL, NULL, &c));
		if (bench_has(b, CHAIN_OPEN) != cases[i].open)
			print_error("%s\n", cases[i].line);
		assert_int_equal(bench_has(b, CHAIN_OPEN), cases[i].open);
		assert_int_equal(b->diag.len, cases[i].open);        // said once
		if (cases[i].open)                                   // in the line's own words
			assert_true(str_starts(str_from(cases[i].line), b->diag.list[0].arg[0]));
		assert_false(bench_has(b, ROOT_HASH_MISSING));
	}
	bench_free(b);
}

static void test_initrd_rules(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct chain c;
	assert_true(read_chain(b, "quiet", "usr/lib/dracut-lib.sh", "x", &c));
	assert_true(bench_has(b, CHAIN_DOUBT));
	assert_true(read_chain(b, "rd.shell=0", "usr/lib/dracut-lib.sh", "x", &c));
	assert_false(bench_has(b, CHAIN_DOUBT));
	assert_true(read_chain(b, "quiet", "etc/veritytab", "r A B " HASH " ignore-corruption", &c));
	assert_true(bench_has(b, CHAIN_OPEN));
	struct handed h = {.reached = true};
	h.initrd = source_of_str(&b->arena, S("\x89LZO\0 packed"), 0);
	b->diag.len = 0;
	assert_true(chain_read(&h, &b->library, &b->arena, &c, &b->diag));
	assert_true(bench_has(b, INITRD_OPAQUE));
	assert_false(bench_has(b, ROOT_HASH_MISSING));
	h.initrd = source_of_str(&b->arena, S("070701 broken"), 0);
	assert_false(chain_read(&h, &b->library, &b->arena, &c, &b->diag));
	assert_true(bench_has(b, INITRD_BROKEN));
	bench_free(b);
}

// ---- a disk whose partition holds data and tree

enum { BLOCK = 512, FIRST = 40, DATA = 8, SECTORS = 128 };

static void put_le(u8 *at, u64 value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (u8)(value >> 8 * i);
}

static u32 crc32_of(const u8 *at, size_t len)
{
	u32 sum = UINT32_MAX;
	for (size_t i = 0; i < len; i++) {
		sum ^= at[i];
		for (size_t k = 0; k < 8; k++)
			sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
	}
	return ~sum;
}

// Data, superblock, one hash block, in one partition, or the tree in a second one.
static void make_disk(u8 *disk, bool apart, u8 *root)
{
	memset(disk, 0, SECTORS * BLOCK);
	u8 *header = disk + BLOCK, *entries = disk + 2 * BLOCK, *data = disk + FIRST * BLOCK;
	u8 *super = apart ? disk + 80 * BLOCK : data + DATA * BLOCK, *tree = super + BLOCK;
	disk[450] = 0xee;
	put_le(disk + 454, 1, 4);
	put_le(disk + 458, SECTORS - 1, 4);
	put_le(disk + 510, 0xaa55, 2);
	memcpy(entries, "a type of a part", 16);
	put_le(entries + 32, FIRST, 8);
	put_le(entries + 40, FIRST + 19, 8);
	memcpy(entries + 128, apart ? "a type of a part" : "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	put_le(entries + 160, 80, 8);
	put_le(entries + 168, 89, 8);
	for (size_t i = 0; i < DATA * BLOCK; i++)
		data[i] = (u8)(i * 3 + i / BLOCK);
	memcpy(super, "verity\0\0", 8);
	put_le(super + 8, 1, 4);
	put_le(super + 12, 1, 4);
	memcpy(super + 32, "sha256", 6);
	put_le(super + 64, BLOCK, 4);
	put_le(super + 68, BLOCK, 4);
	put_le(super + 72, DATA, 8);
	for (size_t i = 0; i < DATA; i++)
		EVP_Digest(data + i * BLOCK, BLOCK, tree + 32 * i, NULL, EVP_sha256(), NULL);
	EVP_Digest(tree, BLOCK, root, NULL, EVP_sha256(), NULL);
	memcpy(header, "EFI PART\0\0\1\0\x5c\0\0\0", 16);
	put_le(header + 24, 1, 8);
	put_le(header + 32, SECTORS - 1, 8);
	put_le(header + 40, 34, 8);
	put_le(header + 48, SECTORS - 2, 8);
	put_le(header + 72, 2, 8);
	put_le(header + 80, 128, 4);
	put_le(header + 84, 128, 4);
	put_le(header + 88, crc32_of(entries, 128 * 128), 4);
	put_le(header + 16, crc32_of(header, 92), 4);
}

static bool verify(struct bench *b, const u8 *disk, const u8 *root, u64 off, struct buf *out)
{
	struct source s = source_of_str(&b->arena, (struct str){disk, SECTORS * BLOCK}, 0);
	struct chain c = {.count = 1};
	c.roots[0] = (struct root_hash){.of = S("the root"), .len = 32, .hash_off = off};
	memcpy(c.roots[0].bytes, root, 32);
	b->diag.len = 0;
	return chain_verify(&s, &c, 1, &b->arena, out, &b->diag);
}

static void test_verify(void **state)
{
	(void)state;
	u8 disk[SECTORS * BLOCK], root[32];
	for (int apart = 0; apart < 2; apart++) {
		struct bench *b = bench_new();
		struct buf out = buf_new(&b->arena, 4096);
		u64 off = apart ? 0 : DATA * BLOCK;
		size_t at;
		make_disk(disk, apart, root);
		assert_true(verify(b, disk, root, off, &out));
		assert_true(str_find(buf_str(&out), S("verified: the root, 8 blocks of 512"), &at));
		disk[(FIRST + 5) * BLOCK] ^= 1;
		assert_false(verify(b, disk, root, off, &out));
		assert_true(bench_has(b, VERITY_DATA_BLOCK));
		disk[FIRST * BLOCK] ^= 1;
		assert_false(verify(b, disk, root, off, &out));
		assert_true(bench_has(b, VERITY_DATA_BLOCK));
		root[0] ^= 1;
		assert_false(verify(b, disk, root, off, &out));
		assert_true(bench_has(b, VERITY_MISSING));
		bench_free(b);
	}
}

// Nothing to check is not all good.
static void test_no_root(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct buf out = buf_new(&b->arena, 4096);
	struct chain none = {0};
	u8 disk[SECTORS * BLOCK], root[32];
	make_disk(disk, 0, root);
	struct source s = source_of_str(&b->arena, (struct str){disk, sizeof disk}, 0);
	assert_false(chain_verify(&s, &none, 1, &b->arena, &out, &b->diag));
	assert_true(bench_has(b, VERITY_NO_ROOT));
	bench_free(b);
}

// ---- in words

static void test_explain(void **state)
{
	(void)state;
	static const char *const says[] = {"PCR9: what the kernel", "1. the initrd\n", "a reason",
		"command line: quiet", "root hash: 0000", "in a place: every block of the root"};
	struct bench *b = bench_new();
	struct event_log log = {.set = 1 << BANK_SHA384, .arena = &b->arena,
	                        .handed = {.reached = true, .options = S("quiet")}};
	struct chain c = {.count = 1};
	struct buf out = buf_new(&b->arena, 1 << 16);
	c.roots[0] = (struct root_hash){.of = S("the root"), .from = S("a place"), .len = 32};
	event_add(&log, (struct event){.pcr = 9, .type = EV_EVENT_TAG, .extends = true,
	                               .what = S("the initrd"), .why = S("a reason")});
	assert_true(explain_pcr(&log, 9, &c, &b->arena, &out, &b->diag));
	for (size_t i = 0; i < countof(says); i++) {
		size_t at;
		assert_true(str_find(buf_str(&out), str_from(says[i]), &at));
	}
	out.len = 0;
	assert_true(explain_pcr(&log, 12, &c, &b->arena, &out, &b->diag));
	assert_str(buf_str(&out), "PCR12: what was added to the boot from outside: command lines,"
	           " credentials, add-ons\n\n  nothing is measured into it: it stays zero\n");
	bench_free(b);
}

// An add-on comes behind the UKI, too, and is no kernel.
static void test_inner_kernel(void **state)
{
	(void)state;
	struct section linux = {.name = S(".linux")};
	const struct pe uki = {.list = &linux, .count = 1}, other = {0};
	for (int inner = 0; inner < 2; inner++) {
		struct bench *b = bench_new();
		struct event_log log = {.set = 1 << BANK_SHA384, .arena = &b->arena};
		struct chain c = {0};
		struct buf out = buf_new(&b->arena, 1 << 16);
		size_t at;
		event_add(&log, (struct event){.pcr = 4, .extends = true, .image = &uki});
		event_add(&log, (struct event){.pcr = 4, .extends = true, .image = &other,
		                               .inner = inner});
		assert_true(explain_pcr(&log, 4, &c, &b->arena, &out, &b->diag));
		assert_int_equal(str_find(buf_str(&out), S("inside: its own event"), &at), inner);
		bench_free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root_hashes), cmocka_unit_test(test_switches),
		cmocka_unit_test(test_initrd_rules), cmocka_unit_test(test_verify),
		cmocka_unit_test(test_no_root), cmocka_unit_test(test_explain),
		cmocka_unit_test(test_inner_kernel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
