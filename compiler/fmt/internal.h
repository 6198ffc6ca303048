// What the parts of fmt share: edits of bytes, and which lines are not their own.
#pragma once
#include "fmt/fmt.h"

enum line {
	LINE_OWN,                     // begins with a dash, a key, a value or a comment
	LINE_CONTINUES,               // inside a collection in brackets, or a scalar of several lines
	LINE_CONTENT,                 // of a block scalar
};
struct edit { u64 off; size_t len; struct str by; };
struct formatter {
	struct context *c;
	const struct source_text *source;
	struct str text;              // its
	struct edit *list;
	size_t count, cap;
	bool *kept;                   // a line, from 0: part of a scalar that has several
	enum line *lines;
};
static inline struct str line_text(const struct formatter *f, size_t line)
{
	return source_line_text(f->source, (u32)line);
}
// Replaces bytes by others; nothing when these are there already.
void edit_add(struct formatter *f, u64 off, size_t len, struct str by);

// indent.c: two columns a level, lists one level deeper than their key; what follows a value on
// further lines, and comments, move along. False for what it does not know: no edit is sure then.
bool must_use indent_lines(struct formatter *f);
