// bind.c, derived.c, setting.c, keys.c and spec.c: what each template sees of a spec.
#include "unit.h"
#include <stdio.h>
#include <unistd.h>

struct bound { struct bench *b; struct library library; struct context c; const struct language *l; struct spec s; };

static void bind_text(struct bound *x, const char *text)
{
	struct node *tree = NULL;
	x->b = bench_new();
	x->library = (struct library){.arena = &x->b->found, .diag = &x->b->diag};
	x->c = (struct context){.arena = &x->b->arena, .diag = &x->b->diag, .library = &x->library};
	x->l = language_of(&x->c);
	assert_non_null(x->l);
	u32 file = sources_add(&x->b->diag.sources, S("t.ami"), str_from(text));
	assert_true(read_tree(&x->c, file, DIALECT_SPEC, &tree));
	x->s = (struct spec){.path = S("t.ami"), .file = file, .tree = tree, .language = x->l};
	assert_true(check_spec(&x->c, &x->s));
	assert_true(bind_spec(&x->c, &x->s));
}

static void unbind(struct bound *x)
{
	bench_free(x->b);
}

// ABSENT "-", LITERAL its canonical text, OPEN "?" and the default.
static struct str shown(struct bound *x, const struct scope *s, const char *path)
{
	const struct value *v = scope_find(s, str_from(path));
	if (!v)
		return S("none");
	struct str text = v->node ? node_canonical(&x->b->arena, v->node) : S("");
	return v->binding == ABSENT ? S("-") : v->binding == OPEN ? cat(&x->b->arena, S("?"),
	                                                                text) : text;
}

struct expectation { const char *pipeline, *path, *value; };

static void expect(const char *spec, const struct expectation *list, size_t count)
{
	struct bound x;
	bind_text(&x, spec);
	for (size_t i = 0; i < count; i++) {
		const struct scope *s = list[i].pipeline[0] ? NULL : &x.s.base;
		for (size_t k = 0; !s && k < x.s.pipeline_count; k++)
			if (str_eq(x.s.pipelines[k].pipeline, str_from(list[i].pipeline)))
				s = &x.s.pipelines[k];
		assert_non_null(s);
		struct str got = shown(&x, s, list[i].path);
		if (!str_eq(got, str_from(list[i].value)))
			fail_msg("%s %s is %.*s", list[i].pipeline, list[i].path, (int)got.len,
			         (const char *)got.at);
	}
	unbind(&x);
}

static void two_lines_leave_the_documented_parameters_open(void **state)
{
	(void)state;
	static const struct expectation list[] = {
		{"", "name", "?\"payments\""}, {"", "version", "?\"1.0\""}, {"", "build.subnet", "?"},
		{"", "build.key-pair", "?"}, {"", "build.instance.x86_64", "?\"c7i.2xlarge\""},
		{"", "build.instance.arm64", "-"}, {"", "build.on-failure", "?\"terminate\""},
		{"", "build.timeout", "\"3h\""}, {"", "boundary", "-"}, {"", "tools.amic.from", "-"},
		{"", "attest.sign.key", "-"}, {"", "attest.pcrs", "[4,12]"}, {"", "used.arches", "[\"x86_64\"]"},
		{"", "used.recipes", "-"}, {"", "used.any-bucket", "-"}, {"", "used.shares", "-"},
		{"", "used.retention", "\"30d\""}, {"", "used.parameters", "-"}, {"", "used.open-parent", "-"},
		{"", "attest.uefi-data", "-"}, {"", "attest.signing-key", "-"},
		{"", "pipeline.key", "none"}, {"", "build", "none"},
		{"main", "name", "?\"payments\""}, {"main", "recipe.from", "?"}, {"main", "recipe.sha256", "-"},
		{"main", "attest.tags", "?true"}, {"main", "logs.retention", "?\"30d\""}, {"main", "enabled", "true"},
		{"main", "schedule", "-"}, {"main", "keep.count", "-"}, {"main", "build.parent", "-"},
		{"main", "pipeline.key", "\"main\""}, {"main", "pipeline.arch", "\"x86_64\""},
		{"main", "build.subnet", "none"},
	};
	expect("ami: 1\nname: payments\n", list, countof(list));
}

static void baked_settings_are_literal_or_absent(void **state)
{
	(void)state;
	static const struct expectation list[] = {
		{"", "build.subnet", "\"subnet-0a1b2c3d\""}, {"", "build.key-pair", "-"},
		{"", "build.instance.x86_64", "\"c7i.2xlarge\""}, {"", "name", "\"payments\""},
		{"", "build.security-group", "[\"sg-0a1b2c3d\",\"sg-0a1b2c3e\"]"},
		{"", "boundary", "?"}, {"", "used.any-bucket", "-"},
		{"", "used.recipes", "[{\"bucket\":\"acme\",\"objects\":\"a/b/*\",\"prefix\":\"a/b\"}]"},
		{"main", "recipe.from", "\"s3://acme/a/b\""}, {"main", "enabled", "?true"},
		{"main", "recipe.sha256", "?"}, {"main", "build.parent", "?"}, {"", "build.parent", "none"},
		{"", "used.open-parent", "\"true\""}, {"", "tools.coldsnap", "-"},
		{"", "tools.amic.from", "\"s3://tools/amic-1\""},
		{"", "used.tools", "[{\"bucket\":\"tools\",\"name\":\"amic\",\"prefix\":\"amic-1\",\"sha256\":"
		                   "\"3b1f0c7d5a9e4f62b8d1c0a7e6f5940312ab4cd56ef7890123456789abcdef01\"}]"},
	};
	expect("ami: 1\nname: payments\n"
	       "bake: [name, build.subnet, build.key-pair, build.instance, recipe]\n"
	       "params: [boundary, enabled, recipe.sha256, build.parent]\nrecipe: s3://acme/a/b\n"
	       "tools: { amic: { from: s3://tools/amic-1, sha256: "
	       "3b1f0c7d5a9e4f62b8d1c0a7e6f5940312ab4cd56ef7890123456789abcdef01 } }\n"
	       "build: { subnet: subnet-0a1b2c3d, security-group: [sg-0a1b2c3d, sg-0a1b2c3e] }\n",
	       list, countof(list));
}

static void buckets_are_for_an_open_recipe(void **state)
{
	(void)state;
	static const struct expectation named[] = {
		{"", "used.buckets", "[\"acme\"]"}, {"", "used.any-bucket", "-"}};
	static const struct expectation none[] = {
		{"", "used.buckets", "-"}, {"", "used.any-bucket", "-"}};
	expect("ami: 1\nname: edge\nrecipe: s3://acme/x.tar\nrecipe-buckets: [acme]\n", named, 2);
	expect("ami: 1\nname: edge\nrecipe-buckets: [acme]\n", named, 2);
	expect("ami: 1\nname: edge\nrecipe: s3://acme/x.tar\nbake: [recipe]\nrecipe-buckets: [acme]\n",
	       none, 2);
}

static void pipelines_override_and_the_base_knows_them_all(void **state)
{
	(void)state;
	static const struct expectation list[] = {
		{"", "used.arches", "[\"arm64\",\"x86_64\"]"}, {"", "build.instance.x86_64", "?\"c7i.xlarge\""},
		{"", "build.instance.arm64", "\"c7g.2xlarge\""}, {"", "tags", "{\"A\":\"1\"}"},
		{"", "used.recipes", "[{\"bucket\":\"acme\",\"objects\":\"arm/*\",\"prefix\":\"arm\"},"
		                     "{\"bucket\":\"acme\",\"objects\":\"x.tar.gz\",\"prefix\":\"x.tar.gz\"}]"},
		{"", "used.recipe-prefixes", "[{\"bucket\":\"acme\",\"objects\":\"arm/*\",\"prefix\":\"arm\"}]"},
		{"", "used.tag-keys", "[\"A\",\"B\"]"},
		{"", "used.shares", "[{\"account\":\"111122223333\",\"key\":\"alias/k\",\"region\":\"eu-west-1\"},"
		                    "{\"region\":\"us-east-1\"}]"},
		{"", "used.accounts", "[\"111122223333\"]"},
		{"a", "tags", "{\"A\":\"1\",\"B\":\"2\"}"}, {"a", "keep.count", "3"}, {"a", "keep.days", "-"},
		{"a", "pipeline.arch", "\"x86_64\""}, {"arm", "keep.count", "-"}, {"arm", "keep.days", "90"},
		{"arm", "pipeline.arch", "\"arm64\""}, {"arm", "build.parent", "\"ssm:/arm\""},
		{"a", "build.parent", "-"}, {"arm", "tags", "{\"A\":\"9\"}"}, {"arm", "build.pin", "\"latest\""},
		{"arm", "logs.retention", "?\"7d\""}, {"a", "logs.retention", "?\"60d\""},
		{"", "used.retention", "\"60d\""}, {"", "used.parameters", "[\"/arm\"]"},
		{"", "used.any-bucket", "\"true\""}, {"", "used.buckets", "-"},
	};
	expect("ami: 1\nname: edge\ntags: { A: \"1\" }\nlogs: { retention: 60d }\n"
	       "build: { instance: { x86_64: c7i.xlarge }, parent: { arm64: ssm:/arm } }\n"
	       "share: [{ region: us-east-1 }, { region: eu-west-1, accounts: [111122223333], encrypt: alias/k }]\n"
	       "pipelines:\n  a: { tags: { B: \"2\" }, keep: 3, recipe: s3://acme/x.tar.gz }\n"
	       "  arm: { arch: arm64, recipe: s3://acme/arm, keep: 90d, tags: { A: \"9\" },\n"
	       "         logs: { retention: 7d }, build: { pin: latest } }\n", list, countof(list));
}

static void the_only_architecture_has_the_documented_parameter(void **state)
{
	(void)state;
	struct bound x;
	bind_text(&x, "ami: 1\nname: edge\narch: arm64\nrecipe: s3://acme/arm\n");
	const struct value *v = scope_find(&x.s.base, S("build.instance.arm64"));
	assert_int_equal(v->binding, OPEN);
	assert_str(v->of->path, "build.instance");
	assert_str(v->node->text, "c7g.2xlarge");
	assert_int_equal(scope_find(&x.s.base, S("build.instance.x86_64"))->binding, ABSENT);
	assert_int_equal(x.s.blueprint, 1);
	unbind(&x);
}

// ---- spec.c, on files

static void write_file(struct bench *b, struct str folder, const char *name, const char *text)
{
	struct output o = {path_join(&b->arena, folder, str_from(name)), str_from(text)};
	assert_true(files_write(&o, 1, b->arena, &b->diag));
}

static void nearer_files_win_and_every_node_keeps_its_file(void **state)
{
	(void)state;
	char folder[] = "/tmp/amic-bind-XXXXXX";
	assert_non_null(mkdtemp(folder));
	struct bench *b = bench_new();
	const struct language *l;
	struct spec s;
	l = language_of(&b->context);
	assert_non_null(l);
	write_file(b, str_from(folder), "near.ami",
	           "ami: 1\nextends: sub/far.ami\nname: near\nbuild: { volume: 50GiB }\n");
	assert_true(folder_make(b->arena, path_join(&b->arena, str_from(folder), S("sub")), &b->diag));
	write_file(b, str_from(folder), "sub/far.ami",
	           "ami: 1\nname: far\nextends: ../base.ami\nbuild: { timeout: 4h }\n");
	write_file(b, str_from(folder), "base.ami",
	           "build: { timeout: 5h, volume: 20GiB }\nboundary: x\n");
	assert_true(spec_read(&b->context, l, path_join(&b->arena, str_from(folder), S("near.ami")), &s));
	assert_str(node_path(s.tree, S("name"))->text, "near");
	assert_str(node_path(s.tree, S("build.volume"))->text, "50GiB");
	assert_str(node_path(s.tree, S("build.timeout"))->text, "4h");
	assert_str(node_path(s.tree, S("boundary"))->text, "x");
	assert_int_equal(node_path(s.tree, S("build.timeout"))->at.file, 2);
	assert_int_equal(node_path(s.tree, S("boundary"))->at.file, 3);
	assert_int_equal(s.input_count, 3);
	for (size_t i = 0; i < s.input_count; i++)
		assert_int_equal(unlink(str_z(&b->arena, s.inputs[i])), 0);
	assert_int_equal(rmdir(str_z(&b->arena, path_join(&b->arena, str_from(folder), S("sub")))), 0);
	assert_int_equal(rmdir(folder), 0);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_lines_leave_the_documented_parameters_open),
		cmocka_unit_test(baked_settings_are_literal_or_absent),
		cmocka_unit_test(buckets_are_for_an_open_recipe),
		cmocka_unit_test(pipelines_override_and_the_base_knows_them_all),
		cmocka_unit_test(the_only_architecture_has_the_documented_parameter),
		cmocka_unit_test(nearer_files_win_and_every_node_keeps_its_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
