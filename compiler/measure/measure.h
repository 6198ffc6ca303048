// measure: a disk image in, an event log and PCR values out. One section a file, in the order in
// which the bytes pass through them. Calls only base/.
//
//   source, gpt, fat, pe, authenticode ─┬─ predict (firmware, menu, stub, kernel) ─ log ─ pcr
//   esl, uefi_data, vars, secureboot ───┘
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
// Looks a path up ("EFI/BOOT/BOOTX64.EFI", case folded as FAT does). False without a finding
// when it is not there; with one, and *broken set, when the volume is broken.
bool fat_find(const struct fat *f, struct str path, struct arena *a, struct fat_entry *out,
              bool *broken, struct diag *d);
// Entries of a folder in directory order; "" is the root.
bool must_use fat_list(const struct fat *f, struct str path, struct arena *a,
                       struct fat_entry **out, size_t *count, struct diag *d);
// The file's bytes, fragmented or not, as a source. Walks its chain once, bounded by the
// volume's clusters.
bool must_use fat_source(const struct fat *f, const struct fat_entry *e, struct arena *a,
                         struct source *out, struct diag *d);

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

// ---- esl.c: EFI_SIGNATURE_LIST, UEFI 2.10, 32.4.1.
struct signature {
	u8 type[16], owner[16];
	struct str data;              // DER, hash, …
	bool first;                   // of its list
};
// The types, as guid_read takes them, and in words: a certificate, and by banks the hash of an
// image and that of a certificate, which a time follows. SHA-1 is no hash of certificates.
struct signature_type { struct str guid, name; };
extern const struct signature_type type_x509, type_image[BANK_COUNT], type_certificate[BANK_COUNT];
bool must_use esl_read(struct str list, u32 file, struct arena *a, struct signature **out,
                       size_t *count, struct diag *d);

// ---- guid.c: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", 16 bytes on disk.
bool must_use guid_read(struct str text, u8 *out);
struct str guid_text(struct arena *a, const u8 *guid);
bool guid_is(const u8 *guid, struct str text);
// Whose variables: EFI's own (PK, KEK), the signature databases', shim's.
extern const u8 guid_global[16], guid_security[16], guid_shim[16];

// ---- pkcs7.c: one Authenticode signature, checked by libcrypto as edk2's BaseCryptLib does.
// The digest algorithm where firmware looks for it; false for one that it does not know.
bool must_use pkcs7_bank(struct str signature, enum bank *out);
// A signature is parsed once, however many certificates are tried on it. Until it is closed its
// owner takes no arena memory: a full arena would strand libcrypto's.
struct pkcs7 {
	struct pkcs7_st *whole;       // of libcrypto
	struct stack_st_X509 *signers;
	struct str content;           // what is signed, if it is an image's digest
	bool is_image;
	size_t work;                  // of one certificate that is tried; 4 where one signer has one
};
bool must_use pkcs7_open(struct str signature, struct pkcs7 *out);
void pkcs7_close(struct pkcs7 *p);
// Whether it covers this image digest and its chain ends at the certificate (DER), time ignored.
bool pkcs7_signed_by(const struct pkcs7 *p, struct str image_digest, struct str certificate);
// The digests of the signed part (TBSCertificate) of the index-th signer; false behind the last.
bool must_use pkcs7_signer_digests(struct pkcs7 *p, size_t index, bank_set set,
                                   struct digests *out);
bool certificate_reads(struct str der);
bool certificate_is_for_modules(struct str der);     // its extended key usage: a kernel's modules
bool must_use certificate_tbs(struct str der, struct str *out);
struct str certificate_subject(struct arena *a, struct str der);     // "/CN=…"; or "no certificate"

// ---- secureboot.c: the variables, and what firmware does with an image under them.
struct secure_boot {
	bool on;                      // a PK is enrolled, and SecureBootEnable is not 0
	struct str pk, kek, db, dbx;  // signature lists as in the variable
	struct str dbt;               // who vouches for the time of a signature; empty: nobody
	// shim's, when a variable store has them: its lists, its level, its owner's switches.
	struct str mok_list, mok_list_x, sbat_level;
	struct str mok_sb_state, mok_db_state, mok_list_trusted, mok_policy;
};
enum verdict { VERDICT_SIGNED, VERDICT_HASH, VERDICT_REFUSED };
struct authority {
	enum verdict verdict;
	struct signature entry;       // of db
	struct signature *more;       // further hashes of an unsigned image, each an authority too
	size_t more_count;
	struct str why;
};
// UEFI 2.10, 32.5.3.3 as edk2's DxeImageVerificationLib reads it. False only when it could not be
// decided (unreadable, a broken list, more work than a real one makes); a refusal is a verdict
// with its reason.
bool must_use secure_boot_verify(const struct pe *p, struct str db, struct str dbx,
                                 struct arena *a, struct authority *out, struct diag *d);
// The attribute certificate table's bytes (PE/COFF 8.3, 5.9).
bool must_use certificate_table(const struct pe *p, struct arena *a, struct str *out,
                                struct diag *d);
// The same in two steps, so that one reading of the image serves this and a PCR: the banks that
// are needed, then the verdict by the image's digests in (at least) these.
bool must_use secure_boot_needs(const struct pe *p, struct str db, struct str dbx,
                                struct arena scratch, bank_set *out, struct diag *d);
bool must_use secure_boot_verify_with(const struct pe *p, const struct digests *image,
                                      struct str db, struct str dbx, struct arena *a,
                                      struct authority *out, struct diag *d);

// Whether a list revokes a certificate from a time on: what a signature is worth that dates from
// before is for dbt to say, and not predicted.
bool secure_boot_has_times(struct str dbx, struct arena scratch, struct diag *d);

// ---- uefi_data.c: the blob of EC2 RegisterImage: base64, CRC-32C, zlib with a dictionary that
// the library has.
struct variable { struct str name; u8 guid[16]; struct str data; u32 attributes;
                  u8 time[16]; struct str digest; };
bool must_use uefi_data_read(struct str base64, u32 file, struct library *l, struct arena *a,
                             struct variable **out, size_t *count, struct diag *d);
bool must_use uefi_data_write(const struct variable *list, size_t count, struct library *l,
                              struct arena *a, struct str *out, struct diag *d);
// The variables that enroll these lists (PK, KEK, db, dbx, dbt; empty ones left out).
size_t secure_boot_variables(const struct secure_boot *s, struct arena *a, struct variable **out);

// ---- vars.c: an OVMF or AAVMF variable store (VARIABLE_STORE_HEADER, authenticated format).
bool must_use vars_read(struct str store, u32 file, struct arena *a, struct variable **out,
                        size_t *count, struct diag *d);
bool secure_boot_from(const struct variable *list, size_t count, struct secure_boot *out);

// ---- event.c: a log: events in order; a PCR is the fold over those that extend it.
// TCG PC Client Platform Firmware Profile 1.06, 10.4.
enum { PCR_COUNT = 24 };
static const u32 EV_NO_ACTION = 3, EV_SEPARATOR = 4, EV_EVENT_TAG = 6, EV_IPL = 0xd,
	EV_EFI_VARIABLE_DRIVER_CONFIG = 0x80000001, EV_EFI_VARIABLE_BOOT = 0x80000002,
	EV_EFI_BOOT_SERVICES_APPLICATION = 0x80000003, EV_EFI_GPT_EVENT = 0x80000006,
	EV_EFI_ACTION = 0x80000007, EV_EFI_VARIABLE_AUTHORITY = 0x800000e0;
struct event {
	u32 pcr, type;
	struct digests digests;       // what is extended
	bool extends;                 // false: EV_NO_ACTION, or a digest that is not known
	bool unknown;                 // happens, but its digest can't be predicted (`why` says why)
	bool likely;                  // unknown, but `digests` are those of a boot that adds nothing
	bool platform;                // an unknown event that is the machine's, not the image's
	const struct pe *image;       // a started image's event, or a section's of it; else NULL
	bool inner;                   // that image is the kernel inside a UKI
	struct range covered;         // a section's: its bytes in that image's file,
	u64 zeros;                    // and so many zeros behind them
	struct str data;              // event data as in a log, when it can be predicted
	struct str what;              // "the UKI EFI/BOOT/BOOTX64.EFI"
	struct str why;               // "firmware measures each image that it starts"
};
// What the kernel is started with, when a prediction reached one. A text in `…_unknown` says why
// the other is not, or not all, of it.
struct handed {
	bool reached;
	struct str options;           // UTF-8
	struct source initrd;         // of size 0: none
	struct str options_unknown, initrd_unknown;
};
struct event_log {
	struct event *list; size_t count, cap;
	bank_set set;
	struct handed handed;
	struct arena *arena;
};
struct event *event_add(struct event_log *log, struct event e);
// "EV_IPL"; 0x and eight digits for a type without a name.
struct str event_type_name(u32 type, struct arena *a);
// What the data of an event of a log say it was, in words: "variable db", "section .linux".
struct str event_describe(const struct event *e, struct arena *a);
enum pcr_state {
	PCR_KNOWN,
	PCR_PARTLY,                   // an event that can't be predicted is in it: no value
	PCR_PLATFORM,                 // the machine's: no value
};
struct pcr_values {
	u8 of[BANK_COUNT][PCR_COUNT][BANK_MAX_BYTES];
	enum pcr_state state[PCR_COUNT];
	bool extended[PCR_COUNT];     // false: it keeps the value that it has after a reset
};
bool must_use event_fold(const struct event_log *log, struct pcr_values *out);

// ---- tcglog.c: binary_bios_measurements, read and written.
bool must_use tcglog_read(struct str bytes, u32 file, struct arena *a, struct event_log *out,
                          struct diag *d);
void tcglog_write(const struct event_log *log, struct buf *out);

// ---- predict.c: what a boot of this image will extend.
struct boot_options {
	struct str boot_path;         // --boot: the file that firmware starts; empty: the default
	struct str load_options;      // --load-options, UTF-8; empty: none
	struct str smbios_cmdline;    // --smbios-cmdline
	bool failed_entry_first;      // a boot option whose file is missing comes before
	u32 assume_stub;              // --assume-stub N; 0: as the file says
	struct secure_boot secure;
	bank_set set;
	u32 pcrs;                     // bit i: PCR i is asked for, the others' events are left out
	size_t threads;               // for digests; 0: one a processor
};
// Of a disk (GPT with an ESP), or of EFI files by themselves in their load order.
bool must_use predict_disk(const struct source *disk, const struct boot_options *o,
                           struct arena *a, struct event_log *out, struct diag *d);
bool must_use predict_files(const struct source *files, const struct str *names, size_t count,
                            const struct boot_options *o, struct arena *a,
                            struct event_log *out, struct diag *d);

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

// ---- lzma.c, xz.c: .xz, whose filter is LZMA2. Each takes its part of `in` and appends to
// `out`, within the room (cap) that its owner gave it: it does not grow. False: broken, or too
// large. Both need 64 KiB of scratch.
bool must_use lzma2_unpack(struct rd *in, struct arena scratch, struct buf *out);
void rd_to_4(struct rd *r, struct str from);    // up to a multiple of four bytes behind `from`
bool must_use xz_unpack(struct rd *in, struct arena scratch, struct buf *out);

// ---- initrd.c: cpio archives, plain, gzip or xz, one after the other.
struct initrd_file { struct str name, data; u32 mode; };      // name: from the root, no slash
struct initrd {
	struct initrd_file *list; size_t count, cap;
	struct str opaque;            // not read from there on: what it is packed with; else empty
};
// `file` and `base_off`: where the bytes are from, for findings.
bool must_use initrd_read(struct str bytes, u32 file, u64 base_off, struct arena *a,
                          struct initrd *out, struct diag *d);
bool initrd_find(const struct initrd *i, struct str name, struct str *out);   // the last one

// ---- seen.c: what was measured somewhere else, in any form that tools print it: JSON of
// nitro-tpm-pcr-compute, tpm2_pcrread's YAML, /sys/class/tpm/…/pcr-*/N with their names, or the
// binary log.
struct seen {
	bool is_log;
	struct event_log log;         // of a log; `values` are then its fold
	struct pcr_values values;
	u32 has[BANK_COUNT];          // bit i: there is a value of PCR i
};
bool must_use seen_read(struct str bytes, u32 file, struct arena *a, struct seen *out,
                        struct diag *d);
bank_set seen_banks(const struct seen *s);

// ---- compare.c: predicted against seen, PCR by PCR and event by event; in words.
enum sameness { SAME_ALL, SAME_NOT, SAME_UNKNOWN };
// `pcrs`: bit i, compare PCR i; 0: those that an image decides. Writes the report to `out`.
bool must_use compare_with(const struct event_log *predicted, const struct seen *s, u32 pcrs,
                           struct arena *a, struct buf *out, enum sameness *result);

// ---- compare_why.c: why two events differ, from what their data and their neighbours say.
// Lines of two blanks and a text, for the first differing event of a PCR. Either may be NULL:
// the other is one too many.
struct difference {
	const struct event_log *predicted, *seen;
	const struct event *want, *got;
	struct arena *arena;
};
void difference_explain(const struct difference *d, struct buf *out);

// ---- chain.c: from what is measured to the file system: the root hashes that a command line and
// an initrd pin, and what in them lets something else run. The words are in schemas/chain.json.
enum { CHAIN_ROOTS_MAX = 8 };
struct root_hash {
	struct str of, from;          // "the root file system", "'roothash=' on the command line"
	u8 bytes[BANK_MAX_BYTES]; size_t len;
	u64 hash_off;                 // of the superblock in its partition; 0: its beginning
};
struct chain {
	struct root_hash roots[CHAIN_ROOTS_MAX]; size_t count;
	struct str opaque;            // what the initrd is packed with that can't be read, or empty
	size_t files;                 // in the initrd
};
// Findings for what breaks the chain; false only when something could not be read.
bool must_use chain_read(const struct handed *h, struct library *l, struct arena *a,
                         struct chain *out, struct diag *d);

// ---- chain_verify.c: the disk's partition that has a tree with this root hash, checked whole.
// What was checked is said in `out`.
bool must_use chain_verify(const struct source *disk, const struct chain *c, size_t threads,
                           struct arena *a, struct buf *out, struct diag *d);

// ---- explain.c: a PCR in words: its events, what each covers, what that pins.
bool must_use explain_pcr(const struct event_log *log, u32 pcr, const struct chain *c,
                          struct arena *a, struct buf *out, struct diag *d);
