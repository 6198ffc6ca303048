// spec: a spec and the specs that it extends, as one tree. Mappings merge by key, the nearer
// file wins, and every node keeps the place where it was written.
#include "spec/spec.h"
#include <stdlib.h>

enum { EXTENDS_MAX = 4, SPEC_MAX_BYTES = 1 << 20 };

static void add_input(struct context *c, struct spec *s, struct str path)
{
	for (size_t i = 0; i < s->input_count; i++)
		if (str_eq(s->inputs[i], path))
			return;
	s->inputs = grown(c->arena, s->inputs, s->input_count, &s->input_cap, struct str);
	s->inputs[s->input_count++] = path;
}

// The nearest folder upwards of the first spec that version control begins at, or its own.
static bool find_root(struct context *c, struct spec *s)
{
	struct str folder;
	if (s->root.len)
		return true;
	if (!path_real(c->arena, path_beside(c->arena, s->path, S(".")), &folder))
		return false;
	s->in_project = c->root.len && path_within(c->root, folder);
	s->root = s->in_project ? c->root : folder;
	for (size_t len = s->in_project ? 0 : folder.len; len; len--) {
		struct arena scratch = *c->arena;
		struct str upward = {folder.at, len};
		struct str mark = path_join(&scratch, upward, S(".git"));
		if ((len < folder.len && folder.at[len] != '/') || !file_exists(scratch, mark))
			continue;
		s->root = upward;
		s->in_repository = true;
		break;
	}
	return true;
}

// Before it is opened: of a file elsewhere nothing is shown, not even that it is no YAML.
static bool is_inside(struct context *c, struct spec *s, const struct node *at, struct str path)
{
	struct str real;
	if (!path_real(c->arena, path, &real) || !find_root(c, s) || path_within(s->root, real))
		return true;                  // what is not there is said when it is opened
	return diag_report(c->diag, (struct finding){PATH_OUTSIDE, .at = at->at, .arg = {at->text,
		s->in_project ? S("this spec's project") : s->in_repository
			? S("this spec's repository") : S("this spec's folder"),
		s->in_project || s->in_repository ? S("") : S(".git")}});
}

bool spec_file(struct context *c, struct spec *s, const struct node *at, u64 max,
               struct str *path, struct str *out)
{
	struct str owner = c->diag->sources.list[at->at.file - 1].path;
	struct str from = str_eq(owner, S("-")) ? at->text : path_beside(c->arena, owner, at->text);
	size_t before = c->diag->len;
	if (!is_inside(c, s, at, from))
		return false;
	if (!file_read(c->arena, from, max, out, c->diag)) {
		for (size_t i = before; i < c->diag->len; i++)
			c->diag->list[i].at = at->at;
		return false;
	}
	add_input(c, s, from);
	*path = from;
	return true;
}

// ---- is it a spec at all?

// The place of `key` as a key at the left margin, as YAML or in a JSON object.
static bool find_root_key(struct str text, struct str key, u64 *off)
{
	struct str left = text, line;
	while (left.len) {
		left = str_cut(left, '\n', &line);
		struct str word = str_trim(line);
		bool quoted = word.len && word.at[0] == '"';
		size_t at = (size_t)(word.at - text.at) + quoted;
		struct str behind;
		bool margin = quoted || word.at == line.at;
		if (margin && str_sub(text, at, text.len - at, &word) && str_starts(word, key)
		    && str_sub(word, key.len, 1 + quoted, &behind)
		    && str_eq(behind, quoted ? S("\":") : S(":"))) {
			*off = at;
			return true;
		}
	}
	return false;
}

static bool is_no_template(struct context *c, const struct language *l, u32 file)
{
	struct str text = c->diag->sources.list[file - 1].text;
	const struct node *keys = node_get(node_get(l->root, S("x-amic")), S("template-keys"));
	u64 off;
	if (find_root_key(text, S("ami"), &off))
		return true;
	for (const struct node *key = node_first(keys); key; key = key->next) {
		struct str name = key->text;
		if (find_root_key(text, name, &off))
			return diag_report(c->diag, (struct finding){SPEC_IS_TEMPLATE,
				.at = {file, (u32)name.len, off}});
	}
	return true;
}

static bool read_one(struct context *c, const struct language *l, u32 file, struct node **out)
{
	struct node *tree = NULL;
	if (!is_no_template(c, l, file) || !read_tree(c, file, DIALECT_SPEC, &tree))
		return false;
	if (tree->kind != MAP)
		return diag_report(c->diag, (struct finding){SPEC_SHAPE, .at = tree->at});
	*out = tree;
	return true;
}

// ---- extends

struct link { const struct link *up; struct str path; const struct node *extends; };

static struct str draw_cycle(struct arena *a, const struct link *from, struct str again)
{
	struct str drawn = again;
	for (const struct link *l = from; l; l = l->up) {
		drawn = cat(a, l->path, S(" → "), drawn);
		if (str_eq(l->path, again))
			break;
	}
	return drawn;
}

// a/../b is b: a cycle must be seen whatever way it is spelt.
static struct str plain_path(struct arena *a, struct str path)
{
	struct buf out = buf_new(a, path.len + 1);
	struct str left = path, part;
	bool absolute = str_starts(path, S("/"));
	while (left.len) {
		left = str_cut(left, '/', &part);
		size_t cut = out.len;
		while (cut && out.at[cut - 1] != '/')
			cut--;
		struct str last = {0};
		if (!str_sub(buf_str(&out), cut, out.len - cut, &last))
			last.len = 0;
		if (part.len == 0 || str_eq(part, S(".")))
			continue;
		if (str_eq(part, S("..")) && last.len && !str_eq(last, S(".."))) {
			out.len = cut ? cut - 1 : 0;
			continue;
		}
		put(&out, out.len ? S("/") : S(""), part);
	}
	return absolute ? cat(a, S("/"), buf_str(&out)) : buf_str(&out);
}

static bool may_extend(struct context *c, const struct link *chain, const struct node *extends,
                       struct str path)
{
	size_t depth = 0;
	if (str_starts(extends->text, S("/")))
		return diag_report(c->diag, (struct finding){FORM_WRONG, .at = extends->at,
			.arg = {extends->key, extends->text, S("a path that begins at this spec's folder")}});
	for (const struct link *l = chain; l; l = l->up, depth++)
		if (str_eq(l->path, path))
			return diag_report(c->diag, (struct finding){EXTENDS_CYCLE, .at = extends->at,
				.arg = {draw_cycle(c->diag->arena, chain, path)}});
	return depth <= EXTENDS_MAX || diag_report(c->diag, (struct finding){EXTENDS_DEPTH,
		.at = extends->at, .arg = {str_number(c->diag->arena, EXTENDS_MAX)}});
}

static bool is_group(const struct node *a, const struct node *b)
{
	return a->kind == MAP && b->kind == MAP;
}

static int by_key(const void *key, const void *element)
{
	const struct node *const *n = element;
	return str_cmp(*(const struct str *)key, (*n)->key);
}

static const struct node *find(struct node **sorted, size_t count, struct str key)
{
	struct node **found = count ? bsearch(&key, sorted, count, sizeof *sorted, by_key) : NULL;
	return found ? *found : NULL;
}

// Of a whole spec: what it says of itself alone is nothing for those that extend it.
static bool is_own(const struct node *near, const struct node *n)
{
	return !near->key.len && str_eq(n->key, S("abstract"));
}

// What `near` says, then what only `far` says. Looked up in sorted lists: both may be long.
static struct node *merge(struct arena *a, struct node *near, const struct node *far)
{
	struct node **nears = node_sorted(a, near), **fars = node_sorted(a, far);
	struct node *all = make(a, 1, struct node);
	*all = *near;
	all->first = all->last = NULL;
	all->count = 0;
	for (struct node *n = near->first, *next; n; n = next) {
		const struct node *other = find(fars, far->count, n->key);
		next = n->next;
		node_append(all, other && is_group(n, other) ? merge(a, n, other) : n);
	}
	for (const struct node *n = far->first; n; n = n->next)
		if (!find(nears, near->count, n->key) && !is_own(near, n))
			node_append(all, node_copy(a, n));
	return all;
}

static bool read_chain(struct context *c, struct spec *s, u32 file, const struct link *chain,
                       struct node **out)
{
	struct node *tree = NULL, *far = NULL;
	if (!read_one(c, s->language, file, &tree))
		return false;
	const struct node *extends = node_get(tree, S("extends"));
	if (!extends || extends->kind != TEXT || extends->text.len == 0) {
		*out = tree;
		return true;
	}
	struct str owner = c->diag->sources.list[file - 1].path, text, path;
	path = plain_path(c->arena, path_beside(c->arena, owner, extends->text));
	if (!may_extend(c, chain, extends, path)
	    || !spec_file(c, s, extends, SPEC_MAX_BYTES, &path, &text))
		return false;
	u32 other = sources_add(&c->diag->sources, path, str_copy(c->diag->arena, text));
	struct link link = {chain, plain_path(c->arena, path), extends};
	if (!read_chain(c, s, other, &link, &far))
		return false;
	*out = merge(c->arena, tree, far);
	return true;
}

bool spec_is_abstract(const struct spec *s) { return node_true(s->tree, S("abstract")); }

bool spec_read_source(struct context *c, const struct language *l, u32 file, struct spec *out)
{
	struct str path = c->diag->sources.list[file - 1].path;
	struct spec s = {.path = path, .language = l, .file = file};
	struct link link = {NULL, plain_path(c->arena, path), NULL};
	add_input(c, &s, path);
	if (!read_chain(c, &s, s.file, &link, &s.tree))
		return false;
	*out = s;
	return true;
}

bool spec_read(struct context *c, const struct language *l, struct str path, struct spec *out)
{
	struct str text;
	return file_read(c->diag->arena, path, SPEC_MAX_BYTES, &text, c->diag)   // findings show it
	    && spec_read_source(c, l, sources_add(&c->diag->sources, path, text), out);
}
