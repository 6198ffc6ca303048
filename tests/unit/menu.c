// menu.c, entry.c, version.c: which entry systemd-boot starts, and what it hands over.
#include "boots.h"

static void versions_are_ordered(void **state)
{
	(void)state;
	static const char *const rising[] = {   // the specification's own list
		"", "122.1", "123~rc1-1", "123", "123-a", "123-a.1", "123-1", "123-1.1", "123^post1",
		"123.a-1", "123.1-1", "123a-1", "124-1", "124.9", "124.10", "0124.0011",
		"99999999999999999999999", "100000000000000000000000",
	};
	for (size_t i = 0; i < countof(rising); i++)
		for (size_t k = 0; k < countof(rising); k++)
			assert_int_equal(version_compare(str_from(rising[i]), str_from(rising[k])),
			                 (i > k) - (i < k));
	assert_int_equal(version_compare(S("1_2"), S("1 2")), 0);
	assert_int_equal(version_compare(S("007"), S("7")), 0);
}

static void patterns_match_names(void **state)
{
	(void)state;
	static const struct { const char *pattern, *text; bool matches; } cases[] = {
		{"", "", true}, {"a", "a", true}, {"a", "b", false}, {"*", "", true}, {"*", "abc", true},
		{"a*", "abc", true}, {"*c", "abc", true}, {"a*c", "abbc", true}, {"a*b*c", "axxbyyc", true},
		{"a*b", "abc", false}, {"?", "", false}, {"?b", "ab", true}, {"a?", "a", false},
		{"[abc]x", "bx", true}, {"[a-c]", "b", true}, {"[a-c]", "d", false}, {"[]]", "]", true},
		{"[a-]", "-", true}, {"[-a]", "-", true}, {"[a", "a", false}, {"\\*", "*", true},
		{"\\*", "a", false}, {"[\\]]", "]", true}, {"*[0-9].efi", "amic-7.efi", true},
		{"abc", "ab", false}, {"ab", "abc", false}, {"**a", "ba", true}, {"a\\", "a\\", true},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		bool got = glob_matches(str_from(cases[i].pattern), str_from(cases[i].text));
		if (got != cases[i].matches)
			print_error("%s %s\n", cases[i].pattern, cases[i].text);
		assert_int_equal(got, cases[i].matches);
	}
	struct bench *b = bench_new();   // many stars end in time, too
	struct buf stars = buf_new(&b->arena, 4000), text = buf_new(&b->arena, 4000);
	for (size_t i = 0; i < 1000; i++)
		put(&stars, S("a*"));
	buf_byte(&stars, 'b');
	buf_fill(&text, 'a', 4000);
	assert_false(glob_matches(buf_str(&stars), buf_str(&text)));
	bench_free(b);
}

static void lines_are_keys_and_values(void **state)
{
	(void)state;
	struct str key, value, text = S("\n # no\nalone\n  title\t  A b \r\nquoted \"x y\"\n=\nk v\0after x");
	assert_true(config_line(&text, S(" \t"), &key, &value));
	assert_str(key, "title");
	assert_str(value, "A b");
	assert_true(config_line(&text, S(" \t"), &key, &value));
	assert_str(key, "quoted");
	assert_str(value, "x y");
	assert_true(config_line(&text, S(" \t"), &key, &value));
	assert_str(key, "k");
	assert_false(config_line(&text, S(" \t"), &key, &value));
	text = S("ID='a b'\nNAME=\nX=\"\n");
	assert_true(config_line(&text, S("="), &key, &value));
	assert_str(value, "a b");
	assert_true(config_line(&text, S("="), &key, &value));
	assert_str(value, "");
	assert_non_null(value.at);
	assert_true(config_line(&text, S("="), &key, &value));
	assert_str(value, "\"");
}

// ---- whole boots

static struct str menu(struct bench *b, const char *version)
{
	struct piece magic = {".sdmagic", magic_of(b, version), 0};
	return make_pe(&b->arena, &magic, 1);
}

static struct str uki(struct bench *b, const char *osrel, const char *line)
{
	struct piece more[] = {{".osrel", str_from(osrel), 0}, {".cmdline", str_from(line), 0}};
	return make_uki(b, "systemd-stub 257", more, osrel[0] ? 2 : 1);
}

// Each UKI's command line is its name: the kernel's shows which one ran.
static void assert_starts(struct bench *b, const char *version, const struct file_of *entries,
                          size_t count, const char *conf, const char *line)
{
	struct boot_options o = boot_defaults();
	struct file_of files[16] = {{"EFI/BOOT/BOOTX64.EFI", menu(b, version)},
	                            {"loader/loader.conf", str_from(conf)}};
	memcpy(files + 2, entries, count * sizeof *entries);
	struct event_log log = boot_of(b, files, count + 2, &o);
	assert_str(log.handed.options, line);
}

static void the_newest_entry_of_the_first_key_is_started(void **state)
{
	(void)state;
	static const struct { const char *name[3], *osrel[3], *conf, *starts; } cases[] = {
		{{"a.efi", "b.efi", "c.efi"}, {"ID=x\nVERSION=1.9", "ID=x\nVERSION=1.10", "ID=x\nVERSION=1.2"}, "", "b.efi"},
		{{"a.efi", "b.efi", "c.efi"}, {"ID=z", "ID=y", "ID=x"}, "", "c.efi"},
		{{"a.efi", "b.efi", "c.efi"}, {"NAME=z", "NAME=y", "ID=z"}, "", "c.efi"},
		{{"a.efi", "b.efi", "c.efi"}, {"NAME=z", "NAME=y", "NAME=x"}, "", "c.efi"},
		{{"a.efi", "b.efi", "c.efi"}, {"ID=b\nIMAGE_ID=a", "ID=a\nIMAGE_ID=b", "x"}, "", "a.efi"},
		{{"a.efi", "b.efi", "c.efi"}, {"ID=x", "ID=x", "ID=x"}, "default A*\n", "a.efi"},
		{{"a.efi", "b.efi", "c.efi"}, {"ID=x", "ID=x", "ID=x"}, "default none\n", "c.efi"},
		{{"a.efi", "b.efi", "c.efi"}, {"ID=x", "ID=x", "ID=x"}, "default @saved\n", "c.efi"},
		{{"a+3.efi", "b+0-3.efi", "c+0.efi"}, {"ID=x", "ID=x", "ID=x"}, "", "a+3.efi"},
		{{"a+3.efi", "a+2-1.efi", "b.txt"}, {"ID=x", "ID=x", "ID=x"}, "", "a+3.efi"},
		{{"auto-z.efi", "b.efi", ".c.efi"}, {"ID=x", "ID=x", "ID=x"}, "", "b.efi"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct file_of files[3];
		for (size_t k = 0; k < 3; k++) {
			struct str path = cat(&b->arena, S("EFI/Linux/"), str_from(cases[i].name[k]));
			files[k] = (struct file_of){str_z(&b->arena, path),
				uki(b, cases[i].osrel[k], cases[i].name[k])};
		}
		assert_starts(b, "systemd-boot 257", files, 3, cases[i].conf, cases[i].starts);
		bench_free(b);
	}
}

static void preferred_is_known_since_260(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct file_of files[] = {{"EFI/Linux/a.efi", uki(b, "ID=x", "a")},
	                          {"EFI/Linux/b.efi", uki(b, "ID=x", "b")}};
	assert_starts(b, "systemd-boot 262", files, 2, "preferred a*\ndefault b*\n", "a");
	assert_starts(b, "systemd-boot 257", files, 2, "preferred a*\ndefault b*\n", "b");
	bench_free(b);
}

static void profiles_are_entries_since_257(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct piece more[] = {{".osrel", S("ID=x"), 0}, {".profile", S("ID=a"), 0},
		{".cmdline", S("first"), 0}, {".profile", S("ID=b"), 0}, {".cmdline", S("second"), 0}};
	struct file_of files[] = {
		{"EFI/BOOT/BOOTX64.EFI", menu(b, "systemd-boot 257")},
		{"EFI/Linux/a.efi", make_uki(b, "systemd-stub 257", more, 5)},
		{"loader/loader.conf", S("default *@1\n")},
	};
	struct event_log log = boot_of(b, files, 3, &o);
	assert_str(log.handed.options, "second");
	assert_measured(event_at(&log, 12, 0), utf16(b, "@1"));    // by the menu
	assert_measured(event_at(&log, 12, 1), utf16(b, "1"));     // by the stub
	files[2].bytes = S("");
	log = boot_of(b, files, 3, &o);
	assert_str(log.handed.options, "first");
	assert_int_equal(events_in(&log, 12), 0);
	bench_free(b);
}

// Up to 254 the menu hands over the UKI's own line; since 255 it measures its configuration.
static void what_the_menu_measures_depends_on_its_version(void **state)
{
	(void)state;
	static const struct { const char *version; size_t in_5, in_12; } cases[] = {
		{"systemd-boot 252", 4, 2}, {"systemd-boot 254", 4, 2}, {"systemd-boot 255", 5, 0},
		{"systemd-boot 262", 5, 0},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct file_of files[] = {
			{"EFI/BOOT/BOOTX64.EFI", menu(b, cases[i].version)},
			{"EFI/Linux/a.efi", uki(b, "ID=x", "line ")},
			{"loader/loader.conf", S("timeout 0\n")},
		};
		struct event_log log = boot_of(b, files, 3, &o);
		assert_int_equal(events_in(&log, 5), cases[i].in_5);
		assert_int_equal(events_in(&log, 12), cases[i].in_12);
		if (cases[i].in_12)
			assert_measured(event_at(&log, 12, 0), utf16(b, "line"));
		else
			assert_measured(event_at(&log, 5, 2), S("timeout 0\n"));
		assert_measured(event_at(&log, 4, 2), covered(b, files[0].bytes));
		assert_measured(event_at(&log, 4, 3), covered(b, files[1].bytes));
		bench_free(b);
	}
}

static void a_type_1_entry_hands_over_initrds_and_options(void **state)
{
	(void)state;
	static const struct { const char *version, *line, *initrd; } cases[] = {
		{"systemd-boot 252", "initrd=\\k\\one initrd=\\k\\none initrd=\\k\\two a=1 b", "123abc"},
		{"systemd-boot 257", "initrd=\\k\\one initrd=\\k\\none initrd=\\k\\two a=1 b", "123\0abc"},
		{"systemd-boot 262", "initrd=\\k\\one initrd=\\k\\two a=1 b", "123\0abc"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct file_of files[] = {
			{"EFI/BOOT/BOOTX64.EFI", menu(b, cases[i].version)},
			{"loader/entries/a.conf", S("title A\nlinux /k//kernel\ninitrd /k/one\ninitrd /k/none\n"
			                            "initrd /k/two\noptions a=1\noptions b\narchitecture X64\n")},
			{"k/kernel", make_kernel(&b->arena)}, {"k/one", S("123")}, {"k/none", S("")},
			{"k/two", S("abc")},
		};
		struct event_log log = boot_of(b, files, countof(files), &o);
		assert_str(log.handed.options, cases[i].line);
		assert_int_equal(events_in(&log, 12), 1);
		assert_measured(event_at(&log, 9, 0), utf16(b, cases[i].line));
		assert_measured(event_at(&log, 9, 1), i ? S("123\0abc") : S("123abc"));
		assert_int_equal(events_in(&log, 11), 0);
		assert_int_equal(events_in(&log, 4), 4);
		bench_free(b);
	}
}

static void a_type_1_entry_may_start_a_uki(void **state)
{
	(void)state;
	static const struct { const char *version, *conf, *line; size_t in_12; } cases[] = {
		{"systemd-boot 252", "efi /u.efi\noptions mine\n", "mine", 2},
		{"systemd-boot 252", "efi /u.efi\n", "own", 0},
		{"systemd-boot 262", "uki /u.efi\noptions mine\n", "mine", 2},
		{"systemd-boot 262", "efi /u.efi\narchitecture aa64\n", NULL, 0},
		{"systemd-boot 257", "uki /u.efi\n", NULL, 0},
		{"systemd-boot 257", "efi /none.efi\n", NULL, 0},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct event_log log;
		struct file_of files[] = {
			{"EFI/BOOT/BOOTX64.EFI", menu(b, cases[i].version)},
			{"loader/entries/a.conf", str_from(cases[i].conf)},
			{"u.efi", uki(b, "ID=x", "own")},
		};
		bool done = boot_try(b, files, 3, &o, &log);
		assert_int_equal(done, cases[i].line != NULL);
		assert_int_equal(bench_has(b, ENTRIES_MISSING), !done);
		if (done) {
			assert_str(log.handed.options, cases[i].line);
			assert_int_equal(events_in(&log, 12), cases[i].in_12);
		}
		bench_free(b);
	}
}

// The second partition's entries count as the first's; what lies beside a UKI is looked for there.
static void entries_may_lie_on_xbootldr(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct file_of esp[] = {{"EFI/BOOT/BOOTX64.EFI", menu(b, "systemd-boot 257")},
	                        {"EFI/Linux/a.efi", uki(b, "ID=x\nVERSION=1", "esp")},
	                        {"EFI/Linux/b.efi.extra.d/esp.cred", S("no")}};
	struct file_of more[] = {{"EFI/Linux/b.efi", uki(b, "ID=x\nVERSION=2", "xbootldr")},
	                         {"EFI/Linux/b.efi.extra.d/x.cred", S("yes")},
	                         {"loader/credentials/g.cred", S("yes")}};
	struct str disk = make_disk_of_two(&b->arena, esp, 3, more, 3);
	struct source s = source_of_str(&b->arena, disk, 0);
	assert_true(predict_disk(&s, &o, &b->arena, &log, &b->diag));
	assert_str(log.handed.options, "xbootldr");
	assert_int_equal(events_in(&log, 12), 2);
	memset((u8 *)disk.at + (size_t)DISK_SECOND_LBA * 512, 0, 512);   // no FAT: as if not there
	assert_true(predict_disk(&s, &o, &b->arena, &log, &b->diag));
	assert_str(log.handed.options, "esp");
	assert_int_equal(b->diag.failed, false);
	bench_free(b);
}

// The host's text is the menu's affair for an entry with `linux`, since 256.
static void the_host_adds_to_a_kernel_s_line(void **state)
{
	(void)state;
	static const struct { const char *menu, *conf, *line; } cases[] = {
		{"systemd-boot 255", "linux /k\noptions a\n", "a"},
		{"systemd-boot 256", "linux /k\noptions a\n", "a host=1"},
		{"systemd-boot 262", "linux /k\ninitrd /k\noptions a\n", "initrd=\\k a host=1"},
		{"systemd-boot 257", "linux /k\n", "host=1"}, {"systemd-boot 257", "efi /k\noptions a\n", "a"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		o.smbios_cmdline = S("host=1");
		struct file_of files[] = {
			{"EFI/BOOT/BOOTX64.EFI", menu(b, cases[i].menu)},
			{"loader/entries/a.conf", str_from(cases[i].conf)}, {"k", make_kernel(&b->arena)},
		};
		struct event_log log = boot_of(b, files, 3, &o);
		assert_str(log.handed.options, cases[i].line);
		assert_int_equal(events_in(&log, 12), 1);
		bench_free(b);
	}
}

// Since 261 the menu packs what an entry names with `extra`: values that amic does not know.
static void extra_files_leave_values_open(void **state)
{
	(void)state;
	static const struct { const char *menu; bool open; } cases[] = {
		{"systemd-boot 260", false}, {"systemd-boot 261", true},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct pcr_values v;
		struct file_of files[] = {
			{"EFI/BOOT/BOOTX64.EFI", menu(b, cases[i].menu)},
			{"loader/entries/a.conf", S("linux /k\ninitrd /i\nextra /x.cred\n")},
			{"k", make_kernel(&b->arena)}, {"i", S("initrd")},
		};
		struct event_log log = boot_of(b, files, 4, &o);
		assert_int_equal(bench_has(b, ENTRY_EXTRA), cases[i].open);
		assert_true(event_fold(&log, &v));
		for (size_t pcr = 4; pcr <= 13; pcr++)
			if (pcr == 9 || pcr == 12 || pcr == 13)
				assert_int_equal(v.state[pcr] == PCR_PARTLY, cases[i].open);
		assert_int_equal(v.state[4], PCR_KNOWN);
		bench_free(b);
	}
}

static void what_is_missing_is_named(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	u8 *much = make(&b->arena, (1 << 20) + 1, u8);
	struct file_of files[] = {
		{"EFI/BOOT/BOOTX64.EFI", menu(b, "systemd-boot 257")},
		{"loader/entries/a.conf", S("linux /k\ninitrd /i\n")},
		{"k", make_kernel(&b->arena)},
	};
	assert_false(boot_try(b, files, 3, &o, &log));
	assert_true(bench_has(b, INITRD_MISSING));
	struct file_of large[] = {files[0], {"loader/loader.conf", {much, (1 << 20) + 1}}};
	assert_false(boot_try(b, large, 2, &o, &log));
	assert_true(bench_has(b, ENTRY_LARGE));
	large[1].path = "loader/entries/a.conf";
	assert_false(boot_try(b, large, 2, &o, &log));
	assert_true(bench_has(b, ENTRY_LARGE));
	bench_free(b);
}

static void a_large_entry_ends_in_time(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct buf text = buf_new(&b->arena, 400000);
	put(&text, S("linux /k\n"));
	for (size_t i = 0; i < 10000; i++)
		put(&text, S("initrd /k\noptions x\n"));
	struct file_of files[] = {
		{"EFI/BOOT/BOOTX64.EFI", menu(b, "systemd-boot 257")},
		{"loader/entries/a.conf", buf_str(&text)}, {"k", make_kernel(&b->arena)},
	};
	struct event_log log = boot_of(b, files, 3, &o);
	assert_int_equal(log.handed.initrd.size, 10000 * files[2].bytes.len);
	bench_free(b);
}

static void a_menu_that_starts_itself_ends(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct file_of files[] = {{"EFI/BOOT/BOOTX64.EFI", menu(b, "systemd-boot 257")},
	                          {"loader/entries/a.conf", S("efi /EFI//boot/BOOTX64.EFI\n")}};
	assert_false(boot_try(b, files, 2, &o, &log));
	assert_true(bench_has(b, ENTRIES_MISSING));
	files[1].bytes = S("linux /EFI/BOOT/BOOTX64.EFI\n");
	assert_false(boot_try(b, files, 2, &o, &log));
	assert_true(bench_has(b, CHAIN_LONG));
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_ordered),
		cmocka_unit_test(patterns_match_names),
		cmocka_unit_test(lines_are_keys_and_values),
		cmocka_unit_test(the_newest_entry_of_the_first_key_is_started),
		cmocka_unit_test(preferred_is_known_since_260),
		cmocka_unit_test(profiles_are_entries_since_257),
		cmocka_unit_test(what_the_menu_measures_depends_on_its_version),
		cmocka_unit_test(a_type_1_entry_hands_over_initrds_and_options),
		cmocka_unit_test(a_type_1_entry_may_start_a_uki),
		cmocka_unit_test(entries_may_lie_on_xbootldr),
		cmocka_unit_test(the_host_adds_to_a_kernel_s_line),
		cmocka_unit_test(extra_files_leave_values_open),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(a_large_entry_ends_in_time),
		cmocka_unit_test(a_menu_that_starts_itself_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
