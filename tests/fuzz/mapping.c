// A file of up to 5 MiB, ranges of it, and a size that it shrinks to: what is hashed through windows
// is what read() gives, or nothing. Input: file size, new size, then ranges, 3 bytes a number;
// the rest is what the file holds here and there.
#include "fuzz.h"
#include "measure/measure.h"
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE_MAX_BYTES = 5 << 20, RANGES = 4, SHA256 = 1 << BANK_SHA256, NUMBER = 3, STEP = 4093 };

static u64 number(struct rd *r)
{
	struct str bytes = rd_bytes(r, NUMBER);
	return r->bad ? 0 : (u64)bytes.at[0] << 16 | (u64)bytes.at[1] << 8 | bytes.at[2];
}

static void fill(int fd, u64 size, struct str content)
{
	if (ftruncate(fd, (off_t)size) != 0)
		abort();
	for (u64 off = 0; content.len && off + content.len <= size; off += STEP * content.len)
		if (pwrite(fd, content.at, content.len, (off_t)off) != (ssize_t)content.len)
			abort();
}

// Ranges of the file; what is beyond it is cut.
static size_t ranges_of(struct rd *r, u64 size, struct range *out)
{
	size_t count = 0;
	for (size_t i = 0; i < RANGES; i++) {
		u64 off = number(r), len = number(r);
		off = off < size ? off : size;
		out[count++] = (struct range){off, len < size - off ? len : size - off};
	}
	return count;
}

static bool read_all(struct fuzz *f, const struct source *s, const struct range *list, size_t count,
                     struct digests *out)
{
	struct buf all = buf_new(&f->arena, (size_t)RANGES * SIZE_MAX_BYTES);
	for (size_t i = 0; i < count; i++) {
		struct str bytes;
		if (!source_bytes(s, list[i].off, list[i].len, &f->arena, &bytes))
			return false;
		buf_put(&all, bytes);
	}
	return digest_bytes(SHA256, buf_str(&all), out);
}

static void check(struct fuzz *f, int fd, u64 smaller, const struct range *list, size_t count)
{
	char path[64];
	struct source s;
	struct digests want, got, after;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (!source_open(&f->arena, str_from(path), &s, &f->diag))
		return;                          // an empty file, or one that looks like a container
	if (!read_all(f, &s, list, count, &want)
	    || !digest_ranges(SHA256, &s, list, count, 0, &got)
	    || !str_eq(digest_of(&want, BANK_SHA256), digest_of(&got, BANK_SHA256)))
		abort();
	if (ftruncate(fd, (off_t)smaller) != 0)
		abort();
	if (digest_ranges(SHA256, &s, list, count, 0, &after)
	    && !str_eq(digest_of(&want, BANK_SHA256), digest_of(&after, BANK_SHA256)))
		abort();
	source_close(&s);
}

static void one_file(struct fuzz *f, struct str data)
{
	struct rd r = {data, false};
	struct range list[RANGES];
	u64 size = number(&r) % SIZE_MAX_BYTES, smaller = number(&r);
	size_t count = ranges_of(&r, size, list);
	int fd = memfd_create("file", 0);
	if (fd < 0 || !mapping_guard())
		abort();
	fill(fd, size, r.left);
	check(f, fd, smaller < size ? smaller : size, list, count);
	(void)close(fd);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, one_file);
}
