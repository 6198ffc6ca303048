// authenticode: which bytes of an image its hash covers (Authenticode_PE.docx as edk2's Tcg2Dxe,
// MeasureBootPeCoff.c, computes it for PCR 4). What signing changes is left out: checksum,
// certificate entry, certificate table. The sections come in file order; behind them comes what
// lies between the *sum* of headers and sections and the file's end less the certificates' size.
// Nothing is padded, unlike what signing tools do to a file whose size is no multiple of 8.
#include "measure/image/image.h"
#include <stdlib.h>

enum { HEADER_RANGES = 3, TAIL_RANGES = 1, SIGNING_ALIGNMENT = 8 };

struct list { struct range *at; size_t count; u64 covered; };

static void add_range(struct list *l, u64 off, u64 len)
{
	if (len)
		l->at[l->count++] = (struct range){off, len};
}

// pe_read saw to it that the checksum and the entry lie within the headers.
static void add_headers(const struct pe *p, struct list *l)
{
	u64 behind = p->checksum_off + 4;
	add_range(l, 0, p->checksum_off);
	if (p->certificate_entry_off) {
		add_range(l, behind, p->certificate_entry_off - behind);
		behind = p->certificate_entry_off + 8;
	}
	add_range(l, behind, p->header_bytes - behind);
	l->covered = p->header_bytes;
}

struct spot { u64 off, len; size_t index; };

// By offset, and in table order where offsets are equal, as firmware's insertion sort leaves it.
static int compare_spots(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;
	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static void warn_overlap(const struct pe *p, const struct spot *x, const struct spot *y,
                         struct diag *d)
{
	diag_report(d, (struct finding){PE_OVERLAP, .at = source_span(&p->data, y->off, y->len),
		.arg = {p->name, p->list[x->index].name, p->list[y->index].name}});
}

// One warning at most: a file can hold 65,535 sections that all overlap.
static void add_sections(const struct pe *p, struct list *l, struct arena scratch, struct diag *d)
{
	struct spot *spots = make(&scratch, p->count, struct spot);
	size_t count = 0;
	bool warned = false;
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].raw_bytes)
			spots[count++] = (struct spot){p->list[i].raw_off, p->list[i].raw_bytes, i};
	if (count)
		qsort(spots, count, sizeof *spots, compare_spots);
	for (size_t i = 0; i < count; i++) {
		add_range(l, spots[i].off, spots[i].len);
		l->covered += spots[i].len;
		if (i && !warned && spots[i].off - spots[i - 1].off < spots[i - 1].len) {
			warn_overlap(p, &spots[i - 1], &spots[i], d);
			warned = true;
		}
	}
}

static bool add_tail(const struct pe *p, struct list *l, struct diag *d)
{
	u64 needed;
	if (p->size <= l->covered)
		return true;
	if (!add_u64(l->covered, p->certificates_bytes, &needed) || needed > p->size)
		return diag_report(d, (struct finding){PE_TAIL,
			.at = source_span(&p->data, p->certificates_off, p->certificates_bytes),
			.arg = {p->name, str_number(d->arena, p->certificates_bytes),
			        str_number(d->arena, l->covered), str_number(d->arena, p->size)}});
	add_range(l, l->covered, p->size - needed);
	return true;
}

static void remark(const struct pe *p, struct diag *d)
{
	struct span at = source_span(&p->data, p->certificates_off, p->certificates_bytes);
	if (p->certificates_bytes && p->certificates_off + p->certificates_bytes != p->size)
		diag_report(d, (struct finding){PE_CERTIFICATES, .at = at,
			.arg = {p->name}});
	if (!p->certificates_bytes && p->size % SIGNING_ALIGNMENT)
		diag_report(d, (struct finding){PE_UNALIGNED, .at = source_span(&p->data, 0, 0),
			.arg = {p->name, str_number(d->arena, p->size)}});
}

bool authenticode_ranges(const struct pe *p, struct arena *a, struct range **out, size_t *count,
                         struct diag *d)
{
	struct list l = {make(a, HEADER_RANGES + p->count + TAIL_RANGES, struct range), 0, 0};
	add_headers(p, &l);
	add_sections(p, &l, *a, d);
	if (!add_tail(p, &l, d))
		return false;
	remark(p, d);
	*out = l.at;
	*count = l.count;
	return true;
}

bool authenticode_digest(const struct pe *p, bank_set set, struct arena scratch,
                         struct digests *out, struct diag *d)
{
	struct range *ranges;
	size_t count;
	return authenticode_ranges(p, &scratch, &ranges, &count, d)
	    && (digest_ranges(set, &p->data, ranges, count, 0, out)
	        || source_failed(&p->data, 0, d));
}
