// libFuzzer: what can be read is formatted to the same tree, with the same comments, and formatting
// it again changes nothing.
#include "fuzz.h"
#include "fmt/fmt.h"

// Comments and values, without the blanks around them: formatting moves blanks and commas only.
static bool is_blank(u8 c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ','; }

static struct str ink_of(struct arena *a, struct str text)
{
	struct buf ink = buf_new(a, text.len + 1);
	if (str_starts(text, S("\xef\xbb\xbf")))
		text = (struct str){text.at + 3, text.len - 3};
	for (size_t i = 0; i < text.len; i++)
		if (!is_blank(text.at[i]))
			buf_byte(&ink, text.at[i]);
	return buf_str(&ink);
}

static bool reads(struct context *c, struct str text, struct node **tree, struct str *formatted)
{
	u32 file = sources_add(&c->diag->sources, S("t.ami"), text);
	return read_tree(c, file, DIALECT_SPEC, tree) && format_spec(c, file, formatted);
}

static void run(struct fuzz *f, struct str input)
{
	struct node *before, *after;
	struct str once, twice;
	if (!reads(&f->context, input, &before, &once))
		return;
	if (!reads(&f->context, once, &after, &twice) || !str_eq(once, twice)
	    || !node_equal(before, after, f->arena)
	    || !str_eq(ink_of(&f->arena, input), ink_of(&f->arena, once)))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, run);
}
