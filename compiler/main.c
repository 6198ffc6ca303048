// amic: the command line. The only file that prints and the only one that ends the process.
#include "command/command.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_BYTES ((size_t)1 << 30)
enum { WORK_FIRST = 1 << 20, FACTS_FIRST = 1 << 18, FOUND_FIRST = 1 << 16 };   // bytes, of an arena

static no_return void out_of_memory(void *owner)
{
	static const char text[] = "amic: out of memory\n";
	(void)owner;
	(void)!write(STDERR_FILENO, text, sizeof text - 1);
	_exit(STATUS_UNKNOWN);
}

// No library sees an allocation fail: some crash then, others make an answer of it. What a program
// defines takes the place of libc's for all libraries that it is linked with (glibc manual,
// "Replacing malloc"). A static program is linked with ld's --wrap instead; a sanitizer has an
// allocator of its own, which ends the process, too.
#ifdef AMIC_WRAPS_MALLOC
#define OURS(name) __wrap_##name
#define LIBC(name) __real_##name
#elif defined __GLIBC__ && !defined AMIC_SANITIZED
#define OURS(name) name
#define LIBC(name) __libc_##name
#endif

#ifdef OURS
void *LIBC(malloc)(size_t size);
void *LIBC(calloc)(size_t count, size_t size);
void *LIBC(realloc)(void *old, size_t size);
void *OURS(malloc)(size_t size);
void *OURS(calloc)(size_t count, size_t size);
void *OURS(realloc)(void *old, size_t size);

static void *given(void *memory)
{
	if (!memory)
		out_of_memory(NULL);
	return memory;
}

void *OURS(malloc)(size_t size) { return given(LIBC(malloc)(size)); }
void *OURS(calloc)(size_t count, size_t size) { return given(LIBC(calloc)(count, size)); }

void *OURS(realloc)(void *old, size_t size)
{
	void *memory = LIBC(realloc)(old, size);
	return size || !old ? given(memory) : memory;     // of size 0 it frees
}
#endif

// A standard stream that the caller closed must not become the number of some file. Used, this
// one fails as the closed one would.
static void occupy_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static bool print(struct str s, FILE *to)
{
	return !s.len || (fwrite(s.at, 1, s.len, to) == s.len && fflush(to) == 0);
}

static void put_row(struct buf *out, struct str name, struct str text)
{
	put(out, S("  "), name);
	buf_fill(out, ' ', name.len < 26 ? 26 - name.len : 1);
	put(out, text, S("\n"));
}

static void put_options(struct buf *out, const struct option *list, size_t count,
                        struct arena scratch)
{
	for (size_t i = 0; i < count; i++) {
		const struct option *o = &list[i];
		struct str letter = {(const u8 *)&o->letter, o->letter ? 1 : 0};
		struct str name = cat(&scratch, letter.len ? S("-") : S(""), letter,
		                      letter.len ? S(", ") : S(""), S("--"), o->name,
		                      o->arg.len ? S(" ") : S(""), o->arg);
		put_row(out, name, o->help);
	}
}

static void show_usage(struct buf *out)
{
	put(out, S("usage: amic COMMAND [OPTION...] FILE...\n\n"
	           "Compiles an .ami spec to CloudFormation templates for attestable AMIs,\n"
	           "checks them, and computes the PCR values that a disk image will show.\n\n"
	           "commands:\n"));
	for (size_t i = 0; i < command_count; i++)
		put_row(out, commands[i]->name, commands[i]->summary);
	put(out, S("\n'amic COMMAND --help' shows a command's options.\n"
	           "Exit status: 0 done, 1 findings or a difference, 2 could not answer.\n"));
}

static void show_command(struct buf *out, const struct command *c, struct arena scratch)
{
	put(out, S("usage: amic "), c->name, S(" [OPTION...] "), c->operands, S("\n\n"), c->summary,
	    S("\n\noptions:\n"));
	put_options(out, c->options, c->option_count, scratch);
	put_options(out, c->shared, c->shared_count, scratch);
	put_options(out, common_options, common_option_count, scratch);
}

static bool bad_value(struct run *r, struct str option, struct str value, struct str help)
{
	return diag_report(r->diag, (struct finding){OPTION_VALUE, .arg = {option, value, help}});
}

static bool read_format(struct run *r, const struct command *c)
{
	size_t count;
	const struct str *given = args_values(r->args, S("format"), &count);
	bool known = true;
	for (size_t i = 0; i < count; i++)
		known &= format_by_name(given[i], &r->render.format) || c->own_formats
		      || bad_value(r, S("--format"), given[i], S("text, short, jsonl, sarif or github"));
	return known;
}

static bool read_common(struct run *r, const struct command *c)
{
	u64 max = 20;
	struct str limit = args_value(r->args, S("max-errors"));
	const char *no_color = getenv("NO_COLOR");
	r->render.colour = isatty(STDERR_FILENO) && !(no_color && *no_color);
	if (limit.len && !str_u64(limit, &max))
		return bad_value(r, S("--max-errors"), limit, S("a number; 0 shows all"));
	r->render.max = (size_t)max;
	r->library->folder = args_value(r->args, S("stdlib"));
	return read_format(r, c);
}

static bool is_usage_rule(enum rule rule)
{
	return str_starts(rules[rule].code, S("AMI09"));
}

static int status_of(int status, const struct diag *d)
{
	for (size_t i = 0; i < d->len; i++)
		if (is_usage_rule(d->list[i].rule) && rules[d->list[i].rule].severity == ERROR)
			return STATUS_UNKNOWN;
	return status == STATUS_DONE && d->failed ? STATUS_FINDINGS : status;
}

static int run_command(struct run *r, const struct command *c, struct str *argv, size_t argc)
{
	size_t own = c->option_count + c->shared_count, count = own + common_option_count;
	struct option *all = make(r->arena, count, struct option);
	if (c->option_count)
		memcpy(all, c->options, c->option_count * sizeof *all);
	if (c->shared_count)
		memcpy(all + c->option_count, c->shared, c->shared_count * sizeof *all);
	memcpy(all + own, common_options, common_option_count * sizeof *all);
	if (!args_parse(r->arena, all, count, argv, argc, r->args, r->diag) || !read_common(r, c))
		return STATUS_UNKNOWN;
	if (args_has(r->args, S("help"))) {
		show_command(r->out, c, *r->arena);
		return STATUS_DONE;
	}
	return c->run(r);
}

static const struct command *named(struct run *r, struct str name)
{
	const struct command *c = command_find(name);
	struct str *names = make(r->arena, command_count, struct str);
	for (size_t i = 0; i < command_count; i++)
		names[i] = commands[i]->name;
	if (!c)
		diag_report(r->diag, (struct finding){COMMAND_UNKNOWN,
			.arg = {name, str_nearest(name, names, command_count)}});
	return c;
}

static int help(struct run *r, struct str *argv, size_t argc)
{
	const struct command *c = argc ? named(r, argv[0]) : NULL;
	if (argc && !c)
		return STATUS_UNKNOWN;
	if (c)
		show_command(r->out, c, *r->arena);
	else
		show_usage(r->out);
	return STATUS_DONE;
}

static int dispatch(struct run *r, struct str *argv, size_t argc)
{
	struct str word = argc ? argv[0] : S("");
	if (argc == 0) {
		show_usage(r->out);
		return STATUS_UNKNOWN;
	}
	if (str_eq(word, S("help")) || str_eq(word, S("--help")) || str_eq(word, S("-h")))
		return help(r, argv + 1, argc - 1);
	if (str_eq(word, S("--version")))
		word = S("version");
	const struct command *c = named(r, word);
	return c ? run_command(r, c, argv + 1, argc - 1) : STATUS_UNKNOWN;
}

static bool stdout_lost(struct diag *d)
{
	return diag_report(d, (struct finding){STDOUT_LOST, .arg = {str_from(strerror(errno))}});
}

// What was meant for standard output and did not get there is a finding like any other; that
// findings did not get there, one of their own.
static int end(struct run *r, int status, struct arena *a)
{
	struct buf err = buf_new(a, OUTPUT_BYTES), last = buf_new(a, OUTPUT_BYTES);
	struct diag *d = r->diag;
	bool for_tools = r->render.to_stdout && r->render.format >= FORMAT_JSONL;
	bool printed = print(buf_str(r->out), stdout) || stdout_lost(d);
	status = printed ? status_of(status, d) : STATUS_UNKNOWN;
	diag_sort(d);
	diag_render(d, r->render, &err);
	if (print(buf_str(&err), for_tools ? stdout : stderr))
		return status;
	d->len = 0;
	(void)stdout_lost(d);
	diag_render(d, (struct render){.format = FORMAT_SHORT}, &last);
	(void)print(buf_str(&last), stderr);
	return STATUS_UNKNOWN;
}

int main(int argc, char **argv)
{
	struct arena arena = arena_new(WORK_FIRST, out_of_memory, NULL);
	struct arena facts = arena_new(FACTS_FIRST, out_of_memory, NULL);
	struct arena found = arena_new(FOUND_FIRST, out_of_memory, NULL);
	struct diag diag = {.arena = &found, .sources = {.arena = &found}};
	struct patterns patterns = {.arena = &found};
	struct library library = {.arena = &facts, .unread = facts, .diag = &diag,
		.patterns = &patterns};
	struct args args = {0};
	struct arena text = arena_new(FOUND_FIRST, out_of_memory, NULL);
	struct buf out = buf_new(&text, OUTPUT_BYTES);
	struct run run = {&arena, &args, &diag, &library, {FORMAT_TEXT, false, 20, false}, &out};
	struct str *words = make(&arena, (size_t)argc + 1, struct str);
	for (int i = 0; i < argc; i++)
		words[i] = str_from(argv[i]);
	occupy_streams();
	library_keep(&library);
	int status = dispatch(&run, words + (argc > 0), argc > 0 ? (size_t)argc - 1 : 0);
	// What the libraries hold goes with the process: to free it piece by piece takes a tenth of
	// the time of a small build.
	_exit(end(&run, status, &arena));
}
