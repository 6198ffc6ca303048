// An initrd of any bytes: refused, or its files lie within what was unpacked.
#include "fuzz.h"
#include "measure/measure.h"

static bool read_all(struct fuzz *f, struct str bytes, struct initrd *i)
{
	enum { MOST = 4 << 20 };
	struct source s = source_of_str(&f->arena, bytes, 0);
	return initrd_read(&s, MOST, &f->arena, i, &f->diag);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz f;
	struct initrd_file wanted[] = {{.name = S("etc/veritytab")}, {.name = S("init")}};
	struct initrd i = {.list = wanted, .count = countof(wanted)};
	fuzz_open(&f);
	if (setjmp(f.full) == 0
	    && read_all(&f, (struct str){data, size}, &i)) {
		u8 sum = 0;
		if (i.entries > size + i.unpacked_max)   // an entry takes more than a byte
			abort();
		for (size_t n = 0; n < i.count; n++)
			for (size_t at = 0; at < i.list[n].data.len; at++)
				sum ^= i.list[n].data.at[at];
		((volatile u8 *)f.memory)[0] = sum;   // so that the reads are not optimised away
	}
	fuzz_close(&f);
	return 0;
}
