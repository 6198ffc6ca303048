// depfile: "outputs: inputs", as make reads it and ninja's depfile parser too.
#include "command/internal.h"

// What both take for syntax, written as both read it: "$$", and a backslash before a blank, a '#',
// a ':' and the backslashes right before a blank or a '#'.
static void put_name(struct buf *out, struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		u8 c = name.at[i];
		size_t next = i;
		while (next < name.len && name.at[next] == '\\')
			next++;
		bool quoted = next < name.len && (name.at[next] == ' ' || name.at[next] == '#');
		if (c == ':' || quoted)
			buf_byte(out, '\\');
		if (c == '$')
			buf_byte(out, '$');
		buf_byte(out, c);
	}
}

// What make or ninja cannot read, however it is written: ninja knows no tab and none of ;*?[]|<>=^`
// as a part of a name, make takes some of them for patterns, assignments and recipes.
static bool put_file(struct buf *out, struct str name, bool is_target, struct diag *d)
{
	static const struct str never = STR("\n\r\t;*?[]|<>=^`%");
	for (size_t i = 0; i + !is_target < never.len; i++) {
		struct str head;
		(void)str_cut(name, never.at[i], &head);
		if (head.len != name.len)
			return diag_report(d, (struct finding){DEPFILE_NAME, .arg = {name}});
	}
	put_name(out, name);
	return true;
}

bool depfile_text(struct arena *a, const struct products *p, struct str *out, struct diag *d)
{
	enum { DEPFILE_MAX = 1 << 24 };
	struct buf text = buf_new(a, DEPFILE_MAX);
	bool done = true;
	for (size_t i = 0; i < p->count; i++) {
		const struct product *one = &p->list[i];
		for (size_t j = 0; j < one->artifacts.count; j++) {
			put(&text, j ? S(" ") : S(""));
			done &= put_file(&text, output_path(a, one, &one->artifacts.list[j]), true, d);
		}
		put(&text, S(":"));
		for (size_t j = 0; j < one->spec.input_count; j++) {
			put(&text, S(" \\\n  "));
			done &= put_file(&text, one->spec.inputs[j], false, d);
		}
		put(&text, S("\n"));
	}
	*out = buf_str(&text);
	return done;
}
