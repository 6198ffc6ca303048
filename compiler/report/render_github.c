// render_github: workflow commands that GitHub shows beside the line. It shows ten of a level a
// step, so errors go first.
#include "report/internal.h"

// Escapes of actions/toolkit: a message's %, CR and LF, a property's ':' and ',' as well.
static void put_escaped(struct buf *out, struct str s, bool property)
{
	for (size_t i = 0; i < s.len; i++) {
		u8 c = s.at[i];
		if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
			put(out, S("%"), c == '%' ? S("25") : c == '\r' ? S("0D") : c == '\n' ? S("0A")
			         : c == ':' ? S("3A") : S("2C"));
		else
			buf_byte(out, c);
	}
}

static void put_property(struct buf *out, struct str name, u32 n)
{
	put(out, S(","), name, S("="));
	buf_number(out, n);
}

static void put_annotation(struct buf *out, const struct diag *d, const struct finding *f)
{
	static const struct str level[] = {[NOTE] = STR("notice"), [WARNING] = STR("warning"),
	                                   [ERROR] = STR("error")};
	const struct rule_text *r = &rules[f->rule];
	struct place p = diag_place(&d->sources, f->at);
	put(out, S("::"), level[r->severity], S(" title="), r->code);
	if (f->at.file) {
		put(out, S(",file="));
		put_escaped(out, finding_path(&d->sources, f->at), true);
	}
	if (f->at.file && !finding_is_binary(&d->sources, f->at)) {
		put_property(out, S("line"), p.line);
		put_property(out, S("endLine"), p.line);
		put_property(out, S("col"), p.column);
		put_property(out, S("endColumn"), p.column_end);
	}
	put(out, S("::"));
	struct str help = rule_fill(d->arena, r->help, f);
	put_escaped(out, rule_fill(d->arena, r->message, f), false);
	put(out, help.len ? S("%0A") : S(""));
	put_escaped(out, help, false);
	put(out, S("\n"));
}

void render_github(const struct diag *d, struct buf *out)
{
	for (int severity = ERROR; severity >= NOTE; severity--)
		for (size_t i = 0; i < d->len; i++)
			if (rules[d->list[i].rule].severity == (enum severity)severity)
				put_annotation(out, d, &d->list[i]);
}
