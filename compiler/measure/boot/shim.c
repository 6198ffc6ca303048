// shim: what rhboot's shim extends, by its source (15.4 to 16.1: shim.c, mok.c): its lists of
// machine owner keys into PCR14, its SBAT level into PCR7, and what it starts.
// cycle: stage.c: what shim starts is a stage again.
#include "measure/boot/internal.h"

// Versions as 100 × major + minor, and what changed with them.
enum { OLDEST = 1504, NEWEST = 1601, TRUSTED_SINCE = 1505, TRUSTS_SINCE = 1506,
       CERTIFICATES_SINCE = 1506, TRUSTED_IN_7_UNTIL = 1506, REVOCATIONS_SINCE = 1508,
       LOADS_SINCE = 1600, KNOWS_SECTIONS_SINCE = 1601, OPTIONS_SINCE = 1600 };
enum { VENDOR_MAX = 16 << 20, SBAT_MAX = 1 << 16, OPTIONS_MAX = 1 << 12 };

// A signature list of one entry, owned by shim.
static struct str list_of_one(struct arena *a, const struct signature_type *type, struct str data)
{
	enum { LIST_HEADER = 28, OWNER = 16 };
	struct buf out = buf_new(a, LIST_HEADER + OWNER + data.len);
	u8 guid[16] = {0};
	(void)!guid_read(type->guid, guid);     // of a table: it can be read
	buf_put(&out, (struct str){guid, 16});
	buf_le(&out, LIST_HEADER + OWNER + data.len, 4);
	buf_le(&out, 0, 4);
	buf_le(&out, OWNER + data.len, 4);
	buf_put(&out, (struct str){guid_shim, 16});
	buf_put(&out, data);
	return buf_str(&out);
}

static bool section_text(struct boot *b, const struct image *i, struct str name, u64 max,
                         struct str *out)
{
	const struct section *s = pe_section(&i->pe, name);
	struct source of;
	*out = (struct str){0};
	if (!s || !pe_section_source(&i->pe, s, b->arena, &of))
		return true;
	if (of.size > max)
		return diag_report(b->diag, (struct finding){SECTION_LARGE, source_span(&of, 0, 0),
			.arg = {name, str_number(b->diag->arena, of.size),
			        str_number(b->diag->arena, max)}});
	return source_bytes(&of, 0, of.size, b->arena, out) || source_failed(&of, 0, b->diag);
}

static struct str piece(struct str s, u64 off, u64 len)
{
	struct str out = {0};
	return str_sub(s, off, len, &out) ? out : (struct str){0};
}

// .vendor_cert: two lengths and two offsets, of what it trusts and of what it does not. The
// first is a certificate or a signature list.
static void read_vendor(struct str table, struct str *trusts, struct str *denies)
{
	struct rd r = {table, false};
	u32 trusts_len = rd_le32(&r), denies_len = rd_le32(&r);
	u32 trusts_off = rd_le32(&r), denies_off = rd_le32(&r);
	*trusts = r.bad ? S("") : piece(table, trusts_off, trusts_len);
	*denies = r.bad ? S("") : piece(table, denies_off, denies_len);
}

static bool is_der(struct str s) { return s.len && s.at[0] == 0x30; }

// The vendor's part, then the variable's; a list of nothing is one entry of zeros.
static struct str mirrored(struct arena *a, struct str vendor, struct str variable)
{
	static const u8 zeros[32] = {0};
	if (is_der(vendor))
		vendor = list_of_one(a, &type_x509, vendor);
	struct str all = cat(a, vendor, variable), none = {zeros, sizeof zeros};
	return all.len ? all : list_of_one(a, &type_image[BANK_SHA256], none);
}

// ---- PCR14 and PCR7

static void measure_14(struct boot *b, struct str name, struct str data, struct str why)
{
	boot_event(b, (struct event){.pcr = 14, .type = EV_IPL, .data = cat(b->arena, name, S("\0")),
		.what = cat(b->arena, S("shim's "), name), .why = why}, data);
}

static void measure_7(struct boot *b, struct str name, struct str data, struct str why)
{
	struct str all = variable_data(b->arena, guid_shim, name, data);
	boot_event(b, (struct event){.pcr = 7, .type = EV_EFI_VARIABLE_AUTHORITY, .data = all,
		.what = cat(b->arena, S("shim's "), name), .why = why}, all);
}

static void measure_list(struct boot *b, struct str name, struct str data)
{
	measure_14(b, name, data,
	           S("shim measures the keys that it trusts and those that it does not"));
}

static void measure_switch(struct boot *b, struct str name, struct str data, bool in_7)
{
	static const struct str why = STR("shim measures what its owner set");
	if (!data.len)
		return;
	if (in_7)
		measure_7(b, name, data, why);
	measure_14(b, name, data, why);
}

// A machine without the variable trusts the list: shim says so as if it were set, once it is, it
// says nothing.
static struct str trusted(const struct boot *b, u32 version)
{
	struct str variable = b->options->secure.mok_list_trusted;
	if (version < TRUSTS_SINCE)
		return version >= TRUSTED_SINCE ? variable : S("");
	return variable.len ? S("") : S("\1");
}

// In the order of shim's table.
static void measure_all(struct boot *b, const struct shim *shim, struct str denied)
{
	const struct secure_boot *s = &b->options->secure;
	if (shim->has_more_keys)
		boot_event_unknown(b, 14, EV_IPL, S("shim's MokList"),
		                   S("shim adds the keys of the shim_certificate files beside it"));
	else
		measure_list(b, S("MokList"), shim->mok_list);
	measure_list(b, S("MokListX"), denied);
	measure_switch(b, S("MokSBState"), s->mok_sb_state, true);
	if (shim->has_more_keys)
		boot_event_unknown(b, 7, EV_EFI_VARIABLE_AUTHORITY, S("what shim's certificate files add"),
		                   S("files beside shim that it reads, too, are not followed"));
	measure_7(b, S("SbatLevel"), shim->level,
	          S("shim measures the generations of loaders that it refuses"));
	measure_switch(b, S("MokListTrusted"), trusted(b, shim->version),
	               shim->version <= TRUSTED_IN_7_UNTIL);
	if (shim->version >= TRUSTS_SINCE)
		measure_switch(b, S("MokPolicy"), s->mok_policy, false);
}

// ---- this shim

static u32 version_of(struct boot *b, const struct image *i)
{
	u32 version = i->version, used = version;
	struct arena *a = b->diag->arena;
	if (version < OLDEST)
		used = version ? OLDEST : NEWEST;
	if (version > NEWEST)
		used = NEWEST;
	if (used != version)
		diag_report(b->diag, (struct finding){SHIM_UNKNOWN, source_span(&i->pe.data, 0, 0),
			.arg = {i->path, version ? cat(a, S("of version "), str_number(a, version / 100),
			        S("."), str_number(a, version % 100)) : S("of no version that it names"),
			        cat(a, str_number(a, used / 100), S("."), str_number(a, used % 100))}});
	return used;
}

static struct str folder_of(struct str path)
{
	size_t n = path.len;
	while (n && path.at[n - 1] != '/' && path.at[n - 1] != '\\')
		n--;
	return (struct str){path.at, n};
}

// Files beside shim that it reads under Secure Boot: more keys, or a newer SBAT level.
static bool find_more(struct boot *b, const struct image *i, struct shim *shim)
{
	struct str folder = folder_of(i->path);
	struct fat_entry *files;
	size_t count;
	if (!shim->verifies || !i->volume || shim->version < CERTIFICATES_SINCE)
		return true;
	folder.len -= folder.len > 0;
	if (!fat_list(i->volume, folder, b->arena, &files, &count, b->diag))
		return false;
	for (size_t k = 0; k < count && !shim->has_more_keys; k++) {
		struct str name = text_lower(b->arena, files[k].name);
		shim->has_more_keys = !files[k].folder && (str_starts(name, S("shim_certificate"))
			|| (shim->version >= REVOCATIONS_SINCE && (str_eq(name, S("revocations.efi"))
			    || str_eq(name, S("revocations_sbat.efi")))));
		if (shim->has_more_keys)
			diag_report(b->diag, (struct finding){.rule = SHIM_EXTRA,
				.arg = {i->path, files[k].name}});
	}
	return true;
}

static bool is_set(struct str variable)
{
	return variable.len == 1 && variable.at[0];
}

bool shim_measure(struct boot *b, const struct image *i)
{
	const struct secure_boot *s = &b->options->secure;
	struct shim *shim = make(b->arena, 1, struct shim);
	struct str table, level, trusts;
	if (!section_text(b, i, S(".vendor_cert"), VENDOR_MAX, &table)
	    || !section_text(b, i, S(".sbatlevel"), SBAT_MAX, &level))
		return false;
	read_vendor(table, &trusts, &shim->vendor_dbx);
	shim->version = version_of(b, i);
	shim->verifies = s->on && !is_set(s->mok_sb_state);
	shim->ignores_db = is_set(s->mok_db_state);
	shim->vendor_db = is_der(trusts) ? S("") : trusts;
	shim->mok_list = mirrored(b->arena, trusts, s->mok_list);
	shim->level = shim_level(b, shim->version, level);
	shim->measures_kernels = shim->verifies && (trusts.len || shim->vendor_dbx.len)
	    && shim->version >= LOADS_SINCE && shim->version < KNOWS_SECTIONS_SINCE;
	if (!find_more(b, i, shim))
		return false;
	measure_all(b, shim, mirrored(b->arena, shim->vendor_dbx, s->mok_list_x));
	b->shim = shim;
	return true;
}

// ---- the second stage

static bool same_folded(struct str a, struct str b)
{
	bool same = a.len == b.len;
	for (size_t i = 0; same && i < a.len; i++) {
		u8 x = a.at[i] == '\\' ? '/' : a.at[i], y = b.at[i];
		same = (x | 0x20) == (y | 0x20);
	}
	return same;
}

// On the removable path shim starts its fallback program when that is there, and that program
// writes boot entries and resets: what comes then depends on the machine.
static bool has_fallback(struct boot *b, const struct image *i, struct str suffix)
{
	struct fat_entry e;
	bool broken = false;
	return same_folded(folder_of(i->path), S("EFI/BOOT/"))
	    && fat_find(i->volume, cat(b->arena, S("EFI/BOOT/fb"), suffix, S(".efi")), b->arena, &e,
	                &broken, b->diag);
}

// Up to the first comma of options.csv, UTF-16, with or without a mark in front.
static bool read_options(struct boot *b, const struct image *i, struct str *out)
{
	struct fat_entry e;
	struct source s;
	struct str units, name;
	bool broken = false;
	if (!fat_find(i->volume, cat(b->arena, folder_of(i->path), S("options.csv")), b->arena, &e,
	              &broken, b->diag))
		return !broken;
	if (!fat_source(i->volume, &e, b->arena, &s, b->diag))
		return false;
	u64 len = s.size < OPTIONS_MAX ? s.size & ~1u : OPTIONS_MAX;
	if (!source_bytes(&s, 0, len, b->arena, &units))
		return source_failed(&s, 0, b->diag);
	if (str_starts(units, S("\xff\xfe")))
		units = (struct str){units.at + 2, units.len - 2};
	(void)str_cut(text_utf8(b->arena, (struct text){true, units}), 0, &name);
	(void)str_cut(name, ',', &name);
	*out = name.len ? name : *out;
	return true;
}

// Full paths are what begins with \EFI\; of others the last name counts, beside shim.
static struct str path_of(struct boot *b, const struct image *i, struct str name)
{
	struct str root = S("\\EFI\\");
	if (name.len > root.len && str_starts(name, root))
		return (struct str){name.at + 1, name.len - 1};
	size_t n = name.len;
	while (n && name.at[n - 1] != '\\')
		n--;
	return cat(b->arena, folder_of(i->path), ((struct str){name.at + n, name.len - n}));
}

bool shim_run(struct boot *b, const struct image *i, struct text options)
{
	struct image *next = make(b->arena, 1, struct image);
	struct str suffix = machine_suffix(i->pe.machine);
	struct str name = cat(b->arena, S("grub"), suffix, S(".efi"));
	bool missing;
	if (!shim_measure(b, i))
		return false;
	if (has_fallback(b, i, suffix))
		return boot_unknown_chain(b, i, S("shim's fallback program"));
	if (text_unit(options, 0))
		return boot_unknown_chain(b, i, S("what its load options name"));
	if (b->shim->version >= OPTIONS_SINCE && !read_options(b, i, &name))
		return false;
	struct str path = path_of(b, i, name);
	if (!image_open(i->volume, path, b->arena, next, &missing, b->diag))
		return missing ? diag_report(b->diag, (struct finding){NEXT_MISSING,
			source_span(&i->pe.data, 0, 0), .arg = {i->path, path}}) : false;
	return boot_image(b, next, path, S("shim starts the loader beside it"))
	    && image_run(b, next, (struct text){0});
}
