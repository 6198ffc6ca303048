// policy: patterns, operators and condition keys; tests/policy.test holds the decisions against a
// second reader.
#include "unit.h"
#include <time.h>
#include "verify/verify.h"

static void patterns(void **state)
{
	(void)state;
	static const struct { const char *pattern, *text; bool fold, matches; } cases[] = {
		{"", "", false, true}, {"", "a", false, false}, {"*", "", false, true}, {"*", "abc", false, true},
		{"a*c", "abc", false, true}, {"a*c", "ac", false, true}, {"a*c", "acb", false, false},
		{"?", "", false, false}, {"?", "a", false, true}, {"a?c", "abc", false, true},
		{"*a*b*", "xxaxxbxx", false, true}, {"*a*b*", "xxbxxaxx", false, false},
		{"kms:*", "kms:Decrypt", false, true}, {"KMS:decrypt", "kms:Decrypt", false, false},
		{"KMS:decrypt", "kms:Decrypt", true, true}, {"kms:Decrypt*", "kms:Decrypt", true, true},
		{"**", "a", false, true}, {"a*", "ba", false, false}, {"*.*", "a", false, false},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		bool got = policy_like(str_from(cases[i].pattern), str_from(cases[i].text), cases[i].fold);
		if (got != cases[i].matches)
			print_error("'%s' on '%s'\n", cases[i].pattern, cases[i].text);
		assert_int_equal(got, cases[i].matches);
	}
}

// Each star goes back to one place: a text twice as long takes at most a few times as long.
static double cpu(const struct bench *b, struct str pattern, size_t len)
{
	struct arena a = b->arena;
	u8 *text = make(&a, len, u8);
	memset(text, 'a', len);
	clock_t from = clock();
	for (size_t i = 0; i < 20; i++)
		assert_false(policy_like(pattern, (struct str){text, len}, true));
	return (double)(clock() - from) / CLOCKS_PER_SEC;
}

static void patterns_of_many_stars_end(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str stars = S("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b");
	assert_true(cpu(b, stars, 100000) < 20.0);
	bench_free(b);
}

static void operators(void **state)
{
	(void)state;
	struct policy_operator op = policy_operator(S("StringEquals"));
	assert_true(op.known && !op.negated && !op.fold && !op.like && !op.null && !op.any && !op.all);
	op = policy_operator(S("ForAllValues:StringNotEqualsIgnoreCaseIfExists"));
	assert_true(op.known && op.negated && op.fold && op.all && op.if_exists);
	op = policy_operator(S("ForAnyValue:StringLike"));
	assert_true(op.known && op.like && op.any);
	static const char *const none[] = {"", "Bool", "NumericEquals", "NullIfExists", "StringEqualsX",
		"ForSomeValues:StringEquals", "stringequals"};
	for (size_t i = 0; i < countof(none); i++)
		assert_false(policy_operator(str_from(none[i])).known);
}

static void keys(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct attest_facts facts;
	u32 pcr = 99;
	assert_true(attest_facts_read(&b->context, &facts));
	assert_int_equal(policy_key(&facts, S("kms:RecipientAttestation:NitroTPMPCR4"), &pcr), POLICY_PCR);
	assert_int_equal(pcr, 4);
	assert_int_equal(policy_key(&facts, S("KMS:recipientAttestation:nitrotpmpcr12"), &pcr), POLICY_PCR);
	assert_int_equal(pcr, 12);
	static const struct { const char *key; enum policy_key kind; } cases[] = {
		{"kms:RecipientAttestation:PCR0", POLICY_ENCLAVE},
		{"kms:RecipientAttestation:ImageSha384", POLICY_ENCLAVE},
		{"kms:RecipientAttestation:NitroTPMPCR", POLICY_OTHER},
		{"kms:RecipientAttestation:NitroTPMPCR32", POLICY_OTHER},
		{"kms:RecipientAttestation:NitroTPMPCR4x", POLICY_OTHER},
		{"aws:SourceVpce", POLICY_OTHER}, {"", POLICY_OTHER},
	};
	for (size_t i = 0; i < countof(cases); i++)
		assert_int_equal(policy_key(&facts, str_from(cases[i].key), &pcr), cases[i].kind);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(patterns_of_many_stars_end),
		cmocka_unit_test(operators),
		cmocka_unit_test(keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
