// predict.c, stage.c, firmware.c, boot.c, image.c: who is started first, and what firmware and shim
// measure of it. Verdicts with real signatures are secureboot.c's tests and tests/boot's.
#include "boots.h"
#include <openssl/evp.h>

static const struct piece plain[] = {{".cmdline", STR("quiet"), 0}, {".initrd", STR("i"), 0}};

static struct str some_uki(struct bench *b) { return make_uki(b, "systemd-stub 257", plain, 2); }

static struct str value_of(struct bench *b, const struct event_log *log, u32 pcr)
{
	struct pcr_values v;
	assert_true(event_fold(log, &v));
	return str_hex(&b->arena, (struct str){v.of[BANK_SHA256][pcr], 32});
}

// Secure Boot off: the same on every machine, known from many.
static void pcr_7_without_keys_is_the_known_value(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct file_of file = {"EFI/BOOT/BOOTX64.EFI", some_uki(b)};
	struct event_log log = boot_of(b, &file, 1, &o);
	assert_str(value_of(b, &log, 7),
	           "65caf8dd1e0ea7a6347b635d2b379c93b9a1351edc2afc3ecda700e534eb3068");
	assert_int_equal(events_in(&log, 7), 6);
	bench_free(b);
}

static void platform_pcrs_have_no_value(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct file_of file = {"EFI/BOOT/BOOTX64.EFI", some_uki(b)};
	struct event_log log = boot_of(b, &file, 1, &o);
	struct pcr_values v;
	assert_true(event_fold(&log, &v));
	for (u32 pcr = 0; pcr < 16; pcr++) {
		bool platform = pcr < 4 || pcr == 6 || pcr == 10;
		assert_int_equal(v.state[pcr], platform ? PCR_PLATFORM : PCR_KNOWN);
	}
	bench_free(b);
}

static void only_the_pcrs_asked_for_are_in_the_log(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct file_of file = {"EFI/BOOT/BOOTX64.EFI", some_uki(b)};
	struct event_log all = boot_of(b, &file, 1, &o);
	for (u32 pcr = 0; pcr < 16; pcr++) {
		o.pcrs = 1u << pcr;
		struct event_log one = boot_of(b, &file, 1, &o);
		assert_int_equal(one.count, events_in(&one, pcr));
		assert_int_equal(one.count, events_in(&all, pcr));
		assert_true(str_eq(value_of(b, &one, pcr), value_of(b, &all, pcr)));
	}
	bench_free(b);
}

static void a_failed_entry_leaves_its_traces(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct file_of file = {"EFI/BOOT/BOOTX64.EFI", some_uki(b)};
	o.failed_entry_first = true;
	struct event_log log = boot_of(b, &file, 1, &o);
	assert_measured(event_at(&log, 4, 0), S("Calling EFI Application from Boot Option"));
	assert_measured(event_at(&log, 4, 1), S("\0\0\0\0"));
	assert_measured(event_at(&log, 4, 2), S("Returning from EFI Application from Boot Option"));
	assert_measured(event_at(&log, 4, 3), S("Calling EFI Application from Boot Option"));
	bench_free(b);
}

static void the_partition_table_is_in_pcr_5(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct file_of file = {"EFI/BOOT/BOOTX64.EFI", some_uki(b)};
	struct event_log log = boot_of(b, &file, 1, &o);
	struct str disk = make_disk(&b->arena, &file, 1);
	assert_measured(event_at(&log, 5, 1), cat(&b->arena, ((struct str){disk.at + 512, 92}),
	                S("\1\0\0\0\0\0\0\0"), ((struct str){disk.at + 1024, 128})));
	bench_free(b);
}

static void the_boot_file_is_found_or_named(void **state)
{
	(void)state;
	static const struct { const char *path, *boot; enum rule rule; } cases[] = {
		{"EFI/BOOT/BOOTX64.EFI", "", RULE_COUNT}, {"efi/boot/bootx64.efi", "", RULE_COUNT},
		{"EFI/BOOT/other.efi", "", BOOT_FILE_MISSING},
		{"EFI/BOOT/BOOTAA64.EFI", "", MACHINE_MISMATCH},
		{"a/b c.efi", "\\a\\B C.EFI", RULE_COUNT}, {"a/b c.efi", "a/c.efi", BOOT_PATH_MISSING},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct event_log log;
		struct file_of file = {cases[i].path, some_uki(b)};
		o.boot_path = str_from(cases[i].boot);
		assert_int_equal(boot_try(b, &file, 1, &o, &log), cases[i].rule == RULE_COUNT);
		assert_true(cases[i].rule == RULE_COUNT || bench_has(b, cases[i].rule));
		bench_free(b);
	}
}

static void only_applications_are_boot_files(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct file_of file = {"EFI/BOOT/BOOTX64.EFI", some_uki(b)};
	put_le((u8 *)file.bytes.at + PE_SUBSYSTEM_OFF, 11, 2);
	assert_false(boot_try(b, &file, 1, &o, &log));
	assert_true(bench_has(b, NO_APPLICATION));
	bench_free(b);
}

static void another_loader_s_values_end_where_it_begins(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct pcr_values v;
	struct piece text = {".text", S("grub"), 0};
	struct file_of file = {"EFI/BOOT/BOOTX64.EFI", make_pe(&b->arena, &text, 1)};
	struct event_log log = boot_of(b, &file, 1, &o);
	assert_true(bench_has(b, CHAIN_UNKNOWN));
	assert_measured(event_at(&log, 4, 2), covered(b, file.bytes));
	assert_true(event_fold(&log, &v));
	assert_int_equal(v.state[4], PCR_PARTLY);
	assert_int_equal(v.state[9], PCR_PARTLY);
	bench_free(b);
}

// ---- files by themselves

static bool try_files(struct bench *b, const struct str *files, size_t count,
                      const struct boot_options *o, struct event_log *out)
{
	struct source *sources = make(&b->arena, count, struct source);
	struct str *names = make(&b->arena, count, struct str);
	for (size_t i = 0; i < count; i++) {
		sources[i] = source_of_str(&b->arena, files[i], 0);
		names[i] = cat(&b->arena, S("file "), str_number(&b->arena, i));
	}
	b->diag.len = 0;
	return predict_files(sources, names, count, o, &b->arena, out, &b->diag);
}

static void files_by_themselves_give_the_same_but_the_disk_s_part(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct str uki = some_uki(b);
	struct file_of file = {"EFI/BOOT/BOOTX64.EFI", uki};
	struct event_log disk = boot_of(b, &file, 1, &o), log;
	assert_true(try_files(b, &uki, 1, &o, &log));
	static const u32 pcrs[] = {4, 7, 9, 11, 12, 13};
	for (size_t i = 0; i < countof(pcrs); i++)
		assert_true(str_eq(value_of(b, &disk, pcrs[i]), value_of(b, &log, pcrs[i])));
	struct pcr_values v;
	assert_true(event_fold(&log, &v));
	assert_int_equal(v.state[5], PCR_PARTLY);
	bench_free(b);
}

static void files_are_loaded_in_their_order(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct piece old = {".sdmagic", magic_of(b, "systemd-boot 252"), 0};
	struct piece text = {".text", S("any"), 0};
	struct str files[] = {make_pe(&b->arena, &old, 1), some_uki(b)};
	struct event_log log;
	assert_true(try_files(b, files, 2, &o, &log));
	assert_measured(event_at(&log, 4, 2), covered(b, files[0]));
	assert_measured(event_at(&log, 4, 3), covered(b, files[1]));
	assert_measured(event_at(&log, 4, 4), covered(b, make_kernel(&b->arena)));
	assert_measured(event_at(&log, 12, 0), utf16(b, "quiet"));
	assert_int_equal(events_in(&log, 12), 2);
	files[0] = make_pe(&b->arena, &text, 1);
	assert_true(try_files(b, files, 2, &o, &log));
	assert_int_equal(events_in(&log, 12), 0);
	assert_false(bench_has(b, CHAIN_UNKNOWN));
	bench_free(b);
}

static void a_kernel_by_itself_measures_its_options(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct str kernel = make_kernel(&b->arena);
	struct event_log log;
	o.load_options = S("root=x");
	assert_true(try_files(b, &kernel, 1, &o, &log));
	assert_measured(event_at(&log, 9, 0), utf16(b, "root=x"));
	assert_int_equal(events_in(&log, 9), 1);
	bench_free(b);
}

// libcrypto in FIPS mode has no such provider here: every digest fails.
static void a_digest_that_libcrypto_refuses_is_a_finding(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct str uki = some_uki(b);
	assert_true(EVP_set_default_properties(NULL, "provider=none"));
	assert_false(try_files(b, &uki, 1, &o, &log));
	assert_true(bench_has(b, DIGEST_REFUSED));
	assert_true(EVP_set_default_properties(NULL, ""));
	assert_true(try_files(b, &uki, 1, &o, &log));
	bench_free(b);
}

// ---- Secure Boot

static struct str sha384_list(struct bench *b, struct str image)
{
	struct digests d;
	assert_true(digest_bytes(1u << BANK_SHA384, covered(b, image), &d));
	return cat(&b->arena, S("\x07\x53\x3e\xff\xd0\x9f\xc9\x48\x85\xf1\x8a\xd5\x6c\x70\x1e\x01"
	                        "\x5c\0\0\0\0\0\0\0\x40\0\0\0" "owner owner own!"),
	           digest_of(&d, BANK_SHA384));
}

static struct str hash_list(struct bench *b, struct str image)
{
	struct digests d;
	assert_true(digest_bytes(BOOT_SET, covered(b, image), &d));
	return cat(&b->arena, S("\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28"
	                        "\x4c\0\0\0\0\0\0\0\x30\0\0\0" "owner owner own!"),
	           digest_of(&d, BANK_SHA256));
}

static void an_image_that_firmware_refuses_has_no_values(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct file_of file = {"EFI/BOOT/BOOTX64.EFI", make_uki(b, "systemd-stub 262", plain, 2)};
	o.secure = (struct secure_boot){.on = true, .pk = S("pk")};
	assert_false(boot_try(b, &file, 1, &o, &log));
	assert_true(bench_has(b, KEYS_WITHOUT_DB));
	o.secure.db = hash_list(b, make_kernel(&b->arena));
	assert_false(boot_try(b, &file, 1, &o, &log));
	assert_true(bench_has(b, IMAGE_REFUSED));
	o.pcrs = 1u << 12;                // even when only others are asked for
	assert_false(boot_try(b, &file, 1, &o, &log));
	assert_true(bench_has(b, IMAGE_REFUSED));
	bench_free(b);
}

static void the_entry_that_admits_is_measured_once(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct str uki = make_uki(b, "systemd-stub 257", plain, 2), list = hash_list(b, uki);
	struct str twice[] = {uki, uki};
	struct event_log log;
	o.secure = (struct secure_boot){.on = true, .pk = S("pk"), .db = list};
	assert_true(try_files(b, twice, 2, &o, &log));
	assert_int_equal(events_in(&log, 7), 7);
	assert_measured(event_at(&log, 7, 0), cat(&b->arena,
		S("\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
		  "\x0a\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0S\0e\0c\0u\0r\0e\0B\0o\0o\0t\0\1")));
	assert_measured(event_at(&log, 7, 6), cat(&b->arena,
		S("\xcb\xb2\x19\xd7\x3a\x3d\x96\x45\xa3\xbc\xda\xd0\x0e\x67\x65\x6f"
		  "\2\0\0\0\0\0\0\0\x30\0\0\0\0\0\0\0d\0b\0"), ((struct str){list.at + 28, 48})));
	assert_int_equal(events_in(&log, 4), 4);          // the kernels are not in it
	bench_free(b);
}

// dbt is measured only where there is one; what it says about times is not read.
static void dbt_is_measured_and_times_are_named(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct str uki = some_uki(b);
	struct event_log log;
	u8 revoked[28 + 16 + 48] = {0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20, 0xfc,
	                            0xf9, 0x8e, 0xf1, 0x03, 0xed, sizeof revoked, [24] = 64};
	o.secure = (struct secure_boot){.on = true, .pk = S("pk"), .db = hash_list(b, uki),
	                                .dbx = {revoked, sizeof revoked}, .dbt = S("t")};
	assert_true(try_files(b, &uki, 1, &o, &log));
	assert_int_equal(events_in(&log, 7), 8);
	assert_measured(event_at(&log, 7, 5), cat(&b->arena,
		S("\xcb\xb2\x19\xd7\x3a\x3d\x96\x45\xa3\xbc\xda\xd0\x0e\x67\x65\x6f"
		  "\3\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0d\0b\0t\0t")));
	assert_false(bench_has(b, KEYS_TIMED));
	revoked[28 + 16 + 32] = 1;
	assert_true(try_files(b, &uki, 1, &o, &log));
	assert_true(bench_has(b, KEYS_TIMED));
	bench_free(b);
}

static void a_hash_that_older_firmware_does_not_look_for_is_a_warning(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct str uki = some_uki(b);
	struct event_log log;
	o.secure = (struct secure_boot){.on = true, .pk = S("pk"), .db = sha384_list(b, uki)};
	assert_true(try_files(b, &uki, 1, &o, &log));
	assert_true(bench_has(b, HASH_KIND));
	o.secure.db = hash_list(b, uki);
	assert_true(try_files(b, &uki, 1, &o, &log));
	assert_false(bench_has(b, HASH_KIND));
	bench_free(b);
}

// A refused add-on stops nothing; the UKI goes on without it.
static void a_refused_add_on_is_passed_over(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct piece more = {".cmdline", S("more"), 0};
	struct file_of files[] = {
		{"EFI/BOOT/BOOTX64.EFI", some_uki(b)},
		{"loader/addons/a.addon.efi", make_pe(&b->arena, &more, 1)},
	};
	o.secure = (struct secure_boot){.on = true, .pk = S("pk"), .db = hash_list(b, files[0].bytes)};
	struct event_log log = boot_of(b, files, 2, &o);
	assert_str(log.handed.options, "quiet");
	o.secure.db = cat(&b->arena, o.secure.db, hash_list(b, files[1].bytes));
	log = boot_of(b, files, 2, &o);
	assert_str(log.handed.options, "quiet more");
	assert_int_equal(events_in(&log, 7), 8);
	bench_free(b);
}

// ---- hostile input

static void sections_on_the_same_bytes_are_not_hashed_for_ever(void **state)
{
	(void)state;
	enum { COUNT = 16, BYTES = 1 << 16 };
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct piece pieces[COUNT] = {{".a", {make(&b->arena, BYTES, u8), BYTES}, 0}};
	for (size_t i = 1; i < COUNT; i++)
		pieces[i] = (struct piece){".b", {0}, BYTES};
	struct str pe = make_pe(&b->arena, pieces, COUNT);
	for (size_t used = 2; used <= COUNT; used++) {
		u8 *section = (u8 *)pe.at + PE_SECTIONS + 40 * (used - 1);
		put_le(section + 16, BYTES, 4);
		put_le(section + 20, PE_HEADERS, 4);
		bool read = try_files(b, &pe, 1, &o, &log);
		assert_int_equal(read, !bench_has(b, SECTIONS_REPEATED));
		assert_int_equal(read, used <= 8);
	}
	bench_free(b);
}

static void folders_of_very_many_files_are_refused(void **state)
{
	(void)state;
	static const struct { const char *folder, *suffix; } cases[] = {
		{"EFI/BOOT/BOOTX64.EFI.extra.d", ".cred"}, {"loader/addons", ".addon.efi"},
	};
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	for (size_t k = 0; k < countof(cases); k++) {
		struct arena whole = b->arena;
		struct event_log log;
		struct file_of files[258] = {{"EFI/BOOT/BOOTX64.EFI", some_uki(b)}};
		struct piece line = {".cmdline", S("x"), 0};
		struct str addon = k ? make_pe(&b->arena, &line, 1) : S("x");
		for (size_t i = 1; i < countof(files); i++) {
			struct str name = cat(&b->arena, str_from(cases[k].folder), S("/"),
			                      str_number(&b->arena, i), str_from(cases[k].suffix));
			files[i] = (struct file_of){str_z(&b->arena, name), addon};
		}
		assert_true(boot_try(b, files, countof(files) - 1, &o, &log));
		assert_false(boot_try(b, files, countof(files), &o, &log));
		assert_true(bench_has(b, FOLDER_LARGE));
		b->arena = whole;
	}
	bench_free(b);
}

static void a_disk_cut_anywhere_is_a_finding_or_the_same(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct file_of file = {"EFI/BOOT/BOOTX64.EFI", some_uki(b)};
	struct str disk = make_disk(&b->arena, &file, 1);
	for (size_t len = 0; len <= disk.len; len += len < 64 << 10 ? 64 : 4096) {
		struct arena scratch = b->arena;
		struct source s = source_of_str(&scratch, (struct str){disk.at, len}, 0);
		struct event_log log;
		b->diag = (struct diag){.arena = &b->found, .sources = {.arena = &b->found}};
		if (!predict_disk(&s, &o, &scratch, &log, &b->diag))
			assert_true(b->diag.failed);
	}
	bench_free(b);
}

static void any_field_of_a_uki_may_be_anything(void **state)
{
	(void)state;
	static const u32 values[] = {0, 1, 0x7fffffff, 0xffffffff};
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct str uki = some_uki(b), name = S("uki");
	for (size_t off = 0; off + 4 <= PE_SECTIONS + 40 * 4; off += 2) {
		for (size_t i = 0; i < countof(values); i++) {
			struct arena scratch = b->arena;
			u8 *bent = make(&scratch, uki.len, u8);
			memcpy(bent, uki.at, uki.len);
			put_le(bent + off, values[i], 4);
			struct source s = source_of_str(&scratch, (struct str){bent, uki.len}, 0);
			struct event_log log;
			b->diag.len = 0;
			b->diag.failed = false;
			b->found.at = (u8 *)((uintptr_t)b->memory + (64 << 20));
			b->diag = (struct diag){.arena = &b->found, .sources = {.arena = &b->found}};
			if (!predict_files(&s, &name, 1, &o, &scratch, &log, &b->diag))
				assert_true(b->diag.failed);
		}
	}
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcr_7_without_keys_is_the_known_value),
		cmocka_unit_test(platform_pcrs_have_no_value),
		cmocka_unit_test(only_the_pcrs_asked_for_are_in_the_log),
		cmocka_unit_test(a_failed_entry_leaves_its_traces),
		cmocka_unit_test(the_partition_table_is_in_pcr_5),
		cmocka_unit_test(the_boot_file_is_found_or_named),
		cmocka_unit_test(only_applications_are_boot_files),
		cmocka_unit_test(another_loader_s_values_end_where_it_begins),
		cmocka_unit_test(files_by_themselves_give_the_same_but_the_disk_s_part),
		cmocka_unit_test(files_are_loaded_in_their_order),
		cmocka_unit_test(a_kernel_by_itself_measures_its_options),
		cmocka_unit_test(a_digest_that_libcrypto_refuses_is_a_finding),
		cmocka_unit_test(an_image_that_firmware_refuses_has_no_values),
		cmocka_unit_test(the_entry_that_admits_is_measured_once),
		cmocka_unit_test(dbt_is_measured_and_times_are_named),
		cmocka_unit_test(a_hash_that_older_firmware_does_not_look_for_is_a_warning),
		cmocka_unit_test(a_refused_add_on_is_passed_over),
		cmocka_unit_test(sections_on_the_same_bytes_are_not_hashed_for_ever),
		cmocka_unit_test(folders_of_very_many_files_are_refused),
		cmocka_unit_test(a_disk_cut_anywhere_is_a_finding_or_the_same),
		cmocka_unit_test(any_field_of_a_uki_may_be_anything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
