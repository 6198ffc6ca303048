// places: names and where they are, sorted, so that each is found by halves.
#include "diff/diff.h"
#include <stdlib.h>

void places_add(struct arena *a, struct named_places *all, struct str name, size_t place)
{
	all->list = grown(a, all->list, all->count, &all->cap, struct named_place);
	all->list[all->count++] = (struct named_place){name, place};
}

static int compare(const void *a, const void *b)
{
	const struct named_place *x = a, *y = b;
	int order = str_cmp(x->name, y->name);
	return order ? order : (x->place > y->place) - (x->place < y->place);
}

void places_sort(struct named_places *all)
{
	if (all->count)
		qsort(all->list, all->count, sizeof *all->list, compare);
}

size_t places_find(const struct named_places *all, struct str name, size_t *from)
{
	size_t low = 0, high = all->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (str_cmp(all->list[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*from = low;
	while (low < all->count && str_eq(all->list[low].name, name))
		low++;
	return low;
}
