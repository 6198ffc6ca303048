// measure/image/initrd.c and unpack.c: archives made here, packed by gzip, xz, zstd, lz4 and bzip2
// themselves.
#include "unit.h"
#include "measure/measure.h"
#include <stdio.h>
#include <unistd.h>

static void put_file(struct buf *out, const char *name, struct str data)
{
	char header[111];
	size_t name_bytes = strlen(name) + 1;
	snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
	         1, 0100644, 1, 0, 0, 0, (unsigned)data.len, 0, 0, 0, 0, (unsigned)name_bytes, 0);
	buf_put(out, str_from(header));
	buf_put(out, (struct str){(const u8 *)name, name_bytes});
	buf_fill(out, 0, -out->len & 3);
	buf_put(out, data);
	buf_fill(out, 0, -out->len & 3);
}

static struct str make_archive(struct arena *a, const char *name, struct str data)
{
	struct buf b = buf_new(a, 64 << 20);
	put_file(&b, ".", (struct str){0});
	put_file(&b, name, data);
	put_file(&b, "TRAILER!!!", (struct str){0});
	buf_fill(&b, 0, -b.len & 511);
	return buf_str(&b);
}

static bool read_within(struct bench *b, struct str bytes, u64 max, struct initrd *out)
{
	static const struct str names[] = {STR("etc/veritytab"), STR("early"), STR("noise")};
	struct source s = source_of_str(&b->arena, bytes, 0);
	*out = (struct initrd){.list = make(&b->arena, countof(names), struct initrd_file),
	                       .count = countof(names)};
	for (size_t i = 0; i < countof(names); i++)
		out->list[i].name = names[i];
	b->diag.len = 0;
	return initrd_read(&s, max, &b->arena, out, &b->diag);
}

static bool read_it(struct bench *b, struct str bytes, struct initrd *out)
{
	return read_within(b, bytes, 0, out);
}

static bool holds(const struct initrd *i, struct str name, struct str *out)
{
	const struct initrd_file *f = initrd_find(i, name);
	*out = f ? f->data : (struct str){0};
	return f && f->whole;
}

static void test_plain_archives(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str one = make_archive(&b->arena, "./etc/veritytab", S("first"));
	struct str two = make_archive(&b->arena, "/etc/veritytab", S("second"));
	struct initrd i;
	struct str found = {0};
	assert_true(read_it(b, one, &i));
	assert_int_equal(i.entries, 2);
	assert_true(holds(&i, S("etc/veritytab"), &found));
	assert_str(found, "first");
	assert_null(initrd_find(&i, S("early")));
	assert_null(initrd_find(&i, S("etc/verity")));
	assert_true(read_it(b, cat(&b->arena, one, S("\0\0\0\0"), two), &i));
	assert_true(holds(&i, S("etc/veritytab"), &found));
	assert_str(found, "second");
	assert_true(read_it(b, S(""), &i));
	assert_int_equal(i.entries, 0);
	assert_false(read_it(b, cat(&b->arena, one, S("070701 and no more")), &i));
	assert_true(bench_has(b, INITRD_BROKEN));
	bench_free(b);
}

static void test_not_readable(void **state)
{
	(void)state;
	static const struct { struct str bytes; const char *name; } cases[] = {
		{STR("\x04\x22\x4d\x18 rest"), "lz4's frame format"}, {STR("\x89LZO\0 rest"), "lzop"},
		{STR("what is this"), "an unknown program"},
	};
	struct bench *b = bench_new();
	for (size_t n = 0; n < countof(cases); n++) {
		struct initrd i;
		struct str early = make_archive(&b->arena, "early", S("x")), found;
		assert_true(read_it(b, cat(&b->arena, early, cases[n].bytes), &i));
		assert_str(i.opaque, cases[n].name);
		assert_true(holds(&i, S("early"), &found));
	}
	bench_free(b);
}

// A file that was asked for is kept up to a size, and never twice.
static void test_large_file(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	u8 *zeros = make(&b->arena, INITRD_FILE_MAX + 1, u8);
	struct initrd i;
	struct str found;
	struct str fits = make_archive(&b->arena, "early", (struct str){zeros, INITRD_FILE_MAX});
	struct str over = make_archive(&b->arena, "early", (struct str){zeros, INITRD_FILE_MAX + 1});
	assert_true(read_it(b, fits, &i) && holds(&i, S("early"), &found));
	assert_int_equal(found.len, INITRD_FILE_MAX);
	assert_true(read_it(b, cat(&b->arena, fits, over), &i));
	assert_non_null(initrd_find(&i, S("early")));
	assert_false(holds(&i, S("early"), &found));
	assert_true(read_it(b, cat(&b->arena, over, fits), &i) && holds(&i, S("early"), &found));
	bench_free(b);
}

// ---- packed by the programs that make initrds

// What a shell command makes of `in`; empty when it fails.
static struct str piped(struct bench *b, struct str in, const char *command)
{
	char folder[] = "/tmp/amic-initrd-XXXXXX";
	struct str out = {0};
	assert_non_null(mkdtemp(folder));
	struct str at = str_from(folder), from = cat(&b->arena, at, S("/in"));
	FILE *f = fopen(str_z(&b->arena, from), "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(in.at, 1, in.len, f), in.len);
	fclose(f);
	const char *line = str_z(&b->arena, cat(&b->arena, S("cd "), at, S(" && "),
	                                        str_from(command), S(" <in >out")));
	if (system(line) == 0)
		assert_true(file_read(&b->arena, cat(&b->arena, at, S("/out")), 32 << 20, &out,
		                      &b->diag));
	(void)!system(str_z(&b->arena, cat(&b->arena, S("rm -r "), at)));
	return out;
}

// Text that repeats itself near and far, and noise: every kind of symbol.
static struct str make_data(struct arena *a, size_t len)
{
	struct buf b = buf_new(a, len + 64);
	u32 seed = 1;
	while (b.len < len) {
		seed = seed * 1664525 + 1013904223;
		u32 kind = seed >> 28;
		if (kind < 4)
			buf_byte(&b, (u8)(seed >> 20));
		else if (kind < 8)
			buf_put(&b, S("the same words again, "));
		else if (b.len > 4000)
			for (size_t i = 0, from = b.len - (seed >> 8) % 4000 - 1; i < kind; i++)
				buf_byte(&b, b.at[from + i]);
		else
			buf_number(&b, seed);
	}
	return buf_str(&b);
}

static void test_packed(void **state)
{
	(void)state;
	static const char *const commands[] = {
		"gzip -9", "gzip -1", "xz --check=crc32", "xz -0", "xz -9e --check=none",
		"xz --check=sha256 --block-size=50000", "xz --lzma2=lc=1,lp=2,pb=3 --check=crc32",
		"xz --lzma2=lc=0,lp=4,pb=0", "xz --lzma2=preset=6,dict=4096,nice=273 --check=crc32",
		"xz --format=lzma", "xz --x86 --lzma2 --check=crc32", "zstd -3", "zstd -19 --check", "bzip2",
		"lz4 -l", "lz4 -l -9",
	};
	struct bench *b = bench_new();
	struct str data = make_data(&b->arena, 250000);
	struct str archive = make_archive(&b->arena, "etc/veritytab", data);
	for (size_t n = 0; n < countof(commands); n++) {
		struct bench inner = *b;
		struct str packed = piped(&inner, archive, commands[n]), found;
		struct initrd i;
		if (packed.len == 0) {
			print_message("skip: %s\n", commands[n]);
			continue;
		}
		assert_true(packed.len < archive.len);
		assert_true(read_it(&inner, cat(&inner.arena, archive, packed, S("\0\0\0")), &i));
		assert_int_equal(i.opaque.len, 0);
		assert_int_equal(i.entries, 4);
		assert_true(holds(&i, S("etc/veritytab"), &found));
		assert_true(str_eq(found, data));
	}
	bench_free(b);
}

// Noise does not shrink: LZMA2 has chunks that hold it as it is.
static void test_noise(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	u8 *noise = make(&b->arena, 250000, u8);
	u64 x = 88172645463325252;
	for (size_t i = 0; i < 250000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		noise[i] = (u8)(x >> 24);
	}
	struct str archive = make_archive(&b->arena, "noise", (struct str){noise, 250000}), found;
	struct str packed = piped(b, archive, "xz");
	struct initrd i;
	if (packed.len) {
		assert_true(read_it(b, packed, &i));
		assert_true(holds(&i, S("noise"), &found));
		assert_true(str_eq(found, (struct str){noise, 250000}));
	}
	bench_free(b);
}

// What is packed stops at the limit for all parts together, whatever it would come to, and the
// reader's memory does not depend on it.
static void test_limit(void **state)
{
	(void)state;
	static const char *const commands[] = {"gzip -9n", "xz --check=crc32", "zstd", "bzip2", "lz4 -l"};
	enum { MIB = 1 << 20 };
	struct bench *b = bench_new();
	u8 *zeros = make(&b->arena, 2 * MIB, u8);
	struct str archive = make_archive(&b->arena, "large", (struct str){zeros, 2 * MIB});
	struct str early = make_archive(&b->arena, "early", S("x")), found;
	for (size_t n = 0; n < countof(commands); n++) {
		struct bench inner = *b;
		struct str one = piped(&inner, archive, commands[n]);
		struct str two = cat(&inner.arena, early, one, one);
		struct initrd i;
		if (!one.len)
			continue;
		assert_true(read_within(&inner, one, 3 * MIB, &i));
		assert_false(i.too_large);
		size_t before = arena_used(&inner.arena);
		assert_true(read_within(&inner, two, 3 * MIB, &i));
		assert_true(arena_used(&inner.arena) - before < 2 * MIB);
		assert_true(i.too_large && holds(&i, S("early"), &found));
		assert_int_equal(inner.diag.len, 0);
		assert_true(read_within(&inner, two, 5 * MIB, &i));
		assert_false(i.too_large);
	}
	struct str far = piped(b, archive, "xz --lzma2=dict=128MiB --check=crc32");
	struct initrd i;
	assert_true(!far.len || (read_it(b, far, &i) && i.too_far));
	assert_int_equal(initrd_limit(1), 256 * MIB);
	assert_true(initrd_limit((u64)100 << 20) == (u64)800 << 20);
	assert_int_equal(initrd_limit(UINT64_MAX), 256 * MIB);
	bench_free(b);
}

// A small archive, cut anywhere and with each byte changed: a finding or another archive.
static void test_cut_and_changed(void **state)
{
	(void)state;
	static const char *const commands[] = {"cat", "gzip -9n", "xz --check=crc32", "zstd --check",
	                                       "bzip2", "lz4 -l", "xz --format=lzma"};
	enum { CHECKED = 5 };         // those from there on have no checksum
	struct bench *b = bench_new();
	struct str archive = make_archive(&b->arena, "etc/veritytab", S("root data tree 00 -"));
	for (size_t n = 0; n < countof(commands); n++) {
		struct str packed = piped(b, archive, commands[n]);
		for (size_t len = 1; len < packed.len; len++) {
			struct bench inner = *b;
			struct initrd i;
			bool done = read_it(&inner, (struct str){packed.at, len}, &i);
			struct str found;
			bool whole = n == 0 && len >= 112 + 124 + 18;   // a trailer is no must
			assert_true(!done || i.opaque.len || whole
			            || !holds(&i, S("etc/veritytab"), &found));
		}
		for (size_t at = 0; at < packed.len; at++) {
			struct bench inner = *b;
			struct str changed = str_copy(&inner.arena, packed);
			struct initrd i;
			((u8 *)(uintptr_t)changed.at)[at] ^= 0xff;
			bool done = read_it(&inner, changed, &i);
			assert_true(n == 0 || n >= CHECKED || !done || i.opaque.len
			            || at + 30 > packed.len || at < 10);
		}
	}
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_archives), cmocka_unit_test(test_not_readable),
		cmocka_unit_test(test_packed),         cmocka_unit_test(test_noise),
		cmocka_unit_test(test_cut_and_changed), cmocka_unit_test(test_large_file),
		cmocka_unit_test(test_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
