// project: what a command works on: its operands; in a project the specs that these touch, or
// without operands all of them.
#include "command/internal.h"

static void add(struct jobs *all, struct arena *a, struct job j)
{
	all->list = grown(a, all->list, all->count, &all->cap, struct job);
	all->list[all->count++] = j;
}

static bool is_spec_name(struct str path)
{
	return str_eq(path, S("-")) || str_ends(path, S(".ami"));
}

// An operand that is no spec's business is read as before: it may lie outside, or be on its way in.
static bool take_operand(struct run *r, struct jobs *all, struct str path, bool *touched)
{
	const struct arena scratch = *r->arena;
	if (!str_eq(path, S("-")) && project_touch(&all->project, scratch, path, touched))
		return true;
	if (is_spec_name(path))
		add(all, r->diag->arena, (struct job){.path = path});
	else if (!file_exists(scratch, path))
		return diag_report(r->diag, (struct finding){FILE_UNREADABLE, .arg = {path,
			S("there is no such file, and no spec of the project reads or makes it")}});
	else if (!project_is_output(scratch, path))            // else an orphan, which is told later
		diag_report(r->diag, (struct finding){PROJECT_UNTOUCHED, .arg = {path}});
	return true;
}

static bool take_project(struct run *r, struct context *c, struct jobs *all)
{
	struct project *p = &all->project;
	struct arena *a = r->diag->arena;
	bool good = project_list(c, p);
	bool *touched = make(a, p->count + 1, bool);
	for (size_t i = 0; i < r->args->rest_count; i++)
		good = take_operand(r, all, r->args->rest[i], touched) && good;
	for (size_t i = 0; i < p->count; i++)
		if (touched[i] || r->args->rest_count == 0)
			add(all, a, (struct job){.path = p->list[i].path, .of = &p->list[i],
				.folder = project_path(p, a, p->list[i].folder)});
	all->unclear = !good;
	return good;
}

bool jobs_plain(struct run *r, struct jobs *out)
{
	*out = (struct jobs){0};
	for (size_t i = 0; i < r->args->rest_count; i++)
		add(out, r->diag->arena, (struct job){.path = r->args->rest[i]});
	return out->count > 0;
}

bool jobs_find(struct run *r, struct context *c, struct str what, struct jobs *out)
{
	*out = (struct jobs){0};
	if (!project_read(c, &out->project))
		return false;
	if (out->project.root.len)
		return take_project(r, c, out);
	return jobs_plain(r, out)
	    || diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {what,
		S("a spec, or a project file 'amic.yaml' in this folder or above it: "
		  "amic init --project writes one")}});
}

bool jobs_of_project(const struct run *r, const struct jobs *all)
{
	return all->project.root.len && r->args->rest_count == 0;
}

void jobs_made(struct jobs *all, struct arena *a, struct job *j, const struct artifacts *made)
{
	struct made *m = &all->made;
	if (!j->of)
		return;
	j->of->compiled = true;
	for (size_t i = 0; i < made->count; i++) {
		bool root = str_eq(j->of->folder, S("."));
		struct str name = made->list[i].name;
		m->names = grown(a, m->names, m->count, &m->cap, struct str);
		m->names[m->count++] = root ? str_copy(a, name) : path_join(a, j->of->folder, name);
	}
}

bool jobs_leave_none(struct run *r, struct context *c, const struct jobs *all)
{
	return !all->project.root.len || all->unclear
	    || project_orphans(c, &all->project, &all->made, r->args->rest, r->args->rest_count);
}
