// json: the verdict as schemas/verdict-1.schema.json has it.
#include "command/verify/verify.h"

static json_t *text(struct str s) { return json_stringn((const char *)s.at, s.len); }

static json_t *json_words(struct str s)
{
	json_t *list = json_array();
	struct str line;
	while (s.len) {
		s = str_cut(s, '\n', &line);
		json_array_append_new(list, text(str_trim(line)));
	}
	return list;
}

static json_t *answer(enum answer a)
{
	static const char *const words[] = {
		[ANSWER_YES] = "yes", [ANSWER_NO] = "no", [ANSWER_OPEN] = "unknown",
	};
	return json_string(words[a]);
}

static json_t *hex_or_null(struct run *r, struct str s)
{
	return s.at ? text(str_hex(r->arena, s)) : json_null();
}

static json_t *document_json(struct run *r, const struct attestation *got)
{
	json_t *o = json_object(), *pcrs = json_object();
	json_object_set_new(o, "module", text(got->doc.module_id));
	json_object_set_new(o, "instance", text(got->who.instance));
	json_object_set_new(o, "region", text(got->who.region));
	json_object_set_new(o, "partition", text(got->who.partition));
	json_object_set_new(o, "signed", text(moment_text(r->arena, got->doc.time_ms)));
	for (u32 pcr = 0; pcr < DOCUMENT_PCRS; pcr++)
		if (got->doc.has >> pcr & 1)
			json_object_set_new(pcrs, str_z(r->arena, str_number(r->arena, pcr)),
			                    text(str_hex(r->arena, got->doc.pcrs[pcr])));
	json_object_set_new(o, "pcrs", pcrs);
	json_object_set_new(o, "nonce", hex_or_null(r, got->doc.nonce));
	json_object_set_new(o, "user-data", hex_or_null(r, got->doc.user_data));
	json_object_set_new(o, "public-key", hex_or_null(r, got->doc.public_key));
	return o;
}

static json_t *time_json(struct run *r, const struct request *q, const struct attestation *got)
{
	static const char *const clocks[] = {
		[AT_NOW] = "now", [AT_DOCUMENT] = "document", [AT_GIVEN] = "given",
	};
	json_t *o = json_object();
	json_object_set_new(o, "clock", json_string(clocks[q->choice]));
	json_object_set_new(o, "checked", text(moment_text(r->arena, got->checked_ms)));
	json_object_set_new(o, "freshness", text(verdict_freshness(q)));
	if (q->choice != AT_DOCUMENT) {
		json_object_set_new(o, "max-age", json_integer((json_int_t)q->at.max_age_ms / 1000));
		json_object_set_new(o, "clock-skew", json_integer((json_int_t)q->at.skew_ms / 1000));
	}
	return o;
}

static json_t *root_json(struct run *r, const struct request *q)
{
	json_t *o = json_object();
	json_object_set_new(o, "pinned", json_boolean(!q->root_path.len));
	json_object_set_new(o, "sha256", text(str_hex(r->arena, sha256(r->arena, q->at.root))));
	return o;
}

static json_t *candidate_json(const struct candidate *c)
{
	static const char *const words[] = {
		[SAME_ALL] = "equal", [SAME_NOT] = "differs", [SAME_UNKNOWN] = "unknown",
	};
	json_t *o = json_object(), *list = json_array();
	json_object_set_new(o, "kind", json_string(c->image ? "image" : "reference"));
	json_object_set_new(o, "name", text(c->name));
	json_object_set_new(o, "verdict", answer(c->answer));
	for (size_t i = 0; i < c->count; i++) {
		json_t *p = json_object();
		json_object_set_new(p, "pcr", json_integer(c->pcrs[i].pcr));
		json_object_set_new(p, "result", json_string(words[c->pcrs[i].same]));
		json_object_set_new(p, "explanation", json_words(c->pcrs[i].text));
		json_array_append_new(list, p);
	}
	json_object_set_new(o, "pcrs", list);
	return o;
}

static json_t *required_json(u32 set)
{
	json_t *list = json_array();
	for (int pcr = 0; pcr < PCR_COUNT; pcr++)
		if (set >> pcr & 1)
			json_array_append_new(list, json_integer(pcr));
	return list;
}

static json_t *reasons_json(struct run *r)
{
	json_t *list = json_array();
	for (size_t i = 0; i < r->diag->len; i++) {
		const struct finding *f = &r->diag->list[i];
		json_t *o = json_object();
		json_object_set_new(o, "code", text(rules[f->rule].code));
		json_object_set_new(o, "message", text(rule_fill(r->arena, rules[f->rule].message, f)));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *verdict_tree(struct run *r, const struct request *q, const struct appraised *v)
{
	json_t *o = json_object(), *list = json_array();
	json_object_set_new(o, "verdict", answer(v->answer));
	json_object_set_new(o, "root", root_json(r, q));
	json_object_set_new(o, "boot", json_string(q->secure ? "secure" : "standard"));
	json_object_set_new(o, "required", required_json(q->required));
	if (v->accepted) {
		json_object_set_new(o, "document", document_json(r, &v->machine.got));
		json_object_set_new(o, "time", time_json(r, q, &v->machine.got));
	}
	for (size_t i = 0; i < v->candidate_count; i++)
		json_array_append_new(list, candidate_json(&v->candidates[i]));
	json_object_set_new(o, "candidates", list);
	if (v->policy.len) {
		json_t *p = json_object();
		json_object_set_new(p, "verdict", answer(v->policy_answer));
		json_object_set_new(p, "reason", text(v->policy));
		json_object_set_new(o, "policy", p);
	}
	json_object_set_new(o, "reasons", reasons_json(r));
	return o;
}

void verdict_json(struct run *r, const struct request *q, const struct appraised *v)
{
	json_t *tree = verdict_tree(r, q, v);
	size_t len = json_dumpb(tree, NULL, 0, JSON_INDENT(2));
	char *bytes = make(r->arena, len + 1, char);
	(void)json_dumpb(tree, bytes, len, JSON_INDENT(2));
	json_decref(tree);
	put(r->out, ((struct str){(const u8 *)bytes, len}), S("\n"));
}
