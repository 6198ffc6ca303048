// packed: a tree as tools/embed.c puts it into the program, for schemas/ and stdlib/ alike. To read
// their text in every run took a third of a small build's time.
//   node: head (a byte) key? tag? places? then TEXT: text   LIST, MAP: count node…
//   text: length bytes      places: value's offset, length, key's offset, length
// Numbers are little-endian, 32 bits; the head says which parts there are.
#include "yaml/yaml.h"

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
	u8 head = rd_u8(r);
	n->kind = (enum kind)(head & PACKED_KIND);
	n->plain = head & PACKED_PLAIN;
	n->block = head & PACKED_BLOCK;
	if (head & PACKED_KEY)
		n->key = read_text(r);
	if (head & PACKED_TAG)
		n->tag = read_text(r);
	if (head & PACKED_PLACES) {
		n->at = read_span(r, file);
		n->key_at = read_span(r, file);
	}
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
