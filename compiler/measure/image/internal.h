// Inside measure/image: a FAT volume as fat.c and fat_folder.c share it.
#pragma once
#include "measure/image/image.h"

struct fat {
	struct source volume;
	u32 kind;                     // 12, 16 or 32: bits of a table entry
	u64 table_off, table_bytes;   // the first FAT
	u64 root_off, root_bytes;     // FAT12 and FAT16: the fixed root folder
	u32 root_cluster;             // FAT32
	u64 data_off;                 // where cluster 2 begins
	u32 cluster_bytes, cluster_count;   // valid numbers are 2 to cluster_count + 1
};
struct run { u64 off, len; u64 at; };   // of the volume; at: its place in the file
struct runs { struct run *list; size_t count; u64 bytes; };
// The chain from `first` to its end mark, as runs of neighbouring clusters.
bool must_use fat_chain(const struct fat *f, u32 first, struct str what, struct arena *a,
                        struct runs *out, struct diag *d);
struct source fat_runs_source(const struct fat *f, const struct runs *runs, u64 size,
                              struct arena *a);

// ---- unpack.c: a compressed part of an initrd, in steps.
enum unpacked {
	UNPACK_MORE,                  // call again; stuck when no byte was taken and none given
	UNPACK_END,                   // of the part; what follows it in `in` was not taken
	UNPACK_BROKEN,
	UNPACK_WINDOW,                // it would have to look back further than 64 MiB
};
struct unpack_step {
	struct str in;                // what is left of the input; `last`: nothing comes behind it
	bool last;
	u8 *to; size_t room;          // where the next byte goes, and how many do
};
struct packing {
	struct str magic, name;
	void *(*open)(struct arena *a);        // all NULL: known by name only
	enum unpacked (*step)(void *state, struct unpack_step *s);
	void (*close)(void *state);   // what the library holds; takes nothing from the arena
};
const struct packing *packing_find(struct str first_bytes);   // NULL: none
