// report: findings as text for people and for tools; the edits that they offer; the comments that
// allow them.
#pragma once
#include "base/base.h"

// ---- place.c
struct place { u32 line, column, column_end; struct str line_text; };   // from 1, code points
struct place diag_place(const struct sources *s, struct span at);
// The message, label, note or help of a finding with its arguments filled in; empty if left out,
// which a message never is: the name of a section may be empty, and so may an option's value.
struct str rule_fill(struct arena *a, struct str text, const struct finding *f);

// ---- render.c: findings as text for people and for tools.
enum format { FORMAT_TEXT, FORMAT_SHORT, FORMAT_JSONL, FORMAT_SARIF, FORMAT_GITHUB };
struct render {
	enum format format;
	bool colour;
	size_t max;                   // 0: all; machine formats have all
	bool to_stdout;               // findings are the product (check, audit): machine formats only
};
bool format_by_name(struct str name, enum format *out);
void diag_render(const struct diag *d, struct render how, struct buf *out);

// ---- allow.c: takes out the warnings and notes that a comment of their line in a spec allows
// ("# amic: allow AMI0511 -- why"); reports comments without a reason and those that allow
// nothing. Called once, after the passes.
void allow_apply(struct diag *d);

// ---- fix.c: the text of a source with the machine-applicable edits of its findings made. Returns
// how many were; *out is written also when that is 0. Edits that overlap wait for the next run.
// `a` is another arena than that of the findings.
size_t fixes_apply(const struct diag *d, u32 file, struct arena *a, struct str *out);
