// packed: what tools/embed.c made of a JSON file, as jansson's value: see yaml/packed.c.
#include "base/embedded.h"
#include <stdlib.h>

static json_t *read_value(struct rd *r, struct str *key);

static json_t *read_members(struct rd *r, bool map)
{
	json_t *whole = map ? json_object() : json_array();
	struct str key = {0};
	for (u32 left = rd_le32(r); left && !r->bad; left--) {
		json_t *value = read_value(r, &key);
		if (map)
			json_object_setn_new_nocheck(whole, (const char *)key.at, key.len, value);
		else
			json_array_append_new(whole, value);
	}
	return whole;
}

static json_t *read_value(struct rd *r, struct str *key)
{
	u8 head = rd_u8(r);
	if (head & 16)
		*key = rd_bytes(r, rd_le32(r));
	if (head & 3)
		return read_members(r, (head & 3) == 2);
	struct str text = rd_bytes(r, rd_le32(r));
	return head & 4 ? json_loadb((const char *)text.at, text.len, JSON_DECODE_ANY, NULL)
	                : json_stringn_nocheck((const char *)text.at, text.len);
}

json_t *packed_json(struct str bytes)
{
	struct rd r = {.left = bytes};
	struct str key;
	return read_value(&r, &key);
}
