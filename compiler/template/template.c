// template: what tools write, read with libyaml: YAML 1.1 with CloudFormation's short tags, or
// JSON, which is nearly a subset of it. The text is anybody's: depth and size are limited, and
// what would need memory of its own (anchors, aliases) is refused.
#include "template/template.h"
#include <stdlib.h>
#include <yaml.h>

enum { DEPTH_MAX = 64, SIZE_MAX_BYTES = 4 << 20 };

struct frame { struct node *node; struct str key; struct span key_at; bool has_key; };
struct template_reader {
	struct context *c;
	const struct functions *functions;
	u32 file;
	struct str text;              // without a byte order mark
	u64 shift;                    // its length
	bool ascii;                   // characters are bytes
	u64 *pairs;                   // JSON: where two \u are one character
	size_t pair_count, pair_cap, pair;    // `pair`: the next one from `bytes` on
	yaml_parser_t parser;
	u64 chars, bytes;             // the same place, as libyaml counts and in bytes
	struct frame stack[DEPTH_MAX];
	size_t depth;
	struct node *root;
	bool ended, bad;
};

static bool refuse(struct template_reader *r, enum rule rule, struct span at, struct str what)
{
	r->bad = true;
	return diag_report(r->c->diag, (struct finding){rule, at, .arg = {what}});
}

// ---- places: libyaml counts characters

// \ud83d, \ud83d\ude00, \U0001f600
enum { UNIT_LEN = 6, PAIR_LEN = 2 * UNIT_LEN, LONG_LEN = 10 };

static void step(struct template_reader *r)
{
	u8 c = r->text.at[r->bytes];
	if (r->pair < r->pair_count && r->pairs[r->pair] == r->bytes) {
		r->pair++;
		r->bytes += PAIR_LEN;
		r->chars += LONG_LEN;
		return;
	}
	r->bytes += c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	r->chars++;
}

// Events come in the order of the text, so one cursor finds all their places in one pass.
static u64 byte_of(struct template_reader *r, u64 chars)
{
	if (r->ascii)
		r->bytes = chars;
	while (!r->ascii && r->chars < chars && r->bytes < r->text.len)
		step(r);
	return r->bytes < r->text.len ? r->bytes : r->text.len;
}

static struct span span_of(struct template_reader *r, const yaml_event_t *e)
{
	u64 from = byte_of(r, e->start_mark.index);
	u64 to = byte_of(r, e->end_mark.index);
	return (struct span){r->file, (u32)(to - from), r->shift + from};
}

// ---- the tree

static struct str text_of(struct template_reader *r, const yaml_char_t *at, size_t len)
{
	return str_copy(r->c->arena, (struct str){at, len});
}

static bool add(struct template_reader *r, struct node *n)
{
	struct frame *top = r->depth ? &r->stack[r->depth - 1] : NULL;
	if (!top) {
		r->root = n;
		return true;
	}
	if (top->node->kind == MAP) {
		n->key = top->key;
		n->key_at = top->key_at;
		top->has_key = false;
	}
	node_append(top->node, n);
	return true;
}

static bool wants_key(const struct template_reader *r)
{
	const struct frame *top = r->depth ? &r->stack[r->depth - 1] : NULL;
	return top && top->node->kind == MAP && !top->has_key;
}

static bool set_tag(struct template_reader *r, struct node *n, const yaml_char_t *tag)
{
	static const struct str core = STR("tag:yaml.org,2002:");
	struct str s = str_from((const char *)tag);
	if (s.len == 0 || str_eq(s, S("!")) || str_starts(s, core))
		return true;
	n->tag = str_copy(r->c->arena, s);
	for (size_t i = 0; i < r->functions->count; i++)
		if (str_eq(r->functions->list[i].tag, s))
			return true;
	return refuse(r, TEMPLATE_TAG, n->at, n->tag);
}

static bool take_scalar(struct template_reader *r, const yaml_event_t *e)
{
	struct span at = span_of(r, e);
	struct str text = text_of(r, e->data.scalar.value, e->data.scalar.length);
	if (e->data.scalar.anchor)
		return refuse(r, YAML_ANCHOR, at, text_of(r, e->data.scalar.anchor,
			str_from((const char *)e->data.scalar.anchor).len));
	if (wants_key(r)) {
		struct frame *top = &r->stack[r->depth - 1];
		top->key = text;
		top->key_at = at;
		top->has_key = true;
		return true;
	}
	bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct node *n = node_text(r->c->arena, text, plain && e->data.scalar.plain_implicit, at);
	n->block = e->data.scalar.style == YAML_LITERAL_SCALAR_STYLE
	        || e->data.scalar.style == YAML_FOLDED_SCALAR_STYLE;
	return set_tag(r, n, e->data.scalar.tag) && add(r, n);
}

static bool open_node(struct template_reader *r, const yaml_event_t *e, enum kind kind, bool block,
                      const yaml_char_t *tag, const yaml_char_t *anchor)
{
	struct span at = span_of(r, e);
	if (anchor)
		return refuse(r, YAML_ANCHOR, at, str_copy(r->c->arena, str_from((const char *)anchor)));
	if (r->depth == DEPTH_MAX)
		return refuse(r, YAML_DEPTH, at, S("64"));
	if (wants_key(r))
		return refuse(r, YAML_KEY_SHAPE, at, S(""));
	struct node *n = node_new(r->c->arena, kind, at);
	n->block = block;
	if (!set_tag(r, n, tag) || !add(r, n))
		return false;
	r->stack[r->depth++] = (struct frame){.node = n};
	return true;
}

// One mapping's keys, sorted, show their twins as neighbours.
static bool keys_differ(struct template_reader *r, const struct node *map)
{
	struct arena scratch = *r->c->arena;
	struct node **sorted = node_sorted(&scratch, map);
	for (size_t i = 1; i < map->count; i++) {
		struct node *a = sorted[i - 1], *b = sorted[i];
		if (!str_eq(a->key, b->key))
			continue;
		r->bad = true;
		return diag_report(r->c->diag, (struct finding){DUPLICATE_KEY, b->key_at,
			.arg = {a->key}, .also = a->key_at, .also_label = S("first here")});
	}
	return true;
}

static bool close_node(struct template_reader *r, const yaml_event_t *e)
{
	struct node *n = r->stack[--r->depth].node;
	u64 end = r->shift + byte_of(r, e->end_mark.index);
	if (end > n->at.off)
		n->at.len = (u32)(end - n->at.off);
	return n->kind == LIST || keys_differ(r, n);
}

static bool take_start(struct template_reader *r, const yaml_event_t *e)
{
	if (!r->root)
		return true;
	return refuse(r, YAML_DOCUMENTS, span_of(r, e), S(""));
}

static bool take_event(struct template_reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return true;
	case YAML_STREAM_END_EVENT:
		r->ended = true;
		return true;
	case YAML_DOCUMENT_START_EVENT:
		return take_start(r, e);
	case YAML_ALIAS_EVENT:
		return refuse(r, YAML_ALIAS, span_of(r, e), S("*"));
	case YAML_SCALAR_EVENT:
		return take_scalar(r, e);
	case YAML_SEQUENCE_START_EVENT:
		return open_node(r, e, LIST,
		                 e->data.sequence_start.style != YAML_FLOW_SEQUENCE_STYLE,
		                 e->data.sequence_start.tag, e->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return open_node(r, e, MAP,
		                 e->data.mapping_start.style != YAML_FLOW_MAPPING_STYLE,
		                 e->data.mapping_start.tag, e->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_node(r, e);
	}
	return false;
}

static bool complain_syntax(struct template_reader *r)
{
	u64 chars = r->parser.problem_mark.index;
	u64 off = chars ? byte_of(r, chars) : r->parser.problem_offset;
	off = off < r->text.len ? off : r->text.len;
	struct str why = str_copy(r->c->diag->arena, str_from(r->parser.problem));
	return refuse(r, YAML_SYNTAX, (struct span){r->file, off < r->text.len, r->shift + off}, why);
}

static bool read_events(struct template_reader *r)
{
	bool done = true;
	while (done && !r->ended) {
		yaml_event_t event;
		if (!yaml_parser_parse(&r->parser, &event))
			return complain_syntax(r);
		done = take_event(r, &event);
		yaml_event_delete(&event);
	}
	return done;
}

// ---- before YAML has a say

static bool has_no_conflict(struct template_reader *r)
{
	struct str left = r->text, line;
	while (left.len) {
		u64 off = r->text.len - left.len;
		left = str_cut(left, '\n', &line);
		if (str_starts(line, S("<<<<<<< ")) || str_starts(line, S(">>>>>>> ")))
			return refuse(r, YAML_CONFLICT, (struct span){r->file, (u32)line.len,
			                                     r->shift + off},
			              S(""));
	}
	return true;
}

static bool is_readable(struct template_reader *r)
{
	size_t bad_off;
	if (r->text.len > SIZE_MAX_BYTES)
		return refuse(r, TEMPLATE_LARGE, (struct span){r->file, 0, 0}, S("4 MiB"));
	if (r->text.len >= 2 && (r->text.at[0] >= 0xfe || r->text.at[0] == 0 || r->text.at[1] == 0))
		return refuse(r, YAML_UTF16, (struct span){r->file, 0, 0}, S(""));
	if (str_starts(r->text, S("\xef\xbb\xbf"))) {
		r->shift = 3;
		r->text = (struct str){r->text.at + 3, r->text.len - 3};
	}
	if (!utf8_valid(r->text, &bad_off))
		return refuse(r, YAML_NOT_UTF8, (struct span){r->file, 1, r->shift + bad_off}, str_hex(
			r->c->diag->arena, (struct str){r->text.at + bad_off, 1}));
	return has_no_conflict(r);
}

// The UTF-16 unit that JSON writes as \uXXXX at the begin of s.
static bool unit_of(struct str s, u32 *out)
{
	u8 bytes[2];
	if (s.len < UNIT_LEN || s.at[0] != '\\' || s.at[1] != 'u'
	    || !str_unhex((struct str){s.at + 2, UNIT_LEN - 2}, bytes))
		return false;
	*out = (u32)(bytes[0] << 8 | bytes[1]);
	return true;
}

static bool pair_of(struct str s, u32 *out)
{
	u32 high, low;
	struct str second;
	if (!unit_of(s, &high) || !str_sub(s, UNIT_LEN, UNIT_LEN, &second) || !unit_of(second, &low)
	    || high >> 10 != 0xd800 >> 10 || low >> 10 != 0xdc00 >> 10)
		return false;
	*out = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
	return true;
}

static void put_pair(struct template_reader *r, struct buf *out, u64 off, u32 c)
{
	r->pairs = grown(r->c->diag->arena, r->pairs, r->pair_count, &r->pair_cap, u64);
	r->pairs[r->pair_count++] = off;
	put(out, S("\\U"));
	for (unsigned bits = 32; bits > 0; bits -= 4)
		buf_byte(out, (u8)"0123456789abcdef"[c >> (bits - 4) & 0xf]);
}

// JSON has two escapes for a character beyond U+FFFF, YAML one: without this it is refused.
static struct str with_long_escapes(struct template_reader *r)
{
	struct str text = r->text, piece;
	struct buf out = buf_new(r->c->arena, text.len);
	size_t done = 0, len;
	bool quoted = false;
	u32 c;
	for (size_t i = 0; i < text.len; i += len) {
		bool escape = quoted && text.at[i] == '\\';
		bool pair = escape && pair_of((struct str){text.at + i, text.len - i}, &c);
		len = pair ? PAIR_LEN : escape ? 2 : 1;
		quoted ^= text.at[i] == '"';
		if (!pair || !str_sub(text, done, i - done, &piece))
			continue;
		buf_put(&out, piece);
		put_pair(r, &out, i, c);
		done = i + len;
	}
	if (!done || !str_sub(text, done, text.len - done, &piece))
		return text;
	buf_put(&out, piece);
	return buf_str(&out);
}

static bool is_json(struct str text)
{
	text = str_trim(text);
	return text.len && text.at[0] == '{';
}

static bool read_text(struct template_reader *r)
{
	size_t off;
	bool escaped = is_json(r->text) && str_find(r->text, S("\\u"), &off);
	struct str text = escaped ? with_long_escapes(r) : r->text;
	r->ascii = !r->pair_count && utf8_ascii(text) == text.len;
	if (!yaml_parser_initialize(&r->parser))
		r->c->arena->full(r->c->arena->owner);
	yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->parser, text.len ? text.at : (const u8 *)"", text.len);
	bool done = read_events(r);
	yaml_parser_delete(&r->parser);
	return done;
}

bool template_read(struct context *c, u32 file, struct node **out)
{
	const struct functions *f = functions_of(c);
	if (!f)
		return false;
	struct template_reader *r = make(c->arena, 1, struct template_reader);
	r->c = c;
	r->functions = f;
	r->file = file;
	r->text = c->diag->sources.list[file - 1].text;
	if (!is_readable(r) || !read_text(r))
		return false;
	if (!r->root || r->root->kind != MAP)
		return refuse(r, TEMPLATE_NO_MAP, (struct span){file, 0, 0}, S(""));
	functions_lengthen(c->arena, f, r->root);
	*out = r->root;
	return true;
}

bool template_open(struct context *c, struct str path, u64 max, struct artifact *out)
{
	struct str text;
	struct node *tree;
	if (!file_read(c->arena, path, max, &text, c->diag))
		return false;
	u32 file = sources_add(&c->diag->sources, path, text);
	if (!template_read(c, file, &tree))
		return false;
	*out = (struct artifact){.name = path, .is_template = true, .tree = tree, .text = text};
	return true;
}
