// entry: what systemd-boot finds to choose from: Type #1 files of loader/entries, Type #2 UKIs of
// EFI/Linux (uapi-group.org, Boot Loader Specification), in its order.
#include "measure/boot/internal.h"
#include <stdlib.h>

enum { ENTRY_MAX = 1 << 20, ENTRIES_MAX = 256, PROFILES_MAX = 256 };

static struct str skip(struct str s, size_t n) { return (struct str){s.at + n, s.len - n}; }

static bool has(struct str set, u8 c)
{
	size_t off;
	return str_find(set, (struct str){&c, 1}, &off);
}

static struct str strip(struct str s)
{
	while (s.len && has(S(" \t"), *s.at))
		s = skip(s, 1);
	while (s.len && has(S(" \t"), s.at[s.len - 1]))
		s.len--;
	return s;
}

static struct str next_line(struct str *text)
{
	size_t n = 0;
	while (n < text->len && !has(S("\n\r"), text->at[n]))
		n++;
	struct str line = {text->at, n};
	*text = skip(*text, n + (n < text->len));
	return line;
}

static struct str unquote(struct str s)
{
	if (s.len >= 2 && has(S("\"'"), *s.at) && s.at[s.len - 1] == *s.at)
		return (struct str){s.at + 1, s.len - 2};
	return s;
}

// A line without a separator says nothing; the text ends at a NUL.
bool config_line(struct str *text, struct str separators, struct str *key, struct str *value)
{
	(void)str_cut(*text, 0, text);
	while (text->len) {
		struct str line = strip(next_line(text));
		size_t n = 0;
		while (n < line.len && !has(separators, line.at[n]))
			n++;
		if (n == line.len || *line.at == '#')
			continue;
		*key = (struct str){line.at, n};
		while (n < line.len && has(separators, line.at[n]))
			n++;
		*value = unquote(skip(line, n));
		return true;
	}
	return false;
}

static struct entry *entry_new(struct entries *e, struct arena *a)
{
	e->list = grown(a, e->list, e->count, &e->cap, struct entry);
	return &e->list[e->count++];
}

// ---- boot counters: NAME+LEFT-DONE.suffix

static size_t digits(struct str s)
{
	size_t n = 0;
	while (n < s.len && text_digit(s.at[n]))
		n++;
	return n;
}

static size_t last_plus(struct str name)
{
	size_t n = name.len;
	while (n && name.at[n - 1] != '+')
		n--;
	return n;                     // behind it; 0: there is none
}

// The id is what the name says without its counter.
static void read_counter(struct entry *e, struct str name, struct str suffix, struct arena *a)
{
	size_t plus = last_plus(name);
	struct str rest = skip(name, plus);
	u64 left, done = 0;
	size_t n = digits(rest);
	e->id = name;
	if (!plus || !str_u64((struct str){rest.at, n}, &left))
		return;
	rest = skip(rest, n);
	if (rest.len && *rest.at == '-') {
		n = digits(skip(rest, 1));
		if (!str_u64((struct str){rest.at + 1, n}, &done))
			return;
		rest = skip(rest, n + 1);
	}
	if (!str_eq(rest, suffix))
		return;
	e->counted = true;
	e->tries_left = left;
	e->tries_done = done;
	e->id = cat(a, ((struct str){name.at, plus - 1}), suffix);
}

// ---- folders

static bool is_entry(const struct fat_entry *f, struct str suffix, struct arena scratch)
{
	struct str name = text_lower(&scratch, f->name);
	return !f->folder && name.len && *name.at != '.' && str_ends(name, suffix)
	    && !str_starts(name, S("auto-"));
}

// The files of a folder that are entries by their names; none when there is no folder.
static bool list_folder(const struct fat *v, struct str folder, struct str suffix,
                        struct arena *a, struct fat_entry **out, size_t *count, struct diag *d)
{
	struct fat_entry e, *all;
	size_t all_count, n = 0;
	bool broken = false;
	*count = 0;
	if (!fat_find(v, folder, a, &e, &broken, d) || !e.folder)
		return !broken;
	if (!fat_list(v, folder, a, &all, &all_count, d))
		return false;
	for (size_t i = 0; i < all_count; i++)
		if (is_entry(&all[i], suffix, *a))
			all[n++] = all[i];
	*out = all;
	*count = n;
	return n <= ENTRIES_MAX || diag_report(d, (struct finding){.rule = FOLDER_LARGE,
		.arg = {folder, str_number(d->arena, n), str_number(d->arena, ENTRIES_MAX)}});
}

static bool read_text(const struct fat *v, const struct fat_entry *f, struct arena *a,
                      struct str *out, struct diag *d)
{
	struct source s;
	*out = (struct str){0};
	if (!fat_source(v, f, a, &s, d))
		return false;
	if (s.size > ENTRY_MAX)
		return diag_report(d, (struct finding){ENTRY_LARGE, source_span(&s, 0, s.size),
			.arg = {f->name, str_number(d->arena, ENTRY_MAX)}});
	return source_bytes(&s, 0, s.size, a, out) || source_failed(&s, 0, d);
}

// ---- Type #1

// Paths as firmware wants them: one backslash between two names.
static struct str firmware_path(struct arena *a, struct str s)
{
	struct buf b = buf_new(a, s.len);
	for (size_t i = 0; i < s.len; i++) {
		u8 c = s.at[i] == '/' ? '\\' : s.at[i];
		if (c != '\\' || !b.len || b.at[b.len - 1] != '\\')
			buf_byte(&b, c);
	}
	return buf_str(&b);
}

static void add_initrd(struct entry *e, struct str path, struct arena *a)
{
	e->initrds = grown(a, e->initrds, e->initrd_count, &e->initrd_cap, struct str);
	e->initrds[e->initrd_count++] = firmware_path(a, path);
}

static void add_options(struct entry *e, struct str value, struct arena *a)
{
	if (!e->has_options)
		e->options = buf_new(a, ENTRY_MAX);
	put(&e->options, e->has_options ? S(" ") : S(""), value);
	e->has_options = true;
}

static bool read_profile(struct str value, u32 *out)
{
	u64 n;
	if (!str_u64(value, &n) || n > UINT32_MAX)
		return false;
	*out = (u32)n;
	return true;
}

// `uki` is known since 258.
static bool is_loader(struct str key, const struct stub_rules *r)
{
	return str_eq(key, S("linux")) || str_eq(key, S("efi"))
	    || (str_eq(key, S("uki")) && r->start == BY_ITSELF);
}

// False when the entry is not for this machine.
static bool set_key(struct entry *e, struct str key, struct str value,
                    const struct stub_rules *r, struct str suffix, struct arena *a)
{
	if (str_eq(key, S("sort-key")))
		e->sort_key = value;
	else if (str_eq(key, S("version")))
		e->version = value;
	else if (str_eq(key, S("machine-id")))
		e->machine_id = value;
	else if (str_eq(key, S("initrd")))
		add_initrd(e, value, a);
	else if (str_eq(key, S("options")))
		add_options(e, value, a);
	else if (str_eq(key, S("extra")))
		e->has_extra = true;
	else if (str_eq(key, S("architecture")))
		return str_eq(text_lower(a, value), suffix);
	else if (str_eq(key, S("profile")) && r->start == BY_ITSELF)
		(void)read_profile(value, &e->profile);
	else if (is_loader(key, r)) {
		e->loader = firmware_path(a, value);
		e->is_linux = str_eq(key, S("linux"));
		e->is_efi = str_eq(key, S("efi"));
	}
	return true;
}

static bool there(const struct fat *v, struct str path, struct arena scratch, struct diag *d)
{
	struct fat_entry e;
	bool broken = false;
	return path.len && fat_find(v, path, &scratch, &e, &broken, d) && !e.folder;
}

// The menu passes over `efi` entries for itself.
static bool is_own(const struct entry *e, struct str own, struct arena scratch)
{
	struct str mine = text_lower(&scratch, firmware_path(&scratch, cat(&scratch, S("/"), own)));
	return own.len && e->is_efi && str_eq(text_lower(&scratch, e->loader), mine);
}

bool entries_type1(const struct fat *v, const struct menu *m, struct str own, struct arena *a,
                   struct entries *out, struct diag *d)
{
	struct fat_entry *files;
	size_t count;
	if (!list_folder(v, S("loader/entries"), S(".conf"), a, &files, &count, d))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct entry e = {.volume = v};
		struct str text, key, value;
		bool mine = true;
		if (!read_text(v, &files[i], a, &text, d))
			return false;
		while (mine && config_line(&text, S(" \t"), &key, &value))
			mine = set_key(&e, key, value, m->rules, m->suffix, a);
		if (!mine || is_own(&e, own, *a) || !there(v, e.loader, *a, d))
			continue;
		read_counter(&e, text_lower(a, files[i].name), S(".conf"), a);
		*entry_new(out, a) = e;
	}
	return true;
}

// ---- Type #2

struct os_release { struct str name, sort_key, version; };

// Each wish takes the first of its keys that is there.
static struct os_release read_os_release(struct str text)
{
	static const struct str names[] = {STR("PRETTY_NAME"), STR("IMAGE_ID"), STR("NAME"),
	                                   STR("ID")};
	static const struct str sort_keys[] = {STR("IMAGE_ID"), STR("ID")};
	static const struct str versions[] = {STR("IMAGE_VERSION"), STR("VERSION"),
	                                      STR("VERSION_ID"), STR("BUILD_ID")};
	struct str found[3][4] = {{{0}}}, key, value;
	while (config_line(&text, S("="), &key, &value)) {
		for (size_t i = 0; i < 4; i++) {
			if (str_eq(key, names[i]))
				found[0][i] = value;
			if (i < countof(sort_keys) && str_eq(key, sort_keys[i]))
				found[1][i] = value;
			if (str_eq(key, versions[i]))
				found[2][i] = value;
		}
	}
	struct str best[3] = {{0}};
	for (size_t k = 0; k < 3; k++)
		for (size_t i = 4; i > 0; i--)
			best[k] = found[k][i - 1].at ? found[k][i - 1] : best[k];
	return (struct os_release){best[0], best[1], best[2]};
}

// A profile of a UKI is an entry when its os-release has a name. False behind the last one.
static bool add_profile(const struct image *i, const struct stub_rules *r, u32 profile,
                        struct str name, struct arena *a, struct entries *out, struct diag *quiet)
{
	struct uki u;
	struct str text;
	if (!uki_find_profile(i, r, profile, a, &u, quiet)
	    || !uki_bytes(&u, UKI_OSREL, ENTRY_MAX, a, &text, quiet))
		return false;
	bool more = (size_t)profile + 1 < u.profiles;
	struct os_release os = read_os_release(text);
	if (!os.name.at)
		return more;
	struct entry e = {.volume = i->volume, .loader = i->path, .is_uki = true,
	                  .sort_key = os.sort_key, .version = os.version, .profile = profile};
	read_counter(&e, text_lower(a, name), S(".efi"), a);
	*entry_new(out, a) = e;
	return more;
}

// An image that the menu can't read is no entry, and no finding: nothing starts it.
static void add_uki(const struct fat *v, const struct fat_entry *f, const struct stub_rules *r,
                    struct arena *a, struct entries *out)
{
	struct diag *quiet = diag_aside(a, 1 << 13);
	struct image *i = make(a, 1, struct image);
	struct source file;
	if (!fat_source(v, f, a, &file, quiet)
	    || !image_read(&file, cat(a, S("EFI/Linux/"), f->name), v, a, i, quiet))
		return;
	u32 profile = 0;
	while (add_profile(i, r, profile, f->name, a, out, quiet) && profile + 1 < PROFILES_MAX)
		profile++;
}

bool entries_type2(const struct fat *v, const struct stub_rules *r, struct arena *a,
                   struct entries *out, struct diag *d)
{
	struct fat_entry *files;
	size_t count;
	if (!list_folder(v, S("EFI/Linux"), S(".efi"), a, &files, &count, d))
		return false;
	for (size_t i = 0; i < count; i++)
		add_uki(v, &files[i], r, a, out);
	return true;
}

// ---- order and choice

static int compare_u64(u64 a, u64 b) { return (a > b) - (a < b); }

static int compare_keys(const struct entry *a, const struct entry *b)
{
	int order = str_cmp(a->sort_key, b->sort_key);
	order = order ? order : str_cmp(a->machine_id, b->machine_id);
	return order ? order : -version_compare(a->version, b->version);
}

static bool is_spent(const struct entry *e) { return e->counted && e->tries_left == 0; }

// Spent ones last; those with a sort key first, by it; the newest version, then the last name.
static int compare_entries(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	int order = compare_u64(is_spent(a), is_spent(b));
	order = order ? order : compare_u64(!a->sort_key.at, !b->sort_key.at);
	if (!order && a->sort_key.at)
		order = compare_keys(a, b);
	order = order ? order : -version_compare(a->id, b->id);
	order = order ? order : compare_u64(a->profile, b->profile);
	if (order || !a->counted || !b->counted)
		return order;
	order = -compare_u64(a->tries_left, b->tries_left);
	return order ? order : compare_u64(a->tries_done, b->tries_done);
}

void entries_sort(struct entries *e)
{
	if (e->count)
		qsort(e->list, e->count, sizeof *e->list, compare_entries);
}

const struct entry *entries_choose(const struct entries *e, struct str pattern,
                                   struct arena scratch)
{
	struct str low = text_lower(&scratch, pattern);
	for (size_t i = 0; i < e->count && pattern.len; i++) {
		struct entry *k = &e->list[i];
		struct str number = cat(&scratch, k->id, S("@"), str_number(&scratch, k->profile));
		if (glob_matches(low, k->profile ? number : k->id))
			return k;
	}
	return e->count ? &e->list[0] : NULL;
}
