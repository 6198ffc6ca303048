// xz: an .xz stream in, its bytes out: what kiwi and dracut make initrds with. One filter, LZMA2;
// of the checks CRC-32, as in the kernel, which knows no other. Format: .xz 1.1.0.
#include "measure/image/image.h"
#include <zlib.h>

enum { CHECK_CRC32 = 1, FILTER_LZMA2 = 0x21, VLI_BYTES_MAX = 9, HEADER = 12, FOOTER = 12 };
static const struct str magic = STR("\xfd" "7zXZ\0");
static const u8 check_bytes[16] = {0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64};

static bool crc32_is(struct str bytes, u32 want)
{
	uLong sum = crc32(0, NULL, 0);
	while (bytes.len) {           // zlib takes 32-bit lengths
		uInt piece = bytes.len < 1 << 30 ? (uInt)bytes.len : 1 << 30;
		sum = crc32(sum, bytes.at, piece);
		bytes.at += piece;
		bytes.len -= piece;
	}
	return (u32)sum == want;
}

static u64 rd_vli(struct rd *r)
{
	u64 value = 0;
	for (u32 i = 0; i < VLI_BYTES_MAX; i++) {
		u8 b = rd_u8(r);
		value |= (u64)(b & 0x7f) << 7 * i;
		if (!(b & 0x80))
			return value;
	}
	r->bad = true;
	return 0;
}

static bool stream_header(struct rd *in, u8 *check)
{
	struct str start = rd_bytes(in, magic.len);
	struct str flags = rd_bytes(in, 2);
	u32 sum = rd_le32(in);
	if (in->bad || !str_eq(start, magic) || flags.at[0] != 0 || flags.at[1] > 15)
		return false;
	*check = flags.at[1];
	return crc32_is(flags, sum);
}

// The size byte was read: `quarter` of the header's size, less one.
static bool block_header(struct rd *in, u8 quarter)
{
	enum { HAS_PACKED = 0x40, HAS_UNPACKED = 0x80, FILTERS = 0x03, RESERVED = 0x3c };
	struct str whole = {in->left.at - 1, (size_t)quarter * 4};
	struct rd r = {rd_bytes(in, (u64)quarter * 4 - 1), in->bad};
	u32 sum = rd_le32(in);
	u8 flags = rd_u8(&r);
	if (in->bad || (flags & RESERVED) || (flags & FILTERS) || !crc32_is(whole, sum))
		return false;
	if (flags & HAS_PACKED)
		(void)rd_vli(&r);
	if (flags & HAS_UNPACKED)
		(void)rd_vli(&r);
	u64 filter = rd_vli(&r), property_bytes = rd_vli(&r);
	rd_skip(&r, property_bytes);
	return !r.bad && filter == FILTER_LZMA2 && property_bytes == 1;
}

void rd_to_4(struct rd *r, struct str from)
{
	size_t used = from.len - r->left.len;
	rd_skip(r, (4 - used % 4) % 4);
}

static bool block(struct rd *in, u8 quarter, u8 check, struct arena scratch, struct buf *out)
{
	size_t from = out->len;
	if (!block_header(in, quarter))
		return false;
	struct str packed = in->left;
	if (!lzma2_unpack(in, scratch, out))
		return false;
	rd_to_4(in, packed);
	if (check != CHECK_CRC32) {
		rd_skip(in, check_bytes[check]);
		return !in->bad;
	}
	u32 sum = rd_le32(in);
	return !in->bad && crc32_is((struct str){out->at + from, out->len - from}, sum);
}

// The index repeats the blocks' sizes, which are known by now: passed over.
static bool index_and_footer(struct rd *in, struct str from)
{
	u64 count = rd_vli(in);
	for (u64 i = 0; i < count && !in->bad; i++) {
		(void)rd_vli(in);
		(void)rd_vli(in);
	}
	rd_to_4(in, from);
	rd_skip(in, 4);               // its CRC-32
	rd_skip(in, FOOTER - 2);
	return str_eq(rd_bytes(in, 2), S("YZ"));
}

bool xz_unpack(struct rd *in, struct arena scratch, struct buf *out)
{
	u8 check;
	if (!stream_header(in, &check))
		return false;
	for (;;) {
		struct str from = in->left;
		u8 quarter = rd_u8(in);
		if (in->bad)
			return false;
		if (quarter == 0)
			return index_and_footer(in, from);
		if (!block(in, quarter, check, scratch, out))
			return false;
	}
}
