// menu: systemd-boot: loader.conf, the entry that it starts by itself, and what it hands over.
// Read from the sources of 252 to 257 and 262; nobody sits at the menu.
// cycle: stage.c: what the menu starts is a stage again.
#include "measure/boot/internal.h"

enum { CONF_MAX = 1 << 20 };

// What changed besides what the stub of the same version knows (uki.c).
enum { MEASURES_CONF_SINCE = 255, KEEPS_CMDLINE_SINCE = 255, PADS_INITRD_SINCE = 257,
       SMBIOS_SINCE = 256, SKIPS_EMPTY_SINCE = 258, PREFERS_SINCE = 260, TAKES_EXTRA_SINCE = 261 };

static u32 version_of(struct boot *b, const struct image *i)
{
	u32 version = i->version ? i->version : STUB_NEWEST;
	if (version > STUB_NEWEST || version < STUB_OLDEST)
		diag_report(b->diag, (struct finding){STUB_UNKNOWN, source_span(&i->pe.data, 0, 0),
			.arg = {i->path, str_number(b->diag->arena, version),
			        str_number(b->diag->arena, version > STUB_NEWEST ? STUB_NEWEST
			                                                         : STUB_OLDEST)}});
	return version;
}

// ---- loader.conf

static bool read_conf(struct boot *b, const struct fat *v, struct str *out, bool *there)
{
	struct fat_entry e;
	struct source s;
	bool broken = false;
	*there = fat_find(v, S("loader/loader.conf"), b->arena, &e, &broken, b->diag) && !e.folder;
	if (!*there)
		return !broken;
	if (!fat_source(v, &e, b->arena, &s, b->diag))
		return false;
	if (s.size > CONF_MAX)
		return diag_report(b->diag, (struct finding){ENTRY_LARGE, source_span(&s, 0, 0),
			.arg = {S("loader.conf"), str_number(b->diag->arena, CONF_MAX)}});
	return source_bytes(&s, 0, s.size, b->arena, out) || source_failed(&s, 0, b->diag);
}

static void measure_conf(struct boot *b, struct str conf)
{
	static const struct str data = STR("\x2a\x58\xbc\xf5\x18\0\0\0"
		"l\0o\0a\0d\0e\0r\0.\0c\0o\0n\0f\0\0\0");
	boot_event(b, (struct event){.pcr = 5, .type = EV_EVENT_TAG, .data = data,
		.what = S("loader/loader.conf"), .why = S("the menu measures its configuration")},
		conf);
}

static struct str conf_value(struct str conf, struct str name)
{
	struct str key, value, found = {0};
	while (config_line(&conf, S(" \t"), &key, &value))
		if (str_eq(key, name) && !str_starts(value, S("@")))
			found = value;
	return found;
}

// ---- entries

static bool list_volume(struct boot *b, const struct fat *v, const struct menu *m, struct str own,
                        struct entries *e)
{
	return !v || (entries_type2(v, m->rules, b->arena, e, b->diag)
	              && entries_type1(v, m, own, b->arena, e, b->diag));
}

static const struct entry *choose_entry(struct boot *b, const struct image *i, u32 version,
                                  struct str conf)
{
	struct menu m = {stub_rules_of(version), machine_suffix(i->pe.machine)};
	struct entries e = {0};
	if (!list_volume(b, i->volume, &m, i->path, &e) || !list_volume(b, b->xbootldr, &m, S(""), &e))
		return NULL;
	entries_sort(&e);
	struct str preferred = version >= PREFERS_SINCE ? conf_value(conf, S("preferred")) : S("");
	struct str pattern = preferred.len ? preferred : conf_value(conf, S("default"));
	const struct entry *found = entries_choose(&e, pattern, *b->arena);
	if (!found)
		diag_report(b->diag, (struct finding){ENTRIES_MISSING, source_span(&i->pe.data, 0, 0),
			.arg = {i->path}});
	return found;
}

// ---- what is handed over

static bool open_initrd(struct boot *b, const struct entry *e, struct str path,
                        struct source *out)
{
	struct fat_entry f;
	bool broken = false;
	if (!fat_find(e->volume, path, b->arena, &f, &broken, b->diag))
		return !broken && diag_report(b->diag, (struct finding){.rule = INITRD_MISSING,
			.arg = {e->id, path}});
	return fat_source(e->volume, &f, b->arena, out, b->diag);
}

// The files of a Type #1 entry, one behind the other, and their names for old kernels.
static bool prepare_initrd(struct boot *b, const struct entry *e, u32 version, struct join *j,
                           struct buf *names)
{
	for (size_t i = 0; i < e->initrd_count; i++) {
		struct source s;
		bool last = i + 1 == e->initrd_count;
		if (!open_initrd(b, e, e->initrds[i], &s))
			return false;
		if (s.size || version < SKIPS_EMPTY_SINCE)
			put(names, names->len ? S(" ") : S(""), S("initrd="), e->initrds[i]);
		u64 pad = version >= PADS_INITRD_SINCE && !last ? (4 - s.size % 4) % 4 : 0;
		if (!join_add(j, s, pad) || j->size > UINT32_MAX)
			return diag_report(b->diag, (struct finding){.rule = INITRD_LARGE,
				.arg = {e->id}});
	}
	return true;
}

// Up to 254 the menu hands over the UKI's own .cmdline; since then only what is not in it.
static bool uki_options(struct boot *b, const struct image *i, u32 version, u32 profile,
                        struct text *out)
{
	const struct stub_rules *r = stub_rules_of(version);
	struct uki u;
	struct str line;
	*out = (struct text){0};
	if (profile)
		*out = text_from_utf8(b->arena, cat(b->arena, S("@"), str_number(b->arena, profile)));
	if (version >= KEEPS_CMDLINE_SINCE)
		return true;
	if (!uki_find_profile(i, r, 0, b->arena, &u, b->diag)
	    || !uki_bytes(&u, UKI_CMDLINE, CONF_MAX, b->arena, &line, b->diag))
		return false;
	if (u.part[UKI_CMDLINE].present)
		*out = text_mangle(b->arena, text_of_section(b->arena, line), r->mangle);
	return true;
}

static void measure_options(struct boot *b, u32 version, struct text t)
{
	struct str units = text_with_nul(b->arena, t);
	if (t.present)
		boot_event(b, (struct event){.pcr = stub_rules_of(version)->parameters_pcr,
			.type = EV_IPL, .data = units,
			.what = cat(b->arena, S("the menu's options: "), text_utf8(b->arena, t)),
			.why = S("the menu measures each command line that it hands over")}, units);
}

bool menu_hand_over(struct boot *b, const struct image *menu, const struct image *next,
                    struct text *out)
{
	u32 version = version_of(b, menu);
	if (next->kind != IMAGE_STUB) {
		*out = (struct text){0};
		return true;
	}
	if (!uki_options(b, next, version, 0, out))
		return false;
	measure_options(b, version, *out);
	return true;
}

// What the host adds to a kernel's line, behind a blank; of a UKI it is the stub's affair.
static struct text with_smbios(struct boot *b, const struct entry *e, u32 version, struct text t)
{
	struct text more = text_from_utf8(b->arena, b->options->smbios_cmdline);
	if (!e->is_linux || version < SMBIOS_SINCE || !more.units.len)
		return t;
	return t.units.len ? text_append(b->arena, t, more.units) : more;
}

static bool entry_options(struct boot *b, const struct entry *e, const struct image *i,
                          u32 version, struct join *initrd, struct text *out)
{
	struct buf line = buf_new(b->arena, (size_t)4 * CONF_MAX);
	if (e->is_uki)
		return uki_options(b, i, version, e->profile, out);
	if (e->is_linux && !prepare_initrd(b, e, version, initrd, &line))
		return false;
	if (e->has_options)
		put(&line, line.len ? S(" ") : S(""), buf_str(&e->options));
	struct text t = {0};
	if (line.len || e->has_options)
		t = text_of_section(b->arena, buf_str(&line));
	t = with_smbios(b, e, version, t);
	if (e->profile) {
		struct text number = text_from_utf8(b->arena,
			cat(b->arena, S("@"), str_number(b->arena, e->profile)));
		t = t.units.len ? text_append(b->arena, number, t.units) : number;
	}
	*out = t;
	return true;
}

// Packed as the stub packs what lies beside a UKI; how was not seen in a boot.
static bool leaves_extra(struct boot *b, const struct entry *e, u32 version)
{
	static const struct str what = STR("the files that the entry names with `extra`");
	static const struct str why = STR("how the menu packs them is not known");
	if (!e->has_extra || version < TAKES_EXTRA_SINCE)
		return false;
	boot_event_unknown(b, 12, EV_IPL, what, why);
	boot_event_unknown(b, 13, EV_IPL, what, why);
	diag_report(b->diag, (struct finding){.rule = ENTRY_EXTRA, .arg = {e->id}});
	return true;
}

static bool start_entry(struct boot *b, const struct entry *e, u32 version)
{
	struct image *i = make(b->arena, 1, struct image);
	struct join initrd = {.arena = b->arena};
	struct text options;
	bool missing;
	if (!image_open(e->volume, e->loader, b->arena, i, &missing, b->diag))
		return missing ? diag_report(b->diag, (struct finding){NEXT_MISSING,
			.arg = {e->id, e->loader}}) : false;
	if (!boot_image(b, i, e->loader, cat(b->arena, S("the menu starts its entry "), e->id))
	    || !entry_options(b, e, i, version, &initrd, &options))
		return false;
	bool extra = leaves_extra(b, e, version);
	measure_options(b, version, options);
	if (i->kind != IMAGE_KERNEL)
		return image_run(b, i, options);
	struct handover h = {.options = options, .initrd = join_source(&initrd)};
	if (extra)
		h.initrd_unknown = S("the menu adds the files that the entry names with `extra`");
	kernel_run(b, &i->pe.data, e->loader, &h);
	return true;
}

bool menu_run(struct boot *b, const struct image *i)
{
	u32 version = version_of(b, i);
	struct str conf = {0};
	bool there;
	if (!read_conf(b, i->volume, &conf, &there))
		return false;
	if (there && version >= MEASURES_CONF_SINCE)
		measure_conf(b, conf);
	const struct entry *e = choose_entry(b, i, version, conf);
	return e && start_entry(b, e, version);
}
