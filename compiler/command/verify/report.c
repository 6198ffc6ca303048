// report: the verdict in words. The first line is the answer; what it rests on follows.
#include "command/verify/verify.h"

struct str verdict_freshness(const struct request *q)
{
	const struct wanted *nonce = &q->bindings[BINDING_NONCE];
	return nonce->held ? S("proven by the nonce") : nonce->asked ? S("not proven")
	     : q->choice == AT_DOCUMENT ? S("not checked") : S("claimed by time only");
}

// The first error: why not, or why nobody can say.
struct str verdict_reason(struct run *r)
{
	for (size_t i = 0; i < r->diag->len; i++) {
		const struct finding *f = &r->diag->list[i];
		if (rules[f->rule].severity == ERROR)
			return rule_fill(r->arena, rules[f->rule].message, f);
	}
	return S("");
}

static void put_names(struct run *r, const struct appraised *v)
{
	bool any = false;
	for (size_t i = 0; i < v->candidate_count; i++) {
		const struct candidate *c = &v->candidates[i];
		if (c->answer != ANSWER_YES)
			continue;
		put(r->out, any ? S(" and ") : S(""), c->image ? S("") : S("what is in "),
		    utf8_printable(r->arena, c->name));
		any = true;
	}
}

static void put_root(struct run *r, const struct request *q)
{
	if (q->root_path.len)
		put(r->out, S(", if "), utf8_printable(r->arena, q->root_path),
		    S(" is the root to trust"));
}

static void put_answer(struct run *r, const struct request *q, const struct appraised *v)
{
	static const struct str words[] = {
		[ANSWER_YES] = STR("yes"), [ANSWER_NO] = STR("no"), [ANSWER_OPEN] = STR("can't say"),
	};
	put(r->out, words[v->answer]);
	put_root(r, q);
	put(r->out, S(": "));
	if (v->answer != ANSWER_YES) {
		put(r->out, verdict_reason(r));
	} else if (v->candidate_count) {
		put(r->out, S("this machine runs "));
		put_names(r, v);
	} else {
		put(r->out, v->policy);
	}
	put(r->out, S("\n"));
}

static void put_line(struct run *r, struct str name, struct str text)
{
	enum { WIDTH = 12 };
	put(r->out, S("  "), name);
	buf_fill(r->out, ' ', name.len < WIDTH ? WIDTH - name.len : 1);
	put(r->out, text, S("\n"));
}

static struct str span_text(struct run *r, u64 ms)
{
	u64 s = ms / 1000;
	return s >= 3600 ? cat(r->arena, str_number(r->arena, s / 3600), S(" h"))
	     : s >= 120 ? cat(r->arena, str_number(r->arena, s / 60), S(" min"))
	                : cat(r->arena, str_number(r->arena, s), S(" s"));
}

static struct str age_text(struct run *r, u64 signed_ms, u64 now_ms)
{
	return signed_ms <= now_ms
		? cat(r->arena, S(", "), span_text(r, now_ms - signed_ms), S(" after it was signed"))
		: cat(r->arena, S(", "), span_text(r, signed_ms - now_ms), S(" before it was signed"));
}

static void put_facts(struct run *r, const struct request *q, const struct attestation *got)
{
	static const struct str clocks[] = {
		[AT_NOW] = STR("now, "), [AT_DOCUMENT] = STR("the document's own, "), [AT_GIVEN] = STR(""),
	};
	struct str checked = moment_text(r->arena, got->checked_ms);
	put_line(r, S("machine"), cat(r->arena, got->who.instance, S(" in "), got->who.region));
	put_line(r, S("signed"), moment_text(r->arena, got->doc.time_ms));
	put_line(r, S("checked at"), cat(r->arena, clocks[q->choice], checked,
		q->choice == AT_DOCUMENT ? S("") : age_text(r, got->doc.time_ms, got->checked_ms)));
	put_line(r, S("freshness"), verdict_freshness(q));
	put_line(r, S("root"), cat(r->arena, got->who.partition, q->root_path.len ? S(", of ")
		: S(", the one compiled in"), utf8_printable(r->arena, q->root_path)));
	put_line(r, S("boot"), q->secure ? S("Secure Boot is expected") : S("standard"));
	for (size_t i = 0; i < BINDINGS; i++)
		if (q->bindings[i].asked)
			put_line(r, q->bindings[i].field,
			         q->bindings[i].held ? S("as asked for") : S("not the one asked for"));
}

static void put_pcr(struct run *r, const struct pcr_result *p)
{
	static const struct str words[] = {
		[SAME_ALL] = STR("equal"), [SAME_NOT] = STR("differs"), [SAME_UNKNOWN] = STR("can't say"),
	};
	struct str left = p->text, line;
	put_line(r, cat(r->arena, S("  PCR"), str_number(r->arena, p->pcr)), words[p->same]);
	while (left.len) {
		left = str_cut(left, '\n', &line);
		put(r->out, S("                "), str_trim(line), S("\n"));
	}
}

void verdict_text(struct run *r, const struct request *q, const struct appraised *v)
{
	put_answer(r, q, v);
	if (!v->accepted)
		return;
	put_facts(r, q, &v->machine.got);
	for (size_t i = 0; i < v->candidate_count; i++) {
		const struct candidate *c = &v->candidates[i];
		put_line(r, c->image ? S("image") : S("reference"), utf8_printable(r->arena, c->name));
		for (size_t k = 0; k < c->count; k++)
			put_pcr(r, &c->pcrs[k]);
	}
	if (v->policy.len)
		put_line(r, S("policy"), v->policy);
}
