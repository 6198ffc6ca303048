// One predicted boot, as its stages share it: firmware starts shim, a menu, a stub or a kernel;
// each adds its events and starts the next. The order of the files below is that of a boot.
//
//   predict → firmware → shim → menu (entry) → stub (uki, companions, cpio) → kernel
#pragma once
#include "measure/boot/boot.h"

// ---- image.c: a file that is started, and what it is.
enum image_kind {
	IMAGE_PLAIN,                  // what it starts next, if anything, is not known
	IMAGE_SHIM, IMAGE_MENU, IMAGE_STUB, IMAGE_KERNEL,
};
struct image {
	struct str path;              // on its volume, with '/'; a file by itself: its name
	const struct fat *volume;     // NULL: a file by itself
	struct pe pe;
	enum image_kind kind;
	u32 version;                  // systemd's, of a menu or a stub; shim's: 1508 is 15.8. 0: unsaid
	bool inner;                   // the kernel inside a UKI
};
bool must_use image_read(const struct source *file, struct str path, const struct fat *volume,
                         struct arena *a, struct image *out, struct diag *d);
// Looks it up on the volume. False without a finding when there is none and *missing is set.
bool must_use image_open(const struct fat *volume, struct str path, struct arena *a,
                         struct image *out, bool *missing, struct diag *d);
enum kernel_kind { KERNEL_NONE, KERNEL_PLAIN, KERNEL_ZBOOT };
enum kernel_kind kernel_kind_of(const struct source *s);      // NONE: no Linux that we know
// What the names of files end in for the machine field; empty for others than these two.
struct str machine_suffix(u16 machine);                     // "x64", "aa64"
bool machine_is_x64(u16 machine);

// ---- boot.c: the log in the making.
struct pending;                       // a digest that is still to be computed
struct check;                         // a verdict that is still to be reached
struct shim;
struct boot {
	const struct boot_options *options;
	struct event_log *log;
	struct arena *arena;
	struct diag *diag;
	const struct fat *esp, *xbootldr; // NULL: files by themselves; no such partition
	const struct gpt *gpt;
	const struct shim *shim;          // what a shim that ran left behind, or NULL
	unsigned behind_shim;             // images that were started since
	bool failed;                      // libcrypto refused a digest
	unsigned depth;                   // loaders that started loaders
	struct pending *pending; size_t pending_count, pending_cap;
	struct check *checks; size_t check_count, check_cap;
};
bool boot_wants(const struct boot *b, u32 pcr);
// What is added when its PCR is asked for: an event over bytes, at once; over a source and zeros,
// later, side by side with the others; and one that happens but can't be predicted.
void boot_event(struct boot *b, struct event e, struct str measured);
void boot_event_over(struct boot *b, struct event e, struct source of, u64 zeros);
void boot_event_unknown(struct boot *b, u32 pcr, u32 type, struct str what, struct str why);
// The image's event in PCR4 and, with Secure Boot, its authority in PCR7 before it. `i` stays
// with the log: it lives in the arena.
bool must_use boot_image(struct boot *b, const struct image *i, struct str what, struct str why);
// Computes what is pending, in place. False with a finding: a file changed, an image refused.
bool must_use boot_settle(struct boot *b);
// Whether Secure Boot (firmware, or shim when one ran) admits the image: for those whose refusal
// stops nothing. Small images only, read at once.
bool must_use boot_admits(struct boot *b, const struct image *i, bool *out);
// UEFI_VARIABLE_DATA (PFP 1.06, 10.2.6).
struct str variable_data(struct arena *a, const u8 *guid, struct str name, struct str data);
// TCG_PCClientTaggedEvent: an id, a length, and what systemd and Linux put there, a name.
struct str tag_data(struct arena *a, u32 id, struct str text);

// ---- text.c: command lines as firmware holds them, UTF-16 without the NUL behind.
struct text { bool present; struct str units; };
struct text text_from_utf8(struct arena *a, struct str s);   // of options: proper UTF-16
struct text text_of_section(struct arena *a, struct str s);  // as systemd reads 8-bit text
struct str text_with_nul(struct arena *a, struct text t);
struct str text_utf8(struct arena *a, struct text t);
struct text text_append(struct arena *a, struct text t, struct str more);   // a blank between
enum mangle { MANGLE_NONE, MANGLE_END, MANGLE_BOTH };        // which blanks go
struct text text_mangle(struct arena *a, struct text t, enum mangle how);
u16 text_unit(struct text t, size_t i);                      // 0 behind the end
bool text_digit(u8 c);
struct str text_lower(struct arena *a, struct str s);        // ASCII letters

// ---- firmware.c: PCR 4, 5 and 7 up to the first image.
void firmware_begin(struct boot *b);
bool must_use firmware_start(struct boot *b, const struct image *i);

// ---- stage.c: an image that was started. `options` are the load options that it was given. Each
// stage adds its events, and what it starts adds its own.
bool must_use image_run(struct boot *b, const struct image *i, struct text options);
// What follows can't be known: a warning, and an unknown event in each PCR that it may extend.
// Always true: what was measured so far stands.
bool must_use boot_unknown_chain(struct boot *b, const struct image *i, struct str what);

// ---- shim.c, menu.c, stub.c, kernel.c: the stages.
bool must_use shim_run(struct boot *b, const struct image *i, struct text options);
bool must_use shim_measure(struct boot *b, const struct image *i);   // its own events alone
bool must_use menu_run(struct boot *b, const struct image *i);
// The load options that it gives this image, measured.
bool must_use menu_hand_over(struct boot *b, const struct image *menu, const struct image *next,
                             struct text *out);
bool must_use stub_run(struct boot *b, const struct image *i, struct text options);
// What a kernel is started with. A text in `…_unknown` says why the other can't be known.
struct handover {
	struct text options;          // not present: none are measured
	struct source initrd;         // of size 0: none was offered
	struct str options_unknown, initrd_unknown;
};
void kernel_run(struct boot *b, const struct source *kernel, struct str path,
                const struct handover *h);

// ---- uki.c: systemd-stub by version, and the sections of an image as it finds them.
enum uki_section {                    // the order in which they are measured
	UKI_LINUX, UKI_OSREL, UKI_CMDLINE, UKI_INITRD, UKI_UCODE, UKI_SPLASH, UKI_DTB, UKI_UNAME,
	UKI_SBAT, UKI_PCRSIG, UKI_PCRPKEY, UKI_PROFILE, UKI_DTBAUTO, UKI_HWIDS, UKI_EFIFW,
	UKI_SECTIONS,
};
enum kernel_start { BY_HANDOVER, BY_LOAD_IMAGE, BY_ITSELF };
enum addon_events { ADDONS_NONE, ADDONS_BY_FOLDER, ADDONS_AT_ONCE };
struct stub_rules {
	u32 from;                     // the version that brought them
	u32 parameters_pcr, extensions_pcr;
	bool measures_sections;       // into PCR11
	bool by_prefix;               // the last section whose name begins so, not the first by name
	enum mangle mangle;
	enum addon_events addons;
	bool addon_dtb, addon_initrd; // add-ons may hold them
	bool smbios, smbios_mangled;
	bool confext;                 // apart from sysext
	bool global_extensions;       // loader/extensions
	bool profiles;
	bool os_release;              // .osrel and .profile go into the initrd, too
	enum kernel_start start;
	bool boot_secret;             // and consoles that it appends
};
const struct stub_rules *stub_rules_of(u32 version);          // the newest that is not newer
struct str uki_section_name(enum uki_section s);
bool uki_section_measured(enum uki_section s);
// A section as loaded: its bytes in the file, then zeros up to VirtualSize.
struct uki_part { bool present; struct source of; u64 zeros, off; };   // off: in the file
struct uki { struct uki_part part[UKI_SECTIONS]; size_t profiles; };
// The sections that a stub of these rules finds for a profile (0 unless asked for).
bool must_use uki_find(const struct image *i, const struct stub_rules *r, u32 profile,
                       struct arena *a, struct uki *out, struct diag *d);
// The same of an add-on, or for a menu: it may lack .linux.
bool must_use uki_find_profile(const struct image *i, const struct stub_rules *r, u32 profile,
                               struct arena *a, struct uki *out, struct diag *d);
// Says where it finds several sections and takes one.
void uki_warn(const struct image *i, const struct stub_rules *r, u32 profile, struct diag *d);
// A small section's bytes, at most `max`.
bool must_use uki_bytes(const struct uki *u, enum uki_section s, u64 max, struct arena *a,
                        struct str *out, struct diag *d);
struct source uki_source(const struct uki *u, enum uki_section s, struct arena *a);

// ---- entry.c: the menu's entries (uapi-group.org, Boot Loader Specification), and its choice.
struct entry {
	struct str id;                // the file's name in lower case, without its boot counter
	struct str sort_key, version, machine_id;      // at is NULL: there is none
	const struct fat *volume;
	struct str loader;            // what it starts
	struct buf options; bool has_options;          // as written, UTF-8
	struct str *initrds; size_t initrd_count, initrd_cap;   // paths, with '\\'
	bool is_linux, is_efi;        // a Type #1 entry with `linux`, with `efi`
	bool is_uki;                  // a Type #2 entry
	bool has_extra;               // files that the menu packs for the initrd
	u32 profile;
	bool counted; u64 tries_left, tries_done;
};
struct entries { struct entry *list; size_t count, cap; };
// What the menu is: its version's rules, and its architecture's suffix.
struct menu { const struct stub_rules *rules; struct str suffix; };
// All of a volume, added to those that are there. `own`: the menu's path when it is on it.
bool must_use entries_type1(const struct fat *volume, const struct menu *m, struct str own,
                            struct arena *a, struct entries *out, struct diag *d);
bool must_use entries_type2(const struct fat *volume, const struct stub_rules *r, struct arena *a,
                            struct entries *out, struct diag *d);
void entries_sort(struct entries *e);
// The first whose id matches the pattern; without one, or a match, the first. NULL: none at all.
const struct entry *entries_choose(const struct entries *e, struct str pattern,
                                   struct arena scratch);
// One "key value" line of loader.conf, an entry or os-release; false at the end of the text.
bool config_line(struct str *text, struct str separators, struct str *key, struct str *value);

// ---- version.c: order and patterns of names.
bool glob_matches(struct str pattern, struct str text);       // * ? [a-z] and backslashes
int version_compare(struct str a, struct str b);              // 1.10 above 1.9

// ---- companions.c: files beside a UKI that its stub takes along.
// Those of a folder whose names end so, but not so, in their order; none when there is no folder.
struct companions { struct cpio_file *list; size_t count, cap; };
bool must_use companions_list(const struct fat *volume, struct str folder, struct str suffix,
                              struct str but_not, struct arena *a, struct companions *out,
                              struct diag *d);
struct str companions_folder(const struct image *i, const struct stub_rules *r, struct arena *a);
struct addons {
	struct text by_folder[2];     // command lines: of loader/addons, of the UKI's own folder
	struct companions dtb, initrd, ucode;
};
// Finds them and adds their images' events.
bool must_use addons_load(struct boot *b, const struct image *i, const struct stub_rules *r,
                          struct str uname, struct addons *out);

// ---- stub.c, stub_line.c, stub_initrd.c: one run of the stub.
struct stub {
	const struct image *image;
	const struct stub_rules *rules;
	struct uki uki;
	u32 profile;
	struct text line;             // the command line that the kernel gets
	struct addons addons;
	struct str folder;            // IMAGE.extra.d on the volume
};
bool must_use stub_line(struct boot *b, struct stub *s, struct text options);
bool must_use stub_initrd(struct boot *b, const struct stub *s, struct source *out);

// ---- shim.c, shim_level.c, shim_verify.c: rhboot's shim, and what it leaves behind.
struct shim {
	u32 version;                  // 1508: 15.8
	bool verifies;                // Secure Boot is on, and its owner did not switch it off
	bool ignores_db;
	bool has_more_keys;           // of files beside it that are not followed
	bool measures_kernels;        // those of stubs, too, and judges them
	struct str mok_list;          // what it mirrors to MokListRT
	struct str vendor_db, vendor_dbx;      // signature lists in it
	struct str level;             // its SBAT level
};
// The SBAT level that this version sets, by its .sbatlevel section.
struct str shim_level(const struct boot *b, u32 version, struct str section);
// *refused: why the image does not reach the level, or empty. False: it could not be read.
bool must_use shim_level_check(struct boot *b, const struct image *i, bool is_second_stage,
                               struct str *refused);
// shim's own verdict, by the image's digests in SHIM_BANKS, or NULL: it is read. The entries that
// decided, each of which shim measures, with the names of their lists.
enum { SHIM_BANKS = 1 << BANK_SHA1 | 1 << BANK_SHA256 };
struct admission { struct str list; struct signature entry; };
struct decision {
	struct str refused;           // why; empty: admitted
	struct admission *by; size_t count;
};
bool must_use shim_verify(struct boot *b, const struct image *i, const struct digests *image,
                          bool is_second_stage, struct decision *out);
// Zero bytes that shim, unlike firmware, hashes behind an unsigned image.
u64 shim_padding(const struct pe *p);
