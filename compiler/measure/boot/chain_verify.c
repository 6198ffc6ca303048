// chain_verify: which partition a root hash belongs to, and whether all of it is what was pinned.
#include "measure/boot/internal.h"

struct parts { struct source *list; size_t count; };

static struct parts open_parts(const struct gpt *g, const struct source *disk, struct arena *a)
{
	struct parts p = {make(a, g->count, struct source), 0};
	for (size_t i = 0; i < g->count; i++)
		p.count += gpt_source(g, &g->list[i], disk, a, &p.list[p.count]);
	return p;
}

static bool has_root(const struct verity *v, const struct root_hash *root,
                     const struct source *tree, struct arena scratch)
{
	struct digests top;
	return v->level_count > 0 && verity_root(v, tree, tree, scratch, &top)
	    && str_eq(digest_of(&top, v->bank), (struct str){root->bytes, root->len});
}

// The tree with this root: at the offset that the options name, or at a partition's beginning.
// Superblocks that are no good are passed over: they may be any bytes.
static bool find_tree(const struct parts *p, const struct root_hash *root, struct arena *a,
                      struct verity *v, size_t *tree)
{
	enum { QUIET_BYTES = 1 << 12 };
	const u64 offs[] = {root->hash_off, 0};
	for (size_t i = 0; i < p->count * countof(offs); i++) {
		*tree = i / countof(offs);
		u64 off = offs[i % countof(offs)];
		if (verity_here(&p->list[*tree], off)
		    && verity_read(&p->list[*tree], off, a, v, diag_aside(a, QUIET_BYTES))
		    && has_root(v, root, &p->list[*tree], *a))
			return true;
	}
	return false;
}

// The data lie before the tree, or in another partition: the one whose first block fits, else
// (its first block may be what was changed) one of the right size.
static size_t find_data(const struct parts *p, const struct verity *v, size_t tree,
                        struct arena scratch)
{
	u64 bytes;
	size_t best = tree;
	if (!mul_u64(v->data_blocks, v->data_block_bytes, &bytes) || v->level_off[0] > bytes)
		return tree;
	for (size_t i = p->count; i > 0; i--) {
		if (i - 1 == tree || !source_has(&p->list[i - 1], 0, bytes))
			continue;
		if (verity_fits(v, &p->list[tree], &p->list[i - 1], scratch))
			return i - 1;
		if (best == tree || p->list[i - 1].size < p->list[best].size)
			best = i - 1;
	}
	return best;
}

static bool verify_root(const struct parts *p, const struct root_hash *root, size_t threads,
                        struct arena *a, struct buf *out, struct diag *d)
{
	struct verity v;
	size_t tree;
	struct str hash = {root->bytes, root->len};
	if (!find_tree(p, root, a, &v, &tree))
		return diag_report(d, (struct finding){.rule = VERITY_MISSING,
			.arg = {str_hex(d->arena, hash), root->of}});
	size_t data = find_data(p, &v, tree, *a);
	if (!verity_check(&v, &p->list[data], &p->list[tree], hash, threads, *a, d))
		return false;
	put(out, S("verified: "), root->of, S(", "));
	buf_number(out, v.data_blocks);
	put(out, S(" blocks of "));
	buf_number(out, v.data_block_bytes);
	put(out, S(" bytes, and its hash tree, against root hash "), str_hex(a, hash), S("\n"));
	return true;
}

bool chain_verify(const struct source *disk, const struct chain *c, size_t threads,
                  struct arena *a, struct buf *out, struct diag *d)
{
	struct gpt gpt;
	bool done = true;
	if (c->count == 0)            // what could not be checked must not pass for checked
		return diag_report(d, (struct finding){.rule = VERITY_NO_ROOT});
	if (!gpt_read(disk, a, &gpt, d))
		return false;
	struct parts p = open_parts(&gpt, disk, a);
	for (size_t i = 0; i < c->count; i++)
		done &= verify_root(&p, &c->roots[i], threads, a, out, d);
	return done;
}
