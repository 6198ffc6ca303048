// join: sources and zero bytes one behind the other, read as one.
#include "measure/image/image.h"
#include <string.h>

bool join_add(struct join *j, struct source part, u64 zeros)
{
	u64 size;
	if (!add_u64(j->size, part.size, &size) || !add_u64(size, zeros, &size))
		return false;
	j->list = grown(j->arena, j->list, j->count, &j->cap, struct join_part);
	j->list[j->count++] = (struct join_part){part, j->size, zeros};
	j->size = size;
	return true;
}

static size_t smaller(size_t a, u64 b) { return b < a ? (size_t)b : a; }

// The part of [off, off+len) that falls into one part. The whole was compared with the joined
// size, so no sum or difference here can wrap.
static bool read_part(const struct join_part *p, u64 off, u8 **to, size_t *len, u64 *at)
{
	u64 end = p->at + p->of.size;
	if (*len && *at >= p->at && *at < end) {
		size_t n = smaller(*len, end - *at);
		if (!source_read(&p->of, off - p->at, n, *to))
			return false;
		*to += n;
		*len -= n;
		*at += n;
	}
	if (*len && *at >= end && *at < end + p->zeros) {
		size_t n = smaller(*len, end + p->zeros - *at);
		memset(*to, 0, n);
		*to += n;
		*len -= n;
		*at += n;
	}
	return true;
}

static bool join_read(void *of, u64 off, u8 *to, size_t len)
{
	const struct join *j = of;
	for (size_t i = 0; i < j->count && len; i++)
		if (!read_part(&j->list[i], off, &to, &len, &off))
			return false;
	return len == 0;
}

struct source join_source(const struct join *j)
{
	struct join *of = make(j->arena, 1, struct join);
	*of = *j;
	return (struct source){j->size, 0, 0, join_read, of, NULL};
}
