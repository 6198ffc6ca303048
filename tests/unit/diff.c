// compiler/diff: simplify.c, changes.c, effects.c, exports.c, report.c. Two templates in, the
// lines of the report out.
#include "unit.h"
#include "diff/diff.h"

struct pair { struct bench *b; struct library library; struct context c; struct artifacts was, is; };

static struct pair *pair_new(void)
{
	struct bench *b = bench_new();
	struct pair *p = make(&b->arena, 1, struct pair);
	p->b = b;
	p->library = (struct library){.arena = &b->found, .diag = &b->diag};
	p->c = (struct context){.arena = &b->arena, .diag = &b->diag, .library = &p->library};
	p->was.list = make(&b->arena, 4, struct artifact);
	p->is.list = make(&b->arena, 4, struct artifact);
	return p;
}

static void add(struct pair *p, struct artifacts *side, const char *name, const char *text)
{
	struct node *tree;
	u32 file = sources_add(&p->b->diag.sources, str_from(name), str_from(text));
	assert_true(template_read(&p->c, file, &tree));
	side->list[side->count++] = (struct artifact){.name = str_from(name), .is_template = true,
	                                              .tree = tree};
}

static struct str report_of(struct pair *p, enum effect *worst)
{
	struct set_diff d;
	struct buf *out = make(&p->b->arena, 1, struct buf);
	*out = buf_new(&p->b->arena, 1 << 20);
	assert_true(diff_sets(&p->c, &p->was, &p->is, &d));
	diff_report(&d, NULL, &p->c, out);
	*worst = diff_worst(&d);
	return buf_str(out);
}

static bool holds(struct str text, const char *what)
{
	size_t off;
	if (str_find(text, str_from(what), &off))
		return true;
	print_error("no '%s' in:\n%.*s\n", what, (int)text.len, (const char *)text.at);
	return false;
}

#define BASE(name, version, data, extra) \
	"Parameters:\n  P: {Type: String, Default: " name "}\n" \
	"Resources:\n" \
	"  C:\n    Type: AWS::ImageBuilder::Component\n    Properties:\n" \
	"      Name: !Sub '${P}-c'\n      Platform: Linux\n      Version: " version "\n" \
	"      Data: |\n" data \
	"  I:\n    Type: AWS::ImageBuilder::InfrastructureConfiguration\n    Properties:\n" \
	"      Name: !Sub '${P}-i'\n      InstanceProfileName: x\n" extra \
	"Outputs:\n" \
	"  A: {Value: !GetAtt C.LatestVersion.Arn, Export: {Name: !Sub '${AWS::StackName}-C'}}\n" \
	"  B: {Value: !GetAtt I.Arn, Export: {Name: !Sub '${AWS::StackName}-I'}}\n" \
	"  V: {Value: !Ref C}\n"
#define DATA(t) "        phases:\n        - name: build\n          steps:\n" \
	"          - {name: Kiwi, action: ExecuteBash, timeoutSeconds: " t "}\n"
#define PIPELINE \
	"Parameters:\n  S: {Type: String}\n" \
	"Resources:\n  R:\n    Type: AWS::ImageBuilder::ImageRecipe\n    Properties:\n" \
	"      Name: r\n      Version: 1.0.x\n      ParentImage: ami\n" \
	"      Components: [{ComponentArn: {'Fn::GetStackOutput': {StackName: !Ref S, OutputName: V}}}]\n" \
	"  L:\n    Type: AWS::ImageBuilder::ImagePipeline\n    Properties:\n      Name: l\n" \
	"      ImageRecipeArn: !GetAtt R.Arn\n" \
	"      InfrastructureConfigurationArn: {'Fn::ImportValue': {'Fn::Sub': '${S}-I'}}\n"

// A replacement does not hide behind thousands of changes.
static void many_changes_hide_nothing(void **state)
{
	(void)state;
	enum { STATEMENTS = 12000 };
	static const struct { const char *name, *letter; } sides[] = {{"one", "x"}, {"two", "y"}};
	struct pair *p = pair_new();
	enum effect worst;
	for (size_t i = 0; i < countof(sides); i++) {
		struct buf text = buf_new(&p->b->arena, 4 << 20);
		put(&text, S("Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n"
		             "      AssumeRolePolicyDocument:\n        Statement:\n"));
		for (size_t j = 0; j < STATEMENTS; j++)
			put(&text, S("        - {A: "), str_from(sides[i].letter), S("}\n"));
		put(&text, S("      RoleName: "), str_from(sides[i].name), S("\n"));
		add(p, i ? &p->is : &p->was, "t.yaml", str_z(&p->b->arena, buf_str(&text)));
	}
	assert_true(holds(report_of(p, &worst), "replace"));
	assert_int_equal(worst, EFFECT_REPLACE);
	bench_free(p->b);
}

static void what_means_the_same_is_the_same(void **state)
{
	(void)state;
	struct pair *p = pair_new();
	enum effect worst;
	add(p, &p->was, "t.yaml", BASE("a", "1.0.0", DATA("1"), ""));
	add(p, &p->is, "t.yaml", BASE("a", "!Join ['.', [!Select [0, !Split ['-', 1-0]], '0.0']]",
	                             DATA("1"), "      KeyPair: !Ref AWS::NoValue\n"));
	assert_str(report_of(p, &worst), "");
	assert_int_equal(worst, EFFECT_NONE);
	bench_free(p->b);
}

static void a_change_inside_a_document_is_named_and_cascades(void **state)
{
	(void)state;
	struct pair *p = pair_new();
	enum effect worst;
	add(p, &p->was, "base.yaml", BASE("a", "1.0.0", DATA("10800"), ""));
	add(p, &p->was, "pipe.yaml", PIPELINE);
	add(p, &p->is, "base.yaml", BASE("a", "1.0.0", DATA("14400"), ""));
	add(p, &p->is, "pipe.yaml", PIPELINE);
	struct str out = report_of(p, &worst);
	assert_true(holds(out, "~ C                           new build  "
	                       "Data: phases.build.steps.Kiwi.timeoutSeconds 10800 -> 14400\n"));
	assert_true(holds(out, "~ R                           new recipe Components\n"));
	assert_true(holds(out, "~ L                           in place   ImageRecipeArn\n"));
	assert_true(holds(out, "order: base.yaml, then pipe.yaml."));
	assert_int_equal(worst, EFFECT_NEW);
	bench_free(p->b);
}

static void an_export_in_use_can_neither_change_nor_go(void **state)
{
	(void)state;
	struct pair *p = pair_new();
	enum effect worst;
	add(p, &p->was, "base.yaml", BASE("a", "1.0.0", DATA("1"), ""));
	add(p, &p->was, "pipe.yaml", PIPELINE);
	add(p, &p->is, "base.yaml", BASE("b", "1.0.0", DATA("1"), ""));
	add(p, &p->is, "pipe.yaml", PIPELINE);
	struct str out = report_of(p, &worst);
	assert_true(holds(out, "! I                           REFUSED    changes export ...-I, "
	                       "imported by: pipe.yaml\n"));
	assert_true(holds(out, "~ C                           replace    Name a-c -> b-c\n"));
	assert_int_equal(worst, EFFECT_REFUSED);
	p->is.count = 0;
	add(p, &p->is, "base.yaml", "Resources:\n  X: {Type: AWS::S3::Bucket}\n");
	add(p, &p->is, "pipe.yaml", PIPELINE);
	out = report_of(p, &worst);
	assert_true(holds(out, "removes export ...-I, imported by: pipe.yaml"));
	assert_true(holds(out, "+ X                           create     AWS::S3::Bucket\n"));
	bench_free(p->b);
}

static void a_fixed_version_cannot_be_made_twice(void **state)
{
	(void)state;
	static const char recipe[] = "Resources:\n  R:\n    Type: AWS::ImageBuilder::ImageRecipe\n"
		"    Properties: {Name: r, Version: 1.0.0, ParentImage: %}\n";
	struct pair *p = pair_new();
	enum effect worst;
	char was[sizeof recipe], is[sizeof recipe];
	memcpy(was, recipe, sizeof recipe);
	memcpy(is, recipe, sizeof recipe);
	*strchr(was, '%') = 'a';
	*strchr(is, '%') = 'b';
	add(p, &p->was, "t.yaml", was);
	add(p, &p->is, "t.yaml", is);
	assert_true(holds(report_of(p, &worst), "REFUSED    replaced under the same name"));
	memcpy(strstr(is, "1.0.0"), "1.0.x", 5);
	p->is.count = 0;
	add(p, &p->is, "t.yaml", is);
	assert_true(holds(report_of(p, &worst), "new recipe Version 1.0.0 -> 1.0.x\n"));
	bench_free(p->b);
}

static void parameters_say_what_deploy_commands_will_see(void **state)
{
	(void)state;
	struct pair *p = pair_new();
	enum effect worst;
	add(p, &p->was, "t.yaml", "Parameters: {Old: {Type: String, Default: ''}}\n"
	    "Conditions: {HasOld: !Not [!Equals [!Ref Old, '']]}\n"
	    "Resources: {B: {Type: AWS::S3::Bucket, Properties: "
	    "{BucketName: !If [HasOld, !Ref Old, !Ref AWS::NoValue]}}}\n");
	add(p, &p->is, "t.yaml", "Parameters: {New: {Type: String}, Set: {Type: String, Default: x}}\n"
	    "Resources: {B: {Type: AWS::S3::Bucket, Properties: {}}}\n");
	struct str out = report_of(p, &worst);
	assert_true(holds(out, "- parameter Old                          deploy commands that pass it"));
	assert_true(holds(out, "+ parameter New                          deploy commands must pass it\n"));
	assert_true(holds(out, "+ parameter Set                          default x\n"));
	assert_int_equal(worst, EFFECT_NONE);
	bench_free(p->b);
}

static void lists_are_compared_by_names_and_scripts_by_lines(void **state)
{
	(void)state;
	struct pair *p = pair_new();
	enum effect worst;
	add(p, &p->was, "t.yaml", "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n"
	    "      Policies:\n      - {PolicyName: a, PolicyDocument: {Statement: [{Sid: X, Action: x}]}}\n"
	    "      - PolicyName: b\n        PolicyDocument: |\n          one\n          two\n");
	add(p, &p->is, "t.yaml", "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n"
	    "      Policies:\n      - PolicyName: b\n        PolicyDocument: |\n          one\n          three\n"
	    "      - {PolicyName: a, PolicyDocument: {Statement: [{Sid: Y, Action: y}, {Sid: X, Action: x}]}}\n");
	struct str out = report_of(p, &worst);
	assert_true(holds(out, "Policies.a.PolicyDocument.Statement.Y"));
	assert_true(holds(out, "Policies.b.PolicyDocument line 2 two -> three"));
	size_t off;
	assert_false(str_find(out, S("Statement.X"), &off));
	assert_int_equal(worst, EFFECT_IN_PLACE);
	bench_free(p->b);
}

// Conditions that name themselves, outputs that read each other: no answer, but an end.
static void circles_end(void **state)
{
	(void)state;
	static const char circle[] = "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\n"
		"Resources: {R: {Type: AWS::S3::Bucket, Condition: A}}\n"
		"Outputs: {O: {Value: !Join ['', [{'Fn::GetStackOutput': {StackName: s, OutputName: O}}]]}}\n";
	struct pair *p = pair_new();
	enum effect worst;
	add(p, &p->was, "t.yaml", circle);
	add(p, &p->is, "t.yaml", circle);
	assert_str(report_of(p, &worst), "");
	bench_free(p->b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_changes_hide_nothing),
		cmocka_unit_test(what_means_the_same_is_the_same),
		cmocka_unit_test(a_change_inside_a_document_is_named_and_cascades),
		cmocka_unit_test(an_export_in_use_can_neither_change_nor_go),
		cmocka_unit_test(a_fixed_version_cannot_be_made_twice),
		cmocka_unit_test(parameters_say_what_deploy_commands_will_see),
		cmocka_unit_test(lists_are_compared_by_names_and_scripts_by_lines),
		cmocka_unit_test(circles_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
