// cpio: the archives that systemd-stub makes of what it takes along (its cpio.c; the kernel's
// driver-api/early-userspace/buffer-format.rst). The files' contents stay where they are.
#include "measure/image/image.h"

enum { HEADER_BYTES = 110, FOLDER_BIT = 0040000, FILE_BIT = 0100000, FOLDERS_MODE = 0555 };

static void put_hex(struct buf *out, u64 v)
{
	static const char digits[] = "0123456789abcdef";
	for (unsigned i = 0; i < 8; i++)
		buf_byte(out, (u8)digits[v >> (28 - 4 * i) & 15]);
}

u64 cpio_padding(u64 len) { return (4 - len % 4) % 4; }

// The thirteen fields, the name with its NUL, and zeros up to a multiple of four. Owner, time
// and device are 0, so that the same files always give the same digest.
static void put_header(struct buf *out, u64 inode, u64 mode, u64 size, struct str name)
{
	u64 name_len = name.len + 1;
	const u64 fields[] = {inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name_len, 0};
	put(out, S("070701"));
	for (size_t i = 0; i < countof(fields); i++)
		put_hex(out, fields[i]);
	put(out, name);
	buf_fill(out, 0, (size_t)(1 + cpio_padding(HEADER_BYTES + name_len)));
}

// Every folder of the path, the last one with its own mode; inodes count from 1.
static u64 put_folders(struct buf *out, const struct cpio_folder *f)
{
	u64 inode = 1;
	for (size_t i = 1; i < f->path.len; i++)
		if (f->path.at[i] == '/')
			put_header(out, inode++, FOLDER_BIT | FOLDERS_MODE, 0,
			           (struct str){f->path.at, i});
	put_header(out, inode++, FOLDER_BIT | f->mode, 0, f->path);
	return inode;
}

static struct source trailer(struct arena *a)
{
	static const struct str text = STR("070701"
		"00000000" "00000000" "00000000" "00000000" "00000001" "00000000" "00000000"
		"00000000" "00000000" "00000000" "00000000" "0000000B" "00000000" "TRAILER!!!\0\0\0\0");
	return source_of_str(a, text, 0);
}

bool cpio_pack(const struct cpio_folder *folder, const struct cpio_file *files, size_t count,
               struct arena *a, struct source *out)
{
	enum { NAME_MAX_BYTES = 1024 };
	struct join all = {.arena = a};
	struct buf head = buf_new(a, 4096);
	u64 inode = put_folders(&head, folder);
	if (!join_add(&all, source_of_str(a, buf_str(&head), 0), 0))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct buf one = buf_new(a, HEADER_BYTES + NAME_MAX_BYTES);
		if (files[i].of.size > UINT32_MAX)
			return false;
		put_header(&one, inode++, FILE_BIT | folder->file_mode, files[i].of.size,
		           cat(a, folder->path, S("/"), files[i].name));
		if (one.over || !join_add(&all, source_of_str(a, buf_str(&one), 0), 0)
		    || !join_add(&all, files[i].of, cpio_padding(files[i].of.size)))
			return false;
	}
	if (head.over || !join_add(&all, trailer(a), 0))
		return false;
	*out = join_source(&all);
	return true;
}
