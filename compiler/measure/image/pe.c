// pe: the headers of an EFI image (PE/COFF 8.3; PE32 and PE32+), accepted and refused as edk2's
// BasePeCoffLib does when firmware loads it.
//
// What is odd                                    firmware              amic
// NumberOfRvaAndSizes 0 to 4                     loads                 no certificate entry
// NumberOfRvaAndSizes 5                          refuses, measured     PE_FIELD
// NumberOfRvaAndSizes above 16                   refuses               PE_FIELD
// SizeOfOptionalHeader not 96 or 112 + 8 n       refuses               PE_FIELD
// section table past SizeOfHeaders               refuses               PE_FIELD
// section with raw data inside the headers       refuses               PE_SECTION
// section past the file or past SizeOfImage      refuses               PE_SECTION
// 65,535 sections that fit SizeOfHeaders         loads                 the same
// sections that overlap in the file              hashes both           the same, with a warning
// certificate table past the file                refuses               PE_FIELD
// certificate table not at the end               hashes by sizes       the same, with a warning
// no MZ: the PE header at offset 0               loads                 the same
// terse executable (TE)                          loads some            PE_MAGIC
// a name of eight bytes without NUL              never reads names     eight bytes
#include "measure/image/image.h"
#include <string.h>

enum {
	DOS_BYTES = 64, LFANEW_OFF = 60, COFF_BYTES = 24, SECTION_BYTES = 40, SYMBOL_BYTES = 18,
	NT_HEADERS_BYTES = 264,       // what firmware reads at once, the fields of PE32+
	MAGIC_PE32 = 0x10b, MAGIC_PE32_PLUS = 0x20b, DIRECTORIES_MAX = 16, DIRECTORY_BYTES = 8,
	CHECKSUM_OFF = 64, SECURITY = 4, RELOCATIONS = 5, LONG_NAME_MAX = 256,
	STRINGS_WINDOW = LONG_NAME_MAX,
};

// Fields that are used here but by no one after.
struct header {
	u64 pe_off, optional_off, sections_off;
	u32 optional_bytes, image_bytes, symbols_off, symbol_count, certificates_off, certificates;
	u16 section_count;
};

static bool refuse(const struct pe *p, u64 off, struct str field, u64 value, struct str why,
                   struct diag *d)
{
	return diag_report(d, (struct finding){PE_FIELD, .at = source_span(&p->data, off, 4),
		.arg = {p->name, field, str_number(d->arena, value), why}});
}

static bool no_pe(const struct pe *p, u64 off, struct str why, struct diag *d)
{
	return diag_report(d, (struct finding){PE_MAGIC, .at = source_span(&p->data, off, 0),
		.arg = {p->name, why}});
}

// A file without the DOS header's "MZ" has its PE header at the front.
static bool find_header(const struct pe *p, u64 *pe_off, u8 *headers, struct diag *d)
{
	const struct source *s = &p->data;
	u8 dos[DOS_BYTES];
	if (!source_has(s, 0, DOS_BYTES))
		return no_pe(p, 0, S("it is shorter than a DOS header"), d);
	if (!source_read(s, 0, DOS_BYTES, dos))
		return source_failed(s, 0, d);
	struct rd r = {{dos + LFANEW_OFF, 4}, false};
	*pe_off = dos[0] == 'M' && dos[1] == 'Z' ? rd_le32(&r) : 0;
	if (!source_has(s, *pe_off, NT_HEADERS_BYTES))
		return no_pe(p, LFANEW_OFF, S("the PE header lies beyond its end"), d);
	return source_read(s, *pe_off, NT_HEADERS_BYTES, headers) || source_failed(s, *pe_off, d);
}

// Every field in the standard's order, wanted or not.
static bool read_fields(u8 *bytes, struct pe *p, struct header *h, struct diag *d)
{
	struct rd r = {{bytes, NT_HEADERS_BYTES}, false};
	if (!str_eq(rd_bytes(&r, 4), S("PE\0\0")))
		return no_pe(p, h->pe_off, S("it has no PE signature"), d);
	p->machine = rd_le16(&r);
	h->section_count = rd_le16(&r);
	rd_skip(&r, 4);                         // time
	h->symbols_off = rd_le32(&r);
	h->symbol_count = rd_le32(&r);
	h->optional_bytes = rd_le16(&r);
	rd_skip(&r, 2);                         // characteristics
	p->magic = rd_le16(&r);
	if (p->magic != MAGIC_PE32 && p->magic != MAGIC_PE32_PLUS)
		return no_pe(p, h->optional_off, S("its optional header is neither PE32 nor PE32+"), d);
	bool plus = p->magic == MAGIC_PE32_PLUS;
	rd_skip(&r, 1 + 1 + 4 + 4 + 4);         // linker version, sizes of code and data
	rd_skip(&r, 4 + 4 + (plus ? 8 : 4 + 4));   // entry, base of code (and data), image base
	rd_skip(&r, 4 + 4 + 6 * 2 + 4);         // alignments, versions, reserved
	h->image_bytes = rd_le32(&r);
	p->header_bytes = rd_le32(&r);
	rd_skip(&r, 4);                         // checksum
	p->subsystem = rd_le16(&r);
	rd_skip(&r, 2 + (plus ? 4 * 8 : 4 * 4) + 4);   // DLL flags, stack and heap, loader flags
	p->rva_count = rd_le32(&r);
	rd_skip(&r, SECURITY * DIRECTORY_BYTES);
	h->certificates_off = rd_le32(&r);
	h->certificates = rd_le32(&r);
	return true;
}

static u32 directories_off(const struct pe *p)
{
	return p->magic == MAGIC_PE32_PLUS ? 112 : 96;
}

// In the order of edk2's PeCoffLoaderGetPeHeader.
static bool check_optional(const struct pe *p, const struct header *h, struct diag *d)
{
	u64 o = h->optional_off, table = (u64)h->section_count * SECTION_BYTES;
	struct str image = {NULL, h->image_bytes}, headers = {NULL, p->header_bytes}, at;
	if (p->rva_count > DIRECTORIES_MAX)
		return refuse(p, o + directories_off(p) - 4, S("NumberOfRvaAndSizes"), p->rva_count,
		              S("16 at most"), d);
	// PeCoffLoaderRelocateImage asks "fewer than 5" where it means "5 at most"; seen in a boot.
	if (p->rva_count == RELOCATIONS)
		return refuse(p, o + directories_off(p) - 4, S("NumberOfRvaAndSizes"), p->rva_count,
		              S("firmware takes the first section for a relocation table"), d);
	if (h->optional_bytes != directories_off(p) + p->rva_count * DIRECTORY_BYTES)
		return refuse(p, h->pe_off + 20, S("SizeOfOptionalHeader"), h->optional_bytes,
		              S("it does not fit NumberOfRvaAndSizes"), d);
	if (!str_sub(headers, h->sections_off, table, &at) || p->header_bytes == h->sections_off)
		return refuse(p, h->pe_off + 6, S("NumberOfSections"), h->section_count,
		              S("the section table ends beyond SizeOfHeaders"), d);
	if (p->header_bytes >= h->image_bytes
	    || !str_sub(image, h->sections_off, table + SECTION_BYTES, &at))
		return refuse(p, o + 56, S("SizeOfImage"), h->image_bytes,
		              S("the headers do not fit into it"), d);
	if (!source_has(&p->data, 0, p->header_bytes))
		return refuse(p, o + 60, S("SizeOfHeaders"), p->header_bytes,
		              S("beyond the file's end"), d);
	if (p->subsystem < 10 || p->subsystem > 12)
		return refuse(p, o + 68, S("Subsystem"), p->subsystem,
		              S("an EFI image has 10, 11 or 12"), d);
	return true;
}

static bool read_certificates(struct pe *p, const struct header *h, struct diag *d)
{
	p->checksum_off = h->optional_off + CHECKSUM_OFF;
	if (p->rva_count <= SECURITY)
		return true;
	p->certificate_entry_off = h->optional_off + directories_off(p) + SECURITY * DIRECTORY_BYTES;
	if (h->certificates == 0)
		return true;
	p->certificates_off = h->certificates_off;
	p->certificates_bytes = h->certificates;
	return source_has(&p->data, h->certificates_off, h->certificates)
	    || refuse(p, p->certificate_entry_off + 4, S("the certificate table's size"),
	              h->certificates, S("beyond the file's end"), d);
}

// A name "/37" points into the string table behind the COFF symbols; one that leads nowhere
// stays as it is, since firmware never reads names.
static struct str long_name(const struct pe *p, const struct header *h, struct str name,
                            struct arena *a)
{
	struct str digits = {name.at + 1, name.len - 1}, bytes, head;
	u64 off, symbols, strings;
	if (!str_starts(name, S("/")) || !str_u64(digits, &off) || !h->symbols_off)
		return name;
	if (!mul_u64(h->symbol_count, SYMBOL_BYTES, &symbols)
	    || !add_u64(h->symbols_off, symbols, &strings) || !add_u64(strings, off, &off)
	    || !source_has(&p->data, off, 1))
		return name;
	u64 left = p->data.size - off;
	if (!source_bytes(&p->data, off, left < STRINGS_WINDOW ? left : STRINGS_WINDOW, a, &bytes))
		return name;
	(void)str_cut(bytes, 0, &head);
	return head.len && head.len < bytes.len ? head : name;
}

static void read_section(struct str bytes, const struct pe *p, const struct header *h,
                         struct arena *a, struct section *out)
{
	struct rd r = {bytes, false};
	struct str name = rd_bytes(&r, 8);
	(void)str_cut(name, 0, &name);
	out->virtual_bytes = rd_le32(&r);
	out->virtual_addr = rd_le32(&r);
	out->raw_bytes = rd_le32(&r);
	out->raw_off = rd_le32(&r);
	rd_skip(&r, 4 + 4 + 2 + 2);             // relocations and line numbers
	out->characteristics = rd_le32(&r);
	out->name = name.len ? long_name(p, h, name, a) : name;
	out->long_name = !str_eq(out->name, name);
}

// What firmware refuses about a section, or an empty text.
static struct str section_fault(const struct pe *p, const struct header *h,
                                const struct section *s)
{
	struct str image = {NULL, h->image_bytes}, at;
	if (s->raw_bytes && s->raw_off < p->header_bytes)
		return S("PointerToRawData lies in the headers");
	if (s->raw_bytes && s->virtual_addr < p->header_bytes)
		return S("VirtualAddress lies in the headers");
	if (s->raw_bytes && !source_has(&p->data, s->raw_off, s->raw_bytes))
		return S("PointerToRawData and SizeOfRawData lead beyond the file's end");
	if (s->raw_bytes && (s->virtual_addr == h->image_bytes
	    || !str_sub(image, s->virtual_addr, s->virtual_bytes, &at)))
		return S("VirtualAddress and VirtualSize lead beyond SizeOfImage");
	return (struct str){0};
}

static bool read_sections(struct pe *p, const struct header *h, struct arena *a, struct diag *d)
{
	struct str table;
	if (!source_bytes(&p->data, h->sections_off, (u64)h->section_count * SECTION_BYTES, a,
	                  &table))
		return source_failed(&p->data, h->sections_off, d);
	p->list = make(a, h->section_count, struct section);
	for (p->count = 0; p->count < h->section_count; p->count++) {
		struct section *s = &p->list[p->count];
		size_t off = p->count * SECTION_BYTES;
		read_section((struct str){table.at + off, SECTION_BYTES}, p, h, a, s);
		struct str fault = section_fault(p, h, s);
		if (fault.len)
			return diag_report(d, (struct finding){PE_SECTION,
				.at = source_span(&p->data, h->sections_off + off, SECTION_BYTES),
				.arg = {p->name, s->name, fault}});
	}
	return true;
}

bool pe_read(const struct source *file, struct str name, struct arena *a, struct pe *out,
             struct diag *d)
{
	u8 headers[NT_HEADERS_BYTES];
	struct pe p = {.data = *file, .name = name, .size = file->size};
	struct header h = {0};
	if (!find_header(&p, &h.pe_off, headers, d))
		return false;
	h.optional_off = h.pe_off + COFF_BYTES;
	if (!read_fields(headers, &p, &h, d))
		return false;
	h.sections_off = h.optional_off + h.optional_bytes;
	if (!check_optional(&p, &h, d) || !read_certificates(&p, &h, d)
	    || !read_sections(&p, &h, a, d))
		return false;
	*out = p;
	return true;
}

const struct section *pe_section(const struct pe *p, struct str name)
{
	for (size_t i = 0; i < p->count; i++)
		if (str_eq(p->list[i].name, name))
			return &p->list[i];
	return NULL;
}

bool pe_section_source(const struct pe *p, const struct section *s, struct arena *a,
                       struct source *out)
{
	u32 bytes = s->virtual_bytes < s->raw_bytes ? s->virtual_bytes : s->raw_bytes;
	return source_sub(&p->data, bytes ? s->raw_off : 0, bytes, a, out);
}
