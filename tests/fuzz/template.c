// template.c and emit.c: whatever is read as a template is written, and reads back the same.
#include "fuzz.h"

static bool has(const struct diag *d, enum rule rule)
{
	for (size_t i = 0; i < d->len; i++)
		if (d->list[i].rule == rule)
			return true;
	return false;
}

// The emitter keeps to the shared depth, and a function's long form is one level more.
static void round_trip(struct context *c, const struct node *tree, const struct functions *f)
{
	struct str text;
	if (!emit_yaml(c, S("out.yaml"), tree, f, &text) && has(c->diag, EMIT_DIFFERS))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz f;
	fuzz_open(&f);
	if (!setjmp(f.full)) {
		struct node *tree;
		u32 file = sources_add(&f.diag.sources, S("t.yaml"), (struct str){data, size});
		if (template_read(&f.context, file, &tree)) {
			round_trip(&f.context, tree, functions_of(&f.context));
			round_trip(&f.context, tree, NULL);
		}
	}
	fuzz_close(&f);
	return 0;
}
