// audit.c and audit/: tests/audit/ holds a template for each code, named after it, that must give
// it, and healthy ones that must give nothing.
#include "unit.h"
#include "audit/audit.h"

static struct bench *audited(struct str path)
{
	struct bench *b = bench_new();
	struct artifact one = {.name = path, .is_template = true};
	assert_true(file_read(&b->arena, path, 1 << 20, &one.text, &b->diag));
	assert_true(template_read(&b->context, sources_add(&b->diag.sources, path, one.text), &one.tree));
	bool good = audit_templates(&b->context, &(struct artifacts){&one, 1});
	assert_int_equal(good, !b->diag.failed);
	return b;
}

static void show(struct bench *b)
{
	struct buf out = buf_new(&b->arena, 1 << 16);
	diag_render(&b->diag, (struct render){.format = FORMAT_SHORT}, &out);
	print_error("%.*s", (int)out.len, (const char *)out.at);
}

// The example of a code gives that code and no other, so that it explains one thing.
static bool is_right(struct bench *b, struct str name)
{
	enum rule expected = RULE_COUNT;
	struct str code;
	(void)str_cut(name, '.', &code);
	bool example = rule_by_code(code, &expected);
	if (!example)
		return b->diag.len == 0;
	for (size_t i = 0; i < b->diag.len; i++)
		if (b->diag.list[i].rule != expected)
			return false;
	return b->diag.len > 0;
}

static void each_example_gives_its_code_and_healthy_ones_none(void **state)
{
	(void)state;
	struct bench *k = bench_new();
	struct str *names;
	size_t count, healthy = 0;
	assert_true(folder_list(&k->arena, S("tests/audit"), &names, &count, &k->diag));
	for (size_t i = 0; i < count; i++) {
		if (str_ends(names[i], S(".md")))
			continue;
		struct bench *b = audited(path_join(&k->arena, S("tests/audit"), names[i]));
		healthy += str_starts(names[i], S("healthy"));
		if (!is_right(b, names[i])) {
			print_error("%.*s\n", (int)names[i].len, (const char *)names[i].at);
			show(b);
			fail();
		}
		bench_free(b);
	}
	assert_true(healthy >= 20);
	bench_free(k);
}

// A rule of audit.json without a finding of its code, or without an example, would say nothing.
static void each_rule_has_a_text_and_an_example(void **state)
{
	(void)state;
	static const struct str lists[] = {STR("shell"), STR("steps"), STR("properties"),
	                                   STR("statements"), STR("parameters"), STR("descriptions")};
	struct bench *b = bench_new();
	const struct node *facts = facts_of(&b->context, S("schemas/audit.json"));
	for (size_t i = 0; i < countof(lists); i++) {
		const struct node *one = node_first(node_get(facts, lists[i]));
		assert_non_null(one);
		for (; one; one = one->next) {
			enum rule rule;
			struct str code = node_str(one, S("code")), pattern = node_str(one, S("pattern"));
			assert_true(rule_by_code(code, &rule));
			assert_true(!pattern.len || pattern_compiles(pattern));
			assert_true(file_exists(b->arena, cat(&b->arena, S("tests/audit/"), code, S(".yaml"))));
		}
	}
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_example_gives_its_code_and_healthy_ones_none),
		cmocka_unit_test(each_rule_has_a_text_and_an_example),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
