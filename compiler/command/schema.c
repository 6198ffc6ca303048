// amic schema: the JSON Schema of the language, for editors.
#include "command/command.h"

static int run_schema(struct run *r)
{
	struct str text;
	if (!library_text(r->library, S("schemas/ami-1.schema.json"), &text))
		return STATUS_UNKNOWN;
	buf_put(r->out, text);
	return STATUS_DONE;
}

const struct command command_schema = {
	STR("schema"), STR(""), STR("the JSON Schema of the language, for editors"),
	NULL, 0, run_schema,
};
