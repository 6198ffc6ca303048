// Small images for tests: a PE file of named sections, a FAT12 volume of files with long names,
// a disk of one partition. Written from the specifications, not from the readers.
#pragma once
#include "unit.h"

struct piece { const char *name; struct str bytes; u32 virtual_bytes; };   // 0: as the bytes
struct file_of { const char *path; struct str bytes; };

static inline void put_le(u8 *to, u64 v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (u8)(v >> 8 * i);
}

static inline u32 align_up(u32 n, u32 unit) { return (n + unit - 1) / unit * unit; }

// PE32+ of x86-64, sixteen directories, Subsystem 10; sections at 512 in the file, 4096 in memory.
enum { PE_OFF = 64, PE_OPTIONAL = PE_OFF + 24, PE_SECTIONS = PE_OPTIONAL + 240,
       PE_HEADERS = 1024, PE_MACHINE_OFF = PE_OFF + 4, PE_SUBSYSTEM_OFF = PE_OPTIONAL + 68 };

static inline struct str make_pe(struct arena *a, const struct piece *list, size_t count)
{
	u32 bytes = PE_HEADERS, addr = 4096;
	for (size_t i = 0; i < count; i++)
		bytes += align_up((u32)list[i].bytes.len, 512);
	u8 *f = make(a, bytes, u8);
	memcpy(f, "MZ", 2);
	put_le(f + 60, PE_OFF, 4);
	memcpy(f + PE_OFF, "PE\0\0", 4);
	put_le(f + PE_OFF + 4, 0x8664, 2);
	put_le(f + PE_OFF + 6, count, 2);
	put_le(f + PE_OFF + 20, 240, 2);
	put_le(f + PE_OFF + 22, 0x22, 2);
	put_le(f + PE_OPTIONAL, 0x20b, 2);
	put_le(f + PE_OPTIONAL + 32, 4096, 4);
	put_le(f + PE_OPTIONAL + 36, 512, 4);
	put_le(f + PE_OPTIONAL + 60, PE_HEADERS, 4);
	put_le(f + PE_OPTIONAL + 68, 10, 2);
	put_le(f + PE_OPTIONAL + 108, 16, 4);
	u32 off = PE_HEADERS;
	for (size_t i = 0; i < count; i++) {
		u8 *s = f + PE_SECTIONS + 40 * i;
		u32 raw = (u32)list[i].bytes.len;
		u32 in_memory = list[i].virtual_bytes ? list[i].virtual_bytes : raw;
		memcpy(s, list[i].name, strnlen(list[i].name, 8));
		put_le(s + 8, in_memory, 4);
		put_le(s + 12, addr, 4);
		put_le(s + 16, align_up(raw, 512), 4);
		put_le(s + 20, off, 4);
		if (raw)
			memcpy(f + off, list[i].bytes.at, raw);
		off += align_up(raw, 512);
		addr += align_up(in_memory ? in_memory : 1, 4096);
	}
	put_le(f + PE_OPTIONAL + 56, addr, 4);
	return (struct str){f, bytes};
}

// A UKI of this stub, with a command line and an initrd; its kernel is a PE file of no sections
// but one.
static inline struct str make_kernel(struct arena *a)
{
	struct piece text = {".text", S("kernel"), 0};
	struct str k = make_pe(a, &text, 1);
	memcpy((u8 *)k.at + 0x202, "HdrS", 4);
	return k;
}

// ---- FAT12: one sector a cluster, one FAT, 64 root entries, every folder at most one cluster

enum { FAT_SECTORS = 4000, FAT_TABLE = 1, FAT_TABLE_SECTORS = 12, FAT_ROOT = 13,
       FAT_ROOT_SECTORS = 4, FAT_DATA = 17, FAT_FOLDER_SECTORS = 40 };
struct fat_image { u8 *at; u32 next; };

static inline void fat_set(struct fat_image *v, u32 cluster, u32 value)
{
	u8 *e = v->at + FAT_TABLE * 512 + cluster * 3 / 2;
	if (cluster % 2) {
		e[0] = (u8)((e[0] & 0x0f) | value << 4);
		e[1] = (u8)(value >> 4);
	} else {
		e[0] = (u8)value;
		e[1] = (u8)((e[1] & 0xf0) | value >> 8);
	}
}

static inline u8 *fat_cluster(struct fat_image *v, u32 cluster)
{
	return v->at + (FAT_DATA + (size_t)cluster - 2) * 512;
}

static inline u32 fat_take(struct fat_image *v, u32 sectors)
{
	u32 first = v->next;
	for (u32 i = 0; i < sectors; i++)
		fat_set(v, first + i, i + 1 < sectors ? first + i + 1 : 0xfff);
	v->next += sectors;
	assert_true(v->next < FAT_SECTORS - FAT_DATA);
	return first;
}

static inline u8 *fat_free_entry(u8 *folder)
{
	while (*folder)
		folder += 32;
	return folder;
}

static inline u8 fat_sum(const u8 *name)
{
	u8 sum = 0;
	for (size_t i = 0; i < 11; i++)
		sum = (u8)((u8)(sum << 7 | sum >> 1) + name[i]);
	return sum;
}

// Long name entries in front of a short name that is a number.
static inline void fat_name(struct fat_image *v, u8 **e, struct str name, u8 *alias)
{
	static const u8 places[13] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
	size_t parts = (name.len + 12) / 13;
	memcpy(alias, "00000000   ", 11);
	for (u32 n = v->next, i = 7; n; n /= 10, i--)
		alias[i] = (u8)('0' + n % 10);
	for (size_t part = parts; part > 0; part--, *e += 32) {
		(*e)[0] = (u8)(part | (part == parts ? 0x40 : 0));
		(*e)[11] = 0x0f;
		(*e)[13] = fat_sum(alias);
		for (size_t i = 0; i < 13; i++) {
			size_t k = (part - 1) * 13 + i;
			put_le(*e + places[i], k < name.len ? name.at[k] : k == name.len ? 0 : 0xffff, 2);
		}
	}
}

static inline void fat_entry_put(struct fat_image *v, u8 *folder, struct str name, u8 attribute,
                                 u32 cluster, u32 size)
{
	u8 alias[11], *e = fat_free_entry(folder);
	fat_name(v, &e, name, alias);
	memcpy(e, alias, 11);
	e[11] = attribute;
	put_le(e + 26, cluster, 2);
	put_le(e + 28, size, 4);
}

struct fat_place { struct str path; u8 *folder; };

// The folder of a path, made with all above it when it is not there.
static inline u8 *fat_folder(struct fat_image *v, struct fat_place *known, size_t *count,
                             struct str path)
{
	size_t slash = path.len;
	for (size_t i = 0; i < *count; i++)
		if (str_eq(known[i].path, path))
			return known[i].folder;
	while (slash && path.at[slash - 1] != '/')
		slash--;
	struct str above = {path.at, slash ? slash - 1 : 0};
	u8 *parent = fat_folder(v, known, count, above);
	u32 cluster = fat_take(v, FAT_FOLDER_SECTORS);
	u8 *folder = fat_cluster(v, cluster);
	memcpy(folder, ".          \x10", 12);
	memcpy(folder + 32, "..         \x10", 12);
	put_le(folder + 26, cluster, 2);
	fat_entry_put(v, parent, (struct str){path.at + slash, path.len - slash}, 0x10, cluster, 0);
	known[(*count)++] = (struct fat_place){path, folder};
	return folder;
}

static inline void fat_add(struct fat_image *v, struct fat_place *known, size_t *count,
                           struct str path, struct str bytes)
{
	size_t slash = path.len;
	while (slash && path.at[slash - 1] != '/')
		slash--;
	u8 *folder = fat_folder(v, known, count, (struct str){path.at, slash ? slash - 1 : 0});
	u32 cluster = bytes.len ? fat_take(v, (u32)((bytes.len + 511) / 512)) : 0;
	if (bytes.len)
		memcpy(fat_cluster(v, cluster), bytes.at, bytes.len);
	fat_entry_put(v, folder, (struct str){path.at + slash, path.len - slash}, 0x20, cluster,
	              (u32)bytes.len);
}

static inline struct str make_fat(struct arena *a, const struct file_of *files, size_t count)
{
	struct fat_image v = {make(a, (size_t)FAT_SECTORS * 512, u8), 2};
	struct fat_place known[64] = {{S(""), v.at + FAT_ROOT * 512}};
	size_t folders = 1;
	memcpy(v.at, "\xeb\x3c\x90" "amic    ", 11);
	put_le(v.at + 11, 512, 2);
	v.at[13] = 1;
	put_le(v.at + 14, 1, 2);
	v.at[16] = 1;
	put_le(v.at + 17, 64, 2);
	put_le(v.at + 19, FAT_SECTORS, 2);
	v.at[21] = 0xf8;
	put_le(v.at + 22, FAT_TABLE_SECTORS, 2);
	put_le(v.at + 510, 0xaa55, 2);
	fat_set(&v, 0, 0xff8);
	fat_set(&v, 1, 0xfff);
	for (size_t i = 0; i < count; i++)
		fat_add(&v, known, &folders, str_from(files[i].path), files[i].bytes);
	return (struct str){v.at, (size_t)FAT_SECTORS * 512};
}

// ---- GPT

// Sectors of a disk of one partition.
enum { DISK_FIRST_LBA = 40, DISK_SECOND_LBA = DISK_FIRST_LBA + FAT_SECTORS,
       DISK_LBAS = DISK_SECOND_LBA + 40 };

static inline u32 crc32_of(const u8 *at, size_t len)
{
	u32 crc = ~0u;
	for (size_t i = 0; i < len; i++) {
		crc ^= at[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static inline void gpt_header_put(u8 *disk, u64 lbas, u64 lba, u64 other, u64 entries)
{
	u8 *h = disk + lba * 512;
	memcpy(h, "EFI PART\0\0\1\0\x5c", 13);
	put_le(h + 24, lba, 8);
	put_le(h + 32, other, 8);
	put_le(h + 40, 34, 8);
	put_le(h + 48, lbas - 34, 8);
	memset(h + 56, 0xd1, 16);
	put_le(h + 72, entries, 8);
	put_le(h + 80, 128, 4);
	put_le(h + 84, 128, 4);
	put_le(h + 88, crc32_of(disk + entries * 512, 128 * 128), 4);
	put_le(h + 16, crc32_of(h, 92), 4);
}

static inline void partition_put(u8 *entry, const u8 *type, u64 first_lba)
{
	memcpy(entry, type, 16);
	memset(entry + 16, 0xa0 + (int)(first_lba % 16), 16);
	put_le(entry + 32, first_lba, 8);
	put_le(entry + 40, first_lba + FAT_SECTORS - 1, 8);
}

// An EFI system partition with the first files, and one of systemd's XBOOTLDR with the others.
static inline struct str make_disk_of_two(struct arena *a, const struct file_of *files,
                                          size_t count, const struct file_of *more, size_t others)
{
	static const u8 esp[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
	                           0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
	static const u8 xbootldr[16] = {0xff, 0xc2, 0x13, 0xbc, 0xe6, 0x59, 0x62, 0x42,
	                                0xa3, 0x52, 0xb2, 0x75, 0xfd, 0x6f, 0x71, 0x72};
	u64 lbas = DISK_LBAS + (others ? FAT_SECTORS : 0);
	u8 *disk = make(a, (size_t)lbas * 512, u8);
	struct arena scratch = *a;
	struct str volume = make_fat(&scratch, files, count);
	memcpy(disk + (size_t)DISK_FIRST_LBA * 512, volume.at, volume.len);
	if (others) {
		scratch = *a;
		volume = make_fat(&scratch, more, others);
		memcpy(disk + (size_t)DISK_SECOND_LBA * 512, volume.at, volume.len);
	}
	disk[446 + 4] = 0xee;
	put_le(disk + 446 + 8, 1, 4);
	put_le(disk + 446 + 12, lbas - 1, 4);
	put_le(disk + 510, 0xaa55, 2);
	u64 tables[] = {2, lbas - 33};
	for (size_t i = 0; i < 2; i++) {
		partition_put(disk + tables[i] * 512, esp, DISK_FIRST_LBA);
		if (others)
			partition_put(disk + tables[i] * 512 + 128, xbootldr, DISK_SECOND_LBA);
	}
	gpt_header_put(disk, lbas, 1, lbas - 1, 2);
	gpt_header_put(disk, lbas, lbas - 1, 1, lbas - 33);
	return (struct str){disk, (size_t)lbas * 512};
}

static inline struct str make_disk(struct arena *a, const struct file_of *files, size_t count)
{
	return make_disk_of_two(a, files, count, NULL, 0);
}
