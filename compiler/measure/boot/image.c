// image: an EFI file on the way of a boot, and what it is: shim, systemd's menu or stub, a kernel.
#include "measure/boot/internal.h"
#include <string.h>

enum { MACHINE_X64 = 0x8664, MACHINE_ARM64 = 0xaa64, MAGIC_MAX = 256 };

struct str machine_suffix(u16 machine)
{
	return machine == MACHINE_X64 ? S("x64") : machine == MACHINE_ARM64 ? S("aa64") : S("");
}

bool machine_is_x64(u16 machine) { return machine == MACHINE_X64; }

// Linux Documentation/arch/x86/boot.rst ("HdrS" at 0x202) and arch/arm64/booting.rst ("ARMd" at
// 56); the EFI stub of a compressed kernel of other architectures than x86 says "zimg" at 4.
enum kernel_kind kernel_kind_of(const struct source *s)
{
	static const struct { u64 off; struct str magic; enum kernel_kind kind; } marks[] = {
		{0x202, STR("HdrS"), KERNEL_PLAIN}, {56, STR("ARMd"), KERNEL_PLAIN},
		{4, STR("zimg"), KERNEL_ZBOOT},
	};
	u8 at[4];
	for (size_t i = 0; i < countof(marks); i++)
		if (source_read(s, marks[i].off, marks[i].magic.len, at)
		    && str_eq(marks[i].magic, (struct str){at, marks[i].magic.len}))
			return marks[i].kind;
	return KERNEL_NONE;
}

// systemd's .sdmagic: "#### LoaderInfo: systemd-stub 252.39-1 ####".
static struct str read_magic(const struct pe *p, struct arena *a)
{
	const struct section *s = pe_section(p, S(".sdmagic"));
	struct source of;
	struct str text = {0};
	if (!s || !pe_section_source(p, s, a, &of))
		return text;
	u64 len = of.size < MAGIC_MAX ? of.size : MAGIC_MAX;
	return source_bytes(&of, 0, len, a, &text) ? text : (struct str){0};
}

static u32 leading_number(struct str s)
{
	enum { DIGITS_MAX = 9 };
	struct rd r = {s, false};
	u32 n = 0;
	for (size_t i = 0; i < DIGITS_MAX; i++) {
		u8 c = rd_u8(&r);
		if (!text_digit(c))
			break;
		n = n * 10 + c - '0';
	}
	return n;
}

// shim's .data.ident: a line "$Version: 16.1 $".
static u32 shim_version(const struct pe *p, struct arena scratch)
{
	const struct section *s = pe_section(p, S(".data.ident"));
	struct source of;
	struct str text, mark = S("$Version: "), line, minor;
	size_t off;
	if (!s || !pe_section_source(p, s, &scratch, &of)
	    || !source_bytes(&of, 0, of.size < MAGIC_MAX ? of.size : MAGIC_MAX, &scratch, &text)
	    || !str_find(text, mark, &off))
		return 0;
	off += mark.len;
	(void)str_cut((struct str){text.at + off, text.len - off}, ' ', &line);
	minor = str_cut(line, '.', &line);
	u32 high = leading_number(line), low = leading_number(minor);
	return (high < 1000 ? high : 999) * 100 + (low < 100 ? low : 99);
}

static bool says(struct str magic, struct str what, struct image *out)
{
	size_t off;
	if (!str_find(magic, what, &off))
		return false;
	struct str rest = {magic.at + off + what.len, magic.len - off - what.len};
	if (str_starts(rest, S("v")))
		rest = (struct str){rest.at + 1, rest.len - 1};
	out->version = leading_number(rest);
	return true;
}

static enum image_kind find_kind(struct image *i, struct arena scratch)
{
	struct str magic = read_magic(&i->pe, &scratch);
	if (says(magic, S("systemd-stub "), i) || pe_section(&i->pe, S(".linux")))
		return IMAGE_STUB;
	if (says(magic, S("systemd-boot "), i))
		return IMAGE_MENU;
	if (pe_section(&i->pe, S(".vendor_cert")) || pe_section(&i->pe, S(".sbatlevel"))) {
		i->version = shim_version(&i->pe, scratch);
		return IMAGE_SHIM;
	}
	return kernel_kind_of(&i->pe.data) == KERNEL_NONE ? IMAGE_PLAIN : IMAGE_KERNEL;
}

bool image_read(const struct source *file, struct str path, const struct fat *volume,
                struct arena *a, struct image *out, struct diag *d)
{
	struct image i = {.path = path, .volume = volume};
	if (!pe_read(file, path, a, &i.pe, d))
		return false;
	i.kind = find_kind(&i, *a);
	*out = i;
	return true;
}

bool image_open(const struct fat *volume, struct str path, struct arena *a, struct image *out,
                bool *missing, struct diag *d)
{
	struct fat_entry entry;
	struct source file;
	bool broken = false;
	*missing = !fat_find(volume, path, a, &entry, &broken, d) && !broken;
	if (*missing || broken)
		return false;
	return fat_source(volume, &entry, a, &file, d) && image_read(&file, path, volume, a, out, d);
}
