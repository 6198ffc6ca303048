// stub.c, stub_line.c, stub_initrd.c, uki.c, companions.c, cpio.c, kernel.c, text.c, join.c: what a
// stub of each version measures, on disks made here. That real stubs do so is tests/boot's to say.
#include "boots.h"

static const struct piece plain[] = {
	{".osrel", STR("ID=amic\n"), 0}, {".cmdline", STR("quiet x=1"), 0}, {".initrd", STR("initrd!"), 0},
};

static struct event_log boot_uki(struct bench *b, struct str uki, const struct boot_options *o)
{
	struct file_of file = {"EFI/BOOT/BOOTX64.EFI", uki};
	return boot_of(b, &file, 1, o);
}

static const char *const versions[] = {
	"systemd-stub 250.14", "systemd-stub 251.20", "systemd-stub 252.39-1~deb12u1",
	"systemd-stub 253.26", "systemd-stub 254.26", "systemd-stub 255.13", "systemd-stub 256",
	"systemd-stub 257.13", "systemd-stub 258", "systemd-stub 262.1",
};

static void the_kernel_is_in_pcr_4_as_the_version_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(versions); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct str uki = make_uki(b, versions[i], plain, countof(plain));
		struct event_log log = boot_uki(b, uki, &o);
		u32 version = 250 + (u32)(i < 9 ? i : 12);
		bool loads = version >= 252 && version <= 257;
		assert_int_equal(events_in(&log, 4), loads ? 4 : 3);
		assert_measured(event_at(&log, 4, 2), covered(b, uki));
		if (loads)
			assert_measured(event_at(&log, 4, 3), covered(b, make_kernel(&b->arena)));
		assert_int_equal(events_in(&log, 11), version < 252 ? 0 : 8);
		assert_int_equal(events_in(&log, 12), 0);
		bench_free(b);
	}
}

static void sections_are_measured_by_name_and_content(void **state)
{
	(void)state;
	static const struct piece pieces[] = {
		{".pcrpkey", STR("key"), 0}, {".pcrsig", STR("sig"), 0}, {".uname", STR("6.1"), 0},
		{".sbat", STR("sbat"), 0}, {".ucode", STR("ucod"), 0}, {".cmdline", STR("a b"), 9},
		{".initrd", STR("long"), 2}, {".splash", STR(""), 0},
	};
	static const struct { const char *stub, *names[10]; } cases[] = {
		{"systemd-stub 252", {".linux", ".cmdline", ".initrd", ".pcrpkey"}},
		{"systemd-stub 254", {".linux", ".cmdline", ".initrd", ".uname", ".sbat", ".pcrpkey"}},
		{"systemd-stub 257", {".linux", ".cmdline", ".initrd", ".ucode", ".uname", ".sbat", ".pcrpkey"}},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct event_log log = boot_uki(b, make_uki(b, cases[i].stub, pieces, countof(pieces)), &o);
		size_t n = 0;
		for (; cases[i].names[n]; n++) {
			const struct event *e = event_at(&log, 11, 2 * n);
			assert_measured(e, cat(&b->arena, str_from(cases[i].names[n]), S("\0")));
			assert_true(str_eq(e->data, utf16(b, cases[i].names[n])));
			assert_non_null(e->image);
		}
		assert_int_equal(events_in(&log, 11), 2 * n);
		assert_measured(event_at(&log, 11, 3), S("a b\0\0\0\0\0\0"));   // as loaded: zeros behind
		assert_measured(event_at(&log, 11, 5), S("lo"));                  // and cut
		bench_free(b);
	}
}

// Up to 256 the last section whose name begins so, since 257 the first of that name.
static void doubled_sections_are_told_apart_as_the_version_does(void **state)
{
	(void)state;
	static const struct piece pieces[] = {
		{".cmdline", STR("one"), 0}, {".cmdline", STR("two"), 0}, {".initrd", STR("i"), 0},
		{".initrdX", STR("ix"), 0},
	};
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log old = boot_uki(b, make_uki(b, "systemd-stub 254", pieces, 4), &o);
	struct event_log new = boot_uki(b, make_uki(b, "systemd-stub 257", pieces, 4), &o);
	assert_measured(event_at(&old, 11, 3), S("two"));
	assert_measured(event_at(&old, 11, 5), S("ix"));
	assert_measured(event_at(&new, 11, 3), S("one"));
	assert_measured(event_at(&new, 11, 5), S("i"));
	assert_int_equal(b->diag.list[0].rule, SECTION_SEVERAL);
	assert_str(b->diag.list[0].arg[1], ".cmdline");
	assert_str(b->diag.list[0].arg[2], "2");
	bench_free(b);
}

// A device tree for each of several machines is no mistake.
static void what_may_repeat_is_not_warned_of(void **state)
{
	(void)state;
	static const struct piece pieces[] = {
		{".dtbauto", STR("one"), 0}, {".dtbauto", STR("two"), 0}, {".cmdlineX", STR("x"), 0},
	};
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	(void)boot_uki(b, make_uki(b, "systemd-stub 257", pieces, 3), &o);
	assert_false(bench_has(b, SECTION_SEVERAL));
	bench_free(b);
}

static void the_kernel_measures_what_it_is_handed(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log = boot_uki(b, make_uki(b, versions[2], plain, 3), &o);
	assert_measured(event_at(&log, 9, 0), utf16(b, "quiet x=1"));
	assert_true(str_eq(event_at(&log, 9, 0)->data,
	                   S("\xed\x22\x3b\x8f\x1a\0\0\0LOADED_IMAGE::LoadOptions\0")));
	assert_measured(event_at(&log, 9, 1), S("initrd!"));
	assert_true(log.handed.reached);
	assert_str(log.handed.options, "quiet x=1");
	assert_int_equal(log.handed.initrd.size, 7);
	assert_measured(event_at(&log, 5, events_in(&log, 5) - 1),
	                S("Exit Boot Services Returned with Success"));
	log = boot_uki(b, make_uki(b, versions[2], plain, 1), &o);
	assert_int_equal(events_in(&log, 9), 0);
	log = boot_uki(b, make_uki(b, versions[0], plain, 3), &o);        // by the handover protocol
	assert_int_equal(events_in(&log, 9), 1);
	bench_free(b);
}

// Load options, then SMBIOS text, and what becomes of blanks and control characters.
static void the_command_line_is_put_together_by_version(void **state)
{
	(void)state;
	static const struct {
		const char *stub, *cmdline, *options, *smbios, *line, *pcr12[2];
		bool secure;
	} cases[] = {
		{"systemd-stub 252", " \ta\tb \n", "", "", " \x20" "a b", {NULL}, false},
		{"systemd-stub 257", " \ta\tb \n", "", "", "a b", {NULL}, false},
		{"systemd-stub 252", "own", "given ", "", "given", {"given"}, false},
		{"systemd-stub 257", "own", "  given ", "", "given", {"given"}, false},
		{"systemd-stub 257", "own", "   ", "", "own", {NULL}, false},
		{"systemd-stub 252", "own", "\x01given", "", "own", {NULL}, false},
		{"systemd-stub 257", "own", "gi\x01ven", "", "gi ven", {"gi ven"}, false},
		{"systemd-stub 262", "own", "gi\x01ven", "", "own", {NULL}, false},
		{"systemd-stub 254", "own", "", "host", "own host", {"host"}, false},
		{"systemd-stub 253", "own", "", "host", "own", {NULL}, false},
		{"systemd-stub 257", "own", "given", " host", "given host", {"given", "host"}, false},
		{"systemd-stub 254", "", "", "host", "(null) host", {"host"}, false},
		{"systemd-stub 257", "", "", "host", "host", {"host"}, false},
		{"systemd-stub 252", "caf\xc3\xa9 \xf0\x9f\x98\x80!", "", "", "caf\xc3\xa9 !", {NULL}, false},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct piece line = {".cmdline", str_from(cases[i].cmdline), 0};
		o.load_options = str_from(cases[i].options);
		o.smbios_cmdline = str_from(cases[i].smbios);
		struct event_log log = boot_uki(b, make_uki(b, cases[i].stub, &line, line.bytes.len > 0), &o);
		size_t n = 0;
		for (; n < 2 && cases[i].pcr12[n]; n++)
			assert_measured(event_at(&log, 12, n), utf16(b, cases[i].pcr12[n]));
		assert_int_equal(events_in(&log, 12), n);
		assert_str(log.handed.options, cases[i].line);
		bench_free(b);
	}
}

static void profiles_replace_sections_of_the_base(void **state)
{
	(void)state;
	static const struct piece pieces[] = {
		{".cmdline", STR("base"), 0}, {".profile", STR("ID=a"), 0}, {".cmdline", STR("first"), 0},
		{".profile", STR("ID=b"), 0}, {".cmdline", STR("second"), 0}, {".initrd", STR("x"), 0},
	};
	static const struct { const char *options, *line, *profile; } cases[] = {
		{"", "first", "ID=a"}, {"@0", "first", "ID=a"}, {"@1", "second", "ID=b"},
		{"@1 more", "more", "ID=b"}, {"@x", "@x", "ID=a"}, {"@1x", "@1x", "ID=a"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		o.load_options = str_from(cases[i].options);
		struct event_log log = boot_uki(b, make_uki(b, "systemd-stub 257", pieces, 6), &o);
		assert_str(log.handed.options, cases[i].line);
		assert_measured(event_at(&log, 11, events_in(&log, 11) - 1), str_from(cases[i].profile));
		if (strcmp(cases[i].profile, "ID=b") == 0)
			assert_measured(event_at(&log, 12, 0), utf16(b, "1"));
		bench_free(b);
	}
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct file_of file = {"EFI/BOOT/BOOTX64.EFI", make_uki(b, "systemd-stub 257", pieces, 6)};
	o.load_options = S("@2");
	assert_false(boot_try(b, &file, 1, &o, &log));
	assert_true(bench_has(b, PROFILE_MISSING));
	bench_free(b);
}

// An archive as GNU cpio and the kernel read it; its digest was taken of Python's own writing.
static void archives_are_made_as_the_stub_makes_them(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	static const struct cpio_folder folder = {STR(".extra/credentials"), 0500, 0400};
	struct cpio_file files[] = {{S("a.cred"), source_of_str(&b->arena, S("hello"), 0)},
	                            {S("b.cred"), source_of_str(&b->arena, S(""), 0)}};
	struct source of;
	struct digests d;
	assert_true(cpio_pack(&folder, files, 2, &b->arena, &of));
	assert_true(digest_source(BOOT_SET, &of, 0, &d));
	assert_int_equal(of.size, 656);
	assert_str(str_hex(&b->arena, digest_of(&d, BANK_SHA256)), "9b7a6eb03bba49456118ae3cada0019dd2c2ebeabc346f1d37b63083c135b430");
	bench_free(b);
}

static void companions_go_to_their_pcrs(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct file_of files[] = {
		{"EFI/BOOT/BOOTX64.EFI", {0}},
		{"EFI/BOOT/BOOTX64.EFI.extra.d/b.cred", STR("bee")},
		{"EFI/BOOT/BOOTX64.EFI.extra.d/A.CRED", STR("ay")},
		{"EFI/BOOT/BOOTX64.EFI.extra.d/.hidden.cred", STR("no")},
		{"EFI/BOOT/BOOTX64.EFI.extra.d/x.raw", STR("ext")},
		{"EFI/BOOT/BOOTX64.EFI.extra.d/c.confext.raw", STR("conf")},
		{"loader/credentials/g.cred", STR("glob")},
		{"loader/extensions/e.raw", STR("gext")},
	};
	static const struct { const char *stub; size_t in_12, in_13; } cases[] = {
		{"systemd-stub 252", 2, 1}, {"systemd-stub 254", 2, 1}, {"systemd-stub 256", 3, 1},
		{"systemd-stub 257", 3, 1}, {"systemd-stub 258", 3, 2},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		files[0].bytes = make_uki(b, cases[i].stub, plain, 3);
		struct event_log log = boot_of(b, files, countof(files), &o);
		assert_int_equal(events_in(&log, 12), cases[i].in_12);
		assert_int_equal(events_in(&log, 13), cases[i].in_13);
		static const struct cpio_folder folder = {STR(".extra/credentials"), 0500, 0400};
		struct cpio_file two[] = {{S("A.CRED"), source_of_str(&b->arena, S("ay"), 0)},
		                          {S("b.cred"), source_of_str(&b->arena, S("bee"), 0)}};
		struct source of;
		struct str bytes;
		assert_true(cpio_pack(&folder, two, 2, &b->arena, &of));
		assert_true(source_bytes(&of, 0, of.size, &b->arena, &bytes));
		assert_measured(event_at(&log, 12, 0), bytes);
		// The initrd itself comes first, padded to four bytes, and the archive behind it.
		struct source *whole = &log.handed.initrd;
		assert_true(source_bytes(whole, 0, 8 + bytes.len, &b->arena, &bytes));
		assert_true(str_starts(bytes, S("initrd!\0" "070701")));
		assert_int_equal(whole->size % 4, 0);
	}
	bench_free(b);
}

static void add_ons_extend_the_line_and_pcr_4(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct piece one = {".cmdline", S("one"), 0}, two = {".cmdline", S(" two "), 0};
	struct piece kernel[] = {one, {".linux", S("k"), 0}};
	struct piece other[] = {{".cmdline", S("other"), 0}, {".uname", S("5.0"), 0}};
	struct piece parts[] = {{".initrd", S("more"), 0}, {".ucode", S("mc"), 0}};
	struct file_of files[] = {
		{"EFI/BOOT/BOOTX64.EFI", {0}},
		{"EFI/BOOT/BOOTX64.EFI.extra.d/b.addon.efi", make_pe(&b->arena, &two, 1)},
		{"EFI/BOOT/BOOTX64.EFI.extra.d/a.addon.efi", make_pe(&b->arena, &one, 1)},
		{"EFI/BOOT/BOOTX64.EFI.extra.d/k.addon.efi", make_pe(&b->arena, kernel, 2)},
		{"EFI/BOOT/BOOTX64.EFI.extra.d/o.addon.efi", make_pe(&b->arena, other, 2)},
		{"loader/addons/g.addon.efi", make_pe(&b->arena, parts, 2)},
	};
	struct piece uki[] = {{".cmdline", S("own"), 0}, {".uname", S("6.1"), 0}, {".initrd", S("i"), 0}};
	static const struct { const char *stub, *line; size_t in_4, in_12; } cases[] = {
		{"systemd-stub 253", "own", 4, 0}, {"systemd-stub 254", "own one  two", 9, 1},
		{"systemd-stub 257", "own one two", 9, 3}, {"systemd-stub 258", "own one two", 8, 3},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		files[0].bytes = make_uki(b, cases[i].stub, uki, 3);
		struct event_log log = boot_of(b, files, countof(files), &o);
		assert_int_equal(events_in(&log, 4), cases[i].in_4);
		assert_int_equal(events_in(&log, 12), cases[i].in_12);
		assert_str(log.handed.options, cases[i].line);
		if (cases[i].in_12 == 3) {
			assert_measured(event_at(&log, 12, 1), S("mc"));
			assert_measured(event_at(&log, 12, 2), S("more"));
			assert_int_equal(log.handed.initrd.size, 4 + 4 + 4);
		}
	}
	bench_free(b);
}

static void stubs_of_other_versions_are_named(void **state)
{
	(void)state;
	static const struct { const char *stub; u32 assume; enum rule rule; bool found; } cases[] = {
		{"systemd-stub 263~rc1", 0, STUB_UNKNOWN, true}, {"systemd-stub 249", 0, STUB_UNKNOWN, true},
		{"systemd-stub v257", 0, STUB_UNKNOWN, false}, {"systemd-stub 263", 262, STUB_UNKNOWN, false},
		{"systemd-stub ", 0, STUB_FOREIGN, true}, {"systemd-stub ", 252, STUB_FOREIGN, false},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		o.assume_stub = cases[i].assume;
		(void)boot_uki(b, make_uki(b, cases[i].stub, plain, 3), &o);
		assert_int_equal(bench_has(b, cases[i].rule), cases[i].found);
		bench_free(b);
	}
}

// Amazon Linux builds such ones for arm64; of x86_64 it is nobody's that amic knows.
static void an_unnamed_stub_is_taken_for_252(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct str uki = make_uki(b, "systemd-stub ", plain, 3), name = S("uki.efi");
	put_le((u8 *)uki.at + PE_OFF + 4, 0xaa64, 2);
	struct source s = source_of_str(&b->arena, uki, 0);
	assert_true(predict_files(&s, &name, 1, &o, &b->arena, &log, &b->diag));
	assert_true(bench_has(b, STUB_UNNAMED));
	assert_false(bench_has(b, STUB_FOREIGN));
	bench_free(b);
}

static void what_can_t_be_known_is_said(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log = boot_uki(b, make_uki(b, "systemd-stub 262.1", plain, 3), &o);
	struct pcr_values v;
	assert_true(event_fold(&log, &v));
	assert_int_equal(v.state[9], PCR_PARTLY);
	assert_true(event_at(&log, 9, 0)->unknown);       // no console= in the line
	assert_true(event_at(&log, 9, 1)->unknown);       // a secret in the initrd
	assert_true(event_at(&log, 9, 1)->likely);
	struct digests d;
	assert_true(digest_source(BOOT_SET, &log.handed.initrd, 0, &d));
	assert_memory_equal(event_at(&log, 9, 1)->digests.of[BANK_SHA256], d.of[BANK_SHA256], 32);
	struct piece trees[] = {{".dtbauto", S("t"), 0}, {".hwids", S("h"), 0}, {".cmdline", S("console=x"), 0}};
	log = boot_uki(b, make_uki(b, "systemd-stub 262.1", trees, 3), &o);
	assert_false(event_at(&log, 9, 0)->unknown);
	assert_true(event_fold(&log, &v));
	assert_int_equal(v.state[11], PCR_PARTLY);
	log = boot_uki(b, make_uki(b, "systemd-stub 257", trees, 1), &o);
	assert_true(event_fold(&log, &v));
	assert_int_equal(v.state[11], PCR_KNOWN);         // nothing to match with: never taken
	bench_free(b);
}

static void sections_that_nobody_has_memory_for_are_refused(void **state)
{
	(void)state;
	static const struct { struct piece section; enum rule rule; } cases[] = {
		{{".splash", STR("x"), 0x7fffffff}, SECTION_ZEROS},
		{{".linux2", STR("x"), 0}, RULE_COUNT},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct event_log log;
		struct file_of file = {"EFI/BOOT/BOOTX64.EFI",
		                       make_uki(b, "systemd-stub 257", &cases[i].section, 1)};
		bool read = boot_try(b, &file, 1, &o, &log);
		assert_int_equal(read, cases[i].rule == RULE_COUNT);
		assert_true(read || bench_has(b, cases[i].rule));
		bench_free(b);
	}
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct piece large = {".cmdline", {make(&b->arena, (1 << 20) - 1000, u8), (1 << 20) - 1000}, 0};
	struct piece magic = {".sdmagic", magic_of(b, "systemd-stub 257"), 0};
	memset((u8 *)large.bytes.at, 'x', large.bytes.len);
	struct source s = source_of_str(&b->arena, make_uki(b, "systemd-stub 257", &large, 1), 0);
	struct str name = S("uki");
	assert_true(predict_files(&s, &name, 1, &o, &b->arena, &log, &b->diag));
	large.bytes.len = (1 << 20) - 1000;
	large.virtual_bytes = 0;
	struct piece twice[] = {{".cmdline", cat(&b->arena, large.bytes, large.bytes), 0}};
	s = source_of_str(&b->arena, make_uki(b, "systemd-stub 257", twice, 1), 0);
	assert_false(predict_files(&s, &name, 1, &o, &b->arena, &log, &b->diag));
	assert_true(bench_has(b, SECTION_LARGE));
	s = source_of_str(&b->arena, make_pe(&b->arena, &magic, 1), 0);
	assert_false(predict_files(&s, &name, 1, &o, &b->arena, &log, &b->diag));
	assert_true(bench_has(b, LINUX_MISSING));
	bench_free(b);
}

static void a_program_that_is_no_kernel_leaves_pcr_9_open(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct piece text = {".text", S("probe"), 0};
	struct piece pieces[] = {{".sdmagic", magic_of(b, "systemd-stub 257"), 0}, {".linux", {0}, 0}};
	struct pcr_values v;
	pieces[1].bytes = make_pe(&b->arena, &text, 1);
	struct event_log log = boot_uki(b, make_pe(&b->arena, pieces, 2), &o);
	assert_true(event_fold(&log, &v));
	assert_int_equal(v.state[9], PCR_PARTLY);
	assert_int_equal(v.state[5], PCR_PARTLY);
	assert_int_equal(events_in(&log, 4), 4);
	memcpy((u8 *)pieces[1].bytes.at + 4, "zimg", 4);
	log = boot_uki(b, make_pe(&b->arena, pieces, 2), &o);
	assert_true(bench_has(b, KERNEL_COMPRESSED));
	assert_true(event_fold(&log, &v));
	assert_int_equal(v.state[9], PCR_KNOWN);
	bench_free(b);
}

static bool no_bytes(void *of, u64 off, u8 *to, size_t len)
{
	(void)of;
	(void)off;
	memset(to, 0, len);
	return true;
}

static void an_initrd_beyond_4_gib_is_refused(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log = {.arena = &b->arena};
	struct boot boot = {.options = &o, .log = &log, .arena = &b->arena, .diag = &b->diag};
	struct image image = {.path = S("uki")};
	struct stub stub = {.image = &image, .rules = stub_rules_of(257)};
	struct source whole = {UINT32_MAX, 0, 0, no_bytes, NULL, NULL}, out;
	stub.uki.part[UKI_INITRD] = (struct uki_part){.present = true, .of = whole};
	stub.uki.part[UKI_OSREL] = (struct uki_part){
		.present = true, .of = source_of_str(&b->arena, S("x"), 0)};
	assert_false(stub_initrd(&boot, &stub, &out));
	assert_true(bench_has(b, INITRD_LARGE));
	stub.uki.part[UKI_INITRD].of.size = 1 << 20;
	assert_true(stub_initrd(&boot, &stub, &out));
	bench_free(b);
}

static void a_join_reads_as_its_parts(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct join j = {.arena = &b->arena};
	static const struct str whole = STR("ab\0\0\0cde\0f");
	assert_true(join_add(&j, source_of_str(&b->arena, S("ab"), 0), 3));
	assert_true(join_add(&j, source_of_str(&b->arena, S(""), 0), 0));
	assert_true(join_add(&j, source_of_str(&b->arena, S("cde"), 0), 1));
	assert_true(join_add(&j, source_of_str(&b->arena, S("f"), 0), 0));
	assert_false(join_add(&j, source_of_str(&b->arena, S("f"), 0), UINT64_MAX));
	struct source s = join_source(&j);
	assert_int_equal(s.size, whole.len);
	for (size_t off = 0; off <= whole.len + 1; off++) {
		for (size_t len = 0; len <= whole.len + 1; len++) {
			u8 got[16];
			bool read = source_read(&s, off, len, got);
			assert_int_equal(read, off + len <= whole.len);
			if (read)
				assert_memory_equal(got, whole.at + off, len);
		}
	}
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_is_in_pcr_4_as_the_version_says),
		cmocka_unit_test(sections_are_measured_by_name_and_content),
		cmocka_unit_test(doubled_sections_are_told_apart_as_the_version_does),
		cmocka_unit_test(what_may_repeat_is_not_warned_of),
		cmocka_unit_test(the_kernel_measures_what_it_is_handed),
		cmocka_unit_test(the_command_line_is_put_together_by_version),
		cmocka_unit_test(profiles_replace_sections_of_the_base),
		cmocka_unit_test(archives_are_made_as_the_stub_makes_them),
		cmocka_unit_test(companions_go_to_their_pcrs),
		cmocka_unit_test(add_ons_extend_the_line_and_pcr_4),
		cmocka_unit_test(stubs_of_other_versions_are_named),
		cmocka_unit_test(an_unnamed_stub_is_taken_for_252),
		cmocka_unit_test(what_can_t_be_known_is_said),
		cmocka_unit_test(sections_that_nobody_has_memory_for_are_refused),
		cmocka_unit_test(a_program_that_is_no_kernel_leaves_pcr_9_open),
		cmocka_unit_test(an_initrd_beyond_4_gib_is_refused),
		cmocka_unit_test(a_join_reads_as_its_parts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
