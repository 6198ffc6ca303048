// text: command lines as firmware and loaders hold them, little-endian UTF-16.
#include "measure/boot/internal.h"

u16 text_unit(struct text t, size_t i)
{
	struct str at;
	struct rd r = {{0}, !str_sub(t.units, (u64)i * 2, 2, &at)};
	if (!r.bad)
		r.left = at;
	return rd_le16(&r);
}

struct text text_from_utf8(struct arena *a, struct str s)
{
	return (struct text){true, utf8_to_utf16(a, s)};
}

// systemd's efi-string.c: text ends at a NUL; what is no character of the basic plane is dropped.
struct text text_of_section(struct arena *a, struct str s)
{
	struct buf b = buf_new(a, s.len * 2);
	while (s.len && *s.at) {
		u32 c = UINT32_MAX;
		size_t n = utf8_next(s, &c);
		n = n ? n : 1;
		s = (struct str){s.at + n, s.len - n};
		if (c < 0x10000)
			buf_le(&b, c, 2);
	}
	return (struct text){true, buf_str(&b)};
}

struct str text_with_nul(struct arena *a, struct text t)
{
	return cat(a, t.units, S("\0\0"));
}

struct str text_utf8(struct arena *a, struct text t)
{
	return utf16_to_utf8(a, t.units);
}

struct text text_append(struct arena *a, struct text t, struct str more)
{
	struct str blank = t.units.len ? S(" \0") : S("");
	return (struct text){true, cat(a, t.units, blank, more)};
}

static bool is_blank(u16 unit, enum mangle how)
{
	return unit <= 0x20 || (how == MANGLE_BOTH && unit == 0x7f);
}

// Control characters become blanks, blanks at the end go; since 255 those in front go, too.
struct text text_mangle(struct arena *a, struct text t, enum mangle how)
{
	size_t first = 0, end = t.units.len / 2;
	if (!t.present || how == MANGLE_NONE)
		return t;
	while (end && is_blank(text_unit(t, end - 1), how))
		end--;
	while (how == MANGLE_BOTH && first < end && is_blank(text_unit(t, first), how))
		first++;
	struct buf b = buf_new(a, t.units.len);
	for (size_t i = first; i < end; i++) {
		u16 unit = text_unit(t, i);
		buf_le(&b, is_blank(unit, how) ? ' ' : unit, 2);
	}
	return (struct text){true, buf_str(&b)};
}

bool text_digit(u8 c) { return c >= '0' && c <= '9'; }

struct str text_lower(struct arena *a, struct str s)
{
	u8 *at = make(a, s.len, u8);
	for (size_t i = 0; i < s.len; i++)
		at[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (u8)(s.at[i] + 32) : s.at[i];
	return (struct str){at, s.len};
}
