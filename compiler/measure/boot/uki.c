// uki: systemd-stub's rules by version, and the sections of an image as each version finds them.
// Read from the sources of 250.14, 251.20, 252.31, 253.26, 254.19, 255.13, 256, 257.13 and 262;
// 252, 254, 257 and 262 were booted. 258 to 261 are known from their announcements and from 262.
#include "measure/boot/internal.h"
#include <string.h>

// A row holds from its version up to the next.
static const struct stub_rules all_rules[] = {
	{.from = 250, .parameters_pcr = 8, .extensions_pcr = 4, .by_prefix = true,
	 .start = BY_HANDOVER},
	{.from = 251, .parameters_pcr = 12, .extensions_pcr = 4, .by_prefix = true,
	 .start = BY_HANDOVER},
	{.from = 252, .parameters_pcr = 12, .extensions_pcr = 13, .measures_sections = true,
	 .by_prefix = true, .mangle = MANGLE_END, .start = BY_LOAD_IMAGE},
	{.from = 254, .parameters_pcr = 12, .extensions_pcr = 13, .measures_sections = true,
	 .by_prefix = true, .mangle = MANGLE_END, .addons = ADDONS_BY_FOLDER, .smbios = true,
	 .start = BY_LOAD_IMAGE},
	{.from = 255, .parameters_pcr = 12, .extensions_pcr = 13, .measures_sections = true,
	 .by_prefix = true, .mangle = MANGLE_BOTH, .addons = ADDONS_AT_ONCE, .addon_dtb = true,
	 .smbios = true, .start = BY_LOAD_IMAGE},
	{.from = 256, .parameters_pcr = 12, .extensions_pcr = 13, .measures_sections = true,
	 .by_prefix = true, .mangle = MANGLE_BOTH, .addons = ADDONS_AT_ONCE, .addon_dtb = true,
	 .smbios = true, .confext = true, .start = BY_LOAD_IMAGE},
	{.from = 257, .parameters_pcr = 12, .extensions_pcr = 13, .measures_sections = true,
	 .mangle = MANGLE_BOTH, .addons = ADDONS_AT_ONCE, .addon_dtb = true, .addon_initrd = true,
	 .smbios = true, .smbios_mangled = true, .confext = true, .profiles = true,
	 .os_release = true, .start = BY_LOAD_IMAGE},
	{.from = 258, .parameters_pcr = 12, .extensions_pcr = 13, .measures_sections = true,
	 .mangle = MANGLE_BOTH, .addons = ADDONS_AT_ONCE, .addon_dtb = true, .addon_initrd = true,
	 .smbios = true, .smbios_mangled = true, .confext = true, .global_extensions = true,
	 .profiles = true, .os_release = true, .start = BY_ITSELF},
	{.from = 261, .parameters_pcr = 12, .extensions_pcr = 13, .measures_sections = true,
	 .mangle = MANGLE_BOTH, .addons = ADDONS_AT_ONCE, .addon_dtb = true, .addon_initrd = true,
	 .smbios = true, .smbios_mangled = true, .confext = true, .global_extensions = true,
	 .profiles = true, .os_release = true, .start = BY_ITSELF, .boot_secret = true},
};

const struct stub_rules *stub_rules_of(u32 version)
{
	const struct stub_rules *found = &all_rules[0];
	for (size_t i = 0; i < countof(all_rules); i++)
		if (all_rules[i].from <= version)
			found = &all_rules[i];
	return found;
}

static const struct { struct str name; u32 since; bool measured; } sections[UKI_SECTIONS] = {
	[UKI_LINUX]   = {STR(".linux"), 250, true},
	[UKI_OSREL]   = {STR(".osrel"), 252, true},
	[UKI_CMDLINE] = {STR(".cmdline"), 250, true},
	[UKI_INITRD]  = {STR(".initrd"), 250, true},
	[UKI_UCODE]   = {STR(".ucode"), 256, true},
	[UKI_SPLASH]  = {STR(".splash"), 250, true},
	[UKI_DTB]     = {STR(".dtb"), 250, true},
	[UKI_UNAME]   = {STR(".uname"), 254, true},
	[UKI_SBAT]    = {STR(".sbat"), 254, true},
	[UKI_PCRSIG]  = {STR(".pcrsig"), 252, false},    // it signs the value of PCR11
	[UKI_PCRPKEY] = {STR(".pcrpkey"), 252, true},
	[UKI_PROFILE] = {STR(".profile"), 257, true},
	[UKI_DTBAUTO] = {STR(".dtbauto"), 257, true},
	[UKI_HWIDS]   = {STR(".hwids"), 257, true},
	[UKI_EFIFW]   = {STR(".efifw"), 258, true},
};

struct str uki_section_name(enum uki_section s) { return sections[s].name; }
bool uki_section_measured(enum uki_section s) { return sections[s].measured; }

// ---- finding them

struct span_of { size_t first, end; };   // of the section table

struct match { const struct section *found; size_t index, count; };

// By prefix the last one wins, even an empty one; by name the first.
static struct match find_one(const struct pe *p, const struct stub_rules *r, struct str name,
                             struct span_of within)
{
	struct match m = {0};
	for (size_t i = within.first; i < within.end; i++) {
		const struct section *s = &p->list[i];
		if (s->long_name)
			continue;             // the stub compares the eight bytes of the header
		if (!(r->by_prefix ? str_starts(s->name, name) : str_eq(s->name, name)))
			continue;
		if (r->by_prefix || !m.count) {
			m.found = s;
			m.index = i;
		}
		m.count++;
	}
	return m;
}

// Of these there is one for each machine: the stub picks by the machine's names.
static bool may_repeat(size_t section)
{
	return section == UKI_DTBAUTO || section == UKI_HWIDS || section == UKI_EFIFW;
}

static void warn_of_several(const struct image *i, const struct stub_rules *r, size_t section,
                            const struct match *m, struct diag *d)
{
	const struct section *s = m->found;
	if (m->count > 1 && !(may_repeat(section) && r->profiles))
		diag_report(d, (struct finding){SECTION_SEVERAL,
			source_span(&i->pe.data, s->raw_off, 0), .arg = {i->path,
			sections[section].name, str_number(d->arena, m->count),
			str_number(d->arena, m->index + 1),
			r->by_prefix ? S("the last whose name begins so") : S("the first of that name")}});
}

static bool is_profile(const struct section *s)
{
	return !s->long_name && str_eq(s->name, sections[UKI_PROFILE].name);
}

// Where the profiles begin: the sections before the first .profile are the base of all.
static struct span_of profile_span(const struct pe *p, u32 profile, size_t *profiles)
{
	struct span_of span = {p->count, p->count};
	*profiles = 0;
	for (size_t i = 0; i < p->count; i++) {
		if (!is_profile(&p->list[i]))
			continue;
		if (*profiles == profile)
			span.first = i;
		if (*profiles == (size_t)profile + 1)
			span.end = i;
		++*profiles;
	}
	return span;
}

static size_t base_end(const struct pe *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (is_profile(&p->list[i]))
			return i;
	return p->count;
}

// Nobody has memory for more zeros than this, and hashing them takes a second.
enum { ZEROS_MAX = 256 << 20 };

static bool take(const struct image *i, const struct section *s, struct arena *a,
                 struct uki_part *out, struct diag *d)
{
	u64 zeros = s->virtual_bytes > s->raw_bytes ? s->virtual_bytes - s->raw_bytes : 0;
	*out = (struct uki_part){0};          // an empty one of a profile takes the base's away
	if (s->virtual_bytes == 0)
		return true;
	if (zeros > ZEROS_MAX)
		return diag_report(d, (struct finding){SECTION_ZEROS, source_span(&i->pe.data,
			s->raw_off, s->raw_bytes), .arg = {i->path, s->name,
			str_number(d->arena, zeros)}});
	struct uki_part part = {.present = true, .off = s->raw_off, .zeros = zeros};
	if (!pe_section_source(&i->pe, s, a, &part.of))
		return source_failed(&i->pe.data, s->raw_off, d);
	*out = part;
	return true;
}

static bool take_all(const struct image *i, const struct stub_rules *r, struct span_of within,
                     struct arena *a, struct uki *u, struct diag *d)
{
	for (size_t k = 0; k < UKI_SECTIONS; k++) {
		struct match m = {0};
		if (sections[k].since <= r->from)
			m = find_one(&i->pe, r, sections[k].name, within);
		if (!m.found)
			continue;
		if (!take(i, m.found, a, &u->part[k], d))
			return false;
	}
	return true;
}

static void warn_within(const struct image *i, const struct stub_rules *r, struct span_of within,
                        struct diag *d)
{
	for (size_t k = 0; k < UKI_SECTIONS; k++) {
		struct match m = {0};
		if (sections[k].since <= r->from)
			m = find_one(&i->pe, r, sections[k].name, within);
		warn_of_several(i, r, k, &m, d);
	}
}

void uki_warn(const struct image *i, const struct stub_rules *r, u32 profile, struct diag *d)
{
	size_t unused;
	warn_within(i, r, (struct span_of){0, r->profiles ? base_end(&i->pe) : i->pe.count}, d);
	if (r->profiles)
		warn_within(i, r, profile_span(&i->pe, profile, &unused), d);
}

bool uki_find_profile(const struct image *i, const struct stub_rules *r, u32 profile,
                      struct arena *a, struct uki *out, struct diag *d)
{
	struct uki u = {0};
	struct span_of base = {0, r->profiles ? base_end(&i->pe) : i->pe.count};
	if (!take_all(i, r, base, a, &u, d))
		return false;
	struct span_of own = profile_span(&i->pe, profile, &u.profiles);
	if (profile && profile >= u.profiles)
		return diag_report(d, (struct finding){PROFILE_MISSING, source_span(&i->pe.data, 0, 0),
			.arg = {i->path, str_number(d->arena, profile)}});
	if (r->profiles && !take_all(i, r, own, a, &u, d))
		return false;
	*out = u;
	return true;
}

bool uki_find(const struct image *i, const struct stub_rules *r, u32 profile, struct arena *a,
              struct uki *out, struct diag *d)
{
	struct uki u;
	if (!uki_find_profile(i, r, profile, a, &u, d))
		return false;
	if (!u.part[UKI_LINUX].present)
		return diag_report(d, (struct finding){LINUX_MISSING, source_span(&i->pe.data, 0, 0),
			.arg = {i->path}});
	*out = u;
	return true;
}

struct source uki_source(const struct uki *u, enum uki_section s, struct arena *a)
{
	const struct uki_part *p = &u->part[s];
	struct join j = {.arena = a};
	if (!p->present || p->zeros == 0 || !join_add(&j, p->of, p->zeros))
		return p->of;
	struct source of = join_source(&j);
	of.file = p->of.file;
	of.base_off = p->of.base_off;
	return of;
}

bool uki_bytes(const struct uki *u, enum uki_section s, u64 max, struct arena *a,
               struct str *out, struct diag *d)
{
	const struct uki_part *p = &u->part[s];
	*out = (struct str){0};
	if (!p->present)
		return true;
	if (p->of.size > max)
		return diag_report(d, (struct finding){SECTION_LARGE, source_span(&p->of, 0, p->of.size),
			.arg = {sections[s].name, str_number(d->arena, p->of.size),
			        str_number(d->arena, max)}});
	return source_bytes(&p->of, 0, p->of.size, a, out) || source_failed(&p->of, 0, d);
}
