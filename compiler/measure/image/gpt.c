// gpt: the partition table of a disk (UEFI 2.10, section 5.3), as edk2's PartitionDxe accepts it.
// Sectors of 512 and of 4096 bytes; the copy at the end of the disk when the first is broken.
#include "measure/image/image.h"
#include <string.h>
#include <zlib.h>

enum {
	HEADER_BYTES = 92, SECTOR_MAX = 4096, ENTRY_MIN = 128, ENTRY_MAX = 4096,
	TABLE_MAX = 4 << 20,          // 128 entries of 128 bytes are usual: 16 KiB
	NAME_OFF = 56, NAME_UNITS = 36, GUID_BYTES = 16,
};

static const u32 sector_sizes[] = {512, 4096};

struct header {
	u64 my_lba, alternate_lba, entries_lba;
	u32 bytes, crc, count, entry_bytes, entries_crc;
};
struct table { u32 sector_bytes; struct header h; struct str header, entries; };

static u32 crc_of(struct str s)
{
	return (u32)crc32(0, s.at, (uInt)s.len);
}

static void read_fields(struct str sector, struct header *out)
{
	struct rd r = {sector, false};
	rd_skip(&r, 8 + 4);                     // signature, revision: compared as one
	out->bytes = rd_le32(&r);
	out->crc = rd_le32(&r);
	rd_skip(&r, 4);                         // reserved
	out->my_lba = rd_le64(&r);
	out->alternate_lba = rd_le64(&r);
	rd_skip(&r, 8 + 8 + GUID_BYTES);        // first and last usable LBA, disk GUID
	out->entries_lba = rd_le64(&r);
	out->count = rd_le32(&r);
	out->entry_bytes = rd_le32(&r);
	out->entries_crc = rd_le32(&r);
}

// The header's own CRC counts its four bytes as zero.
static u32 header_crc(struct str header)
{
	u32 crc = crc_of((struct str){header.at, 16});
	crc = (u32)crc32(crc, (const u8[4]){0}, 4);
	return (u32)crc32(crc, header.at + 20, (uInt)header.len - 20);
}

// What is wrong with a header that should stand at `lba`, or an empty text.
static struct str header_fault(struct str sector, u64 lba, struct header *h)
{
	struct str whole;
	if (!str_starts(sector, S("EFI PART")))
		return S("no header");
	if (!str_starts(sector, S("EFI PART\0\0\1\0")))
		return S("its revision is not 1.0");
	read_fields(sector, h);
	if (h->bytes < HEADER_BYTES || !str_sub(sector, 0, h->bytes, &whole))
		return S("HeaderSize is below 92 or above the sector size");
	if (header_crc(whole) != h->crc)
		return S("its HeaderCRC32 is wrong");
	if (h->my_lba != lba)
		return S("MyLBA is not where it stands");
	if (h->entry_bytes < ENTRY_MIN || h->entry_bytes > ENTRY_MAX
	    || (h->entry_bytes & (h->entry_bytes - 1)))
		return S("SizeOfPartitionEntry is not 128, 256, ... 4096");
	return (struct str){0};
}

static struct str entries_fault(const struct source *disk, struct table *t, struct arena *a)
{
	u64 off, len;
	if (!mul_u64(t->h.count, t->h.entry_bytes, &len) || len == 0 || len > TABLE_MAX)
		return S("NumberOfPartitionEntries is 0 or its entries need more than 4 MiB");
	if (!mul_u64(t->h.entries_lba, t->sector_bytes, &off)
	    || !source_bytes(disk, off, len, a, &t->entries))
		return S("PartitionEntryLBA is beyond the disk");
	if (crc_of(t->entries) != t->h.entries_crc)
		return S("its PartitionEntryArrayCRC32 is wrong");
	return (struct str){0};
}

static struct str table_fault(const struct source *disk, u64 lba, struct table *t, struct arena *a)
{
	u64 off;
	struct str sector, fault;
	if (!mul_u64(lba, t->sector_bytes, &off)
	    || !source_bytes(disk, off, t->sector_bytes, a, &sector))
		return S("the disk has no such sector");
	fault = header_fault(sector, lba, &t->h);
	t->header = (struct str){sector.at, HEADER_BYTES};
	return fault.len ? fault : entries_fault(disk, t, a);
}

// Tries one copy of the table with each sector size; keeps the fault that got furthest.
static bool find_table(const struct source *disk, bool backup, struct arena *a, struct table *out,
                       struct str *fault)
{
	*fault = S("no header");
	for (size_t i = 0; i < countof(sector_sizes); i++) {
		u64 sectors = disk->size / sector_sizes[i];
		if (backup && sectors < 2)
			continue;
		struct table t = {.sector_bytes = sector_sizes[i]};
		struct str wrong = table_fault(disk, backup ? sectors - 1 : 1, &t, a);
		if (wrong.len == 0) {
			*out = t;
			return true;
		}
		if (!str_eq(wrong, S("no header")) && str_eq(*fault, S("no header")))
			*fault = wrong;
	}
	return false;
}

static void put_le(u8 *to, u64 value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (u8)(value >> 8 * i);
}

// The primary header that firmware writes when only the backup is intact (edk2 PartitionDxe,
// PartitionRestoreGptTable): the two LBAs swapped, the entries behind it, a new CRC.
static struct str restored_header(const struct table *t, struct arena *a)
{
	struct str whole = str_copy(a, (struct str){t->header.at, t->h.bytes});
	u8 *at = (u8 *)whole.at;
	put_le(at + 24, t->h.alternate_lba, 8);
	put_le(at + 32, t->h.my_lba, 8);
	put_le(at + 72, 2, 8);
	put_le(at + 16, header_crc(whole), 4);
	return (struct str){at, HEADER_BYTES};
}

// As edk2's PartitionDxe looks for it: an entry with the boot flag of a BIOS is none, and the
// signature at the end of the sector is not asked for.
static bool has_protective_mbr(const struct source *disk)
{
	enum { ENTRIES_OFF = 446, ENTRY = 16, FLAG_OFF = 0, TYPE_OFF = 4, START_OFF = 8 };
	u8 mbr[512];
	if (!source_read(disk, 0, sizeof mbr, mbr))
		return false;
	for (size_t i = 0; i < 4; i++) {
		const u8 *entry = mbr + ENTRIES_OFF + i * ENTRY;
		if (entry[FLAG_OFF] == 0 && entry[TYPE_OFF] == 0xee
		    && memcmp(entry + START_OFF, "\1\0\0\0", 4) == 0)
			return true;
	}
	return false;
}

// UTF-16 to UTF-8; what is no character becomes U+FFFD, since a name decides nothing.
static struct str entry_name(struct str entry, struct arena *a)
{
	struct rd r = {entry, false};
	struct str units;
	rd_skip(&r, NAME_OFF);
	units = rd_bytes(&r, 2 * NAME_UNITS);
	for (size_t i = 0; i + 1 < units.len; i += 2)
		if (units.at[i] == 0 && units.at[i + 1] == 0)
			units.len = i;
	return utf16_to_utf8(a, units);
}

static void read_entry(struct str entry, u32 index, struct arena *a, struct partition *out)
{
	struct rd r = {entry, false};
	memcpy(out->type, rd_bytes(&r, GUID_BYTES).at, GUID_BYTES);
	memcpy(out->guid, rd_bytes(&r, GUID_BYTES).at, GUID_BYTES);
	out->first_lba = rd_le64(&r);
	out->last_lba = rd_le64(&r);
	out->attributes = rd_le64(&r);
	out->name = entry_name(entry, a);
	out->index = index;
}

static bool is_unused(struct str entry)
{
	static const u8 none[GUID_BYTES] = {0};
	return memcmp(entry.at, none, GUID_BYTES) == 0;
}

static void read_entries(const struct table *t, struct arena *a, struct gpt *out)
{
	struct buf used = buf_new(a, TABLE_MAX);
	out->list = make(a, t->h.count, struct partition);
	for (u32 i = 0; i < t->h.count; i++) {
		struct str entry = {t->entries.at + (size_t)i * t->h.entry_bytes, t->h.entry_bytes};
		if (is_unused(entry))
			continue;
		buf_put(&used, entry);
		read_entry(entry, i, a, &out->list[out->count++]);
	}
	out->used_entries = buf_str(&used);
}

bool gpt_read(const struct source *disk, struct arena *a, struct gpt *out, struct diag *d)
{
	struct table t;
	struct str fault, backup_fault = {0};
	bool from_backup = !find_table(disk, false, a, &t, &fault);
	if (from_backup && !find_table(disk, true, a, &t, &backup_fault))
		return diag_report(d, (struct finding){GPT_MISSING, .at = source_span(disk, 0, 0),
			.arg = {fault, backup_fault}});
	if (!has_protective_mbr(disk))
		return diag_report(d, (struct finding){GPT_MBR, .at = source_span(disk, 446, 64)});
	if (from_backup)
		diag_report(d, (struct finding){GPT_BACKUP_USED,
			.at = source_span(disk, t.sector_bytes, HEADER_BYTES), .arg = {fault}});
	struct gpt g = {.sector_bytes = t.sector_bytes, .from_backup = from_backup,
	                .entry_bytes = t.h.entry_bytes};
	g.header = from_backup ? restored_header(&t, a) : t.header;
	read_entries(&t, a, &g);
	*out = g;
	return true;
}

bool gpt_source(const struct gpt *g, const struct partition *p, const struct source *disk,
                struct arena *a, struct source *out)
{
	u64 off, end;
	return p->first_lba <= p->last_lba && mul_u64(p->first_lba, g->sector_bytes, &off)
	    && add_u64(p->last_lba, 1, &end) && mul_u64(end, g->sector_bytes, &end)
	    && source_sub(disk, off, end - off, a, out);
}

bool gpt_partition(const struct gpt *g, const u8 *type, const struct source *disk,
                   struct arena *a, struct source *out)
{
	for (size_t i = 0; i < g->count; i++)
		if (memcmp(g->list[i].type, type, GUID_BYTES) == 0)
			return gpt_source(g, &g->list[i], disk, a, out);
	return false;
}

bool gpt_esp(const struct gpt *g, const struct source *disk, struct arena *a, struct source *out,
             struct diag *d)
{
	// c12a7328-f81f-11d2-ba4b-00a0c93ec93b
	static const u8 type[GUID_BYTES] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
	                                    0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
	const struct partition *first = NULL;
	size_t count = 0;
	for (size_t i = 0; i < g->count; i++) {
		if (memcmp(g->list[i].type, type, sizeof type))
			continue;
		first = first ? first : &g->list[i];
		count++;
	}
	struct span at = source_span(disk, 0, 0);
	if (!first)
		return diag_report(d, (struct finding){ESP_MISSING, .at = at,
			.arg = {str_number(d->arena, g->count)}});
	if (count > 1)
		diag_report(d, (struct finding){ESP_SEVERAL, .at = at,
			.arg = {str_number(d->arena, (u64)first->index + 1)}});
	return gpt_source(g, first, disk, a, out)
	    || diag_report(d, (struct finding){ESP_RANGE, .at = at,
			.arg = {str_number(d->arena, first->first_lba),
			        str_number(d->arena, first->last_lba),
			        str_number(d->arena, disk->size / g->sector_bytes)}});
}
