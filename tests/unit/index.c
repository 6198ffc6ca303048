// blueprint/index.c: a mapping that is indexed has the members that it has.
#include "unit.h"
#include "blueprint/internal.h"

enum { KEYS = 200, STEPS = 20000 };

static struct str key_of(struct bench *b, size_t i)
{
	return cat(&b->arena, S("key"), str_number(&b->arena, i));
}

static void compare(struct bench *b, struct index *x, struct node *map, const bool *there)
{
	size_t count = 0;
	for (size_t i = 0; i < KEYS; i++) {
		struct arena scratch = b->arena;
		struct str key = key_of(b, i);
		const struct node *n = index_get(x, map, key);
		assert_int_equal(n != NULL, there[i]);
		assert_ptr_equal(n, node_get(map, key));
		count += there[i];
		b->arena = scratch;
	}
	const struct node *last = NULL;
	size_t walked = 0;
	for (const struct node *n = map->first; n; n = n->next, walked++)
		last = n;
	assert_ptr_equal(map->last, last);
	assert_int_equal(map->count, count);
	assert_int_equal(walked, count);
}

static void members_come_and_go(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct index *x = index_new(&b->arena);
	struct node *map = node_new(&b->arena, MAP, (struct span){0});
	bool there[KEYS] = {false};
	u32 random = 1;
	for (size_t step = 0; step < STEPS; step++) {
		random = random * 1664525 + 1013904223;
		size_t i = (random >> 16) % KEYS;
		struct node *n = index_get(x, map, key_of(b, i));
		if (n) {
			index_remove(x, map, n);
		} else {
			n = node_text(&b->arena, S("v"), true, (struct span){0});
			n->key = key_of(b, i);
			index_append(x, map, n);
		}
		there[i] = !there[i];
		if (step % 500 == 0)
			compare(b, x, map, there);
	}
	compare(b, x, map, there);
	bench_free(b);
}

// An edit may put another value into the very node that was indexed.
static void a_replaced_mapping_is_read_anew(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct index *x = index_new(&b->arena);
	struct node *maps[2];
	for (size_t m = 0; m < 2; m++) {
		maps[m] = node_new(&b->arena, MAP, (struct span){0});
		for (size_t i = 0; i < 50; i++) {
			struct node *n = node_text(&b->arena, S("v"), true, (struct span){0});
			n->key = key_of(b, m * 50 + i);
			node_append(maps[m], n);
		}
	}
	assert_non_null(index_get(x, maps[0], S("key7")));
	*maps[0] = *maps[1];
	assert_null(index_get(x, maps[0], S("key7")));
	assert_non_null(index_get(x, maps[0], S("key77")));
	maps[0]->kind = TEXT;
	assert_null(index_get(x, maps[0], S("key77")));
	bench_free(b);
}

// The empty text at no address, too, which is how an empty key may come.
static void an_empty_key_is_a_key(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct index *x = index_new(&b->arena);
	struct node *map = node_new(&b->arena, MAP, (struct span){0});
	struct node *empty = node_new(&b->arena, TEXT, (struct span){0});
	for (size_t i = 0; i < 50; i++) {
		struct node *n = node_text(&b->arena, S("v"), true, (struct span){0});
		n->key = key_of(b, i);
		node_append(map, n);
	}
	assert_null(index_get(x, map, (struct str){0}));
	index_append(x, map, empty);
	assert_ptr_equal(index_get(x, map, (struct str){0}), empty);
	assert_ptr_equal(index_get(x, map, S("")), empty);
	index_remove(x, map, empty);
	assert_null(index_get(x, map, S("")));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_and_go), cmocka_unit_test(a_replaced_mapping_is_read_anew),
		cmocka_unit_test(an_empty_key_is_a_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
