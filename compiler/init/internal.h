// init: templates that exist in, the spec whose outputs would take their place out.
//
//   read (find, keys) → merge → write → unmapped
//
// Where a setting stands in which template is data: schemas/init.json.
#pragma once
#include "init/init.h"

struct initer {
	struct context *c;
	const struct language *l;
	const struct functions *functions;
	const struct words *w;
	const struct node *facts;
	struct str keys;              // the folder for Secure Boot keys; empty: not asked for
};
// A template and what it says. `values` maps the paths of settings to values, each at the place
// of the template that it was read from; `open` has the settings that are its parameters.
struct origin_template {
	struct str part;              // "base", "pipeline", "key": of "templates" of the facts
	struct str key, arch;         // of a pipeline
	const struct artifact *from;
	struct node *values, *open;
};
struct origin_set { struct origin_template *list; size_t count; };

// ---- find.c
// The node that a path leads to, branches of conditions and defaults of parameters looked into;
// NULL without one. Lists take [Key=Value] or a number.
const struct node *find_value(const struct initer *in, const struct node *template,
                              const struct node *from, struct str path);
// The resource that a row of the facts names, by `id` or else by `type`; NULL without one.
// The first resource of that type.
const struct node *find_typed(const struct initer *in, const struct node *template,
                              struct str type);
const struct node *find_resource(const struct initer *in, const struct node *template,
                                 const struct node *row);
// The text of a substitution, its references in it; other nodes as they are.
const struct node *spoken_of(const struct initer *in, const struct node *n);
// The text behind `after` (one, or each behind the one before) up to the row's `until`. False:
// not there.
bool find_part(const struct node *row, const struct node *after, struct str text, struct str *out);

// ---- read.c
bool must_use read_origins(const struct initer *in, const struct artifacts *old,
                           struct origin_set *out);

// ---- keys.c: writes the keys that a template holds to files, and has the settings name these.
bool must_use recover_keys(const struct initer *in, const struct origin_set *set);

// ---- merge.c: the settings of the templates as one spec.
struct node *merge_origins(const struct initer *in, const struct origin_set *set);

// ---- write.c: a tree as the text of a spec; each setting is followed by the place it is from.
void write_spec(const struct initer *in, const struct node *spec, struct buf *out);

// ---- unmapped.c: what the outputs of `spec` would lose of the templates: parts of their own are
// added to the spec as `patch:`, what the blueprint has otherwise is reported.
void add_losses(const struct initer *in, const struct origin_set *set,
                const struct artifacts *made, struct node *spec);
// The outputs of a spec in memory. False, with its findings, when it does not compile.
bool must_use made_of(const struct initer *in, struct str text, struct artifacts *out);
