// stage: an image that was started, to the code that knows what it is.
// cycle: shim.c, menu.c: what they start is a stage again.
#include "measure/boot/internal.h"

// What an image starts that neither firmware nor systemd nor shim wrote is in none of its fields.
bool boot_unknown_chain(struct boot *b, const struct image *i, struct str what)
{
	static const u32 pcrs[] = {4, 5, 7, 8, 9, 11, 12, 13, 14};
	if (!i->volume)
		return true;
	for (size_t k = 0; k < countof(pcrs); k++)
		boot_event_unknown(b, pcrs[k], 0, cat(b->arena, S("what "), what, S(" does")),
		                   S("its configuration is a program that amic does not run"));
	diag_report(b->diag, (struct finding){CHAIN_UNKNOWN, source_span(&i->pe.data, 0, 0),
		.arg = {i->path, what}});
	return true;
}

bool image_run(struct boot *b, const struct image *i, struct text options)
{
	enum { DEPTH_MAX = 8 };
	struct handover h = {.options = options};
	if (++b->depth > DEPTH_MAX)
		return diag_report(b->diag, (struct finding){CHAIN_LONG, .arg = {i->path}});
	switch (i->kind) {
	case IMAGE_SHIM:
		return shim_run(b, i, options);
	case IMAGE_MENU:
		return menu_run(b, i);
	case IMAGE_STUB:
		return stub_run(b, i, options);
	case IMAGE_KERNEL:
		kernel_run(b, &i->pe.data, i->path, &h);
		return true;
	case IMAGE_PLAIN:
		return boot_unknown_chain(b, i, S("an unknown loader"));
	}
	return false;
}
