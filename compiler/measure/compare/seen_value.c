// seen_value: one value of a PCR, from whichever form it was read.
#include "measure/compare/internal.h"
#include <string.h>

bank_set seen_banks(const struct seen *s)
{
	bank_set set = 0;
	for (size_t i = 0; i < BANK_COUNT; i++)
		set |= s->has[i] ? 1u << i : 0;
	return set;
}

static bool read_hex(struct str hex, u8 *to, size_t bytes)
{
	if (str_starts(hex, S("0x")) || str_starts(hex, S("0X")))
		hex = (struct str){hex.at + 2, hex.len - 2};
	return hex.len == 2 * bytes && str_unhex(hex, to);
}

bool seen_add(struct seen *s, enum bank bank, u64 pcr, struct str hex)
{
	u8 value[BANK_MAX_BYTES];
	if (pcr >= PCR_COUNT || !read_hex(hex, value, banks[bank].bytes))
		return false;
	u8 *to = s->values.of[bank][pcr];
	if ((s->has[bank] >> pcr & 1) && memcmp(to, value, banks[bank].bytes) != 0)
		return false;
	memcpy(to, value, banks[bank].bytes);
	s->has[bank] |= 1u << pcr;
	s->values.extended[pcr] = true;
	return true;
}

// "SHA384", "sha384"
bool seen_bank(struct str name, enum bank *out)
{
	u8 lower[8];
	if (name.len > sizeof lower)
		return false;
	for (size_t i = 0; i < name.len; i++)
		lower[i] = name.at[i] >= 'A' && name.at[i] <= 'Z' ? (u8)(name.at[i] + 32) : name.at[i];
	return bank_by_name((struct str){lower, name.len}, out);
}
