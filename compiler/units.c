// units: durations, sizes, versions and schedules as the language writes them.
#include "amic.h"

struct unit { struct str suffix; u64 factor; };

static bool split_number(struct str text, u64 *number, struct str *suffix)
{
	size_t digits = 0;
	if (text.len == 0)
		return false;
	while (digits < text.len && text.at[digits] >= '0' && text.at[digits] <= '9')
		digits++;
	*suffix = (struct str){text.at + digits, text.len - digits};
	return str_u64((struct str){text.at, digits}, number);
}

static bool read_unit(struct str text, const struct unit *units, size_t count, u64 *out)
{
	u64 number, value;
	struct str suffix;
	if (!split_number(text, &number, &suffix))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!str_eq(suffix, units[i].suffix))
			continue;
		if (!mul_u64(number, units[i].factor, &value))
			return false;
		*out = value;
		return true;
	}
	return false;
}

bool duration_seconds(struct str text, u64 *out)
{
	static const struct unit units[] = {
		{STR("s"), 1}, {STR("m"), 60}, {STR("h"), 3600}, {STR("d"), 86400},
	};
	return read_unit(text, units, countof(units), out);
}

bool size_mib(struct str text, u64 *out)
{
	static const struct unit units[] = {
		{STR("MiB"), 1}, {STR("GiB"), 1 << 10}, {STR("TiB"), 1 << 20},
	};
	return read_unit(text, units, countof(units), out);
}

// Version nodes of the service are 30 bits wide.
bool version_read(struct str text, u64 *major, u64 *minor)
{
	enum { NODE_MAX = (1 << 30) - 1 };
	struct str first, second = str_cut(text, '.', &first);
	u64 a, b;
	if (!str_u64(first, &a) || !str_u64(second, &b) || a > NODE_MAX || b > NODE_MAX)
		return false;
	*major = a;
	*minor = b;
	return true;
}

// ---- schedules: cron(minute hour day month weekday year), rate(N unit)

struct field { struct str name; u64 from, to; const struct str *words; size_t word_count; };

static const struct str months[] = {
	STR("JAN"), STR("FEB"), STR("MAR"), STR("APR"), STR("MAY"), STR("JUN"), STR("JUL"), STR("AUG"),
	STR("SEP"), STR("OCT"), STR("NOV"), STR("DEC"),
};
static const struct str weekdays[] = {
	STR("SUN"), STR("MON"), STR("TUE"), STR("WED"), STR("THU"), STR("FRI"), STR("SAT"),
};
static const struct field fields[] = {
	{STR("minute"), 0, 59, NULL, 0}, {STR("hour"), 0, 23, NULL, 0}, {STR("day"), 1, 31, NULL, 0},
	{STR("month"), 1, 12, months, countof(months)},
	{STR("weekday"), 1, 7, weekdays, countof(weekdays)}, {STR("year"), 1970, 2199, NULL, 0},
};
enum { DAY = 2, WEEKDAY = 4 };

static bool is_point(const struct field *f, struct str s)
{
	u64 n;
	if (str_u64(s, &n))
		return n >= f->from && n <= f->to;
	for (size_t i = 0; i < f->word_count; i++)
		if (str_distance(f->words[i], s) == 0)
			return true;
	return false;
}

// L, LW, 15W; 6L, 2#3: the last or nearest of a month.
static bool is_special(const struct field *f, struct str s)
{
	struct str head, tail = str_cut(s, '#', &head);
	u64 n;
	if (f == &fields[DAY] && (str_eq(s, S("L")) || str_eq(s, S("LW"))))
		return true;
	if (f == &fields[DAY] && str_ends(s, S("W")))
		return is_point(f, (struct str){s.at, s.len - 1});
	if (f != &fields[WEEKDAY])
		return false;
	if (str_ends(s, S("L")))
		return s.len == 1 || is_point(f, (struct str){s.at, s.len - 1});
	return tail.len && str_u64(tail, &n) && n >= 1 && n <= 5 && is_point(f, head);
}

static bool is_range(const struct field *f, struct str s)
{
	struct str span, step = str_cut(s, '/', &span), from, to = str_cut(span, '-', &from);
	u64 n;
	bool stepped = span.len < s.len;
	if (stepped && (!str_u64(step, &n) || n == 0))
		return false;
	if (str_eq(span, S("*")))
		return true;
	return is_point(f, from) && (from.len == span.len || is_point(f, to));
}

static bool is_field(const struct field *f, struct str s)
{
	bool day = f == &fields[DAY] || f == &fields[WEEKDAY];
	if (str_eq(s, S("?")))
		return day;
	for (bool more = true; more;) {
		struct str one, rest = str_cut(s, ',', &one);
		more = one.len < s.len;
		if (!is_range(f, one) && !is_special(f, one))
			return false;
		s = rest;
	}
	return true;
}

static bool cron_is_valid(struct str body, struct str *why)
{
	struct str parts[countof(fields) + 1] = {{0}}, left = body;
	size_t count = 0;
	while (left.len && count <= countof(fields))
		left = str_cut(left, ' ', &parts[count++]);
	*why = S("six fields: minute hour day month weekday year");
	if (count != countof(fields))
		return false;
	for (size_t i = 0; i < count; i++) {
		*why = fields[i].name;
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

bool schedule_is_valid(struct str text, struct str *why)
{
	struct str body;
	*why = S("cron(…) or rate(…)");
	if (!str_ends(text, S(")")))
		return false;
	if (str_starts(text, S("cron(")) && str_sub(text, 5, text.len - 6, &body))
		return cron_is_valid(body, why);
	return str_starts(text, S("rate(")) && str_sub(text, 5, text.len - 6, &body)
	    && rate_is_valid(body, why);
}
