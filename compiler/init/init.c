// init: the spec whose outputs take the place of templates that exist.
#include "init/internal.h"

enum { SPEC_MAX = 1 << 20 };

static bool start(struct context *c, struct str keys, struct initer *out)
{
	*out = (struct initer){.c = c, .l = language_of(c), .functions = functions_of(c),
	                       .w = words_of(c), .facts = facts_of(c, S("schemas/init.json")),
	                       .keys = keys};
	return out->l && out->w && out->facts && out->functions;
}

// False for more than amic itself would read.
static bool text_of(const struct initer *in, const struct node *spec, struct str *out)
{
	struct buf text = buf_new(in->c->arena, SPEC_MAX);
	write_spec(in, spec, &text);
	if (text.over)
		return diag_report(in->c->diag, (struct finding){FILE_TOO_LARGE,
			.arg = {S("the new spec"), str_number(in->c->diag->arena, SPEC_MAX)}});
	*out = buf_str(&text);
	return true;
}

// A spec that does not compile is handed out all the same: its findings say what to mend.
static bool complete(const struct initer *in, const struct origin_set *set, struct node *spec,
                     struct str *out)
{
	struct artifacts made;
	size_t before = spec->count;
	if (!text_of(in, spec, out))
		return false;
	if (!made_of(in, *out, &made))
		return true;
	add_losses(in, set, &made, spec);
	if (spec->count == before)
		return true;
	bool written = text_of(in, spec, out);
	bool compiles = written && made_of(in, *out, &made);
	(void)compiles;               // its findings are what is wanted
	return written;
}

bool init_spec(struct context *c, const struct artifacts *old, struct str keys, struct buf *out)
{
	struct initer in;
	struct origin_set set;
	struct str text;
	bool done = start(c, keys, &in) && read_origins(&in, old, &set)
	         && complete(&in, &set, merge_origins(&in, &set), &text);
	put(out, done ? text : S(""));
	return done;
}
