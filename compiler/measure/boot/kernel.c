// kernel: what Linux's EFI stub extends (drivers/firmware/efi/libstub/efi-stub-helper.c of 6.1):
// its load options and its initrd, into PCR9, and what firmware adds when it takes over.
#include "measure/boot/internal.h"

// The data of the events are names with their NUL; the digests are over what was measured.
static struct event options_event(struct boot *b)
{
	return (struct event){.pcr = 9, .type = EV_EVENT_TAG,
		.data = tag_data(b->arena, 0x8f3b22ed, S("LOADED_IMAGE::LoadOptions\0")),
		.what = S("the kernel's command line"),
		.why = S("Linux measures the load options that it was started with")};
}

static struct event initrd_event(struct boot *b)
{
	return (struct event){.pcr = 9, .type = EV_EVENT_TAG,
		.data = tag_data(b->arena, 0x8f3b22ec, S("Linux initrd\0")),
		.what = S("the initrd as the kernel was handed it"),
		.why = S("Linux measures the initrd that a loader offers")};
}

static struct event unless(struct event e, struct str why)
{
	if (why.len) {
		e.unknown = e.likely = true;
		e.why = why;
	}
	return e;
}

// The line that is known so far is what a boot without consoles to append measures.
static void measure_options(struct boot *b, const struct handover *h)
{
	struct event e = unless(options_event(b), h->options_unknown);
	if (h->options.present)
		boot_event(b, e, text_with_nul(b->arena, h->options));
	else if (e.unknown)
		boot_event_unknown(b, e.pcr, e.type, e.what, e.why);
}

static void measure_initrd(struct boot *b, const struct handover *h)
{
	struct event e = unless(initrd_event(b), h->initrd_unknown);
	if (h->initrd.size)
		boot_event_over(b, e, h->initrd, 0);
	else if (e.unknown)
		boot_event_unknown(b, e.pcr, e.type, e.what, e.why);
}

static void measure_exit(struct boot *b, struct str text)
{
	boot_event(b, (struct event){.pcr = 5, .type = EV_EFI_ACTION, .data = text,
		.what = cat(b->arena, S("\""), text, S("\"")),
		.why = S("firmware notes that the kernel takes over")}, text);
}

static void leave_open(struct boot *b)
{
	static const struct str what = STR("what the program in the kernel's place does");
	static const struct str why = STR("it is no Linux kernel that amic knows");
	boot_event_unknown(b, 9, EV_EVENT_TAG, what, why);
	boot_event_unknown(b, 5, EV_EFI_ACTION, what, why);
}

void kernel_run(struct boot *b, const struct source *kernel, struct str path,
                const struct handover *h)
{
	b->log->handed = (struct handed){.reached = true,
		.options = text_utf8(b->arena, h->options), .initrd = h->initrd,
		.options_unknown = h->options_unknown, .initrd_unknown = h->initrd_unknown};
	switch (kernel_kind_of(kernel)) {
	case KERNEL_NONE:
		leave_open(b);
		return;
	case KERNEL_ZBOOT:
		diag_report(b->diag, (struct finding){KERNEL_COMPRESSED, source_span(kernel, 0, 0),
			.arg = {path}});
		break;
	case KERNEL_PLAIN:
		break;
	}
	measure_options(b, h);
	measure_initrd(b, h);
	measure_exit(b, S("Exit Boot Services Invocation"));
	measure_exit(b, S("Exit Boot Services Returned with Success"));
}
