// patterns: what a document's parameters take, and whether the program that reads the document can
// compile that. Which dialect it has is data: "patterns" in the document's schema. The dialects so
// described are RE2's: what it lacks of others', and repeats that end at a number, nested ones
// multiplied. Deeper limits of RE2 (the size of the program, nesting) are not worked out.
#include "link/link.h"

enum { DEPTH_MAX = 250 };                // groups within groups

// One group that is still open: the largest product of counted repeats in it, and of its last part.
struct group { u64 most, last; };

struct scan {
	struct linkage *l;
	const struct node *facts;
	struct str left;
	struct group open[DEPTH_MAX];
	size_t depth;
	bool repeated;                       // the last part has its quantifier
	struct str why;                      // what is refused; empty: nothing yet
};

static void refuse(struct scan *s, struct str token, struct str why)
{
	struct arena *a = s->l->c->diag->arena;
	if (!s->why.len)
		s->why = cat(a, S("'"), str_copy(a, token), S("' "), why);
}

static struct str first(struct str s, size_t count)
{
	return (struct str){s.at, count < s.len ? count : s.len};
}

static void skip(struct scan *s, size_t count)
{
	count = count < s->left.len ? count : s->left.len;
	s->left = (struct str){s->left.at + count, s->left.len - count};
}

static void part(struct scan *s, u64 product)
{
	struct group *g = &s->open[s->depth];
	g->most = g->most > g->last ? g->most : g->last;
	g->last = product;
	s->repeated = false;
}

// The shortest beginning of what is left, of `most` bytes at most, that a pattern of schemas/
// takes whole; 0: none.
static size_t taken(const struct scan *s, struct str name, size_t most)
{
	struct str pattern = node_str(s->facts, name);
	for (size_t len = 2; len <= most && len <= s->left.len; len++)
		if (link_matches(s->l, pattern, first(s->left, len)))
			return len;
	return 0;
}

// ---- escapes, classes, groups

static void escape(struct scan *s, struct str kind)
{
	enum { LONGEST = 40 };               // \p{…} with the name of a script
	struct str end = STR("\\E");
	size_t off, len = taken(s, kind, LONGEST);
	if (str_starts(s->left, S("\\Q"))) {
		len = str_find(s->left, end, &off) ? off + end.len : s->left.len;
	} else if (!len) {
		refuse(s, first(s->left, 2), S("is not in RE2"));
		len = 2;
	}
	skip(s, len);
}

static void class_of_characters(struct scan *s)
{
	skip(s, str_starts(s->left, S("[^")) ? 2 : 1);
	if (str_starts(s->left, S("]")))
		skip(s, 1);                      // it stands for itself at the beginning
	while (s->left.len && s->left.at[0] != ']' && !s->why.len) {
		size_t off;
		struct str end = STR(":]");
		if (s->left.at[0] == '\\')
			escape(s, S("class-escapes"));
		else if (str_starts(s->left, S("[:")) && str_find(s->left, end, &off))
			skip(s, off + end.len);
		else
			skip(s, 1);
	}
	skip(s, 1);
	part(s, 1);
}

static void open_group(struct scan *s)
{
	enum { LONGEST = 64 };
	bool plain = !str_starts(s->left, S("(?"));
	size_t len = plain ? 1 : taken(s, S("groups"), LONGEST);
	if (!len || s->depth + 1 == DEPTH_MAX) {
		refuse(s, first(s->left, len ? len : 4),
			len ? S("is nested too deeply") : S("is not in RE2"));
		return;
	}
	bool flags = s->left.at[len - 1] == ')';
	skip(s, len);
	part(s, 1);
	if (!flags)
		s->open[++s->depth] = (struct group){1, 1};
}

static void close_group(struct scan *s)
{
	skip(s, 1);
	if (!s->depth)
		return;                          // said by the compiler of patterns
	struct group g = s->open[s->depth--];
	s->open[s->depth].last = g.most > g.last ? g.most : g.last;
	s->repeated = false;
}

// ---- repeats

// {n}, {n,} or {n,m}; any other brace stands for itself. *times: m, or n where there is none.
static size_t counted(struct str text, u64 *times)
{
	struct str inside, low, high;
	size_t off;
	if (!str_starts(text, S("{")) || !str_find(text, S("}"), &off))
		return 0;
	inside = (struct str){text.at + 1, off - 1};
	high = str_cut(inside, ',', &low);
	bool comma = low.len < inside.len;
	if (!str_u64(low, times) || (comma && high.len && !str_u64(high, times)))
		return 0;
	return off + 1;
}

static void repeat(struct scan *s, size_t len, u64 times)
{
	u64 most = node_number(s->facts, S("repeat-max"), 0), product;
	struct str token = first(s->left, len), number = str_number(s->l->c->arena, most);
	u64 *last = &s->open[s->depth].last;
	if (s->repeated)
		refuse(s, token, S("repeats a repeat, which RE2 does not know"));
	if (times > most)
		refuse(s, token, cat(s->l->c->arena, S("is over "), number,
			S(", where RE2's repeats end")));
	else if (times && (!mul_u64(*last, times, &product) || product > most))
		refuse(s, token, cat(s->l->c->arena, S("makes more than "), number,
			S(" with the repeats inside it, where RE2's end")));
	else if (times)
		*last = product;
	skip(s, len);
	skip(s, str_starts(s->left, S("?")));
	s->repeated = true;
}

static void scan_one(struct scan *s)
{
	u8 c = s->left.at[0];
	u64 times = 1;
	size_t len = counted(s->left, &times);
	if (c == '\\') {
		escape(s, S("escapes"));
		part(s, 1);
	} else if (c == '[') {
		class_of_characters(s);
	} else if (c == '(') {
		open_group(s);
	} else if (c == ')') {
		close_group(s);
	} else if (len || c == '*' || c == '+' || c == '?') {
		repeat(s, len ? len : 1, times);
	} else {
		skip(s, 1);
		part(s, 1);
	}
}

struct str link_pattern_refused(struct linkage *l, const struct node *facts, struct str pattern)
{
	struct scan s = {.l = l, .facts = facts, .left = pattern, .open = {{1, 1}}};
	while (s.left.len && !s.why.len)
		scan_one(&s);
	return s.why;
}

// ---- parameters

static void check_default(struct linkage *l, const struct node *parameter,
                          const struct node *pattern, const struct node *value)
{
	size_t off;
	if (value->kind != TEXT || str_find(value->text, S("{{"), &off)
	    || !pattern_compiles(pattern->text) || link_found(l, pattern->text, value->text))
		return;
	link_report(l, value, (struct finding){DEFAULT_REFUSED,
		.arg = {parameter->key, value->text}, .also = pattern->at,
		.also_label = S("what it must match")});
}

static void check_parameter(struct linkage *l, const struct node *facts,
                            const struct node *parameter)
{
	const struct node *pattern = node_get(parameter, node_str(facts, S("at")));
	const struct node *value = node_get(parameter, node_str(facts, S("value")));
	if (!pattern || pattern->kind != TEXT)
		return;
	struct str why = link_pattern_refused(l, facts, pattern->text);
	if (why.len)
		link_report(l, pattern, (struct finding){PATTERN_REFUSED, .arg = {parameter->key, why}});
	else if (value && value->kind == LIST)
		for (const struct node *n = value->first; n; n = n->next)
			check_default(l, parameter, pattern, n);
	else if (value)
		check_default(l, parameter, pattern, value);
}

void link_patterns(struct linkage *l, const struct inner *d)
{
	const struct node *facts = node_get(d->facts, S("patterns"));
	const struct node *place = node_at(node_get(d->facts, S("declares")), 0);
	const struct node *list = facts ? node_get(d->tree, node_str(place, S("at"))) : NULL;
	const struct node *n = list && list->kind == MAP ? list->first : NULL;
	for (; n; n = n->next)
		if (n->kind == MAP)
			check_parameter(l, facts, n);
}
