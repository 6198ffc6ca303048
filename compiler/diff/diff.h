// diff: two sets of templates in, what an update from the one to the other does out.
//
//   simplify (loops) → changes → effects → exports → rest → report
//
// What AWS does with a change (create-only properties, names that must be unique, attributes that
// stay) is data: schemas/types/ and schemas/diff.json.
#pragma once
#include "compile.h"

// ---- simplify.c
// A copy of the template as it is with every parameter at its default: references, texts and
// conditions that are then known are replaced by their values, resources whose condition is false
// and properties without a value are gone. What has no default stays as it is written.
struct node *simplify_template(struct context *c, const struct words *w,
                               const struct node *template);

// The same without the defaults: what is left differs only where the templates mean other things.
struct node *normalise_template(struct context *c, const struct words *w,
                                const struct node *template);
struct node *node_unstyled(struct arena *a, const struct node *n);    // without quotes and blocks

// ---- loops.c: the section without those Fn::ForEach whose lists are known.
struct node *unroll_section(struct arena *a, const struct words *w, const struct node *template,
                            const struct node *section);

// ---- changes.c: where two trees differ. Lists are compared by the names of their elements when
// these have names; text that holds a document is compared as one; scripts by line.
struct change {
	struct str path;              // "Data: ApplyBuildComponents.timeoutSeconds"
	struct str top;               // the property that it is in: "Data"
	const struct node *was, *is;  // either may be NULL
	struct str was_text, is_text; // short forms for people; empty for what is no scalar
	u64 line;                     // in a script, from 1; 0: not in a script
};
struct changes { struct change *list; size_t count, cap; struct arena *arena; };
void changes_between(struct context *c, const struct node *facts, const struct node *was,
                     const struct node *is, struct changes *out);
void changes_add(struct changes *all, struct change one);

// ---- effects.c: what CloudFormation does for each resource.
enum effect {                     // from harmless to impossible
	EFFECT_NONE, EFFECT_IN_PLACE, EFFECT_CREATE, EFFECT_DELETE, EFFECT_NEW, EFFECT_REPLACE,
	EFFECT_REFUSED
};
struct resource_diff {
	struct str id, type;
	enum effect effect;
	struct str word;              // "in place", "new build", "REFUSED", …
	struct str why;               // of a refusal, a deletion
	struct str advice;            // what makes a refused update one that works
	struct changes changes;
	const struct node *was, *is;  // the resource, simplified; NULL when it is not there
	bool renamed;                 // replaced under another name
};
struct named_place { struct str name; size_t place; };
struct named_places { struct named_place *list; size_t count, cap; };
struct template_diff {
	struct str name;
	const struct node *was, *is;  // simplified; NULL: no such template on that side
	const struct node *was_whole, *is_whole;      // as written
	struct resource_diff *list;
	size_t count;
	struct named_places by_id;    // of `list`, sorted
	struct changes parameters, outputs;           // outputs whose value changes are in both
	struct changes rest;          // what differs and changes none of those
	bool *output_moved;           // per output of `is`: its value is another one afterwards
	bool gone;                    // the new side does not have it
};
struct set_diff {
	const struct words *words;
	const struct node *facts;     // schemas/diff.json
	struct template_diff *list;
	size_t count;
	struct str spec_path;
	bool all;                     // the report leaves no change of a resource out
};
// Pairs the templates by name (or the only one with the only one). Both in long form.
bool must_use diff_sets(struct context *c, const struct artifacts *was, const struct artifacts *is,
                        struct set_diff *out);
enum effect diff_worst(const struct set_diff *d);
bool diff_is_empty(const struct set_diff *d);

// ---- places.c: where in a list something of a name is; thousands of names are looked up.
void places_add(struct arena *a, struct named_places *all, struct str name, size_t place);
void places_sort(struct named_places *all);       // by name, then by place
// The first of that name and those behind it are at list[*from] up to the result.
size_t places_find(const struct named_places *all, struct str name, size_t *from);

// ---- exports.c: outputs that others import can neither change nor go.
void exports_check(struct context *c, struct set_diff *d);
// True when the value that the node reads is another one after the update: it names a resource
// that is replaced, or an output of another template that changes.
bool value_moves(const struct set_diff *d, const struct template_diff *t, const struct node *n);
// Marks the outputs whose values move by now; true when there was a new one.
bool outputs_follow(struct set_diff *d, struct template_diff *t);

// ---- rest.c: what the templates, as they are written, differ in beside all that.
void rest_find(struct context *c, struct set_diff *d);

// ---- report.c
void diff_report(const struct set_diff *d, const struct spec *spec, struct context *c,
                 struct buf *out);

// ---- report_json.c: all of it as one JSON object; false when there was no memory for it.
bool must_use diff_report_json(const struct set_diff *d, struct context *c, struct buf *out);
