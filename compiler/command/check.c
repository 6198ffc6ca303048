// amic check: everything that build knows about a spec, and nothing written.
#include "command/internal.h"

static const struct option check_options[] = {
	{0, STR("strict"), STR(""), STR("notes and warnings fail the check, too"), false},
	{0, STR("fix"), STR(""), STR("make the edits that findings offer"), false},
	{0, STR("parameters"), STR("FILE"), STR("a file of CloudFormation parameters, too"), true},
	{0, STR("recipe"), STR("DIR"), STR("the recipe's folder, too"), false},
};

static bool check_one(struct run *r, struct context *c, struct jobs *all, struct job *j)
{
	struct spec spec;
	struct artifacts artifacts;
	if (!compile_or_check(c, j->path, &spec, &artifacts) || !check_notes(c, &spec))
		return false;
	jobs_made(all, r->diag->arena, j, &artifacts);
	bool good = true;
	size_t count;
	const struct str *parameters = args_values(r->args, S("parameters"), &count);
	for (size_t i = 0; i < count; i++)
		good = check_parameters(c, &spec, parameters[i]) && good;
	struct str recipe = args_value(r->args, S("recipe"));
	return (!recipe.len || check_recipe(c, &spec, recipe)) && good;
}

static bool is_listed(const struct output *list, size_t count, struct str path)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(list[i].path, path))
			return true;
	return false;
}

// The text that the findings offer, written in the spec's place. Comments are no reason to stop:
// what is left after the edits, a second check says. What several specs extend was read for each
// of them and is written once. *fixed: how many specs are others now.
static bool fix_specs(struct run *r, size_t *fixed)
{
	const struct sources *s = &r->diag->sources;
	struct output *list = make(r->arena, s->count + 1, struct output);
	size_t count = 0;
	for (u32 file = 1; file <= s->count; file++) {
		struct output o = {.path = s->list[file - 1].path};
		if (str_ends(o.path, S(".ami")) && !is_listed(list, count, o.path)
		    && fixes_apply(r->diag, file, r->arena, &o.bytes))
			list[count++] = o;
	}
	for (size_t i = 0; i < count; i++)
		put(r->out, S("fixed "), utf8_printable(r->arena, list[i].path), S("\n"));
	*fixed = count;
	return files_write(list, count, *r->arena, r->diag);
}

static bool check_all(struct run *r, bool *strict)
{
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	struct jobs all;
	bool good = jobs_find(r, &c, S("check"), &all);
	const struct arena before = *r->arena;
	for (size_t i = 0; i < all.count; i++) {
		good = check_one(r, &c, &all, &all.list[i]) && good;
		compile_next(&c, before);
	}
	bool clean = jobs_leave_none(r, &c, &all);       // a warning, no failure
	(void)clean;
	*strict |= all.project.strict;
	allow_apply(r->diag);
	return good;
}

// Standard input was read, and is empty now.
static bool can_be_read_again(const struct run *r)
{
	for (size_t i = 0; i < r->args->rest_count; i++)
		if (str_eq(r->args->rest[i], S("-")))
			return false;
	return true;
}

// Of findings that were fixed nothing is said: the specs are read again, as if they were new.
static bool check_again(struct run *r, bool *strict)
{
	struct diag *d = r->diag;
	*d = (struct diag){.arena = d->arena, .sources = {.arena = d->arena}};
	return check_all(r, strict);
}

static int run_check(struct run *r)
{
	size_t fixed = 0;
	bool strict = args_has(r->args, S("strict"));
	r->render.to_stdout = true;
	bool good = check_all(r, &strict);
	if (args_has(r->args, S("fix")) && !fix_specs(r, &fixed))
		return STATUS_UNKNOWN;
	if (fixed && can_be_read_again(r))
		good = check_again(r, &strict);
	return !good || (strict && r->diag->len) ? STATUS_FINDINGS : STATUS_DONE;
}

const struct command command_check = {
	STR("check"), STR("[SPEC...]"), STR("all that build knows about a spec; nothing is written"),
	check_options, countof(check_options), run_check, false, NULL, 0,
};
