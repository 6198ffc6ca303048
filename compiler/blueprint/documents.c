// documents: files of the blueprint, and documents inside a template, as trees and as text.
// cycle: digest.c, holes.c: a file that is included holds holes again.
#include "blueprint/internal.h"

// ---- files, each read once a run

static struct blueprint_file *cached(struct blueprint *b, struct str name)
{
	for (size_t i = 0; i < b->count; i++)
		if (str_eq(b->list[i].name, name))
			return &b->list[i];
	return NULL;
}

static struct blueprint_file *add_file(struct context *c, struct blueprint_file f)
{
	struct blueprint *b = c->blueprint;
	b->list = grown(c->library->arena, b->list, b->count, &b->cap, struct blueprint_file);
	b->list[b->count] = f;
	return &b->list[b->count++];
}

static struct blueprint_file *file_named(struct expander *x, struct str name)
{
	struct context *c = x->c;
	struct arena scratch = *c->arena;
	struct str text, path = cat(&scratch, x->folder, name);
	if (!c->blueprint)
		c->blueprint = make(c->library->arena, 1, struct blueprint);
	struct blueprint_file *known = cached(c->blueprint, path);
	if (known)
		return known;
	path = str_copy(c->library->arena, path);
	if (!library_text(c->library, path, &text)) {
		x->failed = true;
		return NULL;
	}
	return add_file(c, (struct blueprint_file){.name = path, .text = text});
}

bool blueprint_text(struct expander *x, struct str name, struct str *out)
{
	struct blueprint_file *f = file_named(x, name);
	if (f)
		*out = f->text;
	return f;
}

static void read_file(struct context *c, struct blueprint_file *f)
{
	struct context lasting = *c;
	struct str packed = library_tree(c->library, f->name);
	lasting.arena = c->library->arena;
	f->file = sources_add(&c->diag->sources, f->name, f->text);
	c->diag->sources.list[f->file - 1].borrowed = true;
	if (packed.len)
		f->tree = packed_tree(lasting.arena, packed, f->file);
	else if (!read_tree(&lasting, f->file, DIALECT_STDLIB, &f->tree))
		f->tree = NULL;
}

bool blueprint_tree(struct expander *x, struct str name, struct node **out)
{
	struct blueprint_file *f = file_named(x, name);
	if (f && !f->tree)
		read_file(x->c, f);
	x->failed |= !f || !f->tree;
	if (!f || !f->tree)
		return false;
	*out = f->tree;
	return true;
}

static struct node *expand_file(struct expander *x, const struct node *n, struct str arg)
{
	struct node *tree, *made;
	if (n->kind != TEXT || arg.len) {
		hole_wrong(x, n, S("needs the name of a file"));
		return NULL;
	}
	if (x->includes == INCLUDES_MAX) {
		hole_wrong(x, n, S("is included through more than three files"));
		return NULL;
	}
	if (!blueprint_tree(x, n->text, &tree))
		return NULL;
	x->includes++;
	made = expand_node(x, tree);
	x->includes--;
	return made;
}

struct node *hole_include(struct expander *x, const struct node *n, struct str arg)
{
	return expand_file(x, n, arg);
}

// ---- a document as text: functions become references of an Fn::Sub around it

static bool has_calls(const struct expander *x, const struct node *n)
{
	if (function_of(x->functions, n))
		return true;
	for (const struct node *child = n->first; child; child = child->next)
		if (has_calls(x, child))
			return true;
	return false;
}

// "${" that is the document's own, such as the shell's, is "${!" inside Fn::Sub.
static struct str escape(struct expander *x, struct str s)
{
	struct buf out = buf_new(x->c->arena, DOCUMENT_MAX);
	size_t off;
	if (!str_find(s, S("${"), &off))
		return s;
	while (str_find(s, S("${"), &off)) {
		put(&out, (struct str){s.at, off + 2}, S("!"));
		s = (struct str){s.at + off + 2, s.len - off - 2};
	}
	buf_put(&out, s);
	return buf_end(&out);
}

struct placeholders { struct expander *x; struct node *map; };

static struct str placeholder(struct placeholders *p, struct node *call)
{
	struct arena *a = p->x->c->arena;
	struct node *arg = call->first;
	if (words_is_call(call, p->x->w->ref) && arg->kind == TEXT)
		return arg->text;
	struct node *entry = node_copy(a, call);
	entry->key = cat(a, S("E"), str_number(a, p->map->count + 1));
	node_append(p->map, entry);
	return entry->key;
}

static void put_placeholders(struct placeholders *p, struct node *n)
{
	if (function_of(p->x->functions, n)) {
		struct str name = placeholder(p, n);
		struct span cause = n->cause.file ? n->cause : n->first->cause;
		*n = (struct node){.kind = TEXT, .key = n->key, .key_at = n->key_at, .at = n->at,
		                   .cause = cause, .next = n->next,
		                   .text = cat(p->x->c->arena, S("${"), name, S("}"))};
		return;
	}
	n->key = escape(p->x, n->key);
	n->text = escape(p->x, n->text);
	for (struct node *child = n->first; child; child = child->next)
		put_placeholders(p, child);
}

static struct node *document_text(struct expander *x, const struct node *n, struct node *tree)
{
	struct arena *a = x->c->arena;
	struct placeholders p = {x, node_new(a, MAP, n->at)};
	struct document *d = make(a, 1, struct document);
	bool calls = has_calls(x, tree);
	if (calls)
		put_placeholders(&p, tree);
	d->tree = tree;
	d->name = n->text;
	if (!emit_yaml(x->c, d->name, tree, NULL, &d->text)) {
		x->failed = true;
		return NULL;
	}
	struct node *text = text_at(x, d->text, n);
	text->document = d;
	if (!calls)
		return text;
	if (p.map->count == 0)
		return function_call(a, x->w->sub, text);
	struct node *list = node_new(a, LIST, n->at);
	node_append(list, text);
	node_append(list, p.map);
	return function_call(a, x->w->sub, list);
}

struct node *hole_embed(struct expander *x, const struct node *n, struct str arg)
{
	struct expander inner = *x;
	inner.around = NULL;
	inner.element = NULL;
	inner.depth = 0;
	inner.inside = true;
	size_t digests = x->digest_count;
	struct node *tree = expand_file(&inner, n, arg);
	x->failed |= inner.failed;
	if (inner.digest_count != digests) {
		hole_wrong(x, n, S("has a digest inside, which would come too late"));
		return NULL;
	}
	return tree && !x->failed ? document_text(x, n, tree) : NULL;
}

// ---- a document alone: what references become, says the manifest

static bool put_resolved(struct expander *x, const struct node *n, struct str name,
                         struct buf *out)
{
	const struct node *text = node_get(x->refs, name);
	if (!text)
		return hole_wrong(x, n, S("is a reference, and the manifest has no text for it"));
	buf_put(out, text->text);
	return true;
}

static bool resolve_sub(struct expander *x, const struct node *n, struct str s, struct buf *out)
{
	size_t off, end;
	while (str_find(s, S("${"), &off)) {
		struct str rest = {s.at + off + 2, s.len - off - 2};
		buf_put(out, (struct str){s.at, off});
		if (!str_find(rest, S("}"), &end))
			return hole_wrong(x, n, S("has '${' without its end"));
		if (!put_resolved(x, n, (struct str){rest.at, end}, out))
			return false;
		s = (struct str){rest.at + end + 1, rest.len - end - 1};
	}
	buf_put(out, s);
	return true;
}

static void resolve_call(struct expander *x, struct node *n)
{
	struct buf out = buf_new(x->c->arena, DOCUMENT_MAX);
	const struct node *arg = n->first;
	bool done = arg->kind != TEXT ? hole_wrong(x, n, S("cannot stand in a document alone"))
	          : words_is_call(n, x->w->ref) ? put_resolved(x, arg, arg->text, &out)
	          : words_is_call(n, x->w->sub) ? resolve_sub(x, arg, arg->text, &out)
	          : hole_wrong(x, arg, S("is the argument of a function that needs a stack"));
	if (done)
		*n = (struct node){.kind = TEXT, .key = n->key, .key_at = n->key_at, .at = n->at,
		                   .cause = n->cause, .next = n->next, .text = buf_str(&out)};
}

void resolve_refs(struct expander *x, struct node *tree)
{
	if (function_of(x->functions, tree)) {
		resolve_call(x, tree);
		return;
	}
	for (struct node *child = tree->first; child; child = child->next)
		resolve_refs(x, child);
}
