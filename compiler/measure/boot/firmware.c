// firmware: what edk2 extends before and for the images that it starts.
// TCG PC Client Platform Firmware Profile 1.06, 3.3.4; edk2 SecurityPkg/Tcg/Tcg2Dxe.
#include "measure/boot/internal.h"

static const struct str separator = STR("\0\0\0\0");

static void measure_text(struct boot *b, u32 pcr, u32 type, struct str text, struct str what,
                         struct str why)
{
	boot_event(b, (struct event){.pcr = pcr, .type = type, .data = text, .what = what,
	                             .why = why}, text);
}

static void measure_variable(struct boot *b, const u8 *guid, struct str name, struct str data)
{
	struct str all = variable_data(b->arena, guid, name, data);
	measure_text(b, 7, EV_EFI_VARIABLE_DRIVER_CONFIG, all,
	             cat(b->arena, S("the variable "), name, data.len ? S("") : S(", empty")),
	             S("firmware measures the Secure Boot variables, absent ones as empty"));
}

static void measure_secure_boot(struct boot *b)
{
	const struct secure_boot *s = &b->options->secure;
	measure_variable(b, guid_global, S("SecureBoot"), s->on ? S("\1") : S("\0"));
	measure_variable(b, guid_global, S("PK"), s->pk);
	measure_variable(b, guid_global, S("KEK"), s->kek);
	measure_variable(b, guid_security, S("db"), s->db);
	measure_variable(b, guid_security, S("dbx"), s->dbx);
	if (s->dbt.len)
		measure_variable(b, guid_security, S("dbt"), s->dbt);
	if (s->on && s->dbt.len && secure_boot_has_times(s->dbx, *b->arena, b->diag))
		diag_report(b->diag, (struct finding){.rule = KEYS_TIMED});
}

static void measure_action(struct boot *b, u32 pcr, struct str text, struct str why)
{
	measure_text(b, pcr, EV_EFI_ACTION, text, cat(b->arena, S("\""), text, S("\"")), why);
}

static void measure_separator(struct boot *b, u32 pcr)
{
	measure_text(b, pcr, EV_SEPARATOR, separator, S("separator"),
	             S("firmware closes its own part before it starts a boot option"));
}

static void leave_to_platform(struct boot *b)
{
	static const struct { u32 pcr; struct str what; } parts[] = {
		{0, STR("the firmware's own code")}, {1, STR("the machine's configuration")},
		{2, STR("the drivers of its cards")}, {3, STR("their configuration")},
		{6, STR("the events of the machine's maker")},
		{10, STR("what the running kernel measures (IMA)")},
	};
	for (size_t i = 0; i < countof(parts); i++)
		if (boot_wants(b, parts[i].pcr))
			event_add(b->log, (struct event){.pcr = parts[i].pcr, .unknown = true,
				.platform = true, .what = parts[i].what,
				.why = S("no disk image determines it")});
}

void firmware_begin(struct boot *b)
{
	static const struct str calling = STR("Calling EFI Application from Boot Option");
	static const struct str option = STR("firmware takes the next boot option");
	leave_to_platform(b);
	measure_secure_boot(b);
	measure_separator(b, 7);
	measure_action(b, 4, calling, option);
	measure_separator(b, 4);
	measure_separator(b, 5);
	if (!b->options->failed_entry_first)
		return;
	measure_action(b, 4, S("Returning from EFI Application from Boot Option"),
	               S("the boot option before this one could not be started"));
	measure_action(b, 4, calling, option);
}

// PFP 1.06, 10.2.9: header, count of used entries, those entries.
static void measure_partitions(struct boot *b)
{
	static const struct str what = STR("the partition table");
	static const struct str why = STR("firmware measures the table of the disk that it boots");
	if (!b->gpt) {
		boot_event_unknown(b, 5, EV_EFI_GPT_EVENT, what,
		                   S("it is on the disk, and only EFI files were given"));
		return;
	}
	u8 count[8];
	for (size_t i = 0; i < 8; i++)
		count[i] = (u8)((u64)b->gpt->count >> 8 * i);
	measure_text(b, 5, EV_EFI_GPT_EVENT, cat(b->arena, b->gpt->header,
	             ((struct str){count, 8}), b->gpt->used_entries), what, why);
}

bool firmware_start(struct boot *b, const struct image *i)
{
	measure_partitions(b);
	return boot_image(b, i, i->path, S("firmware measures each image that it starts"));
}
