// What the two halves of amic blame share.
#pragma once
#include "command/outputs.h"

struct blame {
	struct run *r;
	struct products products;
	struct origins **origins;     // per product and artifact, made when first asked for
};
bool must_use blame_find(const struct blame *b, struct str path, size_t *product,
                         size_t *artifact);
// NULL when no output of the specs is meant by `path`.
const struct origin *blame_origin(struct blame *b, struct str path, u32 line,
                                  const struct product **out);
// blame_findings.c: standard input, JSON of other tools, to standard output.
int blame_findings(struct blame *b);
