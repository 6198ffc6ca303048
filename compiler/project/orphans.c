// orphans: outputs that stay behind when their spec is renamed or removed, or has a pipeline less.
#include "project/project.h"
#include "template/template.h"

enum { OUTPUT_MAX = 16 << 20 };

struct search {
	struct context *c;
	const struct project *p;
	const struct made *made;
	const struct str *among;      // operands, as paths; none: all are of interest
	size_t count;
	bool found;
};

bool project_is_output(struct arena scratch, struct str path)
{
	struct diag quiet = diag_quiet(&scratch);
	struct str text, body;
	return !folder_is(scratch, path) && file_exists(scratch, path)
	    && file_read(&scratch, path, OUTPUT_MAX, &text, &quiet)
	    && generated_by(scratch, generated_plain(&scratch, text), &body) != GENERATED_FOREIGN;
}

static bool is_made(const struct made *m, struct str name)
{
	for (size_t i = 0; i < m->count; i++)
		if (str_eq(m->names[i], name))
			return true;
	return false;
}

static bool is_wanted(const struct search *k, struct str name)
{
	struct arena scratch = *k->c->arena;
	for (size_t i = 0; i < k->count; i++) {
		struct str of;
		if (project_name(k->p, &scratch, k->among[i], &of)
		    && (name_within(of, name) || str_eq(of, S("amic.yaml"))))
			return true;
	}
	return k->count == 0;
}

static void look_into(struct search *k, struct str folder, const struct node *line)
{
	struct arena scratch = *k->c->arena;
	struct diag quiet = diag_quiet(&scratch);
	struct str *names, path = project_path(k->p, &scratch, folder);
	size_t count;
	if (!folder_is(scratch, path) || !folder_list(&scratch, path, &names, &count, &quiet))
		return;
	for (size_t i = 0; i < count; i++) {
		bool root = str_eq(folder, S("."));
		struct str name = root ? names[i] : path_join(&scratch, folder, names[i]);
		if (is_made(k->made, name) || !is_wanted(k, name)
		    || !project_is_output(scratch, project_path(k->p, &scratch, name)))
			continue;
		k->found = true;
		diag_report(k->c->diag, (struct finding){OUTPUT_ORPHAN, .at = line->at,
			.arg = {project_path(k->p, &scratch, name)}});
	}
}

// ---- folders that a line could have given to a spec

static bool is_some_specs(const struct project *p, struct str folder)
{
	for (size_t i = 0; i < p->count; i++)
		if (!p->list[i].abstract && str_eq(p->list[i].folder, folder))
			return true;
	return false;
}

// "out/{stem}-x/y": each folder of out/ that begins and ends so gives a stem.
static void look_beside(struct search *k, const struct node *line)
{
	struct arena *a = k->c->diag->arena;
	struct str folder = line->text, part = folder, *names;
	struct diag quiet = diag_quiet(a);
	size_t off, count, cut, end;
	if (!str_find(folder, S("{stem}"), &off))
		return;
	for (cut = off; cut && folder.at[cut - 1] != '/';)
		cut--;
	part = (struct str){folder.at + off + 6, folder.len - off - 6};
	for (end = 0; end < part.len && part.at[end] != '/';)
		end++;
	struct str head = {folder.at + cut, off - cut}, tail = {part.at, end};
	struct str base = cut ? (struct str){folder.at, cut - 1} : S(".");
	if (!folder_list(a, project_path(k->p, a, base), &names, &count, &quiet))
		return;
	for (size_t i = 0; i < count; i++) {
		struct str n = names[i];
		if (n.len <= head.len + tail.len || !str_starts(n, head) || !str_ends(n, tail))
			continue;
		struct str stem = {n.at + head.len, n.len - head.len - tail.len};
		struct str whole = project_folder(a, folder, stem);
		if (!is_some_specs(k->p, whole))
			look_into(k, whole, line);
	}
}

bool project_orphans(struct context *c, const struct project *p, const struct made *made,
                     const struct str *among, size_t count)
{
	struct search k = {c, p, made, among, count, false};
	const struct node *lines = node_get(p->tree, S("specs"));
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].compiled && !p->list[i].abstract)
			look_into(&k, p->list[i].folder, p->list[i].of);
	for (const struct node *n = lines ? lines->first : NULL; n; n = n->next)
		look_beside(&k, n);
	return !k.found;
}
