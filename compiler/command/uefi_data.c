// amic uefi-data: writes the variable store that an image is registered with, or shows one.
#include "command/command.h"
#include "measure/measure.h"
#include <string.h>

enum { LIST_MAX = 1 << 20, STORE_MAX = 64 << 20 };

static const struct option options[] = {
	{0, STR("PK"), STR("FILE"), STR("platform key, an EFI signature list"), false},
	{0, STR("KEK"), STR("FILE"), STR("key exchange keys"), false},
	{0, STR("db"), STR("FILE"), STR("what may start: certificates and hashes"), false},
	{0, STR("dbx"), STR("FILE"), STR("what may not"), false},
	{0, STR("from"), STR("FILE"), STR("begin with this, or the keys of OVMF_VARS.fd"), false},
	{0, STR("decode"), STR("FILE"), STR("show the variables of uefi-data or OVMF_VARS.fd"), false},
	{'o', STR("output"), STR("FILE"), STR("write there, not to standard output"), false},
};

// Uefi-data is text that begins with the base64 of its magic; all else must be a flash file.
static bool read_variables(struct run *r, struct str path, struct variable **out, size_t *count,
                           bool *is_flash)
{
	struct str bytes;
	u32 file;
	if (!binary_read(r, path, STORE_MAX, &bytes, &file))
		return false;
	*is_flash = !str_starts(str_trim(bytes), S("QU1aTlVFRk"));
	if (!*is_flash)
		return uefi_data_read(bytes, file, r->library, r->arena, out, count, r->diag);
	return vars_read(bytes, file, r->arena, out, count, r->diag);
}

// ---- showing

static const struct { u32 bit; struct str name; } attributes[] = {
	{0x01, STR("non-volatile")}, {0x02, STR("boot")}, {0x04, STR("runtime")},
	{0x08, STR("hardware-error")}, {0x20, STR("authenticated")}, {0x40, STR("append")},
};

static struct str kind_of(struct run *r, const u8 *type)
{
	if (guid_is(type, type_x509.guid))
		return type_x509.name;
	for (size_t i = 0; i < BANK_COUNT; i++) {
		if (guid_is(type, type_image[i].guid))
			return type_image[i].name;
		if (guid_is(type, type_certificate[i].guid))
			return type_certificate[i].name;
	}
	return guid_text(r->arena, type);
}

static void show_signature(struct run *r, const struct signature *s)
{
	struct str subject = certificate_subject(r->arena, s->data);
	bool certificate = guid_is(s->type, type_x509.guid);
	put(r->out, S("  "), kind_of(r, s->type), S(" "),
	    certificate ? subject : str_hex(r->arena, s->data), S(", owner "),
	    guid_text(r->arena, s->owner), S("\n"));
	if (certificate)
		put(r->out, S("    sha256 "), str_hex(r->arena, sha256(r->arena, s->data)), S("\n"));
}

static bool is_list(const struct variable *v)
{
	static const struct str names[] = {STR("PK"), STR("KEK"), STR("db"), STR("dbx"),
	                                   STR("dbt")};
	for (size_t i = 0; i < countof(names); i++)
		if (str_eq(v->name, names[i]))
			return true;
	return false;
}

// A broken list is a finding, and the other variables are shown all the same.
static void show_variable(struct run *r, const struct variable *v)
{
	struct signature *list;
	size_t count;
	put(r->out, utf8_printable(r->arena, v->name), S(" "), guid_text(r->arena, v->guid), S(" "));
	buf_number(r->out, v->data.len);
	put(r->out, S(" bytes"));
	for (size_t i = 0; i < countof(attributes); i++)
		if (v->attributes & attributes[i].bit)
			put(r->out, S(" "), attributes[i].name);
	put(r->out, S("\n"));
	if (!is_list(v) || !esl_read(v->data, 0, r->arena, &list, &count, r->diag))
		return;
	for (size_t i = 0; i < count; i++)
		show_signature(r, &list[i]);
}

static int decode(struct run *r, struct str path)
{
	struct variable *list;
	size_t count;
	bool is_flash, good = read_variables(r, path, &list, &count, &is_flash);
	for (size_t i = 0; good && i < count; i++)
		show_variable(r, &list[i]);
	return good ? STATUS_DONE : STATUS_FINDINGS;
}

// ---- writing

// The four lists of the command line, each checked before anything is written.
static bool read_list(struct run *r, struct str option, struct str *out)
{
	struct str path = args_value(r->args, option);
	struct signature *list;
	size_t count;
	u32 file;
	return path.len == 0
	    || (binary_read(r, path, LIST_MAX, out, &file)
	        && esl_read_file(out, file, r->arena, &list, &count, r->diag));
}

static struct variable *find(struct variable *list, size_t count, const struct variable *v)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(list[i].name, v->name) && memcmp(list[i].guid, v->guid, sizeof v->guid) == 0)
			return &list[i];
	return NULL;
}

// A flash file's other variables belong to its machine; only its keys are taken over.
static bool read_from(struct run *r, struct variable **out, size_t *count)
{
	struct str path = args_value(r->args, S("from"));
	struct secure_boot s;
	bool is_flash;
	*count = 0;
	if (path.len == 0)
		return true;
	if (!read_variables(r, path, out, count, &is_flash))
		return false;
	if (is_flash && secure_boot_from(*out, *count, &s))
		*count = secure_boot_variables(&s, r->arena, out);
	return true;
}

static size_t merge(struct variable *list, size_t count, const struct variable *more, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct variable *old = find(list, count, &more[i]);
		*(old ? old : &list[count++]) = more[i];
	}
	return count;
}

static void remark(struct run *r, const struct variable *list, size_t count)
{
	struct secure_boot s;
	if (!secure_boot_from(list, count, &s))
		diag_report(r->diag, (struct finding){.rule = UEFI_DATA_NO_PK});
	else if (s.db.len == 0)
		diag_report(r->diag, (struct finding){.rule = UEFI_DATA_NO_DB});
}

static bool write_text(struct run *r, struct str text)
{
	struct output o = {args_value(r->args, S("output")), text};
	if (o.path.len)
		return files_write(&o, 1, *r->arena, r->diag);
	put(r->out, text, S("\n"));
	return true;
}

static int encode(struct run *r)
{
	struct secure_boot s = {0};
	struct variable *list = NULL, *more;
	size_t count = 0;
	struct str text;
	if (!read_from(r, &list, &count))
		return STATUS_FINDINGS;
	bool good = read_list(r, S("PK"), &s.pk);
	good &= read_list(r, S("KEK"), &s.kek);
	good &= read_list(r, S("db"), &s.db);
	good &= read_list(r, S("dbx"), &s.dbx);
	size_t n = secure_boot_variables(&s, r->arena, &more);
	struct variable *all = make(r->arena, count + n, struct variable);
	if (count)
		memcpy(all, list, count * sizeof *all);
	count = merge(all, count, more, n);
	if (!good || !uefi_data_write(all, count, r->library, r->arena, &text, r->diag)
	    || !write_text(r, text))
		return STATUS_FINDINGS;
	remark(r, all, count);
	return STATUS_DONE;
}

static const struct str sources[] = {STR("from"), STR("PK"), STR("KEK"), STR("db"), STR("dbx")};

// What is shown is not written: options for writing are a mistake of whoever gives them.
static bool only_decode(struct run *r, struct str path)
{
	bool writes = args_has(r->args, S("output"));
	for (size_t i = 0; i < countof(sources); i++)
		writes |= args_has(r->args, sources[i]);
	return !writes || diag_report(r->diag, (struct finding){OPTION_VALUE, .arg = {S("--decode"),
		path, S("it shows variables and writes none: leave the other options out")}});
}

static int run_uefi_data(struct run *r)
{
	struct str path = args_value(r->args, S("decode"));
	if (r->args->rest_count) {
		diag_report(r->diag, (struct finding){OPTION_UNKNOWN, .arg = {r->args->rest[0]}});
		return STATUS_UNKNOWN;
	}
	if (path.len)
		return only_decode(r, path) ? decode(r, path) : STATUS_UNKNOWN;
	for (size_t i = 0; i < countof(sources); i++)
		if (args_value(r->args, sources[i]).len)
			return encode(r);
	diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {S("uefi-data"),
		S("a signature list (--PK, --KEK, --db, --dbx), --from or --decode")}});
	return STATUS_UNKNOWN;
}

const struct command command_uefi_data = {
	STR("uefi-data"), STR(""), STR("write or show the UEFI variables of an image"),
	options, countof(options), run_uefi_data, false, NULL, 0,
};
