// blueprint: bound scopes × stdlib/ → trees of the outputs, then the user's own edits.
#pragma once
#include "spec/spec.h"
#include "template/template.h"

// ---- expand.c: stdlib/N × a scope → documents. The holes: stdlib/README.md.
bool must_use expand_spec(struct context *c, const struct spec *s, struct artifacts *out);

// ---- behind.c: which settings a place of an output depends on.
struct behind_place {
	const struct node *around, *made, *was;       // its parent as made; made or was may be NULL
	const struct node *parameter;                 // the entry of Parameters that it lies in
	bool whole;                   // it is in one of the two only
};
struct behind {
	struct str list[8];           // paths, those that can be behind it
	size_t count;
	bool opened;                  // a parameter is there, or not: a setting was opened or closed
	bool digest;                  // it follows from what is elsewhere
};
void blueprint_behind(struct context *c, const struct spec *s, const struct behind_place *p,
                      struct behind *out);

// ---- patch.c: the user's explicit edits, in order; list elements by key, never by number.
bool must_use patch_artifacts(struct context *c, const struct spec *s, struct artifacts *all);
// ---- attribute.c
// Moves link's findings, those from number `from` on, to the edits that caused them, and warns of
// outputs that are gone.
void patch_tell(struct context *c, const struct spec *s, size_t from);
