// packed: the trees of stdlib/ as tools/embed.c put them into the program, each as read.c reads its
// file. To read that YAML in every run took a sixth of a small build's time.
//   node: kind plain block (a byte each) key tag place-of-value place-of-key, then
//         TEXT: text   LIST, MAP: count node…
//   text: length bytes      place: offset length      numbers little-endian, 32 bits
#include "blueprint/internal.h"

static struct str read_text(struct rd *r)
{
	return rd_bytes(r, rd_le32(r));
}

static struct span read_span(struct rd *r, u32 file)
{
	u32 off = rd_le32(r), len = rd_le32(r);
	return (struct span){off || len ? file : 0, len, off};
}

static struct node *read_node(struct arena *a, struct rd *r, u32 file)
{
	struct node *n = make(a, 1, struct node);
	n->kind = (enum kind)rd_u8(r);
	n->plain = rd_u8(r);
	n->block = rd_u8(r);
	n->key = read_text(r);
	n->tag = read_text(r);
	n->at = read_span(r, file);
	n->key_at = read_span(r, file);
	if (n->kind == TEXT)
		n->text = read_text(r);
	for (u32 left = n->kind == TEXT ? 0 : rd_le32(r); left && !r->bad; left--)
		node_append(n, read_node(a, r, file));
	return n;
}

struct node *packed_tree(struct arena *a, struct str bytes, u32 file)
{
	struct rd r = {.left = bytes};
	return read_node(a, &r, file);
}
