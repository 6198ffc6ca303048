// blame: which lines made this line? The tree that was emitted and the text read back are walked
// side by side: one knows the origins, the other the places.
#include "template/template.h"
#include "report/report.h"

struct walk {
	struct context *c;
	const struct sources *sources;
	struct origins *out;
	u32 base;                     // lines before the text that is walked
};

static void add(struct walk *w, u32 line, struct origin origin)
{
	struct origins *o = w->out;
	o->list = grown(w->c->arena, o->list, o->count, &o->cap, struct origin_line);
	o->list[o->count++] = (struct origin_line){w->base + line, origin};
}

static u32 line_of(const struct walk *w, struct span at)
{
	return diag_place(w->sources, at).line;
}

static void walk(struct walk *w, const struct node *tree, const struct node *back,
                 struct origin from);

// A block's text begins on the line after its '|'; its span begins at either.
static u32 line_before_text(const struct walk *w, const struct node *back, u32 line)
{
	struct str text = w->sources->list[back->at.file - 1].text, first;
	bool at_text = str_sub(text, back->at.off, 1, &first) && *first.at != '|' && *first.at != '!';
	return at_text ? line_of(w, back->at) - 1 : line;
}

static void walk_children(struct walk *w, const struct node *tree, const struct node *back,
                          struct origin from)
{
	const struct node *b = back->first;
	struct str parent = from.pointer;
	size_t index = 0;
	for (const struct node *t = tree->first; t && b; t = t->next, b = b->next) {
		struct str name = t->key.len ? t->key : str_number(w->c->arena, index++);
		from.pointer = cat(w->c->arena, parent, S("/"), name);
		walk(w, t, b, from);
	}
}

static void walk(struct walk *w, const struct node *tree, const struct node *back,
                 struct origin from)
{
	bool keyed = back->key_at.file == back->at.file && back->key_at.len;
	u32 line = line_of(w, keyed ? back->key_at : back->at);
	from.at = tree->at.file ? tree->at : from.at;
	from.cause = tree->cause.file ? tree->cause : from.cause;
	add(w, line, from);
	if (!tree->document) {
		walk_children(w, tree, back, from);
		return;
	}
	struct walk inner = *w;
	inner.base = w->base + line_before_text(w, back, line);
	struct node *text;
	if (emit_read(w->c, tree->document->name, tree->document->text, NULL, &text))
		walk(&inner, tree->document->tree, text, from);
}

void blame_artifact(struct context *c, const struct artifact *from, struct origins *out)
{
	*out = (struct origins){0};
	struct walk w = {c, &c->diag->sources, out, 0};
	struct node *back;
	if (emit_read(c, from->name, from->text, from->is_template ? functions_of(c) : NULL, &back))
		walk(&w, from->tree, back, (struct origin){0});
}

const struct origin *blame_line(const struct origins *o, u32 line)
{
	size_t from = 0, to = o->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (o->list[middle].line <= line)
			from = middle + 1;
		else
			to = middle;
	}
	return from ? &o->list[from - 1].origin : NULL;
}

static bool covers(struct span outer, struct span inner)
{
	return outer.file == inner.file && outer.off <= inner.off
	    && inner.off - outer.off < (outer.len ? outer.len : 1);
}

// Mappings end where their last child does, whatever their own span says.
static const struct node *child_at(const struct node *n, struct span at)
{
	const struct node *best = NULL;
	for (const struct node *child = n->first; child; child = child->next) {
		bool before = (child->key_at.file == at.file && child->key_at.off <= at.off)
		           || covers(child->at, at);
		if (before && (!best || best->key_at.off <= child->key_at.off))
			best = child;
	}
	return best;
}

struct str blame_setting(struct arena *a, const struct node *spec, struct span at)
{
	struct str path = {0};
	for (const struct node *n = child_at(spec, at); n && n->key.len; n = child_at(n, at))
		path = path.len ? cat(a, path, S("."), n->key) : n->key;
	return path;
}
