// A volume of any bytes is listed, and each file of its root read, or there is a finding. Behind
// the input lie zeros, so that a small one can claim to be a large volume.
#include "fuzz.h"
#include "measure/measure.h"
#include <string.h>

enum { VOLUME = 40 << 20, READ_MAX = 1 << 16 };

static bool sparse_read(void *of, u64 off, u8 *to, size_t len)
{
	const struct str *have = of;
	struct str piece;
	size_t some = off < have->len ? (size_t)(have->len - off) : 0;
	some = some < len ? some : len;
	memset(to, 0, len);
	if (some && str_sub(*have, off, some, &piece))
		memcpy(to, piece.at, some);
	return true;
}

static void read_file(struct fuzz *f, const struct fat *v, const struct fat_entry *e)
{
	struct source content;
	struct str bytes;
	if (!fat_source(v, e, &f->arena, &content, &f->diag)) {
		if (!f->diag.failed)
			abort();
		return;
	}
	u64 len = content.size < READ_MAX ? content.size : READ_MAX;
	if (content.size != e->size || !source_bytes(&content, content.size - len, len, &f->arena, &bytes))
		abort();
}

static void read_volume(struct fuzz *f, struct str have)
{
	struct source s = {VOLUME, 0, 0, sparse_read, &have, NULL};
	struct fat *v;
	struct fat_entry *list, found;
	size_t count;
	bool broken;
	if (!fat_open(&s, &f->arena, &v, &f->diag)
	    || !fat_list(v, S(""), &f->arena, &list, &count, &f->diag)) {
		if (!f->diag.failed)
			abort();
		return;
	}
	for (size_t i = 0; i < count && i < 8; i++)
		if (!list[i].folder)
			read_file(f, v, &list[i]);
	f->diag.failed = false;
	if (fat_find(v, S("EFI/BOOT/BOOTX64.EFI"), &f->arena, &found, &broken, &f->diag))
		read_file(f, v, &found);
	else if (broken != f->diag.failed)
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, read_volume);
}
