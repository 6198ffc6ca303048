// Inside blueprint: what the holes of a template share (stdlib/README.md says what they mean), and
// what the edits of `patch:` share.
#pragma once
#include "blueprint/blueprint.h"

// ---- expand.c and the holes.

enum { INCLUDES_MAX = 3, DOCUMENT_MAX = 1 << 20 };

// A file of the blueprint, read once a run, however many specs want it.
struct blueprint_file { struct str name, text; u32 file; struct node *tree; };
struct blueprint { struct blueprint_file *list; size_t count, cap; };

// What the files of a digest contain; the base sees the same for all templates of a spec.
enum { CONTENTS_MAX = 32 };
struct contents { struct { struct str name, digest; } list[CONTENTS_MAX]; size_t count; };

// A digest that waits until all around it is finished.
struct digest { struct node *node; const struct node *around; struct str files, frame; };

struct expander {
	struct context *c;
	const struct functions *functions;
	const struct words *w;
	const struct spec *spec;
	const struct scope *scope;
	const struct node *element;           // of the !each around, or NULL
	const struct node *refs;              // a document alone: what references become; else NULL
	bool alone, quiet;                    // quiet: expanded for its digest only
	bool *used;                           // per value of the scope: its parameter is asked for,
	bool *asked;                          //   and its condition
	struct node *parameters, *conditions; // sections to fill in at the end
	struct node *around;                  // the properties being made, or the root
	struct digest *digests;
	size_t digest_count, digest_cap;
	size_t includes, depth;               // files, and levels from the template's root
	struct str folder;                    // "stdlib/1/"
	struct contents *contents;
	bool inside;                          // a document that becomes text
	bool failed;
};


// holes.c. NULL: the node vanishes, or x->failed.
struct node *expand_node(struct expander *x, const struct node *n);
bool hole_wrong(struct expander *x, const struct node *n, struct str what);      // false
// The value of a path as the template sees it: an open one is literal in a document alone.
// NULL, with a finding, when there is no such setting.
const struct value *hole_value(struct expander *x, const struct node *n, struct str path);
enum binding value_binding(const struct expander *x, const struct value *v);
bool hole_needs_literal(struct expander *x, const struct node *n, const struct value *v);
struct span value_cause(const struct value *v);
// {Ref: Parameter}, which is then declared; {Ref: nothing at all}.
struct node *ref_to(struct expander *x, const struct value *v, const struct node *at);
struct node *ref_nothing(struct expander *x, const struct node *at);
// {Fn::If: [HasParameter, yes, no]}, and the condition is then declared.
struct node *choose(struct expander *x, const struct value *v, struct node *yes, struct node *no);
bool is_nothing(const struct expander *x, const struct node *n);
struct node *text_at(struct expander *x, struct str text, const struct node *at);

// shapes.c: a value as the hole wants it. NULL: the node vanishes, or x->failed.
struct node *shape_value(struct expander *x, const struct node *at, const struct value *v,
                         struct str shape);
struct node *shape_node(struct expander *x, const struct node *at, const struct setting *of,
                        const struct node *n, struct str shape);

// script.c
struct node *hole_script(struct expander *x, const struct node *n, struct str arg);

// documents.c
struct node *hole_include(struct expander *x, const struct node *n, struct str arg);
struct node *hole_embed(struct expander *x, const struct node *n, struct str arg);
bool blueprint_text(struct expander *x, struct str name, struct str *out);
bool blueprint_tree(struct expander *x, struct str name, struct node **out);
// In a document alone, puts the manifest's text where references stand.
void resolve_refs(struct expander *x, struct node *tree);

// sections.c
struct node *hole_params(struct expander *x, const struct node *n, struct str arg);
struct node *hole_conditions(struct expander *x, const struct node *n, struct str arg);
void fill_sections(struct expander *x, struct node *root);
struct str condition_name(struct expander *x, const struct value *v);

// digest.c
struct node *hole_digest(struct expander *x, const struct node *n, struct str arg);
void fill_digests(struct expander *x);

// ---- patch.c: an index of large mappings, and what the edits did.

// index.c: members by name, for mappings that grow by thousands of edits. Every change of a
// mapping that was looked into goes through it.
struct index;
struct index *index_new(struct arena *a);
struct node *index_get(struct index *x, const struct node *map, struct str key);
void index_append(struct index *x, struct node *map, struct node *child);
void index_remove(struct index *x, struct node *map, struct node *child);

// attribute.c: an edit that was made.
struct edited {
	const struct node *pointer, *op;      // their places in the spec
	const struct artifact *in;
	struct span around;           // what was written around its target
	struct str name;              // the last part of the pointer
	const struct node *was, *now; // NULL: there was nothing, or is nothing any more
};
struct edits { struct edited *list; size_t count, cap; };
