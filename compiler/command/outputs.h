// What build, check, blame and graph share: specs compiled, and the files that they make.
#pragma once
#include "command/command.h"

struct product {
	struct spec spec;
	struct artifacts artifacts;
	struct str folder;            // where its outputs go
};
struct products { struct product *list; size_t count; struct context context; bool ok; };

// Compiles every operand. A spec that fails does not keep the others from being tried.
void products_compile(struct run *r, const struct str *paths, size_t count, struct str folder,
                      struct products *out);
void products_end(struct products *p);
// "out/base-template.yaml"
struct str output_path(struct arena *a, const struct product *p, const struct artifact *from);
bool must_use outputs_list(struct run *r, const struct products *p, struct output **out,
                           size_t *count);

// drift.c: build --check. True when every output lies there as the specs make it.
bool outputs_are_current(struct run *r, const struct products *p);
// depfile.c: rules for make and ninja: each output depends on what its spec read.
struct str depfile_text(struct arena *a, const struct products *p);
// source_map.c: JSON, a row a line of each output: whose line of which spec and blueprint it is.
struct str source_map_text(struct run *r, const struct products *p);
