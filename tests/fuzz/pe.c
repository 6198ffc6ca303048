// An image of any bytes is refused with a finding, or its sections can be read.
#include "fuzz.h"
#include "measure/measure.h"

static void try_image(struct fuzz *f, struct str bytes)
{
	struct source s = source_of_str(&f->arena, bytes, 0), section;
	struct pe p;
	if (!pe_read(&s, S("x.efi"), &f->arena, &p, &f->diag)) {
		if (!f->diag.failed)
			abort();
		return;
	}
	for (size_t i = 0; i < p.count; i++)
		if (!pe_section_source(&p, &p.list[i], &f->arena, &section) || section.size > bytes.len)
			abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, try_image);
}
