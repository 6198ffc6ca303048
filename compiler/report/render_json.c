// render_json: findings for tools: a JSON object a line, and SARIF 2.1.0 (OASIS). Nothing that
// changes between two runs on the same input: no time, no absolute path, no host.
#include "report/internal.h"
#include <stdlib.h>
#include <string.h>

static json_t *text_json(struct str s)
{
	json_t *text = s.len ? json_stringn((const char *)s.at, s.len) : json_string("");
	return text ? text : json_string("?");       // ill-formed UTF-8 out of a hostile file
}

static json_t *filled(const struct diag *d, struct str text, const struct finding *f)
{
	return text_json(rule_fill(d->arena, text, f));
}

static void put_json(struct buf *out, json_t *json, size_t flags)
{
	char *text = json_dumps(json, flags);
	put(out, str_from(text), S("\n"));
	free(text);
	json_decref(json);
}

static json_int_t number(u64 n) { return n > INT64_MAX ? INT64_MAX : (json_int_t)n; }

static json_t *edge(u32 line, u32 column, u64 byte)
{
	return json_pack("{s:i, s:i, s:I}", "line", (int)line, "col", (int)column, "byte",
	                 number(byte));
}

static json_t *fix_json(const struct finding *f)
{
	if (!f->fixable)
		return json_array();
	return json_pack("[{s:s, s:[{s:I, s:I, s:o}]}]", "applicability", "machine", "edits",
	                 "byte", number(f->fix_at.off), "end", number(f->fix_at.off + f->fix_at.len),
	                 "text", text_json(f->fix));
}

static json_t *related_json(const struct diag *d, const struct finding *f)
{
	if (!f->also.file)
		return json_array();
	struct place p = diag_place(&d->sources, f->also);
	return json_pack("[{s:o, s:o, s:o}]", "file", text_json(finding_path(&d->sources, f->also)),
	                 "start", edge(p.line, p.column, f->also.off), "message",
	                 text_json(f->also_label));
}

static json_t *line_json(const struct diag *d, const struct finding *f)
{
	const struct rule_text *r = &rules[f->rule];
	struct place p = diag_place(&d->sources, f->at);
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	                 "v", 1, "code", text_json(r->code), "severity",
	                 text_json(severity_name(r->severity)), "message", filled(d, r->message, f),
	                 "file", text_json(finding_path(&d->sources, f->at)),
	                 "start", edge(p.line, p.column, f->at.off),
	                 "end", edge(p.line, p.column_end, f->at.off + f->at.len),
	                 "note", filled(d, r->note, f), "help", filled(d, r->help, f),
	                 "related", related_json(d, f), "fixes", fix_json(f));
}

static json_t *summary_json(const struct diag *d)
{
	int count[3] = {0};
	for (size_t i = 0; i < d->len; i++)
		count[rules[d->list[i].rule].severity]++;
	return json_pack("{s:i, s:{s:i, s:i, s:i}}", "v", 1, "summary", "errors", count[ERROR],
	                 "warnings", count[WARNING], "notes", count[NOTE]);
}

void render_jsonl(const struct diag *d, struct buf *out)
{
	for (size_t i = 0; i < d->len; i++)
		put_json(out, line_json(d, &d->list[i]), JSON_COMPACT);
	put_json(out, summary_json(d), JSON_COMPACT);
}

// RFC 3986: what may stand in a relative reference as it is.
static json_t *uri_json(struct arena scratch, struct str path)
{
	static const char plain[] = "-._~/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "abcdefghijklmnopqrstuvwxyz";
	struct buf uri = buf_new(&scratch, 1 << 16);
	for (size_t i = 0; i < path.len; i++) {
		struct str byte = {path.at + i, 1};
		if (memchr(plain, path.at[i], sizeof plain - 1))
			buf_put(&uri, byte);
		else
			put(&uri, S("%"), str_hex(&scratch, byte));
	}
	return text_json(buf_str(&uri));
}

static json_t *region_json(const struct diag *d, struct span at)
{
	struct place p = diag_place(&d->sources, at);
	if (finding_is_binary(&d->sources, at))
		return json_pack("{s:I, s:i}", "byteOffset", number(at.off), "byteLength", (int)at.len);
	return json_pack("{s:i, s:i, s:i, s:i, s:{s:o}}", "startLine", (int)p.line, "startColumn",
	                 (int)p.column, "endLine", (int)p.line, "endColumn", (int)p.column_end,
	                 "snippet", "text", text_json(p.line_text));
}

static json_t *location_json(const struct diag *d, struct span at)
{
	return json_pack("{s:{s:{s:o, s:s}, s:o}}", "physicalLocation", "artifactLocation",
	                 "uri", uri_json(*d->arena, finding_path(&d->sources, at)), "uriBaseId",
	                 "SRCROOT", "region", region_json(d, at));
}

static struct str *lines_of(const struct diag *d)
{
	struct str *lines = make(d->arena, d->len, struct str);
	for (size_t i = 0; i < d->len; i++)
		lines[i] = str_trim(diag_place(&d->sources, d->list[i].at).line_text);
	return lines;
}

// The same finding on a moved line keeps its fingerprint: code and the line's text, and which of
// several such it is.
static json_t *fingerprint_json(const struct diag *d, const struct str *lines, size_t index)
{
	struct arena scratch = *d->arena;
	const struct finding *f = &d->list[index];
	u64 ordinal = 0;
	for (size_t i = 0; i < index; i++)
		ordinal += d->list[i].rule == f->rule && d->list[i].at.file == f->at.file
		        && str_eq(lines[i], lines[index]);
	struct str key = cat(&scratch, rules[f->rule].code, S("\n"),
	                     finding_path(&d->sources, f->at), S("\n"), lines[index], S("\n"),
	                     str_number(&scratch, ordinal));
	struct str digest = sha256(&scratch, key), head = {0};
	if (!str_sub(digest, 0, 8, &head))
		return json_null();
	return text_json(str_hex(&scratch, head));
}

static json_t *replacement_json(const struct finding *f)
{
	return json_pack("{s:{s:I, s:i}, s:{s:o}}", "deletedRegion", "byteOffset",
	                 number(f->fix_at.off), "byteLength", (int)f->fix_at.len, "insertedContent",
	                 "text", text_json(f->fix));
}

static json_t *sarif_fix(const struct diag *d, const struct finding *f)
{
	return json_pack("[{s:{s:o}, s:[{s:{s:o, s:s}, s:[o]}]}]", "description", "text",
	                 filled(d, rules[f->rule].help, f), "artifactChanges", "artifactLocation",
	                 "uri", uri_json(*d->arena, finding_path(&d->sources, f->fix_at)),
	                 "uriBaseId", "SRCROOT", "replacements", replacement_json(f));
}

static json_t *result_json(const struct diag *d, const struct str *lines, size_t index,
                           int rule_index)
{
	const struct finding *f = &d->list[index];
	const struct rule_text *r = &rules[f->rule];
	json_t *result = json_pack("{s:o, s:i, s:o, s:{s:o}, s:{s:o}}", "ruleId", text_json(r->code),
	                           "ruleIndex", rule_index, "level",
	                           text_json(severity_name(r->severity)), "message", "text",
	                           filled(d, r->message, f), "partialFingerprints", "amic/v1",
	                           fingerprint_json(d, lines, index));
	if (f->at.file)
		json_object_set_new(result, "locations", json_pack("[o]", location_json(d, f->at)));
	if (f->also.file)
		json_object_set_new(result, "relatedLocations",
		                    json_pack("[o]", location_json(d, f->also)));
	if (f->fixable)
		json_object_set_new(result, "fixes", sarif_fix(d, f));
	return result;
}

static json_t *rule_json(const struct rule_text *r)
{
	return json_pack("{s:o, s:o, s:{s:o}, s:{s:o}, s:{s:o}, s:{s:o}}", "id", text_json(r->code),
	                 "name", text_json(r->id), "shortDescription", "text", text_json(r->message),
	                 "fullDescription", "text", text_json(r->explain), "help", "text",
	                 text_json(r->explain), "defaultConfiguration", "level",
	                 text_json(severity_name(r->severity)));
}

// The rules that occur, in the order of their codes; index[rule] is their place.
static json_t *rules_json(const struct diag *d, int *index)
{
	json_t *list = json_array();
	bool used[RULE_COUNT] = {false};
	for (size_t i = 0; i < d->len; i++)
		used[d->list[i].rule] = true;
	for (size_t i = 0; i < RULE_COUNT; i++) {
		index[i] = (int)json_array_size(list);
		if (used[i])
			json_array_append_new(list, rule_json(&rules[i]));
	}
	return list;
}

void render_sarif(const struct diag *d, struct buf *out)
{
	int index[RULE_COUNT];
	json_t *driver = json_pack("{s:s, s:o}", "name", "amic", "rules", rules_json(d, index));
	json_t *results = json_array();
	const struct str *lines = lines_of(d);
	for (size_t i = 0; i < d->len; i++)
		json_array_append_new(results, result_json(d, lines, i, index[d->list[i].rule]));
	json_t *run = json_pack("{s:{s:o}, s:s, s:{s:{s:{s:s}}}, s:[{s:b}], s:o}", "tool", "driver",
	                        driver, "columnKind", "unicodeCodePoints", "originalUriBaseIds",
	                        "SRCROOT", "description", "text", "the folder that amic was run in",
	                        "invocations", "executionSuccessful", 1, "results", results);
	put_json(out, json_pack("{s:s, s:s, s:[o]}", "$schema",
	                        "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0",
	                        "runs", run), JSON_INDENT(2));
}
