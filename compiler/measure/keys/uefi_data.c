// uefi_data: the variable store that EC2 takes with an image: base64 of
//   magic u64 | CRC-32C u32 of what follows | version u32, 0 | zlib stream with a dictionary
// and in the stream: count u64, then for each variable name, data (a length u64 before each),
// GUID, attributes u32, and, when it is authenticated by time, its time and a digest.
// As awslabs/python-uefivars reads and writes it; the dictionary is a constant of the format.
#include "measure/keys/keys.h"
#include <string.h>
#include <zlib.h>

enum {
	GUID_BYTES = 16, TIME_BYTES = 16, DIGEST_BYTES = 32, VERSION = 0,
	STORE_MAX = 1 << 20, BLOB_MAX = 64000,     // base64 characters: EC2's limit
	VARIABLES_MAX = 1 << 14, AUTHENTICATED = 0x20,
	ENROLLED = 0x27,              // kept, for boot services, at run time, authenticated by time
};

static const struct str magic = STR("AMZNUEFI");
static const struct str dictionary_name = STR("schemas/uefi-data-v0.dict");

static bool fails(u32 file, struct str why, struct diag *d)
{
	return diag_report(d, (struct finding){UEFI_DATA_BROKEN, .at = {file, 0, 0}, .arg = {why}});
}

// Castagnoli's polynomial, reflected (RFC 3720, appendix B.4); blobs are small, so no table.
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

// ---- the compressed store

static bool inflate_store(struct str zdata, struct str dictionary, struct arena *a,
                          struct str *out)
{
	u8 *store = make(a, STORE_MAX, u8);
	z_stream z = {.next_in = (Bytef *)zdata.at, .avail_in = (uInt)zdata.len,
	              .next_out = store, .avail_out = STORE_MAX};
	if (inflateInit(&z) != Z_OK)
		return false;
	int state = inflate(&z, Z_FINISH);
	if (state == Z_NEED_DICT
	    && inflateSetDictionary(&z, dictionary.at, (uInt)dictionary.len) == Z_OK)
		state = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	*out = (struct str){store, STORE_MAX - z.avail_out};
	return state == Z_STREAM_END && z.avail_in == 0;
}

static bool deflate_store(struct str store, struct str dictionary, struct arena *a,
                          struct str *out)
{
	enum { ROOM = STORE_MAX + 4096 };       // more than deflate adds to what it can't shrink
	u8 *zdata = make(a, ROOM, u8);
	z_stream z = {.next_in = (Bytef *)store.at, .avail_in = (uInt)store.len,
	              .next_out = zdata, .avail_out = ROOM};
	if (deflateInit(&z, Z_BEST_COMPRESSION) != Z_OK)
		return false;
	bool done = deflateSetDictionary(&z, dictionary.at, (uInt)dictionary.len) == Z_OK
	         && deflate(&z, Z_FINISH) == Z_STREAM_END;
	deflateEnd(&z);
	*out = (struct str){zdata, ROOM - z.avail_out};
	return done;
}

static void read_variable(struct rd *r, struct variable *out)
{
	static const u8 none[GUID_BYTES] = {0};
	out->name = rd_bytes(r, rd_le64(r));
	out->data = rd_bytes(r, rd_le64(r));
	struct str guid = rd_bytes(r, GUID_BYTES);
	memcpy(out->guid, guid.len ? guid.at : none, GUID_BYTES);
	out->attributes = rd_le32(r);
	if (!(out->attributes & AUTHENTICATED))
		return;
	struct str time = rd_bytes(r, TIME_BYTES);
	memcpy(out->time, time.len ? time.at : none, TIME_BYTES);
	out->digest = rd_bytes(r, rd_le64(r));
}

static bool read_store(struct str store, u32 file, struct arena *a, struct variable **out,
                       size_t *count, struct diag *d)
{
	struct rd r = {store, false};
	u64 n = rd_le64(&r);
	size_t bad_off;
	if (n > VARIABLES_MAX)
		return fails(file, S("it claims more than 16384 variables"), d);
	struct variable *list = make(a, (size_t)n, struct variable);
	for (size_t i = 0; i < n && !r.bad; i++)
		read_variable(&r, &list[i]);
	if (r.bad || r.left.len)
		return fails(file, S("its variables do not fill its store"), d);
	for (size_t i = 0; i < n; i++)
		if (!utf8_valid(list[i].name, &bad_off))
			return fails(file, S("the name of a variable is no UTF-8"), d);
	*out = list;
	*count = (size_t)n;
	return true;
}

bool uefi_data_read(struct str base64, u32 file, struct library *l, struct arena *a,
                    struct variable **out, size_t *count, struct diag *d)
{
	struct str blob, store, dictionary;
	struct str text = str_trim(base64);
	if (text.len > BLOB_MAX * 2)
		return fails(file, S("it is far longer than 64000 characters"), d);
	if (!base64_read(text, a, &blob))
		return fails(file, S("it is not base64"), d);
	if (!str_starts(blob, magic))
		return fails(file, S("it does not begin with AMZNUEFI"), d);
	struct rd r = {blob, false};
	rd_skip(&r, 8);
	u32 crc = rd_le32(&r);
	if (crc32c(r.left) != crc)
		return fails(file, S("its checksum is wrong: was all of it copied?"), d);
	if (rd_le32(&r) != VERSION || r.bad)
		return fails(file, S("its version is not 0"), d);
	if (!library_text(l, dictionary_name, &dictionary))
		return false;
	if (!inflate_store(r.left, dictionary, a, &store))
		return fails(file, S("its store does not decompress, or to more than 1 MiB"), d);
	return read_store(store, file, a, out, count, d);
}

// ---- writing

static void put_sized(struct buf *b, struct str s)
{
	buf_le(b, s.len, 8);
	buf_put(b, s);
}

static void put_variable(struct buf *b, const struct variable *v)
{
	static const u8 no_digest[DIGEST_BYTES] = {0};
	put_sized(b, v->name);
	put_sized(b, v->data);
	buf_put(b, (struct str){v->guid, GUID_BYTES});
	buf_le(b, v->attributes, 4);
	if (!(v->attributes & AUTHENTICATED))
		return;
	buf_put(b, (struct str){v->time, TIME_BYTES});
	put_sized(b, v->digest.len ? v->digest : (struct str){no_digest, DIGEST_BYTES});
}

static struct str assemble(struct str zdata, struct arena *a)
{
	struct buf body = buf_new(a, zdata.len + 4), blob = buf_new(a, zdata.len + 16);
	buf_le(&body, VERSION, 4);
	buf_put(&body, zdata);
	buf_put(&blob, magic);
	buf_le(&blob, crc32c(buf_str(&body)), 4);
	buf_put(&blob, buf_str(&body));
	return base64_write(buf_str(&blob), a);
}

bool uefi_data_write(const struct variable *list, size_t count, struct library *l,
                     struct arena *a, struct str *out, struct diag *d)
{
	struct buf store = buf_new(a, STORE_MAX);
	struct str dictionary, zdata;
	buf_le(&store, count, 8);
	for (size_t i = 0; i < count; i++)
		put_variable(&store, &list[i]);
	if (!library_text(l, dictionary_name, &dictionary))
		return false;
	bool fits = !store.over && deflate_store(buf_str(&store), dictionary, a, &zdata);
	struct str text = fits ? assemble(zdata, a) : (struct str){0};
	if (!fits || text.len > BLOB_MAX)
		return diag_report(d, (struct finding){UEFI_DATA_LARGE,
			.arg = {fits ? str_number(d->arena, text.len) : S("more than 1 MiB of")}});
	*out = text;
	return true;
}

size_t secure_boot_variables(const struct secure_boot *s, struct arena *a, struct variable **out)
{
	const struct { struct str name; const u8 *guid; struct str data; } rows[] = {
		{S("PK"), guid_global, s->pk}, {S("KEK"), guid_global, s->kek},
		{S("db"), guid_security, s->db}, {S("dbx"), guid_security, s->dbx},
		{S("dbt"), guid_security, s->dbt},
	};
	struct variable *list = make(a, countof(rows), struct variable);
	size_t count = 0;
	for (size_t i = 0; i < countof(rows); i++) {
		struct variable v = {.name = rows[i].name, .data = rows[i].data,
		                     .attributes = ENROLLED};
		memcpy(v.guid, rows[i].guid, sizeof v.guid);
		if (v.data.len)
			list[count++] = v;
	}
	*out = list;
	return count;
}
