// emit: trees to YAML 1.1 text with libyaml, the parser behind most of CloudFormation's tools.
// What was written is read again by the other parser, libfyaml, and has to be the same tree: a
// file that two readers understand differently is never an output.
#include "amic.h"
#include <yaml.h>

enum { DEPTH_MAX = 64, TEXT_MAX = 16 << 20, FLOW_COLUMNS = 72, NOT_FLOW = 1 << 20 };

struct writer {
	yaml_emitter_t emitter;
	struct buf text;
	const struct functions *functions;    // NULL: a document that has none
	size_t depth;
	bool too_deep;
};

static int take_bytes(void *of, unsigned char *bytes, size_t len)
{
	struct buf *text = of;
	buf_put(text, (struct str){bytes, len});
	return !text->over;
}

// ---- how a scalar is written

static bool has_byte(struct str s, u8 c)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == c)
			return true;
	return false;
}

static bool is_printable_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < 0x20 || s.at[i] >= 0x7f)
			return false;
	return true;
}

// A literal block keeps every byte when no line ends in blanks, none begins the text with them,
// and all of it is ASCII: beyond that, the versions of YAML differ about what ends a line.
static bool is_block_text(struct str s)
{
	bool lines = has_byte(s, '\n') && s.at[0] != ' ' && s.at[0] != '\n' && s.at[0] != '\t';
	for (size_t i = 0; lines && i < s.len; i++) {
		bool blank = i && (s.at[i - 1] == ' ' || s.at[i - 1] == '\t');
		if (s.at[i] == '\n' && blank)
			return false;
		if (s.at[i] != '\n' && s.at[i] != '\t' && (s.at[i] < 0x20 || s.at[i] >= 0x7f))
			return false;
	}
	return lines;
}

static bool is_typed(const struct node *n)
{
	return n->plain && !n->block && scalar_type(n->text) != SCALAR_TEXT;
}

static yaml_scalar_style_t text_style(struct str s)
{
	if (scalar_is_safe_plain(s))
		return YAML_PLAIN_SCALAR_STYLE;
	if (is_block_text(s))
		return YAML_LITERAL_SCALAR_STYLE;
	bool escapes = has_byte(s, '"') || has_byte(s, '\\');
	return escapes && is_printable_ascii(s) ? YAML_SINGLE_QUOTED_SCALAR_STYLE
	                                        : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
}

// ---- which collections fit on one line

static size_t flow_columns(const struct node *n)
{
	if (n->kind == TEXT) {
		// between brackets libyaml quotes any ':' and what is empty, null or not
		bool awkward = has_byte(n->text, '\n') || has_byte(n->text, ':')
		            || has_byte(n->key, ':') || (n->plain && n->text.len == 0);
		return awkward ? NOT_FLOW : n->key.len + n->text.len + 4;
	}
	size_t sum = n->key.len + 4;
	for (const struct node *child = n->first; child && sum < NOT_FLOW; child = child->next)
		sum += n->block && child->kind != TEXT ? NOT_FLOW : flow_columns(child);
	return sum;
}

static bool is_flow(const struct node *n)
{
	return !n->block && flow_columns(n) <= FLOW_COLUMNS;
}

// ---- events

static bool emit(struct writer *w, int made, yaml_event_t *event)
{
	return made && yaml_emitter_emit(&w->emitter, event);
}

static bool write_scalar(struct writer *w, struct str s, const u8 *tag, yaml_scalar_style_t style)
{
	yaml_event_t event;
	bool implicit = !tag;
	int made = yaml_scalar_event_initialize(&event, NULL, tag, s.len ? s.at : (const u8 *)"",
	                                        (int)s.len, implicit, implicit, style);
	return emit(w, made, &event);
}

// The functions among the children speak for themselves: {Ref: x} in a list is a scalar there.
static bool has_calls(const struct writer *w, const struct node *n)
{
	for (const struct node *child = n->first; child; child = child->next)
		if (w->functions && (function_of(w->functions, child) || has_calls(w, child)))
			return true;
	return false;
}

static bool write_node(struct writer *w, const struct node *n, const u8 *tag);

static bool write_list(struct writer *w, const struct node *n, const u8 *tag)
{
	yaml_event_t event;
	bool flow = n->count == 0 || (is_flow(n) && !has_calls(w, n));
	int made = yaml_sequence_start_event_initialize(&event, NULL, tag, !tag,
		flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE);
	bool done = emit(w, made, &event);
	for (const struct node *child = n->first; done && child; child = child->next)
		done = write_node(w, child, NULL);
	return done && emit(w, yaml_sequence_end_event_initialize(&event), &event);
}

static bool write_map(struct writer *w, const struct node *n, const u8 *tag)
{
	yaml_event_t event;
	bool flow = n->count == 0 || (is_flow(n) && !has_calls(w, n));
	int made = yaml_mapping_start_event_initialize(&event, NULL, tag, !tag,
		flow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE);
	bool done = emit(w, made, &event);
	for (const struct node *child = n->first; done && child; child = child->next) {
		yaml_scalar_style_t style = scalar_is_safe_plain(child->key)
			? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
		done = write_scalar(w, child->key, NULL, style) && write_node(w, child, NULL);
	}
	return done && emit(w, yaml_mapping_end_event_initialize(&event), &event);
}

// [A, B] of a dotted function as the text A.B, when that splits into the same two again.
static bool dotted_text(const struct function *f, const struct node *arg, struct arena *a,
                        struct str *out)
{
	if (!f->dotted || arg->kind != LIST || arg->count != 2)
		return false;
	const struct node *head = arg->first, *rest = arg->last;
	if (head->kind != TEXT || rest->kind != TEXT || has_byte(head->text, '.')
	    || is_typed(head) || is_typed(rest))
		return false;
	*out = cat(a, head->text, S("."), rest->text);
	return true;
}

// {Fn::X: arg} as !X arg. YAML has one tag a node, so a function of a function is written long;
// and some of the tools know no short form with a mapping behind it.
static bool write_call(struct writer *w, const struct function *f, const struct node *n)
{
	const struct node *arg = n->first;
	struct arena *a = w->text.arena;
	const u8 *tag = (const u8 *)str_z(a, f->tag);
	struct str dotted;
	if (f->tag.len == 0 || arg->kind == MAP)
		return write_map(w, n, NULL);
	if (dotted_text(f, arg, a, &dotted))
		return write_scalar(w, dotted, tag, text_style(dotted));
	if (arg->kind == LIST && f->dotted)
		return write_map(w, n, NULL);
	return !is_typed(arg) ? write_node(w, arg, tag) : write_map(w, n, NULL);
}

static bool write_kind(struct writer *w, const struct node *n, const u8 *tag)
{
	const struct function *f = w->functions && !tag ? function_of(w->functions, n) : NULL;
	if (f)
		return write_call(w, f, n);
	switch (n->kind) {
	case TEXT:
		return write_scalar(w, n->text, tag,
		                    is_typed(n) ? YAML_PLAIN_SCALAR_STYLE : text_style(n->text));
	case LIST:
		return write_list(w, n, tag);
	case MAP:
		return write_map(w, n, tag);
	}
	return false;
}

static bool write_node(struct writer *w, const struct node *n, const u8 *tag)
{
	if (w->depth == DEPTH_MAX) {
		w->too_deep = true;
		return false;
	}
	w->depth++;
	bool done = write_kind(w, n, tag);
	w->depth--;
	return done;
}

static bool write_document(struct writer *w, const struct node *tree)
{
	yaml_event_t event;
	return emit(w, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event)
	    && emit(w, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1), &event)
	    && write_node(w, tree, NULL)
	    && emit(w, yaml_document_end_event_initialize(&event, 1), &event)
	    && emit(w, yaml_stream_end_event_initialize(&event), &event);
}

static bool write_text(struct context *c, struct str name, const struct node *tree,
                       const struct functions *f, struct str *out)
{
	struct writer w = {.text = buf_new(c->arena, TEXT_MAX), .functions = f};
	if (!yaml_emitter_initialize(&w.emitter))
		c->arena->full(c->arena->owner);
	yaml_emitter_set_output(&w.emitter, take_bytes, &w.text);
	yaml_emitter_set_width(&w.emitter, -1);
	yaml_emitter_set_unicode(&w.emitter, 1);
	bool done = write_document(&w, tree);
	struct str why = w.too_deep ? S("it is nested deeper than 64 levels")
	               : w.text.over ? S("it is larger than 16 MiB")
	               : str_copy(c->diag->arena, str_from(w.emitter.problem));
	yaml_emitter_delete(&w.emitter);
	*out = buf_str(&w.text);
	return done || diag_report(c->diag, (struct finding){EMIT_FAILED, tree->cause,
		.arg = {name, why}});
}

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
	size_t before = c->diag->len;
	struct sources sources = c->diag->sources;
	struct node *back;
	bool same = emit_read(c, name, text, f, &back) && node_equal(tree, back, *c->arena);
	if (c->diag->len == before)
		c->diag->sources = sources;
	if (!same && c->diag->len == before)
		diag_report(c->diag, (struct finding){EMIT_DIFFERS, tree->cause, .arg = {name}});
	return same;
}

// ---- a template in pieces: what was written and proved once in a run is written again at once

// A text that outlives the passes' memory, in which it is made.
static bool write_lasting(struct context *c, struct str name, const struct node *tree,
                          const struct functions *f, struct str **out)
{
	struct arena before = *c->arena;
	struct str text = {0}, *lasting = make(c->diag->arena, 1, struct str);
	if (!write_text(c, name, tree, f, &text))
		return false;
	*lasting = str_copy(c->diag->arena, text);
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

// `entry` is a child of `section`, or NULL for all of it.
static void add_fresh(struct pieces *p, struct str key, struct str *text,
                      const struct node *section, const struct node *entry)
{
	struct arena *a = p->c->arena;
	struct node *last = p->fresh_tree.last, *part = make(a, 1, struct node);
	struct piece *fresh = make(a, 1, struct piece);
	bool goes_on = entry && last && str_eq(last->key, section->key);
	*fresh = (struct piece){key, text, p->fresh};
	p->fresh = fresh;
	put_piece(&p->fresh_text, *text, goes_on);
	*part = entry && !goes_on ? without_children(section) : entry ? *entry : *section;
	node_append(goes_on ? last : &p->fresh_tree, part);
	if (entry && !goes_on) {
		struct node *child = make(a, 1, struct node);
		*child = *entry;
		node_append(part, child);
	}
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
	size_t before = c->diag->len;
	if (put_sections(c, name, tree, f, out))
		return true;
	return c->diag->len == before && write_whole(c, name, tree, f, out);
}

bool emit_artifacts(struct context *c, struct artifacts *all)
{
	const struct functions *f = functions_of(c);
	bool done = f;
	for (size_t i = 0; f && i < all->count; i++) {
		struct artifact *a = &all->list[i];
		done = emit_yaml(c, a->name, a->tree, a->is_template ? f : NULL, &a->text) && done;
	}
	return done;
}
