// fmt: a spec in one form, by edits of its bytes: nothing is printed anew, so that comments and
// values stay what they are. Only blanks, line ends and the commas of flow collections change; a
// scalar of several lines moves as a whole. The result is read and compared.
//
//   mark lines → indent (fmt/) → lines → flow → apply
#include "fmt/internal.h"
#include <stdlib.h>

// ---- lines

// A block's span begins at its sign, or with its content, which is all that is in its line then.
static size_t own_lines(const struct formatter *f, const struct node *n, size_t from)
{
	u32 off = f->source->line_offs[from];
	struct str before = {f->text.at + off, (size_t)n->at.off - off};
	return n->kind == TEXT && n->block && !str_trim(before).len ? 0 : 1;
}

// The last byte of a value; the blanks that block content begins with are not in its length.
static u64 end_of(const struct formatter *f, const struct node *n)
{
	u64 off = n->at.off;
	while (n->kind == TEXT && n->block && off < f->text.len
	       && !str_trim((struct str){f->text.at + off, 1}).len)
		off++;
	return off + (n->at.len ? n->at.len - 1 : 0);
}

// The blank lines behind a block scalar may be its own ('|+').
static void mark_lines(struct formatter *f, const struct node *n)
{
	size_t from = source_line(f->source, n->at.off);
	size_t to = source_line(f->source, end_of(f, n));
	bool block = n->kind == TEXT && n->block, several = to > from || block;
	bool whole = n->kind == TEXT || !n->block;        // else the lines are the children's
	size_t own = from + own_lines(f, n, from);
	for (size_t i = from; whole && several && i < f->source->line_count; i++) {
		bool behind = i > to || (block && i >= own && !n->at.len);
		if (behind && (!block || str_trim(line_text(f, i)).len))
			break;
		f->kept[i] |= n->kind == TEXT && (!block || i >= own);
		if (i >= own)
			f->lines[i] = block ? LINE_CONTENT : LINE_CONTINUES;
	}
	for (const struct node *child = n->first; child; child = child->next)
		mark_lines(f, child);
}

static void format_line(struct formatter *f, struct str line, bool *blank_before)
{
	size_t len = line.len;
	u64 off = (u64)(line.at - f->text.at);
	while (len && (line.at[len - 1] == ' ' || line.at[len - 1] == '\t' || line.at[len - 1] == '\r'))
		len--;
	bool with_end = off + line.len < f->text.len;
	if (len == 0 && *blank_before && with_end)
		edit_add(f, off, line.len + 1, S(""));
	else
		edit_add(f, off + len, line.len - len, S(""));
	*blank_before = len == 0;
}

// Of the text of a scalar only the CR of a CRLF goes: a line ends for YAML with either.
static bool keep_line(struct formatter *f, struct str line)
{
	if (str_ends(line, S("\r")))
		edit_add(f, (u64)(line.at - f->text.at) + line.len - 1, 1, S(""));
	return false;
}

static void format_lines(struct formatter *f)
{
	struct str left = f->text, line;
	bool blank_before = true;     // none at the beginning
	for (size_t i = 0; left.len; i++) {
		left = str_cut(left, '\n', &line);
		if (f->kept[i])
			blank_before = keep_line(f, line);
		else
			format_line(f, line, &blank_before);
	}
}

// ---- flow collections on one line: { a: b, c: [d, e] }

static bool is_simple(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == '\n' || s.at[i] == '#')
			return false;
	return s.len > 1;
}

static u64 start_of(const struct node *child)
{
	return child->key_at.file ? child->key_at.off : child->at.off;
}

// Nothing that is there without being written, and no pair without its braces.
static bool is_plain_flow(const struct node *n)
{
	bool plain = n->kind != TEXT && !n->block && n->count;
	for (const struct node *child = n->first; plain && child; child = child->next)
		plain = child->at.len && (child->kind == TEXT || !child->block)
		     && (n->kind == LIST || child->key_at.len);
	return plain;
}

static void close_gap(struct formatter *f, u64 from, u64 to, struct str by)
{
	struct str gap;
	if (to < from || !str_sub(f->text, from, to - from, &gap))
		return;
	for (size_t i = 0; i < gap.len; i++)
		if (gap.at[i] != ' ' && gap.at[i] != '\t' && gap.at[i] != ',')
			return;
	edit_add(f, from, gap.len, by);
}

static void format_flow(struct formatter *f, const struct node *n)
{
	struct str written, pad = n->kind == MAP ? S(" ") : S("");
	bool here = is_plain_flow(n) && str_sub(f->text, n->at.off, n->at.len, &written)
	         && is_simple(written);
	u64 end = n->at.off + 1;
	for (const struct node *child = n->first; child; child = child->next) {
		if (here)
			close_gap(f, end, start_of(child), child == n->first ? pad : S(", "));
		end = child->at.off + child->at.len;
		format_flow(f, child);
	}
	if (here)
		close_gap(f, end, n->at.off + n->at.len - 1, pad);
}

// ---- together

static int by_place(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;
	return (x->off > y->off) - (x->off < y->off);
}

static struct str apply(struct formatter *f)
{
	struct buf out = buf_new(f->c->arena, 2 * f->text.len + 2);
	u64 done = 0;
	struct str piece;
	if (f->count)
		qsort(f->list, f->count, sizeof *f->list, by_place);
	for (size_t i = 0; i < f->count; i++) {
		if (f->list[i].off < done || !str_sub(f->text, done, f->list[i].off - done, &piece))
			continue;
		buf_put(&out, piece);
		buf_put(&out, f->list[i].by);
		done = f->list[i].off + f->list[i].len;
	}
	if (str_sub(f->text, done, f->text.len - done, &piece))
		buf_put(&out, piece);
	while (out.len > 1 && out.at[out.len - 1] == '\n' && out.at[out.len - 2] == '\n'
	       && !f->kept[f->source->line_count - 1])
		out.len--;
	if (out.len && out.at[out.len - 1] != '\n')
		buf_byte(&out, '\n');
	return buf_str(&out);
}

static bool is_movable(u8 c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ','; }

// All but blanks and commas, in order: comments are among it.
static bool same_ink(struct str a, struct str b)
{
	size_t i = 0, j = 0;
	for (;;) {
		while (i < a.len && is_movable(a.at[i]))
			i++;
		while (j < b.len && is_movable(b.at[j]))
			j++;
		if (i == a.len || j == b.len)
			return i == a.len && j == b.len;
		if (a.at[i++] != b.at[j++])
			return false;
	}
}

static bool reads_the_same(struct context *c, const struct node *tree, struct str before,
                           struct str after)
{
	struct node *again;
	struct arena found = *c->diag->arena;
	struct diag quiet = diag_quiet(&found);
	struct context other = {.arena = c->arena, .diag = &quiet, .library = c->library};
	u32 file = sources_add(&quiet.sources, S("formatted"), after);
	return same_ink(before, after) && read_tree(&other, file, DIALECT_SPEC, &again)
	    && node_equal(tree, again, *c->arena);
}

static struct str formatted(struct context *c, const struct source_text *source,
                            const struct node *tree, bool indented)
{
	struct formatter f = {.c = c, .source = source, .text = source->text};
	f.cap = 2 * source->text.len + source->line_count + 2;
	f.list = make(c->arena, f.cap, struct edit);
	f.kept = make(c->arena, source->line_count + 1, bool);
	f.lines = make(c->arena, source->line_count + 1, enum line);
	mark_lines(&f, tree);
	if (indented && (tree->kind == TEXT || !indent_lines(&f)))
		f.count = 0;
	if (str_starts(f.text, S("\xef\xbb\xbf")))
		edit_add(&f, 0, 3, S(""));
	format_lines(&f);
	format_flow(&f, tree);
	return apply(&f);
}

// A CR by itself ends a line for YAML, for nobody else.
static bool has_lone_cr(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\r' && (i + 1 == text.len || text.at[i + 1] != '\n'))
			return true;
	return false;
}

// Where the indentation cannot be changed without a change of meaning, the rest is formatted.
bool format_spec(struct context *c, u32 file, struct str *out)
{
	const struct source_text source = c->diag->sources.list[file - 1];
	struct node *tree;
	if (!read_tree(c, file, DIALECT_SPEC, &tree))
		return false;
	struct str ink = source.text;
	if (str_starts(ink, S("\xef\xbb\xbf")))
		ink = (struct str){ink.at + 3, ink.len - 3};
	*out = has_lone_cr(ink) ? source.text : formatted(c, &source, tree, true);
	if (str_eq(*out, source.text) || reads_the_same(c, tree, ink, *out))
		return true;
	*out = formatted(c, &source, tree, false);
	if (!reads_the_same(c, tree, ink, *out))
		*out = source.text;
	return true;
}
