// measure/compare: a prediction against what was seen elsewhere, and a PCR in words.
#pragma once
#include "measure/boot/boot.h"

// ---- seen.c: what was measured somewhere else, in any form that tools print it: JSON of
// nitro-tpm-pcr-compute and all that `amic pcr` writes (banks, tags, conditions, parameters,
// CoRIM), tpm2_pcrread's YAML, /sys/class/tpm/…/pcr-*/N with their names, or the binary log.
struct seen {
	bool is_log;
	struct event_log log;         // of a log; `values` are then its fold
	struct pcr_values values;
	u32 has[BANK_COUNT];          // bit i: there is a value of PCR i
};
bool must_use seen_read(struct str bytes, u32 file, struct arena *a, struct seen *out,
                        struct diag *d);
// seen_value.c
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

// ---- explain.c: a PCR in words: its events, what each covers, what that pins.
bool must_use explain_pcr(const struct event_log *log, u32 pcr, const struct chain *c,
                          struct arena *a, struct buf *out, struct diag *d);
