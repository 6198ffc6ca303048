// tree: text, lists and maps, each with the place where it was written.
#include "yaml/yaml.h"
#include <stdlib.h>
#include <string.h>

struct node *node_new(struct arena *a, enum kind kind, struct span at)
{
	struct node *n = make(a, 1, struct node);
	n->kind = kind;
	n->at = at;
	return n;
}

struct node *node_text(struct arena *a, struct str text, bool plain, struct span at)
{
	struct node *n = node_new(a, TEXT, at);
	n->text = text;
	n->plain = plain;
	return n;
}

void node_append(struct node *parent, struct node *child)
{
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->count++;
}

struct node *node_get(const struct node *map, struct str key)
{
	struct node *child = map && map->kind == MAP ? map->first : NULL;
	while (child && !str_eq(child->key, key))
		child = child->next;
	return child;
}

struct node *node_path(const struct node *map, struct str path)
{
	struct node *found = NULL;
	while (path.len) {
		struct str head;
		path = str_cut(path, '.', &head);
		found = node_get(map, head);
		map = found;
		if (!found)
			return NULL;
	}
	return found;
}

bool node_is_null(const struct node *n)
{
	return n->kind == TEXT && n->plain && !n->block && scalar_type(n->text) == SCALAR_NULL;
}

struct node *node_copy(struct arena *a, const struct node *n)
{
	struct node *copy = make(a, 1, struct node);
	*copy = *n;
	copy->first = copy->last = copy->next = NULL;
	copy->count = 0;
	for (const struct node *child = n->first; child; child = child->next)
		node_append(copy, node_copy(a, child));
	return copy;
}

struct node *node_value(struct arena *a, const struct node *n)
{
	struct node *copy = node_copy(a, n);
	copy->key = (struct str){0};
	copy->key_at = (struct span){0};
	return copy;
}

static struct node *scalar_from_json(struct arena *a, const json_t *value)
{
	const struct span nowhere = {0};
	struct str text = {(const u8 *)json_string_value(value), json_string_length(value)};
	if (json_is_string(value))
		return node_text(a, str_copy(a, text), false, nowhere);
	char *plain = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	struct node *n = node_text(a, str_copy(a, str_from(plain)), true, nowhere);
	free(plain);
	return n;
}

struct node *node_from_json(struct arena *a, const json_t *value)
{
	const char *name;
	json_t *child;
	size_t i;
	if (!json_is_object(value) && !json_is_array(value))
		return scalar_from_json(a, value);
	struct node *n = node_new(a, json_is_object(value) ? MAP : LIST, (struct span){0});
	json_array_foreach(value, i, child)
		node_append(n, node_from_json(a, child));
	json_object_foreach((json_t *)value, name, child) {
		struct node *member = node_from_json(a, child);
		member->key = str_copy(a, str_from(name));
		node_append(n, member);
	}
	return n;
}

struct str node_str(const struct node *map, struct str key)
{
	const struct node *n = node_get(map, key);
	return n && n->kind == TEXT && !n->plain ? n->text : (struct str){0};
}

bool node_true(const struct node *map, struct str key)
{
	const struct node *n = node_get(map, key);
	return n && n->plain && str_eq(n->text, S("true"));
}

u64 node_number(const struct node *map, struct str key, u64 otherwise)
{
	const struct node *n = node_get(map, key);
	u64 number;
	return n && n->plain && str_u64(n->text, &number) ? number : otherwise;
}

const struct node *node_first(const struct node *n) { return n ? n->first : NULL; }

size_t node_count(const struct node *n) { return n ? n->count : 0; }

const struct node *node_at(const struct node *list, size_t place)
{
	const struct node *n = node_first(list);
	while (n && place--)
		n = n->next;
	return n;
}

bool node_has(const struct node *list, struct str text)
{
	const struct node *n = list && list->kind == LIST ? list->first : NULL;
	while (n && !(n->kind == TEXT && str_eq(n->text, text)))
		n = n->next;
	return n;
}

static int compare_keys(const void *a, const void *b)
{
	const struct node *const *x = a, *const *y = b;
	int order = str_cmp((*x)->key, (*y)->key);
	u64 m = (*x)->key_at.off, n = (*y)->key_at.off;
	return order ? order : (m > n) - (m < n);
}

struct node **node_sorted(struct arena *a, const struct node *map)
{
	struct node **list = make(a, map->count, struct node *);
	size_t i = 0;
	for (struct node *child = map->first; child; child = child->next)
		list[i++] = child;
	if (i)
		qsort(list, i, sizeof *list, compare_keys);
	return list;
}

static bool same_value(const struct node *a, const struct node *b, struct arena scratch);

static bool same_list(const struct node *a, const struct node *b, struct arena scratch)
{
	const struct node *y = b->first;
	for (const struct node *x = a->first; x; x = x->next, y = y->next)
		if (!same_value(x, y, scratch))
			return false;
	return true;
}

static bool same_keys(const struct node *a, const struct node *b)
{
	const struct node *y = b->first;
	for (const struct node *x = a->first; x; x = x->next, y = y->next)
		if (!str_eq(x->key, y->key))
			return false;
	return true;
}

static bool same_map(const struct node *a, const struct node *b, struct arena scratch)
{
	if (same_keys(a, b))
		return same_list(a, b, scratch);
	struct node **x = node_sorted(&scratch, a), **y = node_sorted(&scratch, b);
	for (size_t i = 0; i < a->count; i++)
		if (!str_eq(x[i]->key, y[i]->key) || !same_value(x[i], y[i], scratch))
			return false;
	return true;
}

// What a scalar means to a YAML 1.1 reader: quoted, it is text whatever it looks like.
static enum scalar meaning(const struct node *n)
{
	return n->plain && !n->block ? scalar_type(n->text) : SCALAR_TEXT;
}

static bool same_value(const struct node *a, const struct node *b, struct arena scratch)
{
	if (a->kind != b->kind || a->count != b->count || !str_eq(a->tag, b->tag))
		return false;
	if (a->kind == TEXT)
		return meaning(a) == meaning(b) && str_eq(a->text, b->text);
	return a->kind == LIST ? same_list(a, b, scratch) : same_map(a, b, scratch);
}

bool node_equal(const struct node *a, const struct node *b, struct arena scratch)
{
	return same_value(a, b, scratch);
}

static void put_quoted(struct buf *out, struct str s)
{
	buf_byte(out, '"');
	size_t from = 0;
	for (size_t i = 0; i < s.len; i++) {
		u8 c = s.at[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_put(out, (struct str){s.at + from, i - from});
		from = i + 1;
		if (c >= 0x20) {
			put(out, S("\\"), (struct str){&c, 1});
			continue;
		}
		u8 digits[8];
		struct arena small = arena_of(digits, sizeof digits, NULL, NULL);
		put(out, S("\\u00"), str_hex(&small, (struct str){&c, 1}));
	}
	buf_put(out, (struct str){s.at + from, s.len - from});
	buf_byte(out, '"');
}

static bool is_true(struct str s)
{
	static const struct str words[] = {
		STR("true"), STR("True"), STR("TRUE"), STR("yes"), STR("Yes"), STR("YES"),
		STR("on"), STR("On"), STR("ON"),
	};
	size_t i = 0;
	while (i < countof(words) && !str_eq(words[i], s))
		i++;
	return i < countof(words);
}

// Numbers as written: 1.0 and 1.00 are different content, and no double loses digits.
static void put_scalar(struct buf *out, const struct node *n)
{
	switch (meaning(n)) {
	case SCALAR_NULL:
		put(out, S("null"));
		break;
	case SCALAR_BOOL:
		buf_put(out, is_true(n->text) ? S("true") : S("false"));
		break;
	case SCALAR_INT:
	case SCALAR_FLOAT:
		buf_put(out, n->text);
		break;
	case SCALAR_TEXT:
	case SCALAR_OTHER:
		put_quoted(out, n->text);
		break;
	}
}

static void put_canonical(struct buf *out, const struct node *n, struct arena *a)
{
	struct node **sorted = n->kind == MAP ? node_sorted(a, n) : NULL;
	const struct node *child = n->first;
	if (n->kind == TEXT) {
		put_scalar(out, n);
		return;
	}
	buf_byte(out, n->kind == MAP ? '{' : '[');
	for (size_t i = 0; i < n->count; i++) {
		if (i)
			buf_byte(out, ',');
		if (sorted) {
			put_quoted(out, sorted[i]->key);
			buf_byte(out, ':');
		}
		put_canonical(out, sorted ? sorted[i] : child, a);
		child = child->next;
	}
	buf_byte(out, n->kind == MAP ? '}' : ']');
}

struct str node_canonical(struct arena *a, const struct node *n)
{
	enum { CANONICAL_MAX = 64 << 20 };
	struct buf out = buf_new(a, CANONICAL_MAX);
	put_canonical(&out, n, a);
	return buf_str(&out);
}

static void put_exact(struct buf *out, const struct node *n)
{
	bool text = n->kind == TEXT;
	size_t head[] = {(size_t)n->kind | (size_t)n->plain << 2 | (size_t)n->block << 3,
	                 n->key.len, n->tag.len, text ? n->text.len : n->count};
	put(out, (struct str){(const u8 *)head, sizeof head}, n->key, n->tag, text ? n->text : S(""));
	for (const struct node *child = n->first; child; child = child->next)
		put_exact(out, child);
}

struct str node_key(struct arena *a, struct str about, const struct node *n)
{
	enum { EXACT_MAX = 256 << 20 };
	u8 digest[32];
	struct arena scratch = *a, small = arena_of(digest, sizeof digest, a->full, a->owner);
	struct buf out = buf_new(&scratch, EXACT_MAX);
	put(&out, about, S("\n"));
	put_exact(&out, n);
	return str_copy(a, sha256(&small, buf_str(&out)));
}

struct memo *memo_of(struct context *c)
{
	if (!c->memo) {
		c->memo = make(c->library->arena, 1, struct memo);
		c->memo->arena = c->library->arena;
	}
	return c->memo;
}

bool node_mentions(const struct node *n, struct str text)
{
	size_t off;
	if (n->kind == TEXT)
		return str_find(n->text, text, &off);
	for (const struct node *child = n->first; child; child = child->next)
		if (node_mentions(child, text))
			return true;
	return false;
}
