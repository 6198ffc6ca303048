// arena: memory that is freed all at once, so that nobody has to ask who frees it.
#include "base/base.h"
#include <string.h>

void *arena_take(struct arena *a, size_t count, size_t size, size_t align)
{
	size_t pad = -(uintptr_t)a->at & (align - 1);
	size_t room = (size_t)(a->end - a->at);
	if (pad > room || count > (room - pad) / size)
		a->full(a->owner);
	void *p = a->at + pad;
	a->at += pad + count * size;
	return memset(p, 0, count * size);
}

void *arena_grow(struct arena *a, void *list, size_t count, size_t *cap, size_t size, size_t align)
{
	enum { FIRST = 8 };
	if (count < *cap)
		return list;
	*cap = *cap ? *cap * 2 : FIRST;
	void *larger = arena_take(a, *cap, size, align);
	return count ? memcpy(larger, list, count * size) : larger;
}

struct str str_copy(struct arena *a, struct str s)
{
	return str_join(a, &s, 1);
}

const char *str_z(struct arena *a, struct str s)
{
	u8 *z = make(a, s.len + 1, u8);
	if (s.len)
		memcpy(z, s.at, s.len);
	return (const char *)z;
}

struct str str_join(struct arena *a, const struct str *parts, size_t count)
{
	size_t len = 0;
	for (size_t i = 0; i < count; i++)
		len += parts[i].len;
	u8 *at = make(a, len, u8), *end = at;
	for (size_t i = 0; i < count; i++) {
		if (parts[i].len)
			memcpy(end, parts[i].at, parts[i].len);
		end += parts[i].len;
	}
	return (struct str){at, len};
}

enum { U64_DIGITS = 20 };

struct str str_number(struct arena *a, u64 n)
{
	u8 *digits = make(a, U64_DIGITS, u8);
	size_t first = U64_DIGITS;
	do {
		digits[--first] = (u8)('0' + n % 10);
		n /= 10;
	} while (n);
	return (struct str){digits + first, U64_DIGITS - first};
}

struct str str_hex(struct arena *a, struct str bytes)
{
	static const char digit[] = "0123456789abcdef";
	u8 *hex = make(a, bytes.len * 2, u8);
	for (size_t i = 0; i < bytes.len; i++) {
		hex[2 * i] = (u8)digit[bytes.at[i] >> 4];
		hex[2 * i + 1] = (u8)digit[bytes.at[i] & 15];
	}
	return (struct str){hex, bytes.len * 2};
}
