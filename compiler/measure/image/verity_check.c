// verity_check: every block below a root hash, on all processors. A unit of work is one hash
// block and the blocks whose digests it holds; each block is read once as a child, and a hash
// block once more as a parent, which is a 128th of the data.
#include "measure/image/image.h"
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { PIECE = 512 << 10, THREADS_MAX = 64 };

// A place in the tree: level 0 is the data, level 1 the lowest hash blocks.
struct place_bad { u32 level; u64 block; };
struct check {
	const struct verity *v;
	const struct source *data, *tree;
	const EVP_MD *md;
	_Atomic u64 next;             // unit that nobody has taken yet
	u64 units;
	_Atomic bool unreadable, broken;      // the file shrank; libcrypto failed
	pthread_mutex_t lock;         // of what follows
	struct place_bad bad[VERITY_NAMED];   // the first ones, in order
	size_t bad_len;
	u64 bad_count;
};
struct worker { struct check *c; EVP_MD_CTX *ctx; u8 *parent, *piece; pthread_t thread; };

static bool before(struct place_bad a, struct place_bad b)
{
	return a.level != b.level ? a.level > b.level : a.block < b.block;
}

// Keeps the first ones of all, so that the findings do not depend on which thread was faster.
static void add_bad(struct check *c, struct place_bad p)
{
	pthread_mutex_lock(&c->lock);
	c->bad_count++;
	size_t i = c->bad_len;
	if (i < VERITY_NAMED)
		c->bad_len++;
	else
		i = before(p, c->bad[VERITY_NAMED - 1]) ? VERITY_NAMED - 1 : VERITY_NAMED;
	for (; i > 0 && i < VERITY_NAMED && before(p, c->bad[i - 1]); i--)
		c->bad[i] = c->bad[i - 1];
	if (i < VERITY_NAMED)
		c->bad[i] = p;
	pthread_mutex_unlock(&c->lock);
}

static bool hash_block(const struct worker *w, struct str block, u8 *out)
{
	const struct verity *v = w->c->v;
	struct str first = v->hash_type ? v->salt : block, second = v->hash_type ? block : v->salt;
	return EVP_DigestInit_ex2(w->ctx, w->c->md, NULL) == 1
	    && EVP_DigestUpdate(w->ctx, first.at, first.len) == 1
	    && EVP_DigestUpdate(w->ctx, second.at, second.len) == 1
	    && EVP_DigestFinal_ex(w->ctx, out, NULL) == 1;
}

// A level's blocks: how many there are, how large, and where.
struct level { const struct source *source; u64 off, blocks; u32 bytes; };

static struct level level_at(const struct check *c, u32 level)
{
	const struct verity *v = c->v;
	if (level == 0)
		return (struct level){c->data, 0, v->data_blocks, v->data_block_bytes};
	return (struct level){c->tree, v->level_off[level - 1], v->level_blocks[level - 1],
	                      v->hash_block_bytes};
}

// Blocks [first, first + count) of a level, which lie in w->piece, against w->parent's digests
// from slot `slot` on.
static bool compare_piece(struct worker *w, u32 level, u64 first, size_t count, size_t slot)
{
	const struct verity *v = w->c->v;
	u32 bytes = level_at(w->c, level).bytes;
	struct str want = {0}, parent = {w->parent, v->hash_block_bytes};
	for (size_t i = 0; i < count; i++) {
		u8 got[EVP_MAX_MD_SIZE];
		if (!str_sub(parent, (slot + i) * v->slot_bytes, banks[v->bank].bytes, &want)
		    || !hash_block(w, (struct str){w->piece + i * bytes, bytes}, got))
			return false;
		if (!str_eq(want, (struct str){got, want.len}))
			add_bad(w->c, (struct place_bad){level, first + i});
	}
	return true;
}

// The children of hash block `index` on level `parent`. That all of this lies within the sources
// was checked before the threads began.
static void check_unit(struct worker *w, u32 parent, u64 index)
{
	struct check *c = w->c;
	struct level up = level_at(c, parent), down = level_at(c, parent - 1);
	u64 first = index * c->v->slots, left = down.blocks - first;
	if (left > c->v->slots)
		left = c->v->slots;
	if (!source_read(up.source, up.off + index * up.bytes, up.bytes, w->parent)) {
		atomic_store(&c->unreadable, true);
		return;
	}
	for (size_t slot = 0; slot < left;) {
		size_t count = PIECE / down.bytes;
		if (count > left - slot)
			count = (size_t)left - slot;
		if (!source_read(down.source, down.off + (first + slot) * down.bytes,
		                 (u64)count * down.bytes, w->piece)) {
			atomic_store(&c->unreadable, true);
			return;
		}
		if (!compare_piece(w, parent - 1, first + slot, count, slot))
			atomic_store(&c->broken, true);
		slot += count;
	}
}

// Units are numbered from the top of the tree down, so that they are read nearly in order.
static void *work(void *of)
{
	struct worker *w = of;
	struct check *c = w->c;
	for (;;) {
		u64 unit = atomic_fetch_add(&c->next, 1);
		if (unit >= c->units || atomic_load(&c->unreadable) || atomic_load(&c->broken))
			return NULL;
		u32 level = c->v->level_count;
		while (unit >= level_at(c, level).blocks)
			unit -= level_at(c, level--).blocks;
		check_unit(w, level, unit);
	}
}

static size_t thread_count(size_t wanted)
{
	long processors = wanted ? (long)wanted : sysconf(_SC_NPROCESSORS_ONLN);
	if (processors < 1)
		return 1;
	return processors < THREADS_MAX ? (size_t)processors : THREADS_MAX;
}

// The calling thread works, too; a thread that could not be started leaves its share to others.
static void run_workers(struct check *c, size_t threads, struct arena scratch)
{
	struct worker *w = make(&scratch, threads, struct worker);
	bool started[THREADS_MAX] = {false};
	for (size_t i = 0; i < threads; i++)
		w[i] = (struct worker){c, NULL, make(&scratch, c->v->hash_block_bytes, u8),
		                       make(&scratch, PIECE, u8), pthread_self()};
	for (size_t i = 0; i < threads; i++)
		if (!(w[i].ctx = EVP_MD_CTX_new()))
			atomic_store(&c->broken, true);
	for (size_t i = 1; i < threads; i++)
		started[i] = pthread_create(&w[i].thread, NULL, work, &w[i]) == 0;
	work(&w[0]);
	for (size_t i = 0; i < threads; i++) {
		if (started[i])
			pthread_join(w[i].thread, NULL);
		EVP_MD_CTX_free(w[i].ctx);
	}
}

static void report_bad(const struct check *c, struct diag *d)
{
	for (size_t i = 0; i < c->bad_len; i++) {
		struct place_bad p = c->bad[i];
		struct level l = level_at(c, p.level);
		struct span at = source_span(l.source, l.off + p.block * l.bytes, l.bytes);
		struct str block = str_number(d->arena, p.block);
		if (p.level)
			diag_report(d, (struct finding){VERITY_HASH_BLOCK, at,
				.arg = {block, str_number(d->arena, p.level - 1)}});
		else
			diag_report(d, (struct finding){VERITY_DATA_BLOCK, at, .arg = {block}});
	}
	if (c->bad_count > c->bad_len)
		diag_report(d, (struct finding){VERITY_MORE, source_span(c->data, 0, 0),
			.arg = {str_number(d->arena, c->bad_count - c->bad_len)}});
}

static bool check_sizes(const struct verity *v, const struct source *data,
                        const struct source *tree, struct diag *d)
{
	u64 bytes;
	if (!mul_u64(v->data_blocks, v->data_block_bytes, &bytes) || !source_has(data, 0, bytes))
		return diag_report(d, (struct finding){VERITY_DATA_SHORT, source_span(data, 0, 0),
			.arg = {str_number(d->arena, v->data_blocks),
			        str_number(d->arena, v->data_block_bytes),
			        str_number(d->arena, data->size)}});
	if (!source_has(tree, 0, v->end_off))
		return diag_report(d, (struct finding){VERITY_TREE_SHORT, source_span(tree, 0, 0),
			.arg = {str_number(d->arena, v->end_off), str_number(d->arena, tree->size)}});
	return true;
}

static bool check_root(const struct verity *v, const struct source *data,
                       const struct source *tree, struct str root_hash, struct arena scratch,
                       struct diag *d)
{
	struct digests root;
	if (!verity_root(v, tree, data, scratch, &root))
		return source_failed(tree, 0, d);
	struct str got = digest_of(&root, v->bank);
	if (str_eq(got, root_hash))
		return true;
	u64 top_off = v->level_count ? v->level_off[v->level_count - 1] : 0;
	return diag_report(d, (struct finding){VERITY_ROOT, source_span(tree, top_off, 0),
		.arg = {str_hex(d->arena, got), str_hex(d->arena, root_hash)}});
}

bool verity_check(const struct verity *v, const struct source *data, const struct source *tree,
                  struct str root_hash, size_t threads, struct arena scratch, struct diag *d)
{
	if (!check_sizes(v, data, tree, d)
	    || !check_root(v, data, tree, root_hash, scratch, d))
		return false;
	EVP_MD *md = EVP_MD_fetch(NULL, str_z(&scratch, banks[v->bank].name), NULL);
	struct check c = {.v = v, .data = data, .tree = tree, .md = md};
	for (u32 i = 0; i < v->level_count; i++)
		c.units += v->level_blocks[i];          // within a source, so far from the wrap
	pthread_mutex_init(&c.lock, NULL);
	atomic_store(&c.broken, md == NULL);
	run_workers(&c, thread_count(threads), scratch);
	pthread_mutex_destroy(&c.lock);
	EVP_MD_free(md);
	report_bad(&c, d);
	if (atomic_load(&c.unreadable))
		return source_failed(data, 0, d);
	if (atomic_load(&c.broken))
		return diag_report(d, (struct finding){VERITY_ALGORITHM, source_span(tree, 0, 0),
			.arg = {banks[v->bank].name}});
	return c.bad_count == 0;
}
