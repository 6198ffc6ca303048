// companions: files on the same volume that systemd-stub takes along with a UKI: add-ons,
// credentials, extension images. Names are ASCII, at most 255 long, not hidden; they are taken
// in the order of their characters, whatever the folder's is.
#include "measure/boot/internal.h"
#include <stdlib.h>

enum { COMPANIONS_MAX = 256, NAME_MAX_BYTES = 255, TEXT_MAX = 1 << 20 };

static bool is_taken(const struct fat_entry *e, struct str suffix, struct str but_not,
                     struct arena scratch)
{
	struct str name = text_lower(&scratch, e->name);
	if (e->folder || !name.len || name.at[0] == '.' || name.len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] >= 0x80)
			return false;
	return str_ends(name, suffix) && !(but_not.len && str_ends(name, but_not));
}

static int compare_names(const void *x, const void *y)
{
	const struct cpio_file *a = x, *b = y;
	return str_cmp(a->name, b->name);
}

static bool folder_there(const struct fat *volume, struct str folder, struct arena scratch,
                         bool *broken, struct diag *d)
{
	struct fat_entry e;
	return fat_find(volume, folder, &scratch, &e, broken, d) && e.folder;
}

static void add(struct companions *c, struct str name, struct source of, struct arena *a)
{
	c->list = grown(a, c->list, c->count, &c->cap, struct cpio_file);
	c->list[c->count++] = (struct cpio_file){name, of};
}

static bool too_many(struct str folder, size_t count, struct diag *d)
{
	return diag_report(d, (struct finding){.rule = FOLDER_LARGE, .arg = {folder,
		str_number(d->arena, count), str_number(d->arena, COMPANIONS_MAX)}});
}

bool companions_list(const struct fat *volume, struct str folder, struct str suffix,
                     struct str but_not, struct arena *a, struct companions *out, struct diag *d)
{
	struct fat_entry *entries;
	size_t count;
	struct companions found = {0};
	bool broken = false;
	*out = found;
	if (!volume || !folder.len || !folder_there(volume, folder, *a, &broken, d))
		return !broken;
	if (!fat_list(volume, folder, a, &entries, &count, d))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct source of;
		if (!is_taken(&entries[i], suffix, but_not, *a))
			continue;
		if (found.count == COMPANIONS_MAX)
			return too_many(folder, count, d);
		if (!fat_source(volume, &entries[i], a, &of, d))
			return false;
		add(&found, entries[i].name, of, a);
	}
	if (found.count)
		qsort(found.list, found.count, sizeof *found.list, compare_names);
	*out = found;
	return true;
}

// The name without its boot counter: "+3" or "+2-1" before the suffix (since 254).
static struct str without_count(struct arena *a, struct str path)
{
	size_t dot = path.len, plus;
	while (dot && path.at[dot - 1] != '.' && path.at[dot - 1] != '/')
		dot--;
	if (!dot || path.at[dot - 1] != '.')
		return path;
	for (plus = --dot; plus && (text_digit(path.at[plus - 1]) || path.at[plus - 1] == '-'); plus--)
		;
	if (!plus || path.at[plus - 1] != '+' || plus == dot || !text_digit(path.at[plus]))
		return path;
	return cat(a, ((struct str){path.at, plus - 1}),
	           ((struct str){path.at + dot, path.len - dot}));
}

struct str companions_folder(const struct image *i, const struct stub_rules *r, struct arena *a)
{
	enum { SINCE = 254 };
	if (!i->volume)
		return (struct str){0};
	return cat(a, r->from >= SINCE ? without_count(a, i->path) : i->path, S(".extra.d"));
}

// ---- add-ons: PE images without a kernel

// As strncmp over the add-on's size: the UKI's text ends at its NUL.
static bool same_uname(struct str uki, struct str addon)
{
	for (size_t i = 0; i < addon.len; i++) {
		u8 mine = i < uki.len ? uki.at[i] : 0;
		if (mine != addon.at[i])
			return false;
		if (mine == 0)
			return true;
	}
	return true;
}

// The add-on's sections; all `present` false when the stub passes over it.
static bool addon_sections(struct boot *b, const struct image *i, const struct stub_rules *r,
                           struct str uname, struct uki *out)
{
	struct uki u = {0};
	struct str own;
	if (!uki_find_profile(i, r, 0, b->arena, &u, b->diag)
	    || !uki_bytes(&u, UKI_UNAME, TEXT_MAX, b->arena, &own, b->diag))
		return false;
	if (u.part[UKI_LINUX].present || (uname.len && own.len && !same_uname(uname, own)))
		u = (struct uki){0};
	*out = u;
	return true;
}

static bool addon_take(struct boot *b, const struct stub_rules *r, const struct uki *u,
                       struct str name, struct text *line, struct addons *out)
{
	struct str bytes;
	if (!uki_bytes(u, UKI_CMDLINE, TEXT_MAX, b->arena, &bytes, b->diag))
		return false;
	if (u->part[UKI_CMDLINE].present) {
		struct text t = text_of_section(b->arena, bytes);
		// Since 257 each text is put in order by itself, before that only the whole.
		t = r->addon_initrd ? text_mangle(b->arena, t, r->mangle) : t;
		*line = text_append(b->arena, *line, t.units);
	}
	enum uki_section dtb = u->part[UKI_DTBAUTO].present ? UKI_DTBAUTO : UKI_DTB;
	if (r->addon_dtb && u->part[dtb].present)
		add(&out->dtb, name, uki_source(u, dtb, b->arena), b->arena);
	if (r->addon_initrd && u->part[UKI_INITRD].present)
		add(&out->initrd, name, uki_source(u, UKI_INITRD, b->arena), b->arena);
	if (r->addon_initrd && u->part[UKI_UCODE].present)
		add(&out->ucode, name, uki_source(u, UKI_UCODE, b->arena), b->arena);
	return true;
}

static bool addon_load(struct boot *b, const struct image *of, const struct stub_rules *r,
                       struct str path, const struct cpio_file *file, struct str uname,
                       struct text *line, struct addons *out)
{
	struct image *i = make(b->arena, 1, struct image);
	struct uki u;
	bool admitted;
	if (!image_read(&file->of, cat(b->arena, path, S("/"), file->name), of->volume, b->arena, i,
	                b->diag)
	    || !boot_admits(b, i, &admitted))
		return false;
	if (!admitted)
		return true;          // the stub says so on the console and goes on
	return boot_image(b, i, i->path, S("the stub has firmware load each add-on that it finds"))
	    && addon_sections(b, i, r, uname, &u)
	    && addon_take(b, r, &u, file->name, line, out);
}

static bool load_folder(struct boot *b, const struct image *i, const struct stub_rules *r,
                        struct str folder, struct str uname, struct text *line,
                        struct addons *out)
{
	struct companions files;
	if (!companions_list(i->volume, folder, S(".addon.efi"), S(""), b->arena, &files, b->diag))
		return false;
	for (size_t k = 0; k < files.count; k++)
		if (!addon_load(b, i, r, folder, &files.list[k], uname, line, out))
			return false;
	return true;
}

bool addons_load(struct boot *b, const struct image *i, const struct stub_rules *r,
                 struct str uname, struct addons *out)
{
	struct addons found = {0};
	if (r->addons != ADDONS_NONE
	    && (!load_folder(b, i, r, S("loader/addons"), uname, &found.by_folder[0], &found)
	        || !load_folder(b, i, r, companions_folder(i, r, b->arena), uname,
	                        &found.by_folder[1], &found)))
		return false;
	*out = found;
	return true;
}
