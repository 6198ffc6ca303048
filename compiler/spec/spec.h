// spec: the user's file, read with all that it extends, checked against the language, and bound:
// each setting literal, open or absent, for the base and for each pipeline.
#pragma once
#include "facts/facts.h"

// ---- spec.c: the spec and what it extends, as one tree; every node keeps its own file.
enum binding { ABSENT, LITERAL, OPEN };
struct value {
	const struct setting *of;     // NULL for derived ones
	struct str path;
	enum binding binding;
	const struct node *node;      // the value, or an open parameter's default; else NULL
	bool from_spec;               // written by the user, not a default
};
struct scope {                    // what one template sees
	struct str pipeline;          // key in `pipelines`; empty for the base
	struct value *values;
	size_t count;
};
struct spec {
	struct str path;
	u32 file;
	struct node *tree;            // defaults not filled in
	const struct language *language;
	u64 blueprint;
	struct scope base;
	struct scope *pipelines;      // in the order of the spec; `main` when it names none
	size_t pipeline_count;
	struct str *inputs;           // every file read on the way: for -MD
	size_t input_count, input_cap;
	struct str root;              // the folder that files must lie in; empty: not asked for yet
	bool in_repository;           // it is a repository's, not the spec's own
	bool in_project;              // it is the project's
};
bool must_use spec_read(struct context *c, const struct language *l, struct str path,
                        struct spec *out);
// Whether it exists to be extended: what it lacks may be said there.
bool spec_is_abstract(const struct spec *s);
bool must_use spec_read_source(struct context *c, const struct language *l, u32 file,
                               struct spec *out);     // of text that is in no file
// Reads a file that the setting at `at` names, seen from that setting's own file, and notes it
// as an input. It lies in the repository of the first spec, or in that spec's folder when there
// is none, links followed. A finding stands at the setting.
bool must_use spec_file(struct context *c, struct spec *s, const struct node *at, u64 max,
                        struct str *path, struct str *out);

// ---- setting.c: what a setting is worth, as a pipeline sees it or (pipeline empty) the base.
// The pipeline's value, the spec's, or the default; NULL when there is none of them.
const struct node *setting_value(struct context *c, const struct spec *s, struct str pipeline,
                                 const struct setting *of);
const struct node *setting_at(struct context *c, const struct spec *s, struct str pipeline,
                              struct str path);       // by its path, members included
// The keys of `pipelines` in the order of the spec, or `main` alone.
size_t spec_pipelines(struct context *c, const struct spec *s, struct str **out);

// ---- check.c: a spec against the language, then the rules between settings
// (schemas/rules.json). Everything wrong is reported; later passes need not look again.
bool must_use check_spec(struct context *c, const struct spec *s);
// rules.c: the rules between settings, as schemas/rules.json has them. Notes are looked for last,
// when there is nothing worse to say.
bool must_use check_rules(struct context *c, const struct spec *s);
bool must_use check_notes(struct context *c, const struct spec *s);
// opening.c: `params` and `bake`: may that be open, has it a value?
bool must_use check_opening(struct context *c, const struct spec *s);
// archs.c: can the instance of a build make an image of that architecture?
bool must_use check_archs(struct context *c, const struct spec *s);
// regions.c: do the regions and ARNs of a spec lie in one partition?
bool must_use check_regions(struct context *c, const struct spec *s);
// releases.c: has the pinned release what the build installs?
bool must_use check_releases(struct context *c, const struct spec *s);
// distinct.c: what must differ in a list or a mapping, a pipeline's inherited part included.
bool must_use check_distinct(struct context *c, const struct spec *s);

// ---- bind.c: each setting becomes literal, open or absent, for the base and each pipeline.
// Fills in the scopes. Values of a setting with members stand for themselves and for each
// member, absent ones included ("tools.amic.from"); `recipe` and `build.instance` are bound as
// what stdlib/README.md derives from them, with the setting's own parameter.
bool must_use bind_spec(struct context *c, struct spec *s);

// ---- scope.c
const struct value *scope_find(const struct scope *s, struct str path);   // or NULL

// ---- derived.c
// One object that holds the recipe's folder, by the end of its name.
bool recipe_is_archive(const struct language *l, struct str from);
