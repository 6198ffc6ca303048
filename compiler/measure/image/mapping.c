// mapping: a file's bytes where the page cache has them, a window at a time. Hashing them there
// costs a twentieth less than hashing a copy.
//
// A file may shrink while it is mapped, and a disk may fail. The kernel then sends SIGBUS to
// whoever touches the page. The guard answers by putting a page of zeros in its place and noting
// so at the beginning of the area that the window belongs to; the owner of the window asks before
// it trusts what it has seen. There is no state but the areas, which are found by their alignment.
#include "measure/image/image.h"
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

// An area is aligned to its size: its head, then, in its second half, the window.
#define AREA_BYTES   ((size_t)2 * MAPPING_BYTES)
#define WINDOW_PLACE ((size_t)MAPPING_BYTES)

struct mapping_area {
	const struct mapping_area *self;   // what tells an area from other memory
	volatile bool lost;           // a page of the window went away
};

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static u8 *align_down(void *at, size_t to)
{
	return (u8 *)at - ((uintptr_t)at & (to - 1));
}

// Any other SIGBUS ends the process as it would without us: the access is tried again, or there is
// no memory where an area would begin.
static void on_bus(int number, siginfo_t *info, void *context)
{
	(void)context;
	struct mapping_area *area = (void *)align_down(info->si_addr, AREA_BYTES);
	size_t page = page_bytes();
	u8 *at = align_down(info->si_addr, page);
	bool ours = info->si_code > 0 && area && area->self == area;
	if (ours && mmap(at, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at)
		area->lost = true;
	else
		(void)signal(number, SIG_DFL);
}

bool mapping_guard(void)
{
	struct sigaction act = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO};
	return sigemptyset(&act.sa_mask) == 0 && sigaction(SIGBUS, &act, NULL) == 0;
}

static bool is_guarded(void)
{
	struct sigaction now;
	return sigaction(SIGBUS, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO)
	    && now.sa_sigaction == on_bus;
}

bool mapping_open(size_t window, struct mapping *out)
{
	if (!is_guarded() || window < page_bytes() || window > MAPPING_BYTES)
		return false;
	u8 *whole = mmap(NULL, 2 * AREA_BYTES, PROT_NONE,
	                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (whole == MAP_FAILED)
		return false;
	u8 *at = align_down(whole + AREA_BYTES, AREA_BYTES);
	*out = (struct mapping){.whole = whole, .area = (void *)at, .window = window};
	if (mprotect(at, page_bytes(), PROT_READ | PROT_WRITE) != 0) {
		mapping_close(out);
		return false;
	}
	out->area->self = out->area;
	return true;
}

void mapping_close(struct mapping *m)
{
	if (m->whole)
		(void)munmap(m->whole, 2 * AREA_BYTES);
	*m = (struct mapping){0};
}

bool mapping_view(struct mapping *m, const struct source *s, u64 off, u64 len, struct str *out)
{
	struct file_place p;
	if (!m->area || !source_has(s, off, len) || !source_place(s, off, &p))
		return false;
	// Windows lie in the file as large pages do, so that a folio of that size is mapped at once.
	size_t into = (size_t)(p.off & (m->window - 1)), room = m->window - into;
	len = len < p.len ? len : p.len;
	len = len < room ? len : room;
	u8 *at = (u8 *)m->area + WINDOW_PLACE;
	// What was there before goes: the window has the same place each time.
	if (mmap(at, into + (size_t)len, PROT_READ, MAP_SHARED | MAP_FIXED, p.fd,
	         (off_t)(p.off - into)) != at)
		return false;
	m->fd = p.fd;
	m->end_off = p.off + len;
	*out = (struct str){at + into, (size_t)len};
	return true;
}

// Where the file ends within a page, the rest of the page is zeros and nobody is told.
bool mapping_holds(const struct mapping *m)
{
	u8 last;
	return !m->area->lost && pread(m->fd, &last, 1, (off_t)(m->end_off - 1)) == 1;
}
