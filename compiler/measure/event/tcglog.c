// tcglog: binary_bios_measurements, as the kernel hands it out: one event in the format of TPM 1.2
// that names the banks, then events with a digest per bank. A log of TPM 1.2 alone is read, too.
// TCG PC Client Platform Firmware Profile 1.06, 10.2 and 10.4.5.1.
#include "measure/event/event.h"
#include <string.h>

enum { LOG_BANKS_MAX = 16, SIGNATURE_BYTES = 16, EVENTS_MAX = 100000 };
struct log_bank { u16 id, bytes; };
struct layout { struct log_bank banks[LOG_BANKS_MAX]; u32 count; };

static const struct str spec_id = STR("Spec ID Event03\0");

// ---- reading

static bool bank_by_id(u16 id, enum bank *out)
{
	for (size_t i = 0; i < BANK_COUNT; i++) {
		if (banks[i].tcg_id == id) {
			*out = (enum bank)i;
			return true;
		}
	}
	return false;
}

static bool is_spec_id(const struct event *e)
{
	return e->type == EV_NO_ACTION && str_starts(e->data, spec_id);
}

// One event of TPM 1.2: a SHA-1 digest, no list.
static struct event read_old_event(struct rd *r)
{
	struct event e = {0};
	e.pcr = rd_le32(r);
	e.type = rd_le32(r);
	struct str digest = rd_bytes(r, banks[BANK_SHA1].bytes);
	if (digest.len)
		memcpy(e.digests.of[BANK_SHA1], digest.at, digest.len);
	e.data = rd_bytes(r, rd_le32(r));
	return e;
}

static bank_set layout_banks(const struct layout *l)
{
	bank_set set = 0;
	enum bank bank;
	for (u32 i = 0; i < l->count; i++)
		if (bank_by_id(l->banks[i].id, &bank))
			set |= 1u << bank;
	return set;
}

// The banks, each with its digest's size: the only way past one that is not ours.
static bool read_layout(struct str data, struct layout *out)
{
	struct layout l = {0};
	struct rd r = {data, false};
	rd_skip(&r, SIGNATURE_BYTES);
	rd_skip(&r, 4 + 1 + 1 + 1 + 1);   // platform class, minor, major, errata, size of UINTN
	l.count = rd_le32(&r);
	if (r.bad || l.count == 0 || l.count > LOG_BANKS_MAX)
		return false;
	for (u32 i = 0; i < l.count; i++) {
		enum bank bank;
		l.banks[i].id = rd_le16(&r);
		l.banks[i].bytes = rd_le16(&r);
		if (bank_by_id(l.banks[i].id, &bank) && l.banks[i].bytes != banks[bank].bytes)
			return false;
	}
	if (r.bad || !layout_banks(&l))
		return false;
	*out = l;
	return true;
}

static void read_digest(struct rd *r, const struct layout *l, struct digests *out)
{
	u16 id = rd_le16(r);
	for (u32 i = 0; i < l->count; i++) {
		enum bank bank;
		if (l->banks[i].id != id)
			continue;
		struct str digest = rd_bytes(r, l->banks[i].bytes);
		if (bank_by_id(id, &bank) && digest.len)
			memcpy(out->of[bank], digest.at, digest.len);
		return;
	}
	r->bad = true;                // its size is not known
}

static struct event read_event(struct rd *r, const struct layout *l)
{
	struct event e = {0};
	e.pcr = rd_le32(r);
	e.type = rd_le32(r);
	u32 count = rd_le32(r);
	r->bad |= count != l->count;
	for (u32 i = 0; i < count && !r->bad; i++)
		read_digest(r, l, &e.digests);
	e.data = rd_bytes(r, rd_le32(r));
	return e;
}

static bool report(struct diag *d, u32 file, struct str all, struct str left, struct str what)
{
	u64 off = all.len - left.len;
	struct finding f = {LOG_BROKEN, {file, 0, off}, .arg = {what}};
	return diag_report(d, f);
}

static void add_read(struct event_log *log, struct event e, struct arena *a)
{
	e.extends = e.type != EV_NO_ACTION;
	e.what = event_describe(&e, a);
	event_add(log, e);
}

static bool pcr_exists(const struct event *e)
{
	return e->type == EV_NO_ACTION || e->pcr < PCR_COUNT;
}

// All further events, in the layout of the log; `l` is NULL for a log of TPM 1.2.
static bool read_rest(struct rd *r, const struct layout *l, struct str all, u32 file,
                      struct event_log *log, struct diag *d)
{
	while (r->left.len) {
		struct str before = r->left;
		struct event e = l ? read_event(r, l) : read_old_event(r);
		bool bad_pcr = !pcr_exists(&e);
		if (r->bad || bad_pcr || log->count == EVENTS_MAX)
			return report(d, file, all, before,
			              bad_pcr ? S("the event's PCR is beyond 23")
			                      : S("the event does not fit what is left of the file"));
		add_read(log, e, log->arena);
	}
	return true;
}

bool tcglog_read(struct str bytes, u32 file, struct arena *a, struct event_log *out,
                 struct diag *d)
{
	struct event_log log = {.arena = a, .set = 1u << BANK_SHA1};
	struct layout layout;
	struct rd r = {bytes, false};
	struct event first = read_old_event(&r);
	if (r.bad)
		return report(d, file, bytes, bytes, S("no event at its beginning"));
	if (!pcr_exists(&first))
		return report(d, file, bytes, bytes, S("the event's PCR is beyond 23"));
	bool agile = is_spec_id(&first);
	if (agile && !read_layout(first.data, &layout))
		return report(d, file, bytes, bytes, S("its list of banks can't be read"));
	if (agile)
		log.set = layout_banks(&layout);
	add_read(&log, first, a);
	if (!read_rest(&r, agile ? &layout : NULL, bytes, file, &log, d))
		return false;
	*out = log;
	return true;
}

// ---- writing

static u32 bank_count(bank_set set)
{
	u32 count = 0;
	for (size_t b = 0; b < BANK_COUNT; b++)
		count += set >> b & 1;
	return count;
}

static void put_spec_id(struct buf *out, bank_set set)
{
	static const u8 no_digest[20], versions[] = {0, 2, 0, 2};   // minor, major, errata, 64 bits
	u32 count = bank_count(set);
	buf_le(out, 0, 4);
	buf_le(out, EV_NO_ACTION, 4);
	buf_put(out, (struct str){no_digest, sizeof no_digest});
	buf_le(out, SIGNATURE_BYTES + 4 + sizeof versions + 4 + (size_t)4 * count + 1, 4);
	buf_put(out, spec_id);
	buf_le(out, 0, 4);            // platform class: client
	buf_put(out, (struct str){versions, sizeof versions});
	buf_le(out, count, 4);
	for (size_t b = 0; b < BANK_COUNT; b++) {
		if (!(set >> b & 1))
			continue;
		buf_le(out, banks[b].tcg_id, 2);
		buf_le(out, banks[b].bytes, 2);
	}
	buf_byte(out, 0);             // no vendor information
}

static void put_event(struct buf *out, bank_set set, const struct event *e)
{
	buf_le(out, e->pcr, 4);
	buf_le(out, e->type, 4);
	buf_le(out, bank_count(set), 4);
	for (size_t b = 0; b < BANK_COUNT; b++) {
		if (!(set >> b & 1))
			continue;
		buf_le(out, banks[b].tcg_id, 2);
		buf_put(out, (struct str){e->digests.of[b], banks[b].bytes});
	}
	buf_le(out, e->data.len, 4);
	buf_put(out, e->data);
}

// A log that was read has its own first event, which is written anew; an event whose digest is
// not known has no place in a log.
void tcglog_write(const struct event_log *log, struct buf *out)
{
	put_spec_id(out, log->set);
	for (size_t i = 0; i < log->count; i++)
		if (!is_spec_id(&log->list[i]) && !log->list[i].unknown)
			put_event(out, log->set, &log->list[i]);
}
