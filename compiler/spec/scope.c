// scope: the settings as one template sees them.
#include "spec/spec.h"

const struct value *scope_find(const struct scope *s, struct str path)
{
	for (size_t i = 0; i < s->count; i++)
		if (str_eq(s->values[i].path, path))
			return &s->values[i];
	return NULL;
}
