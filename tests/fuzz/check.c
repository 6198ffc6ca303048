// libFuzzer: a spec read, checked and bound. No files: `extends` is not followed.
#include "fuzz.h"

static void run(struct fuzz *f, struct context *c, const struct language *l, struct str input)
{
	struct node *tree = NULL;
	u32 file = sources_add(&f->diag.sources, S("t.ami"), input);
	if (!read_tree(c, file, DIALECT_SPEC, &tree) || tree->kind != MAP)
		return;
	struct spec s = {.file = file, .tree = tree, .language = l};
	bool good = check_spec(c, &s);
	if (good == f->diag.failed)
		abort();                      // the answer and the findings are one
	if (!good || node_path(tree, S("attest.keys")))
		return;
	if (!bind_spec(c, &s) || !scope_find(&s.base, S("name")))
		abort();
}

// The language is read once: it is a constant, and reading it takes longer than most inputs.
static const struct language *language(void)
{
	static u8 memory[1 << 20];
	static const struct language *l;
	static struct arena arena;
	struct diag diag = {.arena = &arena};
	struct library library = {.arena = &arena, .diag = &diag};
	struct context c = {.arena = &arena, .diag = &diag, .library = &library};
	if (!l) {
		arena = arena_of(memory, sizeof memory, fuzz_full, NULL);
		l = language_of(&c);
		if (!l)
			abort();
	}
	return l;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz f;
	const struct language *l = language();
	fuzz_open(&f);
	if (setjmp(f.full) == 0)
		run(&f, &f.context, l, (struct str){data, size});
	fuzz_close(&f);
	return 0;
}
