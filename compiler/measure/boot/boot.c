// boot: the log in the making. Digests of whole files are computed last, side by side, so that
// the UKI, the kernel in it and its sections are read at the same time.
#include "measure/boot/internal.h"
#include <string.h>

// A job, and the event that its digests go to.
struct pending { struct digest_job job; size_t event; bool has_event; };
// A verdict to be reached when the digests of `pending` are there, and its place in the log.
struct check { const struct image *image; size_t at, pending; bool by_shim, is_second_stage; };

bool boot_wants(const struct boot *b, u32 pcr)
{
	return b->options->pcrs >> pcr & 1;
}

void boot_event(struct boot *b, struct event e, struct str measured)
{
	if (!boot_wants(b, e.pcr))
		return;
	e.extends = true;
	b->failed |= !digest_bytes(b->options->set, measured, &e.digests);
	event_add(b->log, e);
}

void boot_event_unknown(struct boot *b, u32 pcr, u32 type, struct str what, struct str why)
{
	if (boot_wants(b, pcr))
		event_add(b->log, (struct event){.pcr = pcr, .type = type, .unknown = true,
		                                 .what = what, .why = why});
}

static struct pending *pending_add(struct boot *b)
{
	b->pending = grown(b->arena, b->pending, b->pending_count, &b->pending_cap, struct pending);
	return &b->pending[b->pending_count++];
}

static const struct source *kept(struct boot *b, struct source s)
{
	struct source *k = make(b->arena, 1, struct source);
	*k = s;
	return k;
}

void boot_event_over(struct boot *b, struct event e, struct source of, u64 zeros)
{
	if (!boot_wants(b, e.pcr))
		return;
	struct range *all = make(b->arena, 1, struct range);
	*all = (struct range){0, of.size};
	e.extends = true;
	*pending_add(b) = (struct pending){
		.job = {kept(b, of), all, 1, zeros, b->options->set, {{{0}}}, false},
		.event = b->log->count, .has_event = true};
	event_add(b->log, e);
}

// ---- images

static bool has_checks(const struct boot *b)
{
	return b->options->secure.on && (!b->shim || b->shim->verifies);
}

static struct check *check_add(struct boot *b)
{
	b->checks = grown(b->arena, b->checks, b->check_count, &b->check_cap, struct check);
	return &b->checks[b->check_count++];
}

// The banks that the verdict needs besides those asked for.
static bool needed_banks(struct boot *b, const struct pe *p, bank_set *out)
{
	const struct secure_boot *s = &b->options->secure;
	*out = SHIM_BANKS;
	return b->shim || secure_boot_needs(p, s->db, s->dbx, *b->arena, out, b->diag);
}

// Sections that all lie on the same bytes make much work of a small file.
static bool covers_too_much(const struct image *i, const struct range *ranges, size_t count)
{
	enum { TIMES_MAX = 8 };
	u64 left = 0;
	bool fits = mul_u64(i->pe.size, TIMES_MAX, &left);
	for (size_t k = 0; fits && k < count; k++) {
		fits = ranges[k].len <= left;
		left -= fits ? ranges[k].len : 0;
	}
	return !fits;
}

static size_t pending_image(struct boot *b, const struct image *i, const struct range *ranges,
                            size_t count, u64 zeros, bank_set set)
{
	*pending_add(b) = (struct pending){
		.job = {&i->pe.data, ranges, count, zeros, set, {{{0}}}, false}};
	return b->pending_count - 1;
}

// shim pads what it hashes for its verdict; what it measures firmware hashes.
static void check_image(struct boot *b, const struct image *i, size_t pending, size_t place,
                        bank_set needs)
{
	const struct digest_job *job = &b->pending[pending].job;
	u64 zeros = b->shim ? shim_padding(&i->pe) : 0;
	if (zeros)
		pending = pending_image(b, i, job->ranges, job->count, zeros, needs);
	bool is_second_stage = b->shim && b->behind_shim++ == 0;
	*check_add(b) = (struct check){i, place, pending, b->shim != NULL, is_second_stage};
}

bool boot_image(struct boot *b, const struct image *i, struct str what, struct str why)
{
	struct range *ranges;
	size_t count;
	bank_set needs = 0;
	bool wants = boot_wants(b, 4);
	if (!authenticode_ranges(&i->pe, b->arena, &ranges, &count, b->diag)
	    || (has_checks(b) && !needed_banks(b, &i->pe, &needs)))
		return false;
	if (!wants && !has_checks(b))
		return true;
	if (covers_too_much(i, ranges, count))
		return diag_report(b->diag, (struct finding){SECTIONS_REPEATED,
			source_span(&i->pe.data, 0, 0), .arg = {i->path}});
	size_t place = b->log->count;
	size_t own = pending_image(b, i, ranges, count, 0, b->options->set | needs);
	b->pending[own].event = place;
	b->pending[own].has_event = wants;
	if (has_checks(b))
		check_image(b, i, own, place, needs);
	if (wants)
		event_add(b->log, (struct event){.pcr = 4, .type = EV_EFI_BOOT_SERVICES_APPLICATION,
			.extends = true, .image = &i->pe, .inner = i->inner, .what = what, .why = why});
	return true;
}

bool boot_admits(struct boot *b, const struct image *i, bool *out)
{
	const struct secure_boot *s = &b->options->secure;
	struct authority by;
	struct decision verdict;
	*out = true;
	if (!has_checks(b))
		return true;
	if (b->shim) {
		if (!shim_verify(b, i, NULL, false, &verdict))
			return false;
		*out = !verdict.refused.len;
		return true;
	}
	if (!secure_boot_verify(&i->pe, s->db, s->dbx, b->arena, &by, b->diag))
		return false;
	*out = by.verdict != VERDICT_REFUSED;
	return true;
}

// ---- the end: digests, then verdicts

static bool same_job(const struct digest_job *x, const struct digest_job *y)
{
	return x->source->of == y->source->of && x->source->read == y->source->read
	    && x->zeros == y->zeros && x->count == y->count
	    && memcmp(x->ranges, y->ranges, x->count * sizeof *x->ranges) == 0;
}

// What stands for pending i: the first pending of the same bytes. The log's order is kept, so
// a section that is an initrd, too, is read once.
static size_t first_same(const struct boot *b, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_job(&b->pending[k].job, &b->pending[i].job))
			return k;
	return i;
}

static bool run_jobs(struct boot *b)
{
	struct digest_job *jobs = make(b->arena, b->pending_count, struct digest_job);
	size_t *job_of = make(b->arena, b->pending_count, size_t), count = 0;
	for (size_t i = 0; i < b->pending_count; i++) {
		size_t same = first_same(b, i);
		job_of[i] = same == i ? count : job_of[same];
		if (same == i)
			jobs[count++] = b->pending[i].job;
		jobs[job_of[i]].set |= b->pending[i].job.set;
	}
	if (!digest_jobs(jobs, count, b->options->threads, *b->arena)) {
		for (size_t i = 0; i < count; i++)
			if (!jobs[i].done)
				return source_failed(jobs[i].source, 0, b->diag);
		return false;
	}
	for (size_t i = 0; i < b->pending_count; i++) {
		b->pending[i].job.out = jobs[job_of[i]].out;
		if (b->pending[i].has_event)
			b->log->list[b->pending[i].event].digests = jobs[job_of[i]].out;
	}
	return true;
}

struct str variable_data(struct arena *a, const u8 *guid, struct str name, struct str data)
{
	struct str units = utf8_to_utf16(a, name);
	struct buf out = buf_new(a, 16 + 8 + 8 + units.len + data.len);
	buf_put(&out, (struct str){guid, 16});
	buf_le(&out, units.len / 2, 8);
	buf_le(&out, data.len, 8);
	put(&out, units, data);
	return buf_str(&out);
}

struct str tag_data(struct arena *a, u32 id, struct str text)
{
	struct buf out = buf_new(a, 4 + 4 + text.len);
	buf_le(&out, id, 4);
	buf_le(&out, text.len, 4);
	buf_put(&out, text);
	return buf_str(&out);
}

// shim's own lists bear its GUID; firmware measures no denial.
static bool is_shim_s(struct str list) { return str_starts(list, S("MokList")); }
static bool denies(struct str list)
{
	return str_eq(list, S("dbx")) || str_eq(list, S("MokListX"));
}

static struct event authority_event(struct boot *b, const struct admission *by)
{
	struct str data = cat(b->arena, ((struct str){by->entry.owner, 16}), by->entry.data);
	struct event e = {.pcr = 7, .type = EV_EFI_VARIABLE_AUTHORITY, .extends = true};
	e.data = variable_data(b->arena, is_shim_s(by->list) ? guid_shim : guid_security, by->list,
	                       data);
	e.what = cat(b->arena, S("the entry of "), by->list,
	             denies(by->list) ? S(" that denied a signature") : S(" that admitted the image"));
	e.why = S("each entry that admits an image is measured once");
	b->failed |= !digest_bytes(b->options->set, e.data, &e.digests);
	return e;
}

static bool is_new(const struct event_log *log, const struct event *e)
{
	for (size_t i = 0; i < log->count; i++)
		if (log->list[i].type == e->type && str_eq(log->list[i].data, e->data))
			return false;
	return true;
}

static bool refused(struct boot *b, const struct check *c, struct str why)
{
	const struct image *i = c->image;
	return diag_report(b->diag, (struct finding){IMAGE_REFUSED, source_span(&i->pe.data, 0, 0),
		.arg = {i->path, why, c->by_shim ? S("shim") : S("firmware")}});
}

// edk2 2022.11 looks for no other hash of an unsigned image than SHA-256; 2025.02 does.
static void warn_of_hash(struct boot *b, const struct image *i, const struct authority *by)
{
	bool has_sha256 = by->entry.data.len == banks[BANK_SHA256].bytes;
	for (size_t k = 0; k < by->more_count; k++)
		has_sha256 |= by->more[k].data.len == banks[BANK_SHA256].bytes;
	if (by->verdict == VERDICT_HASH && i->pe.certificates_bytes == 0 && !has_sha256)
		diag_report(b->diag, (struct finding){HASH_KIND, source_span(&i->pe.data, 0, 0),
			.arg = {i->path}});
}

static bool ask_firmware(struct boot *b, const struct check *c, struct decision *out)
{
	const struct secure_boot *s = &b->options->secure;
	struct authority by;
	if (!secure_boot_verify_with(&c->image->pe, &b->pending[c->pending].job.out, s->db, s->dbx,
	                             b->arena, &by, b->diag))
		return false;
	*out = (struct decision){.refused = by.verdict == VERDICT_REFUSED ? by.why : S("")};
	if (out->refused.len)
		return true;
	warn_of_hash(b, c->image, &by);
	out->by = make(b->arena, by.more_count + 1, struct admission);
	out->count = by.more_count + 1;
	for (size_t i = 0; i < out->count; i++)
		out->by[i] = (struct admission){S("db"), i ? by.more[i - 1] : by.entry};
	return true;
}

// The events of one verdict, those of `seen` left out.
static bool add_verdict(struct boot *b, const struct check *c, struct event_log *seen,
                        struct event_log *out)
{
	struct decision v;
	if (!(c->by_shim ? shim_verify(b, c->image, &b->pending[c->pending].job.out,
	                               c->is_second_stage, &v) : ask_firmware(b, c, &v)))
		return false;
	if (v.refused.len && !(c->by_shim && b->shim->has_more_keys))
		return refused(b, c, v.refused);
	for (size_t i = 0; i < v.count; i++) {
		struct event e = authority_event(b, &v.by[i]);
		if (!is_new(seen, &e))
			continue;
		event_add(seen, e);
		if (boot_wants(b, 7))
			event_add(out, e);
	}
	return true;
}

// The log anew, each verdict's events in front of its image's.
static bool run_checks(struct boot *b)
{
	struct event_log none = {.arena = b->arena, .set = b->log->set};
	struct event_log by_firmware = none, by_shim = none, log = none;
	log.handed = b->log->handed;
	size_t done = 0;
	bool admitted = true;
	for (size_t i = 0; i < b->check_count; i++) {
		const struct check *c = &b->checks[i];
		while (done < c->at)
			event_add(&log, b->log->list[done++]);
		admitted &= add_verdict(b, c, c->by_shim ? &by_shim : &by_firmware, &log);
	}
	while (done < b->log->count)
		event_add(&log, b->log->list[done++]);
	*b->log = log;
	return admitted;
}

bool boot_settle(struct boot *b)
{
	if (b->failed)
		return diag_report(b->diag, (struct finding){.rule = DIGEST_REFUSED});
	return run_jobs(b) && run_checks(b);
}
