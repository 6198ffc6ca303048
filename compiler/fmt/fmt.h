// fmt: a spec's text in the one form.
#pragma once
#include "yaml/yaml.h"

// ---- fmt.c: the spec's text in one form; its comments and its tree stay. What cannot be
// formatted without a change of meaning comes back as it was. False when it is no YAML.
bool must_use format_spec(struct context *c, u32 file, struct str *out);
