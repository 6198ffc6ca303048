// audit: link's checks, then the rules of schemas/audit.json, over templates that others made.
#include "audit.h"

bool audit_templates(struct context *c, const struct artifacts *all)
{
	bool linked = link_artifacts(c, all);
	return link_sizes(c, all) && linked;
}
