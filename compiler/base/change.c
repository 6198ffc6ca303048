// change: files that change together, as far as a file system can. Every new content is on the disk
// under a temporary name before the first one takes its place. The folders are locked meanwhile, so
// that of two runs the second waits for the first; what a killed run left there is then nobody's,
// and goes.
#include "base/base.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct str suffix = STR(".amic-new");
enum { ID_DIGITS = 8, LINKS_MAX = 40, PATH_BYTES = 4096 };

// Once the first temporary file is made, memory is taken no more: a run that ends for want of it
// leaves nothing.
struct change {
	struct output to;             // links followed
	const char *name, *temporary;
	struct str folder;
	bool same, made, renamed;
	int error;
};
struct lock { const char *name; int fd; };       // fd below 0: the file system has no locks
struct changes {
	struct change *list;
	size_t count;
	struct lock *locks;
	size_t lock_count;
};

static bool fails(struct diag *d, struct str path, struct str why)
{
	return diag_report(d, (struct finding){FILE_UNWRITABLE, .arg = {path, why}});
}

// ---- before anything is written

// A link stays one: what it points to is written, also when that is not there yet.
static struct output behind_link(struct arena *a, struct output o)
{
	u8 *target = make(a, PATH_BYTES, u8);
	for (int i = 0; i < LINKS_MAX; i++) {
		struct arena scratch = *a;
		ssize_t len = readlink(str_z(&scratch, o.path), (char *)target, PATH_BYTES);
		if (len <= 0 || len == PATH_BYTES)
			break;
		o.path = path_beside(a, o.path, (struct str){target, (size_t)len});
	}
	return o;
}

static bool same_content(struct arena scratch, const struct output *o)
{
	struct diag quiet = diag_quiet(&scratch);
	struct str old;
	return file_exists(scratch, o->path)
	    && file_read(&scratch, o->path, o->bytes.len, &old, &quiet) && str_eq(old, o->bytes);
}

static void plan(struct arena *a, struct changes *all, const struct output *outputs)
{
	u32 id;
	if (getentropy(&id, sizeof id) != 0)
		id = (u32)getpid();
	for (size_t i = 0; i < all->count; i++) {
		struct change *c = &all->list[i];
		u32 own = id + (u32)i;
		struct str unique = str_hex(a, (struct str){(const u8 *)&own, sizeof own});
		c->to = behind_link(a, outputs[i]);
		c->name = str_z(a, c->to.path);
		c->temporary = str_z(a, cat(a, c->to.path, S("."), unique, suffix));
		c->folder = path_beside(a, c->to.path, S("."));
	}
}

static int compare_locks(const void *a, const void *b)
{
	return strcmp(((const struct lock *)a)->name, ((const struct lock *)b)->name);
}

// By their real names and in one order for everybody: no two runs wait for each other.
static void take_locks(struct arena *a, struct changes *all)
{
	all->locks = make(a, all->count, struct lock);
	for (size_t i = 0; i < all->count; i++) {
		struct str real = all->list[i].folder;
		bool new = !i || !str_eq(all->list[i - 1].folder, real);
		if (new && path_real(a, real, &real))
			all->locks[all->lock_count++] = (struct lock){str_z(a, real), -1};
	}
	if (all->lock_count)
		qsort(all->locks, all->lock_count, sizeof *all->locks, compare_locks);
	for (size_t i = 0; i < all->lock_count; i++) {
		struct lock *l = &all->locks[i];
		if (i && strcmp(all->locks[i - 1].name, l->name) == 0)
			continue;
		l->fd = open(l->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		while (l->fd >= 0 && flock(l->fd, LOCK_EX) != 0) {
			if (errno == EINTR)
				continue;
			close(l->fd);
			l->fd = -1;
		}
	}
}

static void give_locks(struct changes *all)
{
	for (size_t i = 0; i < all->lock_count; i++)
		if (all->locks[i].fd >= 0)
			close(all->locks[i].fd);
}

static bool is_leftover(struct str name)
{
	u8 id[ID_DIGITS / 2];
	struct str head, digits;
	if (!str_ends(name, suffix) || !str_sub(name, 0, name.len - suffix.len, &head))
		return false;
	return head.len > ID_DIGITS + 1 && head.at[head.len - ID_DIGITS - 1] == '.'
	    && str_sub(head, head.len - ID_DIGITS, ID_DIGITS, &digits) && str_unhex(digits, id);
}

static void remove_leftovers(const struct lock *l)
{
	DIR *dir = l->fd >= 0 ? opendir(l->name) : NULL;
	for (const struct dirent *e; dir && (e = readdir(dir));)
		if (is_leftover(str_from(e->d_name)))
			(void)unlinkat(l->fd, e->d_name, 0);
	if (dir)
		closedir(dir);
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

// ---- writing

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
static bool may_replace(const struct change *c, struct diag *d)
{
	struct stat st;
	if (stat(c->name, &st) != 0 || S_ISREG(st.st_mode))
		return true;
	return fails(d, c->to.path, S_ISDIR(st.st_mode) ? str_from(strerror(EISDIR))
	                                                : S("it is no regular file"));
}

// Mode and, where that is allowed, owner of the file that goes; never its setuid bits.
static void take_after(int fd, const struct stat *st)
{
	if (fchown(fd, st->st_uid, st->st_gid) != 0)
		errno = 0;                // the file is ours then, as a new one is
	(void)fchmod(fd, st->st_mode & 0777);     // some file systems have none
}

static bool write_temporary(struct change *c)
{
	struct stat st;
	bool is_there = stat(c->name, &st) == 0;
	int fd = open(c->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	c->made = fd >= 0;
	if (!c->made) {
		c->error = errno;
		return false;
	}
	if (is_there)
		take_after(fd, &st);
	if (!write_all(fd, c->to.bytes))
		c->error = errno;
	if (close(fd) != 0 && !c->error)
		c->error = errno;
	return !c->error;
}

static bool write_temporaries(struct changes *all)
{
	bool done = true;
	for (size_t i = 0; done && i < all->count; i++)
		done = all->list[i].same || write_temporary(&all->list[i]);
	return done;
}

static bool rename_all(struct changes *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct change *c = &all->list[i];
		if (c->same)
			continue;
		if (rename(c->temporary, c->name) != 0) {
			c->error = errno;
			return false;
		}
		c->renamed = true;
	}
	return true;
}

// Some file systems can't; the files themselves are safe.
static void sync_folders(const struct changes *all)
{
	for (size_t i = 0; i < all->lock_count; i++)
		if (all->locks[i].fd >= 0)
			(void)fsync(all->locks[i].fd);
}

static void remove_temporaries(struct changes *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].made && !all->list[i].renamed)
			(void)unlink(all->list[i].temporary);
}

// ---- and afterwards

static bool tell(const struct changes *all, struct arena scratch, struct diag *d)
{
	struct buf new = buf_new(&scratch, 1 << 16);
	bool done = true;
	for (size_t i = 0; i < all->count; i++) {
		const struct change *c = &all->list[i];
		if (c->error)
			done = fails(d, c->to.path, str_from(strerror(c->error)));
		if (c->renamed)
			put(&new, new.len ? S(", ") : S(""), c->to.path);
	}
	return done || !new.len
	    ? done : diag_report(d, (struct finding){FILES_NEW, .arg = {buf_str(&new)}});
}

bool files_write(const struct output *outputs, size_t count, struct arena scratch, struct diag *d)
{
	struct changes all = {.list = make(&scratch, count, struct change), .count = count};
	bool done = true;
	plan(&scratch, &all, outputs);
	take_locks(&scratch, &all);
	for (size_t i = 0; i < all.lock_count; i++)
		remove_leftovers(&all.locks[i]);
	for (size_t i = 0; i < count; i++) {
		all.list[i].same = same_content(scratch, &all.list[i].to);
		done = may_replace(&all.list[i], d) && done;
	}
	if (done) {
		sigset_t before = hold_signals();
		done = write_temporaries(&all) && rename_all(&all);
		remove_temporaries(&all);
		sync_folders(&all);
		sigprocmask(SIG_SETMASK, &before, NULL);
		done = tell(&all, scratch, d) && done;
	}
	give_locks(&all);
	return done;
}

void files_touch(const struct output *list, size_t count, struct arena scratch)
{
	for (size_t i = 0; i < count; i++) {
		struct arena one = scratch;
		(void)utimensat(AT_FDCWD, str_z(&one, list[i].path), NULL, 0);
	}
}
