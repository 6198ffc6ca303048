// predict: what a boot will extend, as an event log: of a disk, or of EFI files by themselves.
// The stages are in boot.h; here is who comes first.
#include "measure/boot/internal.h"

static struct boot boot_new(const struct boot_options *o, struct arena *a, struct event_log *log,
                            struct diag *d)
{
	*log = (struct event_log){.set = o->set, .arena = a};
	return (struct boot){.options = o, .log = log, .arena = a, .diag = d};
}

static bool check_keys(const struct boot_options *o, struct diag *d)
{
	const struct secure_boot *s = &o->secure;
	if (s->on && !s->db.len)
		return diag_report(d, (struct finding){.rule = KEYS_WITHOUT_DB});
	return true;
}

static struct text given_options(const struct boot *b)
{
	struct text t = {0};
	return b->options->load_options.len ? text_from_utf8(b->arena, b->options->load_options) : t;
}

// ---- of a disk

static const struct default_file { struct str path; u16 machine; } default_files[] = {
	{STR("EFI/BOOT/BOOTX64.EFI"), 0x8664},
	{STR("EFI/BOOT/BOOTAA64.EFI"), 0xaa64},
};

// Firmware of one architecture passes over the files of others.
static bool open_default(struct boot *b, struct image *out)
{
	for (size_t k = 0; k < countof(default_files); k++) {
		const struct default_file *f = &default_files[k];
		bool missing;
		if (image_open(b->esp, f->path, b->arena, out, &missing, b->diag))
			return out->pe.machine == f->machine
			    || diag_report(b->diag, (struct finding){MACHINE_MISMATCH,
				source_span(&out->pe.data, 0, 0), .arg = {f->path}});
		if (!missing)
			return false;
	}
	return diag_report(b->diag, (struct finding){.rule = BOOT_FILE_MISSING});
}

static bool open_named(struct boot *b, struct image *out)
{
	struct str path = b->options->boot_path;
	bool missing;
	while (path.len && (*path.at == '/' || *path.at == '\\'))
		path = (struct str){path.at + 1, path.len - 1};
	return image_open(b->esp, path, b->arena, out, &missing, b->diag)
	    || (missing && diag_report(b->diag, (struct finding){BOOT_PATH_MISSING, .arg = {path}}));
}

// edk2's boot manager starts applications only; a loader may start the other kinds of image.
static bool is_application(const struct image *i, struct diag *d)
{
	enum { APPLICATION = 10 };
	return i->pe.subsystem == APPLICATION
	    || diag_report(d, (struct finding){NO_APPLICATION, source_span(&i->pe.data, 0, 0),
		.arg = {i->path, str_number(d->arena, i->pe.subsystem)}});
}

static bool boot_disk(struct boot *b)
{
	struct image *first = make(b->arena, 1, struct image);
	if (!(b->options->boot_path.len ? open_named(b, first) : open_default(b, first))
	    || !is_application(first, b->diag))
		return false;
	firmware_begin(b);
	return firmware_start(b, first) && image_run(b, first, given_options(b)) && boot_settle(b);
}

// bc13c2ff-59e6-4262-a352-b275fd6f7172, the second partition that systemd-boot looks at; one that
// firmware has no driver for is not there.
static void find_xbootldr(struct boot *b, const struct source *disk)
{
	static const u8 type[16] = {0xff, 0xc2, 0x13, 0xbc, 0xe6, 0x59, 0x62, 0x42,
	                            0xa3, 0x52, 0xb2, 0x75, 0xfd, 0x6f, 0x71, 0x72};
	struct source part;
	struct fat *volume;
	if (gpt_partition(b->gpt, type, disk, b->arena, &part)
	    && fat_open(&part, b->arena, &volume, diag_aside(b->arena, 1 << 16)))
		b->xbootldr = volume;
}

bool predict_disk(const struct source *disk, const struct boot_options *o, struct arena *a,
                  struct event_log *out, struct diag *d)
{
	struct event_log log;
	struct boot b = boot_new(o, a, &log, d);
	struct gpt gpt;
	struct source esp;
	struct fat *volume;
	if (!check_keys(o, d) || !gpt_read(disk, a, &gpt, d) || !gpt_esp(&gpt, disk, a, &esp, d)
	    || !fat_open(&esp, a, &volume, d))
		return false;
	b.gpt = &gpt;
	b.esp = volume;
	find_xbootldr(&b, disk);
	if (!boot_disk(&b))
		return false;
	*out = log;
	return true;
}

// ---- of files, in the order in which they are loaded

static bool run_file(struct boot *b, const struct image *files, size_t count, size_t k,
                     struct text *options)
{
	const struct image *i = &files[k];
	struct text given = *options;
	*options = (struct text){0};
	if (i->kind == IMAGE_SHIM)
		return shim_measure(b, i);
	if (i->kind == IMAGE_MENU && k + 1 < count)
		return menu_hand_over(b, i, &files[k + 1], options);
	return i->kind == IMAGE_MENU || image_run(b, i, given);
}

// A menu measures what it hands over after firmware has loaded the file that it starts.
static bool boot_files(struct boot *b, const struct image *files, size_t count)
{
	struct text options = given_options(b);
	firmware_begin(b);
	for (size_t k = 0; k < count; k++) {
		if (k == 0 ? !firmware_start(b, &files[k])
		           : !boot_image(b, &files[k], files[k].path, S("it is given as the next image")))
			return false;
		if (!run_file(b, files, count, k, &options))
			return false;
	}
	return boot_settle(b);
}

bool predict_files(const struct source *files, const struct str *names, size_t count,
                   const struct boot_options *o, struct arena *a, struct event_log *out,
                   struct diag *d)
{
	struct event_log log;
	struct boot b = boot_new(o, a, &log, d);
	struct image *images = make(a, count, struct image);
	if (!check_keys(o, d))
		return false;
	for (size_t k = 0; k < count; k++)
		if (!image_read(&files[k], names[k], NULL, a, &images[k], d))
			return false;
	if (!boot_files(&b, images, count))
		return false;
	*out = log;
	return true;
}
