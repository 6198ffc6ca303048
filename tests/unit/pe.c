// pe.c, authenticode.c: which images firmware loads, and which bytes their hash covers.
#include "disk.h"
#include "hostile.h"
#include "measure/measure.h"
#include <unistd.h>

enum { COFF = PE_OFF + 4, RVA_COUNT = PE_OPTIONAL + 108, DIRECTORY = PE_OPTIONAL + 112 + 4 * 8,
       SECTION = PE_SECTIONS, RAW = PE_HEADERS };

static struct str image_of(struct bench *b)
{
	struct piece list[] = {{".text", S("code"), 0}, {".data", S("data"), 0}};
	return make_pe(&b->arena, list, 2);
}

static bool read_pe(struct bench *b, struct str bytes)
{
	struct source s = source_of_str(&b->arena, bytes, 0);
	struct pe p;
	struct range *ranges;
	size_t count;
	return pe_read(&s, S("x.efi"), &b->arena, &p, &b->diag)
	    && authenticode_ranges(&p, &b->arena, &ranges, &count, &b->diag);
}

static void an_image_is_read(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct source s = source_of_str(&b->arena, image_of(b), 0), text;
	struct pe p;
	struct str bytes;
	assert_true(pe_read(&s, S("x.efi"), &b->arena, &p, &b->diag));
	assert_int_equal(p.machine, 0x8664);
	assert_int_equal(p.count, 2);
	assert_str(p.list[1].name, ".data");
	assert_null(pe_section(&p, S(".tex")));
	assert_true(pe_section_source(&p, pe_section(&p, S(".text")), &b->arena, &text));
	assert_true(source_bytes(&text, 0, text.size, &b->arena, &bytes));
	assert_str(bytes, "code");
	bench_free(b);
}

// One edit each; what edk2's loader says to it.
static const struct edit { size_t off; u64 value; size_t bytes; int rule; } edits[] = {
	{0, 0, 2, PE_MAGIC},                             // no MZ: header at 0, which is none
	{60, 0xffffffff, 4, PE_MAGIC},
	{PE_OFF, 0x5a56, 4, PE_MAGIC},                   // a terse executable
	{PE_OPTIONAL, 0x107, 2, PE_MAGIC},
	{COFF + 2, 65535, 2, PE_FIELD},                  // more sections than the headers hold
	{COFF + 16, 239, 2, PE_FIELD},
	{RVA_COUNT, 17, 4, PE_FIELD},
	{RVA_COUNT, 0xffffffff, 4, PE_FIELD},
	{RVA_COUNT, 15, 4, PE_FIELD},                    // SizeOfOptionalHeader says 16
	{PE_OPTIONAL + 56, PE_HEADERS, 4, PE_FIELD},     // SizeOfImage
	{PE_OPTIONAL + 60, 0x7fffffff, 4, PE_FIELD},     // SizeOfHeaders
	{PE_OPTIONAL + 60, PE_SECTIONS, 4, PE_FIELD},
	{PE_OPTIONAL + 68, 3, 2, PE_FIELD},              // Subsystem: a console program
	{PE_OPTIONAL + 68, 12, 2, -1},
	{DIRECTORY + 4, 0xffffffff, 4, PE_FIELD},        // certificates past the end
	{SECTION + 20, PE_HEADERS - 1, 4, PE_SECTION},   // raw data in the headers
	{SECTION + 12, 512, 4, PE_SECTION},              // loaded over the headers
	{SECTION + 16, 0xffffffff, 4, PE_SECTION},       // past the end
	{SECTION + 20, 0xffffff00, 4, PE_SECTION},
	{SECTION + 8, 0x10000000, 4, PE_SECTION},        // past SizeOfImage
	{SECTION + 20, PE_HEADERS + 512, 4, -1},         // overlaps: firmware loads it
	{SECTION + 16, 0, 4, -1},                        // nothing in the file
	{SECTION, 0x4141414141414141, 8, -1},            // a name without NUL
};

static void firmware_s_checks(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(edits); i++) {
		struct bench *b = bench_new();
		struct str image = image_of(b);
		put_le((u8 *)image.at + edits[i].off, edits[i].value, edits[i].bytes);
		assert_int_equal(read_pe(b, image), edits[i].rule < 0);
		if (edits[i].rule >= 0)
			assert_true(bench_has(b, (enum rule)edits[i].rule));
		bench_free(b);
	}
}

static void sections_that_share_bytes_are_a_warning(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str image = image_of(b);
	put_le((u8 *)image.at + SECTION + 20, RAW + 512, 4);
	assert_true(read_pe(b, image));
	assert_true(bench_has(b, PE_OVERLAP));
	bench_free(b);
}

// A table of 65,535 sections, all in place: firmware loads it, and so it is measured.
static void many_sections(void **state)
{
	(void)state;
	enum { MANY = 65535, HEADERS = PE_SECTIONS + 40 * MANY };
	struct bench *b = bench_new();
	u8 *f = make(&b->arena, HEADERS + 1024, u8);
	memcpy(f, image_of(b).at, PE_HEADERS);
	put_le(f + COFF + 2, MANY, 2);
	put_le(f + PE_OPTIONAL + 60, HEADERS, 4);
	put_le(f + PE_OPTIONAL + 56, 0x7fffffff, 4);
	for (u32 i = 0; i < MANY; i++) {
		put_le(f + SECTION + 40 * i + 8, 1, 4);
		put_le(f + SECTION + 40 * i + 12, HEADERS + i, 4);
		put_le(f + SECTION + 40 * i + 16, 1 + i % 1000, 4);
		put_le(f + SECTION + 40 * i + 20, HEADERS + i % 7, 4);
	}
	assert_true(read_pe(b, (struct str){f, HEADERS + 1024}));
	assert_int_equal(b->diag.len, 1);
	bench_free(b);
}

static void long_names(void **state)
{
	(void)state;
	static const struct { const char *name; u32 symbols_off; const char *want; } cases[] = {
		{"/4", RAW, ".vendor_cert"}, {"/11", RAW, "_cert"}, {"/4", 0, "/4"},
		{"/4000", RAW, "/4000"}, {"/x", RAW, "/x"}, {"/", RAW, "/"},
		{"/99999999", RAW, "/9999999"}, {"/4", 0xfffffff0, "/4"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct str image = image_of(b);
		struct source s = source_of_str(&b->arena, image, 0);
		struct pe p;
		put_le((u8 *)image.at + COFF + 8, cases[i].symbols_off, 4);
		memcpy((u8 *)image.at + RAW + 4, ".vendor_cert", 13);
		memset((u8 *)image.at + SECTION, 0, 8);
		memcpy((u8 *)image.at + SECTION, cases[i].name, strnlen(cases[i].name, 8));
		assert_true(pe_read(&s, S("x.efi"), &b->arena, &p, &b->diag));
		assert_str(p.list[0].name, cases[i].want);
		bench_free(b);
	}
}

// ---- what the hash covers

static struct digests hash(struct bench *b, struct str image)
{
	struct source s = source_of_str(&b->arena, image, 0);
	struct pe p;
	struct digests d = {0};
	assert_true(pe_read(&s, S("x.efi"), &b->arena, &p, &b->diag));
	assert_true(authenticode_digest(&p, 1u << BANK_SHA256, b->arena, &d, &b->diag));
	return d;
}

static struct digests hash_of(struct bench *b, const struct str *parts, size_t count)
{
	struct digests d = {0};
	assert_true(digest_bytes(1u << BANK_SHA256, str_join(&b->arena, parts, count), &d));
	return d;
}

#define between(image, from, to) ((struct str){(image).at + (from), (size_t)((to) - (from))})

static void the_hash_leaves_out_what_signing_changes(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str image = image_of(b);
	u8 *f = make(&b->arena, image.len + 24, u8);
	memcpy(f, image.at, image.len);
	memset(f + image.len, 'c', 24);
	struct str with = {f, image.len + 24};
	put_le(f + DIRECTORY, image.len, 4);
	put_le(f + DIRECTORY + 4, 24, 4);
	put_le(f + PE_OPTIONAL + 64, 0x12345678, 4);
	struct digests unsigned_one = hash(b, image), signed_one = hash(b, with);
	assert_memory_equal(&signed_one, &unsigned_one, sizeof signed_one);
	struct str parts[] = {between(image, 0, PE_OPTIONAL + 64),
		between(image, PE_OPTIONAL + 68, DIRECTORY), between(image, DIRECTORY + 8, image.len)};
	struct digests want = hash_of(b, parts, 3);
	assert_memory_equal(&unsigned_one, &want, sizeof want);
	assert_int_equal(b->diag.len, 0);
	bench_free(b);
}

// With four directories there is no certificate entry to leave out.
static void few_directories(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str image = image_of(b);
	u8 *f = (u8 *)image.at;
	put_le(f + RVA_COUNT, 4, 4);
	put_le(f + COFF + 16, 144, 2);
	memmove(f + PE_OPTIONAL + 144, f + PE_SECTIONS, 80);
	struct str parts[] = {between(image, 0, PE_OPTIONAL + 64),
		between(image, PE_OPTIONAL + 68, image.len)};
	struct digests got = hash(b, image), want = hash_of(b, parts, 2);
	assert_memory_equal(&got, &want, sizeof want);
	bench_free(b);
}

// Five are one more than firmware's loader counts.
static void five_directories(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str image = image_of(b);
	u8 *f = (u8 *)image.at;
	put_le(f + RVA_COUNT, 5, 4);
	put_le(f + COFF + 16, 152, 2);
	memmove(f + PE_OPTIONAL + 152, f + PE_SECTIONS, 80);
	struct source s = source_of_str(&b->arena, image, 0);
	struct pe p;
	assert_false(pe_read(&s, S("x.efi"), &b->arena, &p, &b->diag));
	assert_true(bench_has(b, PE_FIELD));
	bench_free(b);
}

// Sections go by file order; the tail begins at the sum of all sizes, not at the last end.
static void order_gaps_and_tail(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str image = image_of(b);
	u8 *f = make(&b->arena, image.len + 515, u8);
	memcpy(f, image.at, image.len);
	memset(f + RAW + 1024, 'g', 515);
	struct str odd = {f, image.len + 515};
	put_le(f + SECTION + 20, RAW + 1024, 4);        // .text behind .data, a gap in front
	struct str parts[] = {between(odd, 0, PE_OPTIONAL + 64),
		between(odd, PE_OPTIONAL + 68, DIRECTORY), between(odd, DIRECTORY + 8, RAW),
		between(odd, RAW + 512, RAW + 1024), between(odd, RAW + 1024, RAW + 1536),
		between(odd, RAW + 1024, odd.len)};
	struct digests got = hash(b, odd), want = hash_of(b, parts, 6);
	assert_memory_equal(&got, &want, sizeof want);
	assert_true(bench_has(b, PE_UNALIGNED));
	bench_free(b);
}

static void certificates_in_odd_places(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str image = image_of(b);
	put_le((u8 *)image.at + DIRECTORY, RAW, 4);      // inside the first section
	put_le((u8 *)image.at + DIRECTORY + 4, 8, 4);
	assert_true(read_pe(b, image));                  // nothing is left behind the sections
	assert_true(bench_has(b, PE_CERTIFICATES));
	u8 *f = make(&b->arena, image.len + 4, u8);
	memcpy(f, image.at, image.len);
	assert_false(read_pe(b, (struct str){f, image.len + 4}));
	assert_true(bench_has(b, PE_TAIL));
	bench_free(b);
}

static void hostile_images(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct str image = image_of(b);
	hostile_cuts(b, image, 1, read_pe);
	hostile_fields(b, image, 0, SECTION + 80, read_pe);
	bench_free(b);
}

// Debian's files, when they are there: read without a word, all section names known.
static void real_images(void **state)
{
	(void)state;
	static const struct { const char *path, *section; } cases[] = {
		{"/usr/lib/systemd/boot/efi/linuxx64.efi.stub", ".sdmagic"},
		{"/usr/lib/systemd/boot/efi/systemd-bootx64.efi", ".sbat"},
		{"/usr/lib/shim/shimx64.efi.signed", ".vendor_cert"},
	};
	size_t seen = 0;
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct source s;
		struct pe p;
		if (access(cases[i].path, R_OK) == 0) {
			seen++;
			assert_true(source_open(&b->arena, str_from(cases[i].path), &s, &b->diag));
			assert_true(pe_read(&s, S("x.efi"), &b->arena, &p, &b->diag));
			assert_non_null(pe_section(&p, str_from(cases[i].section)));
			source_close(&s);
		}
		bench_free(b);
	}
	if (seen == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_is_read),
		cmocka_unit_test(firmware_s_checks),
		cmocka_unit_test(sections_that_share_bytes_are_a_warning),
		cmocka_unit_test(many_sections),
		cmocka_unit_test(long_names),
		cmocka_unit_test(the_hash_leaves_out_what_signing_changes),
		cmocka_unit_test(few_directories),
		cmocka_unit_test(five_directories),
		cmocka_unit_test(order_gaps_and_tail),
		cmocka_unit_test(certificates_in_odd_places),
		cmocka_unit_test(hostile_images),
		cmocka_unit_test(real_images),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
