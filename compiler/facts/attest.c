// attest: the words of the service that signs attestation documents, its root, and which PCRs must
// match, from schemas/attestation.json.
#include "facts/facts.h"
#include "verify/verify.h"

static struct str fact_text(const struct node *all, struct str key)
{
	const struct node *n = node_get(all, key);
	return n && n->kind == TEXT ? n->text : (struct str){0};
}

static struct policy_texts fact_words(struct arena *a, const struct node *list)
{
	struct str *out = make(a, list ? list->count + 1 : 1, struct str);
	size_t count = 0;
	for (const struct node *n = list ? list->first : NULL; n; n = n->next)
		out[count++] = n->text;
	return (struct policy_texts){out, count};
}

static u32 fact_bits(const struct node *list)
{
	u32 set = 0;
	u64 bit;
	for (const struct node *n = list ? list->first : NULL; n; n = n->next)
		if (str_u64(n->text, &bit) && bit < DOCUMENT_PCRS)
			set |= 1u << bit;
	return set;
}

bool attest_facts_read(struct context *c, struct attest_facts *out)
{
	const struct node *all = facts_of(c, S("schemas/attestation.json"));
	const struct node *boot = node_get(all, S("boot"));
	if (!all)
		return false;
	*out = (struct attest_facts){
		.root_sha256 = fact_text(all, S("root-sha256")),
		.root_suffix = fact_text(all, S("root-suffix")), .pcrs = fact_text(all, S("pcrs")),
		.enclave_pcrs = fact_text(all, S("enclave-pcrs")), .module = fact_text(all, S("module")),
		.default_partition = fact_text(all, S("default-partition")),
		.standard = fact_bits(node_get(boot, S("standard"))),
		.secure = fact_bits(node_get(boot, S("secure"))),
		.also = fact_bits(node_get(boot, S("also"))),
		.condition = fact_text(all, S("condition")),
		.enclave_conditions = fact_words(c->arena, node_get(all, S("enclave-conditions"))),
		.action = fact_text(all, S("action")),
		.actions = fact_words(c->arena, node_get(all, S("actions"))),
		.grant_action = fact_text(all, S("grant-action")),
		.policy_action = fact_text(all, S("policy-action")),
		.pcr7_off = fact_text(all, S("pcr7-without-secure-boot")),
	};
	return base64_read(fact_text(all, S("root")), c->arena, &out->root);
}
