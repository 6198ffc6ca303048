// words: CloudFormation's own words, which the compiler must find and write, as members of a
// struct: the names are in schemas/cloudformation.json, here is only what each is for.
#include "facts/internal.h"
#include <stddef.h>

static const struct { struct str role; size_t member; } roles[] = {
#define WORD(member, role) {STR(role), offsetof(struct words, member)},
#include "facts/words.def"
#undef WORD
};

static bool read_words(struct context *c, const struct node *root, struct words *w)
{
	const struct node *names = node_get(root, S("roles"));
	w->root = root;
	for (size_t i = 0; i < countof(roles); i++) {
		struct str *member = (struct str *)(void *)((u8 *)w + roles[i].member);
		*member = node_str(names, roles[i].role);
		if (!member->len)
			return diag_report(c->diag, (struct finding){LIBRARY_WORD, .arg = {roles[i].role}});
	}
	return true;
}

const struct words *words_of(struct context *c)
{
	struct facts *kept = facts_kept(c);
	const struct node *root = kept->words ? NULL : facts_of(c, S("schemas/cloudformation.json"));
	struct words *w = root ? make(kept->arena, 1, struct words) : NULL;
	if (w && read_words(c, root, w))
		kept->words = w;
	return kept->words;
}

bool words_is_call(const struct node *n, struct str function)
{
	return n && n->kind == MAP && n->count == 1 && str_eq(n->first->key, function);
}
