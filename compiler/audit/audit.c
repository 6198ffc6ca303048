// audit: link's checks, then the rules of schemas/audit.json, over templates that others made.
#include "audit/internal.h"

bool audit_templates(struct context *c, const struct artifacts *all)
{
	struct linkage l;
	bool failed = c->diag->failed;
	c->diag->failed = false;
	if (link_open(c, all, &l)) {
		struct audit a = {.l = &l, .facts = facts_of(l.c, S("schemas/audit.json"))};
		audit_shell(&a);
		audit_properties(&a);
		audit_parameters(&a);
		audit_passed(&a);
	}
	bool ok = link_sizes(c, all) && !c->diag->failed;
	c->diag->failed |= failed;
	return ok;
}
