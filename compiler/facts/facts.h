// facts: what schemas/ says, as C sees it: the language, CloudFormation's words, JSON Schema, units
// and schedules.
#pragma once
#include "yaml/yaml.h"

// ---- facts.c: schemas/*.json as trees, at no place. They stay until the run ends.
// "schemas/diff.json". Reports and returns NULL when it is missing or no JSON.
const struct node *facts_of(struct context *c, struct str name);
// What schemas/types says of "AWS::KMS::Key"; NULL for a type that it does not know.
const struct node *facts_type(struct context *c, struct str type);

// ---- attest.c: schemas/attestation.json. False: it is missing, or its root is not base64.
struct attest_facts;                  // of verify/verify.h
bool must_use attest_facts_read(struct context *c, struct attest_facts *out);

// ---- words.c: CloudFormation's own words, from schemas/cloudformation.json: w.get_att is
// "Fn::GetAtt". The other facts of that file are read from `root`.
struct words {
	const struct node *root;
#define WORD(member, role) struct str member;
#include "facts/words.def"
#undef WORD
};
const struct words *words_of(struct context *c);          // NULL, with a finding: one is missing
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
	bool part;                    // a member of the setting before it: "recipe.sha256"
	const struct node *schema;         // its JSON Schema, $ref resolved; of a part: of the whole
	const struct node *initial;   // its default, at no place; NULL: none, or others decide it
	const struct node *amic;           // the x-amic beside it: parameter, shapes, unit, min, max, …
};
struct language {
	const struct node *root;
	struct setting *list;         // in the order of the schema, which is the manual's
	size_t count;
};
const struct language *language_of(struct context *c);    // NULL, with a finding: no schema
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
	const struct node *schema;         // the one that the word stands in, $ref resolved
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
bool schema_check(struct context *c, const struct node *root, const struct node *schema,
                  const struct node *tree, const struct schema_reader *reader);
const struct node *schema_resolve(const struct node *root,
                                  const struct node *schema);   // follows $ref

// ---- units.c: durations, sizes and versions as the language writes them.
bool must_use duration_seconds(struct str text, u64 *out);           // 90s 15m 3h 30d
bool must_use size_mib(struct str text, u64 *out);                   // 512MiB 30GiB
bool must_use version_read(struct str text, u64 *major, u64 *minor); // 1.4, each below 2^30

// ---- schedule.c: cron(…) and rate(…) as AWS reads them.
bool schedule_is_valid(struct str text, struct str *why);   // false: *why says what is expected
// Of a valid one: is there a day on which it fires (31 February is none)? Has it a range that
// begins after its end, as 22-2? That is then *out, a view of `text`, and *split_up the ranges that
// mean the same to every reader, 22-23,0-2.
bool schedule_fires(struct str text);
bool schedule_turns_back(struct arena *a, struct str text, struct str *out, struct str *split_up);
