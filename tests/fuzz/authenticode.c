// What a hash covers lies in the file, whatever the image's headers say, and can be hashed.
#include "fuzz.h"
#include "measure/measure.h"

enum { SET = 1 << BANK_SHA256, BYTES_MAX = 8 << 20 };   // more takes too long a try

static void try_image(struct fuzz *f, struct str bytes)
{
	struct source s = source_of_str(&f->arena, bytes, 0);
	struct pe p;
	struct range *ranges;
	struct digests d;
	size_t count;
	u64 sum = 0;
	if (!pe_read(&s, S("x.efi"), &f->arena, &p, &f->diag)
	    || !authenticode_ranges(&p, &f->arena, &ranges, &count, &f->diag)) {
		if (!f->diag.failed)
			abort();
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (!source_has(&s, ranges[i].off, ranges[i].len))
			abort();
		sum += ranges[i].len;
	}
	if (sum < BYTES_MAX && !authenticode_digest(&p, SET, f->arena, &d, &f->diag))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, try_image);
}
