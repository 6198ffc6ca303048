// str: views of bytes. The comparison of offsets with lengths is here and nowhere else.
#include "base/base.h"
#include <string.h>

bool in_bounds(u64 size, u64 off, u64 len)
{
	return off <= size && len <= size - off;     // no sum is formed, so none can wrap
}

bool str_sub(struct str s, u64 off, u64 len, struct str *out)
{
	if (!in_bounds(s.len, off, len))
		return false;
	*out = (struct str){s.at ? s.at + off : s.at, (size_t)len};
	return true;
}

struct str str_from(const char *z)
{
	return z ? (struct str){(const u8 *)z, strlen(z)} : (struct str){0};
}

// Names that differ often begin alike, so the last byte is asked first.
bool str_eq(struct str a, struct str b)
{
	return a.len == b.len
	    && (a.len == 0 || (a.at[a.len - 1] == b.at[a.len - 1]
	                       && memcmp(a.at, b.at, a.len - 1) == 0));
}

int str_cmp(struct str a, struct str b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.at, b.at, len) : 0;
	if (order)
		return order < 0 ? -1 : 1;
	return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str prefix)
{
	return prefix.len <= s.len && (prefix.len == 0 || memcmp(s.at, prefix.at, prefix.len) == 0);
}

bool str_ends(struct str s, struct str suffix)
{
	return suffix.len <= s.len
	    && (suffix.len == 0
	        || memcmp(s.at + (s.len - suffix.len), suffix.at, suffix.len) == 0);
}

bool str_find(struct str s, struct str what, size_t *off)
{
	const u8 *found = s.len ? memmem(s.at, s.len, what.at, what.len) : NULL;
	if (!found)
		return false;
	*off = (size_t)(found - s.at);
	return true;
}

struct str str_cut(struct str s, u8 at, struct str *head)
{
	const u8 *found = s.len ? memchr(s.at, at, s.len) : NULL;
	*head = s;
	if (!found)
		return (struct str){0};
	head->len = (size_t)(found - s.at);
	return (struct str){found + 1, s.len - head->len - 1};
}

static bool is_blank(u8 c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	while (s.len && is_blank(*s.at)) {
		s.at++;
		s.len--;
	}
	return s;
}

bool add_u64(u64 a, u64 b, u64 *out) { return !__builtin_add_overflow(a, b, out); }
bool mul_u64(u64 a, u64 b, u64 *out) { return !__builtin_mul_overflow(a, b, out); }

bool str_u64(struct str s, u64 *out)
{
	u64 n = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		if (!mul_u64(n, 10, &n) || !add_u64(n, s.at[i] - '0', &n))
			return false;
	}
	if (s.len == 0)
		return false;
	*out = n;
	return true;
}

static int hex_digit(u8 c)
{
	u8 lower_case = c | 0x20;
	if (c >= '0' && c <= '9')
		return c - '0';
	return lower_case >= 'a' && lower_case <= 'f' ? lower_case - 'a' + 10 : -1;
}

bool str_unhex(struct str hex, u8 *out)
{
	if (hex.len % 2)
		return false;
	for (size_t i = 0; i < hex.len; i += 2) {
		int high = hex_digit(hex.at[i]), low = hex_digit(hex.at[i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (u8)(high << 4 | low);
	}
	return true;
}

enum { WORD_MAX = 64 };   // a longer word is no misspelt key

static u8 lower(u8 c) { return c >= 'A' && c <= 'Z' ? (u8)(c + 32) : c; }

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;
	return m < c ? m : c;
}

// Damerau-Levenshtein in its optimal-alignment form, three rows of the table at a time.
size_t str_distance(struct str a, struct str b)
{
	size_t rows[3][WORD_MAX + 1], *before = rows[0], *above = rows[1], *row = rows[2];
	if (a.len > WORD_MAX || b.len > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b.len; j++)
		above[j] = j;
	memcpy(before, above, sizeof rows[0]);
	for (size_t i = 1; i <= a.len; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			u8 x = lower(a.at[i - 1]), y = lower(b.at[j - 1]);
			row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y));
			bool swapped = i > 1 && j > 1 && x == lower(b.at[j - 2])
			            && lower(a.at[i - 2]) == y;
			if (swapped && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		size_t *spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[b.len];
}

// As rustc does: at most a third of the word may be wrong, else silence is the better hint.
struct str str_nearest(struct str word, const struct str *words, size_t count)
{
	struct str best = {0};
	size_t limit = (word.len > 3 ? word.len : 3) / 3, least_so_far = limit + 1;
	for (size_t i = 0; i < count; i++) {
		size_t a = word.len, b = words[i].len, d = a > b ? a - b : b - a;
		d = d < least_so_far ? str_distance(word, words[i]) : d;     // it is that or more
		if (d < least_so_far) {
			least_so_far = d;
			best = words[i];
		}
	}
	return best;
}
