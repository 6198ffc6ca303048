// A disk of any bytes has a partition table or a finding. Each input is tried as it is, and again
// with the checksums of its primary table made right, or few would get past them.
#include "fuzz.h"
#include "measure/measure.h"
#include <string.h>
#include <zlib.h>

static void try_disk(struct fuzz *f, struct str disk)
{
	struct source s = source_of_str(&f->arena, disk, 0), esp;
	struct gpt g;
	if (!gpt_read(&s, &f->arena, &g, &f->diag)) {
		if (!f->diag.failed)
			abort();
		return;
	}
	if (g.count * g.entry_bytes != g.used_entries.len || g.header.len != 92)
		abort();
	if (gpt_esp(&g, &s, &f->arena, &esp, &f->diag) && esp.size > disk.len)
		abort();
}

static void put_crc(u8 *to, const u8 *at, size_t len)
{
	u32 crc = (u32)crc32(0, at, (uInt)len);
	for (size_t i = 0; i < 4; i++)
		to[i] = (u8)(crc >> 8 * i);
}

static void seal(u8 *disk, size_t size)
{
	struct str all = {disk, size}, header, entries;
	if (!str_sub(all, 512, 92, &header))
		return;
	struct rd r = {header, false};
	rd_skip(&r, 72);
	u64 off = rd_le64(&r) * 512, count = rd_le32(&r), stride = rd_le32(&r);
	if (count < 1024 && stride < 4096 && str_sub(all, off, count * stride, &entries))
		put_crc(disk + 512 + 88, entries.at, entries.len);
	memcpy(disk + 512 + 12, "\x5c\0\0\0\0\0\0\0", 8);
	put_crc(disk + 512 + 16, header.at, 92);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz f;
	fuzz_open(&f);
	if (setjmp(f.full) == 0) {
		struct str disk = {data, size};
		try_disk(&f, disk);
		u8 *copy = (u8 *)str_copy(&f.arena, disk).at;
		seal(copy, size);
		f.diag.failed = false;
		try_disk(&f, (struct str){copy, size});
	}
	fuzz_close(&f);
	return 0;
}
