// verity_check: the check of --verify-root alone, for bench/verity.bench.
// usage: verity_check DATA TREE THREADS    (0: one a processor)
#include "measure/measure.h"
#include <stdlib.h>
#include <sys/mman.h>

static no_return void out_of_memory(void *owner)
{
	(void)owner;
	abort();
}

static struct arena map_arena(void)
{
	enum { BYTES = 1 << 28 };
	u8 *at = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		abort();
	return arena_of(at, BYTES, out_of_memory, NULL);
}

int main(int argc, char **argv)
{
	struct arena a = map_arena(), found = map_arena();
	struct diag d = {.arena = &found, .sources = {.arena = &found}};
	struct source data, tree;
	struct verity v;
	struct digests root;
	return argc == 4 && source_open(&a, str_from(argv[1]), &data, &d)
	    && source_open(&a, str_from(argv[2]), &tree, &d) && verity_read(&tree, 0, &a, &v, &d)
	    && verity_root(&v, &tree, &data, a, &root)
	    && verity_check(&v, &data, &tree, digest_of(&root, v.bank),
	                    (size_t)strtoul(argv[3], NULL, 10), a, &d) ? 0 : 1;
}
