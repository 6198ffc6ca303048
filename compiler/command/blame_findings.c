// Findings of other tools on the lines of the spec: cfn-lint's JSON, the report of
// cloudformation-validate, and SARIF. Each names places in members of its own; what is no place
// stays as it is.
#include "command/internal.h"

enum { FINDINGS_MAX = 64 << 20 };

// Where a format keeps what: members below the object that has them, dotted. cloudformation-
// validate names the file once a report, and its findings have only lines: one that moves gets a
// file of its own.
static const struct shape {
	const char *file, *line, *column, *end_line, *end_column;
	bool file_above;
} shapes[] = {
	{"Filename", "Location.Start.LineNumber", "Location.Start.ColumnNumber",
	 "Location.End.LineNumber", "Location.End.ColumnNumber", false},           // cfn-lint
	{"artifactLocation.uri", "region.startLine", "region.startColumn", "region.endLine",
	 "region.endColumn", false},                                               // SARIF
	{"filePath", "startLine", "startColumn", "endLine", "endColumn", true},
};

// The object that holds the last name of a dotted path, and that name with its NUL.
static json_t *holder(json_t *object, const char *path, struct arena *a, const char **last)
{
	struct str left = str_from(path), head;
	while (object) {
		struct str rest = str_cut(left, '.', &head);
		*last = str_z(a, head);
		if (head.len == left.len)
			return json_is_object(object) ? object : NULL;
		object = json_object_get(object, *last);
		left = rest;
	}
	return NULL;
}

static json_t *member(json_t *object, const char *path, struct arena scratch)
{
	const char *last = "";
	json_t *at = holder(object, path, &scratch, &last);
	return at ? json_object_get(at, last) : NULL;
}

static void set_member(json_t *object, const char *path, json_t *value, struct arena scratch)
{
	const char *last = "";
	json_t *at = holder(object, path, &scratch, &last);
	if (at && json_object_get(at, last))
		(void)json_object_set_new(at, last, value);
	else
		json_decref(value);
}

static void move(struct blame *b, json_t *object, const struct shape *s, const struct origin *o)
{
	struct sources *sources = &b->r->diag->sources;
	struct place from = diag_place(sources, o->cause);
	struct str path = sources->list[o->cause.file - 1].path;
	struct arena scratch = *b->r->arena;
	if (s->file_above)
		json_object_set_new(object, s->file, json_null());
	set_member(object, s->file, json_stringn((const char *)path.at, path.len), scratch);
	set_member(object, s->line, json_integer(from.line), scratch);
	set_member(object, s->column, json_integer(from.column), scratch);
	set_member(object, s->end_line, json_integer(from.line), scratch);
	set_member(object, s->end_column, json_integer(from.column_end), scratch);
}

// `above` is the file that a report names for all its findings, or NULL.
static void rewrite_place(struct blame *b, json_t *object, const json_t *above)
{
	for (size_t i = 0; i < countof(shapes); i++) {
		json_t *own = member(object, shapes[i].file, *b->r->arena);
		const json_t *file = shapes[i].file_above && !own ? above : own;
		json_t *line = member(object, shapes[i].line, *b->r->arena);
		json_int_t number = json_integer_value(line);
		const struct product *p;
		if (!json_is_string(file) || !json_is_integer(line) || number < 1 || number > UINT32_MAX)
			continue;
		const struct origin *o = blame_origin(b, str_from(json_string_value(file)), (u32)number,
		                                      &p);
		if (o && o->cause.file)
			move(b, object, &shapes[i], o);
		return;
	}
}

// jansson reads at most 2,048 levels, so this ends. What moves is moved on the way back: a child
// still wants the file that was there before.
static void rewrite(struct blame *b, json_t *value, const json_t *above)
{
	const char *key;
	json_t *child;
	size_t i;
	const json_t *own = json_object_get(value, "filePath");
	above = json_is_string(own) ? own : above;
	if (json_is_object(value)) {
		json_object_foreach(value, key, child)
			rewrite(b, child, above);
		rewrite_place(b, value, above);
	}
	json_array_foreach(value, i, child)
		rewrite(b, child, above);
}

// Reports that are empty are none of them, but what is neither of the three is somebody's mistake.
static bool is_report(const json_t *json)
{
	size_t i;
	json_t *one;
	bool known = json_is_array(json);
	json_array_foreach(json, i, one)
		known &= json_is_string(json_object_get(one, "Filename"))
		      || json_is_string(json_object_get(one, "filePath"));
	return known || json_is_array(json_object_get(json, "runs"))
	    || json_is_string(json_object_get(json, "filePath"));
}

static int take_bytes(const char *bytes, size_t len, void *to)
{
	buf_put(to, (struct str){(const u8 *)bytes, len});
	return 0;
}

int blame_findings(struct blame *b)
{
	struct run *r = b->r;
	struct str text;
	json_error_t error;
	if (!file_read(r->arena, S("-"), FINDINGS_MAX, &text, r->diag))
		return STATUS_UNKNOWN;
	json_t *json = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
	if (!json) {
		diag_report(r->diag, (struct finding){BLAME_NO_JSON, .arg = {
			str_number(r->diag->arena, (u64)(error.line > 0 ? error.line : 0)),
			str_copy(r->diag->arena, str_from(error.text))}});
		return STATUS_UNKNOWN;
	}
	if (!is_report(json)) {
		json_decref(json);
		diag_report(r->diag, (struct finding){.rule = BLAME_NO_FINDINGS});
		return STATUS_UNKNOWN;
	}
	rewrite(b, json, NULL);
	bool done = json_dump_callback(json, take_bytes, r->out, JSON_INDENT(2) | JSON_ENCODE_ANY) == 0;
	json_decref(json);
	put(r->out, S("\n"));
	return done ? STATUS_DONE : STATUS_UNKNOWN;
}
