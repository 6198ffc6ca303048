// stub_line: the command line that systemd-stub hands over, and what of it goes into PCR12: load
// options, add-ons, the host's SMBIOS text, in this order.
#include "measure/boot/internal.h"

enum { TEXT_MAX = 1 << 20 };

static void measure_line(struct boot *b, const struct stub *s, struct text t, struct str what)
{
	struct str units = text_with_nul(b->arena, t);
	boot_event(b, (struct event){.pcr = s->rules->parameters_pcr, .type = EV_IPL, .data = units,
		.what = cat(b->arena, what, S(": "), text_utf8(b->arena, t)),
		.why = S("the stub measures each command line that is not in the UKI")}, units);
}

// Some machines put bytes into load options that are no text: the first character tells, since
// 258 any of them.
static bool is_text(const struct stub *s, struct text t)
{
	size_t count = s->rules->start == BY_ITSELF ? t.units.len / 2 : 1;
	for (size_t i = 0; i < count; i++) {
		u16 unit = text_unit(t, i);
		if (unit <= 0x1f)
			return unit == 0 && i > 0;
	}
	return t.units.len >= 2;
}

// Load options stand in for .cmdline unless Secure Boot is on and there is one.
static bool settle_line(struct boot *b, struct stub *s, struct text options)
{
	struct str bytes;
	bool own = s->uki.part[UKI_CMDLINE].present;
	if (!uki_bytes(&s->uki, UKI_CMDLINE, TEXT_MAX, b->arena, &bytes, b->diag))
		return false;
	struct text given = text_mangle(b->arena, options, s->rules->mangle);
	bool useful = options.present && (given.units.len || !s->rules->profiles);
	if (useful && !(b->options->secure.on && own)) {
		measure_line(b, s, given, S("load options"));
		s->line = given;
	} else if (own) {
		s->line = text_mangle(b->arena, text_of_section(b->arena, bytes), s->rules->mangle);
	}
	return true;
}

static void append_line(struct boot *b, struct stub *s, struct text more, struct str what)
{
	more = text_mangle(b->arena, more, s->rules->mangle);
	if (!more.units.len)
		return;
	measure_line(b, s, more, what);
	s->line = text_append(b->arena, s->line, more.units);
}

static void append_addons(struct boot *b, struct stub *s)
{
	struct text *of = s->addons.by_folder;
	if (s->rules->addons == ADDONS_BY_FOLDER) {
		append_line(b, s, of[0], S("add-ons of loader/addons"));
		append_line(b, s, of[1], S("add-ons of the UKI"));
	} else if (of[1].units.len) {
		append_line(b, s, text_append(b->arena, of[0], of[1].units), S("add-ons"));
	} else {
		append_line(b, s, of[0], S("add-ons"));
	}
}

// 254 to 256 take the text as it is, and write "(null)" where there was no line.
static void append_smbios(struct boot *b, struct stub *s)
{
	struct text more = text_from_utf8(b->arena, b->options->smbios_cmdline);
	if (!s->rules->smbios || !more.units.len)
		return;
	if (s->rules->smbios_mangled) {
		append_line(b, s, more, S("SMBIOS text"));
		return;
	}
	struct text none = text_from_utf8(b->arena, S("(null)"));
	struct text line = s->line.present ? s->line : none;
	measure_line(b, s, more, S("SMBIOS text"));
	s->line = (struct text){true, cat(b->arena, line.units, S(" \0"), more.units)};
}

static struct str read_uname(const struct stub *s, struct arena *a, bool *failed, struct diag *d)
{
	struct str bytes, uname;
	*failed = !uki_bytes(&s->uki, UKI_UNAME, TEXT_MAX, a, &bytes, d);
	(void)str_cut(*failed ? S("") : bytes, 0, &uname);
	return uname;
}

bool stub_line(struct boot *b, struct stub *s, struct text options)
{
	bool failed;
	struct str uname = read_uname(s, b->arena, &failed, b->diag);
	options.present &= is_text(s, options);
	if (failed || !settle_line(b, s, options)
	    || !addons_load(b, s->image, s->rules, uname, &s->addons))
		return false;
	append_addons(b, s);
	append_smbios(b, s);
	return true;
}
