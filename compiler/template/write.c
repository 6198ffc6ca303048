// write: a tree as YAML 1.1 text with libyaml, the parser behind most of CloudFormation's tools.
#include "template/internal.h"
#include <yaml.h>

enum { DEPTH_MAX = 64, FLOW_COLUMNS = 72, NOT_FLOW = 1 << 20 };

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
// and all of it is ASCII: beyond that, the versions of YAML differ about what ends a line. Nor do
// its readers take any number of blank lines.
static bool is_block_text(struct str s)
{
	bool lines = has_byte(s, '\n') && s.at[0] != ' ' && s.at[0] != '\n' && s.at[0] != '\t';
	for (size_t i = 0, ends = 0; lines && i < s.len; i++) {
		bool blank = i && (s.at[i - 1] == ' ' || s.at[i - 1] == '\t');
		ends = s.at[i] == '\n' ? ends + 1 : 0;
		if (ends > BLANK_LINES_MAX || (ends && blank))
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

bool write_text(struct context *c, struct str name, const struct node *tree,
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
