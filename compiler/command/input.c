// input: whole files that commands are given beside their operands.
#include "command/command.h"

bool binary_read(struct run *r, struct str path, u64 max, struct str *out, u32 *file)
{
	if (!file_read(r->arena, path, max, out, r->diag))
		return false;
	*file = sources_add(&r->diag->sources, path, S(""));
	r->diag->sources.list[*file - 1].binary = true;
	return true;
}
