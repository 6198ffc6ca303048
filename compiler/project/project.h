// project: amic.yaml, which says what the specs of a repository are and where their outputs go; and
// what a file of the repository has to do with them.
#pragma once
#include "spec/spec.h"

// "Name" is a path from the project's root, without dots; "path" is one as the user would write it,
// from the working directory. All texts live in the findings' arena.
struct project_spec {
	struct str name, path;
	struct str folder;            // a name: where its outputs go; "." is the root
	struct span line;             // the pattern in amic.yaml that matches it
	const struct node *of;        // that line
	bool abstract;                // it makes no outputs
	struct str *inputs;           // names: itself, what it extends, what its settings may name
	size_t input_count, chain;    // the first `chain` are specs
	bool unread;                  // what it reads is unknown, since it has errors
	bool compiled;                // its command's to set: all of its outputs are known
};
struct project {
	struct str root;              // absolute, links followed; empty: there is no project file
	struct str here;              // the working directory, as a name; empty: the root
	u32 file;                     // amic.yaml among the sources
	const struct node *tree;
	bool strict;
	struct project_spec *list;    // in the order of its lines, then of names
	size_t count;
};

// ---- read.c: looks for amic.yaml in the working directory and upwards, not beyond the folder that
// version control begins at. True without one: `out->root` is empty then. False: what is wrong with
// it was reported. c->root becomes the project's root.
bool must_use project_read(struct context *c, struct project *out);

// ---- names.c
// False for a path that leads out of the project.
bool must_use project_name(const struct project *p, struct arena *a, struct str path,
                           struct str *out);
struct str project_path(const struct project *p, struct arena *a, struct str name);
bool name_within(struct str folder, struct str name);       // "." holds every name
bool name_matches(struct str pattern, struct str name);     // of one folder; * is any part of it

// ---- specs.c: fills in the list, with findings about lines and folders.
bool must_use project_list(struct context *c, struct project *p);
// "out/{stem}" of a line, for one stem.
struct str project_folder(struct arena *a, struct str folder, struct str stem);

// ---- touch.c: which specs have to do with the operand: touched[i] is set for list[i]. False:
// none.
bool project_touch(const struct project *p, struct arena scratch, struct str operand,
                   bool *touched);

// ---- orphans.c: whether amic wrote the file, as its first line says.
bool project_is_output(struct arena scratch, struct str path);
// Outputs that lie where those of the project go and are made by no spec, in folders of compiled
// specs and of specs that are gone. With `among` only those that one of these operands names or
// holds. False: found.
struct made { struct str *names; size_t count, cap; };       // outputs of the project's specs
bool must_use project_orphans(struct context *c, const struct project *p, const struct made *made,
                              const struct str *among, size_t count);
