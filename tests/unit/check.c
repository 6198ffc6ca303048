// check.c, opening.c, archs.c and rules.c: one mistake, one finding; the texts are golden
// (tests/golden/wrong), here is which rule stands where.
#include "unit.h"

struct checked { struct bench *b; struct library library; struct context c; const struct language *l; struct spec s; };

static bool check_text(struct checked *x, struct str text)
{
	struct node *tree = NULL;
	x->b = bench_new();
	x->library = (struct library){.arena = &x->b->found, .diag = &x->b->diag};
	x->c = (struct context){.arena = &x->b->arena, .diag = &x->b->diag, .library = &x->library};
	x->l = language_of(&x->c);
	assert_non_null(x->l);
	u32 file = sources_add(&x->b->diag.sources, S("t.ami"), text);
	assert_true(read_tree(&x->c, file, DIALECT_SPEC, &tree));
	x->s = (struct spec){.file = file, .tree = tree, .language = x->l};
	return check_spec(&x->c, &x->s);
}

static void uncheck(struct checked *x)
{
	bench_free(x->b);
}

#define HEAD "ami: 1\nname: payments\n"

static void right_specs_give_no_finding(void **state)
{
	(void)state;
	static const char *const specs[] = {
		HEAD, HEAD "version: 1.4\ntags: { CostCenter: \"0042\", Owner: platform }\n",
		HEAD "build: { instance: { x86_64: c7i.4xlarge, arm64: c7g.4xlarge } }\n"
		"pipelines: { main: {}, arm: { arch: arm64, recipe: s3://acme-recipes/edge-arm/v1 } }\n",
		HEAD "build: { timeout: 12h, volume: 12GiB, release: 2023.11.20260427, on-failure: keep }\n",
		HEAD "build: { timeout: 30m, volume: 16000GiB }\nkeep: 1000\nlogs: { retention: 3653d }\n",
		HEAD "pipelines: { a: { keep: 1000d }, b: { schedule: \"cron(0 3 * * ? *)\", enabled: false } }\n",
		HEAD "attest: { boot: secure-boot, sign: recipe, keys: { pk: a, kek: b, db: c }, pcrs: [4, 12] }\n",
		HEAD "attest: { boot: secure-boot, sign: recipe, keys: { pk: a, kek: b, db: c }, pcrs: [7] }\n",
		HEAD "attest: { pcrs: [4, 11, 12], tags: false, reference: s3://bucket/reference }\n"
		"tools: { amic: { from: s3://bucket/amic, sha256: "
		"3b1f0c7d5a9e4f62b8d1c0a7e6f5940312ab4cd56ef7890123456789abcdef01 } }\n",
		HEAD "kms: { users: [arn:aws-cn:iam::111122223333:role/a], admins: [arn:aws-cn:iam::111122223333:role/p/b] }\n",
		HEAD "share: [{ region: us-gov-west-1, organizations: [arn:aws-us-gov:organizations::111122223333:organization/o-abcdefghij] }]\n",
		HEAD "patch: { base: [{ set: /Resources/X, to: { Fn::Sub: \"${A}\" } }, { delete: /Resources/Y, expect: 1 }] }\n",
		HEAD "recipe: { from: s3://acme-recipes/x }\ndescription: \"it's (99 %) \\\"fine\\\"\"\n",
		"ami: '1'\nname: \"a-b\"\nblueprint: 1\nversion: 1073741823.0\n",
	};
	for (size_t i = 0; i < countof(specs); i++) {
		struct checked x;
		bool good = check_text(&x, str_from(specs[i]));
		if (!good || x.b->diag.len)
			fail_msg("spec %zu: %s", i,
			         x.b->diag.len ? (const char *)rules[x.b->diag.list[0].rule].id.at : "");
		uncheck(&x);
	}
}

static void one_mistake_is_one_finding_at_its_place(void **state)
{
	(void)state;
	static const struct { const char *line; enum rule rule; u64 off; } cases[] = {
		{"buidl: {}\n", KEY_UNKNOWN, 0}, {"build: { voLume: 30GiB }\n", KEY_UNKNOWN, 9},
		{"tags: { a: {} }\n", WRONG_KIND, 11}, {"tags: { 'aws:x': y }\n", TAG_RESERVED, 8},
		{"tags: { a/b?: y }\n", FORM_WRONG, 8}, {"keep: [1]\n", FORM_NONE, 6},
		{"keep: 1001\n", FORM_WRONG, 6}, {"keep: 1001d\n", OUT_OF_RANGE, 6},
		{"version: 01.2\n", FORM_WRONG, 9}, {"version: 1.2.x\n", VERSION_PATCH, 9},
		{"attest: { pcrs: [4, 5] }\n", WORD_UNKNOWN, 20}, {"attest: { pcrs: [4, 12, 4] }\n", ELEMENT_TWICE, 24},
		{"attest: { pcrs: [] }\n", OUT_OF_RANGE, 10}, {"enabled: yes\n", WORD_UNKNOWN, 9},
		{"share: [{ region: eu-west-1, accounts: [] }]\n", OUT_OF_RANGE, 29},
		{"notify: ~\n", VALUE_MISSING, 0}, {"extends: ''\n", FORM_WRONG, 9},
		{"pipelines: {}\n", OUT_OF_RANGE, 0}, {"pipelines: { a: { name: x } }\n", KEY_OF_BASE, 18},
		{"pipelines: { a: { attest: { boot: uefi } } }\n", KEY_OF_BASE, 28},
		{"build: { instance: c7g.large }\n", INSTANCE_ARCH, 19},
		{"build: { instance: { x86_64: c7g.large } }\n", INSTANCE_ARCH, 29},
		{"bake: [build.on-failur]\n", OPEN_UNKNOWN, 7}, {"params: [share]\n", OPEN_CLOSED, 9},
		{"params: [attest.boot]\n", OPEN_CLOSED, 9}, {"bake: [recipe.sha256]\n", BAKE_CLOSED, 7},
		{"build: { key-pair: \"a\\tb\" }\n", TEXT_SYNTAX, 19}, {"notify: arn:aws:sns:x\n", FORM_WRONG, 8},
		{"recipe: s3://UPPER/x\n", FORM_WRONG, 8}, {"recipe: s3://bucket/\n", RECIPE_IS_BUCKET, 8},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct checked x;
		struct bench *b = bench_new();
		if (check_text(&x, cat(&b->arena, S(HEAD), str_from(cases[i].line))))
			fail_msg("accepted: %s", cases[i].line);
		const struct finding *f = x.b->diag.list;
		if (x.b->diag.len != 1 || f->rule != cases[i].rule || f->at.off != cases[i].off + strlen(HEAD))
			fail_msg("%s%zu findings, %s at %d", cases[i].line, x.b->diag.len,
			         (const char *)rules[f->rule].id.at,
			         (int)f->at.off - (int)strlen(HEAD));
		uncheck(&x);
		bench_free(b);
	}
}

static void long_values_are_shortened_and_notes_come_last(void **state)
{
	(void)state;
	struct checked x;
	struct bench *b = bench_new();
	struct buf text = buf_new(&b->arena, 1 << 16);
	put(&text, S(HEAD "arch: "));
	for (size_t i = 0; i < 2000; i++)
		put(&text, S("\xc3\xa9"));
	assert_false(check_text(&x, buf_str(&text)));
	assert_true(x.b->diag.list[0].arg[1].len < 70);
	size_t bad_off;
	assert_true(utf8_valid(x.b->diag.list[0].arg[1], &bad_off));
	uncheck(&x);
	assert_true(check_text(&x, S(HEAD)));
	assert_true(check_notes(&x.c, &x.s));
	assert_true(x.b->diag.len == 2 && bench_has(x.b, BLUEPRINT_OPEN) && bench_has(x.b, RELEASE_OPEN));
	uncheck(&x);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_specs_give_no_finding),
		cmocka_unit_test(one_mistake_is_one_finding_at_its_place),
		cmocka_unit_test(long_values_are_shortened_and_notes_come_last),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
