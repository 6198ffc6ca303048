// utf8: RFC 3629, and how wide a terminal draws what it decodes.
#include "base/base.h"
#include <string.h>

size_t utf8_next(struct str s, u32 *out)
{
	static const struct { u8 mask, lead; u32 least; } forms[] = {
		{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000},
	};
	for (size_t n = 0; s.len && n < countof(forms); n++) {
		if ((s.at[0] & forms[n].mask) != forms[n].lead || s.len <= n)
			continue;
		u32 c = s.at[0] & (u8)~forms[n].mask;
		for (size_t i = 1; i <= n; i++) {
			if ((s.at[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (s.at[i] & 0x3f);
		}
		if (c < forms[n].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return 0;
		*out = c;
		return n + 1;
	}
	return 0;
}

// Walks s, an ill-formed byte counting as one code point of one column.
static u32 utf8_step(struct str *s)
{
	u32 c = 0xfffd;
	size_t n = utf8_next(*s, &c);
	n = n ? n : 1;
	s->at += n;
	s->len -= n;
	return c;
}

// Eight bytes at a time: nearly all that is read here is ASCII.
size_t utf8_ascii(struct str s)
{
	size_t len = 0;
	u64 eight;
	for (; s.len - len >= sizeof eight; len += sizeof eight) {
		memcpy(&eight, s.at + len, sizeof eight);
		if (eight & 0x8080808080808080)
			break;
	}
	while (len < s.len && s.at[len] < 0x80)
		len++;
	return len;
}

bool utf8_valid(struct str s, size_t *bad_off)
{
	u32 c;
	for (size_t off = 0, n; off < s.len; off += n) {
		struct str left = {s.at + off, s.len - off};
		n = s.at[off] < 0x80 ? utf8_ascii(left) : utf8_next(left, &c);
		if (!n) {
			*bad_off = off;
			return false;
		}
	}
	return true;
}

// Unicode 15 East Asian Wide and Fullwidth, by block: enough to place a caret.
static bool is_wide(u32 c)
{
	static const struct { u32 from, to; } wide[] = {
		{0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0x33ff}, {0x3400, 0x4dbf},
		{0x4e00, 0x9fff}, {0xa000, 0xa4cf}, {0xac00, 0xd7a3}, {0xf900, 0xfaff},
		{0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
		{0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
	};
	for (size_t i = 0; i < countof(wide); i++)
		if (c >= wide[i].from && c <= wide[i].to)
			return true;
	return false;
}

static bool is_combining(u32 c)
{
	return (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || c == 0xfeff;
}

size_t utf8_columns(struct str s)
{
	size_t columns = 0;
	while (s.len) {
		u32 c = utf8_step(&s);
		columns += is_combining(c) ? 0 : is_wide(c) ? 2 : 1;
	}
	return columns;
}

size_t utf8_count(struct str s)
{
	size_t count = utf8_ascii(s);
	if (count == s.len)
		return count;                 // nothing may be at no place
	for (struct str left = {s.at + count, s.len - count}; left.len; count++)
		utf8_step(&left);
	return count;
}
