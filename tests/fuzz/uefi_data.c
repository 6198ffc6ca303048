// Uefi-data of any bytes: as text, and as the store within a blob whose checksum and compression
// are right. What is read is written and read alike.
#include "fuzz.h"
#include "measure/measure.h"
#include <openssl/evp.h>
#include <string.h>
#include <zlib.h>

static u32 crc32c(struct str s)
{
	u32 crc = UINT32_MAX;
	for (size_t i = 0; i < s.len; i++) {
		crc ^= s.at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

// The stream refers to the dictionary by its checksum and stores the input uncompressed.
static struct str blob_of(struct fuzz *f, struct library *l, struct str store)
{
	struct str dictionary;
	if (!library_text(l, S("schemas/uefi-data-v0.dict"), &dictionary))
		abort();
	size_t room = store.len + 4096;
	u8 *blob = make(&f->arena, room, u8), *text = make(&f->arena, room * 2, u8);
	memcpy(blob, "AMZNUEFI", 8);
	z_stream z = {.next_in = (Bytef *)store.at, .avail_in = (uInt)store.len,
	              .next_out = blob + 16, .avail_out = (uInt)room - 16};
	if (deflateInit(&z, 0) != Z_OK
	    || deflateSetDictionary(&z, dictionary.at, (uInt)dictionary.len) != Z_OK
	    || deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	size_t len = room - z.avail_out;
	deflateEnd(&z);
	u32 crc = crc32c((struct str){blob + 12, len - 12});
	for (size_t i = 0; i < 4; i++)
		blob[8 + i] = (u8)(crc >> 8 * i);
	int chars = EVP_EncodeBlock(text, blob, (int)len);
	return (struct str){text, (size_t)chars};
}

static void try_text(struct fuzz *f, struct library *l, struct str text)
{
	struct variable *list, *again;
	struct str written;
	size_t count, count_again;
	f->diag.failed = false;
	if (!uefi_data_read(text, 0, l, &f->arena, &list, &count, &f->diag)) {
		if (!f->diag.failed)
			abort();
		return;
	}
	if (!uefi_data_write(list, count, l, &f->arena, &written, &f->diag))
		return;
	if (!uefi_data_read(written, 0, l, &f->arena, &again, &count_again, &f->diag)
	    || count != count_again)
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz f;
	fuzz_open(&f);
	if (setjmp(f.full) == 0 && size < 40000) {
		struct str input = {data, size};
		try_text(&f, &f.library, input);
		try_text(&f, &f.library, blob_of(&f, &f.library, input));
	}
	fuzz_close(&f);
	return 0;
}
