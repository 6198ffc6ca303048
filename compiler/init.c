// init: the spec whose outputs take the place of templates that exist.
#include "init.h"
#include "init/parts.h"

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

bool init_spec(struct context *c, const struct artifacts *old, struct buf *out)
{
	struct words w;
	struct initer in = {0};
	struct origin_set set;
	if (!words_load(c, &w))
		return false;
	bool done = start(c, &w, &in) && read_origins(&in, old, &set);
	if (done)
		write_spec(&in, merge_origins(&in, &set), out);
	json_decref(in.facts);
	words_free(&w);
	return done;
}
