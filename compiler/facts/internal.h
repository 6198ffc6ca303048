// Inside facts: what is kept of schemas/ until the run ends.
#pragma once
#include "facts/facts.h"

struct kept_facts { struct str name; const struct node *tree; };
struct facts {
	struct arena *arena;                  // nobody's scratch memory
	struct kept_facts *list;
	size_t count, cap;
	const struct words *words;            // NULL: not asked for so far
	const struct language *language;
};
struct facts *facts_kept(struct context *c);
