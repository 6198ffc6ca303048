// words.c: CloudFormation's words by their roles.
#include "unit.h"
#include <sys/stat.h>
#include <unistd.h>

static void the_words_are_those_of_the_schema(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	const struct words *w = words_of(&b->context);
	assert_non_null(w);
	assert_ptr_equal(words_of(&b->context), w);
	assert_str(w->ref, "Ref");
	assert_str(w->choose, "Fn::If");
	assert_str(w->nothing, "AWS::NoValue");
	struct node *call = node_new(&b->arena, MAP, (struct span){0});
	struct node *arg = node_text(&b->arena, S("x"), true, (struct span){0});
	arg->key = w->ref;
	node_append(call, arg);
	assert_true(words_is_call(call, w->ref));
	assert_false(words_is_call(call, w->sub) || words_is_call(arg, w->ref) || words_is_call(NULL, w->ref));
	bench_free(b);
}

static void a_missing_word_is_a_finding(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	char folder[] = "/tmp/amic-test-XXXXXX";
	assert_non_null(mkdtemp(folder));
	struct str schemas = cat(&b->arena, str_from(folder), S("/schemas"));
	struct library l = {.folder = str_from(folder), .arena = &b->arena, .diag = &b->diag};
	struct context c = {.arena = &b->arena, .diag = &b->diag, .library = &l};
	assert_true(folder_make(b->arena, schemas, &b->diag));
	struct output o = {cat(&b->arena, schemas, S("/cloudformation.json")),
	                   S("{\"roles\": {\"parameters\": \"Parameters\"}}")};
	assert_true(files_write(&o, 1, b->arena, &b->diag));
	assert_null(words_of(&c));
	assert_true(bench_has(b, LIBRARY_WORD));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_words_are_those_of_the_schema),
		cmocka_unit_test(a_missing_word_is_a_finding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
