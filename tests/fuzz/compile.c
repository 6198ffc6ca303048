// compile.c: any text as a spec, through every pass. What compiles is emitted whole.
#include "fuzz.h"
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

// A spec is read from a file; this one is memory.
static int spec_file_of(const u8 *data, size_t size, char path[32])
{
	int fd = memfd_create("spec", 0);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz f;
	char path[32];
	int fd = spec_file_of(data, size, path);
	fuzz_open(&f);
	if (!setjmp(f.full)) {
		struct spec s;
		struct artifacts all;
		if (compile(&f.context, str_from(path), &s, &all)) {
			for (size_t i = 0; i < all.count; i++)
				if (all.list[i].text.len == 0)
					abort();
		} else {
			for (size_t i = 0; i < f.diag.len; i++)
				if (f.diag.list[i].rule == EMIT_DIFFERS || f.diag.list[i].rule == HOLE_PATH)
					abort();
		}
	}
	fuzz_close(&f);
	close(fd);
	return 0;
}
