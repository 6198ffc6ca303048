// What --compare is given: any bytes are refused, or compare with themselves as equal.
#include "fuzz.h"
#include "measure/measure.h"

static void try_seen(struct fuzz *f, struct str bytes)
{
	struct seen s;
	struct event_log empty = {.set = (1 << BANK_COUNT) - 1, .arena = &f->arena};
	struct buf out = buf_new(&f->arena, 16 << 20);
	enum sameness result;
	if (!seen_read(bytes, 0, &f->arena, &s, &f->diag))
		return;
	if (!compare_with(s.is_log ? &s.log : &empty, &s, 0xffff, &f->arena, &out, &result))
		abort();
	if (s.is_log && result == SAME_NOT)
		abort();
	empty.set = s.is_log ? s.log.set : empty.set;
	if (!compare_with(&empty, &s, 0xffff, &f->arena, &out, &result))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, try_seen);
}
