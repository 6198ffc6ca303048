// amic diff: what a change of the spec, or of a template, does to what is deployed.
#include "command/internal.h"
#include "diff/diff.h"
#include "link/link.h"

enum { TEMPLATE_MAX = 1 << 20 };

static const struct option diff_options[] = {
	{0, STR("against"), STR("DIR|FILE|-"), STR("the templates that are deployed"), false},
	{0, STR("all"), STR(""), STR("every change of a resource, however many"), false},
	{0, STR("format"), STR("text|json"), STR("how to print it (text)"), false},
	{0, STR("fail-on"), STR("refused|replace"), STR("exit 1 only for what is that bad"), false},
};

static bool is_template(const struct node *tree, const struct words *w)
{
	const struct node *resources = node_get(tree, w->resources);
	return resources && resources->kind == MAP;
}

struct reading { struct context *c; const struct words *words; struct artifacts *out; };

static bool add_template(struct reading *r, struct str path, struct str name)
{
	struct artifact one;
	if (!template_open(r->c, path, TEMPLATE_MAX, &one))
		return false;
	if (!is_template(one.tree, r->words))
		return diag_report(r->c->diag, (struct finding){NOT_A_TEMPLATE, one.tree->at,
			.arg = {path, r->words->resources}});
	one.name = name;
	r->out->list[r->out->count++] = one;
	return true;
}

static const struct artifact *written(const struct artifacts *new, struct str name)
{
	for (size_t i = 0; i < new->count; i++)
		if (str_eq(new->list[i].name, name))
			return &new->list[i];
	return NULL;
}

static bool has_template_name(struct str name)
{
	return str_ends(name, S(".yaml")) || str_ends(name, S(".yml")) || str_ends(name, S(".json"))
	    || str_ends(name, S(".template"));
}

// A file that the spec does not write counts only when it is a template: others live beside ours.
static void add_stranger(struct reading *r, struct str path, struct str name)
{
	struct diag quiet = diag_quiet(r->c->arena);
	struct context c = *r->c;
	struct artifact one;
	c.diag = &quiet;
	if (!template_open(&c, path, TEMPLATE_MAX, &one) || !is_template(one.tree, r->words))
		return;
	one.name = name;
	r->out->list[r->out->count++] = one;
}

static bool read_folder(struct reading *r, struct str folder, const struct artifacts *new)
{
	struct str *names;
	size_t count;
	bool done = true;
	if (!folder_list(r->c->arena, folder, &names, &count, r->c->diag))
		return false;
	r->out->list = make(r->c->arena, count, struct artifact);
	for (size_t i = 0; i < count; i++) {
		struct str path = path_join(r->c->arena, folder, names[i]);
		const struct artifact *ours = written(new, names[i]);
		if (ours && ours->is_template)
			done &= add_template(r, path, names[i]);
		else if (!ours && has_template_name(names[i]))
			add_stranger(r, path, names[i]);
	}
	if (done && r->out->count == 0)
		return diag_report(r->c->diag, (struct finding){NO_TEMPLATES, .arg = {folder}});
	return done;
}

// Against one template, only the one of its name counts; of another name (or on standard input)
// it is held against the one that shares most resources with it.
static size_t shared_ids(const struct names *ids, const struct words *w, const struct node *tree)
{
	const struct node *other = node_get(tree, w->resources);
	size_t count = 0;
	for (const struct node *n = other ? other->first : NULL; n; n = n->next)
		count += names_find(ids, n->key) != NULL;
	return count;
}

static void keep_nearest(const struct reading *r, const struct artifact *old,
                         struct artifacts *new)
{
	struct arena scratch = *r->c->arena;
	struct names ids = names_of(&scratch, node_get(old->tree, r->words->resources));
	size_t best = 0, most = 0;
	for (size_t i = 0; i < new->count; i++) {
		const struct artifact *one = &new->list[i];
		size_t shared = one->is_template ? shared_ids(&ids, r->words, one->tree) : 0;
		if (shared > most) {
			most = shared;
			best = i;
		}
	}
	new->list[0] = new->list[best];
	new->count = new->count > 0;
}

static bool read_deployed(struct reading *r, struct str path, struct artifacts *new)
{
	if (!str_eq(path, S("-")) && folder_is(*r->c->arena, path))
		return read_folder(r, path, new);
	r->out->list = make(r->c->arena, 1, struct artifact);
	if (!add_template(r, path, path))
		return false;
	keep_nearest(r, &r->out->list[0], new);
	return true;
}

// Only template trees are compared, in long form.
static bool read_new(struct reading *r, struct str path, struct spec *spec, bool *is_spec)
{
	*is_spec = !has_template_name(path);
	if (*is_spec)
		return compile(r->c, path, spec, r->out);
	r->out->list = make(r->c->arena, 1, struct artifact);
	return add_template(r, path, path);
}

static bool fails(const struct run *r, const struct set_diff *d)
{
	struct str on = args_value(r->args, S("fail-on"));
	if (str_eq(on, S("refused")))
		return diff_worst(d) == EFFECT_REFUSED;
	if (str_eq(on, S("replace")))
		return diff_worst(d) >= EFFECT_REPLACE;
	return !diff_is_empty(d);
}

// DIR of a project is a copy of its root, or a folder of templates as without one. Empty: the copy
// has no outputs of this spec.
static struct str deployed_of(struct run *r, const struct jobs *all, const struct job *j)
{
	struct str against = args_value(r->args, S("against"));
	if (!j->of || str_eq(against, S("-")) || !folder_is(*r->arena, against))
		return against;
	struct str folder = path_join(r->arena, against, j->of->folder);
	if (folder_is(*r->arena, folder))
		return folder;
	return jobs_of_project(r, all) ? S("") : against;
}

static int diff_one(struct run *r, struct context *c, const struct words *w, struct str path,
                    struct str against)
{
	struct spec spec = {0};
	struct artifacts new = {0}, old = {0};
	struct reading reading = {c, w, &new};
	struct set_diff d;
	bool is_spec;
	if (!read_new(&reading, path, &spec, &is_spec))
		return STATUS_UNKNOWN;
	reading.out = &old;
	if (!read_deployed(&reading, against, &new)
	    || !diff_sets(c, &old, &new, &d))
		return STATUS_UNKNOWN;
	d.all = args_has(r->args, S("all"));
	bool said = true;
	if (str_eq(args_value(r->args, S("format")), S("json")))
		said = diff_report_json(&d, c, r->out);
	else
		diff_report(&d, is_spec ? &spec : NULL, c, r->out);
	if (!said)
		return STATUS_UNKNOWN;
	return fails(r, &d) ? STATUS_FINDINGS : STATUS_DONE;
}

static bool is_threshold(struct str word)
{
	return !word.len || str_eq(word, S("refused")) || str_eq(word, S("replace"));
}

static bool is_format(struct str word)
{
	return !word.len || str_eq(word, S("text")) || str_eq(word, S("json"));
}

// Templates are compared as they lie there, whatever they are of a project.
static bool find_jobs(struct run *r, struct context *c, struct jobs *out)
{
	bool templates = false;
	for (size_t i = 0; i < r->args->rest_count; i++)
		templates |= has_template_name(r->args->rest[i]);
	return templates ? jobs_plain(r, out) : jobs_find(r, c, S("diff"), out);
}

static int diff_job(struct run *r, struct context *c, const struct words *w, const struct jobs *all,
                    const struct job *j)
{
	struct str against = deployed_of(r, all, j);
	if (j->of && j->of->abstract)
		return STATUS_DONE;
	bool text = !str_eq(args_value(r->args, S("format")), S("json"));
	if (text && all->count > 1)
		put(r->out, S("# "), utf8_printable(r->arena, j->path), S("\n"));
	if (against.len)
		return diff_one(r, c, w, j->path, against);
	if (!text)                    // as of a spec that makes nothing, there is no object
		return STATUS_DONE;
	put(r->out, S("new: nothing of it lies in "), utf8_printable(r->arena,
	    path_join(r->arena, args_value(r->args, S("against")), j->of->folder)), S("\n"));
	return STATUS_DONE;
}

static int run_diff(struct run *r)
{
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	const struct words *w = words_of(&c);
	struct str fail_on = args_value(r->args, S("fail-on"));
	int worst = STATUS_DONE;
	if (!args_has(r->args, S("against")))
		diag_report(r->diag, (struct finding){OPERAND_MISSING,
			.arg = {S("diff"), S("a spec, and --against DIR, FILE or -")}});
	if (!is_threshold(fail_on))
		diag_report(r->diag, (struct finding){OPTION_VALUE,
			.arg = {S("--fail-on"), fail_on, S("refused or replace")}});
	if (!is_format(args_value(r->args, S("format"))))
		diag_report(r->diag, (struct finding){OPTION_VALUE, .arg = {S("--format"),
			args_value(r->args, S("format")), S("text or json")}});
	if (r->diag->failed || !w)
		return STATUS_UNKNOWN;
	struct jobs all;
	bool found = find_jobs(r, &c, &all);
	for (size_t i = 0; found && i < all.count; i++) {
		int status = diff_job(r, &c, w, &all, &all.list[i]);
		worst = status > worst ? status : worst;
	}
	worst = found ? worst : STATUS_UNKNOWN;
	return worst;
}

const struct command command_diff = {
	STR("diff"), STR("[SPEC|TEMPLATE...] --against DIR|FILE|-"),
	STR("what a change does to what is deployed"),
	diff_options, countof(diff_options), run_diff, true, NULL, 0,
};
