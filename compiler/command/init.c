// amic init: a first spec, commented, on standard output.
#include "command/command.h"

static int run_init(struct run *r)
{
	struct str text;
	if (r->args->rest_count) {
		diag_report(r->diag, (struct finding){OPTION_VALUE, .arg = {S("init"), r->args->rest[0],
			S("it takes no operand: amic init >NAME.ami")}});
		return STATUS_UNKNOWN;
	}
	if (!library_text(r->library, S("stdlib/1/init.ami"), &text))
		return STATUS_UNKNOWN;
	put(r->out, text);
	return STATUS_DONE;
}

const struct command command_init = {
	STR("init"), STR(""), STR("print a commented first spec"), NULL, 0, run_init,
};
