// buf: text that grows in an arena up to a maximum that its owner named.
#include "base/base.h"
#include <string.h>

enum { BUF_FIRST = 64 };

struct buf buf_new(struct arena *a, size_t max)
{
	return (struct buf){.max = max, .arena = a};
}

static bool make_room(struct buf *b, size_t more)
{
	if (b->over || more > b->max - b->len) {
		b->over = true;
		return false;
	}
	if (more <= b->cap - b->len)
		return true;
	size_t cap = b->cap ? b->cap : BUF_FIRST;
	while (cap < b->len + more)       // both are at most max, which is far below the wrap
		cap *= 2;
	if (!b->cap || !arena_extend(b->arena, b->at + b->cap, cap - b->cap)) {
		u8 *at = arena_room(b->arena, cap);
		if (b->len)
			memcpy(at, b->at, b->len);
		b->at = at;
	}
	b->cap = cap;
	return true;
}

void buf_put(struct buf *b, struct str s)
{
	if (s.len == 0 || !make_room(b, s.len))
		return;
	memcpy(b->at + b->len, s.at, s.len);
	b->len += s.len;
}

void buf_byte(struct buf *b, u8 c) { buf_put(b, (struct str){&c, 1}); }

void buf_fill(struct buf *b, u8 c, size_t count)
{
	if (!count || !make_room(b, count))
		return;
	memset(b->at + b->len, c, count);
	b->len += count;
}

void buf_number(struct buf *b, u64 n)
{
	u8 digits[24];
	struct arena small = arena_of(digits, sizeof digits, NULL, NULL);
	buf_put(b, str_number(&small, n));
}

void buf_le(struct buf *b, u64 value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		buf_byte(b, (u8)(value >> 8 * i));
}

void buf_text(struct buf *b, const struct str *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_put(b, parts[i]);
}

struct str buf_end(struct buf *b)
{
	if (b->cap && b->at + b->cap == b->arena->at) {
		b->arena->at = b->at + b->len;
		b->cap = b->len;
	}
	return buf_str(b);
}

struct str buf_str(const struct buf *b) { return (struct str){b->at, b->len}; }
