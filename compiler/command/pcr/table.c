// pcr_table: a prediction for people: the values, or the events with their reasons; and as a log
// for tools.
#include "command/pcr/pcr.h"

static void put_number(struct buf *out, u32 pcr)
{
	put(out, pcr < 10 ? S("PCR ") : S("PCR"));
	buf_number(out, pcr);
}

static struct str why_not(const struct prediction *p, u32 pcr)
{
	struct str because = pcr_unknown_because(p, pcr);
	return cat(p->log.arena, p->values.state[pcr] == PCR_PLATFORM ? S("the machine's: ")
	                                                             : S("not predictable: "),
	           because);
}

static void put_row(struct run *r, const struct prediction *p, enum bank bank, u32 pcr)
{
	put_number(r->out, pcr);
	put(r->out, S("  "));
	if (p->values.state[pcr] != PCR_KNOWN)
		put(r->out, why_not(p, pcr), S("\n"));
	else
		put(r->out, str_hex(r->arena, pcr_value(p, bank, pcr)),
		    p->values.extended[pcr] ? S("\n") : S("  nothing of the boot extends it\n"));
}

bool pcr_write_table(struct run *r, const struct prediction *p)
{
	bool one = (p->set & (p->set - 1)) == 0;
	for (size_t b = 0; b < BANK_COUNT; b++) {
		if (!(p->set >> b & 1))
			continue;
		put(r->out, banks[b].name, S("\n"));
		for (u32 pcr = 0; pcr < PCR_COUNT; pcr++)
			if (p->pcrs >> pcr & 1)
				put_row(r, p, (enum bank)b, pcr);
		put(r->out, one ? S("") : S("\n"));
	}
	return true;
}

static void put_event(struct run *r, const struct prediction *p, const struct event *e)
{
	bool typed = !e->unknown || e->type;      // of what can't be known not even the type is
	put_number(r->out, e->pcr);
	put(r->out, S("  "), typed ? event_type_name(e->type, r->arena) : S(""),
	    typed ? S("  ") : S(""), e->what, S("\n"));
	for (size_t b = 0; b < BANK_COUNT; b++)
		if (p->set >> b & 1 && (!e->unknown || e->likely))
			put(r->out, S("       "), e->likely ? S("probably ") : S(""), banks[b].name, S(" "),
			    str_hex(r->arena, digest_of(&e->digests, (enum bank)b)), S("\n"));
	put(r->out, e->unknown ? S("       not known: ") : S("       "), e->why, S("\n"));
}

bool pcr_write_events(struct run *r, const struct prediction *p)
{
	for (size_t i = 0; i < p->log.count; i++)
		if (p->pcrs >> p->log.list[i].pcr & 1)
			put_event(r, p, &p->log.list[i]);
	return true;
}

bool pcr_write_log(struct run *r, const struct prediction *p)
{
	tcglog_write(&p->log, r->out);
	return true;
}
