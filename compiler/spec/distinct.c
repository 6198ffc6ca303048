// distinct: elements and keys that must differ in more than JSON Schema can say, in the value
// that a pipeline really has: its own and the spec's together. schemas/ says where: "distinct"
// names a member that no two elements share, "fold" makes keys that differ in case the same.
#include "spec/spec.h"
#include <stdlib.h>

struct distinct { struct context *c; const struct setting *of; bool bad; };

struct named { struct str name; const struct node *of; size_t nth; };

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = str_cmp(x->name, y->name);
	return order ? order : (x->nth > y->nth) - (x->nth < y->nth);
}

static void complain(struct distinct *d, enum rule rule, const struct named *first,
                     const struct named *again)
{
	bool keys = rule == KEY_CASE;
	d->bad = true;
	diag_report(d->c->diag, (struct finding){rule,
		.at = keys ? again->of->key_at : again->of->at,
		.also = keys ? first->of->key_at : first->of->at, .also_label = S("the first one"),
		.arg = {keys ? first->of->key : d->of->path, keys ? again->of->key : again->name}});
}

static void compare(struct distinct *d, enum rule rule, struct named *list, size_t count)
{
	if (count)
		qsort(list, count, sizeof *list, by_name);
	for (size_t i = 1; i < count; i++)
		if (str_eq(list[i - 1].name, list[i].name))
			complain(d, rule, &list[i - 1], &list[i]);
}

static struct str folded(struct arena *a, struct str s)
{
	u8 *out = make(a, s.len, u8);
	for (size_t i = 0; i < s.len; i++)
		out[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (u8)(s.at[i] - 'A' + 'a') : s.at[i];
	return (struct str){out, s.len};
}

static void check_elements(struct distinct *d, const struct node *value, struct str member,
                           struct arena scratch)
{
	struct named *list = make(&scratch, value->count + 1, struct named);
	size_t count = 0;
	for (const struct node *n = value->first; n; n = n->next) {
		const struct node *own = node_get(n, member);
		if (own)
			list[count] = (struct named){own->text, own, count};
		count += own != NULL;
	}
	compare(d, ELEMENT_TWICE, list, count);
}

static void check_keys(struct distinct *d, const struct node *value, struct arena scratch)
{
	struct named *list = make(&scratch, value->count + 1, struct named);
	size_t count = 0;
	for (const struct node *n = value->first; n; n = n->next, count++)
		list[count] = (struct named){folded(&scratch, n->key), n, count};
	compare(d, KEY_CASE, list, count);
}

// Each mapping was within its limit by itself; together they may not be.
static void check_count(struct distinct *d, const struct node *value)
{
	struct arena *a = d->c->diag->arena;
	struct str count = cat(a, str_number(a, value->count), S(" entries, inherited ones included"));
	u64 max = node_number(d->of->schema, S("maxProperties"), value->count);
	if (value->count <= max)
		return;
	d->bad = true;
	diag_report(d->c->diag, (struct finding){OUT_OF_RANGE, .at = value->at,
		.arg = {d->of->path, count, cat(a, S("at most "), str_number(a, max))}});
}

static void check_value(struct distinct *d, const struct node *value)
{
	struct str member = node_str(d->of->amic, S("distinct"));
	if (value && value->kind == LIST && member.len)
		check_elements(d, value, member, *d->c->arena);
	if (value && value->kind == MAP && node_true(d->of->amic, S("fold")))
		check_keys(d, value, *d->c->arena);
	if (value && value->kind == MAP)
		check_count(d, value);
}

bool check_distinct(struct context *c, const struct spec *s)
{
	struct distinct d = {.c = c};
	struct str *pipelines;
	size_t count = spec_pipelines(c, s, &pipelines);
	for (size_t i = 0; i < s->language->count; i++) {
		d.of = &s->language->list[i];
		for (size_t p = 0; p < count && !d.of->part; p++)
			check_value(&d, setting_value(c, s, pipelines[p], d.of));
		if (!d.of->part)
			check_value(&d, setting_value(c, s, S(""), d.of));
	}
	return !d.bad;
}
