// libFuzzer: two templates behind each other, split at a NUL, compared and reported.
#include "fuzz.h"
#include "diff/diff.h"

static bool add(struct context *c, struct str text, struct artifacts *out)
{
	struct node *tree;
	out->list = make(c->arena, 1, struct artifact);
	if (!template_read(c, sources_add(&c->diag->sources, S("t.yaml"), text), &tree))
		return false;
	out->list[out->count++] = (struct artifact){.name = S("t.yaml"), .is_template = true,
	                                            .tree = tree};
	return true;
}

static void run(struct fuzz *f, struct str input)
{
	struct artifacts was = {0}, is = {0};
	struct set_diff d;
	struct str first, second = str_cut(input, 0, &first);
	if (!add(&f->context, first, &was) || !add(&f->context, second, &is) || !diff_sets(&f->context, &was, &is, &d))
		return;
	struct buf out = buf_new(&f->arena, 1 << 20);
	diff_report(&d, NULL, &f->context, &out);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, run);
}
