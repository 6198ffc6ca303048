// expand.c and expand/: each hole with its setting literal, open and absent. Covers holes.c,
// scope.c, shapes.c, script.c, sections.c, digest.c, documents.c.
#include "unit.h"
#include <stdio.h>
#include <unistd.h>
#include <sys/stat.h>

struct world { struct bench *b; char folder[64]; struct library library; struct context c; };

static void put_file(const struct world *w, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/stdlib/1/%s", w->folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof *w);
	char path[512], here[256];
	assert_non_null(w);
	w->b = bench_new();
	strcpy(w->folder, "/tmp/amic-expand-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(path, sizeof path, "%s/stdlib", w->folder);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/stdlib/1", w->folder);
	mkdir(path, 0700);
	assert_non_null(getcwd(here, sizeof here));
	snprintf(path, sizeof path, "%s/schemas", here);
	char link[128];
	snprintf(link, sizeof link, "%s/schemas", w->folder);
	assert_int_equal(symlink(path, link), 0);
	w->library = (struct library){.folder = str_from(w->folder), .arena = &w->b->found,
	                              .diag = &w->b->diag};
	w->c = (struct context){.arena = &w->b->arena, .diag = &w->b->diag, .library = &w->library};
	return w;
}

static void world_free(struct world *w)
{
	static const char *const names[] = {"stdlib/1/manifest.yaml", "stdlib/1/t.yaml",
		"stdlib/1/part.yaml", "stdlib/1/run.sh", "stdlib/1", "stdlib", "schemas", ""};
	char path[128];
	for (size_t i = 0; i < countof(names); i++) {
		snprintf(path, sizeof path, "%s/%s", w->folder, names[i]);
		remove(path);
	}
	bench_free(w->b);
	free(w);
}

static const struct node *tree_of(struct world *w, const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	assert_non_null(json);
	const struct node *tree = node_from_json(&w->b->arena, json);
	json_decref(json);
	return tree;
}

// A scope with a value of each kind and binding.
enum { SETTINGS = 5 };
static void make_spec(struct world *w, struct spec *out)
{
	static const struct { const char *path, *parameter; bool optional; } settings[SETTINGS] = {
		{"name", "Prefix", false}, {"opt", "Opt", true}, {"req", "Req", false},
		{"version", "Version", false}, {"given", "Given", true},
	};
	struct setting *list = make(&w->b->arena, SETTINGS, struct setting);
	const struct node *amic = tree_of(w,
	                                  "{\"parameter\": {\"type\": \"String\", \"pattern\": \".*\"},"
		"\"shapes\": {\"word\": {\"a\": \"Alpha\", \"true\": 1, \"x\": true}}}");
	const struct node *schema = tree_of(w, "{\"type\": \"integer\"}");
	for (size_t i = 0; i < SETTINGS; i++)
		list[i] = (struct setting){.path = str_from(settings[i].path),
			.parameter = str_from(settings[i].parameter), .optional = settings[i].optional,
			.amic = amic};
	struct setting *number = make(&w->b->arena, 1, struct setting);
	*number = (struct setting){.path = S("number"), .schema = schema, .amic = amic};
	struct node *tree;
	struct str text = S("{name: vault, version: '1.4', time: 2h, size: 30GiB, number: 5, word: a,\n"
		" list: [p, q], tags: {b: '1', a: x y}, flag: true, text: \"it's\", bad: 'a${b}', bad2: '{{ a }}',\n"
		" each: [{k: v1, n: '007'}, {k: v2}], call: {Ref: x}, given: dflt, empty: []}");
	u32 file = sources_add(&w->b->diag.sources, S("s.ami"), text);
	assert_true(read_tree(&w->c, file, DIALECT_SPEC, &tree));
	struct value *values = make(&w->b->arena, 64, struct value);
	size_t count = 0;
	for (struct node *n = tree->first; n; n = n->next)
		values[count++] = (struct value){.path = n->key, .binding = LITERAL, .node = n,
		                                 .from_spec = true};
	for (size_t i = 0; i < count; i++)
		if (str_eq(values[i].path, S("number")))
			values[i].of = number;
		else if (str_eq(values[i].path, S("word")))
			values[i].of = &list[0];
		else if (str_eq(values[i].path, S("given"))) {
			values[i].of = &list[4];
			values[i].binding = OPEN;
		}
	values[count++] = (struct value){.path = S("opt"), .of = &list[1], .binding = OPEN};
	values[count++] = (struct value){.path = S("req"), .of = &list[2], .binding = OPEN};
	values[count++] = (struct value){.path = S("none"), .binding = ABSENT};
	values[count++] = (struct value){.path = S("oname"), .of = &list[0], .binding = OPEN};
	values[count++] = (struct value){.path = S("oversion"), .of = &list[3], .binding = OPEN};
	values[count++] = (struct value){.path = S("pipeline.arch"), .binding = LITERAL,
		.node = node_text(&w->b->arena, S("arm64"), false, (struct span){0})};
	*out = (struct spec){.tree = tree, .blueprint = 1, .base = {.values = values, .count = count}};
	out->pipelines = make(&w->b->arena, 1, struct scope);
	out->pipelines[0] = (struct scope){S("edge"), values, count};
	out->pipeline_count = 1;
}

static bool expand(struct world *w, const char *manifest, const char *text, struct artifacts *out)
{
	struct spec s;
	put_file(w, "manifest.yaml", manifest);
	put_file(w, "t.yaml", text);
	put_file(w, "part.yaml", "x: !set text\ny: [!Ref Z, '${k}']\nz: {Fn::Sub: 'a${b}'}\n");
	put_file(w, "run.sh", "#!/bin/bash\n# why\n# so\necho \"${A}\"\n\t# how\n");
	make_spec(w, &s);
	bool done = expand_spec(&w->c, &s, out);
	json_decref((json_t *)(uintptr_t)s.base.values[5].of->amic);
	for (size_t i = 0; i < s.base.count; i++)
		if (str_eq(s.base.values[i].path, S("number")))
			json_decref((json_t *)(uintptr_t)s.base.values[i].of->schema);
	return done;
}

#define TEMPLATE "outputs: [{file: t.yaml, from: t.yaml, scope: base, template: true}]\n"
#define PIPELINE "outputs: [{file: t%.yaml, from: t.yaml, scope: pipelines, template: true}]\n"
#define ALONE "outputs: [{file: t.yaml, from: t.yaml, scope: base, template: false, " \
	"refs: {Z: zed, b: bee}}]\n"
#define SECTIONS "Parameters: !params:t {}\nConditions: !conditions:t {}\n"

struct expand_case { const char *text, *canonical; };

static void check_cases(const char *manifest, const struct expand_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct world *w = world_new();
		struct artifacts out;
		if (!expand(w, manifest, cases[i].text, &out))
			fail_msg("%s: %d findings", cases[i].text, (int)w->b->diag.len);
		assert_int_equal(out.count, 1);
		assert_str(node_canonical(&w->b->arena, out.list[0].tree), cases[i].canonical);
		world_free(w);
	}
}

static void test_literal(void **state)
{
	static const struct expand_case cases[] = {
		{"a: !set text", "{\"a\":\"it's\"}"},
		{"a: !set number", "{\"a\":5}"},
		{"a: !set flag", "{\"a\":\"true\"}"}, {"a: !set:bool flag", "{\"a\":true}"},
		{"a: !set list", "{\"a\":[\"p\",\"q\"]}"},
		{"a: !set:words list", "{\"a\":\"p q\"}"}, {"a: !set:csv list", "{\"a\":\"p,q\"}"},
		{"a: !set:list text", "{\"a\":[\"it's\"]}"}, {"a: !set:list list", "{\"a\":[\"p\",\"q\"]}"},
		{"a: !set:s time", "{\"a\":7200}"}, {"a: !set:s-300 time", "{\"a\":6900}"},
		{"a: !set:s-300.text time", "{\"a\":\"6900\"}"}, {"a: !set:h.text time", "{\"a\":\"2\"}"},
		{"a: !set:min time", "{\"a\":120}"}, {"a: !set:GiB size", "{\"a\":30}"},
		{"a: !set:MiB size", "{\"a\":30720}"},
		{"a: !set:pairs tags",
		 "{\"a\":[{\"Key\":\"b\",\"Value\":\"1\"},{\"Key\":\"a\",\"Value\":\"x y\"}]}"},
		{"a: !set:map tags", "{\"a\":{\"a\":\"x y\",\"b\":\"1\"}}"},
		{"a: !set:semver version", "{\"a\":\"1.4.0\"}"},
		{"a: !set:rolling version", "{\"a\":\"1.4.x\"}"},
		{"a: !set:major version", "{\"a\":\"1.x.x\"}"},
		{"a: !set:base64 text", "{\"a\":\"aXQncw==\"}"},
		{"a: !set:word word", "{\"a\":\"Alpha\"}"},
		{"a: !name $%-@-${AWS::Region}", "{\"a\":{\"Fn::Sub\":\"vault-arm64-${AWS::Region}\"}}"},
		{"a: !name $%-@", "{\"a\":\"vault-arm64\"}"},
		{"a: [!each:list {k: !set .}]", "{\"a\":[{\"k\":\"p\"},{\"k\":\"q\"}]}"},
		{"a: [!each:each {k: !set .k, n: !set .n}, z]",
		 "{\"a\":[{\"k\":\"v1\",\"n\":\"007\"},{\"k\":\"v2\"},\"z\"]}"},
		{"a: [!each:empty x]\nb: 1", "{\"b\":1}"},
		{"a: 2012-10-17\nb: yes\nc: 1.50\nd: 0o7\ne: true\nf: null",
		 "{\"a\":\"2012-10-17\",\"b\":\"yes\",\"c\":1.50,\"d\":\"0o7\",\"e\":true,\"f\":null}"},
		{"a: !GetAtt X.Y\nb: !If [C, !set text, !Ref Z]",
		 "{\"a\":{\"Fn::GetAtt\":[\"X\",\"Y\"]},\"b\":{\"Fn::If\":[\"C\",\"it's\",{\"Ref\":\"Z\"}]}}"},
	};
	(void)state;
	check_cases(TEMPLATE, cases, countof(cases));
}

static void test_absent(void **state)
{
	static const struct expand_case cases[] = {
		{"a: !set none\nb: 1", "{\"b\":1}"},
		{"a: {b: {c: !set none}}\nd: [!set none]\ne: {}\nf: []", "{\"e\":{},\"f\":[]}"},
		{"a: !if:none 1\nb: !not:none 2\nc: !if:text 3\nd: !not:text 4", "{\"b\":2,\"c\":3}"},
		{"a: !if:word=a 1\nb: !if:word=b 2\nc: !not:word=a 3\nd: !not:word=b 4",
		 "{\"a\":1,\"d\":4}"},
		{"a: !if:list=q 1\nb: !if:list=z 2\nc: !if:none=z 3\nd: !not:none=z 4", "{\"a\":1,\"d\":4}"},
		{"a: !first [!set none, !if:none x, y, z]", "{\"a\":\"y\"}"},
		{"a: !first [!set none]\nb: 1", "{\"b\":1}"},
		{"a: !merge [!set:map tags, {b: 2, c: 3}, !set none]",
		 "{\"a\":{\"a\":\"x y\",\"b\":2,\"c\":3}}"},
		{"a: !merge [[1], !set list]", "{\"a\":[1,\"p\",\"q\"]}"},
		{"a: !or [!each:list {k: !set .}]\nb: !or [!each:empty x]\nc: !or [x]",
		 "{\"a\":{\"Fn::Or\":[{\"k\":\"p\"},{\"k\":\"q\"}]},\"c\":{\"Fn::Or\":[\"x\",\"x\"]}}"},
		{"a: !or [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "{\"a\":{\"Fn::Or\":[1,2,3,4,5,6,7,8,9,10]}}"},
		{"a: !or [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]",
		 "{\"a\":{\"Fn::Or\":[1,2,3,4,5,6,7,8,9,{\"Fn::Or\":[10,11]}]}}"},
		{"a: !set:base64 tags", "{\"a\":\"eyJhIjoieCB5IiwiYiI6IjEifQ==\"}"},
	};
	(void)state;
	check_cases(TEMPLATE, cases, countof(cases));
}

#define P(name, rest) "\"Parameters\":{\"" name "\":{\"AllowedPattern\":\".*\"" rest \
	",\"Type\":\"String\"}}"
#define HAS(name) "\"Conditions\":{\"Has" name "\":{\"Fn::Not\":[{\"Fn::Equals\":[{\"Ref\":\"" name \
	"\"},\"\"]}]}}"
#define NOTHING "{\"Ref\":\"AWS::NoValue\"}"

static void test_open(void **state)
{
	static const struct expand_case cases[] = {
		{SECTIONS "a: !set req", "{" P("Req", "") ",\"a\":{\"Ref\":\"Req\"}}"},
		{SECTIONS "a: !set opt", "{" HAS("Opt") "," P("Opt", ",\"Default\":\"\"")
		 ",\"a\":{\"Fn::If\":[\"HasOpt\",{\"Ref\":\"Opt\"}," NOTHING "]}}"},
		{SECTIONS "a: !set given", "{" HAS("Given") "," P("Given", ",\"Default\":\"dflt\"")
		 ",\"a\":{\"Fn::If\":[\"HasGiven\",{\"Ref\":\"Given\"}," NOTHING "]}}"},
		{SECTIONS "a: !set:bare opt", "{" P("Opt", ",\"Default\":\"\"") ",\"a\":{\"Ref\":\"Opt\"}}"},
		{SECTIONS "a: !set:list req", "{" P("Req", "") ",\"a\":[{\"Ref\":\"Req\"}]}"},
		{SECTIONS "a: !if:req x", "{\"a\":\"x\"}"},
		{SECTIONS "a: !if:opt x", "{" HAS("Opt") "," P("Opt", ",\"Default\":\"\"")
		 ",\"a\":{\"Fn::If\":[\"HasOpt\",\"x\"," NOTHING "]}}"},
		{SECTIONS "a: !not:opt x", "{" HAS("Opt") "," P("Opt", ",\"Default\":\"\"")
		 ",\"a\":{\"Fn::If\":[\"HasOpt\"," NOTHING ",\"x\"]}}"},
		{SECTIONS "R: {A: !if:opt {Type: T}}", "{" HAS("Opt") "," P("Opt", ",\"Default\":\"\"")
		 ",\"R\":{\"A\":{\"Condition\":\"HasOpt\",\"Type\":\"T\"}}}"},
		{SECTIONS "a: !first [!set opt, y]", "{" HAS("Opt") "," P("Opt", ",\"Default\":\"\"")
		 ",\"a\":{\"Fn::If\":[\"HasOpt\",{\"Ref\":\"Opt\"},\"y\"]}}"},
		{SECTIONS "a: !first [!set req, y]", "{" P("Req", "") ",\"a\":{\"Ref\":\"Req\"}}"},
		{SECTIONS "a: !set:rolling oversion", "{" P("Version", "") ",\"a\":{\"Fn::Join\":[\".\",["
		 "{\"Fn::Select\":[0,{\"Fn::Split\":[\".\",{\"Ref\":\"Version\"}]}]},"
		 "{\"Fn::Select\":[1,{\"Fn::Split\":[\".\",{\"Ref\":\"Version\"}]}]},\"x\"]]}}"},
	};
	(void)state;
	check_cases(TEMPLATE, cases, countof(cases));
}

static void test_documents(void **state)
{
	static const struct expand_case in_template[] = {
		{"a: !include part.yaml",
		 "{\"a\":{\"x\":\"it's\",\"y\":[{\"Ref\":\"Z\"},\"${k}\"],\"z\":{\"Fn::Sub\":\"a${b}\"}}}"},
		{"a: !embed part.yaml",
		 "{\"a\":{\"Fn::Sub\":[\"x: it's\\u000a\\\"y\\\": [\\\"${Z}\\\", \\\"${!k}\\\"]\\u000az: \\\"${E1}\\\"\\u000a\","
		 "{\"E1\":{\"Fn::Sub\":\"a${b}\"}}]}}"},
		{"a: !script run.sh", "{\"a\":\"#!/bin/bash\\u000a# why\\u000a# so\\u000aecho \\\"${A}\\\"\\u000a\"}"},
		{"a: !script {run: run.sh, A: !set:s time, B: !set none, C: '{{ d }}'}",
		 "{\"a\":\"#!/bin/bash\\u000aA='7200'\\u000aB=''\\u000aC='{{ d }}'\\u000a# why\\u000a# so\\u000aecho \\\"${A}\\\"\\u000a\"}"},
	};
	static const struct expand_case alone[] = {
		{"a: !include part.yaml", "{\"a\":{\"x\":\"it's\",\"y\":[\"zed\",\"${k}\"],\"z\":\"abee\"}}"},
		{"a: !set opt\nb: !set given", "{\"b\":\"dflt\"}"},
	};
	(void)state;
	check_cases(TEMPLATE, in_template, countof(in_template));
	check_cases(ALONE, alone, countof(alone));
}

static void test_digests(void **state)
{
	static const char *const texts[] = {
		"R: {Properties: {a: !set text, d: !digest }}",
		"R: {Properties: {a: !set text, d: {e: [!digest ]}}}",
		"R: {Properties: {a: !set word, d: !digest }}",
		"R: {Properties: {a: !set text, d: !digest [part.yaml]}}",
		"R: {Properties: {a: !set text, d: !digest part.yaml}}",
		"R: {Properties: {a: !set text, d: !digest {text: 'content $.', of: part.yaml}}}",
	};
	struct str digests[countof(texts)];
	struct world *worlds[countof(texts)];
	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		struct artifacts out;
		worlds[i] = world_new();
		assert_true(expand(worlds[i], TEMPLATE, texts[i], &out));
		struct node *d = node_path(out.list[0].tree, S("R.Properties.d"));
		digests[i] = d->kind == TEXT ? d->text : d->first->first->text;
	}
	assert_int_equal(digests[0].len, 12);
	assert_false(str_eq(digests[0], digests[1]));      // other properties
	assert_false(str_eq(digests[0], digests[2]));
	assert_false(str_eq(digests[0], digests[3]));
	assert_true(str_eq(digests[3], digests[4]));
	assert_true(str_starts(digests[5], S("content ")) && str_ends(digests[5], S(".")));
	for (size_t i = 0; i < countof(texts); i++)
		world_free(worlds[i]);
}

static void test_names_of_pipelines(void **state)
{
	struct world *w = world_new();
	struct artifacts out;
	(void)state;
	assert_true(expand(w, PIPELINE, "a: !name $%", &out));
	assert_str(out.list[0].name, "t-edge.yaml");
	assert_str(out.list[0].scope, "edge");
	assert_str(node_get(out.list[0].tree, S("a"))->text, "vault-edge");
	world_free(w);
}

static void test_every_node_knows_its_lines(void **state)
{
	struct world *w = world_new();
	struct artifacts out;
	(void)state;
	assert_true(expand(w, TEMPLATE, "a: 1\nb: !set:s time\nc: [!each:list {k: !set .}]", &out));
	struct node *b = node_get(out.list[0].tree, S("b"));
	assert_int_equal(diag_place(&w->b->diag.sources, b->at).line, 2);
	assert_str(w->b->diag.sources.list[b->cause.file - 1].path, "s.ami");
	assert_int_equal(node_get(out.list[0].tree, S("a"))->cause.file, 0);
	assert_int_not_equal(node_get(out.list[0].tree, S("c"))->first->cause.file, 0);
	world_free(w);
}

static void test_mistakes(void **state)
{
	static const struct { const char *manifest, *text; enum rule rule; } cases[] = {
		{TEMPLATE, "a: !sett name", HOLE_UNKNOWN}, {TEMPLATE, "a: !set naame", HOLE_PATH},
		{TEMPLATE, "a: !set [name]", HOLE_WRONG}, {TEMPLATE, "a: !set .k", HOLE_WRONG},
		{TEMPLATE, "a: {b: !each:list x}", HOLE_WRONG},
		{TEMPLATE, "a: [!each:list [!each:list x]]", HOLE_WRONG},
		{TEMPLATE, "a: [!each:req x]", HOLE_OPEN}, {TEMPLATE, "a: [!each:text x]", HOLE_WRONG},
		{TEMPLATE, "a: !if:req=x y", HOLE_OPEN}, {TEMPLATE, "a: !set:s text", HOLE_SHAPE},
		{TEMPLATE, "a: !set:d time", HOLE_SHAPE}, {TEMPLATE, "a: !set:word text", HOLE_WRONG},
		{TEMPLATE, "a: !set:pairs text", HOLE_SHAPE}, {TEMPLATE, "a: !set:s-9999 time", HOLE_SHAPE},
		{TEMPLATE, "a: !set bad", TEXT_IS_SYNTAX}, {TEMPLATE, "a: !set bad2", TEXT_IS_SYNTAX},
		{TEMPLATE, "a: !set call", MAP_IS_CALL}, {TEMPLATE, "a: !first x", HOLE_WRONG},
		{TEMPLATE, "a: !merge [[x], {y: z}]", HOLE_WRONG}, {TEMPLATE, "a: !merge [x]", HOLE_WRONG},
		{TEMPLATE, "a: !script {run: run.sh, A: !set text}", SCRIPT_VALUE},
		{TEMPLATE, "a: !script {run: run.sh, A: \"b\\nc\"}", SCRIPT_VALUE},
		{TEMPLATE, SECTIONS "a: !script {run: run.sh, A: !set req}", HOLE_WRONG},
		{TEMPLATE, "a: !script {A: b}", HOLE_WRONG}, {TEMPLATE, "a: !include t.yaml", HOLE_WRONG},
		{TEMPLATE, "a: !embed t.yaml", HOLE_WRONG}, {TEMPLATE, "a: !set req", HOLE_WRONG},
		{TEMPLATE, "a: !include none.yaml", FILE_UNREADABLE}, {TEMPLATE, "a: !params:t x", HOLE_WRONG},
		{TEMPLATE, "a: !set none", HOLE_WRONG}, {TEMPLATE, "a: [", YAML_UNCLOSED},
		{ALONE, "a: !Ref Q", HOLE_WRONG}, {ALONE, "a: !Sub 'x${Q}'", HOLE_WRONG},
		{ALONE, "a: !Sub 'x${Q'", HOLE_WRONG}, {ALONE, "a: !GetAtt A.B", HOLE_WRONG},
		{ALONE, "a: !ImportValue A", HOLE_WRONG},
		{"outputs: []", "a: b", HOLE_WRONG}, {"x: y", "a: b", HOLE_WRONG},
		{"outputs: [{file: t, from: t.yaml, scope: base, template: true, when: nix}]", "a: b",
		 HOLE_PATH},
	};
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct world *w = world_new();
		struct artifacts out;
		bool done = expand(w, cases[i].manifest, cases[i].text, &out);
		if (done || !bench_has(w->b, cases[i].rule))
			fail_msg("%s: done %d, %d findings, first %d", cases[i].text, done,
			         (int)w->b->diag.len, w->b->diag.len ? (int)w->b->diag.list[0].rule : -1);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literal),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_names_of_pipelines),
		cmocka_unit_test(test_every_node_knows_its_lines),
		cmocka_unit_test(test_mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
