// cose: RFC 9052, 4.2: [protected, unprotected, payload, signature]. The envelope is signed by
// nobody, so there is one way to write it: shortest heads, definite lengths, no header but the
// algorithm. What is signed is the received bytes, never an encoding of ours.
#include "verify/verify.h"

enum { TAG_SIGN1 = 18, LABEL_ALG = 1, LABEL_CRIT = 2, ALG_ES384 = -35, HEADER_MAX = 64 };

static bool report(struct diag *d, u32 file, size_t off, struct str why)
{
	return diag_report(d, (struct finding){ENVELOPE_BROKEN, .at = {file, 0, off}, .arg = {why}});
}

// A map of one entry, {1: -35}. RFC 9052, 3.1: a critical header that is not known must be
// refused; so is any other, since none is known.
static bool read_protected(struct str bytes, u32 file, size_t off, struct diag *d)
{
	struct cbor c = cbor_over(bytes);
	c.shortest = true;
	struct cbor_group g = cbor_map(&c, 0, HEADER_MAX);
	if (c.why)
		return report(d, file, off, cat(d->arena, S("protected header: "), str_from(c.why)));
	if (!cbor_more(&c, &g))
		return report(d, file, off, S("its protected header names no algorithm"));
	struct cbor ahead = c;
	if (cbor_is(&ahead, LABEL_CRIT))
		return report(d, file, off, S("a critical header that is not known"));
	if (!cbor_is(&c, LABEL_ALG))
		return report(d, file, off, S("its protected header does not begin with the algorithm"));
	if (!cbor_is(&c, ALG_ES384))
		return report(d, file, off, S("its algorithm is not ES384 (-35)"));
	if (cbor_more(&c, &g))
		return report(d, file, off, S("its protected header has more than the algorithm"));
	return cbor_end(&c) || report(d, file, off, S("bytes behind its protected header"));
}

static bool read_parts(struct cbor *c, struct cose *out, size_t *protected_off)
{
	(void)cbor_tag(c, TAG_SIGN1);
	struct cbor_group g = cbor_array(c, 4, 4);
	out->protected = cbor_bytes(c, 0, HEADER_MAX);
	*protected_off = cbor_off(c) - out->protected.len;
	struct cbor_group unprotected = cbor_map(c, 0, 0);
	(void)g, (void)unprotected;
	if (!c->why && cbor_null(c))
		cbor_fail(c, "its payload is detached");
	out->payload = cbor_bytes(c, 1, COSE_MAX);
	out->signature = cbor_bytes(c, COSE_SIGNATURE, COSE_SIGNATURE);
	return cbor_end(c);
}

bool cose_read(struct str bytes, u32 file, struct cose *out, struct diag *d)
{
	struct cose got = {0};
	size_t protected_off;
	struct cbor c = cbor_over(bytes);
	c.shortest = true;
	if (bytes.len > COSE_MAX)
		return report(d, file, 0, S("it has more than 16384 bytes"));
	if (!read_parts(&c, &got, &protected_off))
		return report(d, file, cbor_off(&c), str_from(c.why));
	if (!read_protected(got.protected, file, protected_off, d))
		return false;
	*out = got;
	return true;
}
