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
	struct functions *functions;  // functions.c fills it in when first asked
	struct blueprint *blueprint;  // expand.c: the files of stdlib/ that were read already
	struct language *language;    // compile.c: compile_end releases it
	struct edits *edits;          // patch.c: what the newest spec edited; NULL: nothing
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
struct node *node_from_json(struct arena *a, const json_t *value);      // at no place
struct node *node_copy(struct arena *a, const struct node *n);       // deep; next is NULL
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

// ---- agree.c: do libfyaml and libyaml read the same tree? The first difference is reported.
bool must_use readers_agree(struct context *c, u32 file, const struct node *tree);

// ---- words.c: CloudFormation's own words, from schemas/cloudformation.json: w.get_att is
// "Fn::GetAtt". The other facts of that file are read from `root`.
struct words {
	json_t *root;                 // owned: words_free
#define WORD(member, role) struct str member;
#include "facts/words.def"
#undef WORD
};
bool must_use words_load(struct context *c, struct words *out);
void words_free(struct words *w);
bool words_is_call(const struct node *n, struct str function);   // {function: …}, long form

// ---- functions.c: the short and the long form of CloudFormation's functions.
struct function { struct str name, tag; bool dotted; };    // "Fn::GetAtt", "!GetAtt", A.B
struct functions { struct function *list; size_t count; };
// The table, read once a run; NULL, with a finding, when the library has none.
const struct functions *functions_of(struct context *c);
// Which function the map {Fn::X: …} calls, or NULL.
const struct function *function_of(const struct functions *f, const struct node *n);
// Makes of !X arg {Fn::X: arg}, in place. False when the tag is no function's.
bool function_lengthen(struct arena *a, const struct functions *f, struct node *n);
void functions_lengthen(struct arena *a, const struct functions *f, struct node *tree);
struct node *function_call(struct arena *a, struct str name, struct node *arg);

// ---- template.c: what tools write (libyaml): YAML 1.1 with CloudFormation's short tags, or
// JSON; up to 4 MiB, depth 64, no anchors. The tree has functions in their long form.
bool must_use template_read(struct context *c, u32 file, struct node **out);
// The template of a file of at most `max` bytes, as an artifact of that name: tree and text.
struct artifact;
bool must_use template_open(struct context *c, struct str path, u64 max, struct artifact *out);

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
	bool part;                    // a member of the setting before it: "recipe.sha256"
	const json_t *schema;         // its JSON Schema, $ref resolved; of a part: of the whole
	const struct node *initial;   // its default, at no place; NULL: none, or others decide it
	const json_t *amic;           // the x-amic beside it: parameter, shapes, unit, min, max, …
};
struct language {
	json_t *root;                 // owned: language_free
	struct setting *list;         // in the order of the schema, which is the manual's
	size_t count;
};
bool must_use language_load(struct context *c, struct language *out);
void language_free(struct language *l);
const struct setting *language_find(const struct language *l, struct str path);
// The setting nearest to a misspelt path, or empty.
struct str language_nearest(const struct language *l, struct str path, struct arena scratch);

// ---- schema.c: a tree against a JSON Schema (the words of draft-07 that we use; see the file),
// for specs, for CloudFormation properties and for embedded documents. It knows no rule: what
// is wrong goes to the reader, who says it in his words.
enum schema_word {
	SCHEMA_TYPE, SCHEMA_UNKNOWN, SCHEMA_MISSING, SCHEMA_DEPENDENT, SCHEMA_ENUM, SCHEMA_PATTERN,
	SCHEMA_RANGE, SCHEMA_LENGTH, SCHEMA_COUNT, SCHEMA_UNIQUE, SCHEMA_CHOICE, SCHEMA_NOT,
};
struct schema_fault {
	enum schema_word word;        // DEPENDENT: a key that another one asks for is missing
	const struct node *node;      // the value; UNKNOWN: that child; MISSING: the mapping
	struct str path;              // "Tags.0.Key", from the tree's root, in the findings' arena
	const json_t *schema;         // the one that the word stands in, $ref resolved
	struct str name;              // UNKNOWN, MISSING, DEPENDENT: the key
	struct str near;              // UNKNOWN, ENUM: what was meant, or empty
	const struct node *also;      // UNIQUE: the first of the twins
};
struct schema_reader {
	void (*fault)(void *of, const struct schema_fault *f);
	// A value that is not known yet, such as {Ref: X}: it passes everything. May be NULL.
	bool (*opaque)(void *of, const struct node *n);
	void *of;
	bool strict;                  // quotes decide text or number; else the schema does
};
// `schema` is a part of `root`, in which its $refs are looked up. True: no fault.
bool schema_check(struct context *c, const json_t *root, const json_t *schema,
                  const struct node *tree, const struct schema_reader *reader);
const json_t *schema_resolve(const json_t *root, const json_t *schema);   // follows $ref

// ---- units.c: durations, sizes and versions as the language writes them.
bool must_use duration_seconds(struct str text, u64 *out);           // 90s 15m 3h 30d
bool must_use size_mib(struct str text, u64 *out);                   // 512MiB 30GiB
bool must_use version_read(struct str text, u64 *major, u64 *minor); // 1.4, each below 2^30

// ---- schedule.c: cron(…) and rate(…) as AWS reads them.
bool schedule_is_valid(struct str text, struct str *why);   // false: *why says what is expected
// Of a valid one: is there a day on which it fires (31 February is none)? Has it a range that
// begins after its end, as 5-2, which is then *out?
bool schedule_fires(struct str text);
bool schedule_turns_back(struct str text, struct str *out);

// ---- spec.c: the spec and what it extends, as one tree; every node keeps its own file.
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
	struct node *tree;            // defaults not filled in
	const struct language *language;
	u64 blueprint;
	struct scope base;
	struct scope *pipelines;      // in the order of the spec; `main` when it names none
	size_t pipeline_count;
	struct str *inputs;           // every file read on the way: for -MD
	size_t input_count, input_cap;
	struct str root;              // the folder that files must lie in; empty: not asked for yet
	bool in_repository;           // it is a repository's, not the spec's own
};
bool must_use spec_read(struct context *c, const struct language *l, struct str path,
                        struct spec *out);
bool must_use spec_read_source(struct context *c, const struct language *l, u32 file,
                               struct spec *out);     // of text that is in no file
// Reads a file that the setting at `at` names, seen from that setting's own file, and notes it
// as an input. It lies in the repository of the first spec, or in that spec's folder when there
// is none, links followed. A finding stands at the setting.
bool must_use spec_file(struct context *c, struct spec *s, const struct node *at, u64 max,
                        struct str *path, struct str *out);

// ---- setting.c: what a setting is worth, as a pipeline sees it or (pipeline empty) the base.
// The pipeline's value, the spec's, or the default; NULL when there is none of them.
const struct node *setting_value(struct context *c, const struct spec *s, struct str pipeline,
                                 const struct setting *of);
const struct node *setting_at(struct context *c, const struct spec *s, struct str pipeline,
                              struct str path);       // by its path, members included
// The keys of `pipelines` in the order of the spec, or `main` alone.
size_t spec_pipelines(struct context *c, const struct spec *s, struct str **out);
bool node_lists(const struct node *list, struct str text);   // has an element of that text

// ---- check.c: a spec against the language, then the rules between settings
// (schemas/rules.json). Everything wrong is reported; later passes need not look again.
bool must_use check_spec(struct context *c, const struct spec *s);
// rules.c: the rules between settings, as schemas/rules.json has them. Notes are looked for last,
// when there is nothing worse to say.
bool must_use check_rules(struct context *c, const struct spec *s);
bool must_use check_notes(struct context *c, const struct spec *s);
// opening.c: `params` and `bake`: may that be open, has it a value?
bool must_use check_opening(struct context *c, const struct spec *s);
// archs.c: can the instance of a build make an image of that architecture?
bool must_use check_archs(struct context *c, const struct spec *s);
// regions.c: do the regions and ARNs of a spec lie in one partition?
bool must_use check_regions(struct context *c, const struct spec *s);
// distinct.c: what must differ in a list or a mapping, a pipeline's inherited part included.
bool must_use check_distinct(struct context *c, const struct spec *s);

// ---- fmt.c: the spec's text in one form; its comments and its tree stay. What cannot be
// formatted without a change of meaning comes back as it was. False when it is no YAML.
bool must_use format_spec(struct context *c, u32 file, struct str *out);

// ---- bind.c: each setting becomes literal, open or absent, for the base and each pipeline.
// Fills in the scopes. Values of a setting with members stand for themselves and for each
// member, absent ones included ("tools.amic.from"); `recipe` and `build.instance` are bound as
// what stdlib/README.md derives from them, with the setting's own parameter.
bool must_use bind_spec(struct context *c, struct spec *s);
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
// Whether some file of the blueprint that was read names a member so.
bool blueprint_has(const struct context *c, struct str key);

// ---- patch.c: the user's explicit edits, in order; list elements by key, never by number.
bool must_use patch_artifacts(struct context *c, const struct spec *s, struct artifacts *all);
// Moves link's findings, those from number `from` on, to the edits that caused them, and warns of
// outputs that are gone.
void patch_tell(struct context *c, const struct spec *s, size_t from);

// ---- link.c: do the artifacts agree? Limits, references, IAM, chains, timeouts.
// Works on any set of templates: `amic audit` calls it with other people's.
bool must_use link_artifacts(struct context *c, const struct artifacts *all);
// After emit: are the texts within what CloudFormation takes? Names the largest contributors.
bool must_use link_sizes(struct context *c, const struct artifacts *all);

// ---- emit.c: trees to YAML text with libyaml, read back by libfyaml and compared.
bool must_use emit_artifacts(struct context *c, struct artifacts *all);
struct document { const struct node *tree; struct str name, text; };
// One tree as text, called `name` in findings. Functions take their short form unless `f` is NULL.
bool must_use emit_yaml(struct context *c, struct str name, const struct node *tree,
                        const struct functions *f, struct str *out);
// Such a text as a tree again, whose spans are the lines of the output.
bool must_use emit_read(struct context *c, struct str name, struct str text,
                        const struct functions *f, struct node **out);

// ---- compile.c: the passes in their order. Reads the spec and what it names.
bool must_use compile(struct context *c, struct str path, struct spec *spec,
                      struct artifacts *out);
// After one of several, of which nothing but copies is needed any more: its memory is given back,
// up to where the arena was `before` it. Findings stay.
void compile_next(struct context *c, struct arena before);
void compile_end(struct context *c);      // after the last one

// ---- blame.c: which lines made this line of an output?
struct origin {
	struct str pointer;           // "/Resources/LogBucket/Type"
	struct span at, cause;        // of the blueprint; of the spec, file 0 when no setting did
};
// One entry a node, in the order of the text; the last one at or before a line made it.
struct origin_line { u32 line; struct origin origin; };
struct origins { struct origin_line *list; size_t count, cap; };
void blame_artifact(struct context *c, const struct artifact *from, struct origins *out);
const struct origin *blame_line(const struct origins *o, u32 line);    // NULL: before the first
// The setting that stands at a place of the spec, "build.timeout", or empty.
struct str blame_setting(struct arena *a, const struct node *spec, struct span at);
