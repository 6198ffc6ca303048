// link: do the artifacts of one run agree with each other and with what AWS accepts? The checks
// stand in files of their own, each a function over all templates; what they know is in schemas/.
#include "link/internal.h"

static void check_all(struct linkage *l)
{
	static void (*const first[])(struct linkage *) = {
		link_names, link_functions, link_cycles, link_types, link_exports, link_collisions,
		link_quotas,
	};
	for (size_t i = 0; i < countof(first); i++) {
		struct arena before = *l->c->arena;
		first[i](l);
		*l->c->arena = before;           // only findings are left of it
	}
	link_documents(l);                   // for those behind it, and for audit
	link_chains(l);
	link_calls_match(l);
	link_timeouts(l);
	link_iam(l);
}

bool link_open(struct context *c, const struct artifacts *all, struct linkage *out)
{
	if (!linkage_load(c, all, out))
		return false;
	check_all(out);
	return true;
}

bool link_artifacts(struct context *c, const struct artifacts *all)
{
	struct linkage l;
	bool failed = c->diag->failed;
	c->diag->failed = false;
	bool known = functions_of(c);
	struct arena before = *c->arena;
	(void)(known && link_open(c, all, &l));
	*c->arena = before;           // only findings are left of it
	bool ok = !c->diag->failed;
	c->diag->failed |= failed;
	return ok;
}
