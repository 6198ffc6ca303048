// version: the order of versions by the UAPI group's Version Format Specification, and file name
// patterns, as systemd-boot uses them to sort and to choose entries.
#include "measure/boot/internal.h"

static bool is_letter(u8 c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static u8 first(struct str s) { return s.len ? *s.at : 0; }

static void skip(struct str *s, size_t n)
{
	s->at += n;
	s->len -= n;
}

static bool is_known(u8 c)
{
	return text_digit(c) || is_letter(c) || c == '~' || c == '-' || c == '^' || c == '.';
}

static int sign(int a, int b) { return (a > b) - (a < b); }

// A separator in front of one and not the other decides: what has it is older.
static int compare_mark(struct str *a, struct str *b, u8 mark)
{
	bool in_a = first(*a) == mark, in_b = first(*b) == mark;
	if (in_a != in_b)
		return in_a ? -1 : 1;
	skip(a, in_a);
	skip(b, in_b);
	return 0;
}

static size_t run_length(struct str s, bool (*of)(u8 c))
{
	size_t n = 0;
	while (n < s.len && of(s.at[n]))
		n++;
	return n;
}

static struct str take_run(struct str *s, bool (*of)(u8 c))
{
	struct str run = {s->at, run_length(*s, of)};
	skip(s, run.len);
	return run;
}

// Numbers of any length: without leading zeros the longer one is greater.
static int compare_numbers(struct str *a, struct str *b)
{
	struct str x = take_run(a, text_digit), y = take_run(b, text_digit);
	while (first(x) == '0')
		skip(&x, 1);
	while (first(y) == '0')
		skip(&y, 1);
	return x.len != y.len ? (x.len < y.len ? -1 : 1) : str_cmp(x, y);
}

// Letters: a prefix is older.
static int compare_letters(struct str *a, struct str *b)
{
	return str_cmp(take_run(a, is_letter), take_run(b, is_letter));
}

static void skip_unknown(struct str *s)
{
	while (s->len && !is_known(*s->at))
		skip(s, 1);
}

static int compare_segment(struct str *a, struct str *b)
{
	static const u8 marks[] = {'-', '^', '.'};
	int order = 0;
	for (size_t i = 0; i < countof(marks) && !order; i++)
		order = compare_mark(a, b, marks[i]);
	if (order)
		return order;
	if (text_digit(first(*a)) || text_digit(first(*b)))
		return compare_numbers(a, b);
	return compare_letters(a, b);
}

int version_compare(struct str a, struct str b)
{
	for (;;) {
		skip_unknown(&a);
		skip_unknown(&b);
		int order = compare_mark(&a, &b, '~');
		if (order)
			return order;
		if (!a.len || !b.len)
			return sign(first(a), first(b));
		order = compare_segment(&a, &b);
		if (order)
			return order;
	}
}

// ---- patterns

// "[…]" at the front of *p: does it hold c? False in *closed when it has no end.
static bool set_holds(struct str *p, u8 c, bool *closed)
{
	bool found = false;
	u8 before = 0;
	skip(p, 1);
	for (bool at_first = true; p->len && (*p->at != ']' || at_first); at_first = false) {
		u8 here = *p->at;
		bool range = here == '-' && before && p->len > 1 && p->at[1] != ']';
		skip(p, here == '\\' || range);
		if (!p->len)
			break;
		here = *p->at;
		found |= range ? before <= c && c <= here : here == c;
		before = range ? 0 : here;
		skip(p, 1);
	}
	*closed = p->len > 0;
	skip(p, *closed);
	return found;
}

// One character against the front of the pattern, which must not be a star.
static bool one_matches(struct str *p, u8 c)
{
	bool closed = true, found = true;
	switch (first(*p)) {
	case '?':
		skip(p, 1);
		return true;
	case '[':
		found = set_holds(p, c, &closed);
		return found && closed;
	case '\\':
		skip(p, p->len > 1);
		break;
	default:
		break;
	}
	found = p->len && *p->at == c;
	skip(p, p->len > 0);
	return found;
}

// Only the last star can be asked for more: at most pattern times text steps.
bool glob_matches(struct str pattern, struct str text)
{
	struct str star = {0}, from = {0};
	bool has_star = false;
	while (text.len || pattern.len) {
		if (first(pattern) == '*') {
			skip(&pattern, 1);
			star = pattern;
			from = text;
			has_star = true;
		} else if (text.len && pattern.len && one_matches(&pattern, *text.at)) {
			skip(&text, 1);
		} else if (has_star && from.len) {
			skip(&from, 1);
			pattern = star;
			text = from;
		} else {
			return false;
		}
	}
	return true;
}
