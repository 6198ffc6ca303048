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
