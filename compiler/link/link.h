// link: templates of one run side by side, the documents inside them, and what schemas/ says about
// both. Each check is one function over all of it. `amic audit` reads other people's with it.
#pragma once
#include "template/template.h"

// ---- index.c: names of one section, hashed: other people's templates may hold 100,000 of them.
struct names { const struct node **slots; size_t cap; };
struct names names_of(struct arena *a, const struct node *map);
const struct node *names_find(const struct names *n, struct str key);
size_t names_slot(const struct names *n, struct str key);    // where; n->cap: nowhere

// ---- model.c: what the checks share.
struct template {
	struct str path;
	const struct node *tree;
	struct names parameters, conditions, mappings, resources, outputs;
	const struct node *parameter_list, *condition_list, *resource_list, *output_list;
	bool transforms;                     // a macro may add names that we cannot see
};
// A document inside a template's property, read.
struct inner {
	const struct template *template;
	const struct node *resource;         // the entry of Resources
	const struct node *where;            // the property
	const struct node *schema, *facts;
	const struct node *tree;
	struct str text;                     // empty when it was written as a tree
	struct known_document *known;        // of another spec of this run with the same text, too
};
struct call_rule { struct str name; const struct node *facts; bool in_conditions, in_rules; };

struct linkage {
	struct context *c;
	const struct words *w;
	struct call_rule *rules;             // what each function takes, and where it may stand
	size_t rule_count;
	struct template *templates;
	size_t template_count;
	struct inner *documents;
	size_t document_count, document_cap;
	bool own;                            // our own build: rules of style count too
};

struct str link_resource_type(const struct linkage *l, const struct node *resource);
const struct node *link_properties(const struct linkage *l, const struct node *resource);

// Records a finding at the line that can be changed: the spec's when there is one. Arguments
// are copied.
void link_report(struct linkage *l, const struct node *n, struct finding f);
void link_report_at(struct linkage *l, struct span at, struct finding f);

// The questions of base/pattern.c, of the patterns in schemas/.
bool link_matches(const struct linkage *l, struct str pattern, struct str text);
bool link_found(const struct linkage *l, struct str pattern, struct str text);

// ---- values.c: what a value says.
// The function that `n` calls, or NULL when it is a plain value.
const struct call_rule *link_function(const struct linkage *l, const struct node *n);
// Walks ${…} of a Sub's text: false at the end. `!literal` ones are passed over.
struct sub_scan { struct str left; };
bool sub_next(struct sub_scan *s, struct str *name);
// The text of a value with what is not known yet written as <Name>: no YAML, shell or
// ARN gives these signs a meaning of its own.
struct str link_text(struct linkage *l, const struct node *value);

// What a value points to, over all templates; false when that cannot be said.
struct target { const struct template *template; const struct node *resource; };
bool link_target(struct linkage *l, const struct template *t, const struct node *value,
                 struct target *out);

// ---- documents.c: documents inside a template, and their steps.
struct step { const struct inner *in; const struct node *node, *phase; struct str name, action; };
struct steps { const struct inner *d; const struct node *phase, *step; };
struct steps steps_of(const struct inner *d);
bool steps_next(struct steps *s, struct step *out);
struct str link_script(struct arena *a, const struct step *s);   // its shell, or empty
const struct inner *link_document_of(const struct linkage *l, const struct node *resource);

// ---- patterns.c: the patterns of a document, as its agent will compile them.
void link_patterns(struct linkage *l, const struct inner *d);
// What a dialect's facts do not let a pattern have, as words for a finding; empty when it compiles
// there, as far as that is worked out.
struct str link_pattern_refused(struct linkage *l, const struct node *facts, struct str pattern);

// ---- types.c
// Checks a tree and reports; `embedded`: in a document, where no function may stand.
void link_schema_check(struct linkage *l, const struct node *root, const struct node *schema,
                       const struct node *tree, bool embedded);

// ---- calls.c
// The document that a workflow's step runs, or NULL.
const struct inner *link_document_run(struct linkage *l, const struct step *s);

// ---- statements.c: statements of policies.

struct role;
struct asked { const struct node *role, *at; const u8 *need; };
struct iam {
	struct linkage *l;
	const struct node *facts;
	struct str effect, allow, sid, action, resource, condition, principal, fixed_partition;
	struct asked asked[256];             // needs.c
	size_t asked_count;
	struct role *roles;                  // needs.c: those of builds
};
struct statement {
	const struct node *node, *sid, *actions, *resources, *condition, *principal;
	bool allows;
};
bool must_use iam_open(struct linkage *l, struct iam *i);   // false: no facts
struct str iam_word(const struct iam *i, struct str key);
// One value, or each of a list.
struct each { const struct node *at; bool many; };
struct each iam_each(const struct node *one_or_many);
const struct node *each_next(struct each *e);

typedef void iam_visit(struct iam *i, const struct statement *s, void *with);
// Calls `visit` for each statement below n.
void iam_statements(struct iam *i, const struct node *n, iam_visit *visit, void *with);

// ---- sizes.c
// After emit: are the texts within what CloudFormation takes? Names the largest contributors.
bool must_use link_sizes(struct context *c, const struct artifacts *all);
// sizes.c: the three with the most text of `first` and those behind it, by key or member "name".
struct str link_largest(struct arena *a, const struct node *first);

// ---- link.c: do the artifacts agree? Limits, references, IAM, chains, timeouts.
// Works on any set of templates: `amic audit` calls it with other people's.
bool must_use link_artifacts(struct context *c, const struct artifacts *all);
// Reads and checks all; what was found out stays for audit.
bool must_use link_open(struct context *c, const struct artifacts *all, struct linkage *out);
