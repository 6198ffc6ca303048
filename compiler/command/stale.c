// stale: where a committed output is first another one than a spec makes, and which setting is
// behind it. The tree that was made knows where in the blueprint, or in the spec, it is from.
#include "command/internal.h"

struct walk {
	struct context *c;            // quiet
	const struct spec *spec;
	struct span outer;            // the text that holds the document which is walked, or nothing
	const struct node *parameter; // the entry of Parameters around
	struct stale *out;
	bool in_parameters;
};

static struct str shown(const struct node *n)
{
	struct str line;
	if (!n)
		return S("nothing");
	(void)str_cut(n->text, '\n', &line);
	return n->kind == MAP ? S("a mapping") : n->kind == LIST ? S("a list")
	     : line.len ? line : S("''");
}

static struct str joined(struct arena *a, const struct behind *b)
{
	struct str all = S("");
	for (size_t i = 0; i < b->count; i++)
		all = cat(a, all, i ? S(" or ") : S(""), b->list[i]);
	return all;
}

// The line of the spec that made the node, as "payments.ami:6 build.timeout".
static struct str setting_of(struct walk *w, const struct node *made)
{
	const struct sources *s = &w->c->diag->sources;
	struct arena *a = w->c->arena;
	struct span at = made ? made->cause.file ? made->cause : made->at : (struct span){0};
	struct str path = at.file ? blame_setting(a, w->spec->tree, at) : (struct str){0};
	return path.len ? cat(a, s->list[at.file - 1].path, S(":"),
	                      str_number(a, diag_place(s, at).line), S(" "), path) : path;
}

// Whose value is in both texts has not made them differ.
static bool is_in_both(struct walk *w, struct str path, const struct behind_place *p)
{
	enum { LONG_ENOUGH = 3 };
	const struct node *value = setting_at(w->c, w->spec, S(""), path);
	size_t off;
	return value && value->kind == TEXT && value->text.len >= LONG_ENOUGH && p->made && p->was
	    && str_find(p->made->text, value->text, &off) && str_find(p->was->text, value->text, &off);
}

static void drop_innocent(struct walk *w, const struct behind_place *p, struct behind *b)
{
	size_t kept = 0;
	for (size_t i = 0; b->count > 1 && i < b->count; i++)
		if (!is_in_both(w, b->list[i], p))
			b->list[kept++] = b->list[i];
	b->count = kept ? kept : b->count;
}

// The spec's own line says more than a path does, when it is the one that is behind it.
static struct str named(struct walk *w, const struct behind_place *p, const struct behind *b)
{
	struct str own = b->digest || b->opened ? S("") : setting_of(w, p->made), all, path;
	path = str_cut(own, ' ', &all);
	bool fits = b->count == 0 || (b->count == 1 && str_starts(path, b->list[0]));
	return own.len && fits ? own : joined(w->c->arena, b);
}

static void differ(struct walk *w, struct behind_place p)
{
	struct behind behind;
	struct stale *out = w->out;
	p.parameter = w->parameter;
	blueprint_behind(w->c, w->spec, &p, &behind);
	drop_innocent(w, &p, &behind);
	struct str setting = named(w, &p, &behind);
	out->digest |= behind.digest;
	if (!setting.len)
		return;
	out->setting = setting;
	out->was = shown(p.was);
	out->is = shown(p.made);
	out->at = w->outer.file ? w->outer : p.was ? p.was->at : (struct span){0};
}

static void compare(struct walk *w, const struct node *around, const struct node *made,
                    const struct node *was);

static void compare_maps(struct walk *w, const struct node *made, const struct node *was)
{
	bool sections = w->in_parameters;
	w->in_parameters = false;
	for (const struct node *n = made->first; n && !w->out->setting.len; n = n->next) {
		const struct node *twin = node_get(was, n->key);
		w->parameter = sections ? n : w->parameter;
		if (twin)
			compare(w, made, n, twin);
		else
			differ(w, (struct behind_place){.around = made, .made = n, .whole = true});
	}
	w->parameter = sections ? NULL : w->parameter;
	for (const struct node *n = was->first; n && !w->out->setting.len; n = n->next)
		if (!node_get(made, n->key))
			differ(w, (struct behind_place){.around = made, .was = n, .whole = true});
}

// What an element of a list is called: its Sid, its Name, or what else schemas/diff.json has.
static struct str element_name(const struct walk *w, const struct node *n)
{
	const struct node *names = node_get(facts_of(w->c, S("schemas/diff.json")),
	                                    S("element-names"));
	for (const struct node *one = node_first(names); one; one = one->next) {
		const struct node *name = node_get(n, one->text);
		if (name && name->kind == TEXT)
			return name->text;
	}
	return (struct str){0};
}

static const struct node *element_named(const struct walk *w, const struct node *list,
                                        struct str name)
{
	const struct node *n = name.len ? list->first : NULL;
	while (n && !str_eq(element_name(w, n), name))
		n = n->next;
	return n;
}

static void compare_by_name(struct walk *w, const struct node *made, const struct node *was)
{
	for (const struct node *n = made->first; n && !w->out->setting.len; n = n->next) {
		const struct node *twin = element_named(w, was, element_name(w, n));
		if (twin)
			compare(w, made, n, twin);
		else
			differ(w, (struct behind_place){.around = made, .made = n, .whole = true});
	}
	for (const struct node *n = was->first; n && !w->out->setting.len; n = n->next)
		if (!element_named(w, made, element_name(w, n)))
			differ(w, (struct behind_place){.around = made, .was = n, .whole = true});
}

static bool has_names(const struct walk *w, const struct node *list)
{
	enum { MANY = 1000 };         // for each element of one list, those of the other are asked
	const struct node *n = list->count < MANY ? list->first : NULL;
	while (n && element_name(w, n).len)
		n = n->next;
	return list->count && list->count < MANY && !n;
}

// Without names, what both lists begin with is no difference.
static void compare_lists(struct walk *w, const struct node *made, const struct node *was)
{
	const struct node *m = made->first, *n = was->first;
	if (has_names(w, made) && has_names(w, was)) {
		compare_by_name(w, made, was);
		return;
	}
	bool paired = made->count == was->count;
	for (; m && n && !w->out->setting.len; m = m->next, n = n->next) {
		if (!paired && !node_equal(m, n, *w->c->arena))
			break;
		compare(w, made, m, n);
	}
	if (w->out->setting.len || paired)
		return;
	if (m && made->count > was->count)
		differ(w, (struct behind_place){.around = made, .made = m, .whole = true});
	else if (n && made->count < was->count)
		differ(w, (struct behind_place){.around = made, .was = n, .whole = true});
}

// NAME='value' before the lines of a script is made of the setting that NAME asks for.
static bool compare_lines(struct walk *w, const struct node *made, const struct node *was)
{
	struct str a = made->text, b = was->text, x, y, name;
	do {
		a = str_cut(a, '\n', &x);
		b = str_cut(b, '\n', &y);
	} while (str_eq(x, y) && a.len && b.len);
	struct str rest = str_cut(x, '=', &name);
	if (!str_starts(rest, S("'")) || !str_starts(y, name))
		return false;
	struct node *new = node_text(w->c->arena, x, false, made->at);
	struct node *old = node_text(w->c->arena, y, false, was->at);
	new->key = old->key = name;
	new->at = (struct span){0};
	differ(w, (struct behind_place){.around = made, .made = new, .was = old, .whole = true});
	return true;
}

static void compare_documents(struct walk *w, const struct node *made, const struct node *was)
{
	struct span outer = w->outer;
	struct node *tree;
	if (!emit_read(w->c, made->document->name, was->text, NULL, &tree))
		return;
	w->outer = outer.file ? outer : was->at;
	compare(w, made, made->document->tree, tree);
	w->outer = outer;
}

static void compare_texts(struct walk *w, const struct node *around, const struct node *made,
                          const struct node *was)
{
	size_t off;
	if (str_eq(made->text, was->text))
		return;
	if (made->document)
		compare_documents(w, made, was);
	else if (!str_find(made->text, S("\n"), &off) || !compare_lines(w, made, was))
		differ(w, (struct behind_place){.around = around, .made = made, .was = was});
}

// The text of an Fn::Sub, which a document is when it names parameters.
static const struct node *text_of(const struct node *n)
{
	const struct node *arg = n->kind == MAP && n->count == 1 ? n->first : n;
	const struct node *text = arg->kind == LIST && arg->count == 2 ? arg->first : arg;
	return text->kind == TEXT ? text : n;
}

static void compare(struct walk *w, const struct node *around, const struct node *made,
                    const struct node *was)
{
	bool calls = made->kind == MAP && was->kind == MAP && made->count == 1 && was->count == 1
	          && !str_eq(made->first->key, was->first->key);
	if (made->kind == was->kind && made->kind == MAP && !calls)
		compare_maps(w, made, was);
	else if (made->kind == was->kind && made->kind == LIST)
		compare_lists(w, made, was);
	else if (made->kind == was->kind && !calls)
		compare_texts(w, around, made, was);
	else if (text_of(made)->document && text_of(was)->kind == TEXT)
		compare_documents(w, text_of(made), text_of(was));
	else
		differ(w, (struct behind_place){.around = around, .made = made, .was = was});
}

// Sections one by one: what the blueprint knows of parameters is in the language.
void stale_find(struct context *quiet, const struct spec *s, const struct artifact *made,
                const struct node *was, struct stale *out)
{
	struct walk w = {.c = quiet, .spec = s, .out = out};
	const struct node *root = made->tree;
	*out = (struct stale){0};
	if (root->kind != MAP || was->kind != MAP) {
		compare(&w, root, root, was);
		return;
	}
	for (const struct node *n = root->first; n && !out->setting.len; n = n->next) {
		const struct node *twin = node_get(was, n->key);
		size_t off;
		w.in_parameters = made->is_template && str_find(n->key, S("Parameters"), &off);
		w.parameter = NULL;
		if (twin)
			compare(&w, root, n, twin);
		else
			differ(&w, (struct behind_place){.around = root, .made = n, .whole = true});
	}
	for (const struct node *n = was->first; n && !out->setting.len; n = n->next)
		if (!node_get(root, n->key))
			differ(&w, (struct behind_place){.around = root, .was = n, .whole = true});
}
