// read: libfyaml's events to a tree whose every node knows its bytes. YAML offers more than a
// spec may use; what is refused here is what readers of the file would understand differently.
#include "yaml/yaml.h"
#include <libfyaml.h>

enum { DEPTH_MAX = 64 };

struct frame { struct node *node; struct str key; struct span key_at; bool has_key; };
struct reader {
	struct context *c;
	u32 file;
	enum dialect dialect;
	struct str text;              // of the file, without a byte order mark
	u64 shift;                    // length of that mark
	struct fy_parser *parser;
	struct fy_diag *diag;
	struct frame stack[DEPTH_MAX];
	size_t depth;
	struct node *root;
	size_t documents;
	bool stopped, bad;            // no more events; something was reported
};

static bool complain(struct reader *r, struct finding f)
{
	r->bad = true;
	return diag_report(r->c->diag, f);
}

static bool stop(struct reader *r, struct finding f)
{
	r->stopped = true;
	return complain(r, f);
}

// ---- what the bytes say before YAML has a say

static struct span span_at(const struct reader *r, u64 off, size_t len)
{
	return (struct span){r->file, (u32)len, r->shift + off};
}

static bool is_utf16(struct str s)
{
	if (s.len < 2)
		return false;
	bool mark = (s.at[0] == 0xff && s.at[1] == 0xfe) || (s.at[0] == 0xfe && s.at[1] == 0xff);
	return mark || (s.at[0] == 0) != (s.at[1] == 0);
}

static bool is_control(u8 c)
{
	return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

// What turns the direction of a line: the text would show in another order than it is read in.
static bool is_turn(u32 c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool has_no_controls(struct reader *r)
{
	for (size_t i = 0, len; i < r->text.len; i += len) {
		struct str rest = {r->text.at + i, r->text.len - i}, hex;
		u32 c = rest.at[0];
		len = 1;
		if (c == '\n' || (c >= ' ' && c < 0x7f))   // nearly every byte
			continue;
		len = c < 0x80 ? 1 : utf8_next(rest, &c);
		if (!is_control((u8)(c < 0x80 ? c : ' ')) && !is_turn(c))
			continue;
		u8 bytes[] = {(u8)(c >> 8), (u8)c};
		hex = str_hex(r->c->diag->arena, (struct str){bytes + (c < 0x80), 2 - (c < 0x80)});
		return complain(r, (struct finding){YAML_CONTROL, .at = span_at(r, i, len), .arg = {hex}});
	}
	return true;
}

// What version control leaves in a file that two people changed.
static bool has_no_conflict(struct reader *r)
{
	struct str left = r->text, line;
	while (left.len) {
		size_t off = r->text.len - left.len;
		left = str_cut(left, '\n', &line);
		if (str_starts(line, S("<<<<<<< ")) || str_starts(line, S(">>>>>>> ")))
			return complain(r, (struct finding){YAML_CONFLICT, .at = span_at(r, off, line.len)});
	}
	return true;
}

static size_t longest_gap(struct str line)
{
	size_t longest = 0;
	for (size_t i = 0, gap = 0; i < line.len; i++) {
		gap = line.at[i] == ' ' || line.at[i] == '\t' ? gap + 1 : 0;
		longest = gap > longest ? gap : longest;
	}
	return longest;
}

// At each blank line in a block scalar, libfyaml looks at all that follow: 64,000 take 13 s. So
// it does at each blank behind a quote or bracket; texts that amic writes itself have none there.
static bool has_no_desert(struct reader *r)
{
	struct str left = r->text, line;
	for (size_t blank = 0; left.len;) {
		size_t off = r->text.len - left.len;
		left = str_cut(left, '\n', &line);
		blank = str_trim(line).len ? 0 : blank + 1;
		bool wide = r->dialect == DIALECT_SPEC && longest_gap(line) > BLANK_LINES_MAX;
		if (wide || blank > BLANK_LINES_MAX)
			return complain(r, (struct finding){YAML_DESERT, .at = span_at(r, off, line.len),
				.arg = {str_number(r->c->diag->arena, BLANK_LINES_MAX)}});
	}
	return true;
}

static bool is_readable_text(struct reader *r)
{
	size_t bad_off;
	if (is_utf16(r->text))
		return complain(r, (struct finding){YAML_UTF16, .at = span_at(r, 0, 0)});
	if (str_starts(r->text, S("\xef\xbb\xbf"))) {
		r->shift = 3;
		r->text = (struct str){r->text.at + 3, r->text.len - 3};
	}
	if (!utf8_valid(r->text, &bad_off))
		return complain(r, (struct finding){YAML_NOT_UTF8, .at = span_at(r, bad_off, 1), .arg = {
			str_hex(r->c->diag->arena, (struct str){r->text.at + bad_off, 1})}});
	return has_no_controls(r) && has_no_conflict(r) && has_no_desert(r);
}

// ---- places

static struct span span_between(const struct reader *r, u64 from, u64 to)
{
	u64 end = to < r->text.len ? to : r->text.len;
	u64 start = from < end ? from : end;
	return span_at(r, start, (size_t)(end - start));
}

static struct str span_text(const struct reader *r, struct span at)
{
	struct str s = {0};
	return str_sub(r->text, at.off - r->shift, at.len, &s) ? s : (struct str){0};
}

static struct span token_span(const struct reader *r, struct fy_token *t)
{
	const struct fy_mark *from = t ? fy_token_start_mark(t) : NULL;
	const struct fy_mark *to = t ? fy_token_end_mark(t) : NULL;
	return from && to ? span_between(r, from->input_pos, to->input_pos) : span_at(r, 0, 0);
}

// libfyaml's marks leave the '&' and the '*' out.
static struct span sigil_span(const struct reader *r, struct fy_token *t)
{
	struct span at = token_span(r, t);
	at.len += at.off > r->shift;
	at.off -= at.off > r->shift;
	return at;
}

// libfyaml's marks leave the quotes out, and end a block scalar on the line after it.
static struct span scalar_span(const struct reader *r, struct fy_token *t)
{
	struct span at = token_span(r, t);
	enum fy_scalar_style style = fy_token_scalar_style(t);
	if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) {
		at.off -= at.off > r->shift;
		at = span_between(r, at.off - r->shift, at.off - r->shift + at.len + 2);
	}
	if (style == FYSS_LITERAL || style == FYSS_FOLDED)
		at.len = (u32)str_trim(span_text(r, at)).len;
	return at;
}

// A plain scalar on one line is its own value: no quote, no escape, nothing to fold.
static bool is_verbatim(struct fy_token *t, struct str raw)
{
	size_t i = 0;
	while (i < raw.len && raw.at[i] >= ' ' && raw.at[i] < 0x7f)
		i++;
	return i && i == raw.len && fy_token_scalar_style(t) == FYSS_PLAIN;
}

static struct str token_text(struct reader *r, struct fy_token *t, struct span at)
{
	size_t len = 0;
	struct str raw = span_text(r, at);
	if (is_verbatim(t, raw))
		return raw;
	if (fy_token_scalar_style(t) == FYSS_SINGLE_QUOTED && raw.len > 1)
		return scalar_single_quoted(r->c->arena, raw);
	const char *text = fy_token_get_text(t, &len);
	struct str value = {(const u8 *)text, text ? len : 0};
	return str_eq(value, raw) ? raw : str_copy(r->c->arena, value);
}

// What has no token of its own, such as an empty key or a document after "...", begins with the
// first thing behind `n`.
static struct span behind(const struct reader *r, const struct node *n)
{
	struct str rest = {0}, line;
	u64 off = n ? n->at.off - r->shift + n->at.len : 0;
	if (!str_sub(r->text, off, r->text.len - off, &rest))
		return span_at(r, 0, 0);
	while (rest.len) {
		struct str left = str_cut(rest, '\n', &line), word = str_trim(line);
		if (str_starts(word, S(",")))
			word = str_trim((struct str){word.at + 1, word.len - 1});
		if (word.len && word.at[0] != '#' && !str_eq(word, S("...")))
			return span_at(r, (u64)(word.at - r->text.at), 1);
		rest = left;
	}
	return span_at(r, 0, 0);
}

// ---- the tree

static void take_marks(struct reader *r, struct node *n, struct fy_token *tag,
                       struct fy_token *anchor)
{
	struct span name = anchor ? sigil_span(r, anchor) : (struct span){0};
	if (anchor)
		complain(r, (struct finding){YAML_ANCHOR, .at = name, .arg = {span_text(r, name)}});
	if (tag)
		n->tag = span_text(r, token_span(r, tag));
	if (tag && r->dialect == DIALECT_SPEC)
		complain(r, (struct finding){YAML_TAG, .at = token_span(r, tag), .arg = {n->tag}});
}

static void take_key(struct reader *r, struct frame *f, struct node *key)
{
	f->key = key->text;
	f->key_at = key->at;
	f->has_key = true;
	if (key->text.len == 0)
		complain(r, (struct finding){YAML_KEY_EMPTY, .at = key->at});
	if (key->tag.len && r->dialect == DIALECT_STDLIB)
		complain(r, (struct finding){YAML_TAG, .at = key->at, .arg = {key->tag}});
	if (key->plain && str_eq(key->text, S("<<")))
		complain(r, (struct finding){YAML_MERGE, .at = key->at});
}

static void add_node(struct reader *r, struct node *n)
{
	struct frame *f = r->depth ? &r->stack[r->depth - 1] : NULL;
	if (!f) {
		r->root = n;
		return;
	}
	if (f->node->kind == MAP && !f->has_key) {
		stop(r, (struct finding){YAML_KEY_SHAPE, .at = n->at});
		return;
	}
	n->key = f->key;
	n->key_at = f->key_at;
	f->has_key = false;
	node_append(f->node, n);
}

static void open_node(struct reader *r, enum kind kind, struct fy_token *start,
                      struct fy_token *tag, struct fy_token *anchor)
{
	struct span at = token_span(r, start);
	struct str first = span_text(r, span_at(r, at.off - r->shift, 1));
	struct node *n = node_new(r->c->arena, kind, at);
	take_marks(r, n, tag, anchor);
	n->block = !str_eq(first, kind == MAP ? S("{") : S("["));
	add_node(r, n);
	if (r->stopped)
		return;
	if (r->depth == DEPTH_MAX)
		stop(r, (struct finding){YAML_DEPTH, .at = at,
			.arg = {str_number(r->c->diag->arena, DEPTH_MAX)}});
	else
		r->stack[r->depth++] = (struct frame){.node = n};
}

// Sorted, not hashed: no choice of keys makes it slow.
static void find_duplicates(struct reader *r, const struct node *map)
{
	struct arena scratch = *r->c->arena;
	struct node **list = node_sorted(&scratch, map);
	for (size_t i = 1; i < map->count; i++)
		if (list[i]->key.len && str_eq(list[i]->key, list[i - 1]->key))
			complain(r, (struct finding){DUPLICATE_KEY, .at = list[i]->key_at,
				.arg = {list[i]->key}, .also = list[i - 1]->key_at,
				.also_label = S("first here")});
}

// The byte at `off` or, behind blanks and line ends, the next one; 0 at the end.
static u8 byte_at(const struct reader *r, u64 off)
{
	struct str one;
	while (str_sub(r->text, off, 1, &one) && !str_trim(one).len)
		off++;
	return off < r->text.len ? r->text.at[off] : 0;
}

// Does the key begin right behind the comma at `off`, and is it all there is of its member?
static bool is_rest(const struct reader *r, const struct node *n, u64 off)
{
	return n->kind == TEXT && n->plain && n->text.len == 0 && n->key_at.off == off + 1
	    && str_eq(span_text(r, span_at(r, off - r->shift, 1)), S(","))
	    && byte_at(r, n->key_at.off + n->key_at.len - r->shift) != ':';
}

// {schedule: cron(0 3 1,15 * ? *)} is two members to YAML, the second of which has no value.
static void find_commas(struct reader *r, const struct node *map)
{
	struct arena *a = r->c->diag->arena;
	size_t off;
	for (const struct node *n = map->first, *rest; n; n = rest) {
		struct span at = n->at;
		rest = n->next;
		if (n->kind != TEXT || !n->plain || n->text.len == 0)
			continue;
		for (; rest && is_rest(r, rest, at.off + at.len); rest = rest->next)
			at.len = (u32)(rest->key_at.off + rest->key_at.len - at.off);
		if (rest == n->next)
			continue;
		struct str text = span_text(r, at);
		bool simple = !str_find(text, S("\""), &off) && !str_find(text, S("\\"), &off);
		struct str quoted = simple ? cat(a, S("\""), text, S("\"")) : S("'…'");
		complain(r, (struct finding){YAML_COMMA, .at = at, .fix_at = at, .fix = quoted,
			.fixable = simple, .arg = {n->key, quoted}});
	}
}

static void close_node(struct reader *r, struct fy_token *end)
{
	if (r->depth == 0)
		return;               // libfyaml's ends have their beginnings
	struct node *n = r->stack[--r->depth].node;
	struct span last = end ? token_span(r, end) : n->at;
	if (n->block && n->last)
		last = n->last->at;
	u64 to = last.off + last.len;
	if (to > n->at.off)
		n->at.len = (u32)(to - n->at.off);
	if (n->kind == MAP && !n->block && r->dialect == DIALECT_SPEC)
		find_commas(r, n);
	if (n->kind == MAP)
		find_duplicates(r, n);
}

static void add_scalar(struct reader *r, const struct fy_event_scalar_data *s)
{
	struct span token = scalar_span(r, s->value), at = token;
	struct frame *f = r->depth ? &r->stack[r->depth - 1] : NULL;
	bool is_key = f && f->node->kind == MAP && !f->has_key;
	if (is_key && at.len == 0 && f->node->last)
		at = behind(r, f->node->last);
	struct node key = {.at = at}, *n = is_key ? &key : node_new(r->c->arena, TEXT, at);
	take_marks(r, n, s->tag, s->anchor);
	enum fy_scalar_style style = s->value ? fy_token_scalar_style(s->value) : FYSS_PLAIN;
	n->plain = style == FYSS_PLAIN;
	n->block = style == FYSS_LITERAL || style == FYSS_FOLDED;
	if (s->value)
		n->text = token_text(r, s->value, token);   // of an empty key: libfyaml 0.8 has one
	if (is_key)
		take_key(r, f, n);
	else
		add_node(r, n);
}

static void add_alias(struct reader *r, const struct fy_event_alias_data *alias)
{
	struct span at = sigil_span(r, alias->anchor);
	stop(r, (struct finding){YAML_ALIAS, .at = at, .arg = {span_text(r, at)}});
}

static void begin_document(struct reader *r, const struct fy_event_document_start_data *start)
{
	if (++r->documents > 1)
		stop(r, (struct finding){YAML_DOCUMENTS, .at = start->document_start
			? token_span(r, start->document_start) : behind(r, r->root)});
}

static void take_event(struct reader *r, const struct fy_event *e)
{
	switch (e->type) {
	case FYET_DOCUMENT_START:
		begin_document(r, &e->document_start);
		break;
	case FYET_MAPPING_START:
		open_node(r, MAP, e->mapping_start.mapping_start, e->mapping_start.tag,
		          e->mapping_start.anchor);
		break;
	case FYET_SEQUENCE_START:
		open_node(r, LIST, e->sequence_start.sequence_start, e->sequence_start.tag,
		          e->sequence_start.anchor);
		break;
	case FYET_MAPPING_END:
		close_node(r, e->mapping_end.mapping_end);
		break;
	case FYET_SEQUENCE_END:
		close_node(r, e->sequence_end.sequence_end);
		break;
	case FYET_SCALAR:
		add_scalar(r, &e->scalar);
		break;
	case FYET_ALIAS:
		add_alias(r, &e->alias);
		break;
	case FYET_NONE:
	case FYET_STREAM_START:
	case FYET_STREAM_END:
	case FYET_DOCUMENT_END:
		break;
	}
}

// ---- what the parser did not like

static struct span error_span(const struct reader *r, const struct fy_diag_error *e)
{
	const struct source_text *source = &r->c->diag->sources.list[r->file - 1];
	if (e->fyt && fy_token_start_mark(e->fyt)) {
		struct span at = token_span(r, e->fyt);
		at.len = at.len ? at.len : 1;
		return at;
	}
	u32 line = e->line > 0 ? (u32)e->line - 1 : 0;
	line = line < source->line_count ? line : source->line_count - 1;
	u64 column = e->column > 1 ? (u64)e->column - 1 : 0;
	return (struct span){r->file, 1, source->line_offs[line] + column};
}

static struct str line_around(const struct reader *r, struct span at, u64 *start)
{
	struct str text = r->c->diag->sources.list[r->file - 1].text, line;
	size_t off = at.off < text.len ? (size_t)at.off : text.len;
	while (off && text.at[off - 1] != '\n')
		off--;
	*start = off;
	str_cut((struct str){text.at + off, text.len - off}, '\n', &line);
	return line;
}

static bool reports_tab(struct reader *r, struct span at)
{
	u64 start;
	struct str line = line_around(r, at, &start);
	for (size_t i = 0; i < line.len && (line.at[i] == ' ' || line.at[i] == '\t'); i++)
		if (line.at[i] == '\t')
			return !stop(r, (struct finding){YAML_TAB, .at = {r->file, 1, start + i}});
	return false;
}

// An unclosed bracket is noticed at the end of the file; the mistake is where it opens.
static bool reports_unclosed(struct reader *r, struct span at)
{
	const struct frame *top = r->depth ? &r->stack[r->depth - 1] : NULL;
	if (!top || top->node->block || str_trim(span_text(r, span_between(r, at.off - r->shift,
	                                                                   r->text.len))).len > 1)
		return false;
	struct span open = {r->file, 1, top->node->at.off};
	return !stop(r, (struct finding){YAML_UNCLOSED, .at = open, .arg = {span_text(r, open)}});
}

// What the parser says of mistakes that people make, and the rules that say it better.
static enum rule syntax_rule(struct str why)
{
	static const struct { struct str begin; enum rule rule; } known[] = {
		{STR("invalid nested block mapping on the same line"), YAML_COLON},
		{STR("invalid multiline plain key"), YAML_INDENT},
		{STR("plain scalar cannot start with"), YAML_START},
		{STR("double-quoted scalar without closing quote"), YAML_QUOTE},
		{STR("single-quoted scalar without closing quote"), YAML_QUOTE},
		{STR("invalid escape"), YAML_ESCAPE},
	};
	for (size_t i = 0; i < countof(known); i++)
		if (str_starts(why, known[i].begin))
			return known[i].rule;
	return YAML_SYNTAX;
}

// A blank that YAML takes for a letter: U+00A0, U+2000 to U+200A, U+202F, U+3000.
static bool reports_blank(struct reader *r, struct span at)
{
	u64 start;
	struct str line = line_around(r, at, &start), rest;
	for (size_t i = 0, len; i < line.len; i += len) {
		u32 c = line.at[i];
		rest = (struct str){line.at + i, line.len - i};
		len = c < 0x80 ? 1 : utf8_next(rest, &c);
		len = len ? len : 1;
		if (c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x3000)
			return !stop(r, (struct finding){YAML_BLANK, .at = {r->file, (u32)len, start + i}});
	}
	return false;
}

static void report_error(struct reader *r)
{
	void *place = NULL;
	const struct fy_diag_error *e = fy_diag_errors_iterate(r->diag, &place);
	if (!e) {
		stop(r, (struct finding){YAML_SYNTAX, .at = span_at(r, 0, 0), .arg = {S("no YAML")}});
		return;
	}
	struct span at = error_span(r, e);
	if (reports_tab(r, at) || reports_blank(r, at) || reports_unclosed(r, at))
		return;
	struct str why = str_copy(r->c->diag->arena, str_from(e->msg));
	stop(r, (struct finding){syntax_rule(why), .at = at, .arg = {why}});
}

static void read_events(struct reader *r)
{
	while (!r->stopped) {
		struct fy_event *e = fy_parser_parse(r->parser);
		if (!e)
			break;
		take_event(r, e);
		fy_parser_event_free(r->parser, e);
	}
	if (!r->stopped && fy_parser_get_stream_error(r->parser))
		report_error(r);
}

static bool parse(struct reader *r)
{
	struct fy_diag_cfg how;
	fy_diag_cfg_default(&how);
	how.level = FYET_MAX;
	r->diag = fy_diag_create(&how);
	struct fy_parse_cfg cfg = {"", FYPCF_QUIET | FYPCF_COLLECT_DIAG, NULL, r->diag};
	r->parser = r->diag ? fy_parser_create(&cfg) : NULL;
	if (!r->parser)
		r->c->arena->full(r->c->arena->owner);
	fy_diag_set_collect_errors(r->diag, true);
	if (fy_parser_set_string(r->parser, (const char *)r->text.at, r->text.len) == 0)
		read_events(r);
	fy_parser_destroy(r->parser);
	fy_diag_destroy(r->diag);
	return !r->bad;
}

bool read_tree(struct context *c, u32 file, enum dialect dialect, struct node **out)
{
	struct reader *r = make(c->arena, 1, struct reader);
	*r = (struct reader){.c = c, .file = file, .dialect = dialect,
	                     .text = c->diag->sources.list[file - 1].text};
	if (!is_readable_text(r))
		return false;
	if (str_trim(r->text).len == 0)
		return complain(r, (struct finding){YAML_EMPTY, .at = span_at(r, 0, 0)});
	if (!parse(r))
		return false;
	if (!r->root)
		return complain(r, (struct finding){YAML_EMPTY, .at = span_at(r, 0, 0)});
	if (dialect == DIALECT_SPEC && !readers_agree(c, file, r->root))
		return false;
	*out = r->root;
	return true;
}
