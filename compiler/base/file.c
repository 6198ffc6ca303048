// file: whole files in, and what can be asked about names. change.c writes.
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
