// amic fmt: specs in one form. Writes what changed, or says what would.
#include "command/internal.h"
#include "fmt/fmt.h"

enum { SPEC_MAX_BYTES = 1 << 20 };

static const struct option fmt_options[] = {
	{0, STR("check"), STR(""), STR("write nothing; fail when a spec is not formatted"), false},
	{0, STR("diff"), STR(""), STR("write nothing; show the changes"), false},
};

// ---- the difference, line by line: formatting takes blank lines out and changes others in place

static bool is_blank(struct str line) { return str_trim(line).len == 0; }

struct sides { struct str old_left, new_left; u64 old_line, new_line; };

static void put_range(struct buf *out, struct str sign, u64 line, u64 count)
{
	put(out, S(" "), sign);
	buf_number(out, count ? line : line - 1);
	put(out, S(","));
	buf_number(out, count);
}

static void put_change(struct buf *out, const struct sides *s, struct str was, struct str is,
                       bool gone)
{
	put(out, S("@@"));
	put_range(out, S("-"), s->old_line, 1);
	put_range(out, S("+"), s->new_line, !gone);
	put(out, S(" @@\n-"), was, S("\n"));
	if (!gone)
		put(out, S("+"), is, S("\n"));
}

static void put_difference(struct buf *out, struct str path, struct str before, struct str after)
{
	struct sides s = {before, after, 1, 1};
	put(out, S("--- "));
	buf_printable(out, path);
	put(out, S("\n+++ "));
	buf_printable(out, path);
	put(out, S("\n"));
	while (s.old_left.len) {
		struct str was, is, old_next = str_cut(s.old_left, '\n', &was);
		struct str new_next = str_cut(s.new_left, '\n', &is);
		bool gone = is_blank(was) && (!s.new_left.len || !is_blank(is));
		if (gone || !str_eq(was, is))
			put_change(out, &s, was, is, gone);
		s.old_left = old_next;
		s.old_line++;
		if (!gone) {
			s.new_left = new_next;
			s.new_line++;
		}
	}
}

// ---- one spec

static bool settle(struct run *r, struct str path, struct str before, struct str after)
{
	bool check = args_has(r->args, S("check")), diff = args_has(r->args, S("diff"));
	struct output o = {path, after};
	if (str_eq(path, S("-")) && !check && !diff)
		buf_put(r->out, after);
	if (str_eq(before, after))
		return true;
	if (diff)
		put_difference(r->out, path, before, after);
	if (check)
		return diag_report(r->diag, (struct finding){NOT_FORMATTED, .arg = {path}});
	return diff || str_eq(path, S("-")) || files_write(&o, 1, *r->arena, r->diag);
}

static bool format_one(struct run *r, struct str path)
{
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	struct str before, after;
	return file_read(r->arena, path, SPEC_MAX_BYTES, &before, r->diag)
	    && format_spec(&c, sources_add(&r->diag->sources, path, before), &after)
	    && settle(r, path, before, after);
}

struct files { struct str *list; size_t count, cap; };

static void add_file(struct run *r, struct files *all, struct str path)
{
	for (size_t i = 0; i < all->count; i++)
		if (str_eq(all->list[i], path))
			return;
	all->list = grown(r->diag->arena, all->list, all->count, &all->cap, struct str);
	all->list[all->count++] = path;
}

// A project's specs and what they extend. An operand is formatted if it is a spec; what it touches
// stays as it is.
static bool find_files(struct run *r, struct files *out)
{
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	struct jobs all;
	bool found = jobs_find(r, &c, S("fmt"), &all);
	const struct project *p = &all.project;
	for (size_t i = 0; found && jobs_of_project(r, &all) && i < p->count; i++)
		for (size_t j = 0; j < p->list[i].chain; j++)
			add_file(r, out, project_path(p, r->diag->arena, p->list[i].inputs[j]));
	for (size_t i = 0; found && i < r->args->rest_count; i++) {
		struct str path = r->args->rest[i];
		if (!p->root.len || str_ends(path, S(".ami")) || str_eq(path, S("-")))
			add_file(r, out, path);
	}
	return found;
}

static int run_fmt(struct run *r)
{
	struct files files = {0};
	bool good = find_files(r, &files);
	for (size_t i = 0; i < files.count; i++)
		good = format_one(r, files.list[i]) && good;
	bool changed = args_has(r->args, S("diff")) && r->out->len;
	return changed || !good ? STATUS_FINDINGS : STATUS_DONE;
}

const struct command command_fmt = {
	STR("fmt"), STR("[SPEC...]"), STR("specs in one form; comments and values never change"),
	fmt_options, countof(fmt_options), run_fmt, false, NULL, 0,
};
