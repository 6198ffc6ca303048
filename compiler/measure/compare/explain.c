// explain: a PCR in words. Its events in order, what bytes each image's digest covers, and what
// that pins in the end.
#include "measure/compare/compare.h"
#include <string.h>

static const struct { u32 pcr; struct str what; } meanings[] = {
	{4, STR("the programs that firmware starts")},
	{5, STR("the disk's partition table and what the boot menu was told")},
	{7, STR("Secure Boot: whether it is on, its keys, and what admitted each image")},
	{8, STR("what GRUB does; nothing else writes it")},
	{9, STR("what the kernel was started with: command line and initrd")},
	{11, STR("the sections of the unified kernel image")},
	{12, STR("what was added to the boot from outside: command lines, credentials, add-ons")},
	{13, STR("system extensions that lay beside the image")},
	{14, STR("shim's own keys, MokList")},
};

static struct str meaning_of(u32 pcr)
{
	for (size_t i = 0; i < countof(meanings); i++)
		if (meanings[i].pcr == pcr)
			return meanings[i].what;
	return S("the platform's firmware and its settings");
}

// ---- an image's covered bytes

static void put_range(struct buf *out, u64 off, u64 len, struct str what)
{
	put(out, S("       bytes "));
	buf_number(out, off);
	put(out, S(" to "));
	buf_number(out, off + len - 1);           // of a range that lies within a file
	put(out, S(" ("));
	buf_number(out, len);
	put(out, S("): "), what, S("\n"));
}

// The section that begins there, or what else the bytes are.
static struct str name_range(const struct pe *p, u64 off)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].raw_off == off && p->list[i].raw_bytes)
			return p->list[i].name;
	return off < p->header_bytes ? S("headers") : S("what follows the sections");
}

// The digest leaves bytes out: the checksum, the certificates and their entry, and, as firmware
// counts, what lies between sections; as many bytes before the end are then in it twice.
static void put_left_out(struct buf *out, const struct pe *p, u64 off, u64 len)
{
	put_range(out, off, len, off == p->checksum_off ? S("not covered: the checksum")
	                       : off == p->certificate_entry_off
	                       ? S("not covered: where the signature is")
	                       : p->certificates_bytes && off == p->certificates_off
	                       ? S("not covered: the signature")
	                       : S("not covered"));
}

static bool put_ranges(const struct pe *p, struct arena *a, struct buf *out, struct diag *d)
{
	struct range *list;
	size_t count;
	u64 end = 0;
	if (!authenticode_ranges(p, a, &list, &count, d))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (list[i].len == 0)
			continue;
		if (list[i].off > end)
			put_left_out(out, p, end, list[i].off - end);
		put_range(out, list[i].off, list[i].len, list[i].off < end
			? S("again, for as many before") : name_range(p, list[i].off));
		end = list[i].off + list[i].len;       // lies within the file
	}
	if (p->size > end)
		put_left_out(out, p, end, p->size - end);
	return true;
}

// ---- events

static void put_section(struct buf *out, const struct event *e)
{
	if (e->covered.len)
		put_range(out, e->covered.off, e->covered.len, S("the section in the file"));
	if (!e->zeros)
		return;
	put(out, S("       "));
	buf_number(out, e->zeros);
	put(out, S(" zero bytes, up to its VirtualSize\n"));
}

static bool put_event(const struct event_log *log, const struct event *e, size_t number,
                      struct arena *a, struct buf *out, struct diag *d)
{
	enum bank bank = BANK_SHA384;
	(void)!bank_to_show(log->set, &bank);
	put(out, number < 10 ? S("  ") : S(" "));
	buf_number(out, number);
	put(out, S(". "), e->what, S("\n     "), e->why, S("\n     "));
	if (e->unknown)
		put(out, S("no digest\n"));
	else
		put(out, banks[bank].name, S(" "), str_hex(a, digest_of(&e->digests, bank)), S("\n"));
	put_section(out, e);
	bool is_image = e->pcr == 4 && e->image && e->type == EV_EFI_BOOT_SERVICES_APPLICATION;
	return !is_image || put_ranges(e->image, a, out, d);
}

// Why the kernel inside a UKI has an event of its own, or not.
static void put_inner_kernel(const struct event_log *log, struct buf *out)
{
	bool uki = false, inner = false;
	for (size_t i = 0; i < log->count; i++) {
		const struct event *e = &log->list[i];
		if (e->pcr != 4 || !e->image)
			continue;
		inner |= e->inner;
		uki |= pe_section(e->image, S(".linux")) != NULL;
	}
	if (!uki)
		return;
	put(out, S("\nthe kernel inside: "), inner
		? S("its own event, because this version of systemd-stub has firmware load it (up to 257,"
		    " Secure Boot off)\n")
		: S("no event of its own, because systemd-stub starts it itself (258 and later, or Secure"
		    " Boot on); the image's digest covers it as .linux\n"));
}

// ---- what it pins

static bool covers_kernel(u32 pcr) { return pcr == 4 || pcr == 9 || pcr == 11; }

static void put_pins(const struct event_log *log, const struct chain *c, struct arena *a,
                     struct buf *out)
{
	const struct handed *h = &log->handed;
	put(out, S("\nwhat it pins\n"));
	if (h->options_unknown.len)
		put(out, S("  command line: can't be known: "), h->options_unknown, S("\n"));
	else
		put(out, S("  command line: "), h->options.len ? utf8_printable(a, h->options)
		                                           : S("none"), S("\n"));
	put(out, S("  initrd: "));
	if (h->initrd_unknown.len)
		put(out, S("can't be known: "), h->initrd_unknown);
	else
		put(out, str_number(a, h->initrd.size), S(" bytes, "), str_number(a, c->files),
		    S(" files"), c->opaque.len ? S(" before a part packed with ") : S(""), c->opaque);
	put(out, S("\n"));
	for (size_t i = 0; i < c->count; i++) {
		const struct root_hash *r = &c->roots[i];
		put(out, S("  root hash: "), str_hex(a, (struct str){r->bytes, r->len}), S("\n    in "),
		    r->from, S(": every block of "), r->of, S("\n"));
	}
}

bool explain_pcr(const struct event_log *log, u32 pcr, const struct chain *c, struct arena *a,
                 struct buf *out, struct diag *d)
{
	size_t number = 0;
	put(out, S("PCR"));
	buf_number(out, pcr);
	put(out, S(": "), meaning_of(pcr), S("\n\n"));
	for (size_t i = 0; i < log->count; i++)
		if (log->list[i].pcr == pcr && (log->list[i].extends || log->list[i].unknown)
		    && !put_event(log, &log->list[i], ++number, a, out, d))
			return false;
	if (!number)
		put(out, S("  nothing is measured into it: it stays zero\n"));
	if (pcr == 4)
		put_inner_kernel(log, out);
	if (covers_kernel(pcr) && log->handed.reached)
		put_pins(log, c, a, out);
	return true;
}
