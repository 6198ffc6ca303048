// render_text: findings for people, after rustc's: message, place, line, caret, what to do.
#include "report/internal.h"

// A tab has the width of four blanks, so that carets stand where they point to.
static void put_printable(struct buf *out, struct str s)
{
	while (s.len) {
		u32 c;
		size_t obeyed = utf8_obeyed(s, &c), len = obeyed ? obeyed : utf8_next(s, &c);
		struct str one = {s.at, len};
		buf_put(out, c == '\t' ? S("    ") : obeyed ? S("?") : one);
		s = (struct str){s.at + len, s.len - len};
	}
}

// path:line:column, path:offset of a binary file, or the path alone.
static void put_where(struct buf *out, const struct sources *s, struct span at)
{
	put_printable(out, finding_path(s, at));
	if (finding_is_binary(s, at)) {
		put(out, S(": offset "));
		buf_number(out, at.off);
	} else if (at.file) {
		struct place p = diag_place(s, at);
		buf_byte(out, ':');
		buf_number(out, p.line);
		buf_byte(out, ':');
		buf_number(out, p.column);
	}
}

static size_t columns_of(struct str s)
{
	size_t columns = utf8_columns(s);
	for (size_t i = 0; i < s.len; i++)
		columns += s.at[i] == '\t' ? 3 : 0;
	return columns;
}

enum { LINE_MAX_BYTES = 160 };

// The part of a long line that shows the span: both ends are moved to code-point borders.
static struct str window(struct str line, size_t off, size_t *cut)
{
	*cut = 0;
	if (line.len <= LINE_MAX_BYTES)
		return line;
	size_t start = off > LINE_MAX_BYTES / 2 ? off - LINE_MAX_BYTES / 2 : 0;
	size_t end = line.len - start > LINE_MAX_BYTES ? start + LINE_MAX_BYTES : line.len;
	while (start && (line.at[start] & 0xc0) == 0x80)
		start--;
	while (end < line.len && (line.at[end] & 0xc0) == 0x80)
		end++;
	*cut = start;
	return (struct str){line.at + start, end - start};
}

static void put_margin(struct buf *out, size_t width, struct str number)
{
	buf_fill(out, ' ', width - number.len + 1);
	put(out, number, S(" |"));
}

struct mark { u8 with; struct str label, on, off; };

// The line of the span, and under it the span's bytes marked.
static void put_marked_line(struct buf *out, struct str line, size_t off, size_t len,
                            struct str number, struct mark mark)
{
	size_t cut;
	struct str shown = window(line, off, &cut);
	struct str before = {shown.at, off - cut}, marked = {shown.at + (off - cut), len};
	if (marked.len > shown.len - before.len)
		marked.len = shown.len - before.len;
	put_margin(out, number.len, S(""));
	put(out, S("\n"));
	put_margin(out, number.len, number);
	put(out, S(" "));
	put_printable(out, shown);
	put(out, S("\n"));
	put_margin(out, number.len, S(""));
	put(out, S(" "));
	buf_fill(out, ' ', columns_of(before));
	buf_put(out, mark.on);
	size_t width = columns_of(marked);
	buf_fill(out, mark.with, width ? width : 1);
	put(out, mark.label.len ? S(" ") : S(""));
	put_printable(out, mark.label);
	put(out, mark.off, S("\n"));
}

static void put_source(struct buf *out, const struct sources *s, struct span at, struct mark mark)
{
	put(out, S("  --> "));
	put_where(out, s, at);
	put(out, S("\n"));
	if (at.file == 0 || finding_is_binary(s, at))
		return;
	u8 digits[24];
	struct arena small = arena_of(digits, sizeof digits, NULL, NULL);
	struct place p = diag_place(s, at);
	struct str text = s->list[at.file - 1].text;
	size_t line_off = (size_t)(p.line_text.at - text.at);
	size_t off = at.off < text.len ? (size_t)at.off - line_off : p.line_text.len;
	put_marked_line(out, p.line_text, off, at.len, str_number(&small, p.line), mark);
}

static void put_extra(struct buf *out, struct str kind, struct str text)
{
	while (text.len) {
		struct str line;
		text = str_cut(text, '\n', &line);
		put(out, S("   = "), kind, S(": "));
		put_printable(out, line);
		put(out, S("\n"));
	}
}

struct paint { struct str on, bold, off; };

static void put_text(struct buf *out, const struct diag *d, const struct finding *f,
                     struct paint paint)
{
	const struct rule_text *r = &rules[f->rule];
	struct str message = rule_fill(d->arena, r->message, f);
	put(out, paint.on, severity_name(r->severity), S("["), r->code, S("]"), paint.off, S(": "),
	    paint.bold);
	put_printable(out, message);
	put(out, paint.off, S("\n"));
	if (f->at.file)
		put_source(out, &d->sources, f->at,
		           (struct mark){'^', rule_fill(d->arena, r->label, f), paint.on, paint.off});
	if (f->also.file)
		put_source(out, &d->sources, f->also, (struct mark){'-', f->also_label, S(""), S("")});
	put_extra(out, S("note"), rule_fill(d->arena, r->note, f));
	put_extra(out, S("help"), rule_fill(d->arena, r->help, f));
	put(out, S("\n"));
}

static void put_short(struct buf *out, const struct diag *d, const struct finding *f)
{
	const struct rule_text *r = &rules[f->rule];
	put_where(out, &d->sources, f->at);
	put(out, S(": "), severity_name(r->severity), S("["), r->code, S("]: "));
	put_printable(out, rule_fill(d->arena, r->message, f));
	put(out, S("\n"));
}

static struct paint paint_for(enum severity s, bool colour)
{
	static const struct str on[] = {[NOTE] = STR("\033[36m"), [WARNING] = STR("\033[33m"),
	                                [ERROR] = STR("\033[31m")};
	return colour ? (struct paint){on[s], S("\033[1m"), S("\033[0m")} : (struct paint){0};
}

static void put_count(struct buf *out, size_t n, struct str what)
{
	buf_number(out, n);
	put(out, S(" "), what, n == 1 ? S("") : S("s"));
}

static void put_summary(struct buf *out, const struct diag *d, size_t shown)
{
	size_t count[3] = {0};
	for (size_t i = 0; i < d->len; i++)
		count[rules[d->list[i].rule].severity]++;
	put(out, S("amic: "));
	put_count(out, count[ERROR], S("error"));
	put(out, S(", "));
	put_count(out, count[WARNING], S("warning"));
	put(out, S(", "));
	put_count(out, count[NOTE], S("note"));
	if (shown < d->len || d->dropped) {
		put(out, S("; "));
		buf_number(out, d->len - shown + d->dropped);
		put(out, S(" not shown (--max-errors 0 shows all)"));
	}
	put(out, S("\n"));
}

void render_lines(const struct diag *d, struct render how, struct buf *out)
{
	size_t shown = how.max && how.max < d->len ? how.max : d->len;
	for (size_t i = 0; i < shown; i++) {
		const struct finding *f = &d->list[i];
		if (how.format == FORMAT_SHORT)
			put_short(out, d, f);
		else
			put_text(out, d, f, paint_for(rules[f->rule].severity, how.colour));
	}
	if (d->len && (how.format == FORMAT_TEXT || shown < d->len))
		put_summary(out, d, shown);
}
