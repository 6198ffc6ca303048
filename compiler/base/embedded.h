// What tools/embed.c makes of schemas/ and stdlib/ when the program is built.
#pragma once
#include "base/base.h"

struct embedded_file { struct str path, bytes, tree; };    // tree: of *.yaml, packed
extern const struct embedded_file embedded[];
extern const size_t embedded_count;
// The value of a *.json among them, which are packed. NULL when there is no memory for it.
json_t *packed_json(struct str bytes);
