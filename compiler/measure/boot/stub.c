// stub: systemd-stub: the sections into PCR11, what is added to the command line and the initrd
// into PCR12 and PCR13 (stub_line.c, stub_initrd.c), then the kernel. The rows of uki.c say what
// each version does.
#include "measure/boot/internal.h"

static const struct stub_rules *pick_rules(struct boot *b, const struct image *i)
{
	u32 version = i->version, assumed = b->options->assume_stub;
	struct span at = source_span(&i->pe.data, 0, 0);
	struct arena *a = b->diag->arena;
	if (assumed)
		version = assumed;
	if (version == 0) {           // 252 of Amazon Linux for arm64 has no .sdmagic
		version = 252;
		diag_report(b->diag, (struct finding){
			machine_is_x64(i->pe.machine) ? STUB_FOREIGN : STUB_UNNAMED, at, .arg = {i->path}});
	}
	if (version > STUB_NEWEST || version < STUB_OLDEST)
		diag_report(b->diag, (struct finding){STUB_UNKNOWN, at, .arg = {i->path,
			str_number(a, version),
			str_number(a, version > STUB_NEWEST ? STUB_NEWEST : STUB_OLDEST)}});
	return stub_rules_of(version);
}

// ---- PCR11

static void measure_section(struct boot *b, const struct stub *s, enum uki_section k)
{
	const struct uki_part *part = &s->uki.part[k];
	struct str name = uki_section_name(k);
	struct event e = {.pcr = 11, .type = EV_IPL, .image = &s->image->pe,
		.why = S("the stub measures each section that it uses: its name, then its content")};
	e.data = text_with_nul(b->arena, text_from_utf8(b->arena, name));
	e.what = cat(b->arena, S("the name "), name);
	boot_event(b, e, cat(b->arena, name, S("\0")));
	e.what = cat(b->arena, S("the section "), name, S(" of "), s->image->path);
	e.covered = (struct range){part->off, part->of.size};
	e.zeros = part->zeros;
	boot_event_over(b, e, part->of, part->zeros);
}

// Which of several device trees or firmware images a machine needs is the machine's affair.
static bool depends_on_machine(const struct stub *s, enum uki_section k)
{
	return (k == UKI_DTBAUTO || k == UKI_EFIFW)
	    && (s->uki.part[UKI_HWIDS].present || !machine_is_x64(s->image->pe.machine));
}

// Its name and its content, or neither: no section of the name may fit.
static void leave_section_open(struct boot *b, enum uki_section k)
{
	struct str name = uki_section_name(k);
	struct event e = {.pcr = 11, .type = EV_IPL, .unknown = true, .optional = true, .what = name,
	                  .why = S("the stub takes the one that fits the machine")};
	e.data = text_with_nul(b->arena, text_from_utf8(b->arena, name));
	for (size_t i = 0; i < 2 && boot_wants(b, e.pcr); i++)
		event_add(b->log, e);
}

static void measure_sections(struct boot *b, const struct stub *s)
{
	for (size_t k = 0; k < UKI_SECTIONS; k++) {
		if (!s->uki.part[k].present || !uki_section_measured((enum uki_section)k))
			continue;
		if (depends_on_machine(s, (enum uki_section)k))
			leave_section_open(b, (enum uki_section)k);
		else if (k != UKI_DTBAUTO && k != UKI_EFIFW)
			measure_section(b, s, (enum uki_section)k);
	}
}

// ---- PCR12: the profile

// "@1" in front of the load options, and the one blank behind it.
static bool read_profile(struct text *options, u32 *out)
{
	u64 n = 0;
	size_t i = 1;
	u16 unit;
	if (text_unit(*options, 0) != '@')
		return false;
	for (; (unit = text_unit(*options, i)) >= '0' && unit <= '9' && i < 10; i++)
		n = n * 10 + unit - '0';
	if (i == 1 || (unit != 0 && unit != ' '))
		return false;
	i += unit == ' ';
	struct str rest;
	if (!str_sub(options->units, i * 2, options->units.len - i * 2, &rest))
		return false;
	options->units = rest;
	*out = (u32)n;
	return true;
}

static void measure_profile(struct boot *b, const struct stub *s)
{
	static const u32 tag_profile = 0x13aed6db;
	struct text number = text_from_utf8(b->arena, str_number(b->arena, s->profile));
	struct str units = text_with_nul(b->arena, number);
	if (s->profile)
		boot_event(b, (struct event){.pcr = s->rules->parameters_pcr, .type = EV_EVENT_TAG,
			.data = tag_data(b->arena, tag_profile, units), .what = S("the number of the profile"),
			.why = S("the stub measures the choice of another profile than the first")},
			units);
}

// ---- the kernel in it

// A console that a new stub appends is seen by nobody but the kernel.
static struct str line_unknown(const struct stub *s, struct arena scratch)
{
	size_t off;
	struct str line = text_utf8(&scratch, s->line);
	if (!s->rules->boot_secret || str_starts(line, S("console="))
	    || str_find(line, S(" console="), &off))
		return S("");
	return S("this stub appends the consoles that it finds unless the line names one");
}

static bool measure_kernel(struct boot *b, const struct stub *s)
{
	struct image *kernel = make(b->arena, 1, struct image);
	struct source linux = uki_source(&s->uki, UKI_LINUX, b->arena);
	bool by_firmware = s->rules->start == BY_LOAD_IMAGE && !b->options->secure.on;
	if (!by_firmware && !(b->shim && b->shim->measures_kernels))
		return true;
	if (!image_read(&linux, cat(b->arena, S("the kernel in "), s->image->path), NULL, b->arena,
	                kernel, b->diag))
		return false;
	kernel->inner = true;
	return boot_image(b, kernel, kernel->path,
	                  by_firmware
	                  ? S("this stub has firmware load the kernel, and firmware measures it")
	                  : S("shim 16.0 loads it for the stub, judges it and measures it"));
}

static void run_kernel(struct boot *b, const struct stub *s, struct source initrd)
{
	struct handover h = {.options = s->line, .initrd = initrd};
	h.options_unknown = line_unknown(s, *b->arena);
	if (s->rules->start == BY_HANDOVER && machine_is_x64(s->image->pe.machine))
		h.options.present = false;
	if (s->rules->boot_secret)
		h.initrd_unknown = S("this stub adds a secret when firmware has random numbers for it");
	struct source linux = uki_source(&s->uki, UKI_LINUX, b->arena);
	kernel_run(b, &linux, s->image->path, &h);
}

bool stub_run(struct boot *b, const struct image *i, struct text options)
{
	struct stub s = {.image = i, .rules = pick_rules(b, i)};
	struct source initrd;
	s.folder = companions_folder(i, s.rules, b->arena);
	bool chosen = s.rules->profiles && read_profile(&options, &s.profile);
	if (!uki_find(i, s.rules, chosen ? s.profile : 0, b->arena, &s.uki, b->diag))
		return false;
	uki_warn(i, s.rules, s.profile, b->diag);
	if (chosen)
		measure_profile(b, &s);
	if (s.rules->measures_sections)
		measure_sections(b, &s);
	if (!stub_line(b, &s, options) || !stub_initrd(b, &s, &initrd) || !measure_kernel(b, &s))
		return false;
	run_kernel(b, &s, initrd);
	return true;
}
