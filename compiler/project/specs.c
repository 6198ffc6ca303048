// specs: the lines of amic.yaml → the specs that they match, each with its output folder and with
// the files that it reads.
#include "project/project.h"

struct lister {
	struct context *c;
	struct project *p;
	const struct node *line;
	const struct language *language;
	size_t cap, matched;          // of the list; specs that this line matches
	bool bad;
};

static bool complain(struct lister *k, struct finding f)
{
	k->bad = true;
	return diag_report(k->c->diag, f);
}

// ---- where outputs go

static struct str file_stem(struct str name)
{
	for (size_t i = name.len; i > 0; i--)
		if (name.at[i - 1] == '/') {
			name = (struct str){name.at + i, name.len - i};
			break;
		}
	return str_ends(name, S(".ami")) ? (struct str){name.at, name.len - 4} : name;
}

struct str project_folder(struct arena *a, struct str folder, struct str stem)
{
	struct buf out = buf_new(a, 1 << 16);
	size_t off;
	while (str_find(folder, S("{stem}"), &off)) {
		put(&out, ((struct str){folder.at, off}), stem);
		folder = (struct str){folder.at + off + 6, folder.len - off - 6};
	}
	buf_put(&out, folder);
	while (out.len > 1 && out.at[out.len - 1] == '/')
		out.len--;
	return buf_str(&out);
}

static bool check_twins(struct lister *k, const struct project_spec *s)
{
	for (size_t i = 0; i < k->p->count; i++) {
		const struct project_spec *other = &k->p->list[i];
		if (str_eq(other->name, s->name))
			return complain(k, (struct finding){PROJECT_TWICE, .at = s->line, .also = other->line,
				.also_label = S("the first one"), .arg = {s->path}});
		if (str_eq(other->folder, s->folder) && !other->abstract && !s->abstract)
			complain(k, (struct finding){PROJECT_SHARED, .at = s->of->at, .arg = {
				other->path, s->path, s->folder}});
	}
	return true;
}

// ---- what a spec reads

static bool has_name(const struct project_spec *s, struct str name)
{
	for (size_t i = 0; i < s->input_count; i++)
		if (str_eq(s->inputs[i], name))
			return true;
	return false;
}

struct inputs {
	struct lister *k;
	struct project_spec *s;
	const struct sources *sources;
	size_t cap;
};

static void add_input(struct inputs *in, struct str path)
{
	struct arena *a = in->k->c->diag->arena;
	struct str name;
	if (!project_name(in->k->p, a, path, &name) || has_name(in->s, name))
		return;
	in->s->inputs = grown(a, in->s->inputs, in->s->input_count, &in->cap, struct str);
	in->s->inputs[in->s->input_count++] = name;
}

// Any text may be the name of a file, seen from the spec that it is written in: that it is none
// costs nothing, since no operand has its name then.
static void add_texts(struct inputs *in, const struct node *n, struct arena scratch)
{
	bool local = n->kind == TEXT && n->text.len && n->text.len < 1024 && n->at.file;
	size_t off;
	if (local && (str_find(n->text, S("."), &off) || str_find(n->text, S("/"), &off))
	    && !str_find(n->text, S(":"), &off))
		add_input(in, path_beside(&scratch, in->sources->list[n->at.file - 1].path, n->text));
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		add_texts(in, child, scratch);
}

static void read_inputs(struct lister *k, struct project_spec *s)
{
	struct arena scratch = *k->c->arena;
	struct diag quiet = diag_quiet(&scratch);
	struct context c = *k->c;
	struct inputs in = {k, s, &quiet.sources, 0};
	struct spec spec = {0};
	c.arena = &scratch;
	c.diag = &quiet;
	add_input(&in, s->path);
	s->chain = 1;
	s->unread = !spec_read(&c, k->language, s->path, &spec);
	if (s->unread)
		return;
	s->abstract = spec_is_abstract(&spec);
	for (size_t i = 0; i < spec.input_count; i++)
		add_input(&in, spec.inputs[i]);
	s->chain = s->input_count;
	add_texts(&in, spec.tree, scratch);
}

// ---- what a line matches

static void add(struct lister *k, struct str name)
{
	struct arena *a = k->c->diag->arena;
	k->matched++;
	struct project_spec s = {.name = str_copy(a, name), .line = k->line->key_at, .of = k->line};
	s.path = project_path(k->p, a, s.name);
	s.folder = project_folder(a, k->line->text, file_stem(s.name));
	read_inputs(k, &s);
	if (!check_twins(k, &s))
		return;
	k->p->list = grown(a, k->p->list, k->p->count, &k->cap, struct project_spec);
	k->p->list[k->p->count++] = s;
}

static bool has_star(struct str s)
{
	size_t off;
	return str_find(s, S("*"), &off);
}

static void expand(struct lister *k, struct str folder, struct str pattern);

static void enter(struct lister *k, struct str name, struct str rest)
{
	struct arena scratch = *k->c->arena;
	struct str path = project_path(k->p, &scratch, name);
	if (rest.len && folder_is(scratch, path))
		expand(k, name, rest);
	else if (!rest.len && file_exists(scratch, path) && !folder_is(scratch, path))
		add(k, name);
}

static void expand(struct lister *k, struct str folder, struct str pattern)
{
	struct arena *a = k->c->diag->arena;
	struct str first, rest = str_cut(pattern, '/', &first), *names;
	struct diag quiet = diag_quiet(a);
	size_t count;
	if (!has_star(first)) {
		enter(k, folder.len ? path_join(a, folder, first) : first, rest);
		return;
	}
	struct str path = folder.len ? project_path(k->p, a, folder) : project_path(k->p, a, S("."));
	if (!folder_list(a, path, &names, &count, &quiet))
		return;
	for (size_t i = 0; i < count; i++)
		if (name_matches(first, names[i]))
			enter(k, folder.len ? path_join(a, folder, names[i]) : names[i], rest);
}

bool project_list(struct context *c, struct project *p)
{
	struct lister k = {.c = c, .p = p, .language = language_of(c)};
	const struct node *lines = node_get(p->tree, S("specs"));
	for (const struct node *n = k.language && lines ? lines->first : NULL; n; n = n->next) {
		k.line = n;
		k.matched = 0;
		expand(&k, S(""), n->key);
		if (k.matched)
			continue;
		if (has_star(n->key))
			diag_report(c->diag, (struct finding){PROJECT_NO_MATCH, .at = n->key_at,
				.arg = {n->key}});
		else
			complain(&k, (struct finding){PROJECT_NO_SPEC, .at = n->key_at,
				.arg = {n->key, project_folder(c->diag->arena, n->text, file_stem(n->key))}});
	}
	return k.language && !k.bad;
}
