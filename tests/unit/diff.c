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

// ---- one line changed, 2,000 times: diff is never silent, nor sees what is not there

static struct str read_golden(struct pair *p, const char *path)
{
	struct str text;
	assert_true(file_read(&p->b->arena, str_from(path), 1 << 20, &text, &p->b->diag));
	return text;
}

struct mutation { u32 seed; };

static u32 next(struct mutation *m, u32 below)
{
	m->seed = m->seed * 1664525u + 1013904223u;
	return (m->seed >> 8) % below;
}

// One line goes, is doubled, loses its last byte, gets another word, or only a comment.
static void put_mutated(struct buf *out, struct str line, u32 how)
{
	struct str key, value = str_cut(line, ':', &key), shorter = line;
	switch (how) {
	case 0:
		break;
	case 1:
		put(out, line, S("\n"), line, S("\n"));
		break;
	case 2:
		shorter.len -= shorter.len > 0;
		put(out, shorter, S("\n"));
		break;
	case 3:
		put(out, key, value.len ? S(": other\n") : S("x:\n"));
		break;
	case 4:
		put(out, line, S("2\n"));
		break;
	default:
		put(out, line, S("   # a comment\n"));
	}
}

static struct str mutated(struct pair *p, struct str text, struct mutation *m)
{
	size_t lines = 0, i = 0;
	for (size_t at = 0; at < text.len; at++)
		lines += text.at[at] == '\n';
	struct buf out = buf_new(&p->b->arena, text.len * 2 + 4096);
	size_t target = next(m, (u32)lines);
	u32 how = next(m, 6);
	for (struct str line, left = text; left.len; i++) {
		left = str_cut(left, '\n', &line);
		if (i == target)
			put_mutated(&out, line, how);
		else
			put(&out, line, S("\n"));
	}
	return buf_end(&out);
}

// What both say when quotes, short forms and what is equal without any value are gone.
static bool mean_the_same(struct pair *p, const struct node *a, const struct node *b)
{
	const struct words *w = words_of(&p->c);
	assert_non_null(w);
	struct node *x = normalise_template(&p->c, w, a), *y = normalise_template(&p->c, w, b);
	return str_eq(node_canonical(&p->b->arena, x), node_canonical(&p->b->arena, y));
}

static bool try_mutation(struct pair *p, const struct node *was, struct str text, struct str of)
{
	struct set_diff d;
	struct node *is;
	struct diag *diag = &p->b->diag;
	size_t before = diag->len;
	u32 file = sources_add(&diag->sources, S("t.yaml"), text);
	bool read = template_read(&p->c, file, &is) && is->kind == MAP;
	diag->len = before;
	diag->failed = false;
	if (!read)
		return false;
	p->was.list[0] = (struct artifact){.name = S("t.yaml"), .is_template = true,
	                                   .tree = node_copy(&p->b->arena, was)};
	p->is.list[0] = (struct artifact){.name = S("t.yaml"), .is_template = true, .tree = is};
	p->was.count = p->is.count = 1;
	assert_true(diff_sets(&p->c, &p->was, &p->is, &d));
	bool empty = diff_is_empty(&d), equal = mean_the_same(p, was, is);
	struct buf out = buf_new(&p->b->arena, 1 << 20);
	diff_report(&d, NULL, &p->c, &out);
	if (empty == equal && empty == (buf_str(&out).len == 0))
		return true;
	print_error("%s, but %s, in:\n%.*s\nof %.*s\n", equal ? "equal" : "different",
	            empty ? "silent" : "not silent", (int)text.len, (const char *)text.at,
	            (int)of.len, (const char *)of.at);
	fail();
	return true;
}

static void one_line_is_never_lost(void **state)
{
	(void)state;
	enum { EACH = 1000 };
	static const char *const paths[] = {"tests/golden/right/01/base-template.yaml",
		"tests/golden/right/01/pipeline-template.yaml"};
	struct mutation m = {20261128};
	for (size_t i = 0; i < countof(paths); i++) {
		struct pair *p = pair_new();
		struct node *was;
		size_t tried = 0;
		struct str text = read_golden(p, paths[i]);
		u32 file = sources_add(&p->b->diag.sources, S("t.yaml"), text);
		assert_true(template_read(&p->c, file, &was));
		(void)facts_of(&p->c, S("schemas/diff.json"));
		for (size_t j = 0; j < EACH; j++) {
			struct arena before = p->b->arena;
			struct sources sources = p->b->diag.sources;
			tried += try_mutation(p, was, mutated(p, text, &m), str_from(paths[i]));
			p->b->arena = before;
			p->b->diag.sources = sources;
		}
		assert_true(tried > EACH / 3);
		bench_free(p->b);
	}
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
		cmocka_unit_test(one_line_is_never_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
