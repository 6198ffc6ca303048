// measure/boot: what a boot of an image extends, from firmware to kernel, and what that pins.
#pragma once
#include "measure/event/event.h"
#include "measure/keys/keys.h"

// systemd-stub and systemd-boot whose rules are known; a later one is taken for the newest,
// with a warning.
enum { STUB_OLDEST = 250, STUB_NEWEST = 262 };

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
	u64 unpacked_max;             // bytes that the initrd may unpack to; 0: initrd_limit
};
// Of a disk (GPT with an ESP), or of EFI files by themselves in their load order.
bool must_use predict_disk(const struct source *disk, const struct boot_options *o,
                           struct arena *a, struct event_log *out, struct diag *d);
bool must_use predict_files(const struct source *files, const struct str *names, size_t count,
                            const struct boot_options *o, struct arena *a,
                            struct event_log *out, struct diag *d);

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
