// Inside report: what the ways of writing findings share.
#pragma once
#include "report/report.h"

struct str severity_name(enum severity s);              // "error", "warning", "note"
struct str finding_path(const struct sources *s, struct span at);
bool finding_is_binary(const struct sources *s, struct span at);

void render_lines(const struct diag *d, struct render how, struct buf *out);   // text, short
void render_jsonl(const struct diag *d, struct buf *out);
void render_sarif(const struct diag *d, struct buf *out);                      // 2.1.0
void render_github(const struct diag *d, struct buf *out);
