// Signature lists of any bytes: entries within the input, or a finding.
#include "fuzz.h"
#include "measure/measure.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz f;
	struct signature *list;
	size_t count, bytes = 0;
	fuzz_open(&f);
	if (setjmp(f.full) == 0) {
		struct str lists = {data, size};
		bool done = esl_read_file(&lists, 0, &f.arena, &list, &count, &f.diag);
		if (!done && !f.diag.failed)
			abort();
		for (size_t i = 0; done && i < count; i++)
			bytes += 16 + list[i].data.len;
		if (bytes > size)
			abort();
	}
	fuzz_close(&f);
	return 0;
}
