// edits: replacements of bytes, collected.
#include "fmt/internal.h"

void edit_add(struct formatter *f, u64 off, size_t len, struct str by)
{
	struct str now;
	if (f->count == f->cap || !str_sub(f->text, off, len, &now) || str_eq(now, by))
		return;
	f->list[f->count++] = (struct edit){off, len, by};
}
