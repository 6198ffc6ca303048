// language.c: the schema as a list of settings, complete and consistent.
#include "unit.h"

struct loaded { struct bench *b; struct library library; struct context c; const struct language *l; };

static void load(struct loaded *x)
{
	x->b = bench_new();
	x->library = (struct library){.arena = &x->b->found, .diag = &x->b->diag};
	x->c = (struct context){.arena = &x->b->arena, .diag = &x->b->diag, .library = &x->library};
	x->l = language_of(&x->c);
	assert_non_null(x->l);
}

static void unload(struct loaded *x)
{
	bench_free(x->b);
}

static void settings_are_found_with_what_they_become(void **state)
{
	(void)state;
	static const struct { const char *path; enum level level; enum openness open; const char *parameter;
	                      bool optional, part; } cases[] = {
		{"name", LEVEL_SPEC, OPEN_DOCUMENTED, "ResourceNamePrefix", false, false},
		{"build.subnet", LEVEL_BASE, OPEN_DOCUMENTED, "SubnetId", false, false},
		{"build.key-pair", LEVEL_BASE, OPEN_DOCUMENTED, "KeyPair", true, false},
		{"build.timeout", LEVEL_BASE, OPEN_NEVER, "", false, false},
		{"build.instance.arm64", LEVEL_BASE, OPEN_ON_REQUEST, "InstanceTypeArm64", false, true},
		{"recipe", LEVEL_PIPELINE, OPEN_DOCUMENTED, "RecipeSource", true, false},
		{"recipe.sha256", LEVEL_PIPELINE, OPEN_ON_REQUEST, "RecipeDigest", true, true},
		{"logs.retention", LEVEL_PIPELINE, OPEN_DOCUMENTED, "LogRetentionInDays", false, false},
		{"kms.users", LEVEL_PIPELINE, OPEN_ON_REQUEST, "KeyUsers", false, false},
	};
	struct loaded x;
	load(&x);
	for (size_t i = 0; i < countof(cases); i++) {
		const struct setting *s = language_find(x.l, str_from(cases[i].path));
		assert_non_null(s);
		assert_int_equal(s->level, cases[i].level);
		assert_int_equal(s->open, cases[i].open);
		assert_str(s->parameter, cases[i].parameter);
		assert_int_equal(s->optional, cases[i].optional);
		assert_int_equal(s->part, cases[i].part);
	}
	assert_null(language_find(x.l, S("build")));
	assert_null(language_find(x.l, S("build.subnets")));
	unload(&x);
}

// What the schema must say for the compiler and the manual to do without knowledge of their own.
static void every_setting_is_complete(void **state)
{
	(void)state;
	struct loaded x;
	load(&x);
	assert_true(x.l->count >= 36);
	for (size_t i = 0; i < x.l->count; i++) {
		const struct setting *s = &x.l->list[i];
		bool open = s->open != OPEN_NEVER;
		bool complete = open == (s->parameter.len > 0) && open == (s->closed_because.len == 0)
		             && (s->part || node_str(s->schema, S("markdownDescription")).len)
		             && (!open || node_str(node_get(s->amic, S("parameter")), S("description")).len);
		if (!complete)
			fail_msg("'%.*s' is incomplete", (int)s->path.len, (const char *)s->path.at);
		for (size_t j = 0; open && j < i; j++)
			assert_false(str_eq(x.l->list[j].parameter, s->parameter));
	}
	unload(&x);
}

static void a_misspelt_path_finds_its_setting(void **state)
{
	(void)state;
	static const struct { const char *path, *near; } cases[] = {
		{"subnet", "build.subnet"}, {"build.subnett", "build.subnet"}, {"retention", "logs.retention"},
		{"nmae", "name"}, {"zebra", ""},
	};
	struct loaded x;
	load(&x);
	for (size_t i = 0; i < countof(cases); i++)
		assert_str(language_nearest(x.l, str_from(cases[i].path), x.b->arena), cases[i].near);
	unload(&x);
}

// Every pattern compiles, and every default and every "expected" has the form that it describes.
static void patterns_compile(const struct node *schema, size_t *count)
{
	struct str pattern = node_str(schema, S("pattern"));
	if (pattern.len && ++*count && !pattern_compiles(pattern))
		fail_msg("pattern %.*s", (int)pattern.len, (const char *)pattern.at);
	for (const struct node *n = schema->first; n; n = n->next)
		patterns_compile(n, count);
}

static void every_pattern_compiles(void **state)
{
	(void)state;
	struct loaded x;
	load(&x);
	size_t count = 0;
	patterns_compile(x.l->root, &count);
	assert_true(count > 30);
	unload(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_found_with_what_they_become),
		cmocka_unit_test(every_setting_is_complete),
		cmocka_unit_test(a_misspelt_path_finds_its_setting),
		cmocka_unit_test(every_pattern_compiles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
