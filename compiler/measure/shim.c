// shim: what rhboot's shim extends, by its source (16.1, mok.c, sbat.c, verify.c): its lists of
// machine owner keys into PCR14, its SBAT level into PCR7, its own verdicts on what it starts.
#include "measure/boot.h"

static const struct str sbat_original = STR("sbat,1,2021030218\n");

enum { VENDOR_MAX = 16 << 20, SBAT_MAX = 1 << 16 };

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

static void measure_list(struct boot *b, struct str name, struct str data)
{
	boot_event(b, (struct event){.pcr = 14, .type = EV_IPL, .data = cat(b->arena, name, S("\0")),
		.what = cat(b->arena, S("shim's "), name),
		.why = S("shim measures the keys that it trusts and those that it does not")}, data);
}

// ---- the SBAT level

// .sbatlevel: a format, two offsets from behind it; the first text is the automatic one.
static struct str automatic_level(struct str section)
{
	struct rd r = {section, false};
	struct str from = {0}, text = {0};
	rd_skip(&r, 4);
	struct str payload = r.left;
	u32 off = rd_le32(&r);
	if (!r.bad && off <= payload.len && str_sub(payload, off, payload.len - off, &from))
		(void)str_cut(from, 0, &text);
	return text;
}

// The ten digits of the date; the variable stays when it is not older.
static struct str level_date(struct str level)
{
	enum { DATE_OFF = 7, DATE_LEN = 10 };
	return piece(level, DATE_OFF, DATE_LEN);
}

static struct str level_of(const struct boot *b, struct str section)
{
	struct str now = b->options->secure.sbat_level, automatic = automatic_level(section);
	if (!b->options->secure.on)
		return sbat_original;
	if (str_starts(now, S("sbat,")) && str_cmp(level_date(now), level_date(automatic)) >= 0)
		return now;
	return automatic.len ? automatic : sbat_original;
}

static void measure_level(struct boot *b, struct str section)
{
	struct str data = variable_data(b->arena, guid_shim, S("SbatLevel"), level_of(b, section));
	boot_event(b, (struct event){.pcr = 7, .type = EV_EFI_VARIABLE_AUTHORITY, .data = data,
		.what = S("shim's SbatLevel"),
		.why = S("shim measures the generations of loaders that it refuses")}, data);
}

bool shim_measure(struct boot *b, const struct image *i)
{
	const struct secure_boot *s = &b->options->secure;
	struct str table, level, trusts, denies;
	if (!section_text(b, i, S(".vendor_cert"), VENDOR_MAX, &table)
	    || !section_text(b, i, S(".sbatlevel"), SBAT_MAX, &level))
		return false;
	read_vendor(table, &trusts, &denies);
	struct shim *shim = make(b->arena, 1, struct shim);
	shim->mok_list = mirrored(b->arena, trusts, s->mok_list);
	shim->mok_list_x = mirrored(b->arena, denies, s->mok_list_x);
	measure_list(b, S("MokList"), shim->mok_list);
	measure_list(b, S("MokListX"), shim->mok_list_x);
	measure_level(b, level);
	measure_list(b, S("MokListTrusted"), S("\1"));
	b->shim = shim;
	return true;
}

// ---- verdicts

static bool verify(struct boot *b, const struct image *i, const struct digests *image,
                   struct str list, struct authority *out)
{
	const struct secure_boot *s = &b->options->secure;
	struct str denied = cat(b->arena, s->dbx, b->shim->mok_list_x);
	if (image)
		return secure_boot_verify_with(&i->pe, image, list, denied, b->arena, out, b->diag);
	return secure_boot_verify(&i->pe, list, denied, b->arena, out, b->diag);
}

bool shim_authority(struct boot *b, const struct image *i, const struct digests *image,
                    struct authority *out, struct str *name, bool *admitted)
{
	struct authority by;
	*name = S("db");
	if (!verify(b, i, image, b->options->secure.db, &by))
		return false;
	if (by.verdict == VERDICT_REFUSED) {
		*name = S("MokListRT");
		if (!verify(b, i, image, b->shim->mok_list, &by))
			return false;
	}
	*out = by;
	*admitted = by.verdict != VERDICT_REFUSED;
	return true;
}

// ---- the second stage

static struct str folder_of(struct str path)
{
	size_t n = path.len;
	while (n && path.at[n - 1] != '/' && path.at[n - 1] != '\\')
		n--;
	return (struct str){path.at, n};
}

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

bool shim_run(struct boot *b, const struct image *i)
{
	struct image *next = make(b->arena, 1, struct image);
	struct str suffix = machine_suffix(i->pe.machine);
	struct str path = cat(b->arena, folder_of(i->path), S("grub"), suffix, S(".efi"));
	bool missing;
	if (!shim_measure(b, i))
		return false;
	if (has_fallback(b, i, suffix))
		return boot_unknown_chain(b, i, S("shim's fallback program"));
	if (!image_open(i->volume, path, b->arena, next, &missing, b->diag))
		return missing ? diag_report(b->diag, (struct finding){NEXT_MISSING,
			source_span(&i->pe.data, 0, 0), .arg = {i->path, path}}) : false;
	return boot_image(b, next, path, S("shim starts the loader beside it"))
	    && image_run(b, next, (struct text){0});
}
