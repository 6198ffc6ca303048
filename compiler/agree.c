// agree: a spec means one thing. What libfyaml read is read again with libyaml, which is behind
// most other tools, and where the two take a text for different ones, it is refused. Both have
// their faults: libfyaml 0.7.12 goes on past an empty block scalar, and loses bytes of a double-
// quoted one in which "\\" stands before the end of a line that goes on.
#include "amic.h"
#include <yaml.h>

struct second { struct context *c; yaml_parser_t parser; bool ended, agrees; };

// The next text; false when there is none. What only one of them refuses has one meaning left.
static bool next_scalar(struct second *r, struct str *out)
{
	yaml_event_t e;
	while (!r->ended) {
		if (!yaml_parser_parse(&r->parser, &e))
			break;
		bool found = e.type == YAML_SCALAR_EVENT;
		r->ended = e.type == YAML_STREAM_END_EVENT;
		if (found)
			*out = str_copy(r->c->arena, (struct str){e.data.scalar.value, e.data.scalar.length});
		yaml_event_delete(&e);
		if (found)
			return true;
	}
	r->ended = true;
	return false;
}

static bool is_same(struct second *r, struct str text, struct span at)
{
	struct arena before = *r->c->arena;
	struct str other;
	bool same = !next_scalar(r, &other) || str_eq(text, other);
	*r->c->arena = before;
	if (!same)
		r->agrees = diag_report(r->c->diag, (struct finding){YAML_DISPUTED, .at = at});
	return same;
}

static bool compare(struct second *r, const struct node *n)
{
	if (n->key_at.file && !is_same(r, n->key, n->key_at))
		return false;
	if (n->kind == TEXT)
		return is_same(r, n->text, n->key_at.file && (n->block || !n->at.len) ? n->key_at : n->at);
	for (const struct node *child = n->first; child; child = child->next)
		if (!compare(r, child))
			return false;
	return true;
}

bool readers_agree(struct context *c, u32 file, const struct node *tree)
{
	struct str text = c->diag->sources.list[file - 1].text;
	struct second r = {.c = c, .agrees = true};
	if (!yaml_parser_initialize(&r.parser))
		c->arena->full(c->arena->owner);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, text.at, text.len);
	(void)compare(&r, tree);
	yaml_parser_delete(&r.parser);
	return r.agrees;
}
