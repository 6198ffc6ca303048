// init.c: the spec whose outputs would update the stacks of `old` in place. False when these are
// no base and pipeline; what the spec cannot say is reported. Secure Boot keys that the templates
// hold are written to the folder `keys`, which may be empty.
#pragma once
#include "compile.h"

bool must_use init_spec(struct context *c, const struct artifacts *old, struct str keys,
                        struct buf *out);
