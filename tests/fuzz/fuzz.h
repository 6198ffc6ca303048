// What every fuzz target needs: an arena whose end is a jump, a list of findings, the context of a
// pass.
#pragma once
#include <setjmp.h>
#include <stdlib.h>
#include "compile.h"
#include "report/report.h"

struct fuzz {
	struct arena arena, found;
	struct diag diag;
	struct library library;
	struct context context;
	jmp_buf full;
	u8 *memory;
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static no_return void fuzz_full(void *owner) { longjmp(((struct fuzz *)owner)->full, 1); }

static inline void fuzz_open(struct fuzz *f)
{
	enum { BYTES = 64 << 20, FOUND_BYTES = 8 << 20 };
	static u8 *memory;            // kept: getting 72 MiB anew is slower than most inputs are
	if (!memory && !(memory = malloc(BYTES + FOUND_BYTES)))
		abort();
	f->memory = memory;
	f->arena = arena_of(f->memory, BYTES, fuzz_full, f);
	f->found = arena_of(f->memory + BYTES, FOUND_BYTES, fuzz_full, f);
	f->diag = (struct diag){.arena = &f->found, .sources = {.arena = &f->found}};
	f->library = (struct library){.arena = &f->found, .diag = &f->diag};
	f->context = (struct context){.arena = &f->arena, .diag = &f->diag, .library = &f->library};
}

static inline void fuzz_close(struct fuzz *f) { f->memory = NULL; }

// One input through one reader; an arena that is full ends it.
static inline int fuzz_once(const u8 *data, size_t size, void (*read)(struct fuzz *f, struct str s))
{
	struct fuzz f;
	fuzz_open(&f);
	if (setjmp(f.full) == 0)
		read(&f, (struct str){data, size});
	fuzz_close(&f);
	return 0;
}
