// agree: a spec means one thing. What libfyaml read is read again with libyaml, which is behind
// most other tools, and where the two take a text for different trees, it is refused. Both have
// their faults: libfyaml 0.7.12 goes on past an empty block scalar, and loses bytes of a double-
// quoted one in which "\\" stands before the end of a line that goes on.
#include "yaml/yaml.h"
#include <yaml.h>

struct second {
	struct context *c;
	u32 file;
	struct str text;              // of the file, without a byte order mark: a column to libyaml
	u64 shift;                    // length of that mark
	yaml_parser_t parser;
	bool ended;
};

static bool is_content(yaml_event_type_t type)
{
	return type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT
	    && type != YAML_DOCUMENT_END_EVENT;
}

// The next event that says something; false when there is none. What only one of them refuses has
// one meaning left.
static bool next_event(struct second *r, yaml_event_t *out)
{
	bool found = false;
	while (!r->ended && !found) {
		r->ended = !yaml_parser_parse(&r->parser, out);
		found = !r->ended && is_content(out->type);
		if (!r->ended && !found)
			yaml_event_delete(out);
	}
	return found;
}

// libyaml counts characters.
static u64 offset_of(const struct second *r, size_t index)
{
	struct str left = r->text;
	for (u32 c; index && left.len; index--) {
		size_t len = utf8_next(left, &c);
		left = (struct str){left.at + len, left.len - len};
	}
	return r->shift + (r->text.len - left.len);
}

static bool is_next(struct second *r, yaml_event_type_t type, struct str text, struct span at)
{
	yaml_event_t e;
	if (!next_event(r, &e))
		return true;
	struct str other = {0};
	if (e.type == YAML_SCALAR_EVENT)
		other = (struct str){e.data.scalar.value, e.data.scalar.length};
	bool same = e.type == type && str_eq(text, other);
	size_t index = e.start_mark.index;
	yaml_event_delete(&e);
	if (same)
		return true;
	if (!at.file)
		at = (struct span){r->file, 1, offset_of(r, index)};
	return diag_report(r->c->diag, (struct finding){YAML_DISPUTED, .at = at});
}

static bool compare(struct second *r, const struct node *n)
{
	struct span at = n->key_at.file && (n->block || !n->at.len) ? n->key_at : n->at, none = {0};
	bool map = n->kind == MAP;
	if (n->key_at.file && !is_next(r, YAML_SCALAR_EVENT, n->key, n->key_at))
		return false;
	if (n->kind == TEXT)
		return is_next(r, YAML_SCALAR_EVENT, n->text, at);
	if (!is_next(r, map ? YAML_MAPPING_START_EVENT : YAML_SEQUENCE_START_EVENT, S(""), at))
		return false;
	for (const struct node *child = n->first; child; child = child->next)
		if (!compare(r, child))
			return false;
	return is_next(r, map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, S(""), none);
}

bool readers_agree(struct context *c, u32 file, const struct node *tree)
{
	struct second r = {.c = c, .file = file, .text = c->diag->sources.list[file - 1].text};
	r.shift = str_starts(r.text, S("\xef\xbb\xbf")) ? 3 : 0;
	r.text = (struct str){r.text.at + r.shift, r.text.len - (size_t)r.shift};
	if (!yaml_parser_initialize(&r.parser))
		c->arena->full(c->arena->owner);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, r.text.at, r.text.len);
	bool same = compare(&r, tree) && is_next(&r, YAML_STREAM_END_EVENT, S(""), (struct span){0});
	yaml_parser_delete(&r.parser);
	return same;
}
