// What the parts of patch share: an index of large mappings, and what the edits did.
#pragma once
#include "amic.h"

// index.c: members by name, for mappings that grow by thousands of edits. Every change of a
// mapping that was looked into goes through it.
struct index;
struct index *index_new(struct arena *a);
struct node *index_get(struct index *x, const struct node *map, struct str key);
void index_append(struct index *x, struct node *map, struct node *child);
void index_remove(struct index *x, struct node *map, struct node *child);

// tell.c: an edit that was made.
struct edited {
	const struct node *pointer, *op;      // their places in the spec
	const struct artifact *in;
	struct span around;           // what was written around its target
	struct str name;              // the last part of the pointer
	const struct node *was, *now; // NULL: there was nothing, or is nothing any more
};
struct edits { struct edited *list; size_t count, cap; };
