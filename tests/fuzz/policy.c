// Policies of any bytes: read or refused with a finding. Whatever they say, a policy whose every
// Allow needs a PCR to have the value "admitted" never releases a key to a machine with another.
#include "fuzz.h"
#include "audit/audit.h"
#include "template/template.h"
#include <string.h>

static const u8 value[PCR_BYTES] = {1};

static bool asks_for(const struct policy_test *t, const struct attest_facts *facts, struct str hex)
{
	u32 pcr;
	struct policy_operator op = policy_operator(t->operator);
	return policy_key(facts, t->key, &pcr) == POLICY_PCR && pcr == 4 && op.known && !op.negated
	    && !op.null && !op.like && !op.if_exists && !op.all && !op.any && t->values.count == 1
	    && str_eq(t->values.list[0], hex);
}

// Of each Allow: a plain test of PCR4 against a value that the machine does not have.
static bool all_ask(const struct policy *p, const struct attest_facts *facts, struct str hex)
{
	for (size_t i = 0; i < p->count; i++) {
		bool asked = p->list[i].deny;
		for (size_t k = 0; k < p->list[i].test_count; k++)
			asked |= asks_for(&p->list[i].tests[k], facts, hex);
		if (!asked)
			return false;
	}
	return true;
}

static void judge(struct fuzz *f, const struct policy *p)
{
	struct attest_facts facts;
	struct attested doc = {.has = 1 << 4};
	struct str why, other;
	struct buf out = buf_new(&f->arena, 1 << 20);
	u8 zeros[PCR_BYTES] = {0};
	doc.pcrs[4] = (struct str){zeros, PCR_BYTES};
	if (!attest_facts_read(&f->context, &facts))
		abort();
	other = str_hex(&f->arena, (struct str){value, PCR_BYTES});
	if (policy_releases(&f->context, &facts, p, &doc, &why) != POLICY_NO
	    && all_ask(p, &facts, other))
		abort();
	(void)audit_policies(&f->context, p, 1, &out);
}

static void read(struct fuzz *f, struct str s)
{
	struct node *tree;
	struct policy p;
	u32 file = sources_add(&f->diag.sources, S("policy.json"), s);
	if (!template_read(&f->context, file, &tree))
		return;
	if (policy_read(&f->context, S("policy.json"), tree, &p))
		judge(f, &p);
	else if (!f->diag.failed)
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size) { return fuzz_once(data, size, read); }
