// render: the list of findings as text, in the ways that people and tools read it.
#include "report/internal.h"

static const struct { struct str name; enum format format; } formats[] = {
	{STR("text"), FORMAT_TEXT}, {STR("short"), FORMAT_SHORT}, {STR("jsonl"), FORMAT_JSONL},
	{STR("sarif"), FORMAT_SARIF}, {STR("github"), FORMAT_GITHUB},
};

bool format_by_name(struct str name, enum format *out)
{
	for (size_t i = 0; i < countof(formats); i++) {
		if (str_eq(formats[i].name, name)) {
			*out = formats[i].format;
			return true;
		}
	}
	return false;
}

void diag_render(const struct diag *d, struct render how, struct buf *out)
{
	switch (how.format) {
	case FORMAT_TEXT:
	case FORMAT_SHORT:
		render_lines(d, how, out);
		break;
	case FORMAT_JSONL:
		render_jsonl(d, out);
		break;
	case FORMAT_SARIF:
		render_sarif(d, out);
		break;
	case FORMAT_GITHUB:
		render_github(d, out);
		break;
	}
}
