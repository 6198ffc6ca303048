// unpack: the compressed parts of an initrd, each by its format's own library. A step takes some
// packed bytes and gives some unpacked ones, so that neither is ever in memory as a whole.
// Which formats, and where a part ends: Linux lib/decompress_*.c. One member is one part.
#include "measure/image/internal.h"
#include <bzlib.h>
#include <lz4.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

// What a decoder may look back at: the largest that xz -9 and zstd --long=26 write.
enum { WINDOW_LOG_MAX = 26, LZMA_MEMORY_MAX = (1 << WINDOW_LOG_MAX) + (2 << 20) };

static void took(struct unpack_step *s, size_t in_left, size_t room_left)
{
	s->in.at += s->in.len - in_left;
	s->in.len = in_left;
	s->to += s->room - room_left;
	s->room = room_left;
}

// ---- gzip: RFC 1952

static void *gzip_open(struct arena *a)
{
	enum { GZIP_ONLY = 16 + MAX_WBITS };
	z_stream *z = make(a, 1, z_stream);
	return inflateInit2(z, GZIP_ONLY) == Z_OK ? z : NULL;
}

static enum unpacked gzip_step(void *state, struct unpack_step *s)
{
	z_stream *z = state;
	z->next_in = (Bytef *)(uintptr_t)s->in.at;
	z->avail_in = (uInt)s->in.len;
	z->next_out = s->to;
	z->avail_out = (uInt)s->room;
	int status = inflate(z, Z_NO_FLUSH);
	took(s, z->avail_in, z->avail_out);
	if (status == Z_STREAM_END)
		return UNPACK_END;
	return status == Z_OK || status == Z_BUF_ERROR ? UNPACK_MORE : UNPACK_BROKEN;
}

static void gzip_close(void *state) { (void)inflateEnd(state); }

// ---- xz, and the format before it

static void *lzma_opened(struct arena *a, lzma_ret (*init)(lzma_stream *))
{
	lzma_stream *z = make(a, 1, lzma_stream);
	*z = (lzma_stream)LZMA_STREAM_INIT;
	return init(z) == LZMA_OK ? z : NULL;
}

static lzma_ret xz_init(lzma_stream *z) { return lzma_stream_decoder(z, LZMA_MEMORY_MAX, 0); }
static lzma_ret alone_init(lzma_stream *z) { return lzma_alone_decoder(z, LZMA_MEMORY_MAX); }
static void *xz_open(struct arena *a) { return lzma_opened(a, xz_init); }
static void *alone_open(struct arena *a) { return lzma_opened(a, alone_init); }

static enum unpacked xz_step(void *state, struct unpack_step *s)
{
	lzma_stream *z = state;
	z->next_in = s->in.at;
	z->avail_in = s->in.len;
	z->next_out = s->to;
	z->avail_out = s->room;
	lzma_ret status = lzma_code(z, LZMA_RUN);
	took(s, z->avail_in, z->avail_out);
	if (status == LZMA_STREAM_END)
		return UNPACK_END;
	if (status == LZMA_MEMLIMIT_ERROR || status == LZMA_MEM_ERROR)
		return UNPACK_WINDOW;
	return status == LZMA_OK || status == LZMA_BUF_ERROR ? UNPACK_MORE : UNPACK_BROKEN;
}

static void xz_close(void *state) { lzma_end(state); }

// ---- zstd: RFC 8878, a frame

struct zstd { ZSTD_DStream *stream; };

static void *zstd_open(struct arena *a)
{
	struct zstd *z = make(a, 1, struct zstd);
	z->stream = ZSTD_createDStream();
	if (!z->stream)
		return NULL;
	if (!ZSTD_isError(ZSTD_DCtx_setParameter(z->stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
		return z;
	ZSTD_freeDStream(z->stream);
	return NULL;
}

static enum unpacked zstd_step(void *state, struct unpack_step *s)
{
	struct zstd *z = state;
	ZSTD_inBuffer in = {s->in.at, s->in.len, 0};
	ZSTD_outBuffer out = {s->to, s->room, 0};
	size_t status = ZSTD_decompressStream(z->stream, &out, &in);
	took(s, in.size - in.pos, out.size - out.pos);
	ZSTD_ErrorCode error = ZSTD_getErrorCode(status);
	if (error == ZSTD_error_frameParameter_windowTooLarge
	    || error == ZSTD_error_memory_allocation)
		return UNPACK_WINDOW;
	if (ZSTD_isError(status))
		return UNPACK_BROKEN;
	return status == 0 ? UNPACK_END : UNPACK_MORE;
}

static void zstd_close(void *state) { ZSTD_freeDStream(((struct zstd *)state)->stream); }

// ---- bzip2

static void *bzip2_open(struct arena *a)
{
	bz_stream *z = make(a, 1, bz_stream);
	return BZ2_bzDecompressInit(z, 0, 0) == BZ_OK ? z : NULL;
}

static enum unpacked bzip2_step(void *state, struct unpack_step *s)
{
	bz_stream *z = state;
	z->next_in = (char *)(uintptr_t)s->in.at;
	z->avail_in = (unsigned)s->in.len;
	z->next_out = (char *)s->to;
	z->avail_out = (unsigned)s->room;
	int status = BZ2_bzDecompress(z);
	took(s, z->avail_in, z->avail_out);
	if (status == BZ_STREAM_END)
		return UNPACK_END;
	return status == BZ_OK ? UNPACK_MORE : UNPACK_BROKEN;
}

static void bzip2_close(void *state) { (void)BZ2_bzDecompressEnd(state); }

// ---- lz4, the legacy format, which is all that the kernel reads: a magic, then blocks of up to
// 8 MiB, each behind its packed length. It ends with its file, or with a length of zero.

enum { LZ4_BLOCK = 8 << 20, LZ4_PACKED = LZ4_COMPRESSBOUND(LZ4_BLOCK), LZ4_MAGIC = 0x184c2102 };
struct lz4 {
	u8 *packed, *block;
	size_t have;                  // bytes of the length and the packed block
	size_t at, len;               // of the block, unpacked: what was given, and all
};

static void *lz4_open(struct arena *a)
{
	struct lz4 *z = make(a, 1, struct lz4);
	z->packed = arena_room(a, 4 + LZ4_PACKED);
	z->block = arena_room(a, LZ4_BLOCK);
	return z;
}

static u32 lz4_length(const struct lz4 *z)
{
	struct rd r = {{z->packed, 4}, false};
	return rd_le32(&r);
}

// Up to `need` bytes of `packed`; false until they are there.
static bool lz4_gather(struct lz4 *z, struct unpack_step *s, size_t need)
{
	size_t more = need - z->have < s->in.len ? need - z->have : s->in.len;
	if (more)
		memcpy(z->packed + z->have, s->in.at, more);
	z->have += more;
	took(s, s->in.len - more, s->room);
	return z->have == need;
}

static void lz4_give(struct lz4 *z, struct unpack_step *s)
{
	size_t more = z->len - z->at < s->room ? z->len - z->at : s->room;
	if (more)
		memcpy(s->to, z->block + z->at, more);
	z->at += more;
	took(s, s->in.len, s->room - more);
}

// Too few bytes for another length: padding, or nothing.
static enum unpacked lz4_rest(const struct lz4 *z)
{
	for (size_t i = 0; i < z->have; i++)
		if (z->packed[i])
			return UNPACK_BROKEN;
	return UNPACK_END;
}

static enum unpacked lz4_step(void *state, struct unpack_step *s)
{
	struct lz4 *z = state;
	lz4_give(z, s);
	if (z->at < z->len || (s->room == 0 && s->in.len))
		return UNPACK_MORE;
	if (z->have < 4 && !lz4_gather(z, s, 4))
		return s->last ? lz4_rest(z) : UNPACK_MORE;
	u32 len = lz4_length(z);
	if (len == 0)
		return UNPACK_END;
	if (len == LZ4_MAGIC) {
		z->have = 0;
		return UNPACK_MORE;
	}
	if (len > LZ4_PACKED)
		return UNPACK_BROKEN;
	if (!lz4_gather(z, s, 4 + (size_t)len))
		return s->last && s->in.len == 0 ? UNPACK_BROKEN : UNPACK_MORE;
	int made = LZ4_decompress_safe((const char *)z->packed + 4, (char *)z->block, (int)len,
	                               LZ4_BLOCK);
	z->have = z->at = 0;
	z->len = made > 0 ? (size_t)made : 0;
	return made < 0 ? UNPACK_BROKEN : UNPACK_MORE;
}

static void lz4_close(void *state) { (void)state; }

// ---- all of them

static const struct packing packings[] = {
	{STR("\x1f\x8b"), STR("gzip"), gzip_open, gzip_step, gzip_close},
	{STR("\x1f\x9e"), STR("gzip"), gzip_open, gzip_step, gzip_close},
	{STR("\xfd" "7zXZ\0"), STR("xz"), xz_open, xz_step, xz_close},
	{STR("\x28\xb5\x2f\xfd"), STR("zstd"), zstd_open, zstd_step, zstd_close},
	{STR("\x02\x21\x4c\x18"), STR("lz4"), lz4_open, lz4_step, lz4_close},
	{STR("BZh"), STR("bzip2"), bzip2_open, bzip2_step, bzip2_close},
	{STR("\x5d\0\0"), STR("lzma"), alone_open, xz_step, xz_close},
	{STR("\x04\x22\x4d\x18"), STR("lz4's frame format"), NULL, NULL, NULL},
	{STR("\x89LZO\0"), STR("lzop"), NULL, NULL, NULL},
};

const struct packing *packing_find(struct str bytes)
{
	for (size_t i = 0; i < countof(packings); i++)
		if (str_starts(bytes, packings[i].magic))
			return &packings[i];
	return NULL;
}
