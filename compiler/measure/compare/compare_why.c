// compare_why: the first difference of a PCR in words. A digest says nothing; the data of the
// event and of its neighbours in other PCRs say what it was over.
#include "measure/compare/compare.h"
#include <string.h>

static void line(struct buf *out, struct str text) { put(out, S("  "), text, S("\n")); }

static bool same_digests(const struct difference *d, const struct event *a, const struct event *b)
{
	for (size_t i = 0; i < BANK_COUNT; i++)
		if ((d->predicted->set & d->seen->set) >> i & 1
		    && memcmp(a->digests.of[i], b->digests.of[i], banks[i].bytes))
			return false;
	return true;
}

static bool is_image(const struct event *e)
{
	return e && e->type == EV_EFI_BOOT_SERVICES_APPLICATION;
}

// ---- an image: its sections are in PCR11, each twice: its name, then its content

struct section_event { struct str name; const struct event *content; };
struct sections { struct section_event *list; size_t count; };

static struct sections sections_of(const struct event_log *log, struct arena *a)
{
	struct sections s = {make(a, log->count, struct section_event), 0};
	const struct event *name = NULL;
	for (size_t i = 0; i < log->count; i++) {
		const struct event *e = &log->list[i];
		if (e->pcr != 11 || e->type != EV_IPL || e->unknown)
			continue;
		if (name)
			s.list[s.count++] = (struct section_event){event_describe(e, a), e};
		name = name ? NULL : e;
	}
	return s;
}

static const struct section_event *find_section(struct sections s, struct str name)
{
	for (size_t i = 0; i < s.count; i++)
		if (str_eq(s.list[i].name, name))
			return &s.list[i];
	return NULL;
}

struct tally { struct buf differ, equal, gone, added; };

static void put_name(struct buf *to, struct str name)
{
	put(to, to->len ? S(", ") : S(""), name);
}

static struct tally tally_sections(const struct difference *d, struct sections want,
                                   struct sections got)
{
	struct arena *a = d->arena;
	enum { NAMES = 4096 };
	struct tally t = {buf_new(a, NAMES), buf_new(a, NAMES), buf_new(a, NAMES), buf_new(a, NAMES)};
	for (size_t i = 0; i < want.count; i++) {
		const struct section_event *other = find_section(got, want.list[i].name);
		bool same = other && same_digests(d, want.list[i].content, other->content);
		put_name(!other ? &t.gone : same ? &t.equal : &t.differ, want.list[i].name);
	}
	for (size_t i = 0; i < got.count; i++)
		if (!find_section(want, got.list[i].name))
			put_name(&t.added, got.list[i].name);
	return t;
}

static void put_tally(struct buf *out, const struct buf *names, struct str what)
{
	if (names->len)
		put(out, S("    "), what, buf_str(names), S("\n"));
}

static void explain_image(const struct difference *d, struct buf *out)
{
	struct sections want = sections_of(d->predicted, d->arena);
	struct sections got = sections_of(d->seen, d->arena);
	if (!want.count || !got.count) {
		line(out, S("another image was started; nothing in the log says which part of it differs"));
		return;
	}
	struct tally t = tally_sections(d, want, got);
	if (!t.differ.len && !t.gone.len && !t.added.len) {
		line(out, S("all sections that PCR11 measures are equal: what differs is the stub itself,"
		            " a section that it does not measure, or a header"));
		return;
	}
	line(out, S("another image was started; the sections in PCR11 say which part of it:"));
	put_tally(out, &t.differ, S("differ:  "));
	put_tally(out, &t.gone, S("missing: "));
	put_tally(out, &t.added, S("more:    "));
	put_tally(out, &t.equal, S("equal:   "));
}

// ---- a variable: UEFI_VARIABLE_DATA

static struct str variable_value(const struct event *e)
{
	struct rd r = {e->data, false};
	u64 units, bytes, value_bytes;
	rd_skip(&r, 16);
	units = rd_le64(&r);
	value_bytes = rd_le64(&r);
	rd_skip(&r, mul_u64(units, 2, &bytes) ? bytes : UINT64_MAX);
	return rd_bytes(&r, value_bytes);
}

static struct str describe_value(const struct difference *d, struct str value)
{
	if (value.len == 0)
		return S("empty");
	if (value.len == 1)
		return value.at[0] ? S("1") : S("0");
	return cat(d->arena, str_number(d->arena, value.len), S(" bytes"));
}

static void explain_variable(const struct difference *d, struct buf *out)
{
	struct str want = d->want ? variable_value(d->want) : (struct str){0};
	struct str got = d->got ? variable_value(d->got) : (struct str){0};
	const struct event *e = d->got ? d->got : d->want;
	struct str name = event_describe(e, d->arena);
	if (d->want && d->got && !str_eq(name, event_describe(d->want, d->arena)))
		return;
	put(out, S("  "), name);
	if (d->want && d->got)
		put(out, S(" was predicted with "), describe_value(d, want), S(" and measured with "),
		    describe_value(d, got));
	else
		put(out, S(" holds "), describe_value(d, d->got ? got : want));
	put(out, want.len == got.len && want.len > 1 ? S(" of other content\n") : S("\n"));
}

// ---- text: what a loader or stub added to the command line

static void explain_text(const struct difference *d, struct buf *out)
{
	const struct event *e = d->got ? d->got : d->want;
	if (e->pcr != 12 && e->pcr != 13)
		return;
	struct str text = event_describe(e, d->arena);
	put(out, d->got ? S("  handed to the boot: \"") : S("  not handed to the boot: \""), text,
	    S("\"\n"));
	if (d->got && !d->want)
		line(out, e->pcr == 12
			? S("PCR4 stays the same when a command line is changed or added this way: a policy on"
			    " PCR4 must hold PCR12 too")
			: S("a system extension lay beside the image"));
}

// ---- the partition table: header, count, entries

enum { GPT_HEADER = 92, ENTRY_MIN = 128 };

static void explain_entry(const struct difference *d, size_t index, struct str want,
                          struct str got, struct buf *out)
{
	static const struct { size_t off, len; struct str name; } fields[] = {
		{0, 16, STR("type")}, {16, 16, STR("GUID")}, {32, 8, STR("first sector")},
		{40, 8, STR("last sector")}, {48, 8, STR("attributes")}, {56, 72, STR("name")},
	};
	for (size_t i = 0; i < countof(fields); i++) {
		struct str a = {0}, b = {0};
		if (!str_sub(want, fields[i].off, fields[i].len, &a)
		    || !str_sub(got, fields[i].off, fields[i].len, &b) || str_eq(a, b))
			continue;
		put(out, S("  used entry "), str_number(d->arena, index + 1), S(": its "), fields[i].name,
		    S(" differs\n"));
	}
}

static void explain_partitions(const struct difference *d, struct buf *out)
{
	struct rd want = {d->want->data, false}, got = {d->got->data, false};
	struct str header[] = {rd_bytes(&want, GPT_HEADER), rd_bytes(&got, GPT_HEADER)}, guid[2] = {0};
	u64 want_count = rd_le64(&want), got_count = rd_le64(&got);
	if (want.bad || got.bad)
		return;
	if (str_sub(header[0], 56, 16, &guid[0]) && str_sub(header[1], 56, 16, &guid[1])
	    && !str_eq(guid[0], guid[1]))
		line(out, S("the disk's GUID differs"));
	if (want_count != got_count || !want_count || want_count > want.left.len / ENTRY_MIN) {
		line(out, S("the number of partitions differs"));
		return;
	}
	u64 stride = want.left.len / want_count;
	for (size_t i = 0; i < want_count; i++) {
		struct str a = rd_bytes(&want, stride), b = rd_bytes(&got, stride);
		explain_entry(d, i, a, b, out);
	}
}

// ---- what kind of event it was

static void explain_tag(const struct difference *d, struct buf *out)
{
	const struct event *e = d->got ? d->got : d->want;
	size_t off;
	if (e->pcr != 9)
		return;
	if (str_find(e->data, S("initrd"), &off))
		line(out, S("the initrd that the kernel was handed is another one"));
	else
		line(out, S("the kernel's command line is another one; PCR12 and the section .cmdline in"
		            " PCR11 say where it is from"));
}

void difference_explain(const struct difference *d, struct buf *out)
{
	const struct event *e = d->got ? d->got : d->want;
	if (is_image(d->want) && is_image(d->got))
		explain_image(d, out);
	else if (e->type == EV_EFI_VARIABLE_DRIVER_CONFIG || e->type == EV_EFI_VARIABLE_AUTHORITY)
		explain_variable(d, out);
	else if (e->type == EV_IPL)
		explain_text(d, out);
	else if (e->type == EV_EFI_GPT_EVENT && d->want && d->got && d->want->type == d->got->type)
		explain_partitions(d, out);
	else if (e->type == EV_EVENT_TAG)
		explain_tag(d, out);
}
