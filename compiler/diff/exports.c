// exports: which values move when resources are replaced, and which of them may not, because
// another stack imports them.
#include "diff/diff.h"
#include "link/link.h"

static struct resource_diff *find(const struct template_diff *t, struct str id)
{
	size_t at, end = places_find(&t->by_id, id, &at);
	return t->list && at < end ? &t->list[t->by_id.list[at].place] : NULL;
}

static bool is_replaced(const struct resource_diff *r)
{
	return r && r->was && r->is && (r->effect == EFFECT_NEW || r->effect == EFFECT_REPLACE
	                                || r->effect == EFFECT_REFUSED);
}

// A steady attribute (x.x.x of a name) is another one only under another name.
static bool attribute_moves(const struct set_diff *d, const struct template_diff *t, struct str id,
                            struct str attribute)
{
	const struct resource_diff *r = find(t, id);
	if (!is_replaced(r))
		return false;
	const struct node *own = node_get(node_get(d->facts, S("types")), r->type);
	return r->renamed || !node_get(node_get(own, S("steady")), attribute);
}

// "${Id}" and "${Id.Attribute}" in a text of Fn::Sub.
static bool text_moves(const struct set_diff *d, const struct template_diff *t, struct str text)
{
	size_t off;
	while (str_find(text, S("${"), &off)) {
		struct str name, id, inner = {text.at + off + 2, text.len - off - 2};
		text = str_cut(inner, '}', &name);
		struct str attribute = str_cut(name, '.', &id);
		if (attribute_moves(d, t, id, attribute))
			return true;
	}
	return false;
}

static bool get_att_moves(const struct set_diff *d, const struct template_diff *t,
                          const struct node *arg)
{
	if (arg->kind == TEXT) {
		struct str id, attribute = str_cut(arg->text, '.', &id);
		return attribute_moves(d, t, id, attribute);
	}
	return arg->kind == LIST && arg->count == 2 && arg->first->kind == TEXT
	    && attribute_moves(d, t, arg->first->text, arg->last->text);
}

static bool output_moves(const struct set_diff *d, struct str name);

static bool stack_output_moves(const struct set_diff *d, const struct node *arg)
{
	const struct node *name = node_get(arg, d->words->output_name);
	return name && name->kind == TEXT && output_moves(d, name->text);
}

bool value_moves(const struct set_diff *d, const struct template_diff *t, const struct node *n)
{
	const struct words *w = d->words;
	if (words_is_call(n, w->ref))
		return n->first->kind == TEXT && attribute_moves(d, t, n->first->text, S(""));
	if (words_is_call(n, w->get_att))
		return get_att_moves(d, t, n->first);
	if (words_is_call(n, w->stack_output))
		return stack_output_moves(d, n->first);
	if (words_is_call(n, w->sub)) {
		const struct node *text = n->first->kind == LIST ? n->first->first : n->first;
		if (text && text->kind == TEXT && text_moves(d, t, text->text))
			return true;
	}
	for (const struct node *child = n->first; child; child = child->next)
		if (value_moves(d, t, child))
			return true;
	return false;
}

// Of any template of the set: the stack's name is known at deploy only.
static bool output_moves(const struct set_diff *d, struct str name)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct node *outputs = node_get(d->list[i].is, d->words->outputs);
		size_t place = 0;
		for (const struct node *n = outputs ? outputs->first : NULL; n; n = n->next, place++)
			if (str_eq(n->key, name) && d->list[i].output_moved[place])
				return true;
	}
	return false;
}

bool outputs_follow(struct set_diff *d, struct template_diff *t)
{
	const struct node *outputs = node_get(t->is, d->words->outputs);
	size_t place = 0;
	bool more = false;
	for (const struct node *n = outputs ? outputs->first : NULL; n; n = n->next, place++) {
		const struct node *value = node_get(n, d->words->value);
		if (t->output_moved[place] || !value || !value_moves(d, t, value))
			continue;
		t->output_moved[place] = true;
		more = true;
	}
	return more;
}

// ---- exports in use

// "${ThisStack}-Arn" exported and "${TheOther}-Arn" imported are one export when what
// follows the stack's name is the same.
static struct str tail_of(const struct words *w, const struct node *n)
{
	const struct node *text = words_is_call(n, w->sub) ? n->first : n;
	text = text && text->kind == LIST ? text->first : text;
	if (!text || text->kind != TEXT)
		return (struct str){0};
	struct str tail = text->text, head;
	size_t off;
	while (str_find(tail, S("}"), &off))
		tail = str_cut(tail, '}', &head);
	return tail;
}

// The ends of what is imported anywhere, each with the place of its template.
static void find_imports(struct context *c, const struct words *w, const struct node *n,
                         size_t place, struct named_places *all)
{
	if (words_is_call(n, w->import))
		places_add(c->arena, all, tail_of(w, n->first), place);
	for (const struct node *child = n ? n->first : NULL; child; child = child->next)
		find_imports(c, w, child, place, all);
}

static struct named_places imports_of(struct context *c, const struct set_diff *d)
{
	struct named_places all = {0};
	for (size_t i = 0; i < d->count; i++)
		find_imports(c, d->words, node_get(d->list[i].was, d->words->resources), i, &all);
	places_sort(&all);
	return all;
}

// Names of the deployed templates that import it.
static struct str importers(struct context *c, const struct set_diff *d,
                            const struct named_places *imports, struct str tail)
{
	struct buf names = buf_new(c->arena, 1 << 16);
	size_t i, end = tail.len ? places_find(imports, tail, &i) : 0;
	for (i = tail.len ? i : 0; i < end; i++) {
		size_t place = imports->list[i].place;
		if (i + 1 == end || imports->list[i + 1].place != place)
			put(&names, names.len ? S(", ") : S(""), d->list[place].name);
	}
	return buf_str(&names);
}

static struct resource_diff *exported_resource(const struct set_diff *d, struct template_diff *t,
                                               const struct node *value)
{
	struct str id = {0};
	if (words_is_call(value, d->words->ref) && value->first->kind == TEXT)
		id = value->first->text;
	else if (words_is_call(value, d->words->get_att) && value->first->kind == LIST
	         && value->first->first)
		id = value->first->first->text;
	return find(t, id);
}

static const struct node *export_name(const struct set_diff *d, const struct node *output)
{
	return node_get(node_get(output, d->words->export), d->words->export_name);
}

static void refuse(struct context *c, struct template_diff *t, struct resource_diff *r,
                   struct str what, struct str tail, struct str who)
{
	struct str why = cat(c->arena, what, S(" export ..."), tail, S(", imported by: "), who);
	if (r) {
		r->effect = EFFECT_REFUSED;
		r->word = S("REFUSED");
		r->why = why;
		return;
	}
	t->list[t->count++] = (struct resource_diff){.id = S("export"), .effect = EFFECT_REFUSED,
		.word = S("REFUSED"), .why = why};
}

static void check_export(struct context *c, struct set_diff *d, struct template_diff *t,
                         const struct named_places *imports, const struct node *was,
                         const struct node *is)
{
	const struct node *name = export_name(d, was), *new_name = export_name(d, is);
	struct str tail = name ? tail_of(d->words, name) : S("");
	struct str who = importers(c, d, imports, tail);
	if (!who.len)
		return;
	const struct node *old_value = node_get(was, d->words->value);
	const struct node *value = node_get(is, d->words->value);
	if (!new_name || !value || !str_eq(tail_of(d->words, new_name), tail)) {
		refuse(c, t, exported_resource(d, t, old_value), S("removes"), tail, who);
		return;
	}
	struct changes other = {0};
	changes_between(c, d->facts, old_value, value, &other);
	if (other.count || value_moves(d, t, value))
		refuse(c, t, exported_resource(d, t, value), S("changes"), tail, who);
}

void exports_check(struct context *c, struct set_diff *d)
{
	struct named_places imports = imports_of(c, d);
	for (size_t i = 0; i < d->count; i++) {
		struct template_diff *t = &d->list[i];
		const struct node *was = node_get(t->was, d->words->outputs);
		const struct node *is = node_get(t->is, d->words->outputs);
		size_t room = t->count + (was ? was->count : 0);
		struct resource_diff *list = make(c->arena, room, struct resource_diff);
		for (size_t j = 0; j < t->count; j++)
			list[j] = t->list[j];
		t->list = list;
		struct names outputs = names_of(c->arena, is);
		for (const struct node *n = was ? was->first : NULL; n && !t->gone; n = n->next)
			check_export(c, d, t, &imports, n, names_find(&outputs, n->key));
	}
}
