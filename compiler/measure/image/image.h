// measure/image: the bytes of a disk → partitions, files, PE images, archives, dm-verity trees.
//
// Files are hostile: every offset and length goes through str_sub or source_sub, every loop has
// a bound that the file cannot choose. Content is streamed: no reader holds a whole image.
#pragma once
#include "base/base.h"

// ---- source.c: bytes that are read piece by piece, so that a test is an array.
// `file` is its number in diag's sources (marked binary): findings name it and an offset.
struct file_place { int fd; u64 off, len; };
struct source {
	u64 size;                     // bytes
	u32 file;
	u64 base_off;                 // where it begins in that file, for findings; 0 if scattered
	// Reads exactly len bytes at off into to; false when it can't (also: the file shrank).
	bool (*read)(void *of, u64 off, u8 *to, size_t len);
	void *of;
	// Where in an open file the bytes from off on lie, and how many together. NULL: in none.
	bool (*place)(void *of, u64 off, struct file_place *out);
};
// A source may be read from several threads at once. After source_has, a failing read means that
// the file shrank or the disk failed: report it with source_failed (exit status 2).
bool must_use source_has(const struct source *s, u64 off, u64 len);
bool must_use source_read(const struct source *s, u64 off, u64 len, u8 *to);
bool must_use source_bytes(const struct source *s, u64 off, u64 len, struct arena *a,
                           struct str *out);
bool source_failed(const struct source *s, u64 off, struct diag *d);   // always false
struct span source_span(const struct source *s, u64 off, u64 len);     // of a finding about it
// A part of a source as a source of its own; false unless it lies within.
bool must_use source_sub(const struct source *s, u64 off, u64 len, struct arena *a,
                         struct source *out);
// A file's place; never beyond the source. False for bytes that are in no file, or none there.
bool must_use source_place(const struct source *s, u64 off, struct file_place *out);
struct source source_of_str(struct arena *a, struct str bytes, u32 file);
// Opens a file, which is read with pread: one that shrinks is an error, not a signal. "-" is
// standard input, spooled into memory when it is no regular file. Refuses, by its magic, qcow2,
// VMDK, VHD, VHDX, gzip, xz, zstd with the command that converts each.
bool must_use source_open(struct arena *a, struct str path, struct source *out, struct diag *d);
bool must_use source_is_raw(const struct source *s, struct str path, struct diag *d);
// False when a read of the file failed since it was opened: then that is the only finding, with the
// place in the file. Asked when all was read.
bool must_use source_is_whole(const struct source *s, struct str path, struct diag *d);
void source_close(struct source *s);

// Findings that nobody is to see, in so many bytes of an arena: of what is tried.
struct diag *diag_aside(struct arena *a, size_t bytes);

// ---- mapping.c: the bytes of a source's file without a copy of them, a window at a time.
enum { MAPPING_BYTES = 2 << 20 }; // of a window, at most; a power of two
struct mapping { u8 *whole; struct mapping_area *area; size_t window; int fd; u64 end_off; };
// Once, before any other thread: what keeps a mapped file that shrinks from ending the process.
bool mapping_guard(void);
// False without the guard, or without room: read, then. `window`: a power of two.
bool must_use mapping_open(size_t window, struct mapping *out);
void mapping_close(struct mapping *m);
// Bytes from off on, 1 to len of them, until the next call. False when they are in no file that
// can be mapped: read, then.
bool must_use mapping_view(struct mapping *m, const struct source *s, u64 off, u64 len,
                           struct str *out);
// After a view was looked at: was it the file's bytes, to the last? False: the file shrank, or
// the disk failed, and some of them were zeros.
bool must_use mapping_holds(const struct mapping *m);

// ---- digest.c: the banks of a TPM, all of them over one reading (libcrypto EVP).
enum bank { BANK_SHA1, BANK_SHA256, BANK_SHA384, BANK_SHA512, BANK_COUNT };
enum { BANK_MAX_BYTES = 64 };
struct bank_info { struct str name; u16 tcg_id; u8 bytes; };   // "sha256", TPM_ALG_ID, digest size
extern const struct bank_info banks[BANK_COUNT];
struct digests { u8 of[BANK_COUNT][BANK_MAX_BYTES]; };          // only the banks asked for are set
typedef u32 bank_set;                                           // bit i: bank i
bool must_use bank_by_name(struct str name, enum bank *out);
// The one to show of several: what attestation documents hold comes first. False: there is none.
bool must_use bank_to_show(bank_set set, enum bank *out);
struct str digest_of(const struct digests *d, enum bank bank);  // a view of *d
struct range { u64 off, len; };
bool must_use digest_bytes(bank_set set, struct str bytes, struct digests *out);
// Over ranges of a source, in order, then `zeros` zero bytes. Streams in pieces; the banks share
// each piece.
bool must_use digest_ranges(bank_set set, const struct source *s, const struct range *ranges,
                            size_t count, u64 zeros, struct digests *out);
bool must_use digest_source(bank_set set, const struct source *s, u64 zeros, struct digests *out);
// Several digests side by side: jobs, and the banks within a job, on at most `threads` threads
// (0: one a processor); a job's data is read once for all its banks. Each job says whether it
// was `done`; false unless all were. At most threads × 1 MiB of scratch.
struct digest_job {
	const struct source *source;
	const struct range *ranges;
	size_t count;
	u64 zeros;
	bank_set set;
	struct digests out;
	bool done;
};
bool must_use digest_jobs(struct digest_job *jobs, size_t count, size_t threads,
                          struct arena scratch);

// ---- join.c: sources and zero bytes, one behind the other, as a source. An initrd of 2 GB that
// a loader puts together is never put together here.
struct join_part { struct source of; u64 at, zeros; };      // at: its place in the whole
struct join { struct join_part *list; size_t count, cap; u64 size; struct arena *arena; };
// `zeros` bytes follow the part. False when the sum does not fit 64 bits.
bool must_use join_add(struct join *j, struct source part, u64 zeros);
struct source join_source(const struct join *j);            // as it is now; file is 0

// ---- gpt.c: UEFI 2.10, 5.3. 512 and 4096 byte sectors; the backup when the primary is broken.
struct partition {
	u8 type[16], guid[16];        // as on disk (mixed endian)
	u64 first_lba, last_lba, attributes;
	struct str name;              // UTF-8
	u32 index;                    // in the table, from 0
};
struct gpt {
	u32 sector_bytes;
	bool from_backup;
	struct str header;            // the 92 bytes, as measured
	u32 entry_bytes;              // SizeOfPartitionEntry
	struct partition *list; size_t count;   // used entries, in table order
	struct str used_entries;      // their bytes as on disk, entry_bytes each
};
bool must_use gpt_read(const struct source *disk, struct arena *a, struct gpt *out, struct diag *d);
// The EFI system partition, by type GUID; the first one when there are several (a note).
bool must_use gpt_esp(const struct gpt *g, const struct source *disk, struct arena *a,
                      struct source *out, struct diag *d);
// A partition's bytes; false unless it lies on the disk.
bool must_use gpt_source(const struct gpt *g, const struct partition *p, const struct source *disk,
                         struct arena *a, struct source *out);
// The first partition of a type; false when there is none, or none that lies on the disk.
bool must_use gpt_partition(const struct gpt *g, const u8 *type, const struct source *disk,
                            struct arena *a, struct source *out);

// ---- fat.c: Microsoft's FAT specification 1.03: FAT12, 16, 32, long names.
struct fat;                       // a volume; lives in its arena
struct fat_entry { struct str name; bool folder; u64 size; u32 first_cluster; };
bool must_use fat_open(const struct source *volume, struct arena *a, struct fat **out,
                       struct diag *d);
// The file's bytes, fragmented or not, as a source. Walks its chain once, bounded by the
// volume's clusters.
bool must_use fat_source(const struct fat *f, const struct fat_entry *e, struct arena *a,
                         struct source *out, struct diag *d);

// ---- fat_folder.c
// Looks a path up ("EFI/BOOT/BOOTX64.EFI", case folded as FAT does). False without a finding
// when it is not there; with one, and *broken set, when the volume is broken.
bool fat_find(const struct fat *f, struct str path, struct arena *a, struct fat_entry *out,
              bool *broken, struct diag *d);
// Entries of a folder in directory order; "" is the root.
bool must_use fat_list(const struct fat *f, struct str path, struct arena *a,
                       struct fat_entry **out, size_t *count, struct diag *d);

// ---- pe.c: PE/COFF 8.3, PE32 and PE32+, as firmware loads it.
struct section {
	struct str name;              // without padding NULs; "/37" resolved by the COFF strings
	bool long_name;               // it was: programs that compare eight bytes see "/37"
	u32 virtual_bytes, virtual_addr, raw_bytes, raw_off, characteristics;
};
struct pe {
	struct source data;
	struct str name;              // what findings call it: a path, "the kernel in …"
	u16 machine, subsystem, magic;
	u32 header_bytes;             // SizeOfHeaders
	u32 rva_count;                // NumberOfRvaAndSizes
	u64 checksum_off, certificate_entry_off;       // in the file; 0: there is none
	u64 certificates_off, certificates_bytes;      // the attribute certificate table
	struct section *list; size_t count;
	u64 size;                     // of the file
};
bool must_use pe_read(const struct source *file, struct str name, struct arena *a,
                      struct pe *out, struct diag *d);
const struct section *pe_section(const struct pe *p, struct str name);   // the first, or NULL
// A section's bytes as they lie in the file: min(virtual, raw).
bool must_use pe_section_source(const struct pe *p, const struct section *s, struct arena *a,
                                struct source *out);

// ---- authenticode.c: Authenticode_PE.docx as edk2's Tcg2Dxe computes it (no padding).
// The covered ranges, in hashing order: what `amic explain PCR4` shows.
bool must_use authenticode_ranges(const struct pe *p, struct arena *a, struct range **out,
                                  size_t *count, struct diag *d);
bool must_use authenticode_digest(const struct pe *p, bank_set set, struct arena scratch,
                                  struct digests *out, struct diag *d);

// ---- cpio.c: the archives that the stub makes (newc).
u64 cpio_padding(u64 len);                                   // zeros up to a multiple of four
struct cpio_folder { struct str path; u32 mode, file_mode; };
struct cpio_file { struct str name; struct source of; };
bool must_use cpio_pack(const struct cpio_folder *folder, const struct cpio_file *files,
                        size_t count, struct arena *a, struct source *out);

// ---- initrd.c: cpio archives one after the other, plain or packed by what the kernel unpacks
// (gzip, xz, lzma, zstd, lz4, bzip2; see unpack.c). It is streamed, and keeps what was asked for.
enum { INITRD_FILE_MAX = 256 << 10 };  // bytes of a file that is kept
struct initrd_file {
	struct str name;              // from the root, without a slash in front
	bool found, whole;            // not whole: larger than INITRD_FILE_MAX, and without data
	struct str data;
	u32 mode;
	u8 *room;                     // the reader's
};
struct initrd {
	struct initrd_file *list; size_t count;    // in: the names to look for
	size_t entries;               // in all archives
	struct str opaque;            // not read from there on: what it is packed with; else empty
	bool too_large, too_far;      // not read to its end: more than unpacked_max comes out of it,
	u64 unpacked_max;             // or a decoder would have to look back further than 64 MiB
};
// What the packed parts together may unpack to, in bytes, unless something else is said.
u64 initrd_limit(u64 packed_bytes);
// `unpacked_max`: bytes; 0: initrd_limit. False, with a finding, when it is broken or unreadable.
bool must_use initrd_read(const struct source *s, u64 unpacked_max, struct arena *a,
                          struct initrd *into, struct diag *d);
const struct initrd_file *initrd_find(const struct initrd *i, struct str name);   // NULL: none

// ---- verity.c: dm-verity's superblock, version 1, and where the levels of the tree lie
// (Linux Documentation/admin-guide/device-mapper/verity.rst, cryptsetup docs/on-disk-format).
enum { VERITY_LEVELS_MAX = 16 };  // 2^48 blocks, at the least 8 digests a block
struct verity {
	enum bank bank;
	u32 hash_type;                // 1: salt before the block; 0: after it (Chrome OS)
	u32 data_block_bytes, hash_block_bytes;
	u64 data_blocks;
	u8 uuid[16];
	struct str salt;
	u32 slot_bytes;               // a digest's room in a hash block
	u32 slots;                    // digests a hash block, a power of two
	u32 level_count;              // 0: the root hash is that of the one data block
	u64 level_off[VERITY_LEVELS_MAX];      // in the tree's source; level 0 is the lowest
	u64 level_blocks[VERITY_LEVELS_MAX];
	u64 end_off;                  // of the tree
};
bool verity_here(const struct source *s, u64 off);            // its signature is there
bool must_use verity_read(const struct source *s, u64 off, struct arena *a, struct verity *out,
                          struct diag *d);
// The root hash that the top of the tree has. Of `data` when the tree has no level.
bool must_use verity_root(const struct verity *v, const struct source *tree,
                          const struct source *data, struct arena scratch, struct digests *out);
// Does the first data block have the digest that the tree has for it?
bool verity_fits(const struct verity *v, const struct source *tree, const struct source *data,
                 struct arena scratch);

// ---- verity_check.c: every block of the tree and of the data against the root hash, on
// `threads` threads (0: one a processor). Each block that differs is a finding, the first
// VERITY_NAMED by number. `data` and `tree` may be the same source.
enum { VERITY_NAMED = 64 };
bool must_use verity_check(const struct verity *v, const struct source *data,
                           const struct source *tree, struct str root_hash, size_t threads,
                           struct arena scratch, struct diag *d);
