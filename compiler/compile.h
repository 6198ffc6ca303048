// The passes in their order, from a spec to the texts of its outputs.
//
//   spec (read → check → bind) → blueprint (expand → patch) → link → template (emit)
#pragma once
#include "blueprint/blueprint.h"
#include "link/link.h"

// ---- compile.c: the passes in their order. Reads the spec and what it names. An abstract spec is
// checked; it has no artifacts. Notes, of what could be better, are check_notes' to give: build and
// check do.
bool must_use compile_or_check(struct context *c, struct str path, struct spec *spec,
                               struct artifacts *out);
// The same for what has outputs: an abstract spec is refused.
bool must_use compile(struct context *c, struct str path, struct spec *spec,
                      struct artifacts *out);
// After one of several, of which nothing but copies is needed any more: its memory is given back,
// up to where the arena was `before` it. Findings stay.
void compile_next(struct context *c, struct arena before);
