// What tools/embed.c makes of schemas/ and stdlib/ when the program is built.
#pragma once
#include "base/base.h"

// The tree of *.yaml and *.json, packed; *.json have no bytes of their own.
struct embedded_file { struct str path, bytes, tree; };
extern const struct embedded_file embedded[];
extern const size_t embedded_count;
// The value of a packed tree of a *.json. NULL when there is no memory for it.
json_t *packed_json(struct str bytes);
