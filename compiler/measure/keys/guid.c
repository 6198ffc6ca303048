// guid: EFI's mixed-endian GUIDs, from and to their usual text (UEFI 2.10, appendix A).
#include "measure/keys/keys.h"
#include <string.h>

enum { GUID_BYTES = 16, GUID_TEXT = 36 };

// 8be4df61-93ca-11d2-aa0d-00e098032b8c, d719b2cb-3d3a-4596-a3bc-dad00e67656f and
// 605dab50-e046-4300-abb6-3dd810dd8b23
const u8 guid_global[GUID_BYTES] = {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
                                    0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
const u8 guid_security[GUID_BYTES] = {0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
                                      0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f};
const u8 guid_shim[GUID_BYTES] = {0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0, 0x00, 0x43,
                                  0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23};

// Where in the text each byte's two digits stand: the first three groups are little-endian.
static const u8 text_offs[GUID_BYTES] = {6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34};
static const u8 dash_offs[] = {8, 13, 18, 23};

bool guid_read(struct str text, u8 *out)
{
	u8 bytes[GUID_BYTES];
	if (text.len != GUID_TEXT)
		return false;
	for (size_t i = 0; i < countof(dash_offs); i++)
		if (text.at[dash_offs[i]] != '-')
			return false;
	for (size_t i = 0; i < GUID_BYTES; i++)
		if (!str_unhex((struct str){text.at + text_offs[i], 2}, &bytes[i]))
			return false;
	memcpy(out, bytes, GUID_BYTES);
	return true;
}

struct str guid_text(struct arena *a, const u8 *guid)
{
	u8 *text = make(a, GUID_TEXT, u8);
	memset(text, '-', GUID_TEXT);
	for (size_t i = 0; i < GUID_BYTES; i++) {
		text[text_offs[i]] = (u8)"0123456789abcdef"[guid[i] >> 4];
		text[text_offs[i] + 1] = (u8)"0123456789abcdef"[guid[i] & 15];
	}
	return (struct str){text, GUID_TEXT};
}

bool guid_is(const u8 *guid, struct str text)
{
	u8 other[GUID_BYTES];
	return guid_read(text, other) && memcmp(guid, other, GUID_BYTES) == 0;
}
