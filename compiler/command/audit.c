// amic audit TEMPLATE…: findings in templates that amic did not make. The files of one call are
// read together: what one exports, another may import.
#include "command/command.h"
#include "audit/audit.h"

enum { TEMPLATE_MAX = 4 << 20 };

// A note is no finding to act on.
static bool has_warning(const struct diag *d)
{
	for (size_t i = 0; i < d->len; i++)
		if (rules[d->list[i].rule].severity != NOTE)
			return true;
	return false;
}

static int run_audit(struct run *r)
{
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	struct artifacts all = {0};
	r->render.to_stdout = true;
	if (r->args->rest_count == 0) {
		diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {S("audit"),
			S("a template")}});
		return STATUS_UNKNOWN;
	}
	all.list = make(r->arena, r->args->rest_count, struct artifact);
	for (size_t i = 0; i < r->args->rest_count; i++)
		if (template_open(&c, r->args->rest[i], TEMPLATE_MAX, &all.list[all.count]))
			all.count++;
	bool good = audit_templates(&c, &all);
	return good && !has_warning(r->diag) ? STATUS_DONE : STATUS_FINDINGS;
}

const struct command command_audit = {
	STR("audit"), STR("TEMPLATE..."),
	STR("findings in templates, in documents inside them, and in their shell"),
	NULL, 0, run_audit, false,
};
