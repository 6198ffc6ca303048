// amic explain CODE: the long form of a finding.
#include "command/command.h"

static bool explain_rule(struct run *r, struct str code)
{
	enum rule rule;
	if (!rule_by_code(code, &rule))
		return false;
	const struct rule_text *t = &rules[rule];
	put(r->out, t->code, S(": "), t->message, S("\n\n"), t->explain, S("\n"));
	return true;
}

static int run_explain(struct run *r)
{
	if (r->args->rest_count != 1) {
		diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {S("explain"),
			S("a code, such as AMI0901")}});
		return STATUS_UNKNOWN;
	}
	if (explain_rule(r, r->args->rest[0]))
		return STATUS_DONE;
	diag_report(r->diag, (struct finding){EXPLAIN_UNKNOWN, .arg = {r->args->rest[0]}});
	return STATUS_UNKNOWN;
}

const struct command command_explain = {
	STR("explain"), STR("CODE"), STR("what a finding means and what to do about it"),
	NULL, 0, run_explain,
};
