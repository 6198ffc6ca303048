// packed: the JSON that tools/embed.c put into the program, without its text. To read that text in
// every run took a third of a small build's time.
//   '{' count (length key value)…   '[' count value…   '"' length bytes
//   'i' integer   'r' double   't' 'f' 'n'          numbers little-endian, 32 bits and 64
#include "base/embedded.h"
#include <string.h>

static json_t *read_value(struct rd *r);

static json_t *read_object(struct rd *r)
{
	json_t *object = json_object();
	for (u32 left = rd_le32(r); left && !r->bad; left--) {
		struct str key = rd_bytes(r, rd_le32(r));
		json_object_setn_new_nocheck(object, (const char *)key.at, key.len, read_value(r));
	}
	return object;
}

static json_t *read_array(struct rd *r)
{
	json_t *array = json_array();
	for (u32 left = rd_le32(r); left && !r->bad; left--)
		json_array_append_new(array, read_value(r));
	return array;
}

static json_t *read_text(struct rd *r)
{
	struct str text = rd_bytes(r, rd_le32(r));
	return json_stringn_nocheck((const char *)text.at, text.len);
}

static json_t *read_real(struct rd *r)
{
	u64 bits = rd_le64(r);
	double value;
	memcpy(&value, &bits, sizeof value);
	return json_real(value);
}

static json_t *read_value(struct rd *r)
{
	switch (rd_u8(r)) {
	case '{':
		return read_object(r);
	case '[':
		return read_array(r);
	case '"':
		return read_text(r);
	case 'i':
		return json_integer((json_int_t)rd_le64(r));
	case 'r':
		return read_real(r);
	case 't':
		return json_true();
	case 'f':
		return json_false();
	default:
		return json_null();
	}
}

json_t *packed_json(struct str bytes)
{
	struct rd r = {.left = bytes};
	return read_value(&r);
}
