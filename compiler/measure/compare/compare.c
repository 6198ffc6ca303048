// compare: a predicted log against what a machine showed. A PCR of values alone is equal or not,
// and a few things that happen to machines are tried to say why; a log is walked event by event.
#include "measure/compare/compare.h"
#include <string.h>

enum { IMAGE_PCRS = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 11 | 1 << 12 | 1 << 13
                  | 1 << 14 };
struct compare {
	const struct event_log *predicted;
	const struct seen *seen;
	struct pcr_values want;
	struct arena *arena;
	struct buf *out;
	size_t same, differ, unknown;
	bool told;                    // that a log says more than values
	bool said;                    // something about a PCR
};

static void put_pcr(struct compare *c, u32 pcr, struct str verdict)
{
	c->said = true;
	put(c->out, S("PCR"));
	buf_number(c->out, pcr);
	put(c->out, pcr < 10 ? S("   ") : S("  "), verdict);
}

static void put_line(struct compare *c, struct str text) { put(c->out, S("  "), text, S("\n")); }

static void put_digest(struct compare *c, struct str label, struct str bank, struct str bytes)
{
	put(c->out, S("  "), label, bank, S(" "), str_hex(c->arena, bytes), S("\n"));
}

// Of the banks that both have.
static bool shown_bank(const struct compare *c, u32 pcr, enum bank *out)
{
	bank_set both = 0;
	for (size_t i = 0; i < BANK_COUNT; i++)
		both |= (c->predicted->set >> i & c->seen->has[i] >> pcr & 1) << i;
	return bank_to_show(both, out);
}

// ---- values

static const u8 *value_of(const struct pcr_values *v, size_t bank, u32 pcr)
{
	return v->of[bank][pcr];
}

static bool same_value(const struct compare *c, const struct pcr_values *want, u32 pcr)
{
	for (size_t b = 0; b < BANK_COUNT; b++)
		if ((c->predicted->set >> b & 1) && (c->seen->has[b] >> pcr & 1)
		    && memcmp(value_of(want, b, pcr), value_of(&c->seen->values, b, pcr),
		              banks[b].bytes))
			return false;
	return true;
}

// The fold of the predicted events of one PCR, without the one at `left_out`, up to `end`.
static bool same_without(struct compare *c, u32 pcr, size_t left_out, size_t end)
{
	struct event_log log = *c->predicted;
	struct arena scratch = *c->arena;
	struct pcr_values v;
	log.list = make(&scratch, end, struct event);
	log.count = 0;
	for (size_t i = 0; i < end; i++)
		if (c->predicted->list[i].pcr == pcr && i != left_out)
			log.list[log.count++] = c->predicted->list[i];
	return event_fold(&log, &v) && same_value(c, &v, pcr);
}

static struct str event_place(struct compare *c, u32 pcr, size_t index)
{
	size_t number = 0;
	for (size_t i = 0; i <= index; i++)
		number += c->predicted->list[i].pcr == pcr && c->predicted->list[i].extends;
	return cat(c->arena, S("event "), str_number(c->arena, number), S(" ("),
	           c->predicted->list[index].what, S(")"));
}

static bool is_reset(const struct compare *c, u32 pcr)
{
	static const u8 zeros[BANK_MAX_BYTES];
	for (size_t b = 0; b < BANK_COUNT; b++)
		if ((c->seen->has[b] >> pcr & 1)
		    && memcmp(value_of(&c->seen->values, b, pcr), zeros, banks[b].bytes))
			return false;
	return true;
}

static void tell_of_log(struct compare *c)
{
	if (!c->told)
		put_line(c, S("the machine's event log says more: --compare binary_bios_measurements"));
	c->told = true;
}

// What may have happened: nothing at all, one event less, a boot that stopped half way.
static void guess_value(struct compare *c, u32 pcr)
{
	if (is_reset(c, pcr)) {
		put_line(c, S("it is zero: nothing was measured into it"));
		return;
	}
	if (!c->want.extended[pcr]) {
		put_line(c, S("nothing should be measured into it, but something was"));
		tell_of_log(c);
		return;
	}
	for (size_t i = 0; i < c->predicted->count; i++) {
		const struct event *e = &c->predicted->list[i];
		if (e->pcr != pcr || !e->extends)
			continue;
		if (same_without(c, pcr, i, c->predicted->count)) {
			put_line(c, cat(c->arena, S("it is the value without "), event_place(c, pcr, i)));
			return;
		}
		if (same_without(c, pcr, SIZE_MAX, i + 1)) {
			put_line(c, cat(c->arena, S("it is the value of a boot that ended with "),
			                event_place(c, pcr, i)));
			return;
		}
	}
	tell_of_log(c);
}

static void show_values(struct compare *c, u32 pcr)
{
	enum bank b;
	if (!shown_bank(c, pcr, &b))
		return;
	put_digest(c, S("predicted "), banks[b].name,
	           (struct str){value_of(&c->want, b, pcr), banks[b].bytes});
	put_digest(c, S("seen      "), banks[b].name,
	           (struct str){value_of(&c->seen->values, b, pcr), banks[b].bytes});
}

// systemd-pcrphase(8): a running system has extended PCR11 by the phases that it reached.
static bool same_after_phases(struct compare *c, u32 pcr)
{
	static const struct str phases[] = {STR("enter-initrd"), STR("leave-initrd"), STR("sysinit"),
	                                    STR("ready"), STR("shutdown"), STR("final")};
	struct event_log log = *c->predicted;
	struct pcr_values v;
	log.list = make(c->arena, c->predicted->count, struct event);
	if (c->predicted->count)
		memcpy(log.list, c->predicted->list, c->predicted->count * sizeof *log.list);
	log.cap = log.count;          // events are added to a copy
	for (size_t i = 0; pcr == 11 && i < countof(phases); i++) {
		struct event e = {.pcr = pcr, .type = EV_IPL, .extends = true};
		if (!digest_bytes(log.set, phases[i], &e.digests))
			return false;
		event_add(&log, e);
		if (!event_fold(&log, &v) || !same_value(c, &v, pcr))
			continue;
		put_pcr(c, pcr, S("equal"));
		put(c->out, S(", after systemd's boot phases up to '"), phases[i], S("'\n"));
		return true;
	}
	return false;
}

static void compare_value(struct compare *c, u32 pcr)
{
	if (same_value(c, &c->want, pcr)) {
		put_pcr(c, pcr, S("equal\n"));
		c->same++;
	} else if (same_after_phases(c, pcr)) {
		c->same++;
	} else {
		put_pcr(c, pcr, S("differs\n"));
		show_values(c, pcr);
		guess_value(c, pcr);
		c->differ++;
	}
}

// ---- events

// The events of one PCR that extend it.
struct events { const struct event **list; size_t count; };

static struct events events_of(const struct event_log *log, u32 pcr, struct arena *a)
{
	struct events e = {make(a, log->count, const struct event *), 0};
	for (size_t i = 0; i < log->count; i++)
		if (log->list[i].pcr == pcr && (log->list[i].extends || log->list[i].unknown))
			e.list[e.count++] = &log->list[i];
	return e;
}

// An event that can't be predicted equals whatever stands in its place and has its type.
static bool same_event(const struct compare *c, const struct event *want, const struct event *got)
{
	if (want->type != got->type)
		return false;
	for (size_t b = 0; b < BANK_COUNT && !want->unknown; b++)
		if ((c->predicted->set & c->seen->log.set) >> b & 1
		    && memcmp(want->digests.of[b], got->digests.of[b], banks[b].bytes))
			return false;
	return true;
}

// Does a known event that is still to come stand here?
static bool is_foretold(const struct compare *c, struct events want, size_t from,
                        const struct event *got)
{
	for (size_t i = from; i < want.count; i++)
		if (!want.list[i]->unknown && same_event(c, want.list[i], got))
			return true;
	return false;
}

// May an event whose digest is not known be this one? Never one that another event foretells, nor,
// where its data are known, one with other data.
static bool may_be(const struct compare *c, struct events want, size_t at,
                   const struct event *got)
{
	const struct event *e = want.list[at];
	return same_event(c, e, got) && (!e->data.len || str_eq(e->data, got->data))
	    && !is_foretold(c, want, at + 1, got);
}

// Where the walk along both lists stands; `open`: the first event that could not be compared.
struct walk { size_t want, got, compared; const struct event *open; };

static bool is_as_likely(const struct compare *c, const struct event *want,
                         const struct event *got);

// Up to the first difference: an event that differs, one too many, or one that can't be missing.
static struct walk walk_events(const struct compare *c, struct events want, struct events got)
{
	struct walk w = {0};
	for (; w.want < want.count; w.want++) {
		const struct event *e = want.list[w.want];
		const struct event *g = w.got < got.count ? got.list[w.got] : NULL;
		if (g && (e->unknown ? may_be(c, want, w.want, g) : same_event(c, e, g))) {
			bool known = !e->unknown || is_as_likely(c, e, g);
			w.compared += known;
			w.open = w.open || known ? w.open : e;
			w.got++;
		} else if (!e->optional) {
			break;
		}
	}
	return w;
}

static bool comes_later(const struct compare *c, struct events want, size_t at, struct events got,
                        size_t from)
{
	if (at >= want.count || want.list[at]->unknown)
		return false;
	for (size_t i = from; i < got.count; i++)
		if (same_event(c, want.list[at], got.list[i]))
			return true;
	return false;
}

static void show_event(struct compare *c, struct str label, const struct event *e)
{
	enum bank b;
	put(c->out, S("  "), label, event_type_name(e->type, c->arena), S(" "), e->what, S("\n"));
	if (!e->unknown && shown_bank(c, e->pcr, &b))
		put_digest(c, S("          "), banks[b].name, digest_of(&e->digests, b));
}

static void show_difference(struct compare *c, u32 pcr, struct events want, struct events got,
                            const struct walk *w)
{
	bool more = w->got < got.count
	         && (w->want == want.count || comes_later(c, want, w->want, got, w->got + 1));
	bool less = !more && w->want < want.count
	         && (w->got == got.count || is_foretold(c, want, w->want + 1, got.list[w->got]));
	struct difference d = {c->predicted, &c->seen->log, more ? NULL : want.list[w->want],
	                       less ? NULL : got.list[w->got], c->arena};
	put_pcr(c, pcr, S("differs at event "));
	buf_number(c->out, w->got + 1);
	put(c->out, more ? S(", which was not predicted\n") : less ? S(", which did not happen\n")
	                                                          : S("\n"));
	if (d.want)
		show_event(c, S("predicted "), d.want);
	if (d.got)
		show_event(c, S("seen      "), d.got);
	difference_explain(&d, c->out);
}

// What an unknown program does may be other events than the one that stands for it, or none.
static void show_open_end(struct compare *c, u32 pcr, const struct event *from, size_t at)
{
	put_pcr(c, pcr, S("equal up to event "));
	buf_number(c->out, at);
	put(c->out, S(", then can't say: "), from->why, S("\n"));
}

// Equal to what a boot does that adds nothing: the guess was right.
static bool is_as_likely(const struct compare *c, const struct event *want,
                         const struct event *got)
{
	struct event known = *want;
	known.unknown = false;
	return want->likely && same_event(c, &known, got);
}

static void show_equal(struct compare *c, u32 pcr, const struct walk *w)
{
	put_pcr(c, pcr, S("equal, "));
	buf_number(c->out, w->compared);
	if (w->open) {
		put(c->out, S(" of "));
		buf_number(c->out, w->got);
	}
	put(c->out, w->got == 1 ? S(" event") : S(" events"));
	if (w->open)
		put(c->out, S(" compared, but can't say about "), w->open->what, S(": "), w->open->why);
	put(c->out, S("\n"));
}

static void compare_events(struct compare *c, u32 pcr, bool asked)
{
	struct events want = events_of(c->predicted, pcr, c->arena);
	struct events got = events_of(&c->seen->log, pcr, c->arena);
	struct walk w = walk_events(c, want, got);
	if (w.want < want.count && want.list[w.want]->unknown) {
		show_open_end(c, pcr, want.list[w.want], w.got);
		c->unknown += asked;
	} else if (w.want < want.count || w.got < got.count) {
		show_difference(c, pcr, want, got, &w);
		c->differ++;
	} else {
		show_equal(c, pcr, &w);
		c->unknown += w.open && asked;
		c->same += !w.open;
	}
}

// ---- all of them

static struct str why_unknown(const struct compare *c, u32 pcr)
{
	for (size_t i = 0; i < c->predicted->count; i++) {
		const struct event *e = &c->predicted->list[i];
		if (e->pcr == pcr && e->unknown)
			return e->why;
	}
	return S("it is not the image's");
}

static bool has_pcr(const struct compare *c, u32 pcr)
{
	for (size_t b = 0; b < BANK_COUNT; b++)
		if ((c->predicted->set >> b & 1) && (c->seen->has[b] >> pcr & 1))
			return true;
	return false;
}

static void compare_pcr(struct compare *c, u32 pcr, bool asked)
{
	bool decided = c->want.state[pcr] == PCR_KNOWN
	            || (c->seen->is_log && c->want.state[pcr] == PCR_PARTLY);
	if (!has_pcr(c, pcr)) {
		if (asked)
			put_pcr(c, pcr, S("can't say: there is no value of it to compare with\n"));
		c->unknown += asked;
	} else if (!decided) {
		put_pcr(c, pcr, S("can't say: "));
		put(c->out, why_unknown(c, pcr), S("\n"));
		c->unknown += asked;
	} else if (c->seen->is_log) {
		compare_events(c, pcr, asked);
	} else {
		compare_value(c, pcr);
	}
}

bool compare_with(const struct event_log *predicted, const struct seen *s, u32 pcrs,
                  struct arena *a, struct buf *out, enum sameness *result)
{
	struct compare c = {.predicted = predicted, .seen = s, .arena = a, .out = out};
	if (!event_fold(predicted, &c.want))
		return false;
	for (u32 pcr = 0; pcr < PCR_COUNT; pcr++)
		if ((pcrs ? pcrs : IMAGE_PCRS) >> pcr & 1)
			compare_pcr(&c, pcr, pcrs != 0);
	if (!c.said)
		put(out, S("can't say: there is no value in common, in no bank\n"));
	*result = c.differ ? SAME_NOT : c.unknown || !c.same ? SAME_UNKNOWN : SAME_ALL;
	return true;
}
