// init.c and init/: a pair of templates in, a spec out; what each line of a template becomes.
#include "unit.h"
#include "init/init.h"

#define BASE_OF(properties) \
	"Parameters: {KeyPair: {Type: String}}\nResources:\n" \
	"  InfrastructureConfiguration:\n    Type: AWS::ImageBuilder::InfrastructureConfiguration\n" \
	"    Properties: {Name: edge-infrastructure, SubnetId: subnet-0a1b2c3d, " \
	"SecurityGroupIds: [sg-0a1b2c3d]" properties "}\n"
#define PIPELINE_OF(properties) \
	"Resources:\n  R:\n    Type: AWS::ImageBuilder::ImageRecipe\n" \
	"    Properties: {Name: edge-x86_64-recipe, Version: 1.0.0}\n" \
	"  P: {Type: AWS::ImageBuilder::ImagePipeline, Properties: {Status: ENABLED" properties "}}\n"

static bool initialize(struct bench *b, struct str base, struct str pipeline, struct str *out)
{
	struct artifact list[] = {{.name = S("b.yaml"), .text = base},
	                          {.name = S("p.yaml"), .text = pipeline}};
	for (size_t i = 0; i < countof(list); i++) {
		u32 file = sources_add(&b->diag.sources, list[i].name, list[i].text);
		if (!template_read(&b->context, file, &list[i].tree))
			return false;
	}
	struct buf text = buf_new(&b->arena, 1 << 16);
	bool done = init_spec(&b->context, &(struct artifacts){list, countof(list)}, S(""), &text);
	*out = buf_str(&text);
	return done;
}

static void each_value_becomes_its_setting(void **state)
{
	(void)state;
	static const struct { struct str base, pipeline, line; } cases[] = {
		{STR(BASE_OF("")), STR(PIPELINE_OF("")), STR("name: edge  # b.yaml:5\n")},
		{STR(BASE_OF("")), STR(PIPELINE_OF("")), STR("  security-group: sg-0a1b2c3d  #")},
		{STR(BASE_OF(", TerminateInstanceOnFailure: false")), STR(PIPELINE_OF("")),
		 STR("  on-failure: keep  # b.yaml:5\n")},
		{STR(BASE_OF(", Tags: {Owner: a, Cost: '007'}")), STR(PIPELINE_OF("")),
		 STR("tags: { Owner: a, Cost: \"007\" }  #")},
		{STR(BASE_OF("")), STR(PIPELINE_OF(", Schedule: {ScheduleExpression: rate(7 days)}")),
		 STR("schedule: rate(7 days)  # p.yaml:5\n")},
		{STR(BASE_OF("")), STR(PIPELINE_OF(", Tags: {Only: here}")),
		 STR("pipelines:\n  main:\n    tags: { Only: here }  # p.yaml:5\n")},
		{STR(BASE_OF("")), STR(PIPELINE_OF(", Description: 'say: \"x\" #1'")),
		 STR("description: \"say: \\\"x\\\" #1\"  # p.yaml:5\n")},
		{STR(BASE_OF(", KeyPair: k")), STR(PIPELINE_OF("")),
		 STR("bake: [name, version, build.subnet, build.security-group, build.instance, ")},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct str text;
		size_t off;
		bool done = initialize(b, cases[i].base, cases[i].pipeline, &text);
		if (!done || !str_find(text, cases[i].line, &off)) {
			print_error("case %zu:\n%.*s", i, done ? (int)text.len : 0, (const char *)text.at);
			fail();
		}
		bench_free(b);
	}
}

static void what_is_no_value_is_named_and_left_out(void **state)
{
	(void)state;
	static const struct { struct str base, pipeline; enum rule rule; bool done; } cases[] = {
		{STR(BASE_OF(", SnsTopicArn: {'Fn::GetAtt': [T, Arn]}")), STR(PIPELINE_OF("")),
		 INIT_VALUE, true},
		{STR(BASE_OF(", KeyPair: k")), STR(PIPELINE_OF(", Description: '${A}'")), INIT_VALUE, true},
		{STR(BASE_OF("")), STR(BASE_OF("")), INIT_PART, false},
		{STR("Resources: {A: {Type: B}}"), STR(PIPELINE_OF("")), INIT_STRANGER, false},
		{STR("Resources: {A: {Type: AWS::ImageBuilder::InfrastructureConfiguration}}"),
		 STR(PIPELINE_OF("")), INIT_ASKS, true},
		{STR(BASE_OF("") "  C: {Type: AWS::ImageBuilder::Component, Properties: {Version: 2.0.0}}\n"),
		 STR(PIPELINE_OF("")), INIT_UNEQUAL, true},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct str text;
		bool done = initialize(b, cases[i].base, cases[i].pipeline, &text);
		if (done != cases[i].done || !bench_has(b, cases[i].rule))
			print_error("case %zu\n", i);
		assert_int_equal(done, cases[i].done);
		assert_true(bench_has(b, cases[i].rule));
		bench_free(b);
	}
}

// Whatever a template is cut to, there is a spec or a finding.
static void any_template_gives_a_spec_or_a_finding(void **state)
{
	(void)state;
	struct str whole = S(PIPELINE_OF(", Schedule: {ScheduleExpression: rate(7 days)}"));
	for (size_t len = 0; len < whole.len; len++) {
		struct bench *b = bench_new();
		struct str text, cut;
		assert_true(str_sub(whole, 0, len, &cut));
		bool done = initialize(b, S(BASE_OF("")), cut, &text);
		assert_true(done || b->diag.failed);
		bench_free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_becomes_its_setting),
		cmocka_unit_test(what_is_no_value_is_named_and_left_out),
		cmocka_unit_test(any_template_gives_a_spec_or_a_finding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
