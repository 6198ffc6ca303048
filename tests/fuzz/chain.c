// A command line and an initrd of any bytes (parted by a NUL), and a disk of any bytes behind the
// root hashes that they pin.
#include "fuzz.h"
#include "measure/measure.h"

static void try_chain(struct fuzz *f, struct str bytes)
{
	struct handed h = {.reached = true};
	struct chain c;
	struct buf out = buf_new(&f->arena, 1 << 20);
	struct str initrd = str_cut(bytes, 0, &h.options);
	h.initrd = source_of_str(&f->arena, initrd, 0);
	if (!chain_read(&h, &f->library, &f->arena, &c, &f->diag))
		return;
	struct source disk = source_of_str(&f->arena, bytes, 0);
	(void)chain_verify(&disk, &c, 1, &f->arena, &out, &f->diag);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, try_chain);
}
