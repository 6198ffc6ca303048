// What every unit test needs: cmocka, an arena, a list of findings, the context of a pass.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "compile.h"
#include "report/report.h"

struct bench {
	struct arena arena, found;
	struct diag diag;
	struct library library;       // what is compiled in
	struct context context;
	u8 *memory;
};

static no_return void bench_full(void *owner)
{
	(void)owner;
	abort();
}

// Memory of one test: calloc, so that the sanitizers see what leaves it.
static inline struct bench *bench_new(void)
{
	enum { BYTES = 64 << 20, FOUND_BYTES = 8 << 20 };
	struct bench *b = calloc(1, sizeof *b);
	assert_non_null(b);
	b->memory = calloc(1, BYTES + FOUND_BYTES);
	assert_non_null(b->memory);
	b->arena = arena_of(b->memory, BYTES, bench_full, NULL);
	b->found = arena_of(b->memory + BYTES, FOUND_BYTES, bench_full, NULL);
	b->diag = (struct diag){.arena = &b->found, .sources = {.arena = &b->found}};
	b->library = (struct library){.arena = &b->found, .diag = &b->diag};
	b->context = (struct context){.arena = &b->arena, .diag = &b->diag, .library = &b->library};
	return b;
}

static inline void bench_free(struct bench *b)
{
	free(b->memory);
	free(b);
}

static inline bool bench_has(const struct bench *b, enum rule rule)
{
	for (size_t i = 0; i < b->diag.len; i++)
		if (b->diag.list[i].rule == rule)
			return true;
	return false;
}

#define assert_str(got, want) assert_str_at((got), str_from(want), __FILE__, __LINE__)
static inline void assert_str_at(struct str got, struct str want, const char *file, int line)
{
	if (str_eq(got, want))
		return;
	print_error("got  '%.*s'\nwant '%.*s'\n", (int)got.len, (const char *)got.at, (int)want.len,
	            (const char *)want.at);
	_fail(file, line);
}
