// scalar: what a scalar means without quotes, and in single ones. The patterns are those of the
// YAML 1.1 type repository (yaml.org/type/: null, bool, int, float, timestamp, merge, value) as
// PyYAML's resolver has them, which is what CloudFormation's own tools read templates with.
#include "yaml/yaml.h"

static bool is_digit(u8 c) { return c >= '0' && c <= '9'; }

static bool is_one_of(struct str s, const struct str *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(s, words[i]))
			return true;
	return false;
}

static bool is_null(struct str s)
{
	static const struct str words[] = {STR(""), STR("~"), STR("null"), STR("Null"), STR("NULL")};
	return is_one_of(s, words, countof(words));
}

static bool is_bool(struct str s)
{
	static const struct str words[] = {
		STR("yes"), STR("Yes"), STR("YES"), STR("no"), STR("No"), STR("NO"),
		STR("true"), STR("True"), STR("TRUE"), STR("false"), STR("False"), STR("FALSE"),
		STR("on"), STR("On"), STR("ON"), STR("off"), STR("Off"), STR("OFF"),
	};
	return is_one_of(s, words, countof(words));
}

// Bytes at the front that belong to `set`.
static size_t span_of(struct str s, struct str set)
{
	size_t n = 0;
	while (n < s.len) {
		size_t i = 0;
		while (i < set.len && set.at[i] != s.at[n])
			i++;
		if (i == set.len)
			break;
		n++;
	}
	return n;
}

static struct str without_sign(struct str s)
{
	bool sign = s.len && (s.at[0] == '-' || s.at[0] == '+');
	return sign ? (struct str){s.at + 1, s.len - 1} : s;
}

static struct str behind(struct str s, size_t n) { return (struct str){s.at + n, s.len - n}; }

#define DIGITS S("0123456789")
#define DIGITS_ S("0123456789_")

static bool is_prefixed(struct str s, struct str prefix, struct str digits)
{
	return str_starts(s, prefix) && s.len > prefix.len
	    && span_of(behind(s, prefix.len), digits) == s.len - prefix.len;
}

// 0b1_0, 0x1F, 017 and, for readers of YAML 1.2, 0o17; decimals with underscores.
static bool is_int(struct str s)
{
	s = without_sign(s);
	if (is_prefixed(s, S("0b"), S("01_")) || is_prefixed(s, S("0o"), S("01234567"))
	    || is_prefixed(s, S("0x"), S("0123456789abcdefABCDEF_")))
		return true;
	return s.len && is_digit(s.at[0]) && span_of(s, DIGITS_) == s.len;
}

// 190:20:30, also with a fraction: base 60.
static bool is_sexagesimal(struct str s)
{
	s = without_sign(s);
	size_t first = span_of(s, DIGITS_), groups = 0;
	if (!first || !is_digit(s.at[0]))
		return false;
	s = behind(s, first);
	while (s.len > 1 && s.at[0] == ':') {
		size_t n = span_of(behind(s, 1), DIGITS);
		if (n == 0 || n > 2)
			return false;
		s = behind(s, 1 + n);
		groups++;
	}
	if (s.len && s.at[0] == '.')
		s = behind(s, 1 + span_of(behind(s, 1), DIGITS_));
	return groups && s.len == 0;
}

static bool is_exponent(struct str s)
{
	if (s.len == 0)
		return true;
	if (s.at[0] != 'e' && s.at[0] != 'E')
		return false;
	s = without_sign(behind(s, 1));
	return s.len && span_of(s, DIGITS) == s.len;
}

static bool is_float(struct str s)
{
	static const struct str words[] = {
		STR(".inf"), STR(".Inf"), STR(".INF"), STR(".nan"), STR(".NaN"), STR(".NAN"),
	};
	s = without_sign(s);
	if (is_one_of(s, words, countof(words)))
		return true;
	size_t whole = span_of(s, DIGITS_), part = 0;
	bool digits = whole && is_digit(s.at[0]);
	if (whole && !digits)
		return false;
	s = behind(s, whole);
	if (s.len && s.at[0] == '.') {
		part = span_of(behind(s, 1), DIGITS_);
		s = behind(s, 1 + part);
	}
	return (digits || part) && is_exponent(s);
}

// 2001-12-14, 2001-12-14t21:59:43.10-05:00 and the like: the date decides.
static bool is_date(struct str s)
{
	size_t year = span_of(s, DIGITS);
	if (year != 4 || s.len < 8 || s.at[4] != '-')
		return false;
	s = behind(s, 5);
	size_t month = span_of(s, DIGITS);
	if (month < 1 || month > 2 || s.len <= month || s.at[month] != '-')
		return false;
	s = behind(s, month + 1);
	size_t day = span_of(s, DIGITS);
	if (day < 1 || day > 2)
		return false;
	s = behind(s, day);
	return s.len == 0 || s.at[0] == 't' || s.at[0] == 'T' || s.at[0] == ' ' || s.at[0] == '\t';
}

// What is typed begins as a number or a date does, or with the letter of one of the words.
static bool may_be_typed(struct str s)
{
	return s.len == 0 || is_digit(s.at[0])
	    || span_of((struct str){s.at, 1}, S("+-.~<=nNyYtTfFoO")) == 1;
}

enum scalar scalar_type(struct str plain)
{
	if (!may_be_typed(plain))
		return SCALAR_TEXT;
	if (is_null(plain))
		return SCALAR_NULL;
	if (is_bool(plain))
		return SCALAR_BOOL;
	if (is_int(plain))
		return SCALAR_INT;
	if (is_float(plain))
		return SCALAR_FLOAT;
	bool other = is_sexagesimal(plain) || is_date(plain) || str_eq(plain, S("<<"))
	          || str_eq(plain, S("="));
	return other ? SCALAR_OTHER : SCALAR_TEXT;
}

// y and n are booleans to the specification of 1.1, though not to PyYAML.
static bool is_letter_bool(struct str s)
{
	static const struct str words[] = {STR("y"), STR("Y"), STR("n"), STR("N")};
	return is_one_of(s, words, countof(words));
}

static bool is_indicator(u8 c)
{
	return span_of((struct str){&c, 1}, S("-?:,[]{}#&*!|>'\"%@`")) == 1;
}

// Flow indicators are refused wherever they stand: the text may end up in a flow collection.
static bool breaks_plain(struct str s, size_t i)
{
	u8 c = s.at[i];
	bool last = i + 1 == s.len;
	bool key = c == ':' && (last || s.at[i + 1] == ' ');
	bool comment = c == '#' && i && s.at[i - 1] == ' ';
	bool flow = c == ',' || c == '[' || c == ']' || c == '{' || c == '}';
	return key || comment || flow || c < 0x20 || c >= 0x7f;
}

bool scalar_is_safe_plain(struct str text)
{
	if (text.len == 0 || is_indicator(text.at[0]) || text.at[0] == ' '
	    || text.at[text.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (breaks_plain(text, i))
			return false;
	bool document = str_starts(text, S("---")) || str_starts(text, S("..."));
	return !document && !is_letter_bool(text) && scalar_type(text) == SCALAR_TEXT;
}

// -?(0|[1-9][0-9]*)(\.[0-9]+)? and an exponent, as RFC 8259 has it.
static bool is_json_number(struct str s)
{
	s = s.len && s.at[0] == '-' ? behind(s, 1) : s;
	size_t whole = span_of(s, DIGITS);
	if (whole == 0 || (whole > 1 && s.at[0] == '0'))
		return false;
	s = behind(s, whole);
	if (s.len && s.at[0] == '.') {
		size_t part = span_of(behind(s, 1), DIGITS);
		if (part == 0)
			return false;
		s = behind(s, 1 + part);
	}
	return is_exponent(s);
}

bool scalar_is_data(struct str s)
{
	return s.len == 0 || str_eq(s, S("true")) || str_eq(s, S("false"))
	    || str_eq(s, S("null")) || is_json_number(s);
}

// ---- text in single quotes: YAML 1.2, 7.3.2

static bool is_blank(u8 c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

// A line of a quoted scalar without the blanks that folding takes.
static struct str folded_line(struct str line, bool is_first, bool is_last)
{
	while (!is_first && line.len && is_blank(line.at[0]))
		line = (struct str){line.at + 1, line.len - 1};
	while (!is_last && line.len && is_blank(line.at[line.len - 1]))
		line.len--;
	return line;
}

static void put_single_quoted(struct buf *out, struct str line)
{
	for (size_t i = 0; i < line.len; i++) {
		buf_byte(out, line.at[i]);
		i += line.at[i] == '\'';          // which is written twice
	}
}

// A line break is read as a blank, several of them as one less.
struct str scalar_single_quoted(struct arena *a, struct str raw)
{
	struct buf out = buf_new(a, raw.len + 1);
	struct str line, left = {raw.at + 1, raw.len - 2};
	size_t breaks = 0;
	for (bool is_first = true, more = true; more; is_first = false) {
		size_t off;
		more = str_find(left, S("\n"), &off);
		left = str_cut(left, '\n', &line);
		line = folded_line(line, is_first, !more);
		if (line.len || !more || is_first) {
			for (size_t i = 1; i < breaks; i++)
				buf_byte(&out, '\n');
			if (breaks == 1)
				buf_byte(&out, ' ');
			put_single_quoted(&out, line);
			breaks = 0;
		}
		breaks++;
	}
	return buf_str(&out);
}
