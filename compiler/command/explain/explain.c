// amic explain CODE: the long form of a finding; SETTING: what the language says of it; TOPIC FILE:
// something about the file.
#include "command/explain/explain.h"
#include "command/pcr/pcr.h"

// "AMI0901", "ami0901", "0901" or "901".
static bool rule_of(struct str word, struct str *code, struct arena *a)
{
	struct buf name = buf_new(a, word.len + 8);
	u64 number;
	enum rule rule;
	bool digits = str_u64(word, &number);
	put(&name, digits ? S("AMI") : S(""));
	buf_fill(&name, '0', digits && word.len < 4 ? 4 - word.len : 0);
	for (size_t i = 0; i < word.len; i++) {
		bool small = word.at[i] >= 'a' && word.at[i] <= 'z';
		buf_byte(&name, small ? (u8)(word.at[i] - 32) : word.at[i]);
	}
	*code = buf_str(&name);
	return rule_by_code(*code, &rule);
}

// The texts of a rule hold {0} to {5}, which only a finding fills.
static void put_message(struct buf *out, struct str text)
{
	size_t off;
	struct str hole;
	while (str_find(text, S("{"), &off)) {
		put(out, ((struct str){text.at, off}), S("..."));
		text = str_cut((struct str){text.at + off, text.len - off}, '}', &hole);
	}
	put(out, text);
}

static bool explain_rule(struct run *r, struct str word)
{
	struct str code;
	enum rule rule;
	if (!rule_of(word, &code, r->arena) || !rule_by_code(code, &rule))
		return false;
	const struct rule_text *t = &rules[rule];
	put(r->out, t->code, S(": "));
	put_message(r->out, t->message);
	put(r->out, S("\n\n"), t->explain, S("\n"));
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
			S("a code, such as AMI0901, a setting, or a topic and a file")}});
		return STATUS_UNKNOWN;
	}
	if (args->rest_count == 2 && explain_pcr_topic(r, args->rest[0], args->rest[1], &status))
		return status;
	if (!has_no_option(r))
		return STATUS_UNKNOWN;
	if (args->rest_count == 1
	    && (explain_rule(r, args->rest[0]) || explain_setting(r, args->rest[0], &status)))
		return status;
	if (args->rest_count == 2 && explain_spec(r, args->rest[0], args->rest[1], &status))
		return status;
	if (args->rest_count == 1 && explain_is_topic(args->rest[0]))
		diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {
			cat(r->diag->arena, S("explain "), args->rest[0]), S("a spec behind it")}});
	else
		diag_report(r->diag, (struct finding){EXPLAIN_UNKNOWN, .arg = {args->rest[0]}});
	return STATUS_UNKNOWN;
}

const struct command command_explain = {
	STR("explain"), STR("CODE | SETTING | TOPIC FILE"),
	STR("what a finding or a setting means, what a spec costs and allows"),
	pcr_options + PCR_BOOT_FIRST, PCR_BOOT_OPTIONS, run_explain, false, NULL, 0,
};
