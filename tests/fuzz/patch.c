// patch.c: any list of edits, on a template of each kind of node.
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz f;
	fuzz_open(&f);
	if (!setjmp(f.full)) {
		struct spec s = {0};
		struct node *tree;
		u32 t = sources_add(&f.diag.sources, S("t.yaml"), S("Resources:\n  R:\n"
			"    A: [{Name: x, V: 1}, {Name: 'y', V: 2}]\n    L: [a, b, a]\n"
			"    F: !If [C, !Ref a, b]\n    T: text\n    a/b~c: z\n"));
		u32 file = sources_add(&f.diag.sources, S("s.ami"), (struct str){data, size});
		if (template_read(&f.context, t, &tree) && read_tree(&f.context, file, DIALECT_SPEC, &s.tree)) {
			struct artifact a = {.name = S("t.yaml"), .scope = S("base"), .is_template = true,
			                     .tree = tree};
			struct artifacts all = {&a, 1};
			if (patch_artifacts(&f.context, &s, &all))
				(void)!emit_artifacts(&f.context, &all);
		}
	}
	fuzz_close(&f);
	return 0;
}
