// What every reader must stand: its input cut at each length, and each 32-bit field of it set to
// the numbers that break sums. It may take the bytes or refuse them; refusing needs a finding.
#pragma once
#include "unit.h"

typedef bool reader(struct bench *b, struct str bytes);

static inline void hostile_try(struct bench *b, struct str bytes, reader *read)
{
	struct arena before = b->arena, found = b->found;
	struct diag diag = b->diag;
	bool done = read(b, bytes);
	assert_true(done || b->diag.failed);
	b->arena = before;
	b->found = found;
	b->diag = diag;
}

// A copy of exactly that length, so that a sanitizer sees the byte behind it.
static inline void hostile_cuts(struct bench *b, struct str good, size_t step, reader *read)
{
	for (size_t len = 0; len < good.len; len += step) {
		u8 *cut = malloc(len + !len);
		assert_non_null(cut);
		memcpy(cut, good.at, len);
		hostile_try(b, (struct str){cut, len}, read);
		free(cut);
	}
}

static inline void hostile_fields(struct bench *b, struct str good, size_t from, size_t to,
                                  reader *read)
{
	static const u32 values[] = {0, 1, 0x7fffffff, 0xffffffff};
	u8 *copy = malloc(good.len);
	assert_non_null(copy);
	memcpy(copy, good.at, good.len);
	for (size_t off = from; off + 4 <= to; off++) {
		for (size_t i = 0; i < countof(values); i++) {
			for (size_t byte = 0; byte < 4; byte++)
				copy[off + byte] = (u8)(values[i] >> 8 * byte);
			hostile_try(b, (struct str){copy, good.len}, read);
		}
		memcpy(copy + off, good.at + off, 4);
	}
	free(copy);
}
