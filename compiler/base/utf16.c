// utf16: the little-endian text of UEFI and FAT, from and to UTF-8 (RFC 2781). What is no
// character in one becomes U+FFFD in the other.
#include "base/base.h"

enum { UNKNOWN = 0xfffd, HIGH = 0xd800, LOW = 0xdc00, LOW_END = 0xe000 };

void utf8_put(struct buf *b, u32 c)
{
	if (c < 0x80) {
		buf_byte(b, (u8)c);
	} else if (c < 0x800) {
		buf_byte(b, (u8)(0xc0 | c >> 6));
		buf_byte(b, (u8)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_byte(b, (u8)(0xe0 | c >> 12));
		buf_byte(b, (u8)(0x80 | (c >> 6 & 0x3f)));
		buf_byte(b, (u8)(0x80 | (c & 0x3f)));
	} else {
		buf_byte(b, (u8)(0xf0 | c >> 18));
		buf_byte(b, (u8)(0x80 | (c >> 12 & 0x3f)));
		buf_byte(b, (u8)(0x80 | (c >> 6 & 0x3f)));
		buf_byte(b, (u8)(0x80 | (c & 0x3f)));
	}
}

// One code point; a surrogate without its other half is U+FFFD.
static u32 next(struct rd *r)
{
	u32 c = rd_le16(r);
	if (c < HIGH || c >= LOW_END)
		return c;
	struct rd ahead = *r;
	u32 low = rd_le16(&ahead);
	if (c >= LOW || ahead.bad || low < LOW || low >= LOW_END)
		return UNKNOWN;
	*r = ahead;
	return 0x10000 + ((c - HIGH) << 10 | (low - LOW));
}

struct str utf16_to_utf8(struct arena *a, struct str units)
{
	struct buf out = buf_new(a, units.len * 2);       // three bytes for two at most
	struct rd r = {units, false};
	while (r.left.len >= 2)
		utf8_put(&out, next(&r));
	return buf_str(&out);
}

struct str utf8_to_utf16(struct arena *a, struct str s)
{
	struct buf out = buf_new(a, s.len * 2);
	while (s.len) {
		u32 c = UNKNOWN;
		size_t n = utf8_next(s, &c);
		n = n ? n : 1;
		s = (struct str){s.at + n, s.len - n};
		if (c >= 0x10000) {
			buf_le(&out, HIGH + ((c - 0x10000) >> 10), 2);
			c = LOW + ((c - 0x10000) & 0x3ff);
		}
		buf_le(&out, c, 2);
	}
	return buf_str(&out);
}
