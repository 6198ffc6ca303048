// verify: the bytes of an attestation document in, what they prove out. Calls only base/.
//
//   cose → document ─┬─ attestation (the steps in their order) ─→ who signed what, when
//   der → pkix ──────┘
//
// The document is hostile until the last of these steps, and nothing in it is told to anybody
// before. What must be in it, the caller says; the words that belong to the signer's service are
// data, from schemas/attestation.json.
#pragma once
#include "base/base.h"

// What the caller knows from schemas/attestation.json.
struct policy_texts { const struct str *list; size_t count; };
struct attest_facts {
	struct str root;              // DER of the pinned root
	struct str root_sha256;       // hexadecimal
	struct str root_suffix;       // of its common name, behind the partition
	struct str pcrs, enclave_pcrs;       // the key of the PCRs, and that of an enclave's
	struct str module;            // what follows the instance in a module id
	struct str default_partition; // in the leaf's name
	u32 standard, secure, also;   // PCRs, a bit each: required in both kinds of boot; compared, too
	struct str condition;         // the condition key of a PCR, without its number
	struct policy_texts enclave_conditions;      // how those of enclaves begin
	struct str action;            // what a machine asks of a key
	struct policy_texts actions;  // all that hand out what a key protects
	struct str grant_action, policy_action;
	struct str pcr7_off;          // how PCR7 begins while Secure Boot is off
};

// ---- moment.c: RFC 3339 and milliseconds since 1970, UTC.
enum { MOMENT_TEXT = 24 };        // "2026-02-03T10:12:02.437Z"
bool must_use moment_read(struct str text, u64 *ms);
struct str moment_text(struct arena *a, u64 ms);
// "90s", "5m", "3h", "2d"; a number alone is seconds.
bool must_use moment_span(struct str text, u64 *ms);

// ---- cose.c: COSE_Sign1 with ES384, RFC 9052 and RFC 9053.
enum { COSE_SIGNATURE = 96, COSE_MAX = 16384 };
struct cose { struct str protected, payload, signature; };
// `file` is the number of the document in diag's sources, here and below.
bool must_use cose_read(struct str bytes, u32 file, struct cose *out, struct diag *d);

// ---- document.c: the payload.
enum { BUNDLE_MAX = 8, UNKNOWN_MAX = 8, DOCUMENT_PCRS = 32, PCR_BYTES = 48 };
struct attested {
	struct str module_id;
	u64 time_ms;
	u32 has;                      // bit i: there is a PCR i
	struct str pcrs[DOCUMENT_PCRS];      // PCR_BYTES each
	struct str certificate, bundle[BUNDLE_MAX]; size_t bundle_count;
	struct str public_key, user_data, nonce;     // at == NULL: absent
	struct str unknown[UNKNOWN_MAX]; size_t unknown_count;      // keys that were skipped
};
bool must_use document_read(struct str payload, u32 file, const struct attest_facts *facts,
                            struct attested *out, struct diag *d);

// ---- der.c: X.690, 10 and 11, as far as parsers differ: definite lengths in their shortest form,
// canonical integers, booleans and bit strings, nothing behind the end, so deep at most.
const char *der_fault(struct str der);              // NULL: there is none

// ---- pkix.c: the certification path, RFC 5280, 6.1, by the rules that genuine ones satisfy: built
// exactly from the bundle, root first, and never searched for.
enum { PKIX_MAX = BUNDLE_MAX + 1, PKIX_NAME = 96 };
struct pkix_name { u8 at[PKIX_NAME]; size_t len; };
struct pkix {
	struct x509_st *list[PKIX_MAX];      // root first; of libcrypto
	size_t count;
	struct pkix_name names[PKIX_MAX];    // the common names
	u32 file;
};
// The certificates of a document, under this root (DER). Close it whatever came out, and take no
// arena memory before: a full arena would strand libcrypto's. The names stay.
bool must_use pkix_open(const struct attested *doc, struct str root, u32 file, struct pkix *out,
                        struct diag *d);
void pkix_close(struct pkix *p);
bool must_use pkix_check(const struct pkix *p, struct diag *d);
// Each is valid at this time; one that begins within the skew counts as begun.
bool must_use pkix_valid_at(const struct pkix *p, u64 ms, u64 skew_ms, struct diag *d);
// The leaf's signature over the received bytes.
bool must_use pkix_signed(const struct pkix *p, const struct cose *c, struct diag *d);
// DER of the certificate in a file of PEM or DER; false unless it is one, and all of the file.
bool must_use pkix_certificate(struct str bytes, struct arena *a, struct str *out);
struct str pkix_subject(struct str der, struct arena *a);          // its common name, or empty

// ---- identity.c: who, by the names, which must agree with one another and with the module id.
struct identity { struct str partition, region, instance; };
bool must_use pkix_identity(const struct pkix *p, const struct attested *doc,
                            const struct attest_facts *facts, struct arena *a,
                            struct identity *out, struct diag *d);

// ---- attestation.c: the steps in their order. What an accepted document says is true of a
// machine, as far as the root is trusted.
enum clock { CLOCK_NOW, CLOCK_DOCUMENT };
struct circumstances {
	struct str root;              // DER; the pinned one, or another
	enum clock clock;             // CLOCK_DOCUMENT: an archived one, at its own time
	u64 now_ms, max_age_ms, skew_ms;     // of CLOCK_NOW
};
struct attestation {
	struct attested doc;
	struct identity who;
	u64 checked_ms;               // the time at which certificates had to be valid
};
// False with a finding. `bytes` stay where they are.
bool must_use attestation_read(struct str bytes, u32 file, const struct attest_facts *facts,
                               const struct circumstances *at, struct arena *a,
                               struct attestation *out, struct diag *d);
// Raw, base64 or hexadecimal, as tools hand it out; false unless it is one of them.
bool must_use attestation_decode(struct str text, struct arena *a, struct str *out);
// Length and bytes, in a time that does not depend on them.
bool must_use bytes_match(struct str have, struct str want);

// ---- policy.c: AWS's policy language: does a statement hold for a request to use a key? Of the
// request the attestation is known; other condition keys, and who asks, are not.
enum policy_truth { POLICY_NO, POLICY_YES, POLICY_OPEN };
struct policy_test { struct str operator, key; struct policy_texts values; struct span at; };
struct policy_statement {
	struct str sid;               // or "statement 3"
	bool deny, not_action, not_principal, has_principal;
	struct policy_texts principals, actions;
	const struct policy_test *tests; size_t test_count;
	struct span at;
};
struct policy { struct policy_statement *list; size_t count; struct str name; };
struct policy_request {
	u32 has;                      // bit i: there is a PCR i; 0: no document
	struct str pcrs[DOCUMENT_PCRS];      // lower-case hexadecimal
};
struct policy_operator { bool known, negated, fold, like, null, any, all, if_exists; };
struct policy_operator policy_operator(struct str name);
enum policy_key { POLICY_PCR, POLICY_ENCLAVE, POLICY_OTHER };
enum policy_key policy_key(const struct attest_facts *facts, struct str key, u32 *pcr);
bool policy_like(struct str pattern, struct str text, bool fold);
bool policy_covers(const struct policy_statement *s, struct str action);
enum policy_truth policy_test_holds(const struct policy_test *t,
                                    const struct policy_request *r,
                                    const struct attest_facts *facts);
// *open: the first test that nobody can decide here, or NULL.
enum policy_truth policy_holds(const struct policy_statement *s,
                               const struct policy_request *r, const struct attest_facts *facts,
                               const struct policy_test **open);
bool policy_is_everybody(const struct policy_statement *s);
bool policy_is_account(const struct policy_statement *s);
bool policy_needs_document(const struct policy_statement *s, const struct attest_facts *facts);
