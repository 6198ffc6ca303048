// amic init: a first spec, commented, on standard output; with --from, the one whose outputs
// update templates that exist.
#include "command/internal.h"
#include "init/init.h"

enum { TEMPLATE_MAX = 1 << 20 };

static const struct option init_options[] = {
	{0, STR("from"), STR("BASE"), STR("the spec that updates BASE and the PIPELINEs after it"),
	 true},
	{0, STR("keys"), STR("DIR"), STR("with --from: where to write their Secure Boot keys"), false},
	{0, STR("project"), STR(""), STR("write amic.yaml for the specs here"), false},
};

static bool read_one(struct run *r, struct context *c, const struct words *w, struct str path,
                     struct artifacts *all)
{
	struct artifact one;
	if (!template_open(c, path, TEMPLATE_MAX, &one))
		return false;
	const struct node *resources = node_get(one.tree, w->resources);
	if (!resources || resources->kind != MAP)
		return diag_report(r->diag, (struct finding){NOT_A_TEMPLATE, one.tree->at,
			.arg = {path, w->resources}});
	all->list[all->count++] = one;
	return true;
}

static bool read_all(struct run *r, struct context *c, struct artifacts *all)
{
	const struct words *w = words_of(c);
	size_t count;
	const struct str *from = args_values(r->args, S("from"), &count);
	bool done = true;
	if (!w)
		return false;
	all->list = make(r->arena, count + r->args->rest_count, struct artifact);
	for (size_t i = 0; i < count; i++)
		done &= read_one(r, c, w, from[i], all);
	for (size_t i = 0; i < r->args->rest_count; i++)
		done &= read_one(r, c, w, r->args->rest[i], all);
	return done;
}

static int init_from(struct run *r)
{
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	struct artifacts all = {0};
	struct str keys = args_value(r->args, S("keys"));
	if (str_starts(keys, S("/"))) {
		diag_report(r->diag, (struct finding){OPTION_VALUE, .arg = {S("--keys"), keys,
			S("a folder seen from here, where the spec will be: it names the files so")}});
		return STATUS_UNKNOWN;
	}
	bool done = read_all(r, &c, &all)
	         && init_spec(&c, &all, keys, r->out);
	return done ? STATUS_DONE : STATUS_UNKNOWN;
}

static int run_init(struct run *r)
{
	struct str text;
	if (args_has(r->args, S("project")))
		return init_project(r);
	if (args_has(r->args, S("from")))
		return init_from(r);
	if (r->args->rest_count) {
		diag_report(r->diag, (struct finding){OPERAND_EXTRA, .arg = {S("init"), r->args->rest[0],
			S("templates come after --from: amic init --from BASE PIPELINE")}});
		return STATUS_UNKNOWN;
	}
	if (!library_text(r->library, S("stdlib/1/init.ami"), &text))
		return STATUS_UNKNOWN;
	put(r->out, text);
	return STATUS_DONE;
}

const struct command command_init = {
	STR("init"), STR("[--project | --from BASE PIPELINE...]"),
	STR("print a first spec, or the one that updates templates that exist"),
	init_options, countof(init_options), run_init, false, NULL, 0,
};
