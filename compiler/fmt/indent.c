// indent: the levels of a spec at two columns each. The lines say by themselves what level they
// are of: a level is where its first line begins, and it ends with the first one before that.
#include "fmt/internal.h"

enum { STEP = 2, DEPTH_MAX = 256 };

struct margin { size_t was, is; bool list; };    // columns, from 0
struct indenter {
	struct formatter *f;
	struct margin stack[DEPTH_MAX];
	size_t depth;
	struct margin last;           // of the last dash, key or value: what continues it moves along
	bool last_is_header;          // that was the sign of a block scalar, not its key
	bool in_content;              // the last line was content of a block scalar
	struct margin content;
	size_t next_own;              // the line behind a run of comments, once it was looked for
};

static struct str spaces(struct indenter *in, size_t count)
{
	struct buf b = buf_new(in->f->c->arena, count + 1);
	buf_fill(&b, ' ', count);
	return buf_str(&b);
}

static size_t leading(struct str line)
{
	size_t n = 0;
	while (n < line.len && line.at[n] == ' ')
		n++;
	return n;
}

static bool is_blank(u8 c) { return c == ' ' || c == '\t' || c == '\r'; }
static bool ends_at(struct str line, size_t i) { return i >= line.len || is_blank(line.at[i]); }

static bool is_dash(struct str line, size_t col)
{
	return col < line.len && line.at[col] == '-' && ends_at(line, col + 1);
}

static bool is_comment(struct str line)
{
	size_t col = leading(line);
	return col < line.len && line.at[col] == '#';
}

static void move_line(struct indenter *in, struct str line, size_t from, size_t to)
{
	edit_add(in->f, (u64)(line.at - in->f->text.at), from, spaces(in, to));
}

// ---- levels

// How deep the stack is once a token at this column has closed what it closes.
static size_t depth_at(const struct indenter *in, size_t col, bool list)
{
	size_t depth = in->depth;
	for (; depth; depth--) {
		const struct margin *top = &in->stack[depth - 1];
		if (top->was < col || (top->was == col && (list || !top->list)))
			break;
	}
	return depth;
}

static struct margin level_at(const struct indenter *in, size_t col, bool list)
{
	size_t depth = depth_at(in, col, list);
	const struct margin *top = depth ? &in->stack[depth - 1] : NULL;
	if (top && top->was == col && top->list == list)
		return *top;
	return (struct margin){col, top ? top->is + STEP : 0, list};
}

static bool enter(struct indenter *in, size_t col, bool list)
{
	struct margin now = level_at(in, col, list);
	in->depth = depth_at(in, col, list);
	const struct margin *top = in->depth ? &in->stack[in->depth - 1] : NULL;
	bool there = top && top->was == col && top->list == list;
	if (!there && in->depth == DEPTH_MAX)
		return false;
	if (!there)
		in->stack[in->depth++] = now;
	in->last = now;
	return true;
}

// ---- lines

// Dashes and what follows them: "- - a: 1" begins three levels.
static bool indent_own(struct indenter *in, struct str line)
{
	size_t col = leading(line), before = 0, from = 0;
	while (is_dash(line, col)) {
		if (!enter(in, col, true))
			return false;
		edit_add(in->f, (u64)(line.at - in->f->text.at) + from, col - from,
		         spaces(in, in->last.is - before));
		before = in->last.is + 1;
		from = col + 1;
		for (col = from; col < line.len && is_blank(line.at[col]);)
			col++;
		if (col == line.len || line.at[col] == '#')
			return true;
	}
	if ((line.at[col] == '?' || line.at[col] == ':') && ends_at(line, col + 1))
		return false;                        // a key that is written in the long form
	if (!enter(in, col, false))
		return false;
	in->last_is_header = line.at[col] == '|' || line.at[col] == '>';
	edit_add(in->f, (u64)(line.at - in->f->text.at) + from, col - from,
	         spaces(in, in->last.is - before));
	return true;
}

// The next line that is neither blank nor a comment: the same one for a whole run of comments.
static size_t next_own(struct indenter *in, size_t number)
{
	const struct formatter *f = in->f;
	for (; in->next_own <= number || in->next_own < f->source->line_count; in->next_own++) {
		struct str line = in->next_own > number ? line_text(f, in->next_own) : S("");
		if (str_trim(line).len && !is_comment(line))
			break;
	}
	return in->next_own;
}

// A comment stands with the line after it, if it begins where that does; else it keeps its
// distance from the level that it is in.
static void indent_comment(struct indenter *in, size_t number, struct str line)
{
	size_t col = leading(line), next = next_own(in, number), depth = in->depth;
	struct str other = next < in->f->source->line_count ? line_text(in->f, next) : S("");
	if (other.len && leading(other) == col) {
		move_line(in, line, col, level_at(in, col, is_dash(other, col)).is);
		return;
	}
	while (depth && in->stack[depth - 1].was > col)
		depth--;
	const struct margin *level = depth ? &in->stack[depth - 1] : NULL;
	size_t beyond = level && !in->in_content ? col - level->was : 0;
	move_line(in, line, col, (level ? level->is : 0) + beyond);
}

static void shift(struct indenter *in, struct str line, struct margin by)
{
	size_t col = leading(line);
	move_line(in, line, col, col + by.is > by.was ? col + by.is - by.was : 0);
}

// A digit in the header counts columns from the level: then the content keeps its distance.
static bool has_digit(struct str header)
{
	size_t i = header.len;
	while (i && header.at[i - 1] != '|' && header.at[i - 1] != '>')
		i--;
	for (; i < header.len && !is_blank(header.at[i]); i++)
		if (header.at[i] >= '1' && header.at[i] <= '9')
			return true;
	return false;
}

// The first line with text says where the content was.
static void begin_content(struct indenter *in, size_t number)
{
	const struct formatter *f = in->f;
	size_t first = number;
	while (first < f->source->line_count && f->lines[first] == LINE_CONTENT
	       && !str_trim(line_text(f, first)).len)
		first++;
	bool has_text = first < f->source->line_count && f->lines[first] == LINE_CONTENT;
	size_t col = has_text ? leading(line_text(f, first)) : 0;
	bool fixed = number && has_digit(line_text(in->f, number - 1));
	size_t parent = in->depth - (in->last_is_header && in->depth > 1);
	size_t step = in->last_is_header ? 0 : STEP;
	in->content = (struct margin){col, has_text ? in->last.is + step : col, false};
	if (fixed && parent)
		in->content = in->stack[parent - 1];
	in->in_content = true;
}

static void indent_content(struct indenter *in, size_t number, struct str line)
{
	if (!in->in_content)
		begin_content(in, number);
	struct margin by = in->content;
	size_t col = leading(line), least = by.was < by.is ? by.was : by.is;
	if (str_trim(line).len || col > by.was)
		shift(in, line, by);
	else
		move_line(in, line, col, col < least ? col : least);
}

bool indent_lines(struct formatter *f)
{
	struct indenter in = {.f = f};
	for (size_t i = 0; i < f->source->line_count; i++) {
		struct str line = line_text(f, i);
		size_t col = leading(line);
		bool empty = str_trim(line).len == 0;
		if (f->lines[i] == LINE_CONTENT) {
			indent_content(&in, i, line);
			continue;
		}
		if (!empty && f->lines[i] == LINE_CONTINUES)
			shift(&in, line, in.last);
		else if (!empty && is_comment(line))
			indent_comment(&in, i, line);
		else if (!empty && (line.at[col] == '\t' || !indent_own(&in, line)))
			return false;
		in.in_content &= empty || is_comment(line);
	}
	return true;
}
