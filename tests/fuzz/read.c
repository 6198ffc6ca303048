// libFuzzer: any bytes as a spec and as a file of the blueprint. A tree comes out or a finding
// does, and every span lies in the file.
#include "fuzz.h"

static void check_spans(const struct node *n, struct str text)
{
	struct str s;
	if (!str_sub(text, n->at.off, n->at.len, &s)
	    || (n->key.len && !str_sub(text, n->key_at.off, n->key_at.len, &s)))
		abort();
	for (const struct node *child = n->first; child; child = child->next)
		check_spans(child, text);
}

static void run(struct fuzz *f, struct str input, enum dialect dialect)
{
	struct node *tree = NULL;
	u32 file = sources_add(&f->diag.sources, S("t.ami"), input);
	size_t before = f->diag.len;
	if (read_tree(&f->context, file, dialect, &tree) != (f->diag.len == before))
		abort();
	if (tree)
		check_spans(tree, input);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz f;
	fuzz_open(&f);
	if (setjmp(f.full) == 0) {
		run(&f, (struct str){data, size}, DIALECT_SPEC);
		run(&f, (struct str){data, size}, DIALECT_STDLIB);
	}
	fuzz_close(&f);
	return 0;
}
