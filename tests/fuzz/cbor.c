// CBOR of any bytes: skipped to its end, or a reason; what is accepted with shortest heads is read
// the same without that rule.
#include "fuzz.h"
#include "verify/verify.h"

static void read(struct fuzz *f, struct str s)
{
	(void)f;
	struct cbor c = cbor_over(s), strict = cbor_over(s);
	strict.shortest = true;
	cbor_skip(&c, 4);
	cbor_skip(&strict, 4);
	if (cbor_off(&c) > s.len || (!strict.why && (c.why || cbor_off(&strict) != cbor_off(&c))))
		abort();
	if (c.why && cbor_end(&c))
		abort();
	// As a group of anything: no more entries than bytes.
	c = cbor_over(s);
	struct cbor_group g = cbor_array(&c, 0, UINT64_MAX);
	size_t count = 0;
	while (cbor_more(&c, &g)) {
		cbor_skip(&c, 4);
		count++;
	}
	if (count > s.len + 1)
		abort();
	const char *why = der_fault(s);
	if (!why && s.len < 2)
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size) { return fuzz_once(data, size, read); }
