// file: whole files in, whole files out. Output is all or nothing: every new content is on the
// disk under a temporary name before the first one takes its place. The names are no other
// process's, so that two builds into one folder each write whole files.
#include "base/base.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>      // getentropy, where it is not in unistd.h
#include <sys/stat.h>
#include <unistd.h>

static bool fails(struct diag *d, enum rule rule, struct str path)
{
	return diag_report(d, (struct finding){rule, .arg = {path, str_from(strerror(errno))}});
}

// True when another read may have more to say: a pipe was opened without waiting.
static bool may_read_on(int fd)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};
	return errno == EINTR || (errno == EAGAIN && (poll(&one, 1, -1) > 0 || errno == EINTR));
}

// Reads until the end or one byte past max, whatever fstat said: /proc and pipes have no size.
static bool read_all(int fd, u64 max, struct buf *into)
{
	u8 piece[1 << 16];
	while (into->len <= max) {
		ssize_t n = read(fd, piece, sizeof piece);
		if (n == 0)
			return true;
		if (n < 0 && !may_read_on(fd))
			return false;
		if (n > 0)
			buf_put(into, (struct str){piece, (size_t)n});
	}
	return true;
}

// What has no end, or waits for somebody at a terminal, is no file. Nor is a pipe without a
// writer, which is empty at once, since it was opened without waiting.
static struct str why_no_file(int fd, size_t len)
{
	struct stat st;
	if (fd == STDIN_FILENO || fstat(fd, &st) != 0)
		return S("");
	if (S_ISDIR(st.st_mode))
		return str_from(strerror(EISDIR));
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return S("it is a device");
	return S_ISFIFO(st.st_mode) && len == 0 ? S("nobody writes into this pipe") : S("");
}

static bool read_open(int fd, struct str path, u64 max, struct buf *into, struct diag *d)
{
	struct str why = why_no_file(fd, 1);
	if (!why.len && !read_all(fd, max, into))
		return fails(d, FILE_UNREADABLE, path);
	if (!why.len)
		why = why_no_file(fd, into->len);
	if (why.len)
		return diag_report(d, (struct finding){FILE_UNREADABLE, .arg = {path, why}});
	return into->len <= max || diag_report(d, (struct finding){FILE_TOO_LARGE,
		.arg = {path, str_number(d->arena, max)}});
}

bool file_read(struct arena *a, struct str path, u64 max, struct str *out, struct diag *d)
{
	struct arena scratch = *a;
	bool is_stdin = str_eq(path, S("-"));
	int how = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd = is_stdin ? STDIN_FILENO : open(str_z(&scratch, path), how);
	if (fd < 0)
		return fails(d, FILE_UNREADABLE, path);
	struct buf all = buf_new(a, (size_t)max + (1 << 16));
	bool done = read_open(fd, path, max, &all, d);
	if (!is_stdin)
		close(fd);
	if (done)
		*out = all.len ? buf_end(&all) : S("");     // jansson refuses NULL, not what is empty
	return done;
}

bool file_exists(struct arena scratch, struct str path)
{
	return access(str_z(&scratch, path), F_OK) == 0;
}

static bool same_content(struct arena scratch, const struct output *o)
{
	struct diag quiet = diag_quiet(&scratch);
	struct str old;
	return file_exists(scratch, o->path)
	    && file_read(&scratch, o->path, o->bytes.len, &old, &quiet) && str_eq(old, o->bytes);
}

static bool write_all(int fd, struct str bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.at, bytes.len);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			bytes.at += n;
			bytes.len -= (size_t)n;
		}
	}
	return fsync(fd) == 0;
}

// Only a file is replaced: a rename onto a device or a pipe would take it away from everybody.
static bool may_replace(const struct stat *st, struct str path, struct diag *d)
{
	errno = EISDIR;
	if (S_ISDIR(st->st_mode))
		return fails(d, FILE_UNWRITABLE, path);
	return S_ISREG(st->st_mode) || diag_report(d, (struct finding){FILE_UNWRITABLE,
		.arg = {path, S("it is no regular file")}});
}

// Mode and, where that is allowed, owner of the file that goes; never its setuid bits.
static void take_after(int fd, const struct stat *st)
{
	if (fchown(fd, st->st_uid, st->st_gid) != 0)
		errno = 0;                // the file is ours then, as a new one is
	(void)fchmod(fd, st->st_mode & 0777);     // some file systems have none
}

// The name of the file beside its target that holds the new content, or NULL.
static const char *write_temporary(struct arena *a, const struct output *o, u32 id,
                                   struct diag *d)
{
	struct str unique = str_hex(a, (struct str){(const u8 *)&id, sizeof id});
	const char *name = str_z(a, cat(a, o->path, S("."), unique, S(".amic-new")));
	struct stat st;
	bool is_there = stat(str_z(a, o->path), &st) == 0;
	if (is_there && !may_replace(&st, o->path, d))
		return NULL;
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0) {
		fails(d, FILE_UNWRITABLE, o->path);
		return NULL;
	}
	if (is_there)
		take_after(fd, &st);
	bool done = write_all(fd, o->bytes) || fails(d, FILE_UNWRITABLE, o->path);
	if (close(fd) != 0 && done)
		done = fails(d, FILE_UNWRITABLE, o->path);
	if (!done)
		(void)unlink(name);
	return done ? name : NULL;
}

static void sync_folder(struct arena scratch, struct str folder)
{
	int fd = open(str_z(&scratch, folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);          // some file systems can't; the files themselves are safe
		close(fd);
	}
}

// A link stays one: what it points to is written.
static struct output behind_link(struct arena *a, struct output o)
{
	struct stat st;
	const char *name = str_z(a, o.path);
	char *target = lstat(name, &st) == 0 && S_ISLNK(st.st_mode) ? realpath(name, NULL) : NULL;
	if (target)
		o.path = str_copy(a, str_from(target));
	free(target);
	return o;
}

// Files of one folder follow each other, so it is synced once.
static bool put_in_place(const struct output *list, const char **temporary, size_t count,
                         struct arena scratch, struct diag *d)
{
	struct str folder = {0};
	for (size_t i = 0; i < count; i++) {
		if (!temporary[i])
			continue;
		if (rename(temporary[i], str_z(&scratch, list[i].path)) != 0)
			return fails(d, FILE_UNWRITABLE, list[i].path);
		temporary[i] = NULL;
		struct str next = path_beside(&scratch, list[i].path, S("."));
		if (folder.len && !str_eq(folder, next))
			sync_folder(scratch, folder);
		folder = next;
	}
	if (folder.len)
		sync_folder(scratch, folder);
	return true;
}

// Until temporary files are renamed or gone, nobody ends the process; then what came is heard.
static sigset_t hold_signals(void)
{
	static const int ends[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGXFSZ};
	sigset_t held, before;
	sigemptyset(&held);
	for (size_t i = 0; i < countof(ends); i++)
		sigaddset(&held, ends[i]);
	sigprocmask(SIG_BLOCK, &held, &before);
	return before;
}

bool files_write(const struct output *outputs, size_t count, struct arena scratch, struct diag *d)
{
	struct output *list = make(&scratch, count, struct output);
	const char **temporary = make(&scratch, count, const char *);   // NULL: nothing to rename
	bool done = true;
	u32 id;
	if (getentropy(&id, sizeof id) != 0)
		id = (u32)getpid();
	sigset_t before = hold_signals();
	for (size_t i = 0; done && i < count; i++) {
		list[i] = behind_link(&scratch, outputs[i]);
		if (same_content(scratch, &list[i]))
			continue;
		temporary[i] = write_temporary(&scratch, &list[i], id + (u32)i, d);
		done = temporary[i];
	}
	done = done && put_in_place(list, temporary, count, scratch, d);
	for (size_t i = 0; i < count; i++)
		if (temporary[i])
			(void)unlink(temporary[i]);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return done;
}

bool folder_make(struct arena scratch, struct str path, struct diag *d)
{
	struct stat st;
	for (size_t i = 1; i <= path.len; i++) {
		struct arena one = scratch;
		if (i < path.len && path.at[i] != '/')
			continue;
		const char *part = str_z(&one, (struct str){path.at, i});
		if (mkdir(part, 0777) != 0 && (errno != EEXIST || stat(part, &st) != 0
		                               || (!S_ISDIR(st.st_mode) && (errno = ENOTDIR))))
			return fails(d, FILE_UNWRITABLE, path);
	}
	return true;
}

bool folder_is(struct arena scratch, struct str path)
{
	struct stat st;
	return stat(str_z(&scratch, path), &st) == 0 && S_ISDIR(st.st_mode);
}

static int compare_names(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

bool folder_list(struct arena *a, struct str path, struct str **out, size_t *count,
                 struct diag *d)
{
	struct dirent **entries;
	int found = scandir(str_z(a, path), &entries, NULL, NULL);
	if (found < 0)
		return fails(d, FILE_UNREADABLE, path);
	struct str *names = make(a, (size_t)found, struct str);
	size_t kept = 0;
	for (int i = 0; i < found; i++) {
		if (entries[i]->d_name[0] != '.')
			names[kept++] = str_copy(a, str_from(entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	if (kept)
		qsort(names, kept, sizeof *names, compare_names);
	*out = names;
	*count = kept;
	return true;
}

struct str path_join(struct arena *a, struct str folder, struct str name)
{
	if (folder.len == 0 || str_starts(name, S("/")))
		return str_copy(a, name);
	bool slash = str_ends(folder, S("/"));
	return cat(a, folder, slash ? S("") : S("/"), name);
}

struct str path_beside(struct arena *a, struct str beside, struct str name)
{
	size_t len = beside.len;
	while (len && beside.at[len - 1] != '/')
		len--;
	return path_join(a, (struct str){beside.at, len}, name);
}

bool path_real(struct arena *a, struct str path, struct str *out)
{
	char resolved[PATH_MAX];
	struct arena scratch = *a;
	if (!realpath(str_z(&scratch, path), resolved))
		return false;
	*out = str_copy(a, str_from(resolved));
	return true;
}

bool path_within(struct str folder, struct str path)
{
	struct str rest;
	return str_starts(path, folder) && str_sub(path, folder.len, path.len - folder.len, &rest)
	    && (rest.len == 0 || rest.at[0] == '/' || str_ends(folder, S("/")));
}
