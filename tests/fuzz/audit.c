// libFuzzer: two templates behind each other, split at a NUL, linked and audited.
#include "fuzz.h"
#include "audit/audit.h"

static void run(struct fuzz *f, struct str input)
{
	struct artifact list[2] = {{.is_template = true}, {.is_template = true}};
	struct artifacts all = {list, 0};
	struct str left = input, text;
	while (left.len && all.count < 2) {
		struct artifact *one = &list[all.count];
		left = str_cut(left, 0, &text);
		one->name = S("t.yaml");
		one->text = text;
		if (!template_read(&f->context, sources_add(&f->diag.sources, one->name, text), &one->tree))
			return;
		all.count++;
	}
	if (audit_templates(&f->context, &all) == f->diag.failed)
		abort();                      // the answer and the findings are one
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, run);
}
