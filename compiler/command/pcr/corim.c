// pcr_corim: values as an unsigned CoRIM (draft-ietf-rats-corim), which RATS verifiers read:
// one CoMID, one reference triple, the PCRs as integrity registers. CBOR, RFC 8949, 4.2.1.
#include "command/pcr/pcr.h"

enum major { CBOR_UINT = 0, CBOR_BYTES = 2, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG };
enum { CBOR_MAX = 1 << 20 };
enum { TAG_UNSIGNED_CORIM = 501, TAG_COMID = 506 };
enum { CORIM_ID = 0, CORIM_TAGS = 1 };
enum { COMID_IDENTITY = 1, COMID_TRIPLES = 4, IDENTITY_ID = 0, REFERENCE_TRIPLES = 0 };
enum { ENVIRONMENT_CLASS = 0, CLASS_MODEL = 2 };
enum { MEASUREMENT_VALUES = 1, INTEGRITY_REGISTERS = 14 };

// IANA's Named Information hash algorithms; SHA-1 is none of them.
static const u8 hash_id[BANK_COUNT] = {[BANK_SHA256] = 1, [BANK_SHA384] = 7, [BANK_SHA512] = 8};

// A head in its shortest form.
static void put_head(struct buf *out, enum major major, u64 value)
{
	size_t bytes = value < 24 ? 0 : value <= 0xff ? 1 : value <= 0xffff ? 2
	             : value <= UINT32_MAX ? 4 : 8;
	u8 code = bytes == 0 ? (u8)value : bytes == 1 ? 24 : bytes == 2 ? 25 : bytes == 4 ? 26 : 27;
	buf_byte(out, (u8)((u32)major << 5 | code));
	for (size_t i = bytes; i > 0; i--)
		buf_byte(out, (u8)(value >> 8 * (i - 1)));
}

static void put_key(struct buf *out, u64 key) { put_head(out, CBOR_UINT, key); }

static void put_string(struct buf *out, enum major major, struct str s)
{
	put_head(out, major, s.len);
	buf_put(out, s);
}

static u32 count_bits(u32 set)
{
	u32 count = 0;
	for (; set; set &= set - 1)
		count++;
	return count;
}

// {pcr => [[algorithm, value], …], …}
static bool put_registers(struct run *r, const struct prediction *p, struct buf *out)
{
	put_head(out, CBOR_MAP, count_bits(p->pcrs));
	for (u32 pcr = 0; pcr < PCR_COUNT; pcr++) {
		struct str unused;
		if (!(p->pcrs >> pcr & 1))
			continue;
		put_key(out, pcr);
		put_head(out, CBOR_ARRAY, count_bits(p->set));
		for (size_t b = 0; b < BANK_COUNT; b++) {
			if (!(p->set >> b & 1))
				continue;
			if (!pcr_hex(r, p, (enum bank)b, pcr, &unused))
				return false;
			put_head(out, CBOR_ARRAY, 2);
			put_head(out, CBOR_UINT, hash_id[b]);
			put_string(out, CBOR_BYTES, pcr_value(p, (enum bank)b, pcr));
		}
	}
	return true;
}

// [environment, [measurement]]
static bool put_triple(struct run *r, const struct prediction *p, struct buf *out)
{
	put_head(out, CBOR_ARRAY, 2);
	put_head(out, CBOR_MAP, 1);
	put_key(out, ENVIRONMENT_CLASS);
	put_head(out, CBOR_MAP, 1);
	put_key(out, CLASS_MODEL);
	put_string(out, CBOR_TEXT, S("TPM 2.0"));
	put_head(out, CBOR_ARRAY, 1);
	put_head(out, CBOR_MAP, 1);
	put_key(out, MEASUREMENT_VALUES);
	put_head(out, CBOR_MAP, 1);
	put_key(out, INTEGRITY_REGISTERS);
	return put_registers(r, p, out);
}

static bool put_comid(struct run *r, const struct prediction *p, struct str id, struct buf *out)
{
	put_head(out, CBOR_MAP, 2);
	put_key(out, COMID_IDENTITY);
	put_head(out, CBOR_MAP, 1);
	put_key(out, IDENTITY_ID);
	put_string(out, CBOR_TEXT, id);
	put_key(out, COMID_TRIPLES);
	put_head(out, CBOR_MAP, 1);
	put_key(out, REFERENCE_TRIPLES);
	put_head(out, CBOR_ARRAY, 1);
	return put_triple(r, p, out);
}

// Equal values have equal ids: the digest of what they are stands in for a name.
static struct str make_id(struct run *r, const struct prediction *p)
{
	struct buf all = buf_new(r->arena, CBOR_MAX);
	for (size_t b = 0; b < BANK_COUNT; b++)
		for (u32 pcr = 0; pcr < PCR_COUNT; pcr++)
			if ((p->set >> b & 1) && (p->pcrs >> pcr & 1)) {
				put(&all, banks[b].name, str_number(r->arena, pcr));
				buf_put(&all, pcr_value(p, (enum bank)b, pcr));
			}
	struct str digest = sha256(r->arena, buf_str(&all));
	return cat(r->arena, S("pcr-"), str_hex(r->arena, (struct str){digest.at, 16}));
}

bool pcr_write_corim(struct run *r, const struct prediction *p)
{
	struct buf comid = buf_new(r->arena, CBOR_MAX), corim = buf_new(r->arena, CBOR_MAX);
	if (p->set >> BANK_SHA1 & 1)
		return diag_report(r->diag, (struct finding){.rule = OPTION_VALUE,
			.arg = {S("--bank"), S("sha1"), S("a CoRIM has no name for SHA-1")}});
	struct str id = make_id(r, p);
	if (!put_comid(r, p, id, &comid))
		return false;
	put_head(&corim, CBOR_TAG, TAG_UNSIGNED_CORIM);
	put_head(&corim, CBOR_MAP, 2);
	put_key(&corim, CORIM_ID);
	put_string(&corim, CBOR_TEXT, id);
	put_key(&corim, CORIM_TAGS);
	put_head(&corim, CBOR_ARRAY, 1);
	put_head(&corim, CBOR_TAG, TAG_COMID);
	put_string(&corim, CBOR_BYTES, buf_str(&comid));
	buf_put(r->out, buf_str(&corim));
	return true;
}
