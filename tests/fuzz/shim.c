// shim's verdict on an image of any bytes, under any lists and any level: reached or reported, and
// what is admitted has an entry that admits it. Input: seven texts, each behind its length in two
// bytes (db, dbx, MokListX, vendor_db, vendor_dbx, MokList, .sbatlevel), then the image.
#include "fuzz.h"
#include "measure/boot/internal.h"

static struct str text(struct rd *r) { return rd_bytes(r, rd_le16(r)); }

static struct str level(const struct boot *b, struct str section, bool older)
{
	enum { WITH_SECTION = 1601, WITHOUT = 1506 };
	return shim_level(b, older ? WITHOUT : WITH_SECTION, section);
}

static void try_verdict(struct fuzz *f, struct str bytes)
{
	struct rd r = {bytes, false};
	struct boot_options o = {.secure = {.on = true}};
	struct shim shim = {.verifies = true};
	struct boot b = {.options = &o, .arena = &f->arena, .diag = &f->diag, .shim = &shim};
	o.secure.db = text(&r);
	o.secure.dbx = text(&r);
	o.secure.mok_list_x = text(&r);
	shim.vendor_db = text(&r);
	shim.vendor_dbx = text(&r);
	shim.mok_list = text(&r);
	struct str section = text(&r);
	o.secure.sbat_level = section;
	shim.level = level(&b, section, bytes.len & 1);
	struct source s = source_of_str(&f->arena, r.left, 0);
	struct image i;
	struct decision d;
	if (r.bad || !image_read(&s, S("image"), NULL, &f->arena, &i, &f->diag))
		return;
	bool done = shim_verify(&b, &i, NULL, bytes.len & 2, &d);
	if (done ? !d.refused.len && !d.count : !f->diag.failed)
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, try_verdict);
}
