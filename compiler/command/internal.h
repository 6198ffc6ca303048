// Inside command: specs compiled and the files that they make, which build, check, blame and graph
// share; and what check and blame have in two files.
#pragma once
#include "command/command.h"
#include "project/project.h"

// ---- project.c: what a command works on.

struct job {
	struct str path;              // of the spec
	struct str folder;            // where the project has its outputs; empty: not of the project
	struct project_spec *of;      // NULL: not of the project
};
struct jobs {
	struct job *list;
	size_t count, cap;
	struct project project;       // without a root when there is none
	struct made made;
	bool unclear;                 // the project file has errors
};
// The operands; in a project what these touch, or all of it without operands. c->root becomes the
// project's. False, with a finding: the project file is wrong, or there is nothing to do.
bool must_use jobs_find(struct run *r, struct context *c, struct str what, struct jobs *out);
bool must_use jobs_plain(struct run *r, struct jobs *out);     // the operands as they are
bool jobs_of_project(const struct run *r, const struct jobs *all);   // all of it
// Notes the outputs of a job, which are of the project's when it is; afterwards, are there files
// that none of them makes? False, with findings, when there are.
void jobs_made(struct jobs *all, struct arena *a, struct job *j, const struct artifacts *made);
bool must_use jobs_leave_none(struct run *r, struct context *c, const struct jobs *all);

// ---- outputs.c

struct product {
	struct spec spec;
	struct artifacts artifacts;
	struct str folder;            // where its outputs go
};
struct products { struct product *list; size_t count; struct context context; bool ok; };

// Compiles one operand, or all. A spec that fails does not keep the others from being tried.
void products_open(struct run *r, size_t count, struct products *out);   // room for `count`
bool products_add(struct products *all, struct str path, struct str folder);
bool products_add_to(struct products *all, struct str path, struct str folder);    // no '%' in it
void products_compile(struct run *r, const struct str *paths, size_t count, struct str folder,
                      struct products *out);
// "out/base-template.yaml"
struct str output_path(struct arena *a, const struct product *p, const struct artifact *from);

// The files of specs whose memory may be given back: names, and texts, the same one once.
struct outputs {
	struct arena *arena;          // outlives the specs
	struct output *list;
	size_t count, cap;
	struct memo *makers, *texts;  // path to spec or option, digest to text
	struct memo *inputs;          // what the specs read
};
struct outputs outputs_new(struct arena *a);
void outputs_add(struct outputs *all, struct str path, struct str text);
// A file that an option names. False, with a finding, when it is an output or another option's.
bool must_use outputs_add_side(struct outputs *all, struct str option, struct output o,
                               struct arena scratch, struct diag *d);
// False, with a finding, when a file is to be written that a spec reads, or is.
bool must_use outputs_spare_inputs(struct outputs *all, struct arena scratch, struct diag *d);
// False, with a finding, when an earlier spec writes one of these files.
bool must_use outputs_take(struct outputs *all, const struct product *p, struct arena scratch,
                           struct diag *d);

// drift.c: build --check. True when every output lies there as the specs make it,
bool outputs_are_current(struct run *r, const struct products *p);
// and beside them nothing that amic wrote and no spec of the run makes.
bool outputs_are_all(struct run *r, const struct outputs *all);
// stale.c: the first difference that a setting is behind.
struct stale {
	struct str setting;           // "payments.ami:6 build.timeout"; empty: there is none
	struct str was, is;           // values of the output: in the file, from this spec
	struct span at;               // in the file; nowhere when it is not there
	bool digest;                  // a digest differs, which follows from what is elsewhere
};
void stale_find(struct context *quiet, const struct spec *s, const struct artifact *made,
                const struct node *was, struct stale *out);
// hunk.c: writes it, and says which line is the first, from 0.
size_t hunk_put(struct arena *a, struct str path, struct str was, struct str is, struct str spec,
                struct buf *out);
// depfile.c: rules for make and ninja: each output depends on what its spec read.
// False, with a finding, when a name cannot be written so that make and ninja read it.
bool must_use depfile_text(struct arena *a, const struct products *p, struct str *out,
                           struct diag *d);
// source_map.c: JSON, a row a line of each output: whose line of which spec and blueprint it is.
// `out` is empty before the first spec.
void source_map_put(struct run *r, const struct products *p, struct buf *out);
void source_map_end(struct buf *out);

// ---- blame_origin.c: which output a path means, and where one of its lines is from.

struct blame {
	struct run *r;
	struct products products;
	struct origins **origins;     // per product and artifact, made when first asked for
};
bool must_use blame_find(const struct blame *b, struct str path, size_t *product,
                         size_t *artifact);
// NULL when no output of the specs is meant by `path`.
const struct origin *blame_origin(struct blame *b, struct str path, u32 line,
                                  const struct product **out);
// blame_findings.c: standard input, JSON of other tools, to standard output.
int blame_findings(struct blame *b);

// ---- init_project.c: writes a first amic.yaml.
int init_project(struct run *r);

// ---- check.c

// parameters.c: a file of parameters for the templates of a spec, in one of the forms that the
// AWS CLI and its helpers read: [{ParameterKey, ParameterValue}], ["K=V"], {Parameters: {K: V}},
// {K: V}. Each name must be a parameter of some template, each value must fit it.
bool must_use check_parameters(struct context *c, const struct spec *s, struct str path);

// recipe.c: the folder that goes to S3 as a recipe: an image description is in it, and it has
// the digest that the spec names.
bool must_use check_recipe(struct context *c, const struct spec *s, struct str path);
