// values: reading CloudFormation's functions. What a value calls, what its text will be, and to
// which resource, in whichever template, it points.
#include "link/internal.h"

const struct call_rule *link_function(const struct linkage *l, const struct node *n)
{
	if (!n || n->kind != MAP || n->count != 1)
		return NULL;
	for (size_t i = 0; i < l->rule_count; i++)
		if (str_eq(l->rules[i].name, n->first->key))
			return &l->rules[i];
	return NULL;
}

static const struct node *arg_at(const struct node *list, size_t index)
{
	const struct node *n = list && list->kind == LIST ? list->first : NULL;
	while (n && index--)
		n = n->next;
	return n;
}

bool sub_next(struct sub_scan *s, struct str *name)
{
	size_t off, end;
	while (str_find(s->left, S("${"), &off)) {
		struct str rest;
		if (!str_sub(s->left, off, s->left.len - off, &rest) || !str_find(rest, S("}"), &end))
			break;
		if (!str_sub(rest, 2, end - 2, name)
		    || !str_sub(rest, end + 1, rest.len - end - 1, &s->left))
			break;
		if (!str_starts(*name, S("!")))
			return true;
	}
	s->left = (struct str){0};
	return false;
}

static void put_text(struct linkage *l, struct buf *b, const struct node *v, int depth);

// The name's value in the function's own map, or the name as a reference.
static void put_named(struct linkage *l, struct buf *b, const struct node *map, struct str name,
                      int depth)
{
	const struct node *own = node_get(map, name);
	if (own)
		put_text(l, b, own, depth);
	else
		put(b, S("<"), name, S(">"));
}

static void put_sub(struct linkage *l, struct buf *b, const struct node *arg, int depth)
{
	const struct node *text = arg->kind == LIST ? arg->first : arg;
	const struct node *map = arg->kind == LIST ? arg_at(arg, 1) : NULL;
	struct str left = text && text->kind == TEXT ? text->text : S(""), rest, name;
	size_t off, end;
	while (str_find(left, S("${"), &off)) {
		if (!str_sub(left, off, left.len - off, &rest) || !str_find(rest, S("}"), &end)
		    || !str_sub(rest, 2, end - 2, &name))
			break;
		buf_put(b, (struct str){left.at, off});
		if (str_starts(name, S("!")))
			put(b, S("${"), (struct str){name.at + 1, name.len - 1}, S("}"));
		else
			put_named(l, b, map, name, depth - 1);
		left = (struct str){rest.at + end + 1, rest.len - end - 1};
	}
	buf_put(b, left);
}

// A value that cannot be worked out is the tree that makes it: equal trees are equal values, and
// of others nothing is known. It is shown as its function and some digits of that tree.
static void put_opaque(struct linkage *l, struct buf *b, const struct node *v)
{
	u8 digits[64];
	struct arena aside = *l->c->diag->arena, small = arena_of(digits, sizeof digits, NULL, NULL);
	struct str hex = str_hex(&small, sha256(&aside, node_canonical(&aside, v)));
	struct str left = link_function(l, v) ? v->first->key : S(""), name = {0};
	while (left.len)
		left = str_cut(left, ':', &name);
	put(b, S("<"), name, S(" "), (struct str){hex.at, 12}, S(">"));
}

static void put_join(struct linkage *l, struct buf *b, const struct node *arg, int depth)
{
	const struct node *glue = arg_at(arg, 0), *list = arg_at(arg, 1);
	const struct node *n = list && list->kind == LIST ? list->first : NULL;
	for (; n; n = n->next) {
		put_text(l, b, n, depth);
		if (n->next && glue && glue->kind == TEXT)
			buf_put(b, glue->text);
	}
}

static void put_text(struct linkage *l, struct buf *b, const struct node *v, int depth)
{
	if (!v || depth == 0)
		return;
	if (v->kind == TEXT)
		buf_put(b, v->text);
	else if (words_is_call(v, l->w->sub))
		put_sub(l, b, v->first, depth);
	else if (words_is_call(v, l->w->join))
		put_join(l, b, v->first, depth - 1);
	else if (words_is_call(v, l->w->ref) && v->first->kind == TEXT)
		put(b, S("<"), v->first->text, S(">"));
	else if (words_is_call(v, l->w->get_att) && arg_at(v->first, 1))
		put(b, S("<"), arg_at(v->first, 0)->text, S("."), arg_at(v->first, 1)->text, S(">"));
	else
		put_opaque(l, b, v);
}

struct str link_text(struct linkage *l, const struct node *value)
{
	enum { TEXT_MAX = 1 << 20, DEPTH_MAX = 16 };
	if (value && value->kind == TEXT)
		return value->text;
	struct buf b = buf_new(l->c->arena, TEXT_MAX);
	put_text(l, &b, value, DEPTH_MAX);
	return buf_str(&b);
}

// Two names of an export that can be the same at deploy time: what stands in <> may be
// anything, all else must be equal. Only the end after the last of these is compared.
static bool may_be_same(struct str a, struct str b)
{
	struct str head;
	size_t off;
	while (str_find(a, S(">"), &off))
		a = str_cut(a, '>', &head);
	while (str_find(b, S(">"), &off))
		b = str_cut(b, '>', &head);
	return str_eq(a, b) && a.len > 0;
}

static const struct node *output_of_export(struct linkage *l, const struct template *t,
                                           struct str name)
{
	for (const struct node *o = t->output_list; o; o = o->next) {
		const struct node *e = node_get(node_get(o, l->w->export),
		                                l->w->export_name);
		if (e && may_be_same(link_text(l, e), name))
			return node_get(o, l->w->value);
	}
	return NULL;
}

static bool target_elsewhere(struct linkage *l, const struct template *from,
                             const struct node *value, struct target *out)
{
	bool import = words_is_call(value, l->w->import);
	const struct node *name = import ? value->first
	                        : node_get(value->first, l->w->output_name);
	struct str text = link_text(l, name);
	for (size_t i = 0; i < l->template_count; i++) {
		const struct template *t = &l->templates[i];
		const struct node *o = names_find(&t->outputs, text), *v;
		if (t == from)
			continue;
		v = import ? output_of_export(l, t, text) : node_get(o, l->w->value);
		if (v && !words_is_call(v, l->w->import) && !words_is_call(v, l->w->stack_output)
		    && link_target(l, t, v, out))
			return true;
	}
	return false;
}

// Only the first name counts: "${LogBucket}/x" points to the bucket.
static bool target_of_name(const struct template *t, struct str name, struct target *out)
{
	struct str head;
	(void)str_cut(name, '.', &head);
	const struct node *r = names_find(&t->resources, head);
	if (!r)
		return false;
	*out = (struct target){t, r};
	return true;
}

// The parts of a Join: the one that names a resource.
static bool target_in_list(struct linkage *l, const struct template *t, const struct node *list,
                           struct target *out)
{
	const struct node *n = list && list->kind == LIST ? list->first : NULL;
	for (; n; n = n->next)
		if (!words_is_call(n, l->w->join) && link_target(l, t, n, out))
			return true;
	return false;
}

static bool target_of_sub(const struct template *t, const struct node *arg, struct target *out)
{
	const struct node *text = arg->kind == LIST ? arg->first : arg;
	struct sub_scan scan = {text && text->kind == TEXT ? text->text : S("")};
	struct str name;
	while (sub_next(&scan, &name))
		if (target_of_name(t, name, out))
			return true;
	return false;
}

bool link_target(struct linkage *l, const struct template *t, const struct node *value,
                 struct target *out)
{
	if (words_is_call(value, l->w->choose))
		return target_in_list(l, t, value->first, out);
	if (words_is_call(value, l->w->import) || words_is_call(value, l->w->stack_output))
		return target_elsewhere(l, t, value, out);
	if (words_is_call(value, l->w->ref))
		return value->first->kind == TEXT && target_of_name(t, value->first->text, out);
	if (words_is_call(value, l->w->get_att) && value->first->kind == LIST && value->first->first)
		return target_of_name(t, value->first->first->text, out);
	if (words_is_call(value, l->w->sub))
		return target_of_sub(t, value->first, out);
	if (words_is_call(value, l->w->join))
		return target_in_list(l, t, arg_at(value->first, 1), out);
	return false;
}
