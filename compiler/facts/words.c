// words: CloudFormation's own words, which the compiler must find and write, as members of a
// struct: the names are in schemas/cloudformation.json, here is only what each is for.
#include "facts/facts.h"
#include <stddef.h>

static const struct { const char *role; size_t member; } roles[] = {
#define WORD(member, role) {role, offsetof(struct words, member)},
#include "facts/words.def"
#undef WORD
};

bool words_load(struct context *c, struct words *out)
{
	json_t *root = library_json(c->library, S("schemas/cloudformation.json"));
	json_t *names = json_object_get(root, "roles");
	struct words w = {.root = root};
	for (size_t i = 0; i < countof(roles); i++) {
		struct str *member = (struct str *)(void *)((u8 *)&w + roles[i].member);
		*member = str_copy(c->arena, json_str(names, roles[i].role));
		if (member->len)
			continue;
		diag_report(c->diag, (struct finding){LIBRARY_WORD, .arg = {str_from(roles[i].role)}});
		json_decref(root);
		return false;
	}
	*out = w;
	return true;
}

void words_free(struct words *w)
{
	json_decref(w->root);
	w->root = NULL;
}

bool words_is_call(const struct node *n, struct str function)
{
	return n && n->kind == MAP && n->count == 1 && str_eq(n->first->key, function);
}
