// The commands, in the order in which --help lists them.
#include "command/command.h"

extern const struct command command_explain;

const struct command *const commands[] = {
	&command_explain,
};
const size_t command_count = countof(commands);

const struct command *command_find(struct str name)
{
	for (size_t i = 0; i < command_count; i++)
		if (str_eq(commands[i]->name, name))
			return commands[i];
	return NULL;
}
