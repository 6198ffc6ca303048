// pcr_input: images, keys and circumstances of a boot, from the command line.
#include "command/pcr/pcr.h"
#include <string.h>

enum { LIST_MAX = 1 << 20, STORE_MAX = 64 << 20 };

// From --PK to --verify-root: what is booted, and how; explain has these alone.
const struct option pcr_options[PCR_OPTIONS] = {
	{'i', STR("image"), STR("FILE"), STR("an EFI image; again for the next ones"), true},
	{0, STR("PK"), STR("FILE"), STR("platform key (signature list): Secure Boot is on"), false},
	{0, STR("KEK"), STR("FILE"), STR("key exchange keys"), false},
	{0, STR("db"), STR("FILE"), STR("what may start: certificates and hashes"), false},
	{0, STR("dbx"), STR("FILE"), STR("what may not"), false},
	{0, STR("uefi-data"), STR("FILE"), STR("the variables an image is registered with"), false},
	{0, STR("vars"), STR("FILE"), STR("the variables of a flash file, OVMF_VARS.fd"), false},
	{0, STR("boot"), STR("PATH"), STR("the file that firmware starts, if not the default"), false},
	{0, STR("load-options"), STR("TEXT"), STR("what firmware's boot entry hands to it"), false},
	{0, STR("smbios-cmdline"), STR("TEXT"), STR("what the host adds to the command line"), false},
	{0, STR("failed-entry"), STR(""), STR("a boot entry without a file comes first"), false},
	{0, STR("assume-stub"), STR("N"), STR("the rules of systemd-stub N (250 to 262)"), false},
	{0, STR("threads"), STR("N"), STR("digests side by side (one a processor)"), false},
	{0, STR("verify-root"), STR(""), STR("check each block of the root file system"), false},
	{0, STR("initrd-max"), STR("MIB"), STR("MiB of an initrd to unpack"), false},
	{0, STR("pcr"), STR("LIST"), STR("these PCRs alone: 4,7,12 or 0-15"), false},
	{0, STR("bank"), STR("NAME"), STR("sha1, sha256, sha384, sha512; again for more"), true},
	{0, STR("compare"), STR("FILE"), STR("what a machine showed: does it agree?"), false},
	{0, STR("append"), STR("FILE"), STR("a parameter file that keeps its older values"), false},
	{0, STR("keep"), STR("N"), STR("with --append: N values, the new one included"), false},
};

static bool bad_option(struct run *r, struct str option, struct str value, struct str help)
{
	return diag_report(r->diag, (struct finding){.rule = OPTION_VALUE,
		.arg = {option, value, help}});
}

// ---- keys

static bool read_list(struct run *r, struct str option, struct str *out)
{
	struct str path = args_value(r->args, option), bytes;
	struct signature *list;
	size_t count;
	u32 file;
	if (!path.len)
		return true;
	if (!binary_read(r, path, LIST_MAX, &bytes, &file)
	    || !esl_read_file(&bytes, file, r->arena, &list, &count, r->diag))
		return false;
	*out = bytes;
	return true;
}

static bool read_uefi_data(struct run *r, struct variable **out, size_t *count)
{
	struct str path = args_value(r->args, S("uefi-data")), bytes;
	u32 file;
	return !path.len || (binary_read(r, path, STORE_MAX, &bytes, &file)
	    && uefi_data_read(bytes, file, r->library, r->arena, out, count, r->diag));
}

static bool read_vars(struct run *r, struct variable **out, size_t *count)
{
	struct str path = args_value(r->args, S("vars")), bytes;
	u32 file;
	return !path.len || (binary_read(r, path, STORE_MAX, &bytes, &file)
	    && vars_read(bytes, file, r->arena, out, count, r->diag));
}

static bool read_store(struct run *r, struct secure_boot *out)
{
	struct variable *list = NULL;
	size_t count = 0;
	bool both = args_has(r->args, S("uefi-data")) && args_has(r->args, S("vars"));
	if (both)
		return bad_option(r, S("--vars"), args_value(r->args, S("vars")),
		                  S("--uefi-data holds the same variables; give one of them"));
	if (!read_uefi_data(r, &list, &count) || !read_vars(r, &list, &count))
		return false;
	if (list)
		(void)secure_boot_from(list, count, out);
	return true;
}

// Lists of their own stand in for those of a store.
static bool read_lists(struct run *r, struct secure_boot *out)
{
	struct secure_boot s = {0};
	if (!read_store(r, &s) || !read_list(r, S("PK"), &s.pk) || !read_list(r, S("KEK"), &s.kek)
	    || !read_list(r, S("db"), &s.db) || !read_list(r, S("dbx"), &s.dbx))
		return false;
	bool lists = args_has(r->args, S("KEK")) || args_has(r->args, S("db"))
	          || args_has(r->args, S("dbx"));
	if (lists && !s.pk.len)
		return diag_report(r->diag, (struct finding){.rule = KEYS_WITHOUT_PK});
	s.on |= args_has(r->args, S("PK"));
	*out = s;
	return true;
}

// ---- circumstances

static bool read_number(struct run *r, struct str option, u64 max, u64 *out)
{
	struct str text = args_value(r->args, option);
	*out = 0;
	return !text.len || (str_u64(text, out) && *out <= max)
	    || bad_option(r, cat(r->arena, S("--"), option), text, S("a number"));
}

bool pcr_boot_options(struct run *r, struct boot_options *out)
{
	enum { VERSION_MAX = 999, THREADS_MAX = 256, MIB_MAX = 1 << 20 };
	u64 stub, threads, initrd_mib;
	struct boot_options o = {.boot_path = args_value(r->args, S("boot")),
		.load_options = args_value(r->args, S("load-options")),
		.smbios_cmdline = args_value(r->args, S("smbios-cmdline")),
		.failed_entry_first = args_has(r->args, S("failed-entry"))};
	if (!read_number(r, S("assume-stub"), VERSION_MAX, &stub)
	    || !read_number(r, S("threads"), THREADS_MAX, &threads)
	    || !read_number(r, S("initrd-max"), MIB_MAX, &initrd_mib) || !read_lists(r, &o.secure))
		return false;
	o.assume_stub = (u32)stub;
	o.threads = (size_t)threads;
	o.unpacked_max = initrd_mib << 20;
	*out = o;
	return true;
}

static bool add_range(struct str text, u32 *set)
{
	struct str first;
	u64 from, to;
	struct str rest = str_cut(text, '-', &first);
	if (!str_u64(str_trim(first), &from))
		return false;
	to = from;
	if (first.len != text.len && !str_u64(str_trim(rest), &to))
		return false;
	for (u64 k = from; k <= to && to < PCR_COUNT; k++)
		*set |= 1u << k;
	return from <= to && to < PCR_COUNT;
}

bool pcr_list(struct run *r, struct str text, u32 *out)
{
	struct str left = text, one;
	u32 set = 0;
	do {
		left = str_cut(left, ',', &one);
		if (!add_range(one, &set))
			return bad_option(r, S("--pcr"), text, S("numbers from 0 to 23, as in 4,7,12 or 0-7"));
	} while (left.len);
	*out = set;
	return true;
}

// ---- images

// A partition table at the second sector tells a disk from an EFI file, whatever begins it. Where
// there is no DOS header firmware looks for a PE header at the front.
static bool is_efi_file(const struct source *s)
{
	static const u64 sectors[] = {512, 4096};
	u8 at[8];
	for (size_t i = 0; i < countof(sectors); i++)
		if (source_read(s, sectors[i], 8, at)
		    && str_eq((struct str){at, 8}, S("EFI PART")))
			return false;
	return source_read(s, 0, 4, at)
	    && (str_starts((struct str){at, 4}, S("MZ")) || str_eq((struct str){at, 4}, S("PE\0\0")));
}

static bool predict_opened(struct run *r, const struct source *images, const struct str *paths,
                           size_t count, const struct boot_options *o, struct event_log *out)
{
	if (count == 1 && !is_efi_file(&images[0]))
		return predict_disk(&images[0], o, r->arena, out, r->diag);
	return predict_files(images, paths, count, o, r->arena, out, r->diag);
}

bool pcr_predict(struct run *r, const struct str *paths, size_t count,
                 const struct boot_options *o, struct source *first, struct event_log *out)
{
	struct source *images = make(r->arena, count, struct source);
	(void)mapping_guard();                  // without it images are copied while they are read
	for (size_t i = 0; i < count; i++)
		if (!source_open(r->arena, paths[i], &images[i], r->diag))
			return false;
	*first = images[0];
	bool done = predict_opened(r, images, paths, count, o, out);
	for (size_t i = 0; i < count; i++)
		done = source_is_whole(&images[i], paths[i], r->diag) && done;
	return done;
}
