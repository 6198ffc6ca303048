// Statements of policies, for iam.c and needs.c.
#pragma once
#include "link/link.h"

struct role;
struct asked { const struct node *role, *at; const u8 *need; };
struct iam {
	struct linkage *l;
	const json_t *facts;
	struct str effect, allow, sid, action, resource, condition, principal, fixed_partition;
	struct asked asked[256];             // needs.c
	size_t asked_count;
	struct role *roles;                  // needs.c: those of builds
};
struct statement {
	const struct node *node, *sid, *actions, *resources, *condition, *principal;
	bool allows;
};
bool must_use iam_open(struct linkage *l, struct iam *i);   // false: no facts
struct str iam_word(const struct iam *i, const char *key);
// One value, or each of a list.
struct each { const struct node *at; bool many; };
struct each iam_each(const struct node *one_or_many);
const struct node *each_next(struct each *e);

typedef void iam_visit(struct iam *i, const struct statement *s, void *with);
// Calls `visit` for each statement below n.
void iam_statements(struct iam *i, const struct node *n, iam_visit *visit, void *with);
// needs.c: each step of each build has what it needs, and no role has more.
void iam_needs(struct iam *i);
