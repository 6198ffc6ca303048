// link: each case is one or two templates, and the finding that they must give; the healthy ones
// give none.
#include "unit.h"

#define BUCKET "Resources:\n  B:\n    Type: AWS::S3::Bucket\n"
#define POLICY(statement) "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n" \
	"      AssumeRolePolicyDocument: {}\n      Policies:\n        - PolicyName: p\n" \
	"          PolicyDocument:\n            Statement:\n              - " statement "\n"
#define COMPONENT(data) "Resources:\n  C:\n    Type: AWS::ImageBuilder::Component\n    Properties:\n" \
	"      Name: comp\n      Platform: Linux\n      Version: 1.0.0\n      Data: |\n" data
#define WORKFLOW(data) "Resources:\n  W:\n    Type: AWS::ImageBuilder::Workflow\n    Properties:\n" \
	"      Name: flow\n      Type: BUILD\n      Version: 1.0.0\n      Data: |\n" data
#define PHASE "        schemaVersion: 1.0\n        parameters:\n          - Source: {type: string}\n" \
	"        phases:\n          - name: build\n            steps:\n"
#define STEP(name, text) "              - {name: " name ", action: ExecuteBash, inputs: {commands: [" \
	text "]}}\n"
#define FLOW "        schemaVersion: 1.0\n        steps:\n" \
	"          - {name: Launch, action: LaunchInstance, inputs: {waitFor: ssmAgent}}\n"
#define IMAGE "        outputs:\n          - {name: ImageId, value: $.stepOutputs.Launch.instanceId}\n"
#define SSM(parameters, text, timeout) "Resources:\n  D:\n    Type: AWS::SSM::Document\n" \
	"    Properties:\n      DocumentType: Command\n      Content:\n        schemaVersion: '2.2'\n" \
	"        parameters: {" parameters "}\n        mainSteps:\n          - action: aws:runShellScript\n" \
	"            name: run\n            inputs: {runCommand: [" text "], timeoutSeconds: '" timeout "'}\n"

struct bench_link { struct bench *b; struct context c; struct library library; };

static struct bench_link *start(void)
{
	struct bench *b = bench_new();
	struct bench_link *k = make(&b->arena, 1, struct bench_link);
	k->b = b;
	k->library = (struct library){.arena = &b->found, .diag = &b->diag};
	k->c.arena = &b->arena;
	k->c.diag = &b->diag;
	k->c.library = &k->library;
	return k;
}

static struct artifact template(struct bench_link *k, const char *name, const char *text)
{
	struct str s = str_from(text);
	struct node *tree;
	u32 file = sources_add(&k->b->diag.sources, str_from(name), s);
	assert_true(template_read(&k->c, file, &tree));
	return (struct artifact){.name = str_from(name), .is_template = true, .tree = tree, .text = s};
}

static struct bench_link *linked(const char *first, const char *second, const char *scope)
{
	struct bench_link *k = start();
	struct artifact list[2] = {template(k, "a.yaml", first)};
	struct artifacts all = {list, 1};
	if (second)
		list[all.count++] = template(k, "b.yaml", second);
	for (size_t i = 0; i < all.count; i++)
		list[i].scope = str_from(scope);
	bool good = link_artifacts(&k->c, &all);
	assert_int_equal(good, !k->b->diag.failed);
	return k;
}

static void show(const struct bench *b)
{
	struct buf out = buf_new(&(struct arena){b->arena.at, b->arena.end, b->arena.full, NULL, NULL}, 1 << 16);
	diag_render(&b->diag, (struct render){.format = FORMAT_SHORT}, &out);
	print_error("%.*s", (int)out.len, (const char *)out.at);
}

static void each_mistake_is_found(void **state)
{
	(void)state;
	static const struct { enum rule rule; const char *first, *second; } cases[] = {
		{NO_TEMPLATE, "AWSTemplateFormatVersion: '2010-09-09'\n", NULL},
		{SECTION_UNKNOWN, BUCKET "Resource: {}\n", NULL},
		{SECTION_NO_MAP, BUCKET "Outputs: []\n", NULL},
		{NAME_MALFORMED, "Resources:\n  a-b: {Type: AWS::S3::Bucket}\n", NULL},
		{NAME_SHARED, "Parameters:\n  B: {Type: String}\n" BUCKET, NULL},
		{RESOURCE_KEY_UNKNOWN, BUCKET "    BucketName: x\n", NULL},
		{RESOURCE_NO_TYPE, "Resources:\n  B: {Properties: {}}\n", NULL},
		{POLICY_UNKNOWN, BUCKET "    UpdateReplacePolicy: RetainExceptOnCreate\n", NULL},
		{PARAMETER_KEY_UNKNOWN, BUCKET "Parameters:\n  P: {Type: String, Pattern: a}\n", NULL},
		{PARAMETER_TYPE, BUCKET "Parameters:\n  P: {Type: Text}\n", NULL},
		{PARAMETER_TYPE, BUCKET "Parameters:\n  P: {Default: x}\n", NULL},
		{PARAMETER_DEFAULT, BUCKET "Parameters:\n  P: {Type: String, AllowedPattern: a+, Default: b}\n",
		 NULL},
		{PARAMETER_DEFAULT, BUCKET "Parameters:\n  P: {Type: String, AllowedValues: [a], Default: b}\n",
		 NULL},
		{PARAMETER_DEFAULT, BUCKET "Parameters:\n"
		 "  P: {Type: CommaDelimitedList, AllowedPattern: '[a,]+', Default: 'a, b'}\n", NULL},
		{OUTPUT_KEY_UNKNOWN, BUCKET "Outputs:\n  O: {Value: a, Exports: b}\n", NULL},
		{OUTPUT_NO_VALUE, BUCKET "Outputs:\n  O: {Description: a}\n", NULL},
		{VALUE_NULL, BUCKET "Outputs:\n  O: {Value: ~}\n", NULL},
		{VALUE_NULL, BUCKET "    Metadata: {a: [b, null]}\n", NULL},
		{VALUE_NULL, BUCKET "    Properties: {BucketName: }\n", NULL},
		{RESOURCE_CYCLE, "Resources:\n  A: {Type: X::Y::Z, Properties: {a: !Ref B}}\n"
		 "  B: {Type: X::Y::Z, Properties: {a: !Sub '${A.Arn}'}}\n", NULL},
		{RESOURCE_CYCLE, "Resources:\n  A: {Type: X::Y::Z, DependsOn: A}\n", NULL},
		{FUNCTION_UNKNOWN, BUCKET "    Properties: {BucketName: {'Fn::Subb': x}}\n", NULL},
		{FUNCTION_ARGUMENT, BUCKET "    Properties: {BucketName: !If [C, a]}\n", NULL},
		{FUNCTION_ARGUMENT, BUCKET "    Properties: {BucketName: !Ref [a]}\n", NULL},
		{FUNCTION_ARGUMENT, BUCKET "    Properties: {BucketName: !Sub {a: b}}\n", NULL},
		{FUNCTION_PLACE, BUCKET "    Properties: {BucketName: !Equals [a, b]}\n", NULL},
		{FUNCTION_PLACE, BUCKET "Conditions:\n  C: !If [C, a, b]\n", NULL},
		{FUNCTION_INSIDE, BUCKET "    Properties: {BucketName: !Sub ['${a}', {a: !Cidr [a, 1]}]}\n", NULL},
		{FUNCTION_KEY, BUCKET "    Properties: {BucketName: !GetStackOutput {StackName: a, OutputName: b, X: c}}\n",
		 NULL},
		{FUNCTION_KEY_MISSING, BUCKET "    Properties: {BucketName: !GetStackOutput {StackName: a}}\n", NULL},
		{FUNCTION_TRANSFORM, BUCKET "    Properties: {BucketName: !ToJsonString {a: b}}\n", NULL},
		{REF_UNKNOWN, BUCKET "    Properties: {BucketName: !Ref Nam}\n", NULL},
		{REF_UNKNOWN, BUCKET "    Properties: {BucketName: !Sub 'a-${Nam}'}\n", NULL},
		{REF_UNKNOWN, BUCKET "    Properties: {BucketName: !GetAtt Nam.Arn}\n", NULL},
		{ATTRIBUTE_UNKNOWN, BUCKET "Outputs:\n  O: {Value: !GetAtt B.Name}\n", NULL},
		{CONDITION_UNKNOWN, BUCKET "    Condition: C\n", NULL},
		{CONDITION_UNKNOWN, BUCKET "    Properties: {BucketName: !If [C, a, b]}\n", NULL},
		{MAPPING_UNKNOWN, BUCKET "    Properties: {BucketName: !FindInMap [M, a, b]}\n", NULL},
		{CONDITION_READS_RESOURCE, BUCKET "Conditions:\n  C: !Equals [!Ref B, a]\n", NULL},
		{DEPENDS_UNKNOWN, BUCKET "    DependsOn: [C]\n", NULL},
		{EXPORT_TWICE, BUCKET "Outputs:\n  O: {Value: a, Export: {Name: n}}\n"
		 "  P: {Value: a, Export: {Name: n}}\n", NULL},
		{IMPORT_UNKNOWN, BUCKET "Outputs:\n  O: {Value: !Ref B, Export: {Name: !Sub '${AWS::StackName}-n'}}\n",
		 "Parameters:\n  S: {Type: String}\n" BUCKET
		 "    Properties: {BucketName: {'Fn::ImportValue': !Sub '${S}-m'}}\n"},
		{STACK_OUTPUT_UNKNOWN, BUCKET "Outputs:\n  O: {Value: !Ref B}\n",
		 BUCKET "    Properties: {BucketName: !GetStackOutput {StackName: a, OutputName: b}}\n"},
		{NAME_COLLIDES, "Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {BucketName: one-name}}\n"
		 "  C: {Type: AWS::S3::Bucket, Properties: {BucketName: one-name}}\n", NULL},
		{PROPERTY_UNKNOWN, BUCKET "    Properties: {BuckitName: abc}\n", NULL},
		{PROPERTY_MISSING, "Resources:\n  R: {Type: AWS::IAM::Role}\n", NULL},
		{PROPERTY_MISSING, "Parameters:\n  P: {Type: String}\nConditions:\n  C: !Equals [!Ref P, a]\n"
		 "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n"
		 "      AssumeRolePolicyDocument: !If [C, {}, !Ref AWS::NoValue]\n", NULL},
		{PROPERTY_TYPE, BUCKET "    Properties: {BucketName: [a]}\n", NULL},
		{PROPERTY_VALUE, BUCKET "    Properties: {AccessControl: Publik}\n", NULL},
		{PROPERTY_RANGE, "Resources:\n  K:\n    Type: AWS::KMS::Key\n    Properties:\n"
		 "      {KeyPolicy: {}, PendingWindowInDays: 3}\n", NULL},
		{IAM_WIDE, POLICY("{Effect: Allow, Action: 's3:GetObject', Resource: '*'}"), NULL},
		{IAM_WIDE, POLICY("{Effect: Allow, Action: ['iam:PassRole'], Resource: '*',"
		                  " Condition: {StringEquals: {'iam:PassedToService': a}}}"), NULL},
		{IAM_PARTITION, POLICY("{Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*'}"),
		 NULL},
		{IAM_TRUST, "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n"
		 "      AssumeRolePolicyDocument:\n        Statement:\n          - Effect: Allow\n"
		 "            Principal: {Service: imagebuilder.amazonaws.com}\n"
		 "            Action: sts:AssumeRole\n", NULL},
		{DOCUMENT_KEY, COMPONENT(PHASE STEP("a", "ls") "        phase: []\n"), NULL},
		{DOCUMENT_KEY, COMPONENT(PHASE "              - {name: a, action: ExecuteBash, "
		                         "inputs: {commands: [ls], command: x}}\n"), NULL},
		{DOCUMENT_MISSING, COMPONENT("        phases: []\n"), NULL},
		{DOCUMENT_TYPE, COMPONENT("        schemaVersion: 1.0\n        phases: a\n"), NULL},
		{DOCUMENT_VALUE, COMPONENT("        schemaVersion: 2.0\n        phases:\n"
		                           "          - {name: build, steps: []}\n"), NULL},
		{DOCUMENT_RANGE, COMPONENT("        schemaVersion: 1.0\n        phases: []\n"), NULL},
		{ACTION_UNKNOWN, COMPONENT(PHASE "              - {name: a, action: Execute, inputs: {}}\n"), NULL},
		{STEP_TWICE, COMPONENT(PHASE STEP("a", "ls") STEP("a", "ls")), NULL},
		{BUILD_OUTPUT, WORKFLOW(FLOW), NULL},
		{REFERENCE_UNKNOWN, COMPONENT(PHASE STEP("a", "'ls {{ Sauce }}'")), NULL},
		{REFERENCE_UNKNOWN, SSM("", "'ls {{ sauce }}'", "60"), NULL},
		{REFERENCE_UNKNOWN, WORKFLOW(FLOW "          - {name: End, action: TerminateInstance, "
		 "inputs: {instanceId.$: $.parameters.X}}\n" IMAGE),
		 NULL},
		{CHAIN_NO_STEP, COMPONENT(PHASE STEP("a", "'{{ build.b.outputs.stdout }}'")), NULL},
		{CHAIN_NO_STEP, WORKFLOW(FLOW "        outputs:\n"
		 "          - {name: ImageId, value: '$.stepOutputs.Lunch.instanceId'}\n"), NULL},
		{CHAIN_LATER, COMPONENT(PHASE STEP("a", "'{{ build.b.outputs.stdout }}'") STEP("b", "ls")), NULL},
		{CHAIN_NO_OUTPUT, WORKFLOW(FLOW "        outputs:\n"
		 "          - {name: ImageId, value: '$.stepOutputs.Launch.imageId'}\n"), NULL},
		{CHAIN_NO_OUTPUT, COMPONENT(PHASE STEP("a", "ls") STEP("b", "'{{ build.a.outputs.stderr }}'")), NULL},
		{CALL_UNKNOWN, COMPONENT(PHASE STEP("a", "'{{ Source }}'"))
		 "  P:\n    Type: AWS::ImageBuilder::ImageRecipe\n    Properties:\n      Name: recipe\n"
		 "      Version: 1.0.0\n      ParentImage: ami-0\n      Components:\n"
		 "        - ComponentArn: !Ref C\n          Parameters:\n"
		 "            - {Name: Source, Value: [a]}\n            - {Name: Sauce, Value: [a]}\n", NULL},
		{CALL_MISSING, COMPONENT(PHASE STEP("a", "'{{ Source }}'"))
		 "  P:\n    Type: AWS::ImageBuilder::ImageRecipe\n    Properties:\n      Name: recipe\n"
		 "      Version: 1.0.0\n      ParentImage: ami-0\n      Components:\n"
		 "        - ComponentArn: !Ref C\n", NULL},
		{TIMEOUT_RANGE, SSM("", "ls", "4"), NULL},
		{TIMEOUT_RANGE, WORKFLOW(FLOW "          - {name: End, action: TerminateInstance, "
		 "timeoutSeconds: 43201, inputs: {}}\n" IMAGE), NULL},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench_link *k = linked(cases[i].first, cases[i].second,
			cases[i].second ? "base" : "");
		if (!bench_has(k->b, cases[i].rule)) {
			print_error("case %zu lacks %s:\n%s", i, (const char *)rules[cases[i].rule].code.at,
			            cases[i].first);
			show(k->b);
			fail();
		}
		bench_free(k->b);
	}
}

// ---- a base and a pipeline as people write them: tests/unit/link/

static const char *read_file(struct bench_link *k, const char *path)
{
	struct str text;
	assert_true(file_read(&k->b->arena, str_from(path), 1 << 20, &text, &k->b->diag));
	return str_z(&k->b->arena, text);
}

static struct str replaced(struct arena *a, struct str text, struct str what, struct str by)
{
	size_t off;
	assert_true(str_find(text, what, &off));
	struct str tail = {text.at + off + what.len, text.len - off - what.len};
	return cat(a, (struct str){text.at, off}, by, tail);
}

static struct bench_link *pair_with(struct str what, struct str by, const char *scope)
{
	struct bench_link *k = start();
	const char *base = read_file(k, "tests/unit/link/base.yaml");
	const char *pipeline = read_file(k, "tests/unit/link/pipeline.yaml");
	struct str text = str_from(base);
	if (what.len && str_find(text, what, &(size_t){0}))
		base = str_z(&k->b->arena, replaced(&k->b->arena, text, what, by));
	else if (what.len)
		pipeline = str_z(&k->b->arena, replaced(&k->b->arena, str_from(pipeline), what, by));
	struct bench_link *out = linked(base, pipeline, scope);
	bench_free(k->b);
	return out;
}

static void a_healthy_pair_has_no_finding(void **state)
{
	(void)state;
	struct bench_link *k = pair_with(S(""), S(""), "base");
	if (k->b->diag.len)
		show(k->b);
	assert_int_equal(k->b->diag.len, 0);
	bench_free(k->b);
}

static void each_change_of_the_pair_is_found(void **state)
{
	(void)state;
	static const struct { enum rule rule; struct str what, by; } cases[] = {
		{TIMEOUT_NESTING, STR("timeoutSeconds: 600"), STR("timeoutSeconds: 900")},
		{TIMEOUT_NESTING, STR("timeoutSeconds: \"3000\""), STR("timeoutSeconds: \"3600\"")},
		{TIMEOUT_NESTING, STR("                timeoutSeconds: 60\n"), STR("")},
		{CALL_UNKNOWN, STR("                image: [\""), STR("                imag: [\"")},
		{CALL_MISSING, STR("Parameters: [{Name: Prefix, Value: [acme]}]"), STR("Parameters: []")},
		{IMPORT_UNKNOWN, STR("${Base}-ComponentArn"), STR("${Base}-Component")},
		{STACK_OUTPUT_UNKNOWN, STR("OutputName: WorkflowBuild"), STR("OutputName: Workflow")},
		{IAM_NO_SID, STR("Sid: LaunchRole, "), STR("")},
		{IAM_SID_NO_STEP, STR("Sid: LaunchRole, "), STR("Sid: LunchRole, ")},
		{IAM_MISSING, STR("Sid: LaunchRole, "), STR("Sid: ApplyRole, ")},
		{PROPERTY_RANGE, STR("Description: !If [HasTopic, !Ref Topic, !Ref AWS::NoValue]"),
		 STR("Description: !If [HasTopic, !Ref Topic, '']")},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench_link *k = pair_with(cases[i].what, cases[i].by, "base");
		if (!bench_has(k->b, cases[i].rule)) {
			show(k->b);
			fail_msg("case %zu", i);
		}
		bench_free(k->b);
	}
}

// Least privilege, the other way round: there is no statement that nobody misses.
static void each_statement_is_missed(void **state)
{
	(void)state;
	struct bench_link *k = start();
	struct str left = str_from(read_file(k, "tests/unit/link/base.yaml")), line;
	size_t count = 0;
	while (left.len) {
		left = str_cut(left, '\n', &line);
		size_t off;
		if (!str_find(line, S("{Sid: "), &off))
			continue;
		struct bench_link *without = pair_with(line, S(""), "base");
		if (!bench_has(without->b, IAM_MISSING))
			fail_msg("nobody misses %.*s", (int)line.len, (const char *)line.at);
		bench_free(without->b);
		count++;
	}
	assert_int_equal(count, 26);
	bench_free(k->b);
}

static void large_things_are_named(void **state)
{
	(void)state;
	struct bench_link *k = start();
	struct buf b = buf_new(&k->b->arena, 2 << 20);
	put(&b, S(BUCKET "    Properties: {BucketName: '"));
	buf_fill(&b, 'a', 52000);
	put(&b, S("'}\nDescription: '"));
	buf_fill(&b, 'b', 1025);
	put(&b, S("'\n"));
	struct artifact one = template(k, "a.yaml", str_z(&k->b->arena, buf_str(&b)));
	struct artifacts all = {&one, 1};
	assert_false(link_artifacts(&k->c, &all));
	assert_true(bench_has(k->b, DESCRIPTION_LONG));
	assert_true(link_sizes(&k->c, &all));
	assert_true(bench_has(k->b, BODY_NEEDS_BUCKET));
	one.text.len = 1000001;
	assert_false(link_sizes(&k->c, &all));
	assert_true(bench_has(k->b, BODY_TOO_LARGE));
	bench_free(k->b);
}

static void counts_have_limits(void **state)
{
	(void)state;
	struct bench_link *k = start();
	struct buf b = buf_new(&k->b->arena, 2 << 20);
	put(&b, S(BUCKET "Outputs:\n"));
	for (u64 i = 0; i < 201; i++)
		put(&b, S("  O"), str_number(&k->b->arena, i), S(": {Value: a}\n"));
	struct artifact one = template(k, "a.yaml", str_z(&k->b->arena, buf_str(&b)));
	assert_false(link_artifacts(&k->c, &(struct artifacts){&one, 1}));
	assert_true(bench_has(k->b, SECTION_COUNT));
	bench_free(k->b);
}

// Inside the role and attached to it, at 10,240 characters; blanks count for nothing.
static void a_role_has_a_limit(void **state)
{
	(void)state;
	static const struct { size_t inside, attached, blanks; bool fits; } cases[] = {
		{9000, 0, 0, true}, {11000, 0, 0, false}, {5000, 4000, 0, true}, {6000, 5000, 0, false},
		{5000, 4000, 9000, true},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench_link *k = start();
		struct buf b = buf_new(&k->b->arena, 2 << 20);
		put(&b, S("Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n"
		          "      Policies: [{PolicyName: p, PolicyDocument: {a: \""));
		for (size_t j = 0; j < cases[i].inside; j++)
			put(&b, S("\xc3\xa9"));       // one character
		buf_fill(&b, ' ', cases[i].blanks);
		put(&b, S("\"}}]\n  P:\n    Type: AWS::IAM::Policy\n    Properties:\n"
		          "      Roles: [!Ref R]\n      PolicyDocument: {a: !Sub [\"${b}\", {b: "));
		buf_fill(&b, 'b', cases[i].attached);
		put(&b, S("}]}\n"));
		struct artifact one = template(k, "a.yaml", str_z(&k->b->arena, buf_str(&b)));
		(void)!link_artifacts(&k->c, &(struct artifacts){&one, 1});
		assert_int_equal(!bench_has(k->b, POLICIES_LARGE), cases[i].fits);
		bench_free(k->b);
	}
}

static void a_document_has_a_limit(void **state)
{
	(void)state;
	struct bench_link *k = start();
	struct buf b = buf_new(&k->b->arena, 2 << 20);
	put(&b, S(COMPONENT(PHASE STEP("a", "ls")) "        description: "));
	buf_fill(&b, 'a', 16000);
	put(&b, S("\n"));
	struct artifact one = template(k, "a.yaml", str_z(&k->b->arena, buf_str(&b)));
	assert_false(link_artifacts(&k->c, &(struct artifacts){&one, 1}));
	assert_true(bench_has(k->b, DOCUMENT_TOO_LARGE));
	bench_free(k->b);
}

#define TAKES(pattern) SSM("p: {type: String, allowedPattern: '" pattern "'}", "ls", "60")

// As Go's regexp answers, which the agent uses.
static void patterns_are_read_as_the_agent_does(void **state)
{
	(void)state;
	static const struct { const char *text; bool refused; } cases[] = {
		{TAKES("^a{1000}$"), false}, {TAKES("^a{1001}$"), true}, {TAKES("^a{0,2048}$"), true},
		{TAKES("^(a{10}){100}$"), false}, {TAKES("^(a{11}){100}$"), true},
		{TAKES("^((a{10}){10}){11}$"), true}, {TAKES("^(a{500}|b{900})$"), false},
		{TAKES("^[{]2000}$"), false}, {TAKES("^\\{2000\\}$"), false}, {TAKES("^a{,2000}$"), false},
		{TAKES("^(?=a)$"), true}, {TAKES("^(?!a)b$"), true}, {TAKES("^(?<=a)b$"), true},
		{TAKES("^(?:a)(?i:b)$"), false}, {TAKES("^(?P<n>a)$"), false}, {TAKES("^(?>a)$"), true},
		{TAKES("^(a)\\1$"), true}, {TAKES("^[\\d_-]+\\z"), false}, {TAKES("^a++$"), true},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench_link *k = start();
		struct artifact one = template(k, "a.yaml", cases[i].text);
		(void)!link_artifacts(&k->c, &(struct artifacts){&one, 1});
		if (bench_has(k->b, PATTERN_REFUSED) != cases[i].refused)
			fail_msg("%s", cases[i].text);
		bench_free(k->b);
	}
}

// One that is all brackets, and one that is all repeats, end.
static void large_patterns_end(void **state)
{
	(void)state;
	static const char *const parts[] = {"(", "[", "a{2}", "(a{2})", "(?:"};
	for (size_t i = 0; i < countof(parts); i++) {
		struct bench_link *k = start();
		struct buf b = buf_new(&k->b->arena, 2 << 20);
		put(&b, S("Resources:\n  D:\n    Type: AWS::SSM::Document\n    Properties:\n"
		          "      DocumentType: Command\n      Content:\n        schemaVersion: '2.2'\n"
		          "        parameters: {p: {type: String, allowedPattern: '"));
		for (size_t n = 0; n < 8000; n++)
			put(&b, str_from(parts[i]));
		put(&b, S("'}}\n"));
		struct artifact one = template(k, "a.yaml", str_z(&k->b->arena, buf_str(&b)));
		(void)!link_artifacts(&k->c, &(struct artifacts){&one, 1});
		bench_free(k->b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_are_read_as_the_agent_does), cmocka_unit_test(large_patterns_end),
		cmocka_unit_test(each_mistake_is_found),
		cmocka_unit_test(a_healthy_pair_has_no_finding),
		cmocka_unit_test(each_change_of_the_pair_is_found),
		cmocka_unit_test(each_statement_is_missed),
		cmocka_unit_test(large_things_are_named),
		cmocka_unit_test(counts_have_limits),
		cmocka_unit_test(a_document_has_a_limit), cmocka_unit_test(a_role_has_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
