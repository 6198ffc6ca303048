// loops: Fn::ForEach of a section, unrolled when its list is known, so that each resource of it is
// one of its own. What cannot be unrolled stays as it is and is compared as a body.
#include "diff/diff.h"
#include "link/link.h"

enum { TEXT_MAX = 1 << 20, LOOP_MAX = 200 };

// ${Name} and &{Name} of a text.
static struct str put_value(struct arena *a, struct str text, struct str name, struct str value)
{
	struct str plain = cat(a, S("${"), name, S("}")), bare = cat(a, S("&{"), name, S("}"));
	struct buf out = buf_new(a, TEXT_MAX);
	while (text.len) {
		bool here = str_starts(text, plain) || str_starts(text, bare);
		size_t taken = here ? plain.len : 1;
		buf_put(&out, here ? value : (struct str){text.at, 1});
		text = (struct str){text.at + taken, text.len - taken};
	}
	return buf_end(&out);
}

static struct node *put_values(struct arena *a, const struct words *w, const struct node *n,
                               struct str name, struct str value)
{
	bool is_ref = words_is_call(n, w->ref) && n->first->kind == TEXT
	           && str_eq(n->first->text, name);
	if (is_ref)
		return node_text(a, value, false, n->at);
	struct node *copy = node_new(a, n->kind, n->at);
	copy->cause = n->cause;
	copy->plain = n->plain;
	copy->text = n->text.len ? put_value(a, n->text, name, value) : n->text;
	for (const struct node *child = n->first; child; child = child->next) {
		struct node *one = put_values(a, w, child, name, value);
		one->key = child->key.len ? put_value(a, child->key, name, value) : child->key;
		one->key_at = child->key_at;
		node_append(copy, one);
	}
	return copy;
}

// A list of texts, or a parameter whose default has them between commas.
static const struct node *values_of(struct arena *a, const struct words *w,
                                    const struct node *parameters, const struct node *list)
{
	if (words_is_call(list, w->ref) && list->first->kind == TEXT) {
		const struct node *given = node_get(node_get(parameters, list->first->text),
		                                    w->default_value);
		struct node *made = node_new(a, LIST, list->at);
		struct str rest = given && given->kind == TEXT ? given->text : S(""), one;
		while (rest.len) {
			rest = str_cut(rest, ',', &one);
			node_append(made, node_text(a, str_trim(one), false, list->at));
		}
		list = made;
	}
	const struct node *n = list->kind == LIST && list->count <= LOOP_MAX ? list->first : NULL;
	while (n && n->kind == TEXT)
		n = n->next;
	return list->kind == LIST && list->count && list->count <= LOOP_MAX && !n ? list : NULL;
}

static bool unroll(struct arena *a, const struct words *w, const struct node *parameters,
                   const struct node *loop, struct node *to)
{
	bool fits = loop->kind == LIST && loop->count == 3 && loop->first->kind == TEXT
	         && loop->last->kind == MAP;
	const struct node *values = fits ? values_of(a, w, parameters, loop->first->next) : NULL;
	for (const struct node *v = values ? values->first : NULL; v; v = v->next) {
		struct node *body = put_values(a, w, loop->last, loop->first->text, v->text);
		for (struct node *n = body->first, *next; n; n = next) {
			next = n->next;
			n->next = NULL;
			node_append(to, n);
		}
	}
	return values;
}

struct node *unroll_section(struct arena *a, const struct words *w, const struct node *template,
                            const struct node *section)
{
	struct node *all = node_new(a, MAP, section->at);
	all->key = section->key;
	all->key_at = section->key_at;
	for (const struct node *n = section->first; n; n = n->next) {
		bool loop = str_starts(n->key, S("Fn::ForEach"));
		if (loop && unroll(a, w, node_get(template, w->parameters), n, all))
			continue;
		struct node *copy = make(a, 1, struct node);
		*copy = *n;
		copy->next = NULL;
		node_append(all, copy);
	}
	return all;
}
