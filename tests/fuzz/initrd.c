// An initrd of any bytes: refused, or its files lie within what was unpacked.
#include "fuzz.h"
#include "measure/measure.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz f;
	struct initrd i;
	struct str found;
	fuzz_open(&f);
	if (setjmp(f.full) == 0
	    && initrd_read((struct str){data, size}, 0, 0, &f.arena, &i, &f.diag)) {
		u8 sum = 0;
		(void)initrd_find(&i, S("etc/veritytab"), &found);
		for (size_t n = 0; n < i.count; n++)
			for (size_t at = 0; at < i.list[n].data.len; at++)
				sum ^= i.list[n].data.at[at];
		((volatile u8 *)f.memory)[0] = sum;   // so that the reads are not optimised away
	}
	fuzz_close(&f);
	return 0;
}
