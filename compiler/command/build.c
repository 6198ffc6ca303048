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
	if (r->args->rest_count == 0)
		return diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {S("build"),
			S("a spec")}});
	return true;
}

static void print_outputs(struct run *r, const struct output *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put(r->out, S("--- # "), list[i].path, S("\n"), list[i].bytes);
}

// -MD names its file as compilers do: after the first spec, beside the outputs.
static struct str depfile_path(struct run *r, const struct products *p)
{
	struct str given = args_value(r->args, S("depfile"));
	struct str name = p->list[0].spec.path;
	for (size_t i = 0; i < p->list[0].spec.path.len; i++)
		if (p->list[0].spec.path.at[i] == '/')
			name = (struct str){p->list[0].spec.path.at + i + 1,
			                    p->list[0].spec.path.len - i - 1};
	if (str_ends(name, S(".ami")))
		name.len -= 4;
	return given.len ? given
	     : path_join(r->arena, p->list[0].folder, cat(r->arena, name, S(".d")));
}

static bool write_side_files(struct run *r, const struct products *p)
{
	struct output list[2];
	size_t count = 0;
	struct str map = args_value(r->args, S("source-map"));
	if (args_has(r->args, S("deps")) || args_has(r->args, S("depfile")))
		list[count++] = (struct output){depfile_path(r, p), depfile_text(r->arena, p)};
	if (map.len)
		list[count++] = (struct output){map, source_map_text(r, p)};
	return files_write(list, count, *r->arena, r->diag);
}

static bool write_outputs(struct run *r, const struct products *p, const struct output *list,
                          size_t count)
{
	for (size_t i = 0; i < p->count; i++)
		if (!folder_make(*r->arena, p->list[i].folder, r->diag))
			return false;
	return files_write(list, count, *r->arena, r->diag);
}

static int finish(struct run *r, const struct products *p)
{
	struct output *list;
	size_t count;
	if (!p->ok || !outputs_list(r, p, &list, &count))
		return STATUS_FINDINGS;
	if (args_has(r->args, S("check")))
		return outputs_are_current(r, p) ? STATUS_DONE : STATUS_FINDINGS;
	if (args_has(r->args, S("stdout")))
		print_outputs(r, list, count);
	else if (!write_outputs(r, p, list, count))
		return STATUS_UNKNOWN;
	return write_side_files(r, p) ? STATUS_DONE : STATUS_UNKNOWN;
}

static int run_build(struct run *r)
{
	struct products p;
	if (!options_are_right(r))
		return STATUS_UNKNOWN;
	products_compile(r, r->args->rest, r->args->rest_count, args_value(r->args, S("output")), &p);
	allow_apply(r->diag);
	int status = finish(r, &p);
	return status;
}

const struct command command_build = {
	STR("build"), STR("SPEC..."), STR("compile specs to CloudFormation templates"),
	options, countof(options), run_build, false,
};
