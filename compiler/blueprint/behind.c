// behind: which settings decide about a place of an output. The node that was made there says where
// in the blueprint it is from; the holes that stand there name what they ask.
#include "blueprint/internal.h"

static void add_setting(struct behind *to, struct str path)
{
	for (size_t i = 0; i < to->count; i++)
		if (str_eq(to->list[i], path))
			return;
	if (path.len && to->count < countof(to->list))
		to->list[to->count++] = path;
}

// What derived.c makes of settings has paths that no user knows; schemas/diff.json has theirs.
static void add_asked(struct context *c, const struct spec *s, struct str asked, struct behind *to)
{
	const struct node *derived = node_get(facts_of(c, S("schemas/diff.json")), S("derived"));
	const struct node *known = node_get(derived, asked);
	for (const struct node *n = node_first(known); n; n = n->next)
		add_setting(to, n->text);
	struct str path = asked;
	while (!known && path.len && !language_find(s->language, path)) {
		size_t len = path.len;
		while (len && path.at[len - 1] != '.')
			len--;
		path.len = len ? len - 1 : 0;
	}
	add_setting(to, known ? S("") : path);
}

// ---- the node of the blueprint at a place

static bool hole_is(const struct node *n, struct str word)
{
	struct str head;
	(void)str_cut(n->tag, ':', &head);
	return str_eq(head, word);
}

// Of several that begin there, the outermost: what stands inside has the same holes around it. Of
// a !first the whole: which of its elements was taken is what may differ.
static const struct node *node_begins(const struct node *n, size_t off)
{
	if (n->at.off == off)
		return n;
	for (const struct node *child = n->first; child; child = child->next) {
		const struct node *found = node_begins(child, off);
		if (found)
			return hole_is(n, S("!first")) ? n : found;
	}
	return NULL;
}

static const struct node *written_at(const struct context *c, struct span at)
{
	const struct blueprint *b = c->blueprint;
	for (size_t i = 0; at.file && b && i < b->count; i++)
		if (b->list[i].file == at.file && b->list[i].tree)
			return node_begins(b->list[i].tree, at.off);
	return NULL;
}

// ---- its holes

// "!set:s build.timeout" has its path behind the tag; "!if:build.pin=exact" in it.
static void add_hole(struct context *c, const struct spec *s, const struct node *n,
                     struct behind *to)
{
	static const struct str in_tag[] = {STR("!if"), STR("!not"), STR("!each")};
	struct str head, path, arg = str_cut(n->tag, ':', &head);
	if (hole_is(n, S("!digest")))
		to->digest = true;
	if (hole_is(n, S("!set")) && n->kind == TEXT && !str_starts(n->text, S(".")))
		add_asked(c, s, n->text, to);
	if (hole_is(n, S("!name")) && n->kind == TEXT) {
		size_t off;
		if (str_find(n->text, S("$"), &off))
			add_asked(c, s, S("name"), to);
		if (str_find(n->text, S("@"), &off))
			add_asked(c, s, S("arch"), to);
	}
	for (size_t i = 0; i < countof(in_tag); i++)
		if (str_eq(head, in_tag[i])) {
			(void)str_cut(arg, '=', &path);
			add_asked(c, s, path, to);
		}
}

static void add_holes(struct context *c, const struct spec *s, const struct node *n,
                      struct behind *to)
{
	add_hole(c, s, n, to);
	for (const struct node *child = n->first; child; child = child->next)
		add_holes(c, s, child, to);
}

// A member that is there in one of the two only: the holes on the way to it decide.
static bool add_member(struct context *c, const struct spec *s, const struct node *n,
                       struct str key, struct behind *to)
{
	if (n->key.len && str_eq(n->key, key)) {
		if (!n->tag.len)                      // it goes when its children have
			add_holes(c, s, n, to);
		add_hole(c, s, n, to);
		for (const struct node *child = n->first; n->tag.len && child; child = child->next)
			add_hole(c, s, child, to);
		return true;
	}
	bool found = false;
	for (const struct node *child = n->first; child; child = child->next)
		if (str_eq(child->key, key) || n->kind == LIST || n->tag.len)
			found |= add_member(c, s, child, key, to);
	if (found && n->tag.len)
		add_hole(c, s, n, to);
	return found;
}

static const struct node *element_like(struct context *c, const struct node *list,
                                       const struct node *element)
{
	const struct node *members = node_get(facts_of(c, S("schemas/diff.json")),
	                                      S("element-names"));
	for (const struct node *m = node_first(members); m; m = m->next) {
		const struct node *name = node_get(element, m->text);
		const struct node *n = name && name->kind == TEXT ? list->first : NULL;
		for (; n; n = n->next) {
			const struct node *other = node_get(n, m->text);
			if (other && other->kind == TEXT && str_eq(other->text, name->text))
				return n;
		}
	}
	return NULL;
}

// An element of a list that is there in one of the two only: its own hole; of one without a
// name, those of all.
static void add_element(struct context *c, const struct spec *s, const struct node *list,
                        const struct node *element, struct behind *to)
{
	const struct node *own = element_like(c, list, element);
	for (const struct node *n = own ? NULL : list->first; n; n = n->next)
		add_hole(c, s, n, to);
	if (own)
		add_hole(c, s, own, to);
}

// A parameter or a condition: they are declared when a setting is open. False: it is none of those.
static bool add_parameter(const struct spec *s, const struct node *n, bool whole, struct behind *to)
{
	for (size_t i = 0; i < s->language->count; i++) {
		const struct setting *one = &s->language->list[i];
		if (!one->parameter.len || !str_ends(n->key, one->parameter))
			continue;
		if (whole)
			add_setting(to, one->open == OPEN_DOCUMENTED ? S("bake") : S("params"));
		add_setting(to, one->path);
		if (node_get(one->amic, S("default-map")))
			add_setting(to, S("arch"));   // which it has a default for
		to->opened = whole;
		return true;
	}
	return false;
}

static bool declares(const struct node *written)
{
	return hole_is(written, S("!params")) || hole_is(written, S("!conditions"));
}

void blueprint_behind(struct context *c, const struct spec *s, const struct behind_place *p,
                      struct behind *out)
{
	const struct node *written = written_at(c, p->whole ? p->around->at : p->made->at);
	const struct node *n = p->made ? p->made : p->was;
	*out = (struct behind){0};
	if (p->whole && written && declares(written) && add_parameter(s, n, true, out))
		return;
	if (p->parameter)
		(void)add_parameter(s, p->parameter, false, out);
	else if (p->whole && written && p->around->kind == MAP)
		(void)add_member(c, s, written, n->key, out);
	else if (p->whole && written)
		add_element(c, s, written, n, out);
	else if (!p->whole && written && written->tag.len)
		add_holes(c, s, written, out);
}
