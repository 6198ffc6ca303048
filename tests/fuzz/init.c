// libFuzzer: a base and a pipeline behind each other, split at a NUL, and the spec of them. What is
// kept of them as a patch must be read as it was written, so that the spec compiles or is refused.
#include "fuzz.h"
#include "init/init.h"

static bool add(struct context *c, struct str name, struct str text, struct artifacts *out)
{
	struct artifact one = {.name = name, .is_template = true, .text = text};
	if (!template_read(c, sources_add(&c->diag->sources, name, text), &one.tree))
		return false;
	out->list[out->count++] = one;
	return true;
}

static void run(struct fuzz *f, struct str input)
{
	struct artifacts old = {.list = make(&f->arena, 2, struct artifact)};
	struct str base, pipeline = str_cut(input, 0, &base);
	struct buf out = buf_new(&f->arena, 1 << 20);
	struct node *tree;
	bool done = add(&f->context, S("base.yaml"), base, &old) && add(&f->context, S("pipeline.yaml"),
	                                                                pipeline, &old)
	         && init_spec(&f->context, &old, S(""), &out);
	// Whatever the templates are, the spec is YAML.
	if (done && !read_tree(&f->context, sources_add(&f->diag.sources, S("spec"), buf_str(&out)),
	                       DIALECT_SPEC, &tree))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, run);
}
