// initrd: what the kernel is handed in, its files out. Archives (cpio, "newc") one after the
// other, plain or compressed, with zeros between them.
// Linux Documentation/driver-api/early-userspace/buffer-format.rst.
#include "measure/image/image.h"
#include <zlib.h>

enum { HEADER = 110, FILES_MAX = 1 << 18 };
static const u64 unpacked_max = (u64)512 << 20;
static const struct str trailer = STR("TRAILER!!!");

// ---- one archive

static bool rd_hex8(struct rd *r, u32 *out)
{
	u8 b[4] = {0};
	r->bad |= !str_unhex(rd_bytes(r, 8), b);
	*out = (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
	return !r->bad;
}

// As the kernel sees a name: from the root, without its NUL.
static struct str plain_name(struct str name)
{
	(void)str_cut(name, 0, &name);
	while (str_starts(name, S("/")) || str_starts(name, S("./"))) {
		size_t skip = name.at[0] == '/' ? 1 : 2;
		name.at += skip;
		name.len -= skip;
	}
	return name;
}

// ino, mode, nlink, uid, gid, mtime, size, four device numbers, name size, check.
static bool read_entry(struct rd *r, struct initrd_file *out)
{
	enum { FIELDS = 13, MODE = 1, SIZE = 6, NAME_SIZE = 11 };
	u32 field[FIELDS] = {0};
	struct str from = r->left;
	struct str magic = rd_bytes(r, 6);
	if (!str_eq(magic, S("070701")) && !str_eq(magic, S("070702")))
		return false;
	for (size_t i = 0; i < FIELDS; i++)
		if (!rd_hex8(r, &field[i]))
			return false;
	struct str name = rd_bytes(r, field[NAME_SIZE]);
	rd_to_4(r, from);
	struct str data = rd_bytes(r, field[SIZE]);
	if (r->bad)
		return false;
	if (r->left.len)              // the last archive may end without its padding
		rd_to_4(r, from);
	*out = (struct initrd_file){plain_name(name), data, field[MODE]};
	return !r->bad;
}

static void add_file(struct initrd *into, struct initrd_file f, struct arena *a)
{
	into->list = grown(a, into->list, into->count, &into->cap, struct initrd_file);
	into->list[into->count++] = f;
}

static void skip_zeros(struct rd *r)
{
	while (r->left.len && r->left.at[0] == 0)
		rd_skip(r, 1);
}

// Archives up to the end, or to what is no archive.
static bool read_archives(struct rd *r, struct arena *a, struct initrd *into)
{
	for (skip_zeros(r); r->left.len && str_starts(r->left, S("07070"));) {
		struct initrd_file f;
		if (into->count == FILES_MAX || !read_entry(r, &f))
			return false;
		if (str_eq(f.name, trailer))
			skip_zeros(r);
		else
			add_file(into, f, a);
	}
	return true;
}

// ---- compression

static bool gzip_unpack(struct rd *in, struct arena scratch, struct buf *out)
{
	enum { GZIP_ONLY = 16 + MAX_WBITS };
	(void)scratch;
	z_stream z = {.next_in = (Bytef *)(uintptr_t)in->left.at,
	              .avail_in = (uInt)in->left.len,
	              .next_out = out->at + out->len, .avail_out = (uInt)(out->cap - out->len)};
	if (in->left.len > UINT32_MAX || inflateInit2(&z, GZIP_ONLY) != Z_OK)
		return false;
	int status = inflate(&z, Z_FINISH);
	out->over = status != Z_STREAM_END && z.avail_out == 0;
	rd_skip(in, in->left.len - z.avail_in);
	out->len = out->cap - z.avail_out;
	return inflateEnd(&z) == Z_OK && status == Z_STREAM_END;
}

static const struct compression {
	struct str magic, name;
	bool (*unpack)(struct rd *in, struct arena scratch, struct buf *out);
} compressions[] = {
	{STR("\x1f\x8b"), STR("gzip"), gzip_unpack},
	{STR("\xfd" "7zXZ\0"), STR("xz"), xz_unpack},
	{STR("\x28\xb5\x2f\xfd"), STR("zstd"), NULL},
	{STR("\x02\x21\x4c\x18"), STR("lz4"), NULL},
	{STR("\x04\x22\x4d\x18"), STR("lz4"), NULL},
	{STR("BZh"), STR("bzip2"), NULL},
	{STR("\x5d\0\0"), STR("lzma"), NULL},
	{STR("\x89LZO\0"), STR("lzop"), NULL},
};

static const struct compression *find_compression(struct str bytes)
{
	for (size_t i = 0; i < countof(compressions); i++)
		if (str_starts(bytes, compressions[i].magic))
			return &compressions[i];
	return NULL;
}

// Unpacks a part into memory of its own. A decoder looks back into what it wrote, so where there
// was not room enough it begins again with more. Room is address space: what is written counts.
static bool unpack_part(const struct compression *c, struct rd *in, struct arena *a,
                        struct initrd *into)
{
	enum { TABLES = 1 << 16, ROOM_FIRST = 1 << 20 };
	u8 tables[TABLES];
	struct arena scratch = arena_of(tables, TABLES, a->full, a->owner), before = *a;
	const struct rd from = *in;
	struct buf out = {.over = true, .arena = a};
	for (u64 room = 4 * (u64)in->left.len + ROOM_FIRST; out.over; room *= 2) {
		size_t cap = (size_t)(room < unpacked_max ? room : unpacked_max);
		*a = before;
		*in = from;
		out = (struct buf){.at = arena_room(a, cap), .cap = cap, .max = cap, .arena = a};
		if (!c->unpack(in, scratch, &out) && (!out.over || cap == unpacked_max)) {
			*a = before;
			return false;
		}
	}
	struct rd files = {buf_end(&out), false};
	return read_archives(&files, a, into);
}

bool initrd_read(struct str bytes, u32 file, u64 base_off, struct arena *a, struct initrd *out,
                 struct diag *d)
{
	struct initrd all = {0};
	struct rd r = {bytes, false};
	for (skip_zeros(&r); r.left.len; skip_zeros(&r)) {
		u64 off = base_off + (bytes.len - r.left.len);
		const struct compression *c = find_compression(r.left);
		bool is_archive = str_starts(r.left, S("07070"));
		if (!is_archive && (!c || !c->unpack)) {
			all.opaque = c ? c->name : S("an unknown program");
			break;
		}
		if (is_archive ? !read_archives(&r, a, &all) : !unpack_part(c, &r, a, &all))
			return diag_report(d, (struct finding){INITRD_BROKEN, .at = {file, 0, off},
				.arg = {is_archive ? S("cpio") : c->name}});
	}
	*out = all;
	return true;
}

// A later file takes an earlier one's place, as in the kernel.
bool initrd_find(const struct initrd *i, struct str name, struct str *out)
{
	for (size_t n = i->count; n > 0; n--) {
		if (str_eq(i->list[n - 1].name, name)) {
			*out = i->list[n - 1].data;
			return true;
		}
	}
	return false;
}
