// A disk, or an EFI file, of any bytes is refused with an error or predicted; what was predicted
// folds. Without its first sector's table the input counts as a file by itself.
#include "fuzz.h"
#include "measure/measure.h"

static struct boot_options options(void)
{
	struct boot_options o = {.load_options = S("@0 given"), .smbios_cmdline = S("host"),
	                         .set = 1u << BANK_SHA256, .pcrs = 0xffff, .threads = 1};
	return o;
}

static void try_image(struct fuzz *f, struct str bytes)
{
	struct boot_options o = options();
	struct source s = source_of_str(&f->arena, bytes, 0);
	struct str name = S("image"), head;
	struct event_log log;
	struct pcr_values values;
	bool is_disk = str_sub(bytes, 512, 8, &head) && str_eq(head, S("EFI PART"));
	bool done = is_disk ? predict_disk(&s, &o, &f->arena, &log, &f->diag)
	                    : predict_files(&s, &name, 1, &o, &f->arena, &log, &f->diag);
	if (done ? !event_fold(&log, &values) : !f->diag.failed)
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, try_image);
}
