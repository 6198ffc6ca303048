// template: CloudFormation as text and as trees. Functions have their long form in every tree.
#pragma once
#include "facts/facts.h"

// ---- What the passes hand on: templates and documents, each a tree and later its text.
struct artifact {
	struct str name;              // "base-template.yaml"
	struct str scope;             // "base" or the pipeline's key: what `patch:` names
	bool is_template;             // else an embedded document standing alone
	struct node *tree;            // after patch: what emit writes
	struct str text;              // after emit
};
struct artifacts { struct artifact *list; size_t count; };

// ---- functions.c: the short and the long form of CloudFormation's functions.
struct function { struct str name, tag; bool dotted; };    // "Fn::GetAtt", "!GetAtt", A.B
struct functions { struct function *list; size_t count; };
// The table, read once a run; NULL, with a finding, when the library has none.
const struct functions *functions_of(struct context *c);
// Which function the map {Fn::X: …} calls, or NULL.
const struct function *function_of(const struct functions *f, const struct node *n);
// Makes of !X arg {Fn::X: arg}, in place. False when the tag is no function's.
bool function_lengthen(struct arena *a, const struct functions *f, struct node *n);
void functions_lengthen(struct arena *a, const struct functions *f, struct node *tree);
struct node *function_call(struct arena *a, struct str name, struct node *arg);

// ---- template.c: what tools write (libyaml): YAML 1.1 with CloudFormation's short tags, or
// JSON; up to 4 MiB, depth 64, no anchors. The tree has functions in their long form.
bool must_use template_read(struct context *c, u32 file, struct node **out);
// The template of a file of at most `max` bytes, as an artifact of that name: tree and text.
bool must_use template_open(struct context *c, struct str path, u64 max, struct artifact *out);

// ---- emit.c: trees to YAML text with libyaml, read back by libfyaml and compared.
bool must_use emit_artifacts(struct context *c, struct artifacts *all);
struct document { const struct node *tree; struct str name, text; };
// One tree as text, called `name` in findings. Functions take their short form unless `f` is NULL.
bool must_use emit_yaml(struct context *c, struct str name, const struct node *tree,
                        const struct functions *f, struct str *out);
// Such a text as a tree again, whose spans are the lines of the output.
bool must_use emit_read(struct context *c, struct str name, struct str text,
                        const struct functions *f, struct node **out);

// ---- blame.c: which lines made this line of an output?
struct origin {
	struct str pointer;           // "/Resources/LogBucket/Type"
	struct span at, cause;        // of the blueprint; of the spec, file 0 when no setting did
};
// One entry a node, in the order of the text; the last one at or before a line made it.
struct origin_line { u32 line; struct origin origin; };
struct origins { struct origin_line *list; size_t count, cap; };
void blame_artifact(struct context *c, const struct artifact *from, struct origins *out);
const struct origin *blame_line(const struct origins *o, u32 line);    // NULL: before the first
// The setting that stands at a place of the spec, "build.timeout", or empty.
struct str blame_setting(struct arena *a, const struct node *spec, struct span at);
