// schedule: cron(minute hour day month weekday year) and rate(N unit), as AWS writes them: is it
// one, and would it do what it seems to say?
#include "facts/facts.h"

struct field { struct str form; u64 from, to; const struct str *words; size_t word_count; };

static const struct str months[] = {
	STR("JAN"), STR("FEB"), STR("MAR"), STR("APR"), STR("MAY"), STR("JUN"), STR("JUL"), STR("AUG"),
	STR("SEP"), STR("OCT"), STR("NOV"), STR("DEC"),
};
static const struct str weekdays[] = {
	STR("SUN"), STR("MON"), STR("TUE"), STR("WED"), STR("THU"), STR("FRI"), STR("SAT"),
};
static const struct field fields[] = {
	{STR("minute is 0-59, with , - * /"), 0, 59, NULL, 0},
	{STR("hour is 0-23, with , - * /"), 0, 23, NULL, 0},
	{STR("day is 1-31, with , - * / L W, or ?"), 1, 31, NULL, 0},
	{STR("month is 1-12 or JAN-DEC, with , - * /"), 1, 12, months, countof(months)},
	{STR("weekday is 1-7 (1 is Sunday) or SUN-SAT, with , - * L, or SAT#2,4, or ?"), 1, 7, weekdays,
	 countof(weekdays)},
	{STR("year is 1970-2199, with , - * /"), 1970, 2199, NULL, 0},
};
enum { DAY = 2, MONTH = 3, WEEKDAY = 4, YEAR = 5, FIELDS = countof(fields) };

static bool point(const struct field *f, struct str s, u64 *out)
{
	u64 n;
	if (str_u64(s, &n)) {
		*out = n;
		return n >= f->from && n <= f->to;
	}
	for (size_t i = 0; i < f->word_count; i++) {
		if (str_distance(f->words[i], s) != 0)
			continue;
		*out = f->from + i;
		return true;
	}
	return false;
}

static bool is_point(const struct field *f, struct str s)
{
	u64 n;
	return point(f, s, &n);
}

// L, LW, 15W; 6L: the last or nearest of a month.
static bool is_special(const struct field *f, struct str s)
{
	if (f == &fields[DAY] && (str_eq(s, S("L")) || str_eq(s, S("LW"))))
		return true;
	if (f == &fields[DAY] && str_ends(s, S("W")))
		return is_point(f, (struct str){s.at, s.len - 1});
	return f == &fields[WEEKDAY] && str_ends(s, S("L"))
	    && (s.len == 1 || is_point(f, (struct str){s.at, s.len - 1}));
}

// "SAT#2,4", the second and the fourth of a month: all that the field may hold.
static bool is_counted(const struct field *f, struct str s)
{
	struct str day, one, left = str_cut(s, '#', &day);
	u64 n;
	bool good = f == &fields[WEEKDAY] && is_point(f, day);
	for (bool more = true; good && more;) {
		struct str rest = str_cut(left, ',', &one);
		more = one.len < left.len;
		good = str_u64(one, &n) && n >= 1 && n <= 5;
		left = rest;
	}
	return good;
}

// "5", "5-9", "*", each with a step behind it or not: "5/15", "*/2".
struct range { u64 from, to, step; };

static bool range(const struct field *f, struct str s, struct range *out)
{
	struct str span, step = str_cut(s, '/', &span), from, to = str_cut(span, '-', &from);
	struct range r = {f->from, f->to, 1};
	bool stepped = span.len < s.len, single = from.len == span.len;
	// Days of the week have no steps.
	if (stepped && (f == &fields[WEEKDAY] || !str_u64(step, &r.step) || r.step == 0))
		return false;
	if (!str_eq(span, S("*"))) {
		if (!point(f, from, &r.from) || (!single && !point(f, to, &r.to)))
			return false;
		r.to = single && !stepped ? r.from : r.to;
	}
	*out = r;
	return true;
}

static bool is_field(const struct field *f, struct str s)
{
	bool day = f == &fields[DAY] || f == &fields[WEEKDAY];
	size_t off;
	struct range r;
	if (str_eq(s, S("?")))
		return day;
	if (str_find(s, S("#"), &off))
		return is_counted(f, s);
	for (bool more = true; more;) {
		struct str one, rest = str_cut(s, ',', &one);
		more = one.len < s.len;
		if (!range(f, one, &r) && !is_special(f, one))
			return false;
		s = rest;
	}
	return true;
}

// The six fields of a cron(…) of that body; false when they are not six.
static bool split(struct str body, struct str parts[FIELDS])
{
	struct str left = body;
	size_t count = 0;
	while (left.len && count < FIELDS)
		left = str_cut(left, ' ', &parts[count++]);
	return count == FIELDS && left.len == 0 && !str_ends(body, S(" "));
}

static bool cron_is_valid(struct str body, struct str *why)
{
	struct str parts[FIELDS];
	*why = S("six fields: minute hour day month weekday year");
	if (!split(body, parts))
		return false;
	for (size_t i = 0; i < FIELDS; i++) {
		*why = fields[i].form;
		if (!is_field(&fields[i], parts[i]))
			return false;
	}
	*why = S("either day or weekday must be '?'");
	return str_eq(parts[DAY], S("?")) != str_eq(parts[WEEKDAY], S("?"));
}

static bool rate_is_valid(struct str body, struct str *why)
{
	static const struct str units[] = {STR("minute"), STR("hour"), STR("day")};
	struct str number, unit = str_cut(body, ' ', &number);
	u64 n;
	*why = S("a number and minutes, hours or days; 'rate(1 day)', 'rate(7 days)'");
	if (!str_u64(number, &n) || n == 0 || number.at[0] == '0')
		return false;
	for (size_t i = 0; i < countof(units); i++) {
		bool plural = unit.len == units[i].len + 1 && str_ends(unit, S("s"));
		if (str_starts(unit, units[i]) && (plural ? n > 1 : n == 1 && unit.len == units[i].len))
			return true;
	}
	return false;
}

static bool is_cron(struct str text, struct str *body)
{
	return str_starts(text, S("cron(")) && str_ends(text, S(")"))
	    && str_sub(text, 5, text.len - 6, body);
}

bool schedule_is_valid(struct str text, struct str *why)
{
	struct str body;
	*why = S("cron(…) or rate(…)");
	if (!str_ends(text, S(")")))
		return false;
	if (is_cron(text, &body))
		return cron_is_valid(body, why);
	return str_starts(text, S("rate(")) && str_sub(text, 5, text.len - 6, &body)
	    && rate_is_valid(body, why);
}

// ---- what it would do

// Whether n is among the values of a valid field. What names a day of each month, such as L,
// counts as the first.
static bool has(const struct field *f, struct str s, u64 n)
{
	if (str_eq(s, S("?")))
		return true;
	for (bool more = true; more;) {
		struct str one, rest = str_cut(s, ',', &one);
		struct range r;
		u64 day;
		more = one.len < s.len;
		s = rest;
		if (range(f, one, &r)) {
			bool inside = r.from <= r.to ? n >= r.from && n <= r.to : n >= r.from || n <= r.to;
			u64 steps = n >= r.from ? n - r.from : n - f->from + 1 + f->to - r.from;
			if (inside && steps % r.step == 0)
				return true;
		} else if (point(f, (struct str){one.at, one.len - 1}, &day) ? n == day : n == f->from) {
			return true;              // 15W is near the 15th
		}
	}
	return false;
}

static bool has_leap_year(struct str years)
{
	const struct field *f = &fields[YEAR];
	for (u64 y = f->from; y <= f->to; y++)
		if (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) && has(f, years, y))
			return true;
	return false;
}

static bool has_day(const struct str parts[FIELDS], u64 month)
{
	static const u8 days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	for (u64 day = 1; day <= days[month - 1]; day++)
		if (has(&fields[DAY], parts[DAY], day))
			return true;
	return month == 2 && has(&fields[DAY], parts[DAY], 29) && has_leap_year(parts[YEAR]);
}

bool schedule_fires(struct str text)
{
	struct str body, parts[FIELDS];
	if (!is_cron(text, &body) || !split(body, parts))
		return true;
	for (u64 month = 1; month <= 12; month++)
		if (has(&fields[MONTH], parts[MONTH], month) && has_day(parts, month))
			return true;
	return false;
}

static struct str point_text(struct arena *a, const struct field *f, u64 n, bool word)
{
	return word ? f->words[n - f->from] : str_number(a, n);
}

// "22-23", "0" when both are the same, and the step behind it when there is one.
static struct str forward(struct arena *a, const struct field *f, struct range r, bool word)
{
	bool single = r.from == r.to, stepped = r.step > 1 && !single;
	return cat(a, point_text(a, f, r.from, word), single ? S("") : S("-"),
	           single ? S("") : point_text(a, f, r.to, word), stepped ? S("/") : S(""),
	           stepped ? str_number(a, r.step) : S(""));
}

// What the range says when it goes on at the field's beginning. Years do not begin again: there the
// ends are swapped.
static struct str unwound(struct arena *a, const struct field *f, struct str one, struct range r)
{
	bool word = f->word_count && !(one.at[0] >= '0' && one.at[0] <= '9');
	u64 behind = (f->to - r.from) % r.step, next = f->from + r.step - 1 - behind;
	struct range head = {r.from, f->to - behind, r.step}, tail = {next, r.to, r.step};
	if (f == &fields[YEAR])
		return forward(a, f, (struct range){r.to, r.from, r.step}, false);
	if (next > r.to)
		return forward(a, f, head, word);
	tail.to -= (r.to - next) % r.step;
	return cat(a, forward(a, f, head, word), S(","), forward(a, f, tail, word));
}

bool schedule_turns_back(struct arena *a, struct str text, struct str *out, struct str *split_up)
{
	struct str body, parts[FIELDS];
	bool known = is_cron(text, &body) && split(body, parts);
	for (size_t i = 0; known && i < FIELDS; i++) {
		for (struct str one, left = parts[i]; left.len;) {
			struct range r;
			left = str_cut(left, ',', &one);
			if (!range(&fields[i], one, &r) || r.from <= r.to)
				continue;
			*out = one;
			*split_up = unwound(a, &fields[i], one, r);
			return true;
		}
	}
	return false;
}
