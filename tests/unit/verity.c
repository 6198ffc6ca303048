// measure/image/verity.c and verity_check.c: trees made by hand here and by veritysetup.
#include "unit.h"
#include "measure/measure.h"
#include <openssl/evp.h>

enum { BLOCK = 512, SALT = 5 };

static void put_le(u8 *at, u64 value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (u8)(value >> 8 * i);
}

struct field { size_t off, bytes; u64 value; };

// A superblock over `blocks` data blocks of 512 bytes, SHA-256, salt "salty".
static void make_superblock(u8 *at, u32 type, u64 blocks)
{
	const struct field fields[] = {
		{8, 4, 1}, {12, 4, type}, {64, 4, BLOCK}, {68, 4, BLOCK}, {72, 8, blocks}, {80, 2, SALT},
	};
	memset(at, 0, BLOCK);
	memcpy(at, "verity\0\0", 8);
	memcpy(at + 32, "sha256", 6);
	memcpy(at + 88, "salty", SALT);
	for (size_t i = 0; i < countof(fields); i++)
		put_le(at + fields[i].off, fields[i].value, fields[i].bytes);
}

static void digest_block(u32 type, const u8 *block, u8 *out)
{
	u8 salted[BLOCK + SALT];
	memcpy(salted, "salty", SALT);
	memcpy(salted + (type ? SALT : 0), block, BLOCK);
	if (!type)
		memcpy(salted + BLOCK, "salty", SALT);
	assert_int_equal(EVP_Digest(salted, sizeof salted, out, NULL, EVP_sha256(), NULL), 1);
}

// 20 data blocks, then superblock, the top block, two lower blocks: 16 digests fit in one.
enum { DATA = 20, TREE = DATA * BLOCK, TOP = TREE + BLOCK, LOW = TOP + BLOCK,
       ALL = LOW + 2 * BLOCK };

static void make_image(u32 type, u8 *all, u8 *root)
{
	memset(all, 0, ALL);
	for (size_t i = 0; i < TREE; i++)
		all[i] = (u8)(i * 7 + i / BLOCK);
	make_superblock(all + TREE, type, DATA);
	for (size_t i = 0; i < DATA; i++)
		digest_block(type, all + i * BLOCK, all + LOW + i * 32);
	for (size_t i = 0; i < 2; i++)
		digest_block(type, all + LOW + i * BLOCK, all + TOP + i * 32);
	digest_block(type, all + TOP, root);
}

static bool check(struct bench *b, u8 *all, size_t len, u8 *root, size_t threads)
{
	struct source s = source_of_str(&b->arena, (struct str){all, len}, 0);
	struct verity v;
	b->diag.len = 0;
	return verity_read(&s, TREE, &b->arena, &v, &b->diag)
	    && verity_check(&v, &s, &s, (struct str){root, 32}, threads, b->arena, &b->diag);
}

static void test_tree_by_hand(void **state)
{
	(void)state;
	for (u32 type = 0; type < 2; type++) {
		struct bench *b = bench_new();
		u8 all[ALL], root[32];
		make_image(type, all, root);
		struct source s = source_of_str(&b->arena, (struct str){all, ALL}, 0);
		struct verity v;
		assert_true(verity_here(&s, TREE));
		assert_false(verity_here(&s, 0));
		assert_true(verity_read(&s, TREE, &b->arena, &v, &b->diag));
		assert_int_equal(v.level_count, 2);
		assert_int_equal(v.level_off[1], TOP);
		assert_int_equal(v.level_off[0], LOW);
		assert_int_equal(v.end_off, ALL);
		assert_str(v.salt, "salty");
		assert_true(verity_fits(&v, &s, &s, b->arena));
		for (size_t threads = 0; threads < 4; threads++)
			assert_true(check(b, all, ALL, root, threads));
		bench_free(b);
	}
}

// Any changed byte of the data or of the digests in the tree is found, and named by its block.
static void test_changed_bytes(void **state)
{
	(void)state;
	static const struct { size_t off; enum rule rule; const char *block; } cases[] = {
		{0, VERITY_DATA_BLOCK, "0"},
		{BLOCK - 1, VERITY_DATA_BLOCK, "0"},
		{BLOCK, VERITY_DATA_BLOCK, "1"},
		{15 * BLOCK, VERITY_DATA_BLOCK, "15"},
		{16 * BLOCK, VERITY_DATA_BLOCK, "16"},
		{TREE - 1, VERITY_DATA_BLOCK, "19"},
		{LOW + 32, VERITY_HASH_BLOCK, "0"},
		{LOW + BLOCK, VERITY_HASH_BLOCK, "1"},
		{ALL - 1, VERITY_HASH_BLOCK, "1"},
		{TOP, VERITY_ROOT, NULL},
		{LOW - 1, VERITY_ROOT, NULL},
		{TREE + 88, VERITY_ROOT, NULL},          // the salt
		{TREE + 64 + 1, VERITY_FIELD, "data block size"},
		{TREE + 9, VERITY_FIELD, "version"},
		{TREE + 12, VERITY_ROOT, NULL},          // the other type is a type, too
		{TREE + 13, VERITY_FIELD, "hash type"},
		{TREE + 33, VERITY_ALGORITHM, NULL},
		{TREE + 75, VERITY_DATA_SHORT, NULL},
		{TREE, VERITY_SIGNATURE, NULL},
	};
	struct bench *b = bench_new();
	for (size_t i = 0; i < countof(cases); i++) {
		u8 all[ALL], root[32];
		make_image(1, all, root);
		all[cases[i].off] ^= 1;
		assert_false(check(b, all, ALL, root, 2));
		assert_int_equal(b->diag.list[0].rule, cases[i].rule);
		if (cases[i].block)
			assert_str(b->diag.list[0].arg[0], cases[i].block);
	}
	bench_free(b);
}

// More blocks than are named: the first ones by number, whatever thread came first.
static void test_many_changed(void **state)
{
	(void)state;
	enum { MANY = 16 * 16, IMAGE = MANY * BLOCK + BLOCK + BLOCK + 16 * BLOCK };
	struct bench *b = bench_new();
	u8 *all = make(&b->arena, IMAGE, u8), root[32];
	u8 *tree = all + MANY * BLOCK, *top = tree + BLOCK, *low = top + BLOCK;
	make_superblock(tree, 1, MANY);
	for (size_t i = 0; i < MANY; i++)
		digest_block(1, all + i * BLOCK, low + i * 32);
	for (size_t i = 0; i < 16; i++)
		digest_block(1, low + i * BLOCK, top + i * 32);
	digest_block(1, top, root);
	for (size_t i = 0; i < MANY; i += 2)
		all[i * BLOCK + i] ^= 0x80;
	struct source s = source_of_str(&b->arena, (struct str){all, IMAGE}, 0);
	struct verity v;
	assert_true(verity_read(&s, MANY * BLOCK, &b->arena, &v, &b->diag));
	assert_false(verity_check(&v, &s, &s, (struct str){root, 32}, 3, b->arena, &b->diag));
	assert_int_equal(b->diag.len, VERITY_NAMED + 1);
	for (size_t i = 0; i < VERITY_NAMED; i++)
		assert_str(b->diag.list[i].arg[0],
		           str_z(&b->arena, str_number(&b->arena, 2 * i)));
	assert_int_equal(b->diag.list[VERITY_NAMED].rule, VERITY_MORE);
	assert_str(b->diag.list[VERITY_NAMED].arg[0], "64");
	bench_free(b);
}

// One data block: no level, and the root hash is the block's own.
static void test_one_block(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	u8 all[2 * BLOCK] = {1}, root[32];
	make_superblock(all + BLOCK, 1, 1);
	digest_block(1, all, root);
	struct source s = source_of_str(&b->arena, (struct str){all, sizeof all}, 0);
	struct verity v;
	assert_true(verity_read(&s, BLOCK, &b->arena, &v, &b->diag));
	assert_int_equal(v.level_count, 0);
	assert_true(verity_fits(&v, &s, &s, b->arena));
	assert_true(verity_check(&v, &s, &s, (struct str){root, 32}, 1, b->arena, &b->diag));
	all[0] = 2;
	assert_false(verity_check(&v, &s, &s, (struct str){root, 32}, 1, b->arena, &b->diag));
	assert_true(bench_has(b, VERITY_ROOT));
	bench_free(b);
}

static void test_cut_anywhere(void **state)
{
	(void)state;
	u8 all[ALL], root[32];
	make_image(1, all, root);
	struct bench *b = bench_new();
	for (size_t len = 0; len < ALL; len++)
		assert_false(check(b, all, len, root, 1));
	assert_true(bench_has(b, VERITY_TREE_SHORT));
	bench_free(b);
}

// Any other value in a field that means something is noticed, whatever it leads to.
static void test_each_field(void **state)
{
	(void)state;
	static const u32 values[] = {0, 1, 0x7fffffff, 0xffffffff};
	static const struct { size_t off, end; } fields[] = {{0, 16}, {32, 40}, {64, 84}, {88, 92}};
	struct bench *b = bench_new();
	for (size_t f = 0; f < countof(fields); f++) {
		for (size_t off = fields[f].off; off < fields[f].end; off += 4) {
			for (size_t i = 0; i < countof(values); i++) {
				u8 all[ALL], root[32], before[4];
				make_image(1, all, root);
				memcpy(before, all + TREE + off, 4);
				put_le(all + TREE + off, values[i], 4);
				bool same = memcmp(before, all + TREE + off, 4) == 0;
				struct arena keep = b->arena;
				assert_int_equal(check(b, all, ALL, root, 1), same);
				b->arena = keep;
			}
		}
	}
	bench_free(b);
}

// ---- veritysetup's own trees

static bool run(const char *line) { return system(line) == 0; }

static size_t hex_bytes(struct str hex, u8 *out)
{
	size_t n = 0;
	for (; n < 32 && 2 * n + 1 < hex.len; n++) {
		char two[3] = {(char)hex.at[2 * n], (char)hex.at[2 * n + 1], 0};
		out[n] = (u8)strtoul(two, NULL, 16);
	}
	return n;
}

static void test_veritysetup(void **state)
{
	(void)state;
	static const char *const options[] = {
		"", "--format=0", "--data-block-size=1024 --hash-block-size=512",
		"--data-block-size=512 --hash-block-size=4096", "--salt=-",
	};
	struct bench *b = bench_new();
	char folder[] = "/tmp/amic-verity-XXXXXX";
	if (!run("test -x /sbin/veritysetup") || !mkdtemp(folder)) {
		bench_free(b);
		skip();
	}
	struct str in = str_from(folder);
	for (size_t i = 0; i < countof(options); i++) {
		struct arena scratch = b->arena;
		assert_true(run(str_z(&scratch, cat(&scratch, S("cd "), in,
			S(" && head -c 1200000 /dev/urandom >data && truncate -s %4096 data && rm -f tree &&"
			  " /sbin/veritysetup format "), str_from(options[i]),
			S(" data tree | sed -n 's/^Root hash:[ \t]*//p' | tr -d '\\n' >root")))));
		struct source data, tree;
		struct str hex;
		struct verity v;
		u8 root[32];
		assert_true(source_open(&scratch, cat(&scratch, in, S("/data")), &data, &b->diag));
		assert_true(source_open(&scratch, cat(&scratch, in, S("/tree")), &tree, &b->diag));
		assert_true(file_read(&scratch, cat(&scratch, in, S("/root")), 100, &hex, &b->diag));
		assert_int_equal(hex_bytes(hex, root), 32);
		assert_true(verity_read(&tree, 0, &scratch, &v, &b->diag));
		assert_int_equal(v.end_off, tree.size);
		assert_true(verity_check(&v, &data, &tree, (struct str){root, 32}, 0, scratch, &b->diag));
		source_close(&data);
		source_close(&tree);
	}
	(void)run(str_z(&b->arena, cat(&b->arena, S("rm -r "), in)));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree_by_hand),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_many_changed),
		cmocka_unit_test(test_one_block),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_each_field),
		cmocka_unit_test(test_veritysetup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
