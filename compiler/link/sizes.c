// sizes: how large the written templates are, and what makes them so.
#include "link/internal.h"

struct part { struct str name; size_t len; };

static void keep_largest(struct part *top, size_t count, struct part p)
{
	for (size_t i = 0; i < count; i++) {
		if (p.len > top[i].len) {
			struct part out = top[i];
			top[i] = p;
			p = out;
		}
	}
}

static size_t text_len(const struct node *n)
{
	size_t sum = n->key.len + (n->kind == TEXT ? n->text.len : 0);
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		sum += text_len(child);
	return sum;
}

static struct str name_of(const struct node *n)
{
	const struct node *name = n->key.len ? NULL : node_get(n, S("name"));
	return name ? name->text : n->key;
}

struct str link_largest(struct arena *a, const struct node *first)
{
	struct part top[3] = {0};
	struct buf b = buf_new(a, 4096);
	for (const struct node *n = first; n; n = n->next)
		keep_largest(top, countof(top), (struct part){name_of(n), text_len(n)});
	for (size_t i = 0; i < countof(top) && top[i].len; i++)
		put(&b, i ? S(", ") : S(""), top[i].name, S(" "), str_number(a, top[i].len));
	return buf_str(&b);
}

static bool check_size(struct context *c, const struct words *w, const struct artifact *one)
{
	const struct node *limits = node_get(w->root, S("limits"));
	u64 body = node_number(limits, S("body"), 0);
	u64 most = node_number(limits, S("body-in-bucket"), 0);
	struct arena *a = c->diag->arena;
	const struct node *resources = node_get(one->tree, w->resources);
	if (!one->is_template || one->text.len <= body)
		return true;
	bool over = one->text.len > most;
	diag_report(c->diag, (struct finding){over ? BODY_TOO_LARGE : BODY_NEEDS_BUCKET,
		.at = one->tree->cause,
		.arg = {one->name, str_number(a, one->text.len), str_number(a, over ? most : body),
		        link_largest(a, resources ? resources->first : NULL)}});
	return !over;
}

bool link_sizes(struct context *c, const struct artifacts *all)
{
	const struct words *w = words_of(c);
	bool ok = w;
	for (size_t i = 0; w && i < all->count; i++)
		ok = check_size(c, w, &all->list[i]) && ok;
	return ok;
}
