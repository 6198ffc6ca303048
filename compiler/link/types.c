// types: properties of resources against the facts of their types, and documents against their
// schemas. schema.c does the walking; here its faults become findings.
#include "link/internal.h"

struct judge {
	struct linkage *l;
	struct str what;                     // the type's name, or "component"
	struct str whose;                    // the resource, or empty
	const struct node *fallback;         // for faults of nodes that have no place
	bool embedded;
};

// A function's value is known at deploy time only; in a text it was written as <Name>. A null
// is reported as such (functions.c), not as a wrong kind.
static bool is_opaque(void *of, const struct node *n)
{
	const struct judge *j = of;
	size_t open, close;
	if (!j->embedded)
		return node_is_null(n) || link_function(j->l, n) != NULL
		    || (n->kind == MAP && n->count == 1
		        && str_starts(n->first->key, j->l->w->function_prefix));
	return n->kind == TEXT && str_find(n->text, S("<"), &open) && str_find(n->text, S(">"), &close)
	    && open < close;
}

static enum rule rule_of(enum schema_word word, bool embedded)
{
	switch (word) {
	case SCHEMA_UNKNOWN:
		return embedded ? DOCUMENT_KEY : PROPERTY_UNKNOWN;
	case SCHEMA_MISSING:
	case SCHEMA_DEPENDENT:
		return embedded ? DOCUMENT_MISSING : PROPERTY_MISSING;
	case SCHEMA_TYPE:
		return embedded ? DOCUMENT_TYPE : PROPERTY_TYPE;
	case SCHEMA_ENUM:
	case SCHEMA_PATTERN:
	case SCHEMA_NOT:
	case SCHEMA_CHOICE:
	case SCHEMA_UNIQUE:
		return embedded ? DOCUMENT_VALUE : PROPERTY_VALUE;
	case SCHEMA_RANGE:
	case SCHEMA_LENGTH:
	case SCHEMA_COUNT:
		return embedded ? DOCUMENT_RANGE : PROPERTY_RANGE;
	}
	return PROPERTY_VALUE;
}

static struct str range_text(struct arena *a, const struct node *schema)
{
	static const struct str least[] = {STR("minimum"), STR("minLength"), STR("minItems"),
	                                   STR("minProperties")};
	static const struct str most[] = {STR("maximum"), STR("maxLength"), STR("maxItems"),
	                                  STR("maxProperties")};
	const struct node *low = NULL, *high = NULL;
	for (size_t i = 0; i < countof(least); i++) {
		low = low ? low : node_get(schema, least[i]);
		high = high ? high : node_get(schema, most[i]);
	}
	struct str from = low ? low->text : S("0");
	return high ? cat(a, from, S(" to "), high->text) : cat(a, S("at least "), from);
}

static struct str words_text(struct arena *a, const struct node *list)
{
	enum { SHOWN = 12 };
	struct buf b = buf_new(a, 4096);
	const struct node *one = node_first(list);
	for (size_t i = 0; one && i < SHOWN; i++, one = one->next)
		if (one->kind == TEXT && !one->plain)
			put(&b, b.len ? S(", ") : S(""), one->text);
	put(&b, one ? S(", …") : S(""));
	return buf_str(&b);
}

static struct str type_text(struct arena *a, const struct node *schema)
{
	const struct node *type = node_get(schema, S("type"));
	return type && type->kind == TEXT ? type->text : words_text(a, type);
}

// What would be right, in the words of the violated part of the schema.
static struct str wanted(struct arena *a, const struct schema_fault *f)
{
	enum rule rule = rule_of(f->word, false);
	if (f->near.len)
		return cat(a, S("did you mean '"), f->near, S("'?"));
	if (rule == PROPERTY_TYPE)
		return cat(a, S("it takes: "), type_text(a, f->schema));
	if (rule == PROPERTY_RANGE)
		return cat(a, S("it takes "), range_text(a, f->schema));
	if (f->word == SCHEMA_ENUM)
		return cat(a, S("it takes one of: "), words_text(a, node_get(f->schema, S("enum"))));
	if (f->word == SCHEMA_PATTERN)
		return cat(a, S("it must match "), node_str(f->schema, S("pattern")));
	return (struct str){0};
}

static struct str short_text(const struct node *n)
{
	enum { SHOWN = 80 };
	struct str s = n->kind == TEXT ? n->text : (struct str){0};
	size_t len = s.len < SHOWN ? s.len : SHOWN;
	while (len < s.len && len > 0 && (s.at[len] & 0xc0) == 0x80)
		len--;                               // not in the middle of a character
	return (struct str){s.at, len};
}

// Of a document that is too long link_documents says more.
static bool is_document(const struct judge *j, const struct node *n)
{
	const struct node *at = j->embedded ? NULL : node_get(facts_type(j->l->c, j->what),
	                                                      S("document"));
	return at && n->kind == TEXT && n->text.len && str_eq(n->key, node_str(at, S("property")));
}

static void on_fault(void *of, const struct schema_fault *f)
{
	const struct judge *j = of;
	if (f->word == SCHEMA_LENGTH && is_document(j, f->node))
		return;
	struct arena *a = j->l->c->diag->arena;
	enum rule rule = rule_of(f->word, j->embedded);
	bool key = f->word == SCHEMA_UNKNOWN;
	bool missing = f->word == SCHEMA_MISSING || f->word == SCHEMA_DEPENDENT;
	const struct node *n = f->node;
	struct span at = n->cause.file ? n->cause : key ? n->key_at : n->at;
	link_report_at(j->l, at, (struct finding){rule, .arg = {
		key || missing ? f->name : f->path, key || missing ? j->whose : short_text(n),
		j->what, wanted(a, f)}});
}

void link_schema_check(struct linkage *l, const struct node *root, const struct node *schema,
                       const struct node *tree, bool embedded)
{
	const struct node *facts = node_get(root, S("facts"));
	struct judge j = {l, node_str(facts, S("what")), {0}, tree, embedded};
	(void)schema_check(l->c, root, schema, tree, &(struct schema_reader){on_fault, is_opaque, &j,
		false});
}

// The tree as it is when every condition holds (or none does), without what is then no value.
static struct node *choose_form(struct linkage *l, const struct node *n, bool yes)
{
	while (words_is_call(n, l->w->choose) && n->first->kind == LIST && n->first->count == 3)
		n = yes ? n->first->first->next : n->first->first->next->next;
	if (words_is_call(n, l->w->ref) && str_eq(n->first->text, l->w->nothing))
		return NULL;
	struct node *copy = make(l->c->arena, 1, struct node);
	*copy = *n;
	copy->next = NULL;
	if (n->kind == TEXT)
		return copy;
	copy->first = copy->last = NULL;
	copy->count = 0;
	for (const struct node *child = n->first; child; child = child->next) {
		struct node *one = choose_form(l, child, yes);
		if (!one)
			continue;
		one->key = child->key;
		one->key_at = child->key_at;
		node_append(copy, one);
	}
	return copy;
}

static bool has_choice(const struct linkage *l, const struct node *n)
{
	if (words_is_call(n, l->w->choose) || words_is_call(n, l->w->ref))
		return true;
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		if (has_choice(l, child))
			return true;
	return false;
}

// Properties like those of another resource of this run that were right are right, too.
static void check_properties(struct linkage *l, const struct node *r, struct str type,
                             const struct node *facts, const struct node *properties)
{
	struct memo *memo = memo_of(l->c);
	struct arena before = *l->c->arena;
	struct str key = node_key(l->c->arena, type, properties);
	struct judge j = {l, type, r->key, r, false};
	struct schema_reader reader = {on_fault, is_opaque, &j, false};
	size_t findings = diag_count(l->c->diag);
	if (memo_find(memo, key))
		return;
	(void)schema_check(l->c, facts, facts, choose_form(l, properties, true), &reader);
	if (has_choice(l, properties))
		(void)schema_check(l->c, facts, facts, choose_form(l, properties, false), &reader);
	if (diag_count(l->c->diag) == findings)
		memo_keep(memo, key, memo);
	*l->c->arena = before;               // the copies of the tree
}

static void check_resource(struct linkage *l, const struct node *r)
{
	struct str type = link_resource_type(l, r);
	const struct node *facts = type.len ? facts_type(l->c, type) : NULL;
	const struct node *written = link_properties(l, r);
	struct node none = {.kind = MAP, .at = r->key_at, .cause = r->cause};
	if (!facts || (written && link_function(l, written)))
		return;
	check_properties(l, r, type, facts, written ? written : &none);
}

void link_types(struct linkage *l)
{
	for (size_t i = 0; i < l->template_count; i++) {
		const struct node *r = l->templates[i].resource_list;
		for (; r; r = r->next)
			check_resource(l, r);
	}
}
