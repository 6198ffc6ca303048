// fat_folder: folders, long names and lookup. A long name belongs to the entry behind it when
// order and checksum say so (edk2 FatPkg, DirectoryManage.c); else the entry has its short name.
#include "measure/image/internal.h"
#include <string.h>

enum {
	ENTRY_BYTES = 32, ENTRIES_MAX = 65536,        // a folder's limit in the specification
	SHORT_NAME = 11, SHORT_BASE = 8, LONG_PARTS_MAX = 20, LONG_UNITS = 13,
	ATTRIBUTE_LABEL = 0x08, ATTRIBUTE_FOLDER = 0x10, ATTRIBUTE_LONG = 0x0f,
	LONG_LAST = 0x40, CASE_BASE = 0x08, CASE_EXTENSION = 0x10,
	DELETED = 0xe5, KANJI_E5 = 0x05,
};

struct entry {
	struct str short_name;        // the eleven bytes
	u8 attributes, lower;
	u32 first_cluster, size;
};

static void read_entry(struct str bytes, u32 kind, struct entry *out)
{
	struct rd r = {bytes, false};
	out->short_name = rd_bytes(&r, SHORT_NAME);
	out->attributes = rd_u8(&r);
	out->lower = rd_u8(&r);
	rd_skip(&r, 1 + 2 + 2 + 2);             // times of creation, day of last access
	u32 high = rd_le16(&r);
	rd_skip(&r, 2 + 2);                     // time of the last write
	u32 low = rd_le16(&r);
	out->size = rd_le32(&r);
	out->first_cluster = low | (kind == 32 ? high << 16 : 0);
}

// Firmware widens the bytes of a short name as they are, that is as Latin-1.
static void put_short(struct buf *out, struct str bytes, bool lower)
{
	while (bytes.len && bytes.at[bytes.len - 1] == ' ')
		bytes.len--;
	for (size_t i = 0; i < bytes.len; i++) {
		u8 c = bytes.at[i];
		utf8_put(out, lower && c >= 'A' && c <= 'Z' ? c + 32u : c);
	}
}

static struct str short_name(struct arena *a, const struct entry *e, bool with_case)
{
	struct buf out = buf_new(a, 64);
	struct str base = {e->short_name.at, SHORT_BASE};
	struct str extension = {e->short_name.at + SHORT_BASE, SHORT_NAME - SHORT_BASE};
	u8 kanji[SHORT_BASE];
	if (base.at[0] == KANJI_E5) {
		memcpy(kanji, base.at, SHORT_BASE);
		kanji[0] = DELETED;
		base.at = kanji;
	}
	put_short(&out, base, with_case && e->lower & CASE_BASE);
	if (extension.at[0] != ' ') {
		buf_byte(&out, '.');
		put_short(&out, extension, with_case && e->lower & CASE_EXTENSION);
	}
	return buf_str(&out);
}

static u8 short_checksum(struct str name)
{
	u8 sum = 0;
	for (size_t i = 0; i < name.len; i++)
		sum = (u8)((u8)(sum << 7 | sum >> 1) + name.at[i]);
	return sum;
}

// One of the parts that stand before the entry, last part first: thirteen units in three places.
static bool long_part(struct str bytes, u8 order, u8 checksum, struct buf *units, bool *last)
{
	struct rd r = {bytes, false};
	u8 ordinal = rd_u8(&r);
	struct str first = rd_bytes(&r, 10);
	u8 attributes = rd_u8(&r);
	rd_skip(&r, 1);                         // type
	u8 sum = rd_u8(&r);
	struct str second = rd_bytes(&r, 12);
	u16 zero = rd_le16(&r);
	struct str third = rd_bytes(&r, 4);
	put(units, first, second, third);
	*last = ordinal & LONG_LAST;
	return attributes == ATTRIBUTE_LONG && zero == 0 && sum == checksum
	    && (ordinal & (LONG_LAST - 1)) == order && !(ordinal & 0x80);
}

// The long name of entry `index` of a folder; empty when it has none.
static struct str long_name(struct str folder, size_t index, struct str name, struct arena *a)
{
	struct buf units = buf_new(a, LONG_PARTS_MAX * LONG_UNITS * 2);
	u8 checksum = short_checksum(name);
	bool last = false;
	for (u8 order = 1; !last; order++) {
		struct str part;
		if (order > LONG_PARTS_MAX || order > index
		    || !str_sub(folder, (index - order) * ENTRY_BYTES, ENTRY_BYTES, &part)
		    || !long_part(part, order, checksum, &units, &last))
			return (struct str){0};
	}
	struct str all = buf_str(&units);
	for (size_t i = 0; i + 1 < all.len; i += 2)
		if (all.at[i] == 0 && all.at[i + 1] == 0)
			all.len = i;
	return utf16_to_utf8(a, all);
}

static bool folder_bytes(const struct fat *f, const struct fat_entry *folder, struct arena *a,
                         struct str *out, struct diag *d)
{
	struct runs runs = {0};
	if (folder->first_cluster == 0) {       // the root of FAT12 and FAT16 has no cluster
		return source_bytes(&f->volume, f->root_off, f->root_bytes, a, out)
		    || source_failed(&f->volume, f->root_off, d);
	}
	if (!fat_chain(f, folder->first_cluster, folder->name, a, &runs, d))
		return false;
	u64 most = (u64)ENTRIES_MAX * ENTRY_BYTES;
	struct source all = fat_runs_source(f, &runs, runs.bytes < most ? runs.bytes : most, a);
	return source_bytes(&all, 0, all.size, a, out) || source_failed(&f->volume, f->data_off, d);
}

struct folder { struct str bytes; size_t index; };

// The next entry that names a file or folder; false at the end.
static bool next_entry(const struct fat *f, struct folder *in, struct entry *out)
{
	struct str bytes;
	while (str_sub(in->bytes, in->index * ENTRY_BYTES, ENTRY_BYTES, &bytes) && bytes.at[0]) {
		read_entry(bytes, f->kind, out);
		in->index++;
		if (bytes.at[0] != DELETED && !(out->attributes & ATTRIBUTE_LABEL))
			return true;
	}
	return false;
}

static struct fat_entry named(const struct entry *e, struct str name)
{
	bool folder = e->attributes & ATTRIBUTE_FOLDER;
	return (struct fat_entry){name, folder, folder ? 0 : e->size, e->first_cluster};
}

static struct str name_of(const struct folder *in, const struct entry *e, struct arena *a)
{
	struct str name = long_name(in->bytes, in->index - 1, e->short_name, a);
	return name.len ? name : short_name(a, e, true);
}

static struct fat_entry root_of(const struct fat *f)
{
	return (struct fat_entry){S("/"), true, 0, f->kind == 32 ? f->root_cluster : 0};
}

// What edk2's English collation folds: ASCII and the letters of Latin-1.
static u32 fold(u32 c)
{
	bool ascii = c >= 'a' && c <= 'z';
	bool latin = c >= 0xe0 && c <= 0xfe && c != 0xf7;
	return ascii || latin ? c - 32 : c;
}

static bool same_name(struct str a, struct str b)
{
	while (a.len && b.len) {
		u32 x = 0xfffd, y = 0xfffd;
		size_t n = utf8_next(a, &x), m = utf8_next(b, &y);
		if (!n || !m || fold(x) != fold(y))
			return false;
		a = (struct str){a.at + n, a.len - n};
		b = (struct str){b.at + m, b.len - m};
	}
	return a.len == b.len;
}

// Long names win over short ones, wherever they stand in the folder.
static bool find_in(const struct fat *f, struct str bytes, struct str name, struct arena *a,
                    struct fat_entry *out)
{
	struct folder in = {bytes, 0};
	struct entry e;
	bool found = false;
	while (next_entry(f, &in, &e)) {
		struct arena scratch = *a;
		if (same_name(name_of(&in, &e, &scratch), name)) {
			*out = named(&e, name_of(&in, &e, a));
			return true;
		}
		if (!found && same_name(short_name(&scratch, &e, false), name)) {
			*out = named(&e, name_of(&in, &e, a));
			found = true;
		}
	}
	return found;
}

static struct str next_component(struct str *path)
{
	struct str left = *path, head;
	while (left.len && (left.at[0] == '/' || left.at[0] == '\\'))
		left = (struct str){left.at + 1, left.len - 1};
	head = left;
	for (size_t i = 0; i < head.len; i++)
		if (head.at[i] == '/' || head.at[i] == '\\')
			head.len = i;
	*path = (struct str){left.at + head.len, left.len - head.len};
	return head;
}

bool fat_find(const struct fat *f, struct str path, struct arena *a, struct fat_entry *out,
              bool *is_broken, struct diag *d)
{
	struct fat_entry at = root_of(f);
	*is_broken = false;
	for (struct str name; (name = next_component(&path)).len; ) {
		struct str bytes;
		if (!at.folder)
			return false;
		if (!folder_bytes(f, &at, a, &bytes, d)) {
			*is_broken = true;
			return false;
		}
		if (!find_in(f, bytes, name, a, &at))
			return false;
	}
	*out = at;
	return true;
}

bool fat_list(const struct fat *f, struct str path, struct arena *a, struct fat_entry **out,
              size_t *count, struct diag *d)
{
	struct fat_entry at;
	struct str bytes;
	bool is_broken;
	if (!fat_find(f, path, a, &at, &is_broken, d) || !at.folder)
		return is_broken ? false : diag_report(d, (struct finding){FAT_FOLDER,
			.at = source_span(&f->volume, 0, 0), .arg = {str_copy(d->arena, path)}});
	if (!folder_bytes(f, &at, a, &bytes, d))
		return false;
	struct folder in = {bytes, 0};
	struct entry e;
	struct fat_entry *list = make(a, bytes.len / ENTRY_BYTES, struct fat_entry);
	size_t n = 0;
	while (next_entry(f, &in, &e))
		if (e.short_name.at[0] != '.')
			list[n++] = named(&e, name_of(&in, &e, a));
	*out = list;
	*count = n;
	return true;
}
