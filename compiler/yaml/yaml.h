// yaml: text to trees and back to what a scalar means. One tree for schemas, stdlib, specs and
// templates; every node knows the bytes that it was written in.
#pragma once
#include "base/base.h"

// ---- What one run works with. A pass returns false when it could not do its work; it has reported
// why. Everything lives in the arena.
struct context {
	struct arena *arena;
	struct diag *diag;
	struct library *library;
	struct functions *functions;  // functions.c fills it in when first asked
	struct blueprint *blueprint;  // expand.c: the files of stdlib/ that were read already
	struct edits *edits;          // patch.c: what the newest spec edited; NULL: nothing
	struct str root;              // the project's folder, which files lie in; empty: no project
	struct memo *memo;            // memo_of: what was found out about trees and texts so far
};

// ---- tree.c: text, lists and maps, with the bytes that they were written in. One shape for
// specs, for stdlib templates, for expanded documents and for templates that others wrote.
enum kind { TEXT, LIST, MAP };
struct node {
	enum kind kind;
	bool plain;                   // TEXT: written without quotes, so YAML may type it
	bool block;                   // TEXT: a block scalar (| or >); others: block style, not flow
	struct str key;               // its name, when it stands in a map
	struct str tag;               // as written, "!set:s"; empty without one
	struct str text;              // TEXT: the value, escapes resolved
	struct span at, key_at;       // where value and key were written
	struct span cause;            // expanded trees: the line of the spec that made it
	const struct document *document;   // TEXT that is an embedded document: see emit.c
	struct node *first, *last, *next;
	size_t count;                 // children
};
struct node *node_new(struct arena *a, enum kind kind, struct span at);
struct node *node_text(struct arena *a, struct str text, bool plain, struct span at);
void node_append(struct node *parent, struct node *child);
// The child of that name, or NULL; also NULL when `map` is NULL or no map.
struct node *node_get(const struct node *map, struct str key);
// Walks dotted names, "build.instance"; NULL when one is missing.
struct node *node_path(const struct node *map, struct str path);
bool node_is_null(const struct node *n);                             // ~, null, or nothing
// The same value at no place: numbers, true, false and null are plain, as JSON writes them.
struct node *node_from_json(struct arena *a, const json_t *value);
// Of a member of a map; all of them take NULL for the map and for what is missing in it.
struct str node_str(const struct node *map, struct str key);  // text in quotes; else empty
bool node_true(const struct node *map, struct str key);       // plain true
u64 node_number(const struct node *map, struct str key, u64 otherwise);   // when it is no number
const struct node *node_first(const struct node *n);          // its first child, or NULL
const struct node *node_at(const struct node *list, size_t place);     // NULL behind its end
size_t node_count(const struct node *n);                      // its children; none of NULL
bool node_has(const struct node *list, struct str text);      // one of its elements is that text
struct node *node_copy(struct arena *a, const struct node *n);       // deep; next is NULL
struct node *node_value(struct arena *a, const struct node *n);      // the same without its key
bool node_mentions(const struct node *n, struct str text);    // some text in it holds that
bool node_equal(const struct node *a, const struct node *b, struct arena scratch);   // values
// Its children by key, those of one key by place.
struct node **node_sorted(struct arena *a, const struct node *map);
// JSON of the tree with sorted keys and no blanks: what digests are taken over. Plain scalars
// become what YAML 1.1 makes of them (numbers as written), all others text. Tags are not in it.
struct str node_canonical(struct arena *a, const struct node *n);
// SHA-256 over all of the tree but its places: kinds, styles, keys, tags and texts. `about` says
// for which question, so that the answers to several have keys of their own in one memo.
struct str node_key(struct arena *a, struct str about, const struct node *n);
// Keys and values stand in the findings' arena, which no pass takes back.
struct memo *memo_of(struct context *c);

// ---- packed.c: trees in the program. `file` among the sources is where they were written.
enum packed_head {
	PACKED_KIND = 3, PACKED_PLAIN = 4, PACKED_BLOCK = 8, PACKED_KEY = 16, PACKED_TAG = 32,
	PACKED_PLACES = 64,
};
struct node *packed_tree(struct arena *a, struct str bytes, u32 file);

// ---- scalar.c: what an unquoted scalar means.
enum scalar { SCALAR_TEXT, SCALAR_NULL, SCALAR_BOOL, SCALAR_INT, SCALAR_FLOAT, SCALAR_OTHER };
// As YAML 1.1 resolvers do (PyYAML, libyaml's users), dates and sexagesimals included (OTHER).
enum scalar scalar_type(struct str plain);
// True when the text may stand unquoted and mean itself to 1.1 and 1.2 readers alike.
bool scalar_is_safe_plain(struct str text);
// JSON's numbers and words, whose meaning no version of YAML disputes; also nothing at all.
bool scalar_is_data(struct str plain);
// What stands between single quotes, `raw` with both. libfyaml 0.7.12 makes three quotes of four
// and loses as many bytes at the end.
struct str scalar_single_quoted(struct arena *a, struct str raw);

// ---- read.c: what people write (libfyaml events, exact spans). Depth at most 64, 1 MiB.
enum dialect {
	DIALECT_SPEC,                 // no tags, anchors, aliases, merge keys, second documents
	DIALECT_STDLIB,               // local tags (!set, !if:…, and CloudFormation's !Ref …)
};
enum { BLANK_LINES_MAX = 1000 };  // in a row; of a spec's lines the blanks, too
bool must_use read_tree(struct context *c, u32 file, enum dialect dialect, struct node **out);

// ---- crosscheck.c: do libfyaml and libyaml read the same tree? The first difference is reported.
bool must_use readers_agree(struct context *c, u32 file, const struct node *tree);
