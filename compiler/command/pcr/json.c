// pcr_json: the JSON that the builder's own tool prints, to the byte, so that one can stand in
// for the other: three values of one bank. Further PCRs and banks have the same shape.
#include "command/pcr/pcr.h"

static u8 upper(u8 c) { return c >= 'a' && c <= 'z' ? (u8)(c - 32) : c; }

static void put_upper(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		buf_byte(out, upper(s.at[i]));
}

static bool put_bank(struct run *r, const struct prediction *p, enum bank bank, struct str indent,
                     struct buf *out)
{
	put(out, indent, S("{\n"), indent, S("  \"Measurements\": {\n"), indent,
	    S("    \"HashAlgorithm\": \""));
	put_upper(out, banks[bank].name);
	put(out, S("\""));
	for (u32 pcr = 0; pcr < PCR_COUNT; pcr++) {
		struct str hex;
		if (!(p->pcrs >> pcr & 1))
			continue;
		if (!pcr_hex(r, p, bank, pcr, &hex))
			return false;
		put(out, S(",\n"), indent, S("    \"PCR"), str_number(r->arena, pcr), S("\": \""),
		    hex, S("\""));
	}
	put(out, S("\n"), indent, S("  }\n"), indent, S("}"));
	return true;
}

// Several banks are a list; nothing is written unless all values are known.
bool pcr_write_json(struct run *r, const struct prediction *p)
{
	enum { TEXT_MAX = 1 << 20 };
	struct buf text = buf_new(r->arena, TEXT_MAX);
	bool one = (p->set & (p->set - 1)) == 0, first = true;
	put(&text, one ? S("") : S("[\n"));
	for (size_t b = 0; b < BANK_COUNT; b++) {
		if (!(p->set >> b & 1))
			continue;
		put(&text, first ? S("") : S(",\n"));
		if (!put_bank(r, p, (enum bank)b, one ? S("") : S("  "), &text))
			return false;
		first = false;
	}
	put(r->out, buf_str(&text), one ? S("\n") : S("\n]\n"));
	return true;
}
