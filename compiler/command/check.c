// amic check: everything that build knows about a spec, and nothing written.
#include "command/command.h"

static const struct option check_options[] = {
	{0, STR("strict"), STR(""), STR("notes and warnings fail the check, too"), false},
	{0, STR("parameters"), STR("FILE"), STR("check a file of CloudFormation parameters with the spec"), true},
	{0, STR("recipe"), STR("DIR"), STR("check the recipe's folder: digest, image description"), false},
};

static bool check_one(struct run *r, struct str path)
{
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	struct spec spec;
	struct artifacts artifacts;
	return compile(&c, path, &spec, &artifacts);
}

static int run_check(struct run *r)
{
	if (r->args->rest_count == 0) {
		diag_report(r->diag, (struct finding){OPERAND_MISSING,
			.arg = {S("check"), S("a spec, such as image.ami")}});
		return STATUS_UNKNOWN;
	}
	r->render.to_stdout = true;
	for (size_t i = 0; i < r->args->rest_count; i++)
		(void)check_one(r, r->args->rest[i]);
	bool strict = args_has(r->args, S("strict"));
	return strict && r->diag->len ? STATUS_FINDINGS : STATUS_DONE;
}

const struct command command_check = {
	STR("check"), STR("SPEC..."), STR("everything that build knows about a spec; nothing is written"),
	check_options, countof(check_options), run_check,
};
