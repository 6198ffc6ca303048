// seen_json: PCR values in JSON: what the builder's tool and `amic pcr` print, one bank or several,
// and pairs of a name that ends in PCR and a number with a value: tags, conditions of a key policy,
// parameters of a stack. The length of a value says its bank.
#include "measure/compare/internal.h"
#include <string.h>

static bool bank_by_length(size_t digits, enum bank *out)
{
	for (size_t i = 0; i < BANK_COUNT; i++)
		if (digits == 2u * banks[i].bytes) {
			*out = (enum bank)i;
			return true;
		}
	return false;
}

// "AllowedPCR4": 4. Other names are of other things.
static bool pcr_of_name(struct str name, u64 *out)
{
	size_t digits = 0;
	while (digits < name.len && name.at[name.len - digits - 1] >= '0'
	       && name.at[name.len - digits - 1] <= '9')
		digits++;
	struct str head = {name.at, name.len - digits};
	struct str number = {name.at + head.len, digits};
	return str_ends(head, S("PCR")) && str_u64(number, out);
}

static bool read_pair(struct seen *s, struct str name, const json_t *value)
{
	u64 pcr;
	enum bank bank;
	struct str hex = str_from(json_string_value(value));
	return !pcr_of_name(name, &pcr)
	    || (bank_by_length(hex.len, &bank) && seen_add(s, bank, pcr, hex));
}

// ---- {"Measurements": {"HashAlgorithm": "SHA384", "PCR4": "…"}}

static bool read_member(struct seen *s, enum bank bank, const char *key, const json_t *value)
{
	struct str name = str_from(key);
	u64 pcr;
	if (!str_starts(name, S("PCR")))
		return true;
	name = (struct str){name.at + 3, name.len - 3};
	struct str hex = str_from(json_string_value(value));
	return str_u64(name, &pcr) && seen_add(s, bank, pcr, hex);
}

static bool read_measurements(const json_t *all, struct seen *s)
{
	const json_t *value;
	const char *key;
	enum bank bank;
	if (!seen_bank(json_str(all, "HashAlgorithm"), &bank))
		return false;
	json_object_foreach((json_t *)all, key, value)
		if (!read_member(s, bank, key, value))
			return false;
	return true;
}

// ---- pairs

static bool read_element(struct seen *s, const json_t *e)
{
	static const char *const keys[][2] = {
		{"Key", "Value"}, {"ParameterKey", "ParameterValue"},
	};
	const json_t *all = json_object_get(e, "Measurements");
	if (all)
		return read_measurements(all, s);
	for (size_t i = 0; i < countof(keys); i++)
		if (json_object_get(e, keys[i][0]))
			return read_pair(s, json_str(e, keys[i][0]), json_object_get(e, keys[i][1]));
	return false;
}

// {operator: {key: value}}, or the pairs themselves.
static bool read_pairs(struct seen *s, const json_t *root)
{
	const json_t *value, *inner;
	const char *key, *name;
	json_object_foreach((json_t *)root, key, value) {
		if (!json_is_object(value) && !read_pair(s, str_from(key), value))
			return false;
		json_object_foreach((json_t *)value, name, inner)
			if (!read_pair(s, str_from(name), inner))
				return false;
	}
	return true;
}

static bool read_root(struct seen *s, const json_t *root)
{
	size_t i;
	const json_t *e, *all = json_object_get(root, "Measurements");
	if (all)
		return read_measurements(all, s);
	if (json_is_object(root))
		return read_pairs(s, root);
	json_array_foreach(root, i, e)
		if (!read_element(s, e))
			return false;
	return true;
}

bool seen_json(struct str text, struct seen *s)
{
	json_error_t error;
	json_t *root = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
	bool done = root && read_root(s, root) && seen_banks(s);
	json_decref(root);
	return done;
}
