// pcr_policy: values for what admits them: tags of an image, a key policy's condition, a parameter
// file. The names that these carry are in schemas/attest.json.
#include "command/pcr/pcr.h"
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 20, KEEP_MAX = 10000 };

// A key of schemas/attest.json.
static bool read_names(struct run *r, json_t **out)
{
	*out = library_json(r->library, S("schemas/attest.json"));
	return *out != NULL;
}

static struct str str_of(struct run *r, const json_t *names, const char *key)
{
	return str_copy(r->arena, json_str(names, key));
}

// These forms have room for one bank only.
static bool only_bank(struct run *r, const struct prediction *p, enum bank *out)
{
	for (size_t b = 0; b < BANK_COUNT; b++) {
		if (p->set == 1u << b) {
			*out = (enum bank)b;
			return true;
		}
	}
	return diag_report(r->diag, (struct finding){.rule = OPTION_VALUE,
		.arg = {S("--bank"), S("more than one"), S("this format holds values of one bank")}});
}

// Rows of the PCRs that are shown: `before`, the number, `middle`, the value, `after`.
static bool put_rows(struct run *r, const struct prediction *p, enum bank bank, struct str before,
                     struct str middle, struct str after, struct buf *out)
{
	bool first = true;
	for (u32 pcr = 0; pcr < PCR_COUNT; pcr++) {
		struct str hex;
		if (!(p->pcrs >> pcr & 1))
			continue;
		if (!pcr_hex(r, p, bank, pcr, &hex))
			return false;
		put(out, first ? S("") : S(",\n"), before, str_number(r->arena, pcr), middle, hex, after);
		first = false;
	}
	return true;
}

bool pcr_write_tags(struct run *r, const struct prediction *p)
{
	struct buf text = buf_new(r->arena, TEXT_MAX);
	enum bank bank;
	json_t *names;
	if (!only_bank(r, p, &bank) || !read_names(r, &names))
		return false;
	struct str key = str_of(r, names, "tagKey"), value = str_of(r, names, "tagValue");
	struct str prefix = str_of(r, names, "tagPrefix");
	json_decref(names);
	bool done = put_rows(r, p, bank, cat(r->arena, S("  {\""), key, S("\": \""), prefix),
	                     cat(r->arena, S("\", \""), value, S("\": \"")), S("\"}"), &text);
	if (done)
		put(r->out, S("[\n"), buf_str(&text), S("\n]\n"));
	return done;
}

bool pcr_write_kms(struct run *r, const struct prediction *p)
{
	struct buf text = buf_new(r->arena, TEXT_MAX);
	enum bank bank;
	json_t *names;
	if (!only_bank(r, p, &bank) || !read_names(r, &names))
		return false;
	struct str operator = str_of(r, names, "conditionOperator");
	struct str key = str_of(r, names, "conditionPrefix"), wanted = str_of(r, names, "bank");
	json_decref(names);
	if (!str_eq(wanted, banks[bank].name))
		return diag_report(r->diag, (struct finding){.rule = OPTION_VALUE,
			.arg = {S("--bank"), banks[bank].name,
			        cat(r->diag->arena, S("a key policy compares values of "), wanted)}});
	bool done = put_rows(r, p, bank, cat(r->arena, S("    \""), key), S("\": \""), S("\""), &text);
	if (done)
		put(r->out, S("{\n  \""), operator, S("\": {\n"), buf_str(&text), S("\n  }\n}\n"));
	return done;
}

// ---- a parameter file: [{"ParameterKey": …, "ParameterValue": "newest,older"}, …]

struct file_keys { struct str key, value, prefix; };

static json_t *find_row(json_t *rows, struct file_keys k, struct str name, struct arena scratch)
{
	size_t i;
	json_t *row;
	const char *key = str_z(&scratch, k.key);
	json_array_foreach(rows, i, row)
		if (str_eq(json_str(row, key), name))
			return row;
	return NULL;
}

// The new value first, then those that were there, each once, `keep` in all.
static struct str join_values(struct run *r, struct str hex, struct str old, u64 keep)
{
	struct buf list = buf_new(r->arena, TEXT_MAX);
	struct str left = old, one;
	u64 count = 1;
	buf_put(&list, hex);
	while (left.len && count < keep) {
		left = str_cut(left, ',', &one);
		one = str_trim(one);
		if (one.len == 0 || str_eq(one, hex))
			continue;
		put(&list, S(","), one);
		count++;
	}
	return buf_str(&list);
}

static bool set_row(struct run *r, json_t *rows, struct file_keys k, struct str name,
                    struct str hex, u64 keep)
{
	json_t *row = find_row(rows, k, name, *r->arena);
	const char *key = str_z(r->arena, k.key), *value = str_z(r->arena, k.value);
	struct str old = row ? str_copy(r->arena, json_str(row, value)) : (struct str){0};
	struct str joined = join_values(r, hex, old, keep);
	if (!row) {
		row = json_object();
		json_object_set_new(row, key, json_stringn((const char *)name.at, name.len));
		json_array_append_new(rows, row);
	}
	return json_object_set_new(row, value,
	                           json_stringn((const char *)joined.at, joined.len)) == 0;
}

static bool set_rows(struct run *r, const struct prediction *p, enum bank bank,
                     struct file_keys k, u64 keep, json_t *rows)
{
	static const u8 zeros[BANK_MAX_BYTES];
	for (u32 pcr = 0; pcr < PCR_COUNT; pcr++) {
		struct str hex;
		if (!(p->pcrs >> pcr & 1))
			continue;
		if (!pcr_hex(r, p, bank, pcr, &hex))
			return false;
		// A PCR that is never extended is no parameter: templates hold its zeros themselves.
		if (memcmp(p->values.of[bank][pcr], zeros, banks[bank].bytes) == 0)
			continue;
		struct str name = cat(r->arena, k.prefix, str_number(r->arena, pcr));
		if (!set_row(r, rows, k, name, hex, keep))
			return false;
	}
	return true;
}

static json_t *read_rows(struct run *r, struct str path)
{
	struct str text;
	json_error_t error;
	if (!path.len)
		return json_array();
	if (!file_read(r->arena, path, TEXT_MAX, &text, r->diag))
		return NULL;
	json_t *rows = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
	if (json_is_array(rows))
		return rows;
	json_decref(rows);
	diag_report(r->diag, (struct finding){.rule = PARAMETER_FILE, .arg = {path}});
	return NULL;
}

static bool read_keep(struct run *r, u64 *out)
{
	struct str text = args_value(r->args, S("keep"));
	*out = KEEP_MAX;
	return !text.len || (str_u64(text, out) && *out > 0 && *out <= KEEP_MAX)
	    || diag_report(r->diag, (struct finding){.rule = OPTION_VALUE,
		.arg = {S("--keep"), text, S("how many values stay, with the new one: 1 or more")}});
}

static void put_document(struct run *r, const json_t *rows)
{
	char *text = json_dumps(rows, JSON_INDENT(2));
	put(r->out, str_from(text), S("\n"));
	free(text);
}

bool pcr_write_parameters(struct run *r, const struct prediction *p)
{
	enum bank bank;
	u64 keep;
	json_t *names;
	if (!only_bank(r, p, &bank) || !read_keep(r, &keep) || !read_names(r, &names))
		return false;
	struct file_keys k = {str_of(r, names, "parameterKey"), str_of(r, names, "parameterValue"),
	                      str_of(r, names, "parameterPrefix")};
	json_decref(names);
	json_t *rows = read_rows(r, args_value(r->args, S("append")));
	bool done = rows && set_rows(r, p, bank, k, keep, rows);
	if (done)
		put_document(r, rows);
	json_decref(rows);
	return done;
}
