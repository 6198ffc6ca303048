// verity: dm-verity's superblock in, the place of every level of its hash tree out. Version 1 as
// Linux (Documentation/admin-guide/device-mapper/verity.rst) and veritysetup have it.
#include "measure/image/image.h"
#include <string.h>

enum { SUPERBLOCK = 512, ALGORITHM_BYTES = 32, SALT_MAX = 256, BLOCK_MIN = 512,
       BLOCK_MAX = 1 << 19 };
static const struct str signature = STR("verity\0\0");

bool verity_here(const struct source *s, u64 off)
{
	u8 start[8];
	return source_read(s, off, sizeof start, start)
	    && str_eq((struct str){start, sizeof start}, signature);
}

// `field` and `value` are the user's to look up with 'veritysetup dump'.
static bool refuse(const struct source *s, u64 off, struct str field, u64 value, struct diag *d)
{
	return diag_report(d, (struct finding){VERITY_FIELD, source_span(s, off, 0),
		.arg = {field, str_number(d->arena, value)}});
}

static struct str until_nul(struct str padded)
{
	struct str head;
	(void)str_cut(padded, 0, &head);
	return head;
}

static bool is_block_size(u32 bytes)
{
	return bytes >= BLOCK_MIN && bytes <= BLOCK_MAX && (bytes & (bytes - 1)) == 0;
}

// A level has one digest for each block below it; the lowest is written last, right before the
// end of the tree. Type 0 packs digests, type 1 gives each a power of two.
static bool place_levels(struct verity *v, u64 start_off)
{
	u64 blocks = v->data_blocks, count[VERITY_LEVELS_MAX], bytes;
	u32 levels = 0;
	while (blocks > 1) {
		if (levels == VERITY_LEVELS_MAX)
			return false;
		blocks = blocks / v->slots + (blocks % v->slots != 0);
		count[levels++] = blocks;
	}
	v->level_count = levels;
	v->end_off = start_off;
	for (u32 i = levels; i > 0; i--) {
		v->level_off[i - 1] = v->end_off;
		v->level_blocks[i - 1] = count[i - 1];
		if (!mul_u64(count[i - 1], v->hash_block_bytes, &bytes)
		    || !add_u64(v->end_off, bytes, &v->end_off))
			return false;
	}
	return true;
}

static void size_slots(struct verity *v)
{
	u32 digest = banks[v->bank].bytes, room = 1;
	while (room < digest)
		room *= 2;
	v->slots = 1;
	while (v->slots * 2 * (v->hash_type ? room : digest) <= v->hash_block_bytes)
		v->slots *= 2;
	v->slot_bytes = v->hash_type ? room : digest;
}

// The tree begins with the first hash block behind the superblock.
static bool tree_start(const struct verity *v, u64 off, u64 *out)
{
	u64 end, blocks;
	if (!add_u64(off, SUPERBLOCK, &end))
		return false;
	blocks = end / v->hash_block_bytes + (end % v->hash_block_bytes != 0);
	return mul_u64(blocks, v->hash_block_bytes, out);
}

static bool check_fields(const struct source *s, u64 off, const struct verity *v, u32 version,
                         u32 salt_bytes, struct diag *d)
{
	if (version != 1)
		return refuse(s, off, S("version"), version, d);
	if (v->hash_type > 1)
		return refuse(s, off, S("hash type"), v->hash_type, d);
	if (!is_block_size(v->data_block_bytes))
		return refuse(s, off, S("data block size"), v->data_block_bytes, d);
	if (!is_block_size(v->hash_block_bytes))
		return refuse(s, off, S("hash block size"), v->hash_block_bytes, d);
	if (v->data_blocks == 0)
		return refuse(s, off, S("data blocks"), v->data_blocks, d);
	return salt_bytes <= SALT_MAX || refuse(s, off, S("salt size"), salt_bytes, d);
}

bool verity_read(const struct source *s, u64 off, struct arena *a, struct verity *out,
                 struct diag *d)
{
	struct str block;
	if (!source_has(s, off, SUPERBLOCK) || !verity_here(s, off))
		return diag_report(d, (struct finding){VERITY_SIGNATURE,
			.at = source_span(s, off, 8)});
	if (!source_bytes(s, off, SUPERBLOCK, a, &block))
		return source_failed(s, off, d);
	struct rd r = {block, false};
	struct verity v = {0};
	rd_skip(&r, signature.len);
	u32 version = rd_le32(&r);
	v.hash_type = rd_le32(&r);
	memcpy(v.uuid, rd_bytes(&r, sizeof v.uuid).at, sizeof v.uuid);
	struct str algorithm = until_nul(rd_bytes(&r, ALGORITHM_BYTES));
	v.data_block_bytes = rd_le32(&r);
	v.hash_block_bytes = rd_le32(&r);
	v.data_blocks = rd_le64(&r);
	u16 salt_bytes = rd_le16(&r);
	rd_skip(&r, 6);                     // padding
	v.salt = rd_bytes(&r, SALT_MAX);
	if (!check_fields(s, off, &v, version, salt_bytes, d))
		return false;
	v.salt.len = salt_bytes;
	if (!bank_by_name(algorithm, &v.bank))
		return diag_report(d, (struct finding){VERITY_ALGORITHM, source_span(s, off, 0),
			.arg = {algorithm}});
	u64 start_off;
	size_slots(&v);
	if (!tree_start(&v, off, &start_off) || !place_levels(&v, start_off))
		return refuse(s, off, S("data blocks"), v.data_blocks, d);
	*out = v;
	return true;
}

// One block's digest, salted: a copy, since this is done a few times an image only.
static bool block_digest(const struct verity *v, const struct source *s, u64 off, u32 bytes,
                         struct arena scratch, struct digests *out)
{
	struct str block;
	if (!source_bytes(s, off, bytes, &scratch, &block))
		return false;
	struct str salted = v->hash_type ? cat(&scratch, v->salt, block)
	                                 : cat(&scratch, block, v->salt);
	return digest_bytes(1U << v->bank, salted, out);
}

bool verity_root(const struct verity *v, const struct source *tree, const struct source *data,
                 struct arena scratch, struct digests *out)
{
	if (v->level_count == 0)
		return block_digest(v, data, 0, v->data_block_bytes, scratch, out);
	return block_digest(v, tree, v->level_off[v->level_count - 1], v->hash_block_bytes, scratch,
	                    out);
}

bool verity_fits(const struct verity *v, const struct source *tree, const struct source *data,
                 struct arena scratch)
{
	struct digests first;
	struct str slot;
	if (v->level_count == 0)
		return source_has(data, 0, v->data_block_bytes);
	return block_digest(v, data, 0, v->data_block_bytes, scratch, &first)
	    && source_bytes(tree, v->level_off[0], banks[v->bank].bytes, &scratch, &slot)
	    && str_eq(digest_of(&first, v->bank), slot);
}
