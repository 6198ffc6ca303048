// digest: twelve digits that say what a resource is made of. They come last, over finished
// properties; equal content has equal digits whatever the version of anything.
// cycle: documents.c, holes.c: what is digested is expanded as all else, with its holes
// and files.
#include "blueprint/internal.h"
#include <string.h>

enum { DIGITS = 12 };

// Files count as the base sees them, whichever template names them.
static bool digest_file(struct expander *x, const struct node *at, struct str name,
                        struct str *out)
{
	struct expander inner = *x;
	struct arena *a = x->c->arena;
	struct node *tree, *made;
	inner.scope = &x->spec->base;
	inner.quiet = true;
	inner.around = NULL;
	inner.element = NULL;
	if (!blueprint_tree(x, name, &tree))
		return false;
	made = expand_node(&inner, tree);
	x->failed |= inner.failed;
	if (!made)
		return x->failed ? false : hole_wrong(x, at, S("names a file that vanishes"));
	u8 digits[64];
	struct arena scratch = *a, small = arena_of(digits, sizeof digits, a->full, a->owner);
	*out = str_copy(a, str_hex(&small, sha256(&scratch, node_canonical(&scratch, made))));
	return true;
}

static bool put_file(struct expander *x, const struct node *at, struct str name, struct buf *out)
{
	struct contents *known = x->contents;
	struct str digest = {0};
	for (size_t i = 0; i < known->count; i++)
		if (str_eq(known->list[i].name, name))
			digest = known->list[i].digest;
	bool had = digest.len;
	if (!had && !digest_file(x, at, name, &digest))
		return false;
	if (!had && known->count < CONTENTS_MAX) {
		known->list[known->count].name = name;
		known->list[known->count++].digest = digest;
	}
	put(out, digest, S("\n"));
	return true;
}

static bool put_files(struct expander *x, const struct node *n, struct str *out)
{
	struct buf text = buf_new(x->c->arena, DOCUMENT_MAX);
	const struct node *child = n->kind == LIST ? n->first : NULL;
	if (n->kind == TEXT && n->text.len && !put_file(x, n, n->text, &text))
		return false;
	for (; child; child = child->next)
		if (!put_file(x, child, child->text, &text))
			return false;
	*out = buf_str(&text);
	return true;
}

static void wait_for(struct expander *x, struct digest d)
{
	x->digests = grown(x->c->arena, x->digests, x->digest_count, &x->digest_cap, struct digest);
	x->digests[x->digest_count++] = d;
}

struct node *hole_digest(struct expander *x, const struct node *n, struct str arg)
{
	const struct node *files = n->kind == MAP ? node_get(n, S("of")) : n;
	const struct node *frame = n->kind == MAP ? node_get(n, S("text")) : NULL;
	struct digest d = {.node = text_at(x, S(""), n), .around = x->around,
	                   .frame = frame ? frame->text : S("$")};
	d.node->cause = x->spec->tree->at;        // all of it counts
	if (arg.len || !x->around) {
		hole_wrong(x, n, S("has no properties around it"));
		return NULL;
	}
	if (x->quiet)
		return d.node;
	if (files && !put_files(x, files, &d.files))
		return NULL;
	wait_for(x, d);
	return d.node;
}

// Digests are empty while digests are taken, so that none depends on another.
static struct str digits_of(struct expander *x, const struct digest *d)
{
	u8 digits[DIGITS];
	struct arena scratch = *x->c->arena;
	struct str content = cat(&scratch, node_canonical(&scratch, d->around), S("\n"), d->files);
	struct str hex = str_hex(&scratch, sha256(&scratch, content));
	struct str before, after = str_cut(d->frame, '$', &before);
	memcpy(digits, hex.at, DIGITS);
	return cat(x->c->arena, before, (struct str){digits, DIGITS}, after);
}

void fill_digests(struct expander *x)
{
	struct str *texts = make(x->c->arena, x->digest_count, struct str);
	for (size_t i = 0; i < x->digest_count; i++)
		texts[i] = digits_of(x, &x->digests[i]);
	for (size_t i = 0; i < x->digest_count; i++)
		x->digests[i].node->text = texts[i];
}
