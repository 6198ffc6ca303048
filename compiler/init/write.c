// write: the tree as a spec: groups as blocks, all else on one line, and behind each value the
// line of the template that it was read from.
#include "init/internal.h"
#include "report/report.h"

enum { GROUP_DEPTH = 2 };

static void put_quoted(struct buf *out, struct str text)
{
	buf_byte(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		struct str one = {text.at + i, 1};
		if (one.at[0] < 0x20 || one.at[0] == 0x7f)
			put(out, S("\\x"), str_hex(out->arena, one));
		else
			put(out, one.at[0] == '"' || one.at[0] == '\\' ? S("\\") : S(""), one);
	}
	buf_byte(out, '"');
}

static void put_text(struct buf *out, struct str text, bool plain)
{
	if ((plain && text.len) || scalar_is_safe_plain(text))
		put(out, text);
	else
		put_quoted(out, text);
}

// Numbers and truth values are what their setting says that they are; text is quoted if need be.
static bool is_typed(const struct initer *in, const struct node *n, struct str path)
{
	const struct setting *of = language_find(in->l, path);
	struct str type = of ? node_str(of->schema, S("type")) : S("");
	u64 number;
	return n->plain && !str_eq(type, S("string")) && (type.len || str_u64(n->text, &number));
}

// What ends a word inside [ ] and { } must be quoted there.
static void put_flow_text(struct buf *out, struct str text)
{
	bool quoted = !scalar_is_safe_plain(text);
	for (size_t i = 0; i < text.len; i++)
		quoted |= text.at[i] == ',' || text.at[i] == ':' || text.at[i] == '[' || text.at[i] == ']'
		       || text.at[i] == '{' || text.at[i] == '}';
	if (!quoted)
		put(out, text);
	else
		put_quoted(out, text);
}

// A template is YAML 1.1, where ~ is null and yes is true: a spec has JSON's words for them.
static struct str data_of(const struct node *n)
{
	enum scalar is = n->plain && !n->block && n->text.len ? scalar_type(n->text) : SCALAR_TEXT;
	u8 first = is == SCALAR_BOOL ? n->text.at[0] | 0x20 : 0;
	if (is == SCALAR_NULL)
		return S("null");
	if (is == SCALAR_BOOL)
		return first == 'y' || first == 't' || str_eq(n->text, S("on")) || str_eq(n->text, S("On"))
		    || str_eq(n->text, S("ON")) ? S("true") : S("false");
	return is != SCALAR_TEXT && scalar_is_data(n->text) ? n->text : (struct str){0};
}

static void put_flow(struct buf *out, const struct node *n)
{
	struct str data = n->kind == TEXT ? data_of(n) : S("");
	if (n->kind == TEXT && data.len) {
		put(out, data);
		return;
	}
	if (n->kind == TEXT) {
		put_flow_text(out, n->text);
		return;
	}
	put(out, n->kind == LIST ? S("[") : n->count ? S("{ ") : S("{"));
	for (const struct node *child = n->first; child; child = child->next) {
		if (n->kind == MAP) {
			put_flow_text(out, child->key);
			put(out, S(": "));
		}
		put_flow(out, child);
		put(out, child->next ? S(", ") : S(""));
	}
	put(out, n->kind == LIST ? S("]") : n->count ? S(" }") : S("}"));
}

static void put_place(const struct initer *in, struct buf *out, struct span at)
{
	const struct sources *s = &in->c->diag->sources;
	if (at.file)
		put(out, S("  # "), utf8_printable(in->c->arena, s->list[at.file - 1].path), S(":"));
	if (at.file)
		buf_number(out, diag_place(s, at).line);
	buf_byte(out, '\n');
}

static void put_edits(const struct initer *in, struct buf *out, const struct node *list)
{
	buf_byte(out, '\n');
	for (const struct node *edit = list->first; edit; edit = edit->next) {
		put(out, S("    - "));
		put_flow(out, edit);
		put_place(in, out, edit->at);
	}
}

static bool is_group(const struct initer *in, const struct node *n, struct str path, size_t depth)
{
	if (str_eq(path, S("pipelines")) || str_eq(path, S("patch")))
		return true;
	return n->kind == MAP && n->count && depth < GROUP_DEPTH && !language_find(in->l, path);
}

static void put_map(const struct initer *in, struct buf *out, const struct node *map,
                    struct str path, size_t depth)
{
	for (const struct node *n = map->first; n; n = n->next) {
		struct str full = path.len ? cat(in->c->arena, path, S("."), n->key) : n->key;
		buf_fill(out, ' ', 2 * depth);
		put(out, n->key, S(":"));
		if (is_group(in, n, full, depth)) {
			buf_byte(out, '\n');
			put_map(in, out, n, full, depth + 1);
			continue;
		}
		if (str_eq(path, S("patch"))) {
			put_edits(in, out, n);
			continue;
		}
		buf_byte(out, ' ');
		if (n->kind == TEXT)
			put_text(out, n->text, is_typed(in, n, full));
		else
			put_flow(out, n);
		put_place(in, out, n->at);
	}
}

void write_spec(const struct initer *in, const struct node *spec, struct buf *out)
{
	put_map(in, out, spec, S(""), 0);
}
