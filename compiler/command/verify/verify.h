// amic verify and its parts: what the relying party asks, what was found, and how it is told.
#pragma once
#include "command/pcr/pcr.h"
#include "verify/verify.h"

enum answer { ANSWER_YES, ANSWER_NO, ANSWER_OPEN };
enum time_choice { AT_NOW, AT_DOCUMENT, AT_GIVEN };

// ---- ask.c: the command line.
struct wanted { struct str option, field; struct str want; bool asked, held; };
enum { BINDING_NONCE, BINDING_USER_DATA, BINDING_PUBLIC_KEY, BINDINGS };
struct request {
	struct attest_facts facts;
	struct circumstances at;
	enum time_choice choice;
	struct str root_path;         // empty: the pinned one
	struct wanted bindings[BINDINGS];
	struct str instance, region;  // empty: not asked
	bool secure;                  // Secure Boot is what the relying party expects
	bool has_lists;               // its variables are given
	u32 required, also;           // PCRs; `also` where both sides have them
	struct boot_options boot;
	const struct str *images, *references; size_t image_count, reference_count;
	struct str policy, log;
	bool json;
};
enum { VERIFY_OPTIONS = 15 };
extern const struct option verify_options[VERIFY_OPTIONS];
bool must_use verify_ask(struct run *r, struct request *out);

// ---- candidate.c: one image or reference against the document.
struct pcr_result { u32 pcr; enum sameness same; struct str text; };   // text: lines, why
struct candidate {
	bool image;
	struct str name;
	enum answer answer;
	struct pcr_result pcrs[PCR_COUNT]; size_t count;
};
struct machine {
	struct attestation got;
	struct seen shown;            // the document's PCRs, as --compare has them
	struct seen log;              // --log; is_log says whether there is one
};
bool must_use candidate_image(struct run *r, const struct request *q, const struct machine *m,
                              struct str path, struct candidate *out);
bool must_use candidate_reference(struct run *r, const struct request *q, const struct machine *m,
                                  struct str path, struct candidate *out);
// Reads --log, which must replay to the document's PCRs; NO when it does not.
enum answer candidate_log(struct run *r, const struct request *q, struct machine *m);

// ---- report.c: the verdict as text and as JSON.
struct appraised {
	enum answer answer;
	bool accepted;                // the document is one: `machine` is filled in
	struct machine machine;
	struct candidate *candidates; size_t candidate_count;
	struct str policy;            // a line about the key policy; empty without one
	enum answer policy_answer;
};
struct str verdict_freshness(const struct request *q);
struct str verdict_reason(struct run *r);       // the first error, or empty
void verdict_text(struct run *r, const struct request *q, const struct appraised *v);
// json.c
void verdict_json(struct run *r, const struct request *q, const struct appraised *v);
