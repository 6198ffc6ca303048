// A boot of a small disk, and what of it a test asks for.
#pragma once
#include "disk.h"
#include "measure/boot/internal.h"

enum { BOOT_SET = 1u << BANK_SHA256, BOOT_ALL_PCRS = 0xffff };

static inline struct boot_options boot_defaults(void)
{
	return (struct boot_options){.set = BOOT_SET, .pcrs = BOOT_ALL_PCRS, .threads = 1};
}

static inline bool boot_try(struct bench *b, const struct file_of *files, size_t count,
                            const struct boot_options *o, struct event_log *out)
{
	struct str disk = make_disk(&b->arena, files, count);
	struct source s = source_of_str(&b->arena, disk, 0);
	b->diag.len = 0;
	return predict_disk(&s, o, &b->arena, out, &b->diag);
}

static inline struct event_log boot_of(struct bench *b, const struct file_of *files, size_t count,
                                       const struct boot_options *o)
{
	struct event_log log = {0};
	bool done = boot_try(b, files, count, o, &log);
	for (size_t i = 0; !done && i < b->diag.len; i++)
		print_error("%.*s\n", (int)rules[b->diag.list[i].rule].code.len,
		            (const char *)rules[b->diag.list[i].rule].code.at);
	assert_true(done);
	return log;
}

static inline size_t events_in(const struct event_log *log, u32 pcr)
{
	size_t n = 0;
	for (size_t i = 0; i < log->count; i++)
		n += log->list[i].pcr == pcr;
	return n;
}

static inline const struct event *event_at(const struct event_log *log, u32 pcr, size_t n)
{
	for (size_t i = 0; i < log->count; i++)
		if (log->list[i].pcr == pcr && n-- == 0)
			return &log->list[i];
	fail_msg("PCR %u has no event %zu", pcr, n);
	return NULL;
}

#define assert_measured(e, bytes) assert_measured_at((e), (bytes), __FILE__, __LINE__)
static inline void assert_measured_at(const struct event *e, struct str bytes, const char *file,
                                      int line)
{
	struct digests want;
	assert_true(digest_bytes(BOOT_SET, bytes, &want));
	if (e->extends && !e->unknown && memcmp(e->digests.of[BANK_SHA256], want.of[BANK_SHA256], 32) == 0)
		return;
	print_error("the event '%.*s' is over other bytes\n", (int)e->what.len,
	            (const char *)e->what.at);
	_fail(file, line);
}

// Authenticode of an image without gaps: all but CheckSum and the certificate entry.
static inline struct str covered(struct bench *b, struct str pe)
{
	size_t sum = PE_OPTIONAL + 64, entry = PE_OPTIONAL + 112 + 4 * 8;
	return cat(&b->arena, ((struct str){pe.at, sum}),
	           ((struct str){pe.at + sum + 4, entry - sum - 4}),
	           ((struct str){pe.at + entry + 8, pe.len - entry - 8}));
}

static inline struct str utf16(struct bench *b, const char *text)
{
	return text_with_nul(&b->arena, text_from_utf8(&b->arena, str_from(text)));
}

static inline struct str magic_of(struct bench *b, const char *program)
{
	return cat(&b->arena, S("#### LoaderInfo: "), str_from(program), S(" ####"));
}

// A UKI: the stub's version, then .linux, then the sections given.
static inline struct str make_uki(struct bench *b, const char *stub, const struct piece *more,
                                  size_t count)
{
	struct piece all[24] = {{".sdmagic", magic_of(b, stub), 0}, {".linux", {0}, 0}};
	all[1].bytes = make_kernel(&b->arena);
	memcpy(all + 2, more, count * sizeof *more);
	return make_pe(&b->arena, all, count + 2);
}
