// amic audit FILE…: findings in templates that amic did not make, and in key policies. The files of
// one call are read together: what one exports, another may import; what one policy admits, another
// may deny.
#include "command/command.h"
#include "audit/audit.h"

enum { TEMPLATE_MAX = 4 << 20, POLICY_TEXT_MAX = 16 << 20 };

// A note is no finding to act on.
static bool has_warning(const struct diag *d)
{
	for (size_t i = 0; i < d->len; i++)
		if (rules[d->list[i].rule].severity != NOTE)
			return true;
	return false;
}

struct operands { struct artifacts templates; struct policy *policies; size_t policy_count; };

// A list of statements without resources is a policy that stands alone.
static void open_all(struct run *r, struct context *c, struct operands *out)
{
	size_t count = r->args->rest_count;
	struct artifact *list = make(r->arena, count, struct artifact), one;
	out->templates.list = list;
	out->policies = make(r->arena, count, struct policy);
	for (size_t i = 0; i < count; i++) {
		struct str path = r->args->rest[i];
		if (!template_open(c, path, TEMPLATE_MAX, &one))
			continue;
		if (!policy_is(one.tree))
			list[out->templates.count++] = one;
		else if (policy_read(c, path, one.tree, &out->policies[out->policy_count]))
			out->policy_count++;
	}
}

static bool audit_all(struct run *r, struct context *c, const struct operands *all)
{
	struct buf unread = buf_new(r->arena, POLICY_TEXT_MAX);
	bool for_tools = r->render.format >= FORMAT_JSONL;   // standard output has the findings, then
	bool good = !r->diag->failed;
	if (all->templates.count || !all->policy_count)
		good = audit_templates(c, &all->templates);
	return (!all->policy_count || audit_policies(c, all->policies, all->policy_count,
	                                             for_tools ? &unread : r->out)) && good;
}

static int run_audit(struct run *r)
{
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	struct operands all = {.policy_count = 0};
	r->render.to_stdout = true;
	if (r->args->rest_count == 0) {
		diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {S("audit"),
			S("a template or a policy")}});
		return STATUS_UNKNOWN;
	}
	open_all(r, &c, &all);
	return audit_all(r, &c, &all) && !has_warning(r->diag) ? STATUS_DONE : STATUS_FINDINGS;
}

const struct command command_audit = {
	STR("audit"), STR("FILE..."),
	STR("findings in templates, their documents and shell, and in key policies"),
	NULL, 0, run_audit, false, NULL, 0,
};
