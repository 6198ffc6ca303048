// vars: the variable store in an OVMF or AAVMF flash file (edk2 MdeModulePkg,
// Guid/VariableFormat.h): a firmware volume's header, the store's, then the variables one after
// the other. A variable that is being replaced counts until its successor is complete.
#include "measure/keys/keys.h"
#include <string.h>

enum {
	GUID_BYTES = 16, TIME_BYTES = 16, VOLUME_BYTES = 56, STORE_BYTES = 28,
	FORMATTED = 0x5a, HEALTHY = 0xfe, START_ID = 0x55aa,
	ADDED = 0x3f, IN_DELETION = 0x3e, VARIABLES_MAX = 1 << 14,
};

static bool fails(u32 file, u64 off, struct str why, struct diag *d)
{
	return diag_report(d, (struct finding){VARS_BROKEN, .at = {file, 0, off}, .arg = {why}});
}

static bool is_blank(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != s.at[0])
			return false;
	return s.len && (s.at[0] == 0 || s.at[0] == 0xff);
}

// Where the variable store begins, behind the firmware volume's header.
static bool find_store(struct str flash, struct str *out)
{
	struct rd r = {flash, false};
	struct str left;
	rd_skip(&r, 16);                        // zero vector
	struct str system = rd_bytes(&r, GUID_BYTES);
	rd_skip(&r, 8);                         // length
	struct str signature = rd_bytes(&r, 4);
	rd_skip(&r, 4);                         // attributes
	u16 header_bytes = rd_le16(&r);
	return !r.bad && str_eq(signature, S("_FVH"))
	    && guid_is(system.at, S("fff12b8d-7696-4c8b-a985-2747075b4f50"))
	    && header_bytes >= VOLUME_BYTES && str_sub(flash, header_bytes, 0, &left)
	    && str_sub(flash, header_bytes, flash.len - header_bytes, out);
}

// Whether the variables have time stamps, and where they lie.
static struct str store_fault(struct str store, bool *timed, struct str *out)
{
	struct rd r = {store, false};
	struct str type = rd_bytes(&r, GUID_BYTES), all;
	u32 bytes = rd_le32(&r);
	u8 format = rd_u8(&r), state = rd_u8(&r);
	rd_skip(&r, 2 + 4);                     // reserved
	if (r.bad)
		return S("it ends within the store's header");
	*timed = guid_is(type.at, S("aaf32c78-947b-439a-a180-2e144ec37792"));
	if (!*timed && !guid_is(type.at, S("ddcf3616-3275-4164-98b6-fe85707ffe7d")))
		return S("no variable store follows the volume's header");
	if (format != FORMATTED || state != HEALTHY)
		return S("the store is not formatted and healthy");
	if (bytes < STORE_BYTES || !str_sub(store, 0, bytes, &all))
		return S("the store's Size leads beyond the file");
	*out = (struct str){all.at + STORE_BYTES, all.len - STORE_BYTES};
	return (struct str){0};
}

struct found { struct variable v; u8 state; };

// One variable; *end when there is none at this place. False when it leads beyond the store.
static bool next_variable(struct rd *r, bool timed, struct arena *a, struct found *out, bool *end)
{
	struct rd first = *r;
	*end = rd_le16(&first) != START_ID || first.bad;
	if (*end)
		return true;
	size_t before = r->left.len;
	rd_skip(r, 2);
	out->state = rd_u8(r);
	rd_skip(r, 1);
	out->v.attributes = rd_le32(r);
	rd_skip(r, timed ? 8 : 0);              // count of the older kind of authentication
	struct str time = rd_bytes(r, timed ? TIME_BYTES : 0);
	rd_skip(r, timed ? 4 : 0);              // index of a public key
	u32 name_bytes = rd_le32(r), data_bytes = rd_le32(r);
	struct str guid = rd_bytes(r, GUID_BYTES), name = rd_bytes(r, name_bytes);
	out->v.data = rd_bytes(r, data_bytes);
	if (r->bad)
		return false;
	if (timed)
		memcpy(out->v.time, time.at, TIME_BYTES);
	memcpy(out->v.guid, guid.at, GUID_BYTES);
	if (name.len >= 2)
		name.len -= 2;                  // NUL
	out->v.name = utf16_to_utf8(a, name);
	size_t padding = -(before - r->left.len) & 3;
	rd_skip(r, padding < r->left.len ? padding : r->left.len);
	return true;
}

static bool same_variable(const struct variable *a, const struct variable *b)
{
	return str_eq(a->name, b->name) && memcmp(a->guid, b->guid, GUID_BYTES) == 0;
}

// The complete one wins over one in deletion, wherever they stand; else the first.
static void keep(struct found *list, size_t *count, const struct found *f)
{
	if (f->state != ADDED && f->state != IN_DELETION)
		return;
	for (size_t i = 0; i < *count; i++) {
		if (!same_variable(&list[i].v, &f->v))
			continue;
		if (list[i].state == IN_DELETION)
			list[i] = *f;
		return;
	}
	list[(*count)++] = *f;
}

static bool read_variables(struct str bytes, bool timed, u64 base_off, u32 file, struct arena *a,
                           struct found *list, size_t *count, struct diag *d)
{
	struct rd r = {bytes, false};
	bool end = false;
	for (size_t seen = 0; seen < VARIABLES_MAX; seen++) {   // deleted ones cost time, too
		struct found f = {0};
		u64 off = base_off + (bytes.len - r.left.len);
		if (!next_variable(&r, timed, a, &f, &end))
			return fails(file, off, S("a variable leads beyond the store"), d);
		if (end)
			return true;
		keep(list, count, &f);
	}
	return fails(file, base_off, S("more than 16384 variables"), d);
}

bool vars_read(struct str flash, u32 file, struct arena *a, struct variable **out, size_t *count,
               struct diag *d)
{
	enum { SMALLEST = 32 };                 // a header without time stamps
	struct str store, variables;
	bool timed;
	size_t n = 0;
	*count = 0;
	if (is_blank(flash))                    // firmware formats such a file: no variable
		return true;
	if (!find_store(flash, &store))
		return fails(file, 0, S("no firmware volume with variables begins here"), d);
	struct str fault = store_fault(store, &timed, &variables);
	u64 base_off = (u64)(store.at - flash.at);
	if (fault.len)
		return fails(file, base_off, fault, d);
	size_t most = variables.len / SMALLEST + 1;
	struct found *list = make(a, most < VARIABLES_MAX ? most : VARIABLES_MAX, struct found);
	if (!read_variables(variables, timed, base_off + STORE_BYTES, file, a, list, &n, d))
		return false;
	*out = make(a, n, struct variable);
	for (size_t i = 0; i < n; i++)
		(*out)[i] = list[i].v;
	*count = n;
	return true;
}

// shim deletes a variable of its own that an operating system may have written (mok.c, sbat.c of
// 15.4 to 16.1). MokListTrusted says as much then as when it is set.
static bool shim_takes(const struct variable *v)
{
	enum { NON_VOLATILE = 1, BOOT = 2, RUNTIME = 4, TIMED = 0x20 };
	if (str_eq(v->name, S("SbatLevel")))
		return (v->attributes & ~(u32)TIMED) == (NON_VOLATILE | BOOT);
	return str_eq(v->name, S("MokListTrusted"))
	    || ((v->attributes & (NON_VOLATILE | BOOT)) && !(v->attributes & RUNTIME));
}

// Only these decide whether and with what firmware and shim verify.
bool secure_boot_from(const struct variable *list, size_t count, struct secure_boot *out)
{
	// f0a30bc7-af08-4556-99c4-001009c93a44: edk2's own switches
	static const u8 switches[GUID_BYTES] = {0xc7, 0x0b, 0xa3, 0xf0, 0x08, 0xaf, 0x56, 0x45,
	                                        0x99, 0xc4, 0x00, 0x10, 0x09, 0xc9, 0x3a, 0x44};
	struct secure_boot s = {0};
	struct str enable = {0};
	const struct { struct str name; const u8 *guid; struct str *to; } rows[] = {
		{S("PK"), guid_global, &s.pk}, {S("KEK"), guid_global, &s.kek},
		{S("db"), guid_security, &s.db}, {S("dbx"), guid_security, &s.dbx},
		{S("dbt"), guid_security, &s.dbt},
		{S("MokList"), guid_shim, &s.mok_list}, {S("MokListX"), guid_shim, &s.mok_list_x},
		{S("SbatLevel"), guid_shim, &s.sbat_level},
		{S("MokSBState"), guid_shim, &s.mok_sb_state},
		{S("MokDBState"), guid_shim, &s.mok_db_state},
		{S("MokListTrusted"), guid_shim, &s.mok_list_trusted},
		{S("MokPolicy"), guid_shim, &s.mok_policy},
		{S("SecureBootEnable"), switches, &enable},
	};
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < countof(rows); j++)
			if (str_eq(list[i].name, rows[j].name)
			    && memcmp(list[i].guid, rows[j].guid, GUID_BYTES) == 0
			    && (rows[j].guid != guid_shim || shim_takes(&list[i])))
				*rows[j].to = list[i].data;
	s.on = s.pk.len && !str_eq(enable, S("\0"));
	*out = s;
	return s.pk.len;
}
