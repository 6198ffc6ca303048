// stub_initrd: the initrd that systemd-stub puts together, and what of it goes into PCR12 and
// PCR13: archives of files beside the UKI, and what add-ons bring.
#include "measure/boot/internal.h"

// The archives of files beside the UKI, in the order in which they are measured.
static const struct archive {
	struct str folder;            // on the volume; empty: the UKI's own
	struct str suffix, but_not;
	struct cpio_folder to;
	bool extension;               // into PCR13, else PCR12
	bool needs_confext, needs_global;
	struct str what;
} archives[] = {
	{STR(""), STR(".cred"), STR(""), {STR(".extra/credentials"), 0500, 0400}, false, false,
	 false, STR("Credentials initrd")},
	{STR("loader/credentials"), STR(".cred"), STR(""),
	 {STR(".extra/global_credentials"), 0500, 0400}, false, false, false,
	 STR("Global credentials initrd")},
	{STR(""), STR(".raw"), STR(".confext.raw"), {STR(".extra/sysext"), 0555, 0444}, true, false,
	 false, STR("System extension initrd")},
	{STR("loader/extensions"), STR(".raw"), STR(".confext.raw"),
	 {STR(".extra/global_sysext"), 0555, 0444}, true, false, true,
	 STR("Global system extension initrd")},
	{STR(""), STR(".confext.raw"), STR(""), {STR(".extra/confext"), 0555, 0444}, false, true,
	 false, STR("Configuration extension initrd")},
	{STR("loader/extensions"), STR(".confext.raw"), STR(""),
	 {STR(".extra/global_confext"), 0555, 0444}, false, true, true,
	 STR("Global configuration extension initrd")},
};

// cpio's sizes have 32 bits, and the stub looks for memory below 4 GiB.
static bool too_large(struct boot *b, const struct stub *s)
{
	return diag_report(b->diag, (struct finding){INITRD_LARGE,
		source_span(&s->image->pe.data, 0, 0), .arg = {s->image->path}});
}

static void measure_archive(struct boot *b, const struct stub *s, const struct archive *k,
                            struct source of, size_t count)
{
	u32 pcr = k->extension ? s->rules->extensions_pcr : s->rules->parameters_pcr;
	struct event e = {.pcr = pcr, .type = EV_IPL,
		.why = S("the stub measures the archive that it makes of files beside the UKI")};
	e.data = text_with_nul(b->arena, text_from_utf8(b->arena, k->what));
	e.what = cat(b->arena, str_number(b->arena, count), S(" "), k->suffix, S(" files of "),
	             k->folder.len ? k->folder : s->folder);
	boot_event_over(b, e, of, 0);
}

static bool make_archive(struct boot *b, const struct stub *s, const struct archive *k,
                         struct source *out)
{
	struct companions files;
	struct source of;
	struct str but_not = s->rules->confext ? k->but_not : S("");
	if ((k->needs_confext && !s->rules->confext)
	    || (k->needs_global && !s->rules->global_extensions))
		return true;
	if (!companions_list(s->image->volume, k->folder.len ? k->folder : s->folder, k->suffix,
	                     but_not, b->arena, &files, b->diag))
		return false;
	if (!files.count)
		return true;
	if (!cpio_pack(&k->to, files.list, files.count, b->arena, &of))
		return too_large(b, s);
	measure_archive(b, s, k, of, files.count);
	*out = of;
	return true;
}

// ---- add-ons that are no text: tagged events with the file's name

enum { TAG_DTB = 0x6c46f751, TAG_INITRD = 0x49dffe0f };
static const u32 tag_ucode = 0xdac08e1a;

static void measure_addon(struct boot *b, const struct stub *s, u32 id,
                          const struct cpio_file *f)
{
	struct str name = text_with_nul(b->arena, text_from_utf8(b->arena, f->name));
	boot_event_over(b, (struct event){.pcr = s->rules->parameters_pcr, .type = EV_EVENT_TAG,
		.data = tag_data(b->arena, id, name), .what = cat(b->arena, S("the add-on "), f->name),
		.why = S("the stub measures what an add-on brings")}, f->of, 0);
}

static void measure_addons(struct boot *b, const struct stub *s, u32 id,
                           const struct cpio_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		measure_addon(b, s, id, &files[i]);
}

// ---- the initrd

// Part by part, each padded to four bytes; a single part is handed over as it is.
struct parts { struct join all; struct source only; size_t count; };

static bool add_part(struct parts *p, struct source of)
{
	if (of.size == 0)
		return true;
	p->only = of;
	p->count++;
	return join_add(&p->all, of, cpio_padding(of.size));
}

// Sections that become files of the initrd; their contents were measured as sections.
static bool add_literals(struct boot *b, const struct stub *s, struct parts *p)
{
	static const struct { struct str name; enum uki_section from; bool since_257; } files[] = {
		{STR("tpm2-pcr-signature.json"), UKI_PCRSIG, false},
		{STR("tpm2-pcr-public-key.pem"), UKI_PCRPKEY, false},
		{STR("os-release"), UKI_OSREL, true},
		{STR("profile"), UKI_PROFILE, true},
	};
	static const struct cpio_folder extra = {STR(".extra"), 0555, 0444};
	for (size_t i = 0; i < countof(files); i++) {
		struct source of;
		if (!s->uki.part[files[i].from].present
		    || (files[i].since_257 && !s->rules->os_release))
			continue;
		struct cpio_file file = {files[i].name, uki_source(&s->uki, files[i].from, b->arena)};
		if (!cpio_pack(&extra, &file, 1, b->arena, &of) || !add_part(p, of))
			return false;
	}
	return true;
}

// The kernel takes the first microcode that fits: add-ons before the UKI's, the last one first.
static bool add_ucode(struct boot *b, const struct stub *s, struct parts *p)
{
	for (size_t i = s->addons.ucode.count; i > 0; i--)
		if (!add_part(p, s->addons.ucode.list[i - 1].of))
			return false;
	return add_part(p, uki_source(&s->uki, UKI_UCODE, b->arena));
}

static bool add_all(struct boot *b, const struct stub *s, const struct source *made,
                    struct parts *p)
{
	if (!add_ucode(b, s, p) || !add_part(p, uki_source(&s->uki, UKI_INITRD, b->arena)))
		return false;
	for (size_t i = 0; i < countof(archives); i++)
		if (!add_part(p, made[i]))
			return false;
	if (!add_literals(b, s, p))
		return false;
	for (size_t i = 0; i < s->addons.initrd.count; i++)
		if (!add_part(p, s->addons.initrd.list[i].of))
			return false;
	return true;
}

// Up to 256 device trees come after the archives, since then before them.
static bool measure_parts(struct boot *b, const struct stub *s, struct source *made)
{
	bool dtb_first = s->rules->addon_initrd;
	if (dtb_first)
		measure_addons(b, s, TAG_DTB, s->addons.dtb.list, s->addons.dtb.count);
	for (size_t i = 0; i < countof(archives); i++)
		if (!make_archive(b, s, &archives[i], &made[i]))
			return false;
	if (!dtb_first)
		measure_addons(b, s, TAG_DTB, s->addons.dtb.list, s->addons.dtb.count);
	for (size_t i = s->addons.ucode.count; i > 0; i--)
		measure_addons(b, s, tag_ucode, &s->addons.ucode.list[i - 1], 1);
	measure_addons(b, s, TAG_INITRD, s->addons.initrd.list, s->addons.initrd.count);
	return true;
}

bool stub_initrd(struct boot *b, const struct stub *s, struct source *out)
{
	struct source made[countof(archives)] = {{0}};
	struct parts p = {.all = {.arena = b->arena}};
	if (!measure_parts(b, s, made))
		return false;
	if (!add_all(b, s, made, &p) || p.all.size > UINT32_MAX)
		return too_large(b, s);
	*out = p.count == 1 ? p.only : join_source(&p.all);
	return true;
}
