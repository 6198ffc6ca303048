// amic build: specs to templates; with --check, whether the templates are those of the specs.
#include "command/internal.h"

static const struct option options[] = {
	{'o', STR("output"), STR("DIR"), STR("write into DIR; % in it is the spec's name (.)"), false},
	{0, STR("check"), STR(""), STR("write nothing: is DIR up to date? 0 yes, 1 no"), false},
	{0, STR("stdout"), STR(""), STR("print the outputs instead of writing them"), false},
	{'M', STR("deps"), STR("D"), STR("-MD: write DIR/SPEC.d for make and ninja, too"), false},
	{0, STR("depfile"), STR("FILE"), STR("like -MD, but into FILE"), false},
	{0, STR("source-map"), STR("FILE"), STR("write which lines made each line"), false},
};

static bool options_are_right(struct run *r)
{
	struct str deps = args_value(r->args, S("deps"));
	if (deps.len && !str_eq(deps, S("D")))
		return diag_report(r->diag, (struct finding){OPTION_VALUE, .arg = {S("-M"), deps,
			S("-MD")}});
	if (args_has(r->args, S("check")) && args_has(r->args, S("stdout")))
		return diag_report(r->diag, (struct finding){OPTIONS_EXCLUDE, .arg = {S("--check"),
			S("--stdout")}});
	return true;
}

// What a build keeps of each spec. A spec's own memory is given back before the next one.
struct build {
	struct run *r;
	struct products products;     // one at a time
	struct outputs outputs;
	struct buf rules, map;        // the depfile and the source map, when they are wanted
	struct str folder;            // of the first spec's outputs
	struct jobs jobs;
	bool clean;                   // no outputs lie there that no spec makes any more
	bool current;                 // --check: all outputs are what the specs make
};
enum { SIDE_FILE_MAX = 1 << 28 };

static bool wants_rules(const struct run *r)
{
	return args_has(r->args, S("deps")) || args_has(r->args, S("depfile"));
}

static void put_side_files(struct build *b)
{
	struct run *r = b->r;
	struct str text;
	if (wants_rules(r) && depfile_text(r->arena, &b->products, &text, r->diag))
		buf_put(&b->rules, text);
	if (args_has(r->args, S("source-map")))
		source_map_put(r, &b->products, &b->map);
}

// -o is stronger than the project, whose specs then have '%' to differ by.
static bool add_product(struct build *b, const struct job *j)
{
	struct products *all = &b->products;
	bool given = args_has(b->r->args, S("output")) || !j->of;
	bool made = given ? products_add(all, j->path, args_value(b->r->args, S("output")))
	                  : products_add_to(all, j->path, j->folder);
	made = made && check_notes(&all->context, &all->list[0].spec);
	all->ok &= made;
	return made;
}

static void build_one(struct build *b, struct job *j)
{
	b->products.count = 0;
	struct run *r = b->r;
	const struct product *p = &b->products.list[0];
	if (j->of && j->of->abstract)
		return;
	bool made = add_product(b, j);
	if (!made || !b->products.ok)          // of an earlier one: nothing will be written
		return;
	jobs_made(&b->jobs, r->diag->arena, j, &p->artifacts);
	b->products.ok = outputs_take(&b->outputs, p, *r->arena, r->diag);
	if (!b->folder.len)
		b->folder = str_copy(r->diag->arena, p->folder);
	if (args_has(r->args, S("check")))
		b->current &= outputs_are_current(r, &b->products);
	else
		put_side_files(b);
}

static struct str file_part(struct str path)
{
	for (size_t i = path.len; i > 0; i--)
		if (path.at[i - 1] == '/')
			return (struct str){path.at + i, path.len - i};
	return path;
}

// -MD names its file as compilers do: after the first spec, beside the outputs.
static struct str depfile_path(const struct build *b)
{
	struct str given = args_value(b->r->args, S("depfile"));
	struct str name = file_part(b->jobs.list[0].path);
	if (str_ends(name, S(".ami")))
		name.len -= 4;
	return given.len ? given : path_join(b->r->arena, b->folder, cat(b->r->arena, name, S(".d")));
}

static bool make_folders(struct build *b)
{
	struct arena scratch = *b->r->arena;
	struct str made = {0};
	for (size_t i = 0; i < b->outputs.count; i++) {
		struct str folder = path_beside(&scratch, b->outputs.list[i].path, S(""));
		if (!folder.len || str_eq(folder, made))
			continue;
		if (!folder_make(scratch, folder, b->r->diag))
			return false;
		made = folder;
	}
	return true;
}

static bool write_all(struct build *b)
{
	struct run *r = b->r;
	if (args_has(r->args, S("stdout"))) {
		for (size_t i = 0; i < b->outputs.count; i++)
			put(r->out, S("--- # "), b->outputs.list[i].path, S("\n"), b->outputs.list[i].bytes);
		b->outputs.count = 0;
	} else if (!make_folders(b)) {
		return false;
	}
	struct output depfile = {depfile_path(b), buf_str(&b->rules)};
	source_map_end(&b->map);
	struct output map = {args_value(r->args, S("source-map")), buf_str(&b->map)};
	struct outputs *all = &b->outputs;
	if ((wants_rules(r) && !outputs_add_side(all, S("--depfile"), depfile, *r->arena, r->diag))
	    || (map.path.len && !outputs_add_side(all, S("--source-map"), map, *r->arena, r->diag))
	    || !outputs_spare_inputs(all, *r->arena, r->diag)
	    || !files_write(all->list, all->count, *r->arena, r->diag))
		return false;
	if (wants_rules(r))
		files_touch(all->list, all->count, *r->arena);
	return true;
}

static int run_build(struct run *r)
{
	if (!options_are_right(r))
		return STATUS_UNKNOWN;
	struct arena *kept = r->diag->arena;
	struct build b = {.r = r, .outputs = outputs_new(kept), .current = true, .clean = true,
		.rules = buf_new(kept, SIDE_FILE_MAX), .map = buf_new(kept, SIDE_FILE_MAX)};
	products_open(r, 1, &b.products);
	b.products.ok = jobs_find(r, &b.products.context, S("build"), &b.jobs);
	const struct arena before = *r->arena;
	for (size_t i = 0; i < b.jobs.count; i++) {
		build_one(&b, &b.jobs.list[i]);
		compile_next(&b.products.context, before);
	}
	bool ours = b.jobs.project.root.len && !args_has(r->args, S("output"));
	if (ours)
		b.clean = jobs_leave_none(r, &b.products.context, &b.jobs);
	else if (b.products.ok && args_has(r->args, S("check")))
		b.current &= outputs_are_all(r, &b.outputs);
	allow_apply(r->diag);
	bool check = args_has(r->args, S("check"));
	if (!b.products.ok || !b.current || r->diag->failed || (check && !b.clean))
		return STATUS_FINDINGS;
	return check || write_all(&b) ? STATUS_DONE : STATUS_UNKNOWN;
}

const struct command command_build = {
	STR("build"), STR("[SPEC...]"), STR("compile specs to CloudFormation templates"),
	options, countof(options), run_build, false, NULL, 0,
};
