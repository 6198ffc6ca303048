// facts: the files of schemas/ as trees. Each is read when it is first asked for, and stays until
// the run ends.
#include "facts/internal.h"

struct facts *facts_kept(struct context *c)
{
	struct library *l = c->library;
	if (!l->facts) {
		l->facts = make(l->diag->arena, 1, struct facts);
		l->facts->arena = l->diag->arena;
	}
	return l->facts;
}

// A file of --stdlib. Texts are copied: nothing of the JSON is left.
static const struct node *read_text(struct library *l, struct str name, struct arena *a)
{
	struct str text;
	json_error_t error;
	if (!library_text(l, name, &text))
		return NULL;
	json_t *json = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
	const struct node *tree = json ? node_from_json(a, json) : NULL;
	json_decref(json);
	if (!json)
		diag_report(l->diag, (struct finding){LIBRARY_BROKEN, .arg = {name,
			str_copy(l->diag->arena, str_from(error.text)),
			str_number(l->diag->arena, (u64)error.line)}});
	return tree;
}

static const struct node *read_facts(struct library *l, struct str name, struct arena *a)
{
	struct str packed = library_tree(l, name);
	return packed.len ? packed_tree(a, packed, 0) : read_text(l, name, a);
}

const struct node *facts_of(struct context *c, struct str name)
{
	struct facts *all = facts_kept(c);
	for (size_t i = 0; i < all->count; i++)
		if (str_eq(all->list[i].name, name))
			return all->list[i].tree;
	const struct node *tree = read_facts(c->library, name, all->arena);
	if (!tree)
		return NULL;
	all->list = grown(all->arena, all->list, all->count, &all->cap, struct kept_facts);
	all->list[all->count++] = (struct kept_facts){str_copy(all->arena, name), tree};
	return tree;
}

static bool is_name_byte(u8 c)
{
	u8 letter = c | 0x20;
	return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9');
}

// "AWS-KMS-Key" of "AWS::KMS::Key"; false when it can be no type's name.
static bool type_file(struct str type, struct buf *out)
{
	for (size_t i = 0; i < type.len; i++) {
		bool colons = type.at[i] == ':' && i + 1 < type.len && type.at[i + 1] == ':';
		if (!colons && !is_name_byte(type.at[i]))
			return false;
		buf_byte(out, colons ? '-' : type.at[i]);
		i += colons;
	}
	return type.len;
}

const struct node *facts_type(struct context *c, struct str type)
{
	enum { NAME_MAX_BYTES = 256 };
	struct buf b = buf_new(c->arena, NAME_MAX_BYTES);
	put(&b, S("schemas/types/"));
	if (!type_file(type, &b))
		return NULL;
	put(&b, S(".json"));
	struct str name = buf_end(&b);
	return !b.over && library_has(c->library, name) ? facts_of(c, name) : NULL;
}
