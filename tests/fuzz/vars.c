// A flash file of any bytes: variables within it, or a finding.
#include "fuzz.h"
#include "measure/measure.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz f;
	struct variable *list;
	struct secure_boot keys;
	size_t count;
	fuzz_open(&f);
	if (setjmp(f.full) == 0) {
		bool done = vars_read((struct str){data, size}, 0, &f.arena, &list, &count, &f.diag);
		if (!done && !f.diag.failed)
			abort();
		if (done && secure_boot_from(list, count, &keys) && !keys.pk.len)
			abort();
	}
	fuzz_close(&f);
	return 0;
}
