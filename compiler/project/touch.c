// touch: an operand → the specs that have to do with it.
#include "project/project.h"

// What cannot be read may read anything: it counts as touched by whatever no other spec knows.
static bool is_touched(const struct project_spec *s, struct str name)
{
	for (size_t i = 0; i < s->input_count; i++)
		if (name_within(name, s->inputs[i]))     // a folder stands for what lies in it
			return true;
	bool folder = !str_eq(s->folder, S("."));
	return !s->abstract && folder && name_within(s->folder, name);
}

// Outputs in the root itself are told by their folder alone.
static bool lies_beside(const struct project_spec *s, struct str name)
{
	size_t off;
	return !s->abstract && str_eq(s->folder, S(".")) && !str_find(name, S("/"), &off)
	    && (str_ends(name, S(".yaml")) || str_eq(name, S(".")));
}

bool project_touch(const struct project *p, struct arena scratch, struct str operand,
                   bool *touched)
{
	struct str name;
	bool some = false;
	if (!project_name(p, &scratch, operand, &name))
		return false;
	bool all = str_eq(name, S("amic.yaml"));
	for (size_t i = 0; i < p->count; i++)
		if (all || is_touched(&p->list[i], name) || lies_beside(&p->list[i], name))
			some = touched[i] = true;
	for (size_t i = 0; !some && i < p->count; i++)
		if (p->list[i].unread)
			touched[i] = true;
	return some || all;
}
