// An event log of any bytes is refused or read; what was read folds and is written and read again.
#include "fuzz.h"
#include "measure/measure.h"

static void try_log(struct fuzz *f, struct str bytes)
{
	struct event_log log, again;
	struct pcr_values values;
	if (!tcglog_read(bytes, 0, &f->arena, &log, &f->diag))
		return;
	if (!event_fold(&log, &values))
		abort();
	struct buf out = buf_new(&f->arena, 16 << 20);
	tcglog_write(&log, &out);
	if (!out.over && !tcglog_read(buf_str(&out), 0, &f->arena, &again, &f->diag))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, try_log);
}
