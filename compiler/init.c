// init: the spec whose outputs take the place of templates that exist.
#include "init/init.h"
#include "init/parts.h"

enum { SPEC_MAX = 1 << 20 };

static bool start(struct context *c, struct words *w, struct initer *out)
{
	if (!c->language) {
		struct language *l = make(c->arena, 1, struct language);
		if (!language_load(c, l))
			return false;
		c->language = l;
	}
	*out = (struct initer){.c = c, .l = c->language, .functions = functions_of(c), .w = w,
	                       .facts = library_json(c->library, S("schemas/init.json"))};
	return out->facts && out->functions;
}

static struct str text_of(const struct initer *in, const struct node *spec)
{
	struct buf out = buf_new(in->c->arena, SPEC_MAX);
	write_spec(in, spec, &out);
	return buf_str(&out);
}

// A spec that does not compile is printed all the same: its findings say what to mend.
static void complete(const struct initer *in, const struct origin_set *set, struct node *spec)
{
	struct artifacts made;
	size_t before = spec->count;
	if (!made_of(in, text_of(in, spec), &made))
		return;
	add_losses(in, set, &made, spec);
	if (spec->count > before && !made_of(in, text_of(in, spec), &made))
		return;
}

bool init_spec(struct context *c, const struct artifacts *old, struct buf *out)
{
	struct words w;
	struct initer in = {0};
	struct origin_set set;
	if (!words_load(c, &w))
		return false;
	bool done = start(c, &w, &in) && read_origins(&in, old, &set);
	if (done) {
		struct node *spec = merge_origins(&in, &set);
		complete(&in, &set, spec);
		write_spec(&in, spec, out);
	}
	json_decref(in.facts);
	words_free(&w);
	return done;
}
