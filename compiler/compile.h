// The passes in their order, from a spec to the texts of its outputs.
//
//   spec (read → check → bind) → blueprint (expand → patch) → link → template (emit)
#pragma once
#include "blueprint/blueprint.h"
#include "link/link.h"

// ---- compile.c: the passes in their order. Reads the spec and what it names. What could be better
// of a spec that is right is check_notes' to say, once, by build and check.
bool must_use compile(struct context *c, struct str path, struct spec *spec,
                      struct artifacts *out);
// After one of several, of which nothing but copies is needed any more: its memory is given back,
// up to where the arena was `before` it. Findings stay.
void compile_next(struct context *c, struct arena before);
