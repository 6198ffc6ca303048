// cbor: RFC 8949. Definite and indefinite arrays and maps; strings in one piece, because what is
// taken out of a document is a view of its bytes.
#include "base/base.h"

enum major { UINT, NINT, BYTES, TEXT_STRING, ARRAY, MAP_ITEM, TAG, SIMPLE };
enum { ONE_BYTE = 24, INDEFINITE = 31, BREAK = 0xff, NULL_ITEM = 0xf6 };

struct cbor cbor_over(struct str bytes) { return (struct cbor){.left = bytes, .whole = bytes}; }

size_t cbor_off(const struct cbor *c) { return c->whole.len - c->left.len; }

bool cbor_fail(struct cbor *c, const char *why)
{
	if (!c->why)
		c->why = why;
	return false;
}

// ---- heads

struct head { enum major major; u64 value; bool indefinite; };

static bool is_shortest(u32 bytes, u64 value)
{
	return bytes == 1 ? value >= ONE_BYTE : value >> 4 * bytes;    // not in half of them
}

static struct str take(struct cbor *c, u64 len)
{
	struct str out, rest;
	if (c->why || !str_sub(c->left, 0, len, &out)
	    || !str_sub(c->left, len, c->left.len - len, &rest)) {
		cbor_fail(c, "it ends in the middle of an item");
		return (struct str){0};
	}
	c->left = rest;
	return out;
}

static u64 argument(struct cbor *c, u32 info)
{
	u32 bytes = 1u << (info - ONE_BYTE);
	struct str s = take(c, bytes);
	u64 value = 0;
	for (size_t i = 0; i < s.len; i++)
		value = value << 8 | s.at[i];
	if (s.len && c->shortest && !is_shortest(bytes, value))
		cbor_fail(c, "a length or number is not in its shortest form");
	return value;
}

static struct head take_head(struct cbor *c)
{
	struct str first = take(c, 1);
	if (c->why)
		return (struct head){SIMPLE, 0, false};
	struct head h = {(enum major)(first.at[0] >> 5), 0, false};
	u32 info = first.at[0] & 31;
	if (info < ONE_BYTE)
		h.value = info;
	else if (info < ONE_BYTE + 4)
		h.value = argument(c, info);
	else if (info != INDEFINITE)
		cbor_fail(c, "a reserved head");
	else
		h.indefinite = true;
	return h;
}

static bool expect(struct cbor *c, enum major major, const char *why, struct head *out)
{
	*out = take_head(c);
	return !c->why && (out->major == major || cbor_fail(c, why));
}

static bool next_is(const struct cbor *c, u8 byte)
{
	return !c->why && c->left.len && c->left.at[0] == byte;
}

// ---- items

u64 cbor_uint(struct cbor *c, u64 max)
{
	struct head h;
	if (!expect(c, UINT, "not an unsigned integer", &h))
		return 0;
	if (h.indefinite || h.value > max)
		cbor_fail(c, "a number out of range");
	return c->why ? 0 : h.value;
}

bool cbor_is(struct cbor *c, int number)
{
	struct head h = take_head(c);
	enum major want = number < 0 ? NINT : UINT;
	u64 value = number < 0 ? (u64)(-1 - number) : (u64)number;
	if (c->why)
		return false;
	return (h.major == want && !h.indefinite && h.value == value)
	    || cbor_fail(c, "not the integer that stands here");
}

static struct str string(struct cbor *c, enum major major, const char *why, size_t min, size_t max)
{
	struct head h;
	if (!expect(c, major, why, &h))
		return (struct str){0};
	if (h.indefinite)
		cbor_fail(c, "a string in pieces");
	else if (h.value < min)
		cbor_fail(c, "a string that is too short");
	else if (h.value > max)
		cbor_fail(c, "a string that is too long");
	return take(c, h.value);
}

struct str cbor_bytes(struct cbor *c, size_t min, size_t max)
{
	return string(c, BYTES, "not a byte string", min, max);
}

struct str cbor_text(struct cbor *c, size_t min, size_t max)
{
	size_t bad;
	struct str s = string(c, TEXT_STRING, "not a text", min, max);
	if (!c->why && !utf8_valid(s, &bad))
		cbor_fail(c, "a text that is not UTF-8");
	return c->why ? (struct str){0} : s;
}

bool cbor_null(struct cbor *c) { return next_is(c, NULL_ITEM) && take(c, 1).len; }

bool cbor_tag(struct cbor *c, u64 tag)
{
	struct cbor ahead = *c;
	struct head h = take_head(&ahead);
	if (ahead.why || h.major != TAG || h.indefinite || h.value != tag)
		return false;
	*c = ahead;
	return true;
}

// ---- groups

static struct cbor_group group(struct cbor *c, enum major major, const char *why, u64 min, u64 max)
{
	struct head h;
	if (!expect(c, major, why, &h))
		return (struct cbor_group){0};
	if (h.indefinite && c->shortest)
		cbor_fail(c, "an indefinite length");
	else if (!h.indefinite && (h.value < min || h.value > max))
		cbor_fail(c, h.value < min ? "too few entries" : "too many entries");
	return (struct cbor_group){h.indefinite ? max : h.value, h.indefinite};
}

struct cbor_group cbor_array(struct cbor *c, u64 min, u64 max)
{
	return group(c, ARRAY, "not an array", min, max);
}

struct cbor_group cbor_map(struct cbor *c, u64 min, u64 max)
{
	return group(c, MAP_ITEM, "not a map", min, max);
}

bool cbor_more(struct cbor *c, struct cbor_group *g)
{
	if (c->why)
		return false;
	if (g->open && next_is(c, BREAK))
		return !take(c, 1).len;
	if (g->left == 0)
		return g->open && cbor_fail(c, "too many entries");
	g->left--;
	return true;
}

// ---- what nobody asked for

static void skip_group(struct cbor *c, struct head h, u64 items_each, unsigned depth)
{
	struct cbor_group g = {h.indefinite ? UINT64_MAX : h.value, h.indefinite};
	if (depth == 0) {
		cbor_fail(c, "items nested too deeply");
		return;
	}
	while (cbor_more(c, &g))
		for (u64 i = 0; i < items_each && !c->why; i++)
			cbor_skip(c, depth - 1);
}

void cbor_skip(struct cbor *c, unsigned depth)
{
	struct head h = take_head(c);
	if (c->why)
		return;
	if (h.major == ARRAY || h.major == MAP_ITEM) {
		skip_group(c, h, h.major == ARRAY ? 1 : 2, depth);
		return;
	}
	if (h.indefinite)
		cbor_fail(c, h.major == SIMPLE ? "a break that ends nothing" : "a string in pieces");
	else if (h.major == BYTES || h.major == TEXT_STRING)
		(void)take(c, h.value);
	else if (h.major == TAG && depth == 0)
		cbor_fail(c, "items nested too deeply");
	else if (h.major == TAG)
		cbor_skip(c, depth - 1);
}

bool cbor_end(struct cbor *c)
{
	return !c->why && (c->left.len == 0 || cbor_fail(c, "bytes behind its end"));
}
