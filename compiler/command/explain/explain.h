// What 'amic explain' can explain, beside codes.
#pragma once
#include "command/command.h"

// spec.c: a topic about a spec (cleanup, cost, iam, retained). False when there is no such
// topic; else *status is the exit status.
bool explain_spec(struct run *r, struct str topic, struct str path, int *status);
bool explain_is_topic(struct str word);
extern const struct str explain_topics[];
extern const size_t explain_topic_count;
// setting.c: what the language says of a setting, "build.timeout". False when there is none
// of that name; else *status is the exit status.
bool explain_setting(struct run *r, struct str path, int *status);
// pcr.c: "PCR4" and an image. Its options are no other topic's.
bool explain_pcr_topic(struct run *r, struct str topic, struct str path, int *status);
