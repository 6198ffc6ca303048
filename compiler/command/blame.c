// amic blame FILE:LINE: which lines of the spec and of the blueprint made a line of an output.
// With "-", findings of other tools come in as JSON, and go out on the lines of the spec.
#include "command/internal.h"

static const struct option options[] = {
	{'s', STR("spec"), STR("SPEC"), STR("the spec that made it (all *.ami of the folder)"), true},
	{'o', STR("output"), STR("DIR"), STR("where build wrote; % as there (any folder)"), false},
};

// ---- which specs

static void add_folder(struct run *r, struct str folder, struct str *list, size_t max,
                       size_t *count)
{
	struct str *names;
	size_t n;
	if (!folder_is(*r->arena, folder) || !folder_list(r->arena, folder, &names, &n, r->diag))
		return;
	for (size_t i = 0; i < n && *count < max; i++)
		if (str_ends(names[i], S(".ami")))
			list[(*count)++] = str_eq(folder, S(".")) ? names[i]
			                 : path_join(r->arena, folder, names[i]);
}

static const struct str *specs_of(struct run *r, size_t *count)
{
	enum { SPECS_MAX = 256 };
	const struct str *given = args_values(r->args, S("spec"), count);
	if (*count)
		return given;
	struct str *list = make(r->arena, SPECS_MAX, struct str);
	add_folder(r, S("."), list, SPECS_MAX, count);
	return list;
}

// ---- one line

static void put_place(struct run *r, struct span at, struct str what)
{
	struct place p = diag_place(&r->diag->sources, at);
	put(r->out, S("  "));
	buf_printable(r->out, r->diag->sources.list[at.file - 1].path);
	put(r->out, S(":"));
	buf_number(r->out, p.line);
	put(r->out, S(":"));
	buf_number(r->out, p.column);
	put(r->out, what.len ? S("  ") : S(""), what, S("\n"));
}

static int blame_one(struct blame *b, struct str place)
{
	struct run *r = b->r;
	struct str file = place, number = {0};
	const struct product *p;
	u64 line = 0;
	for (size_t i = 0; i < place.len; i++)
		if (place.at[i] == ':') {
			file = (struct str){place.at, i};
			number = (struct str){place.at + i + 1, place.len - i - 1};
		}
	if (!str_u64(number, &line) || line == 0 || line > UINT32_MAX) {
		diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {S("blame"),
			S("FILE:LINE, or -")}});
		return STATUS_UNKNOWN;
	}
	const struct origin *o = blame_origin(b, file, (u32)line, &p);
	if (!o) {
		diag_report(r->diag, (struct finding){BLAME_UNKNOWN, .arg = {place}});
		return STATUS_UNKNOWN;
	}
	buf_printable(r->out, cat(r->arena, place, S(": "), o->pointer, S("\n")));
	if (o->cause.file)
		put_place(r, o->cause, blame_setting(r->arena, p->spec.tree, o->cause));
	if (o->at.file)
		put_place(r, o->at, S(""));
	return STATUS_DONE;
}

// Specs that do not compile have made nothing; their findings are no answer here.
static void compile_all(struct blame *b)
{
	struct run *r = b->r;
	size_t count;
	const struct str *specs = specs_of(r, &count);
	struct diag quiet = diag_quiet(r->diag->arena);
	struct run inner = *r;
	quiet.sources = r->diag->sources;
	inner.diag = &quiet;
	products_compile(&inner, specs, count, args_value(r->args, S("output")), &b->products);
	r->diag->sources = quiet.sources;
	b->products.context.diag = r->diag;
	b->origins = make(r->arena, b->products.count + 1, struct origins *);
	for (size_t i = 0; i < b->products.count; i++)
		b->origins[i] = make(r->arena, b->products.list[i].artifacts.count, struct origins);
}

static int run_blame(struct run *r)
{
	struct blame b = {.r = r};
	if (r->args->rest_count == 0) {
		diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {S("blame"),
			S("FILE:LINE, or -")}});
		return STATUS_UNKNOWN;
	}
	compile_all(&b);
	int status = STATUS_DONE;
	for (size_t i = 0; i < r->args->rest_count; i++) {
		bool findings = str_eq(r->args->rest[i], S("-"));
		int one = findings ? blame_findings(&b) : blame_one(&b, r->args->rest[i]);
		status = one > status ? one : status;
	}
	return status;
}

const struct command command_blame = {
	STR("blame"), STR("FILE:LINE...|-"), STR("which line of the spec made a line of an output"),
	options, countof(options), run_blame, false, NULL, 0,
};
