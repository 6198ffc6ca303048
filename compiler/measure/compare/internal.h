// What the readers of values share, a form a file.
#pragma once
#include "measure/compare/compare.h"

// seen_value.c
// A PCR of a bank, in hexadecimal. False: another length, no such PCR, or it has another value.
bool must_use seen_add(struct seen *s, enum bank bank, u64 pcr, struct str hex);
bool must_use seen_bank(struct str name, enum bank *out);            // "SHA384", "sha384"
// seen_json.c
bool must_use seen_json(struct str text, struct seen *s);
// seen_corim.c
bool seen_is_corim(struct str bytes);
bool must_use seen_corim(struct str bytes, struct arena scratch, struct seen *s);
