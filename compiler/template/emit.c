// emit: trees to YAML text. What libyaml wrote is read again by the other parser, libfyaml, and has
// to be the same tree: a file that two readers understand differently is never an output.
#include "template/internal.h"

bool emit_read(struct context *c, struct str name, struct str text, const struct functions *f,
               struct node **out)
{
	u32 file = sources_add(&c->diag->sources, name, text);
	if (!read_tree(c, file, DIALECT_STDLIB, out))
		return false;
	if (f)
		functions_lengthen(c->arena, f, *out);
	return true;
}

// The proof of a text; as a source it is kept only when there is something to say about it.
static bool reads_back(struct context *c, struct str name, const struct node *tree,
                       const struct functions *f, struct str text)
{
	size_t before = diag_count(c->diag);
	struct sources sources = c->diag->sources;
	struct node *back;
	bool same = emit_read(c, name, text, f, &back) && node_equal(tree, back, *c->arena);
	if (diag_count(c->diag) == before)
		c->diag->sources = sources;
	else
		c->diag->sources.list[sources.count].text = str_copy(c->diag->arena, text);
	if (!same && diag_count(c->diag) == before)
		diag_report(c->diag, (struct finding){EMIT_DIFFERS, tree->cause, .arg = {name}});
	return same;
}

// ---- a template in pieces: what was written and proved once in a run is written again at once

// A text that outlives the passes' memory, in which it is made, as the memo does.
static bool write_lasting(struct context *c, struct str name, const struct node *tree,
                          const struct functions *f, struct str **out)
{
	struct arena before = *c->arena;
	struct arena *memos = memo_of(c)->arena;
	struct str text = {0}, *lasting = make(memos, 1, struct str);
	if (!write_text(c, name, tree, f, &text))
		return false;
	*lasting = str_copy(memos, text);
	*c->arena = before;
	*out = lasting;
	return true;
}

// Text and proof of a tree.
static bool write_whole(struct context *c, struct str name, const struct node *tree,
                        const struct functions *f, struct str *out)
{
	struct str key = node_key(c->arena, f ? S("template") : S("document"), tree);
	struct str *known = memo_find(memo_of(c), key);
	if (!known) {
		struct arena before = *c->arena;
		if (!write_lasting(c, name, tree, f, &known) || !reads_back(c, name, tree, f, *known))
			return false;
		*c->arena = before;
		memo_keep(memo_of(c), key, known);
	}
	*out = *known;
	return true;
}

// Entries of a template that this run has not written before are read back together, which is
// one reading and not dozens.
struct piece { struct str key, *text; struct piece *next; };
struct pieces {
	struct context *c;
	struct str name;
	const struct functions *functions;
	struct buf text;              // of the template
	struct piece *fresh;          // what is not proved yet,
	struct buf fresh_text;        // one behind the other,
	struct node fresh_tree;       // and what that has to mean
};

static struct node without_children(const struct node *n)
{
	struct node bare = *n;
	bare.first = bare.last = bare.next = NULL;
	bare.count = 0;
	return bare;
}

// What makes pieces that are right by themselves a text that is right: each has its section's line,
// and all else stands deeper.
static bool fits_between(struct str text, struct str section)
{
	struct str line, left = str_cut(text, '\n', &line);
	bool fits = line.len == section.len + 1 && str_starts(line, section) && str_ends(line, S(":"));
	while (fits && left.len) {
		left = str_cut(left, '\n', &line);
		fits = !line.len || str_starts(line, S("  "));
	}
	return fits;
}

static void put_piece(struct buf *out, struct str text, bool section_goes_on)
{
	struct str line;
	buf_put(out, section_goes_on ? str_cut(text, '\n', &line) : text);
}

static struct node *append_copy(struct arena *a, struct node *parent, struct node n)
{
	struct node *copy = make(a, 1, struct node);
	*copy = n;
	node_append(parent, copy);
	return copy;
}

// `entry` is a child of `section`, or NULL for all of it.
static void add_fresh(struct pieces *p, struct str key, struct str *text,
                      const struct node *section, const struct node *entry)
{
	struct arena *a = p->c->arena;
	struct node *last = p->fresh_tree.last;
	struct piece *fresh = make(a, 1, struct piece);
	bool goes_on = entry && last && str_eq(last->key, section->key);
	*fresh = (struct piece){key, text, p->fresh};
	p->fresh = fresh;
	put_piece(&p->fresh_text, *text, goes_on);
	if (!goes_on)
		last = append_copy(a, &p->fresh_tree, entry ? without_children(section) : *section);
	if (entry)
		append_copy(a, last, *entry);
}

// A section, or one entry of it, as a document of its own. Text that ends its document with a mark
// cannot go on: then false. Nor does what is a call only because it stands alone in its piece.
static bool write_alone(struct pieces *p, const struct node *section, const struct node *entry,
                        struct str *out)
{
	struct context *c = p->c;
	struct node alone = entry ? *entry : *section, part = without_children(section);
	struct node root = {.kind = MAP, .block = true, .at = section->at, .cause = section->cause};
	if (entry)
		node_append(&part, &alone);
	node_append(&root, entry ? &part : &alone);
	if (function_of(p->functions, &root) || (entry && function_of(p->functions, &part)))
		return false;
	struct str key = node_key(c->arena, S("template"), &root);
	struct str *known = memo_find(memo_of(c), key);
	bool fresh = !known;
	if (fresh && !write_lasting(c, p->name, &root, p->functions, &known))
		return false;
	if (str_ends(*known, S("\n...\n")) || (entry && !fits_between(*known, section->key)))
		return false;
	if (fresh)
		add_fresh(p, key, known, section, entry);
	*out = *known;
	return true;
}

// A section in block style is written entry by entry, its own line before the first.
static bool put_section(struct pieces *p, const struct node *section)
{
	struct str text;
	bool whole = section->kind != MAP || !section->block || section->count < 2;
	const struct node *entry = whole ? NULL : section->first;
	do {
		if (!write_alone(p, section, entry, &text))
			return false;
		put_piece(&p->text, text, entry && entry != section->first);
		entry = entry ? entry->next : NULL;
	} while (entry);
	return true;
}

static bool prove_fresh(struct pieces *p)
{
	struct context *c = p->c;
	if (p->fresh && !reads_back(c, p->name, &p->fresh_tree, p->functions, buf_str(&p->fresh_text)))
		return false;
	for (const struct piece *done = p->fresh; done; done = done->next)
		memo_keep(memo_of(c), done->key, done->text);
	return true;
}

// Of all that a template takes to write, its text is left.
static bool put_sections(struct context *c, struct str name, const struct node *tree,
                         const struct functions *f, struct str *out)
{
	struct arena before = *c->arena;
	struct pieces p = {c, name, f, .text = buf_new(c->arena, TEXT_MAX),
		.fresh_text = buf_new(c->arena, TEXT_MAX), .fresh_tree = without_children(tree)};
	bool done = f && tree->kind == MAP && tree->block && tree->count;
	for (const struct node *n = tree->first; done && n; n = n->next)
		done = put_section(&p, n);
	if (!done || p.text.over || !prove_fresh(&p))
		return false;
	struct arena aside = *c->diag->arena;
	struct str text = str_copy(&aside, buf_str(&p.text));
	*c->arena = before;
	*out = str_copy(c->arena, text);
	return true;
}

bool emit_yaml(struct context *c, struct str name, const struct node *tree,
               const struct functions *f, struct str *out)
{
	size_t before = diag_count(c->diag);
	if (put_sections(c, name, tree, f, out))
		return true;
	return diag_count(c->diag) == before && write_whole(c, name, tree, f, out);
}

bool emit_artifacts(struct context *c, struct artifacts *all)
{
	const struct functions *f = functions_of(c);
	bool done = f;
	for (size_t i = 0; f && i < all->count; i++) {
		struct artifact *a = &all->list[i];
		struct str body;
		bool wrote = emit_yaml(c, a->name, a->tree, a->is_template ? f : NULL, &body);
		if (wrote)
			a->text = generated_text(c->arena, body);
		done &= wrote;
	}
	return done;
}
