// fat: a volume's geometry and its cluster chains (Microsoft's FAT specification 1.03), accepted
// and refused as edk2's FatPkg does. fat_folder.c reads the folders.
//
// What is odd                               firmware                         amic
// chain longer than the file                reads the file                   the same
// chain that ends before the file does      fails to read                    FAT_CHAIN
// chain with a circle                       reads on for the file's size     FAT_LOOP
// two files that share clusters             reads both                       the same
// entry of a bad, free or foreign cluster   fails to read                    FAT_CHAIN
// FAT32 of fewer than 65,525 clusters       refuses the volume               FAT_VOLUME
// the second copy of the FAT differs        reads the first                  the same
#include "measure/image/internal.h"

enum {
	BOOT_BYTES = 512, FIRST_CLUSTER = 2, ENTRY_BYTES = 32,
	FAT12_CLUSTERS = 4085, FAT16_CLUSTERS = 65525, CLUSTERS_MAX = 0x0ffffff5,
	WINDOW = 4096,                // of the table, read at a time; even, so that 16 and 32 bits fit
};

// The fields of the boot sector, in its order.
struct boot {
	u32 sector_bytes, cluster_sectors, reserved, tables, root_entries, sectors, media;
	u32 table_sectors, flags, version, root_cluster;
	bool wide;                    // FAT32
};

static void read_boot(struct str sector, struct boot *out)
{
	struct rd r = {sector, false};
	rd_skip(&r, 3 + 8);                     // jump, name of the maker
	out->sector_bytes = rd_le16(&r);
	out->cluster_sectors = rd_u8(&r);
	out->reserved = rd_le16(&r);
	out->tables = rd_u8(&r);
	out->root_entries = rd_le16(&r);
	u32 sectors16 = rd_le16(&r);
	out->media = rd_u8(&r);
	out->table_sectors = rd_le16(&r);
	rd_skip(&r, 2 + 2 + 4);                 // sectors a track, heads, hidden sectors
	u32 sectors32 = rd_le32(&r);
	out->sectors = sectors16 ? sectors16 : sectors32;
	out->wide = out->table_sectors == 0;
	if (!out->wide)
		return;
	out->table_sectors = rd_le32(&r);
	out->flags = rd_le16(&r);
	out->version = rd_le16(&r);
	out->root_cluster = rd_le32(&r);
}

static bool is_power_of_2(u32 n, u32 least, u32 most)
{
	return n >= least && n <= most && (n & (n - 1)) == 0;
}

// The field that no FAT volume has so, or an empty text (edk2 FatPkg, FatOpenDevice).
static struct str boot_fault(const struct boot *b)
{
	bool media = b->media >= 0xf8 || b->media == 0xf0 || b->media <= 1;
	const struct { bool good; struct str field; } rows[] = {
		{is_power_of_2(b->sector_bytes, 512, 4096), S("BytsPerSec")},
		{is_power_of_2(b->cluster_sectors, 1, 128), S("SecPerClus")},
		{b->reserved != 0, S("RsvdSecCnt")},
		{b->tables != 0, S("NumFATs")},
		{b->sectors != 0, S("TotSec")},
		{media, S("Media")},
		{b->table_sectors != 0, S("FATSz")},
		{b->wide || b->root_entries != 0, S("RootEntCnt")},
		{!b->wide || b->version == 0, S("FSVer")},
		{!b->wide || !(b->flags & 0x80), S("ExtFlags (mirroring is off)")},
	};
	for (size_t i = 0; i < countof(rows); i++)
		if (!rows[i].good)
			return rows[i].field;
	return (struct str){0};
}

// The parts of the volume in sectors, all of them products of 32-bit fields: 64 bits hold them.
static struct str lay_out(const struct boot *b, u64 size, struct fat *f)
{
	u64 root_sectors = ((u64)(b->wide ? 0 : b->root_entries) * ENTRY_BYTES + b->sector_bytes - 1)
	                 / b->sector_bytes;
	u64 root = b->reserved + (u64)b->tables * b->table_sectors, data = root + root_sectors;
	if (data > b->sectors)
		return S("TotSec (its tables do not fit)");
	u64 clusters = (b->sectors - data) / b->cluster_sectors;
	if (clusters == 0 || clusters > CLUSTERS_MAX || b->wide != (clusters >= FAT16_CLUSTERS))
		return S("FATSz (FAT16 has fewer than 65525 clusters, FAT32 no fewer)");
	f->kind = b->wide ? 32 : clusters < FAT12_CLUSTERS ? 12 : 16;
	f->table_off = (u64)b->reserved * b->sector_bytes;
	f->table_bytes = (u64)b->table_sectors * b->sector_bytes;
	f->root_off = root * b->sector_bytes;
	f->root_bytes = (u64)(b->wide ? 0 : b->root_entries) * ENTRY_BYTES;
	f->root_cluster = b->root_cluster;
	f->data_off = data * b->sector_bytes;
	f->cluster_bytes = b->cluster_sectors * b->sector_bytes;
	f->cluster_count = (u32)clusters;
	if (f->table_bytes * 8 / f->kind < clusters + FIRST_CLUSTER)
		return S("FATSz (fewer entries than clusters)");
	return f->data_off <= size ? (struct str){0} : S("TotSec (the partition is smaller)");
}

bool fat_open(const struct source *volume, struct arena *a, struct fat **out, struct diag *d)
{
	struct fat f = {.volume = *volume};
	struct boot boot = {0};
	u8 sector[BOOT_BYTES];
	struct str fault = S("size");
	if (source_has(volume, 0, BOOT_BYTES)) {
		if (!source_read(volume, 0, BOOT_BYTES, sector))
			return source_failed(volume, 0, d);
		read_boot((struct str){sector, BOOT_BYTES}, &boot);
		fault = boot_fault(&boot);
		fault = fault.len ? fault : lay_out(&boot, volume->size, &f);
	}
	if (fault.len)
		return diag_report(d, (struct finding){FAT_VOLUME,
			.at = source_span(volume, 0, BOOT_BYTES), .arg = {fault}});
	*out = make(a, 1, struct fat);
	**out = f;
	return true;
}

// ---- chains

// A piece of the table that stays from one entry to the next: chains mostly run forwards.
struct window { u64 off; size_t len; u8 bytes[WINDOW]; };

static bool window_move(const struct fat *f, struct window *w, u64 off)
{
	w->off = off / WINDOW * WINDOW;
	u64 left = f->table_bytes - w->off;
	w->len = left < WINDOW ? (size_t)left : WINDOW;
	return source_read(&f->volume, f->table_off + w->off, w->len, w->bytes);
}

static bool table_byte(const struct fat *f, struct window *w, u64 off, u32 *out)
{
	struct str all = {NULL, (size_t)f->table_bytes}, one;
	if (!str_sub(all, off, 1, &one))
		return false;
	if ((off < w->off || off - w->off >= w->len) && !window_move(f, w, off))
		return false;
	*out = w->bytes[off - w->off];
	return true;
}

static bool next_cluster(const struct fat *f, struct window *w, u32 cluster, u32 *out)
{
	u64 off = (u64)cluster * f->kind / 8;
	u32 entry = 0, byte = 0, bytes = f->kind == 32 ? 4 : 2;
	for (u32 i = 0; i < bytes; i++) {
		if (!table_byte(f, w, off + i, &byte))
			return false;
		entry |= byte << 8 * i;
	}
	if (f->kind == 12)
		entry = cluster & 1 ? entry >> 4 : entry & 0xfff;
	*out = f->kind == 32 ? entry & 0x0fffffff : entry;
	return true;
}

static bool is_end(const struct fat *f, u32 cluster)
{
	u32 marks = f->kind == 12 ? 0xff8 : f->kind == 16 ? 0xfff8 : 0x0ffffff8;
	return cluster >= marks;
}

static bool is_cluster(const struct fat *f, u32 cluster)
{
	return cluster >= FIRST_CLUSTER && cluster - FIRST_CLUSTER < f->cluster_count;
}

struct list { struct run *at; size_t count, cap; };

static void add_cluster(const struct fat *f, u32 cluster, struct list *l, u64 *bytes,
                        struct arena *a)
{
	u64 off = f->data_off + (u64)(cluster - FIRST_CLUSTER) * f->cluster_bytes;
	struct run *last = l->count ? &l->at[l->count - 1] : NULL;
	if (last && last->off + last->len == off) {
		last->len += f->cluster_bytes;
	} else {
		l->at = grown(a, l->at, l->count, &l->cap, struct run);
		l->at[l->count++] = (struct run){off, f->cluster_bytes, *bytes};
	}
	*bytes += f->cluster_bytes;
}

// Brent's method: the walker leaves a mark behind at every power of two, and a circle brings it
// back there. Needs no memory, and less than three times the circle's length in steps.
struct mark { u32 cluster; u64 steps, limit; };

static bool is_circle(struct mark *m, u32 cluster)
{
	if (cluster == m->cluster)
		return true;
	if (++m->steps == m->limit)
		*m = (struct mark){cluster, 0, m->limit * 2};
	return false;
}

static bool broken(const struct fat *f, enum rule rule, struct str what, u32 cluster,
                   struct diag *d)
{
	u64 entry_off = f->table_off + (u64)cluster * f->kind / 8;
	return diag_report(d, (struct finding){rule, .at = source_span(&f->volume, entry_off, 0),
		.arg = {str_copy(d->arena, what), str_number(d->arena, cluster)}});
}

bool fat_chain(const struct fat *f, u32 first, struct str what, struct arena *a,
               struct runs *out, struct diag *d)
{
	struct window w = {0};
	struct list l = {0};
	struct mark mark = {0, 0, 1};
	u64 bytes = 0;
	for (u32 cluster = first, from = first; !is_end(f, cluster); ) {
		if (!is_cluster(f, cluster))
			return broken(f, FAT_CHAIN, what, from, d);
		if (is_circle(&mark, cluster))
			return broken(f, FAT_LOOP, what, cluster, d);
		add_cluster(f, cluster, &l, &bytes, a);
		from = cluster;
		if (!next_cluster(f, &w, from, &cluster))
			return source_failed(&f->volume, f->table_off, d);
	}
	*out = (struct runs){l.at, l.count, bytes};
	return true;
}

// ---- a file as a source

struct file { struct source volume; struct runs runs; };

// The run that holds off: the last one that begins at or before it.
static const struct run *run_at(const struct runs *runs, u64 off)
{
	size_t low = 0, high = runs->count;
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		if (runs->list[mid].at <= off)
			low = mid;
		else
			high = mid;
	}
	return &runs->list[low];
}

static bool file_read_at(void *of, u64 off, u8 *to, size_t len)
{
	const struct file *file = of;
	while (len) {
		const struct run *run = run_at(&file->runs, off);
		u64 into = off - run->at, left = run->len - into;
		size_t piece = left < len ? (size_t)left : len;
		if (!source_read(&file->volume, run->off + into, piece, to))
			return false;
		to += piece;
		off += piece;
		len -= piece;
	}
	return true;
}

static bool file_place_at(void *of, u64 off, struct file_place *out)
{
	const struct file *file = of;
	const struct run *run = run_at(&file->runs, off);
	u64 into = off - run->at, left = run->len - into;
	if (!source_place(&file->volume, run->off + into, out))
		return false;
	out->len = out->len < left ? out->len : left;
	return true;
}

struct source fat_runs_source(const struct fat *f, const struct runs *runs, u64 size,
                              struct arena *a)
{
	struct file *of = make(a, 1, struct file);
	*of = (struct file){f->volume, *runs};
	u64 base = runs->count ? source_span(&f->volume, runs->list[0].off, 0).off : 0;
	return (struct source){size, f->volume.file, runs->count == 1 ? base : 0, file_read_at, of,
	                       file_place_at};
}

bool fat_source(const struct fat *f, const struct fat_entry *e, struct arena *a,
                struct source *out, struct diag *d)
{
	struct runs runs = {0};
	if (e->size && !fat_chain(f, e->first_cluster, e->name, a, &runs, d))
		return false;
	struct str all = {NULL, (size_t)runs.bytes}, content;
	if (!str_sub(all, 0, e->size, &content))
		return diag_report(d, (struct finding){FAT_SHORT,
			.at = source_span(&f->volume, f->table_off, 0),
			.arg = {e->name, str_number(d->arena, e->size),
			        str_number(d->arena, runs.bytes)}});
	*out = fat_runs_source(f, &runs, e->size, a);
	return true;
}
