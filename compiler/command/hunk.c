// hunk: the first lines in which two texts differ, as diff -u shows them.
#include "command/internal.h"

enum { CONTEXT_LINES = 3, WINDOW_LINES = 120, SHOWN_LINES = 24 };

struct lines { struct str *list; size_t count; };

static struct lines split(struct arena *a, struct str text)
{
	struct lines l = {0};
	for (size_t i = 0; i < text.len; i++)
		l.count += text.at[i] == '\n' || i + 1 == text.len;
	l.list = make(a, l.count, struct str);
	for (size_t i = 0; i < l.count; i++)
		text = str_cut(text, '\n', &l.list[i]);
	return l;
}

static size_t window(const struct lines *l, size_t from)
{
	size_t left = l->count - from;
	return left < WINDOW_LINES ? left : WINDOW_LINES;
}

// The longest common subsequence of two windows, as lengths from each pair of places on.
static u32 *common_lengths(struct arena *a, const struct str *x, size_t nx, const struct str *y,
                           size_t ny)
{
	u32 *length = make(a, (nx + 1) * (ny + 1), u32);
	for (size_t i = nx; i-- > 0;) {
		for (size_t j = ny; j-- > 0;) {
			u32 down = length[(i + 1) * (ny + 1) + j], right = length[i * (ny + 1) + j + 1];
			length[i * (ny + 1) + j] = str_eq(x[i], y[j])
				? length[(i + 1) * (ny + 1) + j + 1] + 1 : down > right ? down : right;
		}
	}
	return length;
}

// One line of a hunk: ' ', '-' or '+'.
struct change_line { u8 sign; struct str text; };
struct hunk { struct change_line list[SHOWN_LINES]; size_t count, old, new; bool more; };

static void add_line(struct hunk *h, u8 sign, struct str text)
{
	h->list[h->count++] = (struct change_line){sign, text};
	h->old += sign != '+';
	h->new += sign != '-';
}

// What is the same at the end of a hunk, beyond its three lines of context, is none of it.
static void end_hunk(struct hunk *h)
{
	size_t same = 0;
	while (same < h->count && h->list[h->count - 1 - same].sign == ' ')
		same++;
	for (; same > CONTEXT_LINES && h->count; same--) {
		h->count--;
		h->old--;
		h->new--;
	}
}

static bool ends_alike(const struct lines *x, size_t i, const struct lines *y, size_t j)
{
	if (x->count - i != y->count - j)
		return false;
	for (; i < x->count; i++, j++)
		if (!str_eq(x->list[i], y->list[j]))
			return false;
	return true;
}

static void find_hunk(struct hunk *h, const struct lines *old, const struct lines *new,
                      size_t from, struct arena scratch)
{
	const struct str *x = old->list + from, *y = new->list + from;
	size_t nx = window(old, from), ny = window(new, from), i = 0, j = 0;
	u32 *length = common_lengths(&scratch, x, nx, y, ny);
	while (h->count < SHOWN_LINES && (i < nx || j < ny)) {
		bool same = i < nx && j < ny && str_eq(x[i], y[j]);
		bool take = i < nx && (j == ny || length[(i + 1) * (ny + 1) + j]
		                                  >= length[i * (ny + 1) + j + 1]);
		add_line(h, same ? ' ' : take ? '-' : '+', same || take ? x[i] : y[j]);
		i += same || take;
		j += same || !take;
	}
	h->more = !ends_alike(old, from + i, new, from + j);
	end_hunk(h);
}

static void put_side(struct buf *out, struct str sign, size_t from, size_t count)
{
	put(out, sign);
	buf_number(out, count ? from + 1 : from);
	put(out, S(","));
	buf_number(out, count);
}

static void put_hunk(struct buf *out, const struct hunk *h, size_t from)
{
	put_side(out, S("@@ -"), from, h->old);
	put_side(out, S(" +"), from, h->new);
	put(out, S(" @@\n"));
	for (size_t i = 0; i < h->count; i++) {
		buf_byte(out, h->list[i].sign);
		buf_printable(out, h->list[i].text);
		buf_byte(out, '\n');
	}
	put(out, h->more ? S("\\ and more below\n") : S(""));
}

// The first line holds the digest of the others: it differs whenever they do.
static bool is_rebuilt(const struct lines *x, const struct lines *y)
{
	struct str comment = S("# @generated ");
	return x->count > 1 && y->count > 1 && str_starts(x->list[0], comment)
	    && str_starts(y->list[0], comment) && !ends_alike(x, 1, y, 1);
}

static size_t first_difference(const struct lines *x, const struct lines *y)
{
	size_t i = is_rebuilt(x, y);
	while (i < x->count && i < y->count && str_eq(x->list[i], y->list[i]))
		i++;
	return i;
}

size_t hunk_put(struct arena *a, struct str path, struct str was, struct str is, struct str spec,
                struct buf *out)
{
	struct lines x = split(a, was), y = split(a, is);
	size_t first = first_difference(&x, &y);
	size_t from = first > CONTEXT_LINES ? first - CONTEXT_LINES : is_rebuilt(&x, &y);
	struct hunk h = {0};
	find_hunk(&h, &x, &y, from, *a);
	buf_printable(out, cat(a, S("--- "), path, S("\n+++ "), path, S(" of "), spec, S("\n")));
	put_hunk(out, &h, from);
	return first;
}
