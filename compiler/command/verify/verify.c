// amic verify DOCUMENT: does this machine run this image? Steps in their order; the first that
// refuses the document ends it, after that everything that does not hold is said.
#include "audit/audit.h"
#include "command/verify/verify.h"
#include <string.h>

enum { DOCUMENT_FILE_MAX = 1 << 16, POLICY_MAX = 1 << 20 };

// ---- the document

static bool read_document(struct run *r, const struct request *q, struct attestation *out,
                          bool *readable)
{
	struct str text, bytes;
	u32 file;
	*readable = binary_read(r, r->args->rest[0], DOCUMENT_FILE_MAX, &text, &file);
	if (!*readable)
		return false;
	if (!attestation_decode(text, r->arena, &bytes))
		return diag_report(r->diag, (struct finding){ENVELOPE_BROKEN, .at = {file, 0, 0},
			.arg = {S("neither raw bytes nor base64 nor hexadecimal")}});
	return attestation_read(bytes, file, &q->facts, &q->at, r->arena, out, r->diag);
}

// The document's values as --compare's readers have them.
static void fill_shown(struct machine *m)
{
	for (u32 pcr = 0; pcr < PCR_COUNT; pcr++) {
		if (!(m->got.doc.has >> pcr & 1))
			continue;
		memcpy(m->shown.values.of[BANK_SHA384][pcr], m->got.doc.pcrs[pcr].at, PCR_BYTES);
		m->shown.values.extended[pcr] = true;
		m->shown.has[BANK_SHA384] |= 1u << pcr;
	}
}

// ---- what it must hold

static struct str field_of(const struct attested *doc, size_t binding)
{
	return binding == BINDING_NONCE ? doc->nonce
	     : binding == BINDING_USER_DATA ? doc->user_data : doc->public_key;
}

static bool check_bindings(struct run *r, struct request *q, const struct attested *doc)
{
	bool good = true;
	for (size_t i = 0; i < BINDINGS; i++) {
		struct wanted *b = &q->bindings[i];
		struct str have = field_of(doc, i);
		b->held = b->asked && bytes_match(have, b->want);
		if (b->asked && !b->held)
			good = diag_report(r->diag, (struct finding){have.at ? BINDING_DIFFERS
				: BINDING_MISSING, .arg = {b->field}});
	}
	return good;
}

static bool check_name(struct run *r, struct str what, struct str want, struct str have)
{
	return !want.len || str_eq(want, have)
	    || diag_report(r->diag, (struct finding){IDENTITY_DIFFERS, .arg = {what, have, want}});
}

static bool check_identity(struct run *r, const struct request *q, const struct identity *who)
{
	bool instance = check_name(r, S("instance"), q->instance, who->instance);
	return check_name(r, S("region"), q->region, who->region) && instance;
}

// What must match and is not there, or is what a TPM has that measured nothing.
static bool check_pcrs(struct run *r, const struct request *q, const struct attested *doc)
{
	static const u8 zeros[PCR_BYTES];
	bool good = true;
	for (u32 pcr = 0; pcr < PCR_COUNT; pcr++)
		if ((q->required >> pcr & 1) && !(doc->has >> pcr & 1))
			good = diag_report(r->diag, (struct finding){PCR_ABSENT,
				.arg = {str_number(r->diag->arena, pcr)}});
	if ((doc->has >> 4 & 1) && memcmp(doc->pcrs[4].at, zeros, PCR_BYTES) == 0)
		good = diag_report(r->diag, (struct finding){.rule = PCR4_ZERO});
	return good;
}

// ---- candidates

static bool try_candidates(struct run *r, const struct request *q, struct appraised *v)
{
	size_t count = q->image_count + q->reference_count;
	v->candidates = make(r->arena, count, struct candidate);
	for (size_t i = 0; i < q->image_count; i++, v->candidate_count++)
		if (!candidate_image(r, q, &v->machine, q->images[i], &v->candidates[v->candidate_count]))
			return false;
	for (size_t i = 0; i < q->reference_count; i++, v->candidate_count++)
		if (!candidate_reference(r, q, &v->machine, q->references[i],
		                         &v->candidates[v->candidate_count]))
			return false;
	return true;
}

// Of one kind: the best. A machine runs one of a rollout's images.
static enum answer best_of(const struct appraised *v, bool image)
{
	enum answer best = ANSWER_NO;
	bool any = false;
	for (size_t i = 0; i < v->candidate_count; i++) {
		const struct candidate *c = &v->candidates[i];
		if (c->image != image)
			continue;
		any = true;
		if (c->answer == ANSWER_YES || (c->answer == ANSWER_OPEN && best == ANSWER_NO))
			best = c->answer;
	}
	return any ? best : ANSWER_YES;
}

static void report_candidate(struct run *r, const struct candidate *c)
{
	struct arena *a = r->diag->arena;
	for (size_t i = 0; i < c->count; i++) {
		const struct pcr_result *p = &c->pcrs[i];
		struct str first;
		(void)str_cut(p->text, '\n', &first);
		if (p->same == SAME_NOT)
			diag_report(r->diag, (struct finding){PCR_OTHER,
				.arg = {str_number(a, p->pcr), c->name, first}});
		else if (p->same == SAME_UNKNOWN && c->image)
			diag_report(r->diag, (struct finding){PCR_UNDETERMINED,
				.arg = {str_number(a, p->pcr), first}});
		else if (p->same == SAME_UNKNOWN)
			diag_report(r->diag, (struct finding){REFERENCE_LACKS,
				.arg = {c->name, str_number(a, p->pcr)}});
	}
}

static enum answer worse(enum answer a, enum answer b)
{
	return a == ANSWER_NO || b == ANSWER_NO ? ANSWER_NO : a == ANSWER_YES ? b : a;
}

// The findings of those that do not fit count only where none of the kind does.
static enum answer judge(struct run *r, const struct appraised *v)
{
	enum answer all = ANSWER_YES;
	for (int image = 0; image < 2; image++) {
		enum answer best = best_of(v, image);
		for (size_t i = 0; best != ANSWER_YES && i < v->candidate_count; i++)
			if (v->candidates[i].image == image)
				report_candidate(r, &v->candidates[i]);
		all = worse(all, best);
	}
	return all;
}

// ---- the key

static enum answer ask_policy(struct run *r, const struct request *q, struct appraised *v)
{
	static const enum answer answers[] = {
		[POLICY_YES] = ANSWER_YES, [POLICY_NO] = ANSWER_NO, [POLICY_OPEN] = ANSWER_OPEN,
	};
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	struct artifact file;
	struct policy policy;
	if (!q->policy.len)
		return ANSWER_YES;
	if (!template_open(&c, q->policy, POLICY_MAX, &file)
	    || !policy_read(&c, q->policy, file.tree, &policy))
		return ANSWER_OPEN;
	v->policy_answer = answers[policy_releases(&c, &q->facts, &policy, &v->machine.got.doc,
	                                           &v->policy)];
	if (v->policy_answer != ANSWER_YES)
		diag_report(r->diag, (struct finding){v->policy_answer == ANSWER_NO ? KEY_WITHHELD
			: KEY_OPEN, .arg = {v->policy}});
	return v->policy_answer;
}

// ---- the command

static enum answer find_answer(struct run *r, struct request *q, struct appraised *v)
{
	bool readable;
	if (!read_document(r, q, &v->machine.got, &readable))
		return readable ? ANSWER_NO : ANSWER_OPEN;
	v->accepted = true;
	fill_shown(&v->machine);
	const struct attested *doc = &v->machine.got.doc;
	bool holds = check_bindings(r, q, doc);
	holds &= check_identity(r, q, &v->machine.got.who);
	holds &= check_pcrs(r, q, doc);
	enum answer log = candidate_log(r, q, &v->machine);
	holds &= log != ANSWER_NO;
	if (log == ANSWER_OPEN || !try_candidates(r, q, v))
		return holds ? ANSWER_OPEN : ANSWER_NO;
	enum answer all = worse(judge(r, v), ask_policy(r, q, v));
	return holds ? all : ANSWER_NO;
}

static int run_verify(struct run *r)
{
	static const int status[] = {
		[ANSWER_YES] = STATUS_DONE, [ANSWER_NO] = STATUS_FINDINGS, [ANSWER_OPEN] = STATUS_UNKNOWN,
	};
	struct request q;
	struct appraised v = {0};
	if (!verify_ask(r, &q))
		return STATUS_UNKNOWN;
	v.answer = find_answer(r, &q, &v);
	if (q.json)
		verdict_json(r, &q, &v);
	else
		verdict_text(r, &q, &v);
	return status[v.answer];
}

const struct command command_verify = {
	STR("verify"), STR("DOCUMENT"), STR("does the machine of a document run this image?"),
	verify_options, VERIFY_OPTIONS, run_verify, true, pcr_options + PCR_BOOT_FIRST,
	PCR_BOOT_OPTIONS - 2,                   // all but the last two, which read the disk's initrd
};
