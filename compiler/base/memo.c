// memo: what was worked out in this run about some content, found again by the content's digest.
// The specs of one run are mostly alike, and so are the resources and documents that they become.
#include "base/base.h"

struct memo_entry {
	struct str key;
	void *value;
	struct memo_entry *next;      // in the same slot
};

static struct memo_entry *const *slot_of(const struct memo *m, struct str key)
{
	u32 start = key.len < 2 ? 0 : key.at[0] | (u32)key.at[1] << 8;
	return &m->slots[start % countof(m->slots)];
}

void *memo_find(const struct memo *m, struct str key)
{
	const struct memo_entry *e = *slot_of(m, key);
	while (e && !str_eq(e->key, key))
		e = e->next;
	return e ? e->value : NULL;
}

void memo_keep(struct memo *m, struct str key, void *value)
{
	struct memo_entry *e = make(m->arena, 1, struct memo_entry);
	struct memo_entry **slot = &m->slots[slot_of(m, key) - m->slots];
	*e = (struct memo_entry){str_copy(m->arena, key), value, *slot};
	*slot = e;
}
