// find: the value at a place of a template, whatever it is wrapped in.
#include "init/internal.h"

static bool is_selector(struct str part, struct str *key, struct str *value)
{
	if (part.len < 3 || part.at[0] != '[' || part.at[part.len - 1] != ']')
		return false;
	struct str inner = {part.at + 1, part.len - 2};
	*value = str_cut(inner, '=', key);
	return true;
}

static bool has_member(const struct node *n, struct str key, struct str value)
{
	const struct node *member = node_get(n, key);
	return member && member->kind == TEXT && str_eq(member->text, value);
}

// A selector takes the element of a list; of a mapping, the mapping itself when it fits.
static const struct node *selected(const struct node *at, struct str key, struct str value)
{
	if (at->kind == MAP)
		return has_member(at, key, value) ? at : NULL;
	for (const struct node *n = at->kind == LIST ? at->first : NULL; n; n = n->next)
		if (has_member(n, key, value))
			return n;
	return NULL;
}

static const struct node *stepped(const struct node *at, struct str part)
{
	struct str key, value;
	u64 index;
	if (is_selector(part, &key, &value))
		return selected(at, key, value);
	if (at->kind != LIST)
		return node_get(at, part);
	if (!str_u64(part, &index))
		return NULL;
	const struct node *n = at->first;
	for (u64 i = 0; n && i < index; i++)
		n = n->next;
	return n;
}

static const struct node *default_of(const struct initer *in, const struct node *template,
                                     const struct node *reference)
{
	const struct node *parameters = node_get(template, in->w->parameters);
	const struct node *name = reference->first;
	const struct node *declared = name->kind == TEXT ? node_get(parameters, name->text) : NULL;
	return node_get(declared, in->w->default_value);
}

const struct node *find_value(const struct initer *in, const struct node *template,
                              const struct node *from, struct str path)
{
	struct str part, rest = str_cut(path, '/', &part);
	if (!from)
		return NULL;
	if (words_is_call(from, in->w->choose) && from->first->kind == LIST
	    && from->first->count == 3) {
		const struct node *then = from->first->first->next;
		const struct node *found = find_value(in, template, then, path);
		return found ? found : find_value(in, template, then->next, path);
	}
	if (path.len)
		return find_value(in, template, stepped(from, part), rest);
	return words_is_call(from, in->w->ref) ? default_of(in, template, from) : from;
}

const struct node *find_typed(const struct initer *in, const struct node *template, struct str type)
{
	const struct node *n = node_first(node_get(template, in->w->resources));
	while (n && !has_member(n, in->w->type, type))
		n = n->next;
	return n;
}

const struct node *find_resource(const struct initer *in, const struct node *template,
                                 const struct node *row)
{
	const struct node *resources = node_get(template, in->w->resources);
	struct str id = node_str(row, S("id")), type = node_str(row, S("type"));
	const struct node *found = id.len ? node_get(resources, id) : NULL;
	return found || !type.len ? found : find_typed(in, template, type);
}

const struct node *spoken_of(const struct initer *in, const struct node *n)
{
	if (words_is_call(n, in->w->sub))
		n = n->first;
	return n->kind == LIST && n->first ? n->first : n;
}

static bool pass(struct str *left, struct str mark)
{
	size_t off;
	return str_find(*left, mark, &off)
	    && str_sub(*left, off + mark.len, left->len - off - mark.len, left);
}

bool find_part(const struct node *row, const struct node *after, struct str text, struct str *out)
{
	struct str left = text, until = node_str(row, S("until"));
	size_t off;
	if (after && after->kind == TEXT && !pass(&left, after->text))
		return false;
	for (const struct node *mark = node_first(after); mark; mark = mark->next)
		if (!pass(&left, mark->text))
			return false;
	if (!str_find(left, until, &off))
		return false;
	*out = (struct str){left.at, off};
	return true;
}
