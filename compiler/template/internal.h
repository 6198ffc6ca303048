// Inside emit: from a tree to a text that nobody has proved yet.
#pragma once
#include "template/template.h"

enum { TEXT_MAX = 16 << 20 };

// write.c: in c->arena. Calls of functions in their short form, where `f` is given. False, with a
// finding at the tree's cause, when it is nested too deep or longer than TEXT_MAX.
bool must_use write_text(struct context *c, struct str name, const struct node *tree,
                         const struct functions *f, struct str *out);
