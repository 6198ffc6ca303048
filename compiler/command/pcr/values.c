// values: PCR values of a prediction, as the formats want them.
#include "command/pcr/pcr.h"

struct str pcr_unknown_because(const struct prediction *p, u32 pcr)
{
	for (size_t i = 0; i < p->log.count; i++) {
		const struct event *e = &p->log.list[i];
		if (e->pcr == pcr && e->unknown)
			return cat(p->log.arena, e->what, S(": "), e->why);
	}
	return S("");
}

struct str pcr_value(const struct prediction *p, enum bank bank, u32 pcr)
{
	return (struct str){p->values.of[bank][pcr], banks[bank].bytes};
}

bool pcr_hex(struct run *r, const struct prediction *p, enum bank bank, u32 pcr, struct str *out)
{
	struct str because = pcr_unknown_because(p, pcr);
	if (p->values.state[pcr] != PCR_KNOWN)
		return diag_report(r->diag, (struct finding){.rule = PCR_UNDETERMINED,
			.arg = {str_number(r->diag->arena, pcr), str_copy(r->diag->arena, because)}});
	*out = str_hex(r->arena, pcr_value(p, bank, pcr));
	return true;
}
