// compile: the passes in their order, from a spec's path to the texts of its outputs.
#include "compile.h"

// What link finds broken after an edit is told at that edit.
static bool link_patched(struct context *c, const struct spec *s, struct artifacts *all)
{
	size_t before = c->diag->len;
	bool linked = link_artifacts(c, all);
	patch_tell(c, s, before);
	return linked;
}

static bool make_artifacts(struct context *c, struct spec *s, struct artifacts *all)
{
	return expand_spec(c, s, all)              // stdlib/ × settings → trees
	    && patch_artifacts(c, s, all)          // the user's own edits
	    && link_patched(c, s, all)             // do the artifacts agree?
	    && emit_artifacts(c, all)              // trees → texts, read back
	    && link_sizes(c, all);                 // does CloudFormation take them?
}

bool compile_or_check(struct context *c, struct str path, struct spec *spec,
                      struct artifacts *out)
{
	struct spec s = {0};
	struct artifacts all = {0};
	const struct language *l = language_of(c);
	bool done = l
	    && spec_read(c, l, path, &s)               // text → one tree, what it extends included
	    && check_spec(c, &s)                       // tree × schemas/ → findings
	    && bind_spec(c, &s)                        // settings → literal, open or absent
	    && (spec_is_abstract(&s) || make_artifacts(c, &s, &all));
	if (done) {
		*spec = s;
		*out = all;
	}
	return done;
}

bool compile(struct context *c, struct str path, struct spec *spec, struct artifacts *out)
{
	if (!compile_or_check(c, path, spec, out))
		return false;
	const struct node *abstract = node_get(spec->tree, S("abstract"));
	return !spec_is_abstract(spec) || diag_report(c->diag, (struct finding){SPEC_ABSTRACT,
		.at = abstract->at, .arg = {path}});
}

// What is known by now about pieces of outputs is no use to all specs alike: beyond a limit the
// run begins anew.
void compile_next(struct context *c, struct arena before)
{
	enum { KNOWN_MAX = 12 << 20 };
	*c->arena = before;
	c->edits = NULL;
	if (!c->library->unread.block || arena_used(c->library->arena) < KNOWN_MAX)
		return;
	sources_settle(c->diag);
	c->functions = NULL;
	c->blueprint = NULL;
	c->memo = NULL;
	*c->library->arena = c->library->unread;
}
