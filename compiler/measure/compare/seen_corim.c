// seen_corim: reference values from an unsigned CoRIM (draft-ietf-rats-corim) as `amic pcr` writes
// it: integrity registers of reference triples. What stands beside them is skipped. A signed one is
// somebody's to check first.
#include "measure/compare/internal.h"

enum { TAG_UNSIGNED = 501, TAG_COMID = 506, DEPTH = 8, MANY = 1 << 16, DIGEST_MAX = 64 };
enum { CORIM_TAGS = 1, COMID_TRIPLES = 4, REFERENCE_TRIPLES = 0, MEASUREMENT_VALUES = 1,
       INTEGRITY_REGISTERS = 14 };

// Walks a map with numbers for keys to the value of one of them; false when it has none.
static bool enter(struct cbor *c, struct cbor_group *g, u64 key)
{
	while (cbor_more(c, g)) {
		if (cbor_uint(c, UINT64_MAX) == key && !c->why)
			return true;
		cbor_skip(c, DEPTH);
	}
	return false;
}

static void leave(struct cbor *c, struct cbor_group *g)
{
	while (cbor_more(c, g)) {
		cbor_skip(c, DEPTH);
		cbor_skip(c, DEPTH);
	}
}

// [algorithm, digest]; the length says the bank as well as the algorithm does.
static void read_digest(struct cbor *c, u64 pcr, struct seen *s, struct arena scratch)
{
	struct cbor_group pair = cbor_array(c, 2, 2);
	(void)pair;
	(void)cbor_uint(c, UINT64_MAX);
	struct str bytes = cbor_bytes(c, 1, DIGEST_MAX);
	for (size_t i = 0; i < BANK_COUNT && !c->why; i++)
		if (bytes.len == banks[i].bytes
		    && !seen_add(s, (enum bank)i, pcr, str_hex(&scratch, bytes)))
			cbor_fail(c, "a PCR that does not exist, or has two values");
}

static void read_registers(struct cbor *c, struct seen *s, struct arena scratch)
{
	struct cbor_group all = cbor_map(c, 0, MANY);
	while (cbor_more(c, &all)) {
		u64 pcr = cbor_uint(c, UINT64_MAX);
		struct cbor_group digests = cbor_array(c, 1, BANK_COUNT);
		while (cbor_more(c, &digests))
			read_digest(c, pcr, s, scratch);
	}
}

static void read_measurement(struct cbor *c, struct seen *s, struct arena scratch)
{
	struct cbor_group m = cbor_map(c, 0, MANY);
	if (!enter(c, &m, MEASUREMENT_VALUES))
		return;
	struct cbor_group values = cbor_map(c, 0, MANY);
	if (enter(c, &values, INTEGRITY_REGISTERS)) {
		read_registers(c, s, scratch);
		leave(c, &values);
	}
	leave(c, &m);
}

static void read_triples(struct cbor *c, struct seen *s, struct arena scratch)
{
	struct cbor_group triples = cbor_map(c, 0, MANY);
	if (!enter(c, &triples, REFERENCE_TRIPLES))
		return;
	struct cbor_group list = cbor_array(c, 0, MANY);
	while (cbor_more(c, &list)) {
		struct cbor_group triple = cbor_array(c, 2, 2), measurements;
		(void)triple;
		cbor_skip(c, DEPTH);                 // the environment
		measurements = cbor_array(c, 0, MANY);
		while (cbor_more(c, &measurements))
			read_measurement(c, s, scratch);
	}
	leave(c, &triples);
}

static void read_comid(struct cbor *outer, struct str bytes, struct seen *s, struct arena scratch)
{
	struct cbor c = cbor_over(bytes);
	struct cbor_group map = cbor_map(&c, 0, MANY);
	if (enter(&c, &map, COMID_TRIPLES)) {
		read_triples(&c, s, scratch);
		leave(&c, &map);
	}
	if (!cbor_end(&c))
		cbor_fail(outer, c.why);
}

bool seen_is_corim(struct str bytes) { return str_starts(bytes, S("\xd9\x01\xf5")); }

bool seen_corim(struct str bytes, struct arena scratch, struct seen *s)
{
	struct cbor c = cbor_over(bytes);
	if (!cbor_tag(&c, TAG_UNSIGNED))
		return false;
	struct cbor_group map = cbor_map(&c, 0, MANY);
	if (!enter(&c, &map, CORIM_TAGS))
		return false;
	struct cbor_group tags = cbor_array(&c, 0, MANY);
	while (cbor_more(&c, &tags)) {
		if (cbor_tag(&c, TAG_COMID))
			read_comid(&c, cbor_bytes(&c, 0, bytes.len), s, scratch);
		else
			cbor_skip(&c, DEPTH);
	}
	leave(&c, &map);
	return cbor_end(&c) && seen_banks(s);
}
