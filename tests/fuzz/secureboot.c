// Any certificate table of an image gets a verdict under fixed lists; only what a certificate of
// db signed, or a hash in it names, may start.
#include "fuzz.h"
#include "measure/measure.h"

static struct str file_of(struct fuzz *f, struct str name)
{
	struct str bytes = {0};
	if (!file_read(&f->arena, cat(&f->arena, S("tests/unit/secureboot/"), name), 1 << 20, &bytes,
	               &f->diag))
		abort();
	return bytes;
}

static void put_le32(u8 *to, size_t value)
{
	for (size_t i = 0; i < 4; i++)
		to[i] = (u8)(value >> 8 * i);
}

// The input stands behind an image that nobody signed: 2,048 bytes, its directory at 232.
static void try_table(struct fuzz *f, struct str table)
{
	struct str image = cat(&f->arena, file_of(f, S("unsigned.efi")), table);
	put_le32((u8 *)image.at + 232, 2048);
	put_le32((u8 *)image.at + 236, table.len);
	struct source s = source_of_str(&f->arena, image, 0);
	struct pe p;
	struct authority got;
	if (!pe_read(&s, S("x.efi"), &f->arena, &p, &f->diag))
		abort();
	if (!secure_boot_verify(&p, file_of(f, S("two.esl")), file_of(f, S("ca-hash.esl")), &f->arena,
	                        &got, &f->diag) && !f->diag.failed)
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, try_table);
}
