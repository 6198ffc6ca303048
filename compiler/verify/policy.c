// policy: one statement of AWS's policy language against one request to use a key, of which the
// attestation is known and nothing else. Three answers: what only the account knows is left open.
#include "verify/verify.h"

// ---- words

static u8 lower(u8 c) { return c >= 'A' && c <= 'Z' ? (u8)(c + 32) : c; }

static bool same_char(u8 a, u8 b, bool fold) { return a == b || (fold && lower(a) == lower(b)); }

static bool same_text(struct str a, struct str b, bool fold)
{
	for (size_t i = 0; i < a.len && a.len == b.len; i++)
		if (!same_char(a.at[i], b.at[i], fold))
			return false;
	return a.len == b.len;
}

// '*' and '?'. One place to go back to is enough, so the work is at most both lengths' product.
bool policy_like(struct str pattern, struct str text, bool fold)
{
	size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;
	while (t < text.len) {
		bool wild = p < pattern.len && pattern.at[p] == '*';
		if (wild) {
			star = p++;
			mark = t;
		} else if (p < pattern.len && (pattern.at[p] == '?'
		           || same_char(pattern.at[p], text.at[t], fold))) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.at[p] == '*')
		p++;
	return p == pattern.len;
}

bool policy_covers(const struct policy_statement *s, struct str action)
{
	bool named = false;
	for (size_t i = 0; i < s->actions.count; i++)
		named |= policy_like(s->actions.list[i], action, true);
	return named != s->not_action;
}

// ---- operators

static bool strip_start(struct str *s, struct str head)
{
	if (!str_starts(*s, head))
		return false;
	*s = (struct str){s->at + head.len, s->len - head.len};
	return true;
}

struct policy_operator policy_operator(struct str name)
{
	static const struct { struct str name; struct policy_operator is; } known[] = {
		{STR("StringEquals"), {.known = true}},
		{STR("StringNotEquals"), {.known = true, .negated = true}},
		{STR("StringEqualsIgnoreCase"), {.known = true, .fold = true}},
		{STR("StringNotEqualsIgnoreCase"), {.known = true, .negated = true, .fold = true}},
		{STR("StringLike"), {.known = true, .like = true}},
		{STR("StringNotLike"), {.known = true, .negated = true, .like = true}},
		{STR("Null"), {.known = true, .null = true}},
	};
	static const struct str if_exists = STR("IfExists");
	struct policy_operator out = {0};
	bool any = strip_start(&name, S("ForAnyValue:")), all = strip_start(&name, S("ForAllValues:"));
	bool optional = str_ends(name, if_exists);
	name.len -= optional ? if_exists.len : 0;
	for (size_t i = 0; i < countof(known); i++)
		if (str_eq(known[i].name, name) && !(known[i].is.null && optional))
			out = known[i].is;
	out.any = any;
	out.all = all;
	out.if_exists = optional;
	return out;
}

// ---- condition keys

static bool key_starts(struct str key, struct str prefix, struct str *rest)
{
	if (key.len < prefix.len || !same_text((struct str){key.at, prefix.len}, prefix, true))
		return false;
	*rest = (struct str){key.at + prefix.len, key.len - prefix.len};
	return true;
}

enum policy_key policy_key(const struct attest_facts *facts, struct str key, u32 *pcr)
{
	struct str rest;
	u64 n;
	if (key_starts(key, facts->condition, &rest) && str_u64(rest, &n) && n < DOCUMENT_PCRS) {
		*pcr = (u32)n;
		return POLICY_PCR;
	}
	for (size_t i = 0; i < facts->enclave_conditions.count; i++)
		if (key_starts(key, facts->enclave_conditions.list[i], &rest))
			return POLICY_ENCLAVE;
	return POLICY_OTHER;
}

// ---- tests

static bool has_variable(const struct policy_test *t)
{
	size_t off;
	for (size_t i = 0; i < t->values.count; i++)
		if (str_find(t->values.list[i], S("${"), &off))
			return true;
	return false;
}

static bool any_matches(const struct policy_test *t, struct policy_operator op, struct str value)
{
	for (size_t i = 0; i < t->values.count; i++)
		if (op.like ? policy_like(t->values.list[i], value, false)
		            : same_text(t->values.list[i], value, op.fold))
			return true;
	return false;
}

static bool null_holds(const struct policy_test *t, bool present)
{
	bool wanted = false;
	for (size_t i = 0; i < t->values.count; i++)
		wanted |= same_text(t->values.list[i], present ? S("false") : S("true"), true);
	return wanted;
}

// What IAM says of a key that the request does not have.
static bool absent_holds(struct policy_operator op)
{
	return op.if_exists || op.all || (op.negated && !op.any);
}

enum policy_truth policy_test_holds(const struct policy_test *t, const struct policy_request *r,
                             const struct attest_facts *facts)
{
	struct policy_operator op = policy_operator(t->operator);
	u32 pcr = 0;
	enum policy_key kind = policy_key(facts, t->key, &pcr);
	if (kind == POLICY_OTHER || !op.known)
		return POLICY_OPEN;
	bool present = kind == POLICY_PCR && (r->has >> pcr & 1), holds;
	if (op.null)
		holds = null_holds(t, present);
	else if (!present)
		holds = absent_holds(op);
	else if (has_variable(t))
		return POLICY_OPEN;
	else
		holds = any_matches(t, op, r->pcrs[pcr]) != op.negated;
	return holds ? POLICY_YES : POLICY_NO;
}

// All tests of a statement must hold.
enum policy_truth policy_holds(const struct policy_statement *s, const struct policy_request *r,
                        const struct attest_facts *facts, const struct policy_test **open)
{
	enum policy_truth all = POLICY_YES;
	*open = NULL;
	for (size_t i = 0; i < s->test_count; i++) {
		enum policy_truth one = policy_test_holds(&s->tests[i], r, facts);
		if (one == POLICY_NO)
			return POLICY_NO;
		if (one == POLICY_OPEN && all == POLICY_YES) {
			all = POLICY_OPEN;
			*open = &s->tests[i];
		}
	}
	return all;
}

// ---- who

bool policy_is_everybody(const struct policy_statement *s)
{
	for (size_t i = 0; i < s->principals.count; i++)
		if (str_eq(s->principals.list[i], S("*")))
			return !s->not_principal;
	return false;
}

// An account stands for what its IAM policies allow.
bool policy_is_account(const struct policy_statement *s)
{
	enum { ACCOUNT_DIGITS = 12 };
	u64 n;
	for (size_t i = 0; i < s->principals.count; i++) {
		struct str p = s->principals.list[i];
		if (str_ends(p, S(":root")) || (p.len == ACCOUNT_DIGITS && str_u64(p, &n)))
			return !s->not_principal;
	}
	return false;
}

// Does it need a PCR to be something? Then nobody without a document gets in by it.
bool policy_needs_document(const struct policy_statement *s, const struct attest_facts *facts)
{
	const struct policy_request nothing = {.has = 0};
	u32 pcr;
	for (size_t i = 0; i < s->test_count; i++)
		if (policy_key(facts, s->tests[i].key, &pcr) != POLICY_OTHER
		    && policy_test_holds(&s->tests[i], &nothing, facts) == POLICY_NO)
			return true;
	return false;
}
