// Inside link: the checks, in their order.
#pragma once
#include "link/link.h"

// ---- model.c: everything but the checks; false, with a finding, when schemas/ cannot be read.
bool must_use linkage_load(struct context *c, const struct artifacts *all, struct linkage *out);

// ---- the checks, in their order
void link_names(struct linkage *l);          // sections, names, counts
void link_functions(struct linkage *l);      // shapes, places, targets of functions
void link_cycles(struct linkage *l);         // resources that wait for each other
void link_types(struct linkage *l);          // properties against schemas/types/
void link_exports(struct linkage *l);        // exports, imports, outputs of other stacks
void link_quotas(struct linkage *l);         // what IAM takes inside a role
void link_collisions(struct linkage *l);     // names that exist once in an account
void link_documents(struct linkage *l);      // finds, reads and checks embedded documents
void link_chains(struct linkage *l);         // {{ }} and $.stepOutputs
void link_calls_match(struct linkage *l);    // parameters passed and declared
void link_timeouts(struct linkage *l);       // the inner ends before the outer
void link_iam(struct linkage *l);            // who may do what, and why

// needs.c: each step of each build has what it needs, and no role has more.
void iam_needs(struct iam *i);
