// der: what DER has and BER allows. libcrypto reads both, and one certificate in two encodings is
// two certificates to whoever compares bytes.
#include "verify/verify.h"

enum { TAG_BOOLEAN = 1, TAG_INTEGER = 2, TAG_BIT_STRING = 3, TAG_ENUMERATED = 10,
       CONSTRUCTED = 0x20, CLASS = 0xc0, LONG_TAG = 0x1f, LONG_LENGTH = 0x80, DEPTH_MAX = 16 };

struct tlv { u8 tag; struct str value; };

static const char *take_length(struct rd *r, u64 *out)
{
	u64 len = rd_u8(r);
	size_t bytes = (size_t)(len & ~(u64)LONG_LENGTH);
	if (len < LONG_LENGTH) {
		*out = len;
		return r->bad ? "it ends in the middle of an element" : NULL;
	}
	if (bytes == 0 || bytes > 4)
		return "an indefinite or enormous length";
	len = 0;
	for (size_t i = 0; i < bytes; i++)
		len = len << 8 | rd_u8(r);
	*out = len;
	return r->bad ? "it ends in the middle of an element"
	     : len < LONG_LENGTH || len >> 8 * (bytes - 1) == 0
	       ? "a length is not in its shortest form" : NULL;
}

static const char *take_element(struct rd *r, struct tlv *out)
{
	u64 len = 0;
	out->tag = rd_u8(r);
	if ((out->tag & LONG_TAG) == LONG_TAG)
		return "a tag of several bytes";
	const char *why = take_length(r, &len);
	if (why)
		return why;
	out->value = rd_bytes(r, len);
	return r->bad ? "it ends in the middle of an element" : NULL;
}

static const char *integer_fault(struct str v)
{
	if (v.len == 0)
		return "an empty integer";
	bool padded = v.len > 1 && ((v.at[0] == 0 && v.at[1] < 0x80)
	                            || (v.at[0] == 0xff && v.at[1] >= 0x80));
	return padded ? "an integer is not in its shortest form" : NULL;
}

static const char *bits_fault(struct str v)
{
	if (v.len == 0 || v.at[0] > 7 || (v.len == 1 && v.at[0]))
		return "a bit string without its count of unused bits";
	u8 unused = (u8)((1u << v.at[0]) - 1);
	return v.len > 1 && (v.at[v.len - 1] & unused) ? "unused bits that are set" : NULL;
}

static const char *primitive_fault(const struct tlv *e)
{
	if (e->tag & CLASS)
		return NULL;
	if (e->tag == TAG_BOOLEAN)
		return e->value.len == 1 && (e->value.at[0] == 0 || e->value.at[0] == 0xff)
		     ? NULL : "a boolean that is neither 00 nor ff";
	if (e->tag == TAG_INTEGER || e->tag == TAG_ENUMERATED)
		return integer_fault(e->value);
	return e->tag == TAG_BIT_STRING ? bits_fault(e->value) : NULL;
}

static const char *elements_fault(struct str bytes, unsigned depth)
{
	struct rd r = {bytes, false};
	if (depth == 0)
		return "elements nested too deeply";
	while (r.left.len) {
		struct tlv e;
		const char *why = take_element(&r, &e);
		if (!why)
			why = e.tag & CONSTRUCTED ? elements_fault(e.value, depth - 1) : primitive_fault(&e);
		if (why)
			return why;
	}
	return NULL;
}

const char *der_fault(struct str der)
{
	struct rd r = {der, false};
	struct tlv e;
	const char *why = take_element(&r, &e);
	if (why)
		return why;
	return r.left.len ? "bytes behind its end" : elements_fault(der, DEPTH_MAX);
}
