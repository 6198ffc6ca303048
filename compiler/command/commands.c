// The commands, in the order in which --help lists them.
// cycle: completion.c: the table of commands holds the one that lists them.
#include "command/command.h"

extern const struct command command_audit, command_blame, command_build, command_check;
extern const struct command command_completion, command_diff, command_explain, command_fmt;
extern const struct command command_graph, command_init;
extern const struct command command_pcr, command_schema, command_uefi_data, command_verify;
extern const struct command command_version;

const struct command *const commands[] = {
	&command_build,
	&command_check,
	&command_diff,
	&command_fmt,
	&command_pcr,
	&command_verify,
	&command_uefi_data,
	&command_audit,
	&command_blame,
	&command_explain,
	&command_graph,
	&command_init,
	&command_schema,
	&command_completion,
	&command_version,
};
const size_t command_count = countof(commands);

const struct option common_options[] = {
	{'h', STR("help"), STR(""), STR("show this text"), false},
	{0, STR("format"), STR("FORMAT"), STR("findings as text, short, jsonl, sarif or github"), true},
	{0, STR("max-errors"), STR("N"), STR("show at most N findings (20; 0: all)"), false},
	{0, STR("stdlib"), STR("DIR"), STR("read schemas/ and stdlib/ from DIR"), false},
};
const size_t common_option_count = countof(common_options);

const struct command *command_find(struct str name)
{
	for (size_t i = 0; i < command_count; i++)
		if (str_eq(commands[i]->name, name))
			return commands[i];
	return NULL;
}
