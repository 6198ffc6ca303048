// amic explain PCR4 IMAGE: what a PCR covers, and what in the boot undoes it.
#include "command/explain/explain.h"
#include "command/pcr/pcr.h"

// "PCR4", "pcr4"
static bool read_topic(struct str topic, u64 *pcr)
{
	bool named = str_starts(topic, S("PCR")) || str_starts(topic, S("pcr"));
	return named && str_u64((struct str){topic.at + 3, topic.len - 3}, pcr) && *pcr < PCR_COUNT;
}

static bool explain_value(struct run *r, const struct event_log *log, u32 pcr)
{
	struct pcr_values values;
	if (!event_fold(log, &values))
		return diag_report(r->diag, (struct finding){.rule = DIGEST_REFUSED});
	if (values.state[pcr] == PCR_KNOWN)
		put(r->out, S("\nvalue: sha384 "),
		    str_hex(r->arena, (struct str){values.of[BANK_SHA384][pcr], 48}), S("\n"));
	return true;
}

static bool explain_image(struct run *r, u32 pcr, struct str path)
{
	struct boot_options o;
	struct event_log log;
	struct chain chain = {0};
	struct source image;
	if (!pcr_boot_options(r, &o))
		return false;
	o.set = 1u << BANK_SHA384;
	o.pcrs = 0xffff;
	if (!pcr_predict(r, &path, 1, &o, &image, &log))
		return false;
	log.handed.unpacked_max = o.unpacked_max;
	if (!chain_read(&log.handed, r->library, r->arena, &chain, r->diag)
	    || !explain_pcr(&log, pcr, &chain, r->arena, r->out, r->diag)
	    || !explain_value(r, &log, pcr))
		return false;
	return !args_has(r->args, S("verify-root"))
	    || chain_verify(&image, &chain, o.threads, r->arena, r->out, r->diag);
}

bool explain_pcr_topic(struct run *r, struct str topic, struct str path, int *status)
{
	u64 pcr;
	if (!read_topic(topic, &pcr))
		return false;
	*status = explain_image(r, (u32)pcr, path) ? STATUS_DONE : STATUS_FINDINGS;
	return true;
}
