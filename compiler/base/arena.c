// arena: memory that is freed all at once, so that nobody has to ask who frees it. It grows in
// blocks, which form a chain. A copy of an arena that was passed by value goes on along the chain;
// its caller's own stays where it was, and takes the same blocks again.
#include "base/base.h"
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MOST = 4 << 20 };    // a larger one holds a single thing

struct arena_block {
	struct arena_block *next;
	size_t before;                // bytes of the blocks before it
	size_t len;
	_Alignas(max_align_t) u8 bytes[];
};

static struct arena_block *block_new(size_t len, struct arena_block *next)
{
	struct arena_block *b = len <= SIZE_MAX - sizeof *b ? malloc(sizeof *b + len) : NULL;
	if (b)
		*b = (struct arena_block){.next = next, .len = len};
	return b;
}

struct arena arena_new(size_t first_bytes, no_return void (*full)(void *owner), void *owner)
{
	struct arena_block *b = block_new(first_bytes, NULL);
	if (!b)
		full(owner);
	return (struct arena){b->bytes, b->bytes + b->len, full, owner, b};
}

struct arena arena_of(u8 *at, size_t len, no_return void (*full)(void *owner), void *owner)
{
	return (struct arena){at, at + len, full, owner, NULL};
}

void arena_free(struct arena *first)
{
	for (struct arena_block *b = first->block, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	*first = (struct arena){0};
}

// Whatever lies in blocks behind the current one was given back. Those that are too small for what
// comes next would stay unused, and go.
static struct arena_block *block_behind(struct arena_block *b, size_t need)
{
	struct arena_block *next;
	while ((next = b->next) && next->len < need) {
		b->next = next->next;
		free(next);
	}
	if (next)
		return next;
	size_t len = b->len < BLOCK_MOST / 2 ? 2 * b->len : BLOCK_MOST;
	return b->next = block_new(len < need ? need : len, NULL);
}

static void next_block(struct arena *a, size_t count, size_t size)
{
	struct arena_block *b = a->block, *next = NULL;
	if (b && count <= SIZE_MAX / size)
		next = block_behind(b, count * size);
	if (!next)
		a->full(a->owner);
	next->before = b->before + b->len;
	a->block = next;
	a->at = next->bytes;
	a->end = next->bytes + next->len;
}

static void *take(struct arena *a, size_t count, size_t size, size_t align)
{
	size_t pad = -(uintptr_t)a->at & (align - 1);
	size_t room = (size_t)(a->end - a->at);
	if (pad > room || count > (room - pad) / size) {
		next_block(a, count, size);
		pad = 0;
	}
	void *p = a->at + pad;
	a->at += pad + count * size;
	return p;
}

void *arena_take(struct arena *a, size_t count, size_t size, size_t align)
{
	return memset(take(a, count, size, align), 0, count * size);
}

u8 *arena_room(struct arena *a, size_t len) { return take(a, len, 1, 1); }

bool arena_extend(struct arena *a, const void *end, size_t more)
{
	if (end != a->at || more > (size_t)(a->end - a->at))
		return false;
	a->at += more;
	return true;
}

size_t arena_used(const struct arena *a)
{
	return a->block ? a->block->before + (size_t)(a->at - a->block->bytes) : 0;
}

void *arena_grow(struct arena *a, void *list, size_t count, size_t *cap, size_t size, size_t align)
{
	enum { FIRST = 8 };
	if (count < *cap)
		return list;
	size_t had = *cap;
	*cap = had ? had * 2 : FIRST;
	u8 *end = had ? (u8 *)list + had * size : NULL;
	if (had && arena_extend(a, end, had * size)) {
		memset(end, 0, had * size);
		return list;
	}
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
