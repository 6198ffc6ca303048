// der: what BER allows and DER does not, one fault each; cut anywhere.
#include <openssl/evp.h>
#include "hostile.h"
#include "verify/verify.h"

static void faults_are_named(void **state)
{
	(void)state;
	static const struct { struct str der; const char *why; } cases[] = {
		{STR("\x30\x03\x02\x01\x05"), NULL},
		{STR("\x30\x00"), NULL},
		{STR("\x30\x03\x02\x01\x05\x00"), "bytes behind its end"},
		{STR("\x30\x80\x02\x01\x05\x00\x00"), "an indefinite or enormous length"},
		{STR("\x30\x81\x03\x02\x01\x05"), "a length is not in its shortest form"},
		{STR("\x30\x82\x00\x80"), "a length is not in its shortest form"},
		{STR("\x30\x85\x00\x00\x00\x00\x00"), "an indefinite or enormous length"},
		{STR("\x30\x04\x02\x01\x05"), "it ends in the middle of an element"},
		{STR("\x30\x02\x02\x00"), "an empty integer"},
		{STR("\x30\x04\x02\x02\x00\x05"), "an integer is not in its shortest form"},
		{STR("\x30\x04\x02\x02\xff\x80"), "an integer is not in its shortest form"},
		{STR("\x30\x04\x02\x02\x00\x80"), NULL},
		{STR("\x30\x04\x0a\x02\x00\x05"), "an integer is not in its shortest form"},
		{STR("\x30\x03\x01\x01\xff"), NULL},
		{STR("\x30\x03\x01\x01\x01"), "a boolean that is neither 00 nor ff"},
		{STR("\x30\x02\x01\x00"), "a boolean that is neither 00 nor ff"},
		{STR("\x30\x03\x03\x01\x00"), NULL},
		{STR("\x30\x02\x03\x00"), "a bit string without its count of unused bits"},
		{STR("\x30\x03\x03\x01\x01"), "a bit string without its count of unused bits"},
		{STR("\x30\x04\x03\x02\x08\x00"), "a bit string without its count of unused bits"},
		{STR("\x30\x04\x03\x02\x06\xc0"), NULL},
		{STR("\x30\x04\x03\x02\x06\xe0"), "unused bits that are set"},
		{STR("\x3f\x81\x01\x00"), "a tag of several bytes"},
		{STR("\x30\x04\xa0\x02\x80\x00"), NULL},
		{STR(""), "it ends in the middle of an element"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		const char *why = der_fault(cases[i].der);
		if (why != cases[i].why && (!why || !cases[i].why || strcmp(why, cases[i].why) != 0))
			print_error("case %zu: %s\n", i, why ? why : "none");
		assert_true(why ? cases[i].why && strcmp(why, cases[i].why) == 0 : !cases[i].why);
	}
}

static void depth_has_a_limit(void **state)
{
	(void)state;
	u8 nested[64];
	for (size_t i = 0; i < 32; i++) {
		nested[2 * i] = 0x30;
		nested[2 * i + 1] = (u8)(62 - 2 * i);
	}
	assert_string_equal(der_fault((struct str){nested, 64}), "elements nested too deeply");
	assert_null(der_fault((struct str){nested + 40, 24}));
}

static bool read_der(struct bench *b, struct str bytes)
{
	const char *why = der_fault(bytes);
	b->diag.failed |= why != NULL;
	return !why;
}

static void a_certificate_is_der_whole_alone(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct attest_facts facts;
	struct str der;
	assert_true(attest_facts_read(&b->context, &facts));
	assert_int_equal(facts.root.len, 533);
	assert_null(der_fault(facts.root));
	assert_str(str_hex(&b->arena, sha256(&b->arena, facts.root)),
	           str_z(&b->arena, facts.root_sha256));
	assert_str(pkix_subject(facts.root, &b->arena), "aws.nitro-enclaves");
	for (size_t len = 0; len < facts.root.len; len++)
		assert_non_null(der_fault((struct str){facts.root.at, len}));
	hostile_cuts(b, facts.root, 1, read_der);
	hostile_fields(b, facts.root, 0, facts.root.len, read_der);
	// As a file: DER or PEM, and nothing else in it.
	u8 text[1024];
	int text_len = EVP_EncodeBlock(text, facts.root.at, (int)facts.root.len);
	struct str base64 = {text, (size_t)text_len};
	struct str pem = cat(&b->arena, S("-----BEGIN CERTIFICATE-----\n"), base64,
	                     S("\n-----END CERTIFICATE-----\n"));
	assert_true(pkix_certificate(facts.root, &b->arena, &der) && str_eq(der, facts.root));
	assert_true(pkix_certificate(pem, &b->arena, &der) && str_eq(der, facts.root));
	assert_false(pkix_certificate(cat(&b->arena, pem, pem), &b->arena, &der));
	assert_false(pkix_certificate(cat(&b->arena, facts.root, S("\n")), &b->arena, &der));
	assert_false(pkix_certificate(base64, &b->arena, &der));
	assert_false(pkix_certificate(S(""), &b->arena, &der));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_named),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(a_certificate_is_der_whole_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
