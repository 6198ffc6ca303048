// changes: where two trees differ, named as people name it. Elements of a list that have names are
// compared by these; a text that holds a document is compared as one, a script by its lines.
#include "diff/diff.h"
#include "link/link.h"

struct walk {
	struct context *c;
	const struct node *facts;
	struct changes *out;
	struct str top;
	unsigned documents;           // how many texts deep
};

enum { TEXT_SHOWN = 60, DOCUMENTS_DEEP = 2, CHANGES_MAX = 10000 };

// Beyond the most that anybody reads, one of each property is kept: what is done with the resource
// depends on it.
void changes_add(struct changes *all, struct change one)
{
	if (all->count >= CHANGES_MAX && str_eq(all->list[all->count - 1].top, one.top))
		return;
	all->list = grown(all->arena, all->list, all->count, &all->cap, struct change);
	all->list[all->count++] = one;
}

// The argument of {Fn::X: argument}, whose key is the function's name; NULL for all else.
static const struct node *call_of(const struct node *n)
{
	const struct node *only = n && n->kind == MAP && n->count == 1 ? n->first : NULL;
	return only && (str_eq(only->key, S("Ref")) || str_starts(only->key, S("Fn::"))) ? only : NULL;
}

// A scalar as it may stand in a report: cut at 60 bytes, on a code point's border. Of a function
// its name, and what a Ref names.
static struct str shown(struct arena *a, const struct node *n)
{
	const struct node *call = call_of(n);
	if (call)
		return call->kind == TEXT ? cat(a, call->key, S(" "), shown(a, call)) : call->key;
	if (!n || n->kind != TEXT)
		return (struct str){0};
	struct str line;
	struct str rest = str_cut(n->text, '\n', &line);
	if (line.len <= TEXT_SHOWN && rest.len == 0)
		return line.len ? line : S("''");
	size_t len = line.len < TEXT_SHOWN ? line.len : TEXT_SHOWN;
	while (len && len < line.len && (line.at[len] & 0xc0) == 0x80)
		len--;
	return cat(a, ((struct str){line.at, len}), S("..."));
}

static void add(struct walk *w, struct str path, const struct node *was, const struct node *is,
                u64 line)
{
	struct arena *a = w->out->arena;
	changes_add(w->out, (struct change){path, w->top, was, is, shown(a, was), shown(a, is), line});
}

static void compare(struct walk *w, struct str path, const struct node *was,
                    const struct node *is);

// ---- lists

// A list's elements by the text of a member: each has one, no two alike.
static bool named_by(struct walk *w, const struct node *list, struct str member,
                     struct named_places *out)
{
	*out = (struct named_places){0};
	for (const struct node *n = list->first; n; n = n->next) {
		const struct node *name = node_get(n, member);
		if (!name || name->kind != TEXT)
			return false;
		places_add(w->c->arena, out, name->text, out->count);
	}
	places_sort(out);
	for (size_t i = 1; i < out->count; i++)
		if (str_eq(out->list[i].name, out->list[i - 1].name))
			return false;
	return true;
}

// The member by which the elements of both lists are named.
static struct str name_member(struct walk *w, const struct node *was, const struct node *is,
                              struct named_places *old, struct named_places *new)
{
	const struct node *members = node_get(w->facts, S("element-names"));
	for (const struct node *n = node_first(members); n; n = n->next)
		if (named_by(w, was, n->text, old) && named_by(w, is, n->text, new))
			return n->text;
	return (struct str){0};
}

static const struct node **elements(struct arena *a, const struct node *list)
{
	const struct node **all = make(a, list->count, const struct node *);
	size_t i = 0;
	for (const struct node *n = list->first; n; n = n->next)
		all[i++] = n;
	return all;
}

static struct str member_path(struct walk *w, struct str path, struct str name)
{
	bool root = path.len == 0 || str_ends(path, S(": "));
	return cat(w->out->arena, path, root ? S("") : S("."), name);
}

static void compare_named(struct walk *w, struct str path, const struct node *was,
                          const struct node *is, struct str member, const struct named_places *old,
                          const struct named_places *new)
{
	const struct node **others = elements(w->c->arena, is);
	size_t at;
	for (const struct node *n = was->first; n; n = n->next) {
		struct str name = node_get(n, member)->text;
		bool stays = places_find(new, name, &at) > at;
		compare(w, member_path(w, path, name), n, stays ? others[new->list[at].place] : NULL);
	}
	for (const struct node *n = is->first; n; n = n->next) {
		struct str name = node_get(n, member)->text;
		if (places_find(old, name, &at) == at)
			compare(w, member_path(w, path, name), NULL, n);
	}
}

static void compare_places(struct walk *w, struct str path, const struct node *was,
                           const struct node *is)
{
	const struct node *a = was->first, *b = is->first;
	for (u64 i = 0; a || b; i++) {
		struct str place = cat(w->out->arena, path, S("["), str_number(w->out->arena, i), S("]"));
		compare(w, place, a, b);
		a = a ? a->next : NULL;
		b = b ? b->next : NULL;
	}
}

static bool is_scalars(const struct node *list)
{
	for (const struct node *n = list->first; n; n = n->next)
		if (n->kind != TEXT)
			return false;
	return true;
}

static bool has_lines(const struct node *list)
{
	size_t off;
	for (const struct node *n = list->first; n; n = n->next)
		if (str_find(n->text, S("\n"), &off))
			return true;
	return false;
}

static struct named_places texts_of(struct walk *w, const struct node *list)
{
	struct named_places all = {0};
	for (const struct node *n = list->first; n; n = n->next)
		places_add(w->c->arena, &all, n->text, all.count);
	places_sort(&all);
	return all;
}

// Lists of words are sets: which came, which went.
static void compare_words(struct walk *w, struct str path, const struct node *was,
                          const struct node *is)
{
	struct named_places old = texts_of(w, was), new = texts_of(w, is);
	size_t at;
	for (const struct node *n = was->first; n; n = n->next)
		if (places_find(&new, n->text, &at) == at)
			add(w, path, n, NULL, 0);
	for (const struct node *n = is->first; n; n = n->next)
		if (places_find(&old, n->text, &at) == at)
			add(w, path, NULL, n, 0);
}

static void compare_members(struct walk *w, struct str path, const struct node *was,
                            const struct node *is)
{
	struct named_places old, new;
	bool scripts = was->count == is->count && (has_lines(was) || has_lines(is));
	if (was->count && is->count && is_scalars(was) && is_scalars(is) && !scripts) {
		compare_words(w, path, was, is);
		return;
	}
	struct str member = name_member(w, was, is, &old, &new);
	if (member.len)
		compare_named(w, path, was, is, member, &old, &new);
	else
		compare_places(w, path, was, is);
}

// Elements that are all there and stand in another order differ, too.
static void compare_lists(struct walk *w, struct str path, const struct node *was,
                          const struct node *is)
{
	size_t before = w->out->count;
	compare_members(w, path, was, is);
	if (w->out->count > before || w->out->count >= CHANGES_MAX
	    || str_eq(node_canonical(w->c->arena, node_unstyled(w->c->arena, was)),
	              node_canonical(w->c->arena, node_unstyled(w->c->arena, is))))
		return;
	struct str other = cat(w->out->arena, path, S(" in another order"));
	changes_add(w->out, (struct change){.path = other, .top = w->top, .was = was, .is = is});
}

// ---- maps

static void compare_maps(struct walk *w, struct str path, const struct node *was,
                         const struct node *is)
{
	bool at_top = path.len == 0;
	struct arena *a = w->c->arena;
	struct names old = names_of(a, was), new = names_of(a, is);
	for (const struct node *n = was->first; n; n = n->next) {
		w->top = at_top ? n->key : w->top;
		compare(w, member_path(w, path, n->key), n, names_find(&new, n->key));
	}
	for (const struct node *n = is->first; n; n = n->next) {
		w->top = at_top ? n->key : w->top;
		if (!names_find(&old, n->key))
			compare(w, member_path(w, path, n->key), NULL, n);
	}
}

// ---- texts

static struct node *document_of(struct walk *w, struct str text)
{
	struct node *tree = NULL;
	struct diag quiet = diag_quiet(w->c->arena);
	struct context c = *w->c;
	c.diag = &quiet;
	u32 file = sources_add(&quiet.sources, S("document"), text);
	bool read = str_find(text, S("\n"), &(size_t){0}) && template_read(&c, file, &tree);
	return read && tree && tree->kind != TEXT ? tree : NULL;
}

// The first line in which two scripts differ, with its number.
static void compare_lines(struct walk *w, struct str path, const struct node *was,
                          const struct node *is)
{
	struct str a = was->text, b = is->text, x, y;
	u64 line = 0;
	do {
		a = str_cut(a, '\n', &x);
		b = str_cut(b, '\n', &y);
		line++;
	} while (str_eq(x, y) && (a.len || b.len));
	struct span nowhere = {0};
	struct node *old = node_text(w->c->arena, str_trim(x), true, nowhere);
	struct node *new = node_text(w->c->arena, str_trim(y), true, is->at);
	new->cause = is->cause;
	add(w, cat(w->out->arena, path, S(" line "), str_number(w->out->arena, line)), old, new, line);
}

static void compare_texts(struct walk *w, struct str path, const struct node *was,
                          const struct node *is)
{
	if (str_eq(was->text, is->text))
		return;
	size_t off;
	bool script = str_find(was->text, S("\n"), &off) || str_find(is->text, S("\n"), &off);
	bool inside = script && w->documents < DOCUMENTS_DEEP;
	struct node *a = inside ? document_of(w, was->text) : NULL;
	struct node *b = a ? document_of(w, is->text) : NULL;
	size_t before = w->out->count;
	if (b) {
		w->documents++;
		compare(w, cat(w->out->arena, path, S(": ")), a, b);
		w->documents--;
	}
	if (w->out->count > before)
		return;
	if (script)
		compare_lines(w, path, was, is);
	else
		add(w, path, was, is, 0);
}

// A text behind one function ({Fn::Sub: "…"}) is compared as the text.
static const struct node *inner_text(const struct node *n)
{
	const struct node *call = call_of(n);
	return call && call->kind == TEXT && !str_eq(call->key, S("Ref")) ? call : n;
}

static bool is_other_call(const struct node *was, const struct node *is)
{
	const struct node *old = call_of(was), *new = call_of(is);
	return !old != !new || (old && new && !str_eq(old->key, new->key));
}

static void compare(struct walk *w, struct str path, const struct node *was,
                    const struct node *is)
{
	const struct node *a = inner_text(was), *b = inner_text(is);
	bool both_text = a && b && a->kind == TEXT && b->kind == TEXT;
	if (both_text && ((a == was) == (b == is) || !str_eq(a->text, b->text)))
		compare_texts(w, path, a, b);
	else if (!was || !is || was->kind != is->kind || is_other_call(was, is))
		add(w, path, was, is, 0);
	else if (was->kind == MAP)
		compare_maps(w, path, was, is);
	else if (was->kind == LIST)
		compare_lists(w, path, was, is);
}

void changes_between(struct context *c, const struct node *facts, const struct node *was,
                     const struct node *is, struct changes *out)
{
	static const struct node nothing = {.kind = MAP};
	struct walk w = {.c = c, .facts = facts, .out = out};
	out->arena = c->arena;
	compare(&w, S(""), was ? was : &nothing, is ? is : &nothing);
}
