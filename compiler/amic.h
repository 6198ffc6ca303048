// The map of the compiler: the types that the passes hand on, one section a file, in the order
// in which a spec becomes files.
//
//   read → language → check → bind → expand → patch → link → emit
//
// A pass returns false when it could not do its work; it has reported why. Everything lives in
// the arena of `struct context` until the run ends.
#pragma once
#include "base/base.h"

struct context {
	struct arena *arena;
	struct diag *diag;
	struct library *library;
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
struct node *node_copy(struct arena *a, const struct node *n);       // deep; next is NULL
bool node_equal(const struct node *a, const struct node *b, struct arena scratch);   // values
struct node **node_sorted(struct arena *a, const struct node *map);  // its children, by key
// JSON of the tree with sorted keys and no blanks: what digests are taken over. Plain scalars
// become what YAML 1.1 makes of them (numbers as written), all others text. Tags are not in it.
struct str node_canonical(struct arena *a, const struct node *n);

// ---- scalar.c: what an unquoted scalar means.
enum scalar { SCALAR_TEXT, SCALAR_NULL, SCALAR_BOOL, SCALAR_INT, SCALAR_FLOAT, SCALAR_OTHER };
// As YAML 1.1 resolvers do (PyYAML, libyaml's users), dates and sexagesimals included (OTHER).
enum scalar scalar_type(struct str plain);
// True when the text may stand unquoted and mean itself to 1.1 and 1.2 readers alike.
bool scalar_is_safe_plain(struct str text);

// ---- read.c: what people write (libfyaml events, exact spans). Depth at most 64, 1 MiB.
enum dialect {
	DIALECT_SPEC,                 // no tags, anchors, aliases, merge keys, second documents
	DIALECT_STDLIB,               // local tags (!set, !if:…, and CloudFormation's !Ref …)
};
bool must_use read_tree(struct context *c, u32 file, enum dialect dialect, struct node **out);

// ---- template.c: what tools write (libyaml): YAML 1.1 with CloudFormation's short tags, or
// JSON. Short tags become their long form ({Ref: x}, {Fn::GetAtt: [a, b]}), by the table in
// schemas/cloudformation.json.
bool must_use template_read(struct context *c, u32 file, struct node **out);

// ---- words.c: CloudFormation's own words, from schemas/cloudformation.json: w.get_att is
// "Fn::GetAtt". The other facts of that file are read from `root`.
struct words {
	json_t *root;                 // owned: words_free
#define WORD(member, role) struct str member;
#include "words.def"
#undef WORD
};
bool must_use words_load(struct context *c, struct words *out);
void words_free(struct words *w);
bool words_is_call(const struct node *n, struct str function);   // {function: …}, long form

// ---- language.c: schemas/ami-1.schema.json, the one declaration of every setting.
enum level { LEVEL_SPEC, LEVEL_BASE, LEVEL_PIPELINE };    // S, B, P of the manual
enum openness { OPEN_NEVER, OPEN_ON_REQUEST, OPEN_DOCUMENTED };
struct setting {
	struct str path;              // "build.subnet"
	enum level level;
	enum openness open;
	struct str parameter;         // its CloudFormation name when open
	struct str closed_because;    // why it cannot be open (printed by the finding)
	bool optional;                // open and without a value: empty default and a condition
	const json_t *schema;         // its JSON Schema, with the x-amic extension
};
struct language {
	json_t *root;                 // owned: language_free
	struct setting *list;         // in the order of the schema, which is the manual's
	size_t count;
};
bool must_use language_load(struct context *c, struct language *out);
void language_free(struct language *l);
const struct setting *language_find(const struct language *l, struct str path);

// ---- schema.c: a tree against a JSON Schema (the draft-07 words that we use; see the file),
// for specs, for CloudFormation properties and for embedded documents.
struct schema_rules;              // which finding each violated word gives: see schema.c
bool schema_check(struct context *c, const json_t *root, const json_t *schema,
                  const struct node *tree, const struct schema_rules *rules);

// ---- units.c: durations, sizes and versions as the language writes them.
bool must_use duration_seconds(struct str text, u64 *out);           // 90s 15m 3h 30d
bool must_use size_mib(struct str text, u64 *out);                   // 512MiB 30GiB

// ---- check.c: a spec against the language, then the rules between settings
// (schemas/rules.json). Everything wrong is reported; later passes need not look again.
bool must_use check_spec(struct context *c, const struct language *l, struct node *spec);

// ---- bind.c: each setting becomes literal, open or absent, for the base and each pipeline.
enum binding { ABSENT, LITERAL, OPEN };
struct value {
	const struct setting *of;     // NULL for derived ones
	struct str path;
	enum binding binding;
	const struct node *node;      // the value, or an open parameter's default; else NULL
	bool from_spec;               // written by the user, not a default
};
struct scope {                    // what one template sees
	struct str pipeline;          // key in `pipelines`; empty for the base
	struct value *values;
	size_t count;
};
struct spec {
	struct str path;
	u32 file;
	struct node *tree;            // checked, defaults not filled in
	const struct language *language;
	u64 blueprint;
	struct scope base;
	struct scope *pipelines;
	size_t pipeline_count;
	struct str *inputs;           // every file read on the way: for -MD
	size_t input_count;
};
bool must_use bind_spec(struct context *c, const struct language *l, struct node *tree,
                        struct str path, u32 file, struct spec *out);
const struct value *scope_find(const struct scope *s, struct str path);   // or NULL

// ---- expand.c: stdlib/N × a scope → documents. The holes: stdlib/README.md.
struct artifact {
	struct str name;              // "base-template.yaml"
	struct str scope;             // "base" or the pipeline's key: what `patch:` names
	bool is_template;             // else an embedded document standing alone
	struct node *tree;            // after patch: what emit writes
	struct str text;              // after emit
};
struct artifacts { struct artifact *list; size_t count; };
bool must_use expand_spec(struct context *c, const struct spec *s, struct artifacts *out);

// ---- patch.c: the user's explicit edits, in order; list elements by key, never by number.
bool must_use patch_artifacts(struct context *c, const struct spec *s, struct artifacts *all);

// ---- link.c: do the artifacts agree? Limits, references, IAM, chains, timeouts.
// Works on any set of templates: `amic audit` calls it with other people's.
bool must_use link_artifacts(struct context *c, const struct artifacts *all);

// ---- emit.c: trees to YAML text with libyaml, read back and compared.
bool must_use emit_artifacts(struct context *c, struct artifacts *all);
// One tree as text: for embedded documents and for emit_artifacts.
bool must_use emit_yaml(struct context *c, const struct node *tree, struct str *out);

// ---- compile.c: the passes in their order. Reads the spec and what it names.
bool must_use compile(struct context *c, struct str path, struct spec *spec,
                      struct artifacts *out);
