// index: the names of one section, hashed.
#include "link/internal.h"

static size_t hash(struct str s)
{
	u64 h = 14695981039346656037u;             // FNV-1a
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ s.at[i]) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

struct names names_of(struct arena *a, const struct node *map)
{
	struct names n = {.cap = 1};
	size_t count = map && map->kind == MAP ? map->count : 0;
	while (n.cap < count * 2)
		n.cap *= 2;
	n.slots = make(a, n.cap, const struct node *);
	const struct node *child = count ? map->first : NULL;
	for (; child; child = child->next) {
		size_t at = hash(child->key) & (n.cap - 1);
		while (n.slots[at] && !str_eq(n.slots[at]->key, child->key))
			at = (at + 1) & (n.cap - 1);
		n.slots[at] = child;
	}
	return n;
}

size_t names_slot(const struct names *n, struct str key)
{
	size_t at = hash(key) & (n->cap - 1);
	for (size_t tried = 0; tried < n->cap && n->slots[at]; tried++) {
		if (str_eq(n->slots[at]->key, key))
			return at;
		at = (at + 1) & (n->cap - 1);
	}
	return n->cap;
}

const struct node *names_find(const struct names *n, struct str key)
{
	size_t at = names_slot(n, key);
	return at < n->cap ? n->slots[at] : NULL;
}
