// moment: points and spans of time as text. The proleptic Gregorian calendar, no time zones of the
// machine, no leap seconds.
#include "verify/verify.h"

enum { DAY = 86400, MS = 1000, YEAR_FIRST = 1970, YEAR_LAST = 9999 };

// Days from 1970-01-01 to the first of a month: years begin in March, so that leap days are last.
static u64 days_to(u64 year, u64 month)
{
	u64 y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 - 719468;
}

static u64 month_days(u64 year, u64 month)
{
	return month == 12 ? 31 : days_to(year, month + 1) - days_to(year, month);
}

// ---- read

static bool digits(struct str *s, size_t count, u64 *out)
{
	struct str head;
	if (!str_sub(*s, 0, count, &head) || !str_u64(head, out))
		return false;
	*s = (struct str){s->at + count, s->len - count};
	return true;
}

static bool mark(struct str *s, struct str any)
{
	size_t off;
	if (s->len == 0 || !str_find(any, (struct str){s->at, 1}, &off))
		return false;
	*s = (struct str){s->at + 1, s->len - 1};
	return true;
}

static u64 fraction(struct str *s)
{
	u64 ms = 0, weight = 100;
	for (; s->len && s->at[0] >= '0' && s->at[0] <= '9'; weight /= 10) {
		ms += weight * (u64)(s->at[0] - '0');
		*s = (struct str){s->at + 1, s->len - 1};
	}
	return ms;
}

static bool read_date(struct str *s, u64 *days)
{
	u64 year, month, day;
	if (!digits(s, 4, &year) || !mark(s, S("-")) || !digits(s, 2, &month) || !mark(s, S("-"))
	    || !digits(s, 2, &day) || year < YEAR_FIRST || month < 1 || month > 12 || day < 1
	    || day > month_days(year, month))
		return false;
	*days = days_to(year, month) + day - 1;
	return true;
}

static bool read_clock(struct str *s, u64 *ms)
{
	u64 hour, minute, second;
	if (!digits(s, 2, &hour) || !mark(s, S(":")) || !digits(s, 2, &minute) || !mark(s, S(":"))
	    || !digits(s, 2, &second) || hour > 23 || minute > 59 || second > 59)
		return false;
	*ms = ((hour * 60 + minute) * 60 + second) * MS;
	if (!mark(s, S(".")))
		return true;
	size_t before = s->len;
	*ms += fraction(s);
	return s->len < before;
}

// "Z", or how far local time is ahead.
static bool read_zone(struct str s, u64 *ms)
{
	u64 hour, minute;
	if (s.len == 1)
		return mark(&s, S("Zz"));
	bool ahead = s.len && s.at[0] == '+';
	if (!mark(&s, S("+-")) || !digits(&s, 2, &hour) || !mark(&s, S(":")) || !digits(&s, 2, &minute)
	    || s.len || hour > 23 || minute > 59)
		return false;
	u64 off = (hour * 60 + minute) * 60 * MS;
	if (ahead && off > *ms)
		return false;
	*ms = ahead ? *ms - off : *ms + off;
	return true;
}

bool moment_read(struct str text, u64 *ms)
{
	u64 days, clock;
	if (!read_date(&text, &days) || !mark(&text, S("Tt ")) || !read_clock(&text, &clock))
		return false;
	clock += days * DAY * MS;
	if (!read_zone(text, &clock))
		return false;
	*ms = clock;
	return true;
}

bool moment_span(struct str text, u64 *ms)
{
	static const struct { u8 letter; u64 seconds; } units[] = {
		{'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY},
	};
	u64 seconds = 1, count;
	struct str number = text;
	for (size_t i = 0; text.len && i < countof(units); i++)
		if (text.at[text.len - 1] == units[i].letter) {
			seconds = units[i].seconds;
			number.len = text.len - 1;
		}
	return str_u64(number, &count) && mul_u64(count, seconds * MS, ms) && *ms <= INT64_MAX;
}

// ---- write

static void put_digits(struct buf *b, u64 n, u64 weight)
{
	for (; weight; weight /= 10)
		buf_byte(b, (u8)('0' + n / weight % 10));
}

struct str moment_text(struct arena *a, u64 ms)
{
	struct buf b = buf_new(a, MOMENT_TEXT);
	u64 days = ms / MS / DAY, clock = ms / MS % DAY, year = YEAR_FIRST, month = 1;
	while (year < YEAR_LAST && days >= days_to(year + 1, 1))
		year++;
	while (month < 12 && days >= days_to(year, month + 1))
		month++;
	put_digits(&b, year, 1000);
	buf_byte(&b, '-');
	put_digits(&b, month, 10);
	buf_byte(&b, '-');
	put_digits(&b, days - days_to(year, month) + 1, 10);
	buf_byte(&b, 'T');
	put_digits(&b, clock / 3600, 10);
	buf_byte(&b, ':');
	put_digits(&b, clock / 60 % 60, 10);
	buf_byte(&b, ':');
	put_digits(&b, clock % 60, 10);
	buf_byte(&b, '.');
	put_digits(&b, ms % MS, 100);
	buf_byte(&b, 'Z');
	return buf_str(&b);
}
