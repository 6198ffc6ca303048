// file.c: whole files in; all or nothing out.
#include "unit.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <signal.h>

static char folder[64];

static int enter_folder(void **state)
{
	(void)state;
	memcpy(folder, "/tmp/amic-test-XXXXXX", sizeof "/tmp/amic-test-XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static struct str content(struct bench *b, const char *path)
{
	struct str out = S("unreadable");
	(void)!file_read(&b->arena, str_from(path), 1 << 20, &out, &b->diag);
	return out;
}

static bool nothing_is_left(struct bench *b)
{
	struct str *names;
	size_t count;
	bool listed = folder_list(&b->arena, S("."), &names, &count, &b->diag);
	for (size_t i = 0; listed && i < count; i++)
		if (str_ends(names[i], S(".amic-new")))
			return false;
	return listed;
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct output list[] = {{S("one"), S("1\n")}, {S("two"), S("")}};
	assert_true(files_write(list, 2, b->arena, &b->diag));
	assert_str(content(b, "one"), "1\n");
	assert_str(content(b, "two"), "");
	assert_true(nothing_is_left(b));
	bench_free(b);
}

static void a_pipe_and_a_device_are_not_waited_for(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_str(content(b, "pipe"), "unreadable");
	assert_str(content(b, "/dev/zero"), "unreadable");
	assert_str(content(b, "."), "unreadable");
	assert_int_equal(b->diag.len, 3);
	int fd = open("pipe", O_RDWR);
	assert_int_equal(write(fd, "x", 1), 1);
	pid_t child = fork();
	if (child == 0)
		_exit(usleep(50000) || write(fd, "y", 1) != 1);
	close(fd);
	assert_str(content(b, "pipe"), "xy");     // waits while somebody may still write
	assert_int_equal(waitpid(child, NULL, 0), child);
	bench_free(b);
}

static void a_link_leads_out_of_a_folder(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str here, there;
	struct output one = {S("target-of-link"), S("x")};
	assert_true(files_write(&one, 1, b->arena, &b->diag));
	assert_true(mkdir("inside", 0700) == 0 && symlink("../target-of-link", "inside/out") == 0);
	assert_true(path_real(&b->arena, S("inside/../inside/."), &here));
	assert_true(path_real(&b->arena, S("inside/out"), &there));
	assert_true(str_ends(here, S("/inside")) && str_ends(there, S("/target-of-link")));
	assert_false(path_within(here, there));
	assert_false(path_real(&b->arena, S("inside/nothing"), &there));
	bench_free(b);
}

static void a_folder_holds_what_lies_in_it(void **state)
{
	(void)state;
	static const struct { struct str folder, path; bool within; } cases[] = {
		{STR("/a"), STR("/a"), true}, {STR("/a"), STR("/a/b"), true}, {STR("/a"), STR("/ab"), false},
		{STR("/a"), STR("/b"), false}, {STR("/a/b"), STR("/a"), false}, {STR("/"), STR("/a"), true},
	};
	for (size_t i = 0; i < countof(cases); i++)
		assert_int_equal(path_within(cases[i].folder, cases[i].path), cases[i].within);
}

static void an_equal_file_is_left_alone(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct output one = {S("same"), S("x")};
	struct stat before, after;
	assert_true(files_write(&one, 1, b->arena, &b->diag));
	assert_int_equal(stat("same", &before), 0);
	assert_true(files_write(&one, 1, b->arena, &b->diag));
	assert_int_equal(stat("same", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	bench_free(b);
}

static void a_link_and_a_mode_stay(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct output old = {S("target"), S("old")}, new = {S("link"), S("new")};
	struct stat st;
	assert_true(files_write(&old, 1, b->arena, &b->diag));
	assert_int_equal(chmod("target", 0640), 0);
	assert_int_equal(symlink("target", "link"), 0);
	assert_true(files_write(&new, 1, b->arena, &b->diag));
	assert_str(content(b, "target"), "new");
	assert_true(lstat("link", &st) == 0 && S_ISLNK(st.st_mode));
	assert_int_equal(stat("target", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_true(files_write(&(struct output){S("dangling"), S("x")}, 1, b->arena, &b->diag));
	assert_true(lstat("dangling", &st) == 0 && S_ISLNK(st.st_mode));
	assert_str(content(b, "nowhere"), "x");
	bench_free(b);
}

static void a_setuid_bit_goes_with_the_content(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct output old = {S("program"), S("old")}, new = {S("program"), S("new")};
	struct stat st;
	assert_true(files_write(&old, 1, b->arena, &b->diag));
	assert_int_equal(chmod("program", 06755), 0);
	assert_true(files_write(&new, 1, b->arena, &b->diag));
	assert_int_equal(stat("program", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	bench_free(b);
}

// As root, a rename onto /dev/null would take it away from everybody.
static void a_pipe_is_not_replaced(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct output list[] = {{S("beside"), S("x")}, {S("fifo"), S("x")}, {S("to-fifo"), S("x")}};
	struct stat st;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(symlink("fifo", "to-fifo"), 0);
	for (size_t i = 1; i < countof(list); i++)
		assert_false(files_write((struct output[]){list[0], list[i]}, 2, b->arena, &b->diag));
	assert_true(stat("fifo", &st) == 0 && S_ISFIFO(st.st_mode));
	assert_int_not_equal(access("beside", F_OK), 0);
	assert_true(nothing_is_left(b));
	bench_free(b);
}

static void one_file_under_two_names_is_written(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct output list[] = {{S("twice"), S("x")}, {S("./twice"), S("x")}};
	assert_true(files_write(list, 2, b->arena, &b->diag));
	assert_str(content(b, "twice"), "x");
	assert_true(nothing_is_left(b));
	bench_free(b);
}

// Two processes write the same files over and over: whoever comes last, each file is one whole.
static void two_writers_do_not_mix(void **state)
{
	(void)state;
	enum { ROUNDS = 50, BYTES = 20000 };
	struct bench *b = bench_new();
	struct buf text[2] = {buf_new(&b->arena, BYTES), buf_new(&b->arena, BYTES)};
	for (size_t i = 0; i < 2; i++)
		buf_fill(&text[i], (u8)('a' + i), BYTES);
	pid_t child = fork();
	struct output one = {S("both"), buf_str(&text[child == 0])};
	bool done = true;
	for (size_t i = 0; i < ROUNDS; i++) {
		done &= files_write(&one, 1, b->arena, &b->diag);
		struct str now = content(b, "both");
		done &= str_eq(now, buf_str(&text[0])) || str_eq(now, buf_str(&text[1]));
	}
	if (child == 0)
		_exit(!done);
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(done && nothing_is_left(b));
	bench_free(b);
}

static void what_a_killed_run_left_goes(void **state)
{
	static const char *const theirs[] = {"a.amic-new", "a.0123456.amic-new", "a.0123456g.amic-new"};
	(void)state;
	struct bench *b = bench_new();
	struct output left[] = {{S("left.0123abcd.amic-new"), S("x")}}, one = {S("left"), S("new")};
	assert_true(files_write(left, 1, b->arena, &b->diag));
	for (size_t i = 0; i < countof(theirs); i++)
		assert_true(files_write(&(struct output){str_from(theirs[i]), S("x")}, 1, b->arena, &b->diag));
	assert_true(files_write(&one, 1, b->arena, &b->diag));
	assert_false(file_exists(b->arena, left[0].path));
	for (size_t i = 0; i < countof(theirs); i++) {
		assert_true(file_exists(b->arena, str_from(theirs[i])));
		assert_int_equal(unlink(theirs[i]), 0);
	}
	bench_free(b);
}

static void nothing_is_replaced_when_one_cannot_be_written(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct output old[] = {{S("a"), S("old")}};
	assert_true(files_write(old, 1, b->arena, &b->diag));
	assert_int_equal(mkdir("b", 0777), 0);
	struct output list[] = {{S("a"), S("new")}, {S("b"), S("new")}, {S("none/c"), S("new")}};
	assert_false(files_write(list, 2, b->arena, &b->diag));
	assert_false(files_write(&list[2], 1, b->arena, &b->diag));
	assert_true(bench_has(b, FILE_UNWRITABLE));
	assert_str(content(b, "a"), "old");
	assert_true(nothing_is_left(b));
	bench_free(b);
}

// A file-size limit fails a write half way, as a full disk does.
static void a_full_disk_leaves_the_old_file_whole(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct output list[] = {{S("small"), S("old")}, {S("big"), S("old")}};
	assert_true(files_write(list, 2, b->arena, &b->diag));
	struct rlimit before, limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	limit = (struct rlimit){1000, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	struct buf text = buf_new(&b->arena, 1 << 20);
	buf_fill(&text, 'x', 100000);
	list[0].bytes = S("new");
	list[1].bytes = buf_str(&text);
	bool done = files_write(list, 2, b->arena, &b->diag);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_false(done);
	assert_str(content(b, "small"), "old");
	assert_str(content(b, "big"), "old");
	assert_true(nothing_is_left(b));
	bench_free(b);
}

// The limit's own signal ends the process, but not before the temporary file is gone.
static void a_signal_waits_until_all_is_tidy(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct buf text = buf_new(&b->arena, 1 << 20);
	buf_fill(&text, 'x', 100000);
	struct output one = {S("never"), buf_str(&text)};
	pid_t child = fork();
	if (child == 0) {
		struct rlimit limit = {1000, 1000};
		signal(SIGXFSZ, SIG_DFL);
		_exit(setrlimit(RLIMIT_FSIZE, &limit) || files_write(&one, 1, b->arena, &b->diag));
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
	assert_true(nothing_is_left(b));
	assert_int_not_equal(access("never", F_OK), 0);
	bench_free(b);
}

static void what_cannot_be_read_is_a_finding(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct output big = {S("eleven"), S("12345678901")};
	struct str out = S("kept");
	assert_true(files_write(&big, 1, b->arena, &b->diag));
	assert_false(file_read(&b->arena, S("."), 10, &out, &b->diag));
	assert_false(file_read(&b->arena, S("missing"), 10, &out, &b->diag));
	assert_true(bench_has(b, FILE_UNREADABLE));
	assert_false(file_read(&b->arena, S("eleven"), 10, &out, &b->diag));
	assert_true(bench_has(b, FILE_TOO_LARGE));
	assert_str(out, "kept");
	assert_true(file_read(&b->arena, S("eleven"), 11, &out, &b->diag));
	assert_true(file_read(&b->arena, S("/proc/self/stat"), 1 << 20, &out, &b->diag));
	assert_true(out.len > 0);
	bench_free(b);
}

static void folders_are_made_with_their_parents(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	assert_true(folder_make(b->arena, S("p/q/r"), &b->diag));
	assert_true(folder_make(b->arena, S("p/q/r/"), &b->diag));
	struct output file = {S("p/file"), S("")};
	assert_true(files_write(&file, 1, b->arena, &b->diag));
	assert_false(folder_make(b->arena, S("p/file"), &b->diag));
	assert_false(folder_make(b->arena, S("p/file/x"), &b->diag));
	assert_str(path_beside(&b->arena, S("a/b.ami"), S("c.esl")), "a/c.esl");
	assert_str(path_beside(&b->arena, S("b.ami"), S("c.esl")), "c.esl");
	assert_str(path_beside(&b->arena, S("a/b"), S("/c")), "/c");
	assert_str(path_join(&b->arena, S("a/"), S("b")), "a/b");
	bench_free(b);
}

static void the_library_is_in_the_program(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct library l = {.arena = &b->arena, .diag = &b->diag};
	struct str *names, text;
	json_t *json = library_json(&l, S("schemas/diagnostics.json"));
	assert_int_equal(json_array_size(json), RULE_COUNT);
	json_decref(json);
	assert_true(library_list(&l, S("schemas/"), &names) >= 1);
	assert_false(library_text(&l, S("schemas/none.json"), &text));
	assert_true(bench_has(b, LIBRARY_MISSING));
	l.folder = str_from(folder);
	struct output broken = {S("x.json"), S("{")};
	assert_true(files_write(&broken, 1, b->arena, &b->diag));
	assert_null(library_json(&l, S("x.json")));
	assert_true(bench_has(b, LIBRARY_BROKEN));
	assert_true(library_list(&l, S(""), &names) >= 1);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(an_equal_file_is_left_alone),
		cmocka_unit_test(a_pipe_and_a_device_are_not_waited_for),
		cmocka_unit_test(a_link_leads_out_of_a_folder),
		cmocka_unit_test(a_folder_holds_what_lies_in_it),
		cmocka_unit_test(a_link_and_a_mode_stay),
		cmocka_unit_test(a_setuid_bit_goes_with_the_content),
		cmocka_unit_test(a_pipe_is_not_replaced),
		cmocka_unit_test(one_file_under_two_names_is_written),
		cmocka_unit_test(two_writers_do_not_mix),
		cmocka_unit_test(what_a_killed_run_left_goes),
		cmocka_unit_test(nothing_is_replaced_when_one_cannot_be_written),
		cmocka_unit_test(a_full_disk_leaves_the_old_file_whole),
		cmocka_unit_test(a_signal_waits_until_all_is_tidy),
		cmocka_unit_test(what_cannot_be_read_is_a_finding),
		cmocka_unit_test(folders_are_made_with_their_parents),
		cmocka_unit_test(the_library_is_in_the_program),
	};
	return cmocka_run_group_tests(tests, enter_folder, NULL);
}
