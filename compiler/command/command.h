// A command of the program: its options, its one-line summary, and what it does.
#pragma once
#include "compile.h"
#include "report/report.h"

enum { STATUS_DONE = 0, STATUS_FINDINGS = 1, STATUS_UNKNOWN = 2 };

// What main.c gives a command and takes back. A command prints by writing to `out`
// (standard output); findings go to `diag`. Its return value is the exit status: 1 is also what
// main.c makes of 0 when an ERROR was recorded.
struct run {
	struct arena *arena;
	struct args *args;
	struct diag *diag;
	struct library *library;
	struct render render;
	struct buf *out;
};
struct command {
	struct str name, operands, summary;
	const struct option *options;
	size_t option_count;
	int (*run)(struct run *r);
	bool own_formats;             // --format takes words of its own
	const struct option *shared;  // options that it has in common with another command
	size_t shared_count;
};
// input.c: a file that findings name by offset; `file` is its number among diag's sources.
bool must_use binary_read(struct run *r, struct str path, u64 max, struct str *out, u32 *file);

// commands.c: all of them, in the order of --help.
extern const struct command *const commands[];
extern const size_t command_count;
extern const struct option common_options[];              // every command has these, too
extern const size_t common_option_count;
const struct command *command_find(struct str name);
