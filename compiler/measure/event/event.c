// event: a measured boot as a list of events, and the fold of that list: the PCRs.
// TCG PC Client Platform Firmware Profile 1.06, 10.4.
#include "measure/event/event.h"
#include <string.h>

// What the data of an event hold.
enum says { SAYS_TEXT, SAYS_SEPARATOR, SAYS_TAG, SAYS_VARIABLE, SAYS_AUTHORITY, SAYS_IMAGE,
            SAYS_PARTITIONS };
static const struct event_kind { u32 type; enum says says; struct str name; } kinds[] = {
	{0x00000000, SAYS_TEXT, STR("EV_PREBOOT_CERT")},
	{0x00000001, SAYS_TEXT, STR("EV_POST_CODE")},
	{0x00000003, SAYS_TEXT, STR("EV_NO_ACTION")},
	{0x00000004, SAYS_SEPARATOR, STR("EV_SEPARATOR")},
	{0x00000005, SAYS_TEXT, STR("EV_ACTION")},
	{0x00000006, SAYS_TAG, STR("EV_EVENT_TAG")},
	{0x00000007, SAYS_TEXT, STR("EV_S_CRTM_CONTENTS")},
	{0x00000008, SAYS_TEXT, STR("EV_S_CRTM_VERSION")},
	{0x00000009, SAYS_TEXT, STR("EV_CPU_MICROCODE")},
	{0x0000000a, SAYS_TEXT, STR("EV_PLATFORM_CONFIG_FLAGS")},
	{0x0000000b, SAYS_TEXT, STR("EV_TABLE_OF_DEVICES")},
	{0x0000000c, SAYS_TEXT, STR("EV_COMPACT_HASH")},
	{0x0000000d, SAYS_TEXT, STR("EV_IPL")},
	{0x0000000e, SAYS_TEXT, STR("EV_IPL_PARTITION_DATA")},
	{0x0000000f, SAYS_TEXT, STR("EV_NONHOST_CODE")},
	{0x00000010, SAYS_TEXT, STR("EV_NONHOST_CONFIG")},
	{0x00000011, SAYS_TEXT, STR("EV_NONHOST_INFO")},
	{0x00000012, SAYS_TEXT, STR("EV_OMIT_BOOT_DEVICE_EVENTS")},
	{0x00000013, SAYS_TEXT, STR("EV_POST_CODE2")},
	{0x80000001, SAYS_VARIABLE, STR("EV_EFI_VARIABLE_DRIVER_CONFIG")},
	{0x80000002, SAYS_VARIABLE, STR("EV_EFI_VARIABLE_BOOT")},
	{0x80000003, SAYS_IMAGE, STR("EV_EFI_BOOT_SERVICES_APPLICATION")},
	{0x80000004, SAYS_IMAGE, STR("EV_EFI_BOOT_SERVICES_DRIVER")},
	{0x80000005, SAYS_IMAGE, STR("EV_EFI_RUNTIME_SERVICES_DRIVER")},
	{0x80000006, SAYS_PARTITIONS, STR("EV_EFI_GPT_EVENT")},
	{0x80000007, SAYS_TEXT, STR("EV_EFI_ACTION")},
	{0x80000008, SAYS_TEXT, STR("EV_EFI_PLATFORM_FIRMWARE_BLOB")},
	{0x80000009, SAYS_TEXT, STR("EV_EFI_HANDOFF_TABLES")},
	{0x8000000a, SAYS_TEXT, STR("EV_EFI_PLATFORM_FIRMWARE_BLOB2")},
	{0x8000000b, SAYS_TEXT, STR("EV_EFI_HANDOFF_TABLES2")},
	{0x8000000c, SAYS_VARIABLE, STR("EV_EFI_VARIABLE_BOOT2")},
	{0x8000000d, SAYS_PARTITIONS, STR("EV_EFI_GPT_EVENT2")},
	{0x80000010, SAYS_TEXT, STR("EV_EFI_HCRTM_EVENT")},
	{0x800000e0, SAYS_AUTHORITY, STR("EV_EFI_VARIABLE_AUTHORITY")},
	{0x800000e1, SAYS_TEXT, STR("EV_EFI_SPDM_FIRMWARE_BLOB")},
	{0x800000e2, SAYS_TEXT, STR("EV_EFI_SPDM_FIRMWARE_CONFIG")},
};

static struct str hex_u32(struct arena *a, u32 v)
{
	u8 bytes[] = {(u8)(v >> 24), (u8)(v >> 16), (u8)(v >> 8), (u8)v};
	struct str digits = str_hex(a, (struct str){bytes, sizeof bytes});
	return cat(a, S("0x"), digits);
}

static const struct event_kind *find_kind(u32 type)
{
	for (size_t i = 0; i < countof(kinds); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

struct str event_type_name(u32 type, struct arena *a)
{
	const struct event_kind *kind = find_kind(type);
	return kind ? kind->name : hex_u32(a, type);
}

struct event *event_add(struct event_log *log, struct event e)
{
	log->list = grown(log->arena, log->list, log->count, &log->cap, struct event);
	e.what = utf8_printable(log->arena, e.what);   // names of files, texts of loaders
	e.why = utf8_printable(log->arena, e.why);
	log->list[log->count] = e;
	return &log->list[log->count++];
}

// ---- what the data of an event say

// Text for people: other bytes than printable ones become dots.
static struct str printable(struct arena *a, struct str s)
{
	struct buf b = buf_new(a, s.len);
	for (size_t i = 0; i < s.len && s.at[i]; i++)
		buf_byte(&b, s.at[i] >= 0x20 && s.at[i] < 0x7f ? s.at[i] : '.');
	return buf_str(&b);
}

static bool is_utf16(struct str s)
{
	return s.len >= 4 && s.len % 2 == 0 && s.at[1] == 0 && s.at[0];
}

static struct str utf16_text(struct arena *a, struct str units)
{
	struct str text;
	(void)str_cut(utf16_to_utf8(a, units), 0, &text);
	return utf8_printable(a, text);
}

static struct str either_text(struct arena *a, struct str s)
{
	return is_utf16(s) ? utf16_text(a, s) : printable(a, s);
}

// UEFI_VARIABLE_DATA: GUID, two lengths, the name.
static struct str variable_name(struct arena *a, struct str data)
{
	struct rd r = {data, false};
	u64 units, bytes;
	rd_skip(&r, 16);
	units = rd_le64(&r);
	rd_skip(&r, 8);
	bool fits = mul_u64(units, 2, &bytes);
	struct str name = rd_bytes(&r, fits ? bytes : UINT64_MAX);
	return utf16_text(a, name);
}

static struct str tag_words(struct arena *a, struct str data)
{
	struct rd r = {data, false};
	u32 id = rd_le32(&r), len = rd_le32(&r);
	struct str text = rd_bytes(&r, len);
	struct str words = either_text(a, text), hex = hex_u32(a, id);
	return cat(a, S("tag "), hex, S(" "), words);
}

// The last file node (UEFI 2.10, 10.3.5.4: type 4, subtype 4) of an image's device path.
static struct str image_path(struct arena *a, struct str data)
{
	enum { MEDIA = 4, FILE_PATH = 4, NODE_HEADER = 4 };
	struct rd r = {data, false};
	struct str found = {0};
	rd_skip(&r, 8 + 8 + 8);       // address, length, link address
	r.left = rd_bytes(&r, rd_le64(&r));
	while (r.left.len >= NODE_HEADER && !r.bad) {
		u8 type = rd_u8(&r), subtype = rd_u8(&r);
		u16 len = rd_le16(&r);
		struct str body = rd_bytes(&r, len < NODE_HEADER ? UINT64_MAX
		                                                 : (u64)len - NODE_HEADER);
		if (type == MEDIA && subtype == FILE_PATH)
			found = body;
	}
	return utf16_text(a, found);
}

static struct str text_words(struct arena *a, struct str data)
{
	enum { TEXT_MAX = 200 };
	struct str text = either_text(a, data);
	return text.len > TEXT_MAX ? (struct str){text.at, TEXT_MAX} : text;
}

struct str event_describe(const struct event *e, struct arena *a)
{
	const struct event_kind *kind = find_kind(e->type);
	struct str text;
	switch (kind ? kind->says : SAYS_TEXT) {
	case SAYS_TEXT:
		return text_words(a, e->data);
	case SAYS_SEPARATOR:
		return S("separator");
	case SAYS_PARTITIONS:
		return S("partition table");
	case SAYS_TAG:
		return tag_words(a, e->data);
	case SAYS_VARIABLE:
		text = variable_name(a, e->data);
		return cat(a, S("variable "), text);
	case SAYS_AUTHORITY:
		text = variable_name(a, e->data);
		return cat(a, S("authority in "), text);
	case SAYS_IMAGE:
		text = image_path(a, e->data);
		return text.len ? cat(a, S("image "), text) : S("image without a file path");
	}
	return (struct str){0};
}

// ---- the fold

// TPM 2.0 PC Client Profile: 17 to 22 begin with ones, until a dynamic launch resets them.
static void values_reset(struct pcr_values *v)
{
	enum { DYNAMIC_FIRST = 17, DYNAMIC_LAST = 22 };
	*v = (struct pcr_values){0};
	for (size_t b = 0; b < BANK_COUNT; b++)
		for (size_t p = DYNAMIC_FIRST; p <= DYNAMIC_LAST; p++)
			memset(v->of[b][p], 0xff, banks[b].bytes);
}

// PFP 1.06, 10.4.5.3: PCR0 begins with the locality from which the TPM was started.
static void start_locality(const struct event *e, struct pcr_values *v)
{
	struct rd r = {e->data, false};
	struct str signature = rd_bytes(&r, 16);
	u8 locality = rd_u8(&r);
	if (e->type != EV_NO_ACTION || e->pcr != 0 || v->extended[0] || r.bad
	    || !str_eq(signature, S("StartupLocality\0")))
		return;
	for (size_t b = 0; b < BANK_COUNT; b++)
		v->of[b][0][banks[b].bytes - 1] = locality;
}

static bool extend(bank_set set, const struct event *e, struct pcr_values *v)
{
	for (size_t b = 0; b < BANK_COUNT; b++) {
		struct digests made;
		u8 both[2 * BANK_MAX_BYTES], *pcr = v->of[b][e->pcr];
		size_t bytes = banks[b].bytes;
		if (!(set >> b & 1))
			continue;
		memcpy(both, pcr, bytes);
		memcpy(both + bytes, e->digests.of[b], bytes);
		if (!digest_bytes(1u << b, (struct str){both, 2 * bytes}, &made))
			return false;
		memcpy(pcr, made.of[b], bytes);
	}
	v->extended[e->pcr] = true;
	return true;
}

static enum pcr_state state_after(enum pcr_state state, const struct event *e)
{
	if (!e->unknown)
		return state;
	return e->platform || state == PCR_PLATFORM ? PCR_PLATFORM : PCR_PARTLY;
}

bool event_fold(const struct event_log *log, struct pcr_values *out)
{
	struct pcr_values v;
	values_reset(&v);
	for (size_t i = 0; i < log->count; i++) {
		const struct event *e = &log->list[i];
		start_locality(e, &v);
		if (e->pcr >= PCR_COUNT)
			continue;
		v.state[e->pcr] = state_after(v.state[e->pcr], e);
		if (e->extends && !e->unknown && !extend(log->set, e, &v))
			return false;
	}
	*out = v;
	return true;
}
