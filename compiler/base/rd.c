// rd: little-endian fields, one after the other, from bytes that nobody vouches for.
#include "base/base.h"

struct str rd_bytes(struct rd *r, u64 n)
{
	struct str got = {0};
	if (r->bad || !str_sub(r->left, 0, n, &got)) {
		r->bad = true;
		return (struct str){0};
	}
	r->left.at += got.len;
	r->left.len -= got.len;
	return got;
}

static u64 rd_le(struct rd *r, size_t n)
{
	struct str b = rd_bytes(r, n);
	u64 v = 0;
	for (size_t i = b.len; i > 0; i--)
		v = v << 8 | b.at[i - 1];
	return v;
}

void rd_skip(struct rd *r, u64 n) { (void)rd_bytes(r, n); }

u8  rd_u8(struct rd *r)   { return (u8)rd_le(r, 1); }
u16 rd_le16(struct rd *r) { return (u16)rd_le(r, 2); }
u32 rd_le32(struct rd *r) { return (u32)rd_le(r, 4); }
u64 rd_le64(struct rd *r) { return rd_le(r, 8); }
