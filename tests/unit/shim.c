// shim.c, shim_level.c, shim_verify.c: what shim measures by its version, and whom it starts.
#include "boots.h"

#define KEYS "tests/unit/secureboot/"
enum { LIMIT = 1 << 20 };

static const struct piece plain[] = {
	{".cmdline", STR("quiet"), 0}, {".initrd", STR("i"), 0},
	{".sbat", STR("sbat,1,shim,sbat,1,url\nmine,3,v,p,1,url\n"), 0},
};

static struct str some_uki(struct bench *b) { return make_uki(b, "systemd-stub 257", plain, 3); }

static struct str list_of(struct bench *b, enum bank bank, struct str hash)
{
	u8 guid[16], sizes[12] = {0};
	assert_true(guid_read(type_image[bank].guid, guid));
	put_le(sizes, 28 + 16 + hash.len, 4);
	put_le(sizes + 8, 16 + hash.len, 4);
	return cat(&b->arena, ((struct str){guid, 16}), ((struct str){sizes, 12}), S("owner owner own!"),
	           hash);
}

static struct str hash_list(struct bench *b, struct str image, enum bank bank)
{
	struct digests d;
	assert_true(digest_bytes(1u << bank, covered(b, image), &d));
	return list_of(b, bank, digest_of(&d, bank));
}

// A shim of a version, with an authority of its vendor: .vendor_cert, .sbatlevel, .data.ident.
static struct str make_shim(struct bench *b, const char *version, struct str vendor,
                            struct str vendor_dbx)
{
	static const struct str level = STR("\0\0\0\0\x08\0\0\0\x1a\0\0\0sbat,1,2024010900\0sbat,1,2025\0");
	u8 table[16] = {0};
	put_le(table, vendor.len, 4);
	put_le(table + 4, vendor_dbx.len, 4);
	put_le(table + 8, 16, 4);
	put_le(table + 12, 16 + vendor.len, 4);
	struct piece pieces[] = {{".text", S("shim"), 0}, {"/4", {0}, 0}, {"/17", level, 0},
	                         {"/28", {0}, 0}};
	pieces[1].bytes = cat(&b->arena, ((struct str){table, 16}), vendor, vendor_dbx);
	pieces[3].bytes = cat(&b->arena, S("UEFI SHIM\n$Version: "), str_from(version), S(" $\n"));
	struct str pe = make_pe(&b->arena, pieces, 4);
	// COFF's string table behind no symbols: where the long names are.
	struct str names = S("\x28\0\0\0.vendor_cert\0.sbatlevel\0.data.ident\0\0\0\0");
	put_le((u8 *)pe.at + PE_OFF + 12, pe.len, 4);
	return cat(&b->arena, pe, names);
}

static struct str some_shim(struct bench *b, struct str vendor)
{
	return make_shim(b, "16.1", vendor, S(""));
}

static void keys_on(struct bench *b, struct boot_options *o, struct str shim, struct str more)
{
	o->secure.on = true;
	o->secure.pk = S("pk");
	o->secure.db = cat(&b->arena, hash_list(b, shim, BANK_SHA256), more);
}

// ---- what it measures

static void shim_measures_its_lists_and_starts_grub(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct file_of files[] = {{"EFI/BOOT/BOOTX64.EFI", some_shim(b, S("\x30 a certificate"))},
	                          {"EFI/BOOT/grubx64.efi", some_uki(b)}};
	o.secure.mok_list = S("mok");
	struct event_log log = boot_of(b, files, 2, &o);
	static const struct str x509 = STR("\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72");
	static const struct str owner = STR("\x50\xab\x5d\x60\x46\xe0\x00\x43\xab\xb6\x3d\xd8\x10\xdd\x8b\x23");
	assert_measured(event_at(&log, 14, 0), cat(&b->arena, x509,
		S("\x3b\0\0\0\0\0\0\0\x1f\0\0\0"), owner, S("\x30 a certificate"), S("mok")));
	struct str zeros = S("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	assert_measured(event_at(&log, 14, 1), cat(&b->arena,
		S("\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28"
		  "\x4c\0\0\0\0\0\0\0\x30\0\0\0"), owner, zeros));
	assert_measured(event_at(&log, 14, 2), S("\1"));
	assert_int_equal(events_in(&log, 14), 3);
	assert_true(str_ends(event_at(&log, 7, 6)->data, S("sbat,1,2021030218\n")));
	assert_measured(event_at(&log, 4, 3), covered(b, files[1].bytes));
	assert_false(bench_has(b, SHIM_UNKNOWN));
	bench_free(b);
}

// MokListTrusted came with 15.5, is trusted without its variable since 15.6, and was in PCR7, too,
// until 15.6; the SBAT level is in .sbatlevel since 15.7 and reset without Secure Boot since 15.8.
static void versions_differ(void **state)
{
	(void)state;
	static const struct str first = STR("sbat,1,2021030218\n"), later = STR("sbat,1,2024010900");
	const struct {
		const char *version; bool on, known; struct str trusted, level; size_t in_14, in_7;
	} cases[] = {
		{"15.4", true, true, STR(""), first, 2, 1}, {"15.5", true, true, STR(""), first, 2, 1},
		{"15.5", true, true, STR("\1"), first, 3, 2}, {"15.6", true, true, STR(""), first, 3, 2},
		{"15.6", false, true, STR("\1"), first, 2, 1}, {"15.7", true, true, STR(""), later, 3, 1},
		{"15.7", false, true, STR(""), later, 3, 1}, {"15.8", true, true, STR(""), later, 3, 1},
		{"15.8", false, true, STR(""), first, 3, 1}, {"16.1", true, true, STR("\1"), later, 2, 1},
		{"17.0", true, false, STR(""), later, 3, 1}, {"14", true, false, STR(""), first, 2, 1},
		{"15 $ Linux 5.10", true, false, STR(""), first, 2, 1},
		{"", true, false, STR(""), later, 3, 1},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct file_of files[] = {
			{"EFI/BOOT/BOOTX64.EFI", make_shim(b, cases[i].version, S(""), S(""))},
			{"EFI/BOOT/grubx64.efi", some_uki(b)}};
		if (cases[i].on)
			keys_on(b, &o, files[0].bytes, hash_list(b, files[1].bytes, BANK_SHA256));
		o.secure.mok_list_trusted = cases[i].trusted;
		struct event_log log = boot_of(b, files, 2, &o);
		size_t before = cases[i].on ? 8 : 6;  // variables, separator; two authorities
		if (events_in(&log, 14) != cases[i].in_14 || events_in(&log, 7) != before + cases[i].in_7)
			print_error("shim %s\n", cases[i].version);
		assert_int_equal(events_in(&log, 14), cases[i].in_14);
		assert_int_equal(events_in(&log, 7), before + cases[i].in_7);
		assert_true(str_ends(event_at(&log, 7, cases[i].on ? 7 : 6)->data, cases[i].level));
		assert_int_equal(bench_has(b, SHIM_UNKNOWN), !cases[i].known);
		bench_free(b);
	}
}

static void shim_s_level_is_the_newer_one(void **state)
{
	(void)state;
	static const struct { const char *variable, *level; } cases[] = {
		{"", "sbat,1,2024010900"}, {"sbat,1,2023000000\n", "sbat,1,2024010900"},
		{"sbat,1,2025000000\n", "sbat,1,2025000000\n"}, {"other", "sbat,1,2024010900"},
		{"sbat,1,2024010900\nx,1\n", "sbat,1,2024010900\nx,1\n"},
		{"sbat,10,2020000000\n", "sbat,10,2020000000\n"},
		{"sbat,2,2020000000\n", "sbat,2,2020000000\n"}, {"sbat,1,2030", "sbat,1,2024010900"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct piece row = {".sbat", S("sbat,10,shim,sbat,1,url\n"), 0};
		struct file_of files[] = {{"EFI/BOOT/BOOTX64.EFI", some_shim(b, S(""))},
		                          {"EFI/BOOT/grubx64.efi", make_uki(b, "systemd-stub 257", &row, 1)}};
		o.secure.sbat_level = str_from(cases[i].variable);
		keys_on(b, &o, files[0].bytes, hash_list(b, files[1].bytes, BANK_SHA256));
		struct event_log log = boot_of(b, files, 2, &o);
		// After the variables, the separator and shim's own authority.
		assert_true(str_ends(event_at(&log, 7, 7)->data, str_from(cases[i].level)));
		assert_int_equal(events_in(&log, 7), 9);
		bench_free(b);
	}
}

static void its_owner_s_switches_are_measured_and_obeyed(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct file_of files[] = {{"EFI/BOOT/BOOTX64.EFI", some_shim(b, S(""))},
	                          {"EFI/BOOT/grubx64.efi", some_uki(b)}};
	keys_on(b, &o, files[0].bytes, S(""));
	o.secure.mok_sb_state = S("\1");
	o.secure.mok_policy = S("\2");
	log = boot_of(b, files, 2, &o);          // nobody admits the UKI, and nobody is asked
	assert_int_equal(events_in(&log, 14), 5);
	assert_measured(event_at(&log, 14, 2), S("\1"));
	assert_measured(event_at(&log, 14, 4), S("\2"));
	assert_int_equal(events_in(&log, 7), 9);
	assert_true(str_ends(event_at(&log, 7, 7)->data, S("M\0o\0k\0S\0B\0S\0t\0a\0t\0e\0\1")));
	o.secure.mok_sb_state = S("\0");
	assert_false(boot_try(b, files, 2, &o, &log));
	o.secure.mok_sb_state = S("");
	keys_on(b, &o, files[0].bytes, hash_list(b, files[1].bytes, BANK_SHA256));
	o.secure.mok_db_state = S("\1");         // db does not count for shim
	assert_false(boot_try(b, files, 2, &o, &log));
	o.secure.mok_list = hash_list(b, files[1].bytes, BANK_SHA256);
	log = boot_of(b, files, 2, &o);
	bench_free(b);
}

static void more_keys_beside_it_leave_two_pcrs_open(void **state)
{
	(void)state;
	static const struct { const char *version, *file; bool open; } cases[] = {
		{"16.1", "EFI/BOOT/shim_certificate_0.efi", true},
		{"16.1", "EFI/BOOT/Revocations_sbat.efi", true}, {"16.1", "EFI/shim_certificate.efi", false},
		{"15.6", "EFI/BOOT/shim_certificate.efi", true}, {"15.7", "EFI/BOOT/revocations.efi", false},
		{"15.5", "EFI/BOOT/shim_certificate.efi", false},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct pcr_values v;
		struct file_of files[] = {
			{"EFI/BOOT/BOOTX64.EFI", make_shim(b, cases[i].version, S(""), S(""))},
			{"EFI/BOOT/grubx64.efi", some_uki(b)}, {cases[i].file, S("MZ")}};
		struct event_log log = boot_of(b, files, 3, &o);
		assert_false(bench_has(b, SHIM_EXTRA));          // Secure Boot is off
		keys_on(b, &o, files[0].bytes, hash_list(b, files[1].bytes, BANK_SHA256));
		log = boot_of(b, files, 3, &o);
		assert_int_equal(bench_has(b, SHIM_EXTRA), cases[i].open);
		assert_true(event_fold(&log, &v));
		assert_int_equal(v.state[7] == PCR_PARTLY, cases[i].open);
		assert_int_equal(v.state[14] == PCR_PARTLY, cases[i].open);
		assert_int_equal(v.state[4], PCR_KNOWN);
		bench_free(b);
	}
}

// ---- what it starts

static void shim_s_second_stage_is_there_or_named(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct file_of files[] = {{"EFI/BOOT/BOOTX64.EFI", some_shim(b, S(""))},
	                          {"EFI/BOOT/fbx64.efi", some_uki(b)}};
	assert_false(boot_try(b, files, 1, &o, &log));
	assert_true(bench_has(b, NEXT_MISSING));
	log = boot_of(b, files, 2, &o);
	assert_true(bench_has(b, CHAIN_UNKNOWN));
	files[1].path = "EFI/BOOT/grubx64.efi";
	o.load_options = S("other.efi");
	log = boot_of(b, files, 2, &o);
	assert_true(bench_has(b, CHAIN_UNKNOWN));
	bench_free(b);
}

static void options_csv_names_another_loader(void **state)
{
	(void)state;
	static const struct { const char *version; struct str csv; const char *path; } cases[] = {
		{"16.1", STR("\xff\xfe" "a\0.\0e\0f\0i\0,\0x\0"), "EFI/BOOT/a.efi"},
		{"16.0", STR("a\0.\0e\0f\0i\0\0\0b\0"), "EFI/BOOT/a.efi"},
		{"16.1", STR("\\\0k\0\\\0a\0.\0e\0f\0i\0,\0"), "EFI/BOOT/a.efi"},
		{"16.1", STR("\\\0E\0F\0I\0\\\0k\0\\\0a\0.\0e\0f\0i\0,\0"), "EFI/k/a.efi"},
		{"16.1", STR(",\0"), "EFI/BOOT/grubx64.efi"}, {"16.1", STR("x"), "EFI/BOOT/grubx64.efi"},
		{"15.8", STR("a\0.\0e\0f\0i\0,\0"), "EFI/BOOT/grubx64.efi"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct file_of files[] = {
			{"EFI/BOOT/BOOTX64.EFI", make_shim(b, cases[i].version, S(""), S(""))},
			{cases[i].path, some_uki(b)}, {"EFI/BOOT/options.csv", cases[i].csv}};
		struct event_log log = boot_of(b, files, 3, &o);
		assert_measured(event_at(&log, 4, 3), covered(b, files[1].bytes));
		bench_free(b);
	}
}

// 16.0 takes over LoadImage and does not know the kernel from the UKI yet.
static void shim_16_0_judges_and_measures_the_kernel_of_a_stub(void **state)
{
	(void)state;
	static const struct { const char *version; size_t images; } cases[] = {
		{"15.8", 2}, {"16.0", 3}, {"16.1", 2},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		struct boot_options o = boot_defaults();
		struct event_log log;
		struct str kernel = hash_list(b, make_kernel(&b->arena), BANK_SHA256);
		struct file_of files[] = {
			{"EFI/BOOT/BOOTX64.EFI", make_shim(b, cases[i].version, kernel, S(""))},
			{"EFI/BOOT/grubx64.efi", some_uki(b)}};
		keys_on(b, &o, files[0].bytes, hash_list(b, files[1].bytes, BANK_SHA256));
		log = boot_of(b, files, 2, &o);
		assert_int_equal(events_in(&log, 4), 2 + cases[i].images);
		bench_free(b);
	}
}

// ---- verdicts

// What db does not admit, the machine owner's list may; shim says by which.
static void shim_admits_by_the_owner_s_list(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct file_of files[] = {{"EFI/BOOT/BOOTX64.EFI", some_shim(b, S(""))},
	                          {"EFI/BOOT/grubx64.efi", some_uki(b)}};
	keys_on(b, &o, files[0].bytes, S(""));
	assert_false(boot_try(b, files, 2, &o, &log));
	assert_true(bench_has(b, IMAGE_REFUSED));
	o.secure.mok_list = hash_list(b, files[1].bytes, BANK_SHA256);
	log = boot_of(b, files, 2, &o);
	assert_measured(event_at(&log, 7, 8), cat(&b->arena,
		S("\x50\xab\x5d\x60\x46\xe0\x00\x43\xab\xb6\x3d\xd8\x10\xdd\x8b\x23"
		  "\x09\0\0\0\0\0\0\0\x30\0\0\0\0\0\0\0M\0o\0k\0L\0i\0s\0t\0R\0T\0"),
		((struct str){o.secure.mok_list.at + 28, 48})));
	o.secure.mok_list_x = o.secure.mok_list;
	assert_false(boot_try(b, files, 2, &o, &log));
	bench_free(b);
}

static struct str key(struct bench *b, const char *name)
{
	struct str bytes = {0};
	if (name)
		assert_true(file_read(&b->arena, cat(&b->arena, S(KEYS), str_from(name)), LIMIT, &bytes,
		                      &b->diag));
	return bytes;
}

struct judged { struct bench *bench; struct boot boot; struct shim shim; struct boot_options options; };

static struct decision judge(struct judged *j, struct str bytes, bool is_second_stage)
{
	struct bench *b = j->bench;
	struct source s = source_of_str(&b->arena, bytes, 0);
	struct image i;
	struct decision d = {0};
	j->boot = (struct boot){.options = &j->options, .arena = &b->arena, .diag = &b->diag,
	                        .shim = &j->shim};
	assert_true(image_read(&s, S("x.efi"), NULL, &b->arena, &i, &b->diag));
	assert_true(shim_verify(&j->boot, &i, NULL, is_second_stage, &d));
	return d;
}

// Unlike firmware: no hash of a certificate revokes, one revoked signature does not spoil another,
// and each good signature is measured. `by`: the lists that decided, in order.
static void signed_images(void **state)
{
	(void)state;
	static const struct { const char *image, *db, *dbx, *mok, *mok_x; bool good; const char *by; }
	cases[] = {
		{"own.efi", "own.esl", NULL, NULL, NULL, true, "db "},
		{"own.efi", NULL, NULL, "own.esl", NULL, true, "MokListRT "},
		{"own.efi", "own.esl", NULL, "own.esl", NULL, true, "db "},
		{"own.efi", "other.esl", NULL, NULL, NULL, false, ""},
		{"own.efi", "own.esl", "own-hash.esl", NULL, NULL, true, "db "},
		{"own.efi", "own.esl", "own.esl", NULL, NULL, false, "dbx "},
		{"own.efi", "own.esl", NULL, NULL, "own.esl", false, "MokListX "},
		{"own.efi", "own.esl", "image-hash.esl", NULL, NULL, false, "dbx "},
		{"own.efi", "image-hash.esl", NULL, NULL, NULL, true, "db "},
		{"leaf.efi", "ca.esl", "ca-hash.esl", NULL, NULL, true, "db "},
		{"both.efi", "own.esl", NULL, NULL, NULL, true, "db "},
		{"both.efi", "own.esl", NULL, "ca.esl", NULL, true, "db MokListRT "},
		{"both.efi", "own.esl", "leaf.esl", NULL, NULL, true, "db dbx "},
		{"unsigned.efi", "image-hash.esl", NULL, NULL, NULL, true, "db "},
		{"unsigned.efi", "own.esl", NULL, NULL, NULL, false, ""},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct judged j = {.bench = bench_new()};
		struct bench *b = j.bench;
		j.options.secure.db = key(b, cases[i].db);
		j.options.secure.dbx = key(b, cases[i].dbx);
		j.options.secure.mok_list_x = key(b, cases[i].mok_x);
		j.shim.mok_list = key(b, cases[i].mok);
		struct decision d = judge(&j, key(b, cases[i].image), false);
		struct str by = S("");
		for (size_t k = 0; k < d.count; k++)
			by = cat(&b->arena, by, d.by[k].list, S(" "));
		if (!str_eq(by, str_from(cases[i].by)))
			print_error("%zu: %s by %.*s\n", i, cases[i].image, (int)by.len, (const char *)by.at);
		assert_true(str_eq(by, str_from(cases[i].by)));
		assert_int_equal(d.refused.len == 0, cases[i].good);
		bench_free(b);
	}
}

// Which list, by which hash; only the first certificate of a list is looked at.
static void lists(void **state)
{
	(void)state;
	struct judged j = {.bench = bench_new()};
	struct bench *b = j.bench;
	struct str image = key(b, "unsigned.efi"), own = key(b, "own.esl"), both;
	j.options.secure.db = hash_list(b, image, BANK_SHA1);
	assert_int_equal(judge(&j, image, false).refused.len, 0);
	j.options.secure.db = hash_list(b, image, BANK_SHA384);
	assert_true(judge(&j, image, false).refused.len > 0);
	j.shim.vendor_db = hash_list(b, image, BANK_SHA256);
	assert_true(str_eq(judge(&j, image, false).by[0].list, S("vendor_db")));
	j.shim.vendor_dbx = hash_list(b, image, BANK_SHA1);
	assert_true(judge(&j, image, false).refused.len > 0);
	j.shim = (struct shim){.mok_list = hash_list(b, image, BANK_SHA1)};
	assert_true(judge(&j, image, false).refused.len > 0);
	// The same certificate twice in one list, the first one of them broken.
	both = cat(&b->arena, own, ((struct str){own.at + 28, own.len - 28}));
	put_le((u8 *)both.at + 16, both.len, 4);
	j.shim = (struct shim){0};
	j.options.secure.db = both;
	assert_int_equal(judge(&j, key(b, "own.efi"), false).refused.len, 0);
	((u8 *)both.at)[28 + 16 + 1] = 0x81;
	assert_true(judge(&j, key(b, "own.efi"), false).refused.len > 0);
	bench_free(b);
}

// An unsigned image with a tail is padded to eight bytes for the verdict, not for PCR4.
static void shim_pads_what_it_judges(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct boot_options o = boot_defaults();
	struct event_log log;
	struct str uki = cat(&b->arena, some_uki(b), S("tail5"));
	struct file_of files[] = {{"EFI/BOOT/BOOTX64.EFI", some_shim(b, S(""))},
	                          {"EFI/BOOT/grubx64.efi", uki}};
	struct digests padded;
	keys_on(b, &o, files[0].bytes, hash_list(b, uki, BANK_SHA256));
	assert_false(boot_try(b, files, 2, &o, &log));
	assert_true(digest_bytes(BOOT_SET, cat(&b->arena, covered(b, uki), S("\0\0\0")), &padded));
	keys_on(b, &o, files[0].bytes, list_of(b, BANK_SHA256, digest_of(&padded, BANK_SHA256)));
	log = boot_of(b, files, 2, &o);
	assert_measured(event_at(&log, 4, 3), covered(b, uki));
	bench_free(b);
}

// As many copies of one signature as the largest table holds, each tried on certificates.
static void a_table_of_many_signatures_ends_in_time(void **state)
{
	(void)state;
	enum { DIRECTORY_OFF = 232, IMAGE_BYTES = 2048, TABLE_BYTES = 8 << 20 };
	struct judged j = {.bench = bench_new()};
	struct bench *b = j.bench;
	struct str own = key(b, "own.efi"), entry = {own.at + IMAGE_BYTES, own.len - IMAGE_BYTES};
	struct buf all = buf_new(&b->arena, IMAGE_BYTES + TABLE_BYTES);
	buf_put(&all, (struct str){own.at, IMAGE_BYTES});
	while (all.len + entry.len <= IMAGE_BYTES + TABLE_BYTES)
		buf_put(&all, entry);
	put_le(all.at + DIRECTORY_OFF + 4, all.len - IMAGE_BYTES, 4);
	j.options.secure.db = key(b, "two.esl");
	j.options.secure.dbx = key(b, "other.esl");
	struct source s = source_of_str(&b->arena, buf_str(&all), 0);
	struct image i;
	struct decision d;
	j.boot = (struct boot){.options = &j.options, .arena = &b->arena, .diag = &b->diag,
	                       .shim = &j.shim};
	assert_true(image_read(&s, S("x.efi"), NULL, &b->arena, &i, &b->diag));
	assert_false(shim_verify(&j.boot, &i, NULL, false, &d));
	assert_true(bench_has(b, SIGNATURES_COSTLY));
	bench_free(b);
}

// ---- SBAT

static void generations(void **state)
{
	(void)state;
	static const struct { const char *rows; bool second, good; } cases[] = {
		{"sbat,1,a,b,c,d\nmine,3,a,b,c,d\n", true, true},
		{"sbat,1,a,b,c,d\nmine,2,a,b,c,d\n", true, false},
		{"sbat,1,a,b,c,d\r\n\r\nmine,2,a,b,c,d", false, false},
		{"other,0,a,b,c,d\n", true, true}, {"mine,3,a,b,c,d,e,f\n", true, true},
		{"mine,3,a,b,c\n", true, false}, {"mine,3,,b,c,d\n", true, false},
		{"mine,many,a,b,c,d\n", true, false}, {"mine,65538,a,b,c,d\n", true, false},
		{"\xef\xbb\xbfmine,3,a,b,c,d\n", true, true}, {"\n", true, true},
		{NULL, true, false}, {NULL, false, true},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct judged j = {.bench = bench_new()};
		struct bench *b = j.bench;
		struct piece rows = {".sbat", cases[i].rows ? str_from(cases[i].rows) : S(""), 0};
		struct str image = make_uki(b, "systemd-stub 257", &rows, cases[i].rows != NULL);
		j.shim.level = S("sbat,1,2024010900\nmine,3\nmine,9\n");
		j.shim.mok_list = hash_list(b, image, BANK_SHA256);
		struct decision d = judge(&j, image, cases[i].second);
		if ((d.refused.len == 0) != cases[i].good)
			print_error("rows %s\n", cases[i].rows ? cases[i].rows : "none");
		assert_int_equal(d.refused.len == 0, cases[i].good);
		bench_free(b);
	}
}

static void several_tables_of_generations_are_refused(void **state)
{
	(void)state;
	struct judged j = {.bench = bench_new()};
	struct piece rows[2] = {plain[2], plain[2]};
	struct str image = make_uki(j.bench, "systemd-stub 257", rows, 2);
	j.shim.mok_list = hash_list(j.bench, image, BANK_SHA256);
	assert_true(judge(&j, image, true).refused.len > 0);
	bench_free(j.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shim_measures_its_lists_and_starts_grub),
		cmocka_unit_test(versions_differ),
		cmocka_unit_test(shim_s_level_is_the_newer_one),
		cmocka_unit_test(its_owner_s_switches_are_measured_and_obeyed),
		cmocka_unit_test(more_keys_beside_it_leave_two_pcrs_open),
		cmocka_unit_test(shim_s_second_stage_is_there_or_named),
		cmocka_unit_test(options_csv_names_another_loader),
		cmocka_unit_test(shim_16_0_judges_and_measures_the_kernel_of_a_stub),
		cmocka_unit_test(shim_admits_by_the_owner_s_list),
		cmocka_unit_test(signed_images),
		cmocka_unit_test(lists),
		cmocka_unit_test(shim_pads_what_it_judges),
		cmocka_unit_test(a_table_of_many_signatures_ends_in_time),
		cmocka_unit_test(generations),
		cmocka_unit_test(several_tables_of_generations_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
