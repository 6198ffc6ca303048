// quotas: how much the policies inside a role have in all. IAM counts their characters, blanks
// not, and refuses the role beyond its limit. What is not known yet counts as the least that it
// can be, so that what is reported is refused for certain.
#include "link/internal.h"

struct quota { struct linkage *l; const struct node *words, *facts, *least; };

static size_t solid_len(struct str s)
{
	size_t len = 0;
	for (size_t i = 0; i < s.len; i++)
		len += s.at[i] != ' ' && (s.at[i] & 0xc0) != 0x80;   // no byte inside a character
	return len;
}

// The characters of a text, whatever each <Name> becomes.
static size_t least_len(const struct quota *q, struct str s)
{
	struct str head, name;
	size_t len = 0;
	for (size_t off; str_find(s, S("<"), &off);) {
		s = str_cut(s, '<', &head);
		s = str_cut(s, '>', &name);
		len += solid_len(head);
		len += (size_t)node_number(q->least, name, 0);
	}
	return len + solid_len(s);
}

static size_t call_len(const struct quota *q, const struct node *n)
{
	struct linkage *l = q->l;
	struct arena before = *l->c->arena;
	size_t len = least_len(q, link_text(l, n)) + 2;
	*l->c->arena = before;
	return len;
}

// As JSON: quotes, commas and brackets included.
static size_t written_len(const struct quota *q, const struct node *n)
{
	size_t len = n->count ? n->count + 1 : 2;
	if (n->kind == TEXT || link_function(q->l, n))
		return call_len(q, n);
	for (const struct node *child = n->first; child; child = child->next)
		len += written_len(q, child) + (child->key.len ? child->key.len + 3 : 0);
	return len;
}

static size_t policies_len(const struct quota *q, const struct node *properties)
{
	const struct node *list = node_get(properties, node_str(q->words, S("policies")));
	size_t sum = 0;
	for (const struct node *p = list && list->kind == LIST ? list->first : NULL; p; p = p->next) {
		const struct node *document = node_get(p, node_str(q->words, S("policy")));
		sum += document ? written_len(q, document) : 0;
	}
	return sum;
}

// A policy of its own that names roles is inside each of them.
static void add_attached(const struct quota *q, const struct template *t, const struct node *p,
                         size_t *sums)
{
	const struct node *properties = link_properties(q->l, p);
	const struct node *document = node_get(properties, node_str(q->words, S("policy")));
	const struct node *roles = node_get(properties, node_str(q->words, S("roles")));
	const struct node *n = roles && roles->kind == LIST ? roles->first : NULL;
	size_t len = document ? written_len(q, document) : 0;
	for (; n; n = n->next) {
		bool named = words_is_call(n, q->l->w->ref) && n->first->kind == TEXT;
		size_t slot = named ? names_slot(&t->resources, n->first->text) : t->resources.cap;
		if (slot < t->resources.cap)
			sums[slot] += len;
	}
}

static void check_role(const struct quota *q, const struct node *r, size_t attached)
{
	size_t max = (size_t)node_number(q->facts, S("characters"), 0);
	size_t len = attached + policies_len(q, link_properties(q->l, r));
	struct arena *a = q->l->c->diag->arena;
	if (len > max)
		link_report_at(q->l, r->cause.file ? r->cause : r->key_at, (struct finding){POLICIES_LARGE,
			.arg = {r->key, str_number(a, len), str_number(a, max)}});
}

static void check_template(const struct quota *q, const struct template *t)
{
	struct str role = node_str(q->facts, S("role")), attached = node_str(q->facts, S("attached"));
	size_t *sums = make(q->l->c->arena, t->resources.cap + 1, size_t), slot;
	for (const struct node *r = t->resource_list; r; r = r->next)
		if (str_eq(link_resource_type(q->l, r), attached))
			add_attached(q, t, r, sums);
	for (const struct node *r = t->resource_list; r; r = r->next) {
		slot = names_slot(&t->resources, r->key);
		if (slot < t->resources.cap && str_eq(link_resource_type(q->l, r), role))
			check_role(q, r, sums[slot]);
	}
}

void link_quotas(struct linkage *l)
{
	const struct node *facts = facts_of(l->c, S("schemas/iam.json"));
	struct quota q = {l, node_get(facts, S("words")), node_get(facts, S("quota")), NULL};
	q.least = node_get(q.facts, S("least"));
	for (size_t i = 0; facts && i < l->template_count; i++)
		check_template(&q, &l->templates[i]);
}
