// policy: which PCR values a key policy admits, who gets in without any, and what in it looks like
// a check and is none. Statements are judged for requests with a document and for those without.
#include "audit/audit.h"

enum { PCR_SHOWN = 24, HEX_LEN = 2 * PCR_BYTES };

struct policy_audit {
	const struct attest_facts *facts;
	struct policy_statement **all; size_t count;     // of all policies
	struct buf *out;
	struct arena *arena;
	struct diag *d;
};

static void tell(struct policy_audit *a, enum rule rule, struct span at, struct str sid,
                 struct str what)
{
	diag_report(a->d, (struct finding){rule, .at = at, .arg = {sid, what}});
}

static bool releases(const struct policy_audit *a, const struct policy_statement *s)
{
	for (size_t i = 0; i < a->facts->actions.count; i++)
		if (policy_covers(s, a->facts->actions.list[i]))
			return true;
	return false;
}

// ---- one test

static bool is_digits(struct str s, bool *upper)
{
	*upper = false;
	for (size_t i = 0; i < s.len; i++) {
		bool big = s.at[i] >= 'A' && s.at[i] <= 'F';
		if (!big && !(s.at[i] >= '0' && s.at[i] <= '9') && !(s.at[i] >= 'a' && s.at[i] <= 'f'))
			return false;
		*upper |= big;
	}
	return true;
}

static bool is_zeros(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != '0')
			return false;
	return s.len > 0;
}

static void check_value(struct policy_audit *a, const struct policy_statement *s,
                        const struct policy_test *t, struct policy_operator op, u32 pcr,
                        struct str value)
{
	size_t off;
	bool upper;
	if (str_find(value, S("${"), &off)) {
		tell(a, POLICY_UNDECIDED, t->at, s->sid, value);
	} else if (op.like && (str_find(value, S("*"), &off) || str_find(value, S("?"), &off))) {
		tell(a, POLICY_WILDCARD, t->at, s->sid, value);
	} else if (value.len != HEX_LEN || !is_digits(value, &upper)) {
		tell(a, POLICY_NO_VALUE, t->at, s->sid, value);
	} else if (upper && !op.fold) {
		tell(a, POLICY_UPPER_CASE, t->at, s->sid, t->operator);
	} else if (pcr == 4 && is_zeros(value)) {
		tell(a, POLICY_PCR4_ZERO, t->at, s->sid, S(""));
	} else if (pcr == 7 && !s->deny && str_starts(value, a->facts->pcr7_off)) {
		tell(a, POLICY_PCR7, t->at, s->sid, S("it has the value of Secure Boot switched off"));
	}
}

static void check_test(struct policy_audit *a, const struct policy_statement *s,
                       const struct policy_test *t)
{
	struct policy_operator op = policy_operator(t->operator);
	u32 pcr = 0;
	if (policy_key(a->facts, t->key, &pcr) != POLICY_PCR)
		return;
	if (!op.known)
		tell(a, POLICY_UNDECIDED, t->at, s->sid, t->operator);
	if (op.any || op.all)
		tell(a, POLICY_SET_OPERATOR, t->at, s->sid, t->operator);
	if (op.if_exists && !s->deny)
		tell(a, POLICY_IF_EXISTS, t->at, s->sid, t->operator);
	if (op.negated && !s->deny)
		tell(a, POLICY_NEGATED, t->at, s->sid, t->operator);
	for (size_t i = 0; op.known && !op.null && i < t->values.count; i++)
		check_value(a, s, t, op, pcr, t->values.list[i]);
}

// ---- one statement that allows

// PCRs that it needs to have given values.
static u32 pinned(const struct policy_audit *a, const struct policy_statement *s)
{
	u32 set = 0, pcr;
	for (size_t i = 0; i < s->test_count; i++) {
		struct policy_operator op = policy_operator(s->tests[i].operator);
		if (policy_key(a->facts, s->tests[i].key, &pcr) == POLICY_PCR && op.known && !op.negated
		    && !op.null && !op.if_exists && !op.all)
			set |= 1u << pcr;
	}
	return set;
}

// A Deny of everybody without a document that nothing else conditions.
static bool is_denied(const struct policy_audit *a)
{
	const struct policy_request nothing = {.has = 0};
	const struct policy_test *open;
	for (size_t i = 0; i < a->count; i++) {
		const struct policy_statement *s = a->all[i];
		if (s->deny && releases(a, s) && policy_is_everybody(s)
		    && policy_holds(s, &nothing, a->facts, &open) == POLICY_YES && s->test_count)
			return true;
	}
	return false;
}

static void check_set(struct policy_audit *a, const struct policy_statement *s)
{
	u32 set = pinned(a, s);
	bool four = set >> 4 & 1, seven = set >> 7 & 1, twelve = set >> 12 & 1;
	if (four && !twelve && !seven)
		tell(a, POLICY_PCR4_ALONE, s->at, s->sid, S(""));
	else if (!four && seven && !twelve)
		tell(a, POLICY_PCR7, s->at, s->sid,
		     S("it admits every image that these keys admit; with Secure Boot off it admits all"));
	else if (set && !four && !seven)
		tell(a, POLICY_NO_PCR4, s->at, s->sid, S(""));
}

static void check_unbound(struct policy_audit *a, const struct policy_statement *s)
{
	if (policy_needs_document(s, a->facts) || is_denied(a))
		return;
	if (policy_is_account(s))
		tell(a, POLICY_ACCOUNT, s->at, s->sid, S(""));
	else
		tell(a, POLICY_UNBOUND, s->at, s->sid, S(""));
}

static void check_other_actions(struct policy_audit *a, const struct policy_statement *s)
{
	if (policy_covers(s, a->facts->grant_action) && !is_denied(a))
		tell(a, POLICY_GRANT, s->at, s->sid, S(""));
	if (policy_covers(s, a->facts->policy_action))
		tell(a, POLICY_OWNER, s->at, s->sid, S(""));
}

// "All of them differ" is what several tests of one Deny say, not "one differs".
static void check_deny(struct policy_audit *a, const struct policy_statement *s)
{
	size_t negated = 0;
	u32 pcr;
	for (size_t i = 0; i < s->test_count; i++)
		negated += policy_key(a->facts, s->tests[i].key, &pcr) == POLICY_PCR
		        && policy_operator(s->tests[i].operator).negated;
	if (negated > 1)
		tell(a, POLICY_DENY_ALL, s->at, s->sid, S(""));
}

static void check_statement(struct policy_audit *a, const struct policy_statement *s)
{
	for (size_t i = 0; i < s->test_count; i++)
		check_test(a, s, &s->tests[i]);
	if (s->deny) {
		check_deny(a, s);
		return;
	}
	if (releases(a, s)) {
		check_set(a, s);
		check_unbound(a, s);
	}
	check_other_actions(a, s);
}

// ---- the report

static void put_words(struct policy_audit *a, struct policy_texts w, struct str between)
{
	for (size_t i = 0; i < w.count; i++)
		put(a->out, i ? between : S(""), utf8_printable(a->arena, w.list[i]));
}

static void put_test(struct policy_audit *a, const struct policy_test *t)
{
	u32 pcr = 0;
	struct policy_operator op = policy_operator(t->operator);
	bool plain = policy_key(a->facts, t->key, &pcr) == POLICY_PCR && op.known && !op.like
	          && !op.negated && !op.null;
	put(a->out, S("    "));
	if (plain)
		put(a->out, S("PCR"), str_number(a->arena, pcr), S(" is "));
	else
		put(a->out, utf8_printable(a->arena, t->operator), S(" "),
		    utf8_printable(a->arena, t->key), S(" "));
	put_words(a, t->values, S("\n          or "));
	put(a->out, S("\n"));
}

static void put_statement(struct policy_audit *a, const struct policy_statement *s)
{
	put(a->out, S("  "), utf8_printable(a->arena, s->sid), s->deny ? S(" denies ") : S(" admits "),
	    s->not_principal ? S("everybody but ") : S(""));
	if (s->has_principal)
		put_words(a, s->principals, S(", "));
	else
		put(a->out, S("whoever has it"));
	put(a->out, s->test_count ? S(" where\n") : s->deny ? S("\n") : S(", whatever runs there\n"));
	for (size_t i = 0; i < s->test_count; i++)
		put_test(a, &s->tests[i]);
}

// In the order of the policies: first whom they admit, then whom they deny.
static void put_report(struct policy_audit *a)
{
	put(a->out, S("the key is released where one of these admits and none denies:\n"));
	for (int deny = 0; deny < 2; deny++)
		for (size_t i = 0; i < a->count; i++)
			if (a->all[i]->deny == deny && releases(a, a->all[i]))
				put_statement(a, a->all[i]);
	put(a->out, is_denied(a) ? S("nobody gets it without a document\n")
	                         : S("nothing denies it to requests without a document\n"));
}

bool audit_policies(struct context *c, const struct policy *list, size_t count, struct buf *out)
{
	struct attest_facts facts;
	size_t statements = 0;
	struct policy_audit a = {.facts = &facts, .out = out, .arena = c->arena, .d = c->diag};
	if (!attest_facts_read(c, &facts))
		return false;
	for (size_t i = 0; i < count; i++)
		statements += list[i].count;
	a.all = make(c->arena, statements + 1, struct policy_statement *);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < list[i].count; k++)
			a.all[a.count++] = &list[i].list[k];
	for (size_t i = 0; i < a.count; i++)
		check_statement(&a, a.all[i]);
	put_report(&a);
	return true;
}

// ---- would it release the key to this machine?

static void fill_request(struct arena *arena, const struct attested *doc,
                         struct policy_request *out)
{
	*out = (struct policy_request){.has = doc->has};
	for (u32 pcr = 0; pcr < DOCUMENT_PCRS; pcr++)
		if (doc->has >> pcr & 1)
			out->pcrs[pcr] = str_hex(arena, doc->pcrs[pcr]);
}

static bool concerns(const struct policy_audit *a, const struct policy_statement *s)
{
	return policy_covers(s, a->facts->action);
}

// Whether who asks is meant by a Deny is known for everybody alone.
static enum policy_truth denied(const struct policy_audit *a, const struct policy *p,
                         const struct policy_request *q, const struct policy_statement **by)
{
	const struct policy_test *open;
	enum policy_truth all = POLICY_NO;
	for (size_t i = 0; i < p->count; i++) {
		const struct policy_statement *s = &p->list[i];
		enum policy_truth one = POLICY_NO;
		if (s->deny && concerns(a, s))
			one = policy_holds(s, q, a->facts, &open);
		if (one == POLICY_YES && !policy_is_everybody(s))
			one = POLICY_OPEN;
		if (one == POLICY_NO || (one == POLICY_OPEN && all != POLICY_NO))
			continue;
		*by = s;
		all = one;
		if (all == POLICY_YES)
			break;
	}
	return all;
}

static enum policy_truth allowed(const struct policy_audit *a, const struct policy *p,
                          const struct policy_request *q, const struct policy_statement **by,
                          const struct policy_test **open)
{
	const struct policy_test *first;
	enum policy_truth all = POLICY_NO;
	for (size_t i = 0; i < p->count && all != POLICY_YES; i++) {
		const struct policy_statement *s = &p->list[i];
		if (s->deny || !concerns(a, s) || !policy_needs_document(s, a->facts))
			continue;
		enum policy_truth one = policy_holds(s, q, a->facts, &first);
		if (one == POLICY_NO || (one == POLICY_OPEN && all == POLICY_OPEN))
			continue;
		*by = s;
		*open = first;
		all = one;
	}
	return all;
}

static struct str who(struct policy_audit *a, const struct policy_statement *s)
{
	struct buf b = buf_new(a->arena, 1 << 16);
	a->out = &b;
	put_words(a, s->principals, S(", "));
	return buf_str(&b);
}

enum policy_truth policy_releases(struct context *c, const struct attest_facts *facts,
                           const struct policy *p, const struct attested *doc, struct str *why)
{
	struct policy_audit a = {.facts = facts, .arena = c->arena, .d = c->diag};
	const struct policy_statement *no = NULL, *yes = NULL;
	const struct policy_test *open = NULL;
	struct policy_request q;
	fill_request(c->arena, doc, &q);
	enum policy_truth deny = denied(&a, p, &q, &no), allow = allowed(&a, p, &q, &yes, &open);
	if (deny == POLICY_YES) {
		*why = cat(c->arena, S("'"), no->sid, S("' denies the key"));
		return POLICY_NO;
	}
	if (allow == POLICY_NO) {
		*why = S("no statement that looks at a document admits these values");
		return POLICY_NO;
	}
	*why = cat(c->arena, S("'"), yes->sid, S("' releases the key to "), who(&a, yes));
	if (allow == POLICY_OPEN)
		*why = cat(c->arena, *why, S(", if '"), open->key, S("' holds, which no document says"));
	else if (deny == POLICY_OPEN)
		*why = cat(c->arena, *why, S(", unless '"), no->sid, S("' denies it to whoever asks"));
	return allow == POLICY_YES && deny == POLICY_NO ? POLICY_YES : POLICY_OPEN;
}
