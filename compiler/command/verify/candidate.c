// candidate: an image or a file of values against the PCRs of a document, PCR by PCR.
#include "command/verify/verify.h"
#include <string.h>

enum { TEXT_MAX = 1 << 16 };
static const enum bank BANK = BANK_SHA384;     // of documents
#define PCRS_BOOT 0xffffu

static struct str shown(const struct machine *m, u32 pcr) { return m->got.doc.pcrs[pcr]; }

static bool has(const struct machine *m, u32 pcr) { return m->got.doc.has >> pcr & 1; }

static void add_result(struct candidate *c, u32 pcr, enum sameness same, struct str text)
{
	c->pcrs[c->count++] = (struct pcr_result){pcr, same, text};
}

// One that differs decides, then one that is open.
static void conclude(struct candidate *c)
{
	c->answer = ANSWER_YES;
	for (size_t i = 0; i < c->count; i++)
		if (c->pcrs[i].same == SAME_NOT)
			c->answer = ANSWER_NO;
	for (size_t i = 0; i < c->count && c->answer == ANSWER_YES; i++)
		if (c->pcrs[i].same == SAME_UNKNOWN)
			c->answer = ANSWER_OPEN;
}

// ---- images

// compare's words without their first line, which says "PCR4   differs".
static struct str behind_first_line(struct str text)
{
	struct str first;
	return str_trim(str_cut(text, '\n', &first));
}

// "PCR9   can't say: REASON"
static struct str reason(struct str text)
{
	struct str first;
	size_t off;
	(void)str_cut(text, '\n', &first);
	if (str_find(first, S("can't say: "), &off))
		first = (struct str){first.at + off + 11, first.len - off - 11};
	return str_trim(first);
}

static bool compare_one(struct run *r, const struct event_log *log, const struct seen *s, u32 pcr,
                        enum sameness *same, struct str *text)
{
	struct buf out = buf_new(r->arena, TEXT_MAX);
	if (!compare_with(log, s, 1u << pcr, r->arena, &out, same))
		return diag_report(r->diag, (struct finding){.rule = DIGEST_REFUSED});
	*text = *same == SAME_UNKNOWN ? reason(buf_str(&out)) : behind_first_line(buf_str(&out));
	return true;
}

// Where the machine's log is at hand, it says more than two values.
static bool explain_by_log(struct run *r, const struct event_log *log, const struct machine *m,
                           struct pcr_result *p)
{
	enum sameness same;
	struct str text;
	if (!m->log.is_log || p->same != SAME_NOT)
		return true;
	if (!compare_one(r, log, &m->log, p->pcr, &same, &text))
		return false;
	if (same == SAME_NOT)
		p->text = text;
	return true;
}

static bool image_pcr(struct run *r, const struct event_log *log, const struct machine *m, u32 pcr,
                      struct candidate *out)
{
	enum sameness same;
	struct str text;
	if (!has(m, pcr)) {
		add_result(out, pcr, SAME_NOT, S("the document does not have it"));
		return true;
	}
	if (!compare_one(r, log, &m->shown, pcr, &same, &text))
		return false;
	add_result(out, pcr, same, text);
	return explain_by_log(r, log, m, &out->pcrs[out->count - 1]);
}

static bool image_pcrs(struct run *r, const struct request *q, const struct machine *m,
                       const struct event_log *log, struct candidate *out)
{
	struct pcr_values want;
	if (!event_fold(log, &want))
		return diag_report(r->diag, (struct finding){.rule = DIGEST_REFUSED});
	for (u32 pcr = 0; pcr < PCR_COUNT; pcr++) {
		bool also = (q->also >> pcr & 1) && has(m, pcr) && want.state[pcr] == PCR_KNOWN;
		if (((q->required >> pcr & 1) || also) && !image_pcr(r, log, m, pcr, out))
			return false;
	}
	return true;
}

bool candidate_image(struct run *r, const struct request *q, const struct machine *m,
                     struct str path, struct candidate *out)
{
	struct candidate c = {.image = true, .name = path};
	struct boot_options o = q->boot;
	struct event_log log;
	struct source first;
	o.set = 1u << BANK;
	o.pcrs = PCRS_BOOT | q->required;       // the others say why one differs
	if (!pcr_predict(r, &path, 1, &o, &first, &log) || !image_pcrs(r, q, m, &log, &c))
		return false;
	conclude(&c);
	*out = c;
	return true;
}

// ---- references

static bool is_zero(struct str bytes)
{
	u8 any = 0;
	for (size_t i = 0; i < bytes.len; i++)
		any |= bytes.at[i];
	return any == 0;
}

// systemd-pcrphase(8) extends PCR11 while the system starts.
static bool after_phases(struct run *r, struct str value, struct str want)
{
	static const struct str phases[] = {STR("enter-initrd"), STR("leave-initrd"), STR("sysinit"),
	                                    STR("ready"), STR("shutdown"), STR("final")};
	struct str now = value;
	for (size_t i = 0; i < countof(phases); i++) {
		struct digests *d = make(r->arena, 2, struct digests);
		if (!digest_bytes(1u << BANK, phases[i], &d[0])
		    || !digest_bytes(1u << BANK, cat(r->arena, now, digest_of(&d[0], BANK)), &d[1]))
			return false;
		now = digest_of(&d[1], BANK);
		if (str_eq(now, want))
			return true;
	}
	return false;
}

static struct str both_values(struct run *r, struct str want, struct str got)
{
	return cat(r->arena, S("reference "), str_hex(r->arena, want), S("\ndocument  "),
	           str_hex(r->arena, got));
}

static void reference_value(struct run *r, const struct machine *m, u32 pcr, struct str want,
                            struct candidate *out)
{
	struct str got = shown(m, pcr);
	if (str_eq(got, want))
		add_result(out, pcr, SAME_ALL, S(""));
	else if (pcr == 11 && after_phases(r, want, got))
		add_result(out, pcr, SAME_ALL, S("after boot phases of systemd"));
	else
		add_result(out, pcr, SAME_NOT, both_values(r, want, got));
}

// Without a value of PCR12 the document's must be zero: nothing was added to the command line.
static void reference_pcr(struct run *r, const struct machine *m, const struct seen *s, u32 pcr,
                          struct candidate *out)
{
	enum { COMMAND_LINE = 12 };
	static const u8 zeros[PCR_BYTES];
	bool there = s->has[BANK] >> pcr & 1;
	if (!has(m, pcr))
		add_result(out, pcr, SAME_NOT, S("the document does not have it"));
	else if (there)
		reference_value(r, m, pcr, (struct str){s->values.of[BANK][pcr], PCR_BYTES}, out);
	else if (pcr == COMMAND_LINE)
		reference_value(r, m, pcr, (struct str){zeros, PCR_BYTES}, out);
	else
		add_result(out, pcr, SAME_UNKNOWN, S("the reference has no value of it"));
}

bool candidate_reference(struct run *r, const struct request *q, const struct machine *m,
                         struct str path, struct candidate *out)
{
	struct candidate c = {.name = path};
	struct seen s;
	if (!pcr_read_seen(r, path, &s))
		return false;
	if ((s.has[BANK] >> 4 & 1) && is_zero((struct str){s.values.of[BANK][4], PCR_BYTES}))
		return diag_report(r->diag, (struct finding){REFERENCE_ZERO, .arg = {path}});
	for (u32 pcr = 0; pcr < PCR_COUNT; pcr++) {
		bool also = (q->also >> pcr & 1) && has(m, pcr) && (s.has[BANK] >> pcr & 1);
		if ((q->required >> pcr & 1) || also)
			reference_pcr(r, m, &s, pcr, &c);
	}
	conclude(&c);
	*out = c;
	return true;
}

// ---- the log

static bool replays(struct run *r, const struct machine *m, u32 pcr)
{
	enum { PHASES = 11 };
	struct str folded = {m->log.values.of[BANK][pcr], PCR_BYTES};
	if (!(m->log.has[BANK] >> pcr & 1))
		return false;
	return str_eq(folded, shown(m, pcr))
	    || (pcr == PHASES && after_phases(r, folded, shown(m, pcr)));
}

enum answer candidate_log(struct run *r, const struct request *q, struct machine *m)
{
	if (!q->log.len)
		return ANSWER_YES;
	if (!pcr_read_seen(r, q->log, &m->log))
		return ANSWER_OPEN;
	if (!m->log.is_log) {
		diag_report(r->diag, (struct finding){OPTION_VALUE,
			.arg = {S("--log"), q->log, S("a binary event log, binary_bios_measurements")}});
		return ANSWER_OPEN;
	}
	for (u32 pcr = 0; pcr < PCR_COUNT; pcr++) {
		if (!(q->required >> pcr & 1) || !has(m, pcr) || replays(r, m, pcr))
			continue;
		diag_report(r->diag, (struct finding){LOG_FOREIGN,
			.arg = {str_number(r->diag->arena, pcr)}});
		m->log.is_log = false;
		return ANSWER_NO;
	}
	return ANSWER_YES;
}
