// A disk of any bytes with a superblock anywhere: refused, or checked against its own root.
#include "fuzz.h"
#include "measure/measure.h"

static void try_tree(struct fuzz *f, const struct source *s, u64 off)
{
	struct verity v;
	struct digests root;
	if (verity_read(s, off, &f->arena, &v, &f->diag)
	    && verity_root(&v, s, s, f->arena, &root))
		(void)verity_check(&v, s, s, digest_of(&root, v.bank), 1, f->arena, &f->diag);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz f;
	fuzz_open(&f);
	if (setjmp(f.full) == 0) {
		struct source s = source_of_str(&f.arena, (struct str){data, size}, 0);
		for (u64 off = 0; off < size; off += 512)
			if (off == 0 || verity_here(&s, off))
				try_tree(&f, &s, off);
	}
	fuzz_close(&f);
	return 0;
}
