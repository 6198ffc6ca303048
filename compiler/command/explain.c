// amic explain CODE: the long form of a finding; amic explain TOPIC FILE: something about it.
#include "command/explain.h"
#include "command/pcr.h"

static bool explain_rule(struct run *r, struct str code)
{
	enum rule rule;
	if (!rule_by_code(code, &rule))
		return false;
	const struct rule_text *t = &rules[rule];
	put(r->out, t->code, S(": "), t->message, S("\n\n"), t->explain, S("\n"));
	return true;
}

// An option that would do nothing is a mistake of whoever gives it.
static bool has_no_option(struct run *r)
{
	for (size_t i = 0; i < PCR_BOOT_OPTIONS; i++) {
		struct str name = pcr_options[PCR_BOOT_FIRST + i].name;
		if (args_has(r->args, name))
			return diag_report(r->diag, (struct finding){OPTION_UNKNOWN,
				.arg = {cat(r->diag->arena, S("--"), name)}});
	}
	return true;
}

static int run_explain(struct run *r)
{
	const struct args *args = r->args;
	int status = STATUS_DONE;
	if (args->rest_count == 0 || args->rest_count > 2) {
		diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {S("explain"),
			S("a code, such as AMI0901, or a topic and a file")}});
		return STATUS_UNKNOWN;
	}
	if (args->rest_count == 2 && explain_pcr_topic(r, args->rest[0], args->rest[1], &status))
		return status;
	if (!has_no_option(r))
		return STATUS_UNKNOWN;
	if (args->rest_count == 1 && explain_rule(r, args->rest[0]))
		return STATUS_DONE;
	if (args->rest_count == 2 && explain_spec(r, args->rest[0], args->rest[1], &status))
		return status;
	diag_report(r->diag, (struct finding){EXPLAIN_UNKNOWN, .arg = {args->rest[0]}});
	return STATUS_UNKNOWN;
}

const struct command command_explain = {
	STR("explain"), STR("CODE | TOPIC FILE"), STR("what a finding means and what to do about it"),
	pcr_options + PCR_BOOT_FIRST, PCR_BOOT_OPTIONS, run_explain,
};
