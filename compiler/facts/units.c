// units: durations, sizes and versions as the language writes them.
#include "facts/facts.h"

struct unit { struct str suffix; u64 factor; };

static bool split_number(struct str text, u64 *number, struct str *suffix)
{
	size_t digits = 0;
	if (text.len == 0)
		return false;
	while (digits < text.len && text.at[digits] >= '0' && text.at[digits] <= '9')
		digits++;
	*suffix = (struct str){text.at + digits, text.len - digits};
	return str_u64((struct str){text.at, digits}, number);
}

static bool read_unit(struct str text, const struct unit *units, size_t count, u64 *out)
{
	u64 number, value;
	struct str suffix;
	if (!split_number(text, &number, &suffix))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!str_eq(suffix, units[i].suffix))
			continue;
		if (!mul_u64(number, units[i].factor, &value))
			return false;
		*out = value;
		return true;
	}
	return false;
}

bool duration_seconds(struct str text, u64 *out)
{
	static const struct unit units[] = {
		{STR("s"), 1}, {STR("m"), 60}, {STR("h"), 3600}, {STR("d"), 86400},
	};
	return read_unit(text, units, countof(units), out);
}

bool size_mib(struct str text, u64 *out)
{
	static const struct unit units[] = {
		{STR("MiB"), 1}, {STR("GiB"), 1 << 10}, {STR("TiB"), 1 << 20},
	};
	return read_unit(text, units, countof(units), out);
}

// Version nodes of the service are 30 bits wide.
bool version_read(struct str text, u64 *major, u64 *minor)
{
	enum { NODE_MAX = (1 << 30) - 1 };
	struct str first, second = str_cut(text, '.', &first);
	u64 a, b;
	if (!str_u64(first, &a) || !str_u64(second, &b) || a > NODE_MAX || b > NODE_MAX)
		return false;
	*major = a;
	*minor = b;
	return true;
}
