// amic pcr and its kin: what the command line says about a boot, its prediction, and the formats
// in which values are written.
#pragma once
#include "command/command.h"
#include "measure/measure.h"

// ---- input.c: images, keys and circumstances from the command line.
enum { PCR_OPTIONS = 20, PCR_BOOT_FIRST = 1, PCR_BOOT_OPTIONS = 14 };
extern const struct option pcr_options[PCR_OPTIONS];
// Everything of struct boot_options but `set` and `pcrs`.
bool must_use pcr_boot_options(struct run *r, struct boot_options *out);
// Predicts the boot of these images. `first` is the first of them, for --verify-root: a stream
// can't be opened again.
bool must_use pcr_predict(struct run *r, const struct str *paths, size_t count,
                          const struct boot_options *o, struct source *first,
                          struct event_log *out);
// "4,7-9": a bit each. False with a finding.
bool must_use pcr_list(struct run *r, struct str text, u32 *out);

// ---- A prediction, as the formats get it.
struct prediction {
	struct event_log log;
	struct pcr_values values;
	u32 pcrs;                     // those to be shown
	bank_set set;
	struct source first;          // the image
	size_t threads;               // as in struct boot_options
};
// The events of this PCR that have no digest say why; empty when it has a value.
struct str pcr_unknown_because(const struct prediction *p, u32 pcr);
struct str pcr_value(const struct prediction *p, enum bank bank, u32 pcr);
// Hex of the value, or an error that says why there is none.
bool must_use pcr_hex(struct run *r, const struct prediction *p, enum bank bank, u32 pcr,
                      struct str *out);

struct pcr_format {
	struct str name;
	u32 pcrs;                     // without --pcr
	bank_set set;                 // without --bank
	bool (*write)(struct run *r, const struct prediction *p);
};
extern const struct pcr_format pcr_formats[];
extern const size_t pcr_format_count;
bool pcr_write_json(struct run *r, const struct prediction *p);       // pcr_json.c
bool pcr_write_table(struct run *r, const struct prediction *p);      // pcr_table.c
bool pcr_write_events(struct run *r, const struct prediction *p);
bool pcr_write_log(struct run *r, const struct prediction *p);
bool pcr_write_tags(struct run *r, const struct prediction *p);       // pcr_policy.c
bool pcr_write_kms(struct run *r, const struct prediction *p);
bool pcr_write_parameters(struct run *r, const struct prediction *p);
bool pcr_write_corim(struct run *r, const struct prediction *p);      // pcr_corim.c

// ---- compare.c: --compare. The exit status says what came out; `asked` is --pcr's list or 0.
bool must_use pcr_read_seen(struct run *r, struct str path, struct seen *out);
int pcr_compare(struct run *r, const struct prediction *p, const struct seen *s, u32 asked);
