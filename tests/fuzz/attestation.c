// Attestation documents of any bytes, as they are handed out: none but the genuine ones may be
// accepted under the genuine root. Accepted is only what has one of their payloads, to the byte;
// the envelope may have a tag, and the signature its mirror image.
#include "fuzz.h"
#include "facts/facts.h"
#include "verify/verify.h"

// SHA-256 of the payloads of tests/verify/*.cose that are machines' documents.
static const char *const payloads[] = {
	"f36a6e1457e2a10236cce909e34f13dae2207f3529b2d551ff94d45e81d1c50d",
	"bebe7deb4c058cd6906d1e5dbeb8eea246f275372af079bf10a7e344112d75f8",
};

static bool is_genuine(struct fuzz *f, struct str bytes)
{
	struct cose c;
	if (!cose_read(bytes, 0, &c, &f->diag))
		abort();
	struct str digest = str_hex(&f->arena, sha256(&f->arena, c.payload));
	for (size_t i = 0; i < countof(payloads); i++)
		if (str_eq(digest, str_from(payloads[i])))
			return true;
	return false;
}

static void read(struct fuzz *f, struct str s)
{
	struct attest_facts facts;
	struct attestation got;
	struct str bytes;
	if (!attest_facts_read(&f->context, &facts))
		abort();
	struct circumstances at = {facts.root, CLOCK_DOCUMENT, 0, 0, 0};
	bool decoded = attestation_decode(s, &f->arena, &bytes);
	bool good = decoded && attestation_read(bytes, 0, &facts, &at, &f->arena, &got, &f->diag);
	if (decoded && good == f->diag.failed)
		abort();
	if (good && !is_genuine(f, bytes))
		abort();
	// The payload alone, so that mutations reach it: within its bytes, or a finding.
	struct attested doc;
	if (document_read(s, 0, &facts, &doc, &f->diag)
	    && (!doc.has || !doc.time_ms || !doc.certificate.len || !doc.bundle_count
	        || doc.bundle_count > BUNDLE_MAX || !doc.module_id.len))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size) { return fuzz_once(data, size, read); }
