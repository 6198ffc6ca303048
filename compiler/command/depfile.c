// depfile: "outputs: inputs", as make reads it and ninja's depfile parser too.
#include "command/internal.h"

// What both take for syntax: a blank, '#', '$' and ':' on its way.
static void put_name(struct buf *out, struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		u8 c = name.at[i];
		if (c == ' ' || c == '#' || c == '\\')
			buf_byte(out, '\\');
		if (c == '$')
			buf_byte(out, '$');
		buf_byte(out, c);
	}
}

struct str depfile_text(struct arena *a, const struct products *p)
{
	enum { DEPFILE_MAX = 1 << 24 };
	struct buf out = buf_new(a, DEPFILE_MAX);
	for (size_t i = 0; i < p->count; i++) {
		const struct product *one = &p->list[i];
		for (size_t j = 0; j < one->artifacts.count; j++) {
			put(&out, j ? S(" ") : S(""));
			put_name(&out, output_path(a, one, &one->artifacts.list[j]));
		}
		put(&out, S(":"));
		for (size_t j = 0; j < one->spec.input_count; j++) {
			put(&out, S(" \\\n  "));
			put_name(&out, one->spec.inputs[j]);
		}
		put(&out, S("\n"));
	}
	return buf_str(&out);
}
