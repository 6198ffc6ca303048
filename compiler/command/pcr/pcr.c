// amic pcr IMAGE…: the PCR values that a boot of an image will show.
#include "command/pcr/pcr.h"
#include <string.h>

#define PCRS_DEFAULT (1u << 4 | 1u << 7 | 1u << 12)
#define PCRS_POLICY  (1u << 4 | 1u << 12)
#define PCRS_BOOT    0xffffu
#define BANKS_ALL    ((1u << BANK_COUNT) - 1)

// The first one is the default.
const struct pcr_format pcr_formats[] = {
	{STR("measurements"), PCRS_DEFAULT, 1u << BANK_SHA384, pcr_write_json},
	{STR("json"), PCRS_DEFAULT, 1u << BANK_SHA384, pcr_write_json},
	{STR("table"), PCRS_BOOT, 1u << BANK_SHA384, pcr_write_table},
	{STR("events"), PCRS_BOOT, 1u << BANK_SHA384, pcr_write_events},
	{STR("log"), PCRS_BOOT, BANKS_ALL, pcr_write_log},
	{STR("tags"), PCRS_DEFAULT, 1u << BANK_SHA384, pcr_write_tags},
	{STR("kms"), PCRS_POLICY, 1u << BANK_SHA384, pcr_write_kms},
	{STR("cfn-parameters"), PCRS_POLICY, 1u << BANK_SHA384, pcr_write_parameters},
	{STR("corim"), PCRS_DEFAULT, 1u << BANK_SHA384, pcr_write_corim},
};
const size_t pcr_format_count = countof(pcr_formats);

// ---- the command

static const struct pcr_format *format_named(struct str name)
{
	for (size_t i = 0; i < pcr_format_count; i++)
		if (str_eq(pcr_formats[i].name, name))
			return &pcr_formats[i];
	return NULL;
}

// Words of --format that are not ours are for the findings: `--format json --format sarif`.
static bool pick_format(struct run *r, const struct pcr_format **out)
{
	size_t count;
	enum format unused;
	const struct str *given = args_values(r->args, S("format"), &count);
	*out = &pcr_formats[0];
	for (size_t i = 0; i < count; i++) {
		const struct pcr_format *found = format_named(given[i]);
		if (!found && !format_by_name(given[i], &unused))
			return diag_report(r->diag, (struct finding){.rule = OPTION_VALUE,
				.arg = {S("--format"), given[i], S("measurements, json, table, events, "
				        "log, tags, kms, cfn-parameters or corim")}});
		*out = found ? found : *out;
	}
	return true;
}

static bool pick_banks(struct run *r, bank_set *out)
{
	size_t count;
	const struct str *names = args_values(r->args, S("bank"), &count);
	enum bank bank;
	if (count)
		*out = 0;
	for (size_t i = 0; i < count; i++) {
		if (!bank_by_name(names[i], &bank))
			return diag_report(r->diag, (struct finding){.rule = OPTION_VALUE,
				.arg = {S("--bank"), names[i], S("sha1, sha256, sha384 or sha512")}});
		*out |= 1u << bank;
	}
	return true;
}

static bool pick_images(struct run *r, const struct str **out, size_t *count)
{
	const struct str *images = args_values(r->args, S("image"), count);
	*out = images ? images : r->args->rest;
	if (images && r->args->rest_count)
		return diag_report(r->diag, (struct finding){.rule = OPTION_VALUE,
			.arg = {S("--image"), images[0],
			        S("name the images with --image or without, not both")}});
	*count = images ? *count : r->args->rest_count;
	return *count || diag_report(r->diag, (struct finding){.rule = OPERAND_MISSING,
		.arg = {S("pcr"), S("an image: a raw disk, or EFI files in their order")}});
}

// What is predicted is what the format shows, or, to compare, what there is to compare with.
static bool predict(struct run *r, const struct pcr_format *format, const struct seen *seen,
                    struct prediction *out)
{
	struct prediction p = {.pcrs = seen ? PCRS_BOOT : format->pcrs,
	                       .set = seen ? seen_banks(seen) : format->set};
	struct boot_options o;
	size_t count;
	const struct str *images;
	if (!pick_images(r, &images, &count) || !pick_banks(r, &p.set) || !pcr_boot_options(r, &o)
	    || (args_has(r->args, S("pcr")) && !pcr_list(r, args_value(r->args, S("pcr")), &p.pcrs)))
		return false;
	o.set = p.set;
	o.pcrs = seen ? PCRS_BOOT | p.pcrs : p.pcrs;   // other PCRs say why one differs
	if (!pcr_predict(r, images, count, &o, &p.first, &p.log))
		return false;
	p.threads = o.threads;
	p.log.handed.unpacked_max = o.unpacked_max;
	*out = p;
	return event_fold(&p.log, &out->values)
	    || diag_report(r->diag, (struct finding){.rule = DIGEST_REFUSED});
}

// The verdict is an exit status and findings; the output stays what the format says.
static bool verify_root(struct run *r, const struct prediction *p)
{
	struct chain chain;
	struct buf unused = buf_new(r->arena, 1 << 16);
	return !args_has(r->args, S("verify-root"))
	    || (chain_read(&p->log.handed, r->library, r->arena, &chain, r->diag)
	        && chain_verify(&p->first, &chain, p->threads, r->arena, &unused, r->diag));
}

// What can't be predicted can't be compared: the answer is open, not "differs".
static int run_compare(struct run *r, const struct pcr_format *format)
{
	struct seen seen;
	struct prediction p;
	if (!pcr_read_seen(r, args_value(r->args, S("compare")), &seen)
	    || !predict(r, format, &seen, &p))
		return STATUS_UNKNOWN;
	int status = pcr_compare(r, &p, &seen, args_has(r->args, S("pcr")) ? p.pcrs : 0);
	return verify_root(r, &p) || status != STATUS_DONE ? status : STATUS_FINDINGS;
}

// An option that would do nothing is a mistake of whoever gives it.
static bool check_companions(struct run *r, const struct pcr_format *format)
{
	static const struct str names[] = {STR("append"), STR("keep")};
	for (size_t i = 0; i < countof(names); i++)
		if (args_has(r->args, names[i]) && format->write != pcr_write_parameters)
			return diag_report(r->diag, (struct finding){.rule = OPTION_VALUE,
				.arg = {cat(r->arena, S("--"), names[i]), args_value(r->args, names[i]),
				        S("it goes with --format cfn-parameters")}});
	return true;
}

static int run_pcr(struct run *r)
{
	const struct pcr_format *format;
	struct prediction p;
	if (!pick_format(r, &format) || !check_companions(r, format))
		return STATUS_UNKNOWN;
	if (args_has(r->args, S("compare")))
		return run_compare(r, format);
	return predict(r, format, NULL, &p) && format->write(r, &p) && verify_root(r, &p)
		? STATUS_DONE : STATUS_FINDINGS;
}

const struct command command_pcr = {
	STR("pcr"), STR("IMAGE..."), STR("the PCR values that a boot of an image will show"),
	pcr_options, PCR_OPTIONS, run_pcr, true, NULL, 0,
};
