// fail: a library to preload that makes calls of libc fail as disks and memory do. FAULT names the
// call, and which of them fails: "rename 2 ENOSPC". Of "short" and "eintr" all reads and writes are
// cut to some bytes, or are interrupted each second time. "alloc 0" fails none and writes, as all
// do, how many calls there were into the file FAULT_COUNT.
// A stand-in for faulty disks: it was checked against a full tmpfs and RLIMIT_FSIZE, 2026-11-28.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static char call[16];
static long which;
static int error;
static atomic_long seen;

__attribute__((constructor)) static void read_fault(void)
{
	static const struct { const char *name; int number; } errors[] = {
		{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EINTR", EINTR}, {"ENOMEM", ENOMEM}, {"EPERM", EPERM},
	};
	char name[16] = "EIO";
	const char *fault = getenv("FAULT");
	char kind[16] = "";
	if (!fault || sscanf(fault, "%15s %ld %15s", kind, &which, name) < 1)
		return;
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (strcmp(errors[i].name, name) == 0)
			error = errors[i].number;
	atomic_store(&seen, 0);
	memcpy(call, kind, sizeof call);
}

static int is(const char *name) { return strcmp(call, name) == 0; }

// Whether this call is the one that fails.
static int fails(const char *name)
{
	if (!is(name) || atomic_fetch_add(&seen, 1) + 1 != which)
		return 0;
	if (is("kill"))
		raise(SIGKILL);
	errno = error;
	return 1;
}

// "kill N": the process dies at its Nth call of the kernel that is listed here.
static void step(void) { (void)fails("kill"); }

#define REAL(type, name, ...) \
	static type (*real)(__VA_ARGS__); \
	if (!real) \
		*(void **)&real = dlsym(RTLD_NEXT, #name)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *__libc_malloc(size_t size)
{
	REAL(void *, __libc_malloc, size_t);
	return fails("alloc") ? NULL : real(size);
}

void *__libc_calloc(size_t count, size_t size)
{
	REAL(void *, __libc_calloc, size_t, size_t);
	return fails("alloc") ? NULL : real(count, size);
}

void *__libc_realloc(void *old, size_t size)
{
	REAL(void *, __libc_realloc, void *, size_t);
	return fails("alloc") ? NULL : real(old, size);
}

static int interrupted(void)
{
	if (!is("eintr") || atomic_fetch_add(&seen, 1) % 2)
		return 0;
	errno = EINTR;
	return 1;
}

static size_t cut(size_t len) { return is("short") && len > 7 ? 1 + (size_t)atomic_fetch_add(&seen, 1) % 7 * len / 8 : len; }

ssize_t read(int fd, void *to, size_t len)
{
	step();
	return fails("read") || interrupted() ? -1 : syscall(SYS_read, fd, to, cut(len));
}

ssize_t pread64(int fd, void *to, size_t len, off64_t off)
{
	step();
	return fails("pread") || interrupted() ? -1 : syscall(SYS_pread64, fd, to, cut(len), off);
}

ssize_t pread(int fd, void *to, size_t len, off_t off) { return pread64(fd, to, len, off); }

ssize_t write(int fd, const void *from, size_t len)
{
	step();
	return fd > 2 && (fails("write") || interrupted()) ? -1 : syscall(SYS_write, fd, from, fd > 2 ? cut(len) : len);
}

int rename(const char *from, const char *to)
{
	step();
	return fails("rename") ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int fsync(int fd)
{
	step();
	return fails("fsync") ? -1 : (int)syscall(SYS_fsync, fd);
}

// As Linux has it: the file is closed whatever close says.
int close(int fd)
{
	step();
	int done = (int)syscall(SYS_close, fd);
	return fails("close") ? -1 : done;
}

void *mmap64(void *at, size_t len, int prot, int flags, int fd, off64_t off)
{
	return fails("mmap") ? MAP_FAILED : (void *)syscall(SYS_mmap, at, len, prot, flags, fd, off);
}

void *mmap(void *at, size_t len, int prot, int flags, int fd, off_t off)
{
	return mmap64(at, len, prot, flags, fd, off);
}

void _exit(int status)
{
	const char *file = getenv("FAULT_COUNT");
	char text[32];
	int fd = file ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
	int len = snprintf(text, sizeof text, "%ld\n", atomic_load(&seen));
	if (fd >= 0)
		(void)!syscall(SYS_write, fd, text, (size_t)len);
	syscall(SYS_exit_group, status);
	__builtin_unreachable();
}
