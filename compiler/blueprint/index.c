// index: the members of a mapping by name, in time that does not grow with their number. A
// mapping is indexed when it is first looked into, and anew when an edit has put another value
// in its place.
#include "blueprint/internal.h"

enum { SMALL = 16, BUCKETS = 64 };

// Linear probing; a removed member leaves its key behind, so that others are still found.
struct slot { struct str key; bool taken; struct node *node, *before; };
struct members {
	const struct node *map, *first;
	struct slot *slots;
	size_t cap, used, count;
	struct members *next;
};
struct index { struct arena *arena; struct members *buckets[BUCKETS]; };

struct index *index_new(struct arena *a)
{
	struct index *x = make(a, 1, struct index);
	x->arena = a;
	return x;
}

static u64 hash(struct str key)
{
	u64 h = 0xcbf29ce484222325;   // FNV-1a
	for (size_t i = 0; i < key.len; i++)
		h = (h ^ key.at[i]) * 0x100000001b3;
	return h ^ h >> 32;
}

// Where a key is, or where it would go: a quarter of the slots stays free.
static struct slot *slot_of(const struct members *m, struct str key)
{
	size_t i = (size_t)hash(key) & (m->cap - 1);
	while (m->slots[i].taken && !str_eq(m->slots[i].key, key))
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

// The first of twins is the one that counts, as in node_get.
static void add(struct members *m, struct node *node, struct node *before)
{
	struct slot *s = slot_of(m, node->key);
	m->used += !s->taken;
	if (!s->node)
		*s = (struct slot){node->key, true, node, before};
}

static void fill(struct index *x, struct members *m, const struct node *map)
{
	struct node *before = NULL;
	*m = (struct members){.map = map, .first = map->first, .count = map->count, .next = m->next};
	for (m->cap = 2 * SMALL; m->cap / 4 < map->count;)
		m->cap *= 2;
	m->slots = make(x->arena, m->cap, struct slot);
	for (struct node *n = map->first; n; before = n, n = n->next)
		add(m, n, before);
}

static struct members *members_of(struct index *x, const struct node *map, bool wanted)
{
	struct members **bucket = &x->buckets[((uintptr_t)map >> 6) % BUCKETS], *m = *bucket;
	while (m && m->map != map)
		m = m->next;
	if (m && (m->first != map->first || m->count != map->count))
		fill(x, m, map);
	if (m || !wanted)
		return m;
	m = make(x->arena, 1, struct members);
	m->next = *bucket;
	*bucket = m;
	fill(x, m, map);
	return m;
}

struct node *index_get(struct index *x, const struct node *map, struct str key)
{
	if (map->kind != MAP || map->count < SMALL)
		return node_get(map, key);
	return slot_of(members_of(x, map, true), key)->node;
}

void index_append(struct index *x, struct node *map, struct node *child)
{
	struct members *m = members_of(x, map, false);
	struct node *before = map->last;
	node_append(map, child);
	if (!m)
		return;
	if (m->cap / 4 * 3 <= m->used + 1) {
		fill(x, m, map);
		return;
	}
	m->first = map->first;
	m->count = map->count;
	add(m, child, before);
}

static struct node *before_of(const struct members *m, const struct node *parent,
                              const struct node *child)
{
	struct node *before = NULL;
	const struct slot *s = m ? slot_of(m, child->key) : NULL;
	if (s && s->node == child)
		return s->before;
	for (struct node *n = parent->first; n != child; n = n->next)
		before = n;
	return before;
}

void index_remove(struct index *x, struct node *parent, struct node *child)
{
	struct members *m = parent->kind == MAP ? members_of(x, parent, false) : NULL;
	struct node *before = before_of(m, parent, child);
	if (before)
		before->next = child->next;
	else
		parent->first = child->next;
	parent->last = parent->last == child ? before : parent->last;
	parent->count--;
	if (!m)
		return;
	m->first = parent->first;
	m->count = parent->count;
	slot_of(m, child->key)->node = NULL;
	struct slot *after = child->next ? slot_of(m, child->next->key) : NULL;
	if (after && after->node == child->next)
		after->before = before;
}
