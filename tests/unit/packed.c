// packed.c: each schema and each tree in the program is the one on the disk, and a cut one ends.
#include "unit.h"
#include "base/embedded.h"

static bool same_span(struct span a, struct span b)
{
	return a.file == b.file && a.off == b.off && a.len == b.len;
}

static void assert_same(const struct node *a, const struct node *b)
{
	assert_true(a->kind == b->kind && a->plain == b->plain && a->block == b->block);
	assert_true(str_eq(a->key, b->key) && str_eq(a->tag, b->tag) && str_eq(a->text, b->text));
	assert_true(same_span(a->at, b->at) && same_span(a->key_at, b->key_at));
	assert_int_equal(a->count, b->count);
	const struct node *y = b->first;
	for (const struct node *x = a->first; x; x = x->next, y = y->next)
		assert_same(x, y);
}

// What the file itself reads as.
static const struct node *read_file(struct bench *b, const struct embedded_file *f, u32 *file)
{
	struct library disk = {.folder = S("."), .arena = &b->arena, .diag = &b->diag};
	struct context c = {.arena = &b->arena, .diag = &b->diag, .library = &disk};
	struct node *tree;
	*file = 0;
	if (str_ends(f->path, S(".json")))
		return facts_of(&c, f->path);
	*file = sources_add(&b->diag.sources, f->path, f->bytes);
	assert_true(read_tree(&c, *file, DIALECT_STDLIB, &tree));
	return tree;
}

static void test_trees_as_read(void **state)
{
	struct bench *b = bench_new();
	struct library own = {.arena = &b->arena, .diag = &b->diag};
	size_t seen[2] = {0};
	u32 file;
	(void)state;
	for (size_t i = 0; i < embedded_count; i++) {
		struct str packed = library_tree(&own, embedded[i].path);
		bool json = str_ends(embedded[i].path, S(".json"));
		assert_int_equal(packed.len > 0, json || str_ends(embedded[i].path, S(".yaml")));
		if (!packed.len)
			continue;
		const struct node *tree = read_file(b, &embedded[i], &file);
		assert_non_null(tree);
		assert_same(packed_tree(&b->arena, packed, file), tree);
		seen[json]++;
	}
	assert_true(seen[0] > 5 && seen[1] > 10);
	own.folder = S(".");
	assert_int_equal(library_tree(&own, S("stdlib/1/base.yaml")).len, 0);
	bench_free(b);
}

static size_t count(const struct node *n)
{
	size_t sum = 1;
	for (const struct node *child = n->first; child; child = child->next)
		sum += count(child);
	return sum;
}

static void test_cut_tree_ends(void **state)
{
	struct bench *b = bench_new();
	struct library own = {.arena = &b->arena, .diag = &b->diag};
	struct str whole = library_tree(&own, S("stdlib/1/workflow.yaml")), cut;
	size_t nodes = count(packed_tree(&b->arena, whole, 1));
	(void)state;
	for (size_t len = 0; len <= whole.len; len++) {
		struct arena scratch = b->arena;
		assert_true(str_sub(whole, 0, len, &cut));
		assert_true(count(packed_tree(&scratch, cut, 1)) <= nodes);
	}
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees_as_read),
		cmocka_unit_test(test_cut_tree_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
