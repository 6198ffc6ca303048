// source map: for each output, a row a line that begins something: its line, the place in the
// blueprint, and the place in the spec with its setting, when one made it.
#include "command/internal.h"

static void put_text(struct buf *out, struct str s)
{
	buf_byte(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		u8 c = s.at[i];
		if (c == '"' || c == '\\')
			buf_byte(out, '\\');
		if (c < 0x20) {
			u8 digits[8];
			struct arena small = arena_of(digits, sizeof digits, NULL, NULL);
			put(out, S("\\u00"), str_hex(&small, (struct str){&c, 1}));
		} else {
			buf_byte(out, c);
		}
	}
	buf_byte(out, '"');
}

static void put_place(struct run *r, struct buf *out, const char *name, struct span at)
{
	struct place p = diag_place(&r->diag->sources, at);
	put(out, S(", "));
	put_text(out, str_from(name));
	put(out, S(": ["));
	put_text(out, r->diag->sources.list[at.file - 1].path);
	put(out, S(", "));
	buf_number(out, p.line);
	put(out, S(", "));
	buf_number(out, p.column);
	put(out, S("]"));
}

static void put_row(struct run *r, struct buf *out, const struct product *p,
                    const struct origin_line *row)
{
	const struct origin *o = &row->origin;
	put(out, S("  {\"line\": "));
	buf_number(out, row->line);
	put(out, S(", \"pointer\": "));
	put_text(out, o->pointer);
	if (o->at.file)
		put_place(r, out, "blueprint", o->at);
	if (o->cause.file) {
		put_place(r, out, "spec", o->cause);
		put(out, S(", \"setting\": "));
		put_text(out, blame_setting(r->arena, p->spec.tree, o->cause));
	}
	put(out, S("}"));
}

static void put_artifact(struct run *r, const struct products *p, const struct product *one,
                         const struct artifact *a, struct buf *out)
{
	struct context c = p->context;
	struct origins origins;
	blame_artifact(&c, a, &origins);
	put(out, str_ends(buf_str(out), S("{")) ? S("\n") : S(",\n"));
	put_text(out, output_path(r->arena, one, a));
	put(out, S(": [\n"));
	for (size_t k = 0; k < origins.count; k++) {
		put_row(r, out, one, &origins.list[k]);
		put(out, k + 1 < origins.count ? S(",\n") : S("\n"));
	}
	put(out, S("]"));
}

void source_map_put(struct run *r, const struct products *p, struct buf *out)
{
	if (!out->len)
		put(out, S("{\"version\": 1, \"outputs\": {"));
	for (size_t i = 0; i < p->count; i++)
		for (size_t j = 0; j < p->list[i].artifacts.count; j++)
			put_artifact(r, p, &p->list[i], &p->list[i].artifacts.list[j], out);
}

void source_map_end(struct buf *out) { put(out, S("}}\n")); }
