// amic explain TOPIC SPEC: what a spec's stacks keep, cost and leave behind, in words of stdlib;
// and each permission of a template with the step that needs it.
#include "command/explain/explain.h"

enum { LINES_MAX = 1 << 20 };

// ---- texts of stdlib with {settings} in them

static struct str setting_text(struct run *r, const struct scope *s, struct str path,
                               struct str without)
{
	const struct value *v = scope_find(s, path);
	if (str_eq(path, S("pipeline")))
		return s->pipeline;
	if (str_eq(path, S("pipeline-suffix")))          // of its files' names
		return str_eq(s->pipeline, S("main")) ? S("") : cat(r->arena, S("-"), s->pipeline);
	if (!v || !v->node)
		return without;
	if (v->node->kind == TEXT)
		return v->node->text;
	struct buf words = buf_new(r->arena, 1 << 16);
	for (const struct node *n = v->node->first; n; n = n->next)
		put(&words, words.len ? S(" ") : S(""), n->key, n->key.len ? S("=") : S(""), n->text);
	return buf_str(&words);
}

// {setting} or {setting|what stands there without a value}; other braces are text, as of a query.
static bool is_hole(struct str inner)
{
	return inner.len && ((inner.at[0] >= 'a' && inner.at[0] <= 'z'));
}

static void put_filled(struct run *r, struct str line, const struct scope *s)
{
	size_t off;
	while (str_find(line, S("{"), &off)) {
		struct str before = {line.at, off + 1}, path;
		line = (struct str){line.at + off + 1, line.len - off - 1};
		if (!is_hole(line)) {
			put(r->out, before);
			continue;
		}
		before.len = off;
		line = str_cut(line, '}', &path);
		struct str without = str_cut(path, '|', &path);
		put(r->out, before, setting_text(r, s, path, without.len ? without : S("-")));
	}
	put(r->out, line, S("\n"));
}

// "[setting]line" is for those who have the setting.
static void put_line(struct run *r, struct str line, const struct scope *s)
{
	struct str path;
	if (str_starts(line, S("["))) {
		line = str_cut((struct str){line.at + 1, line.len - 1}, ']', &path);
		const struct value *v = scope_find(s, path);
		if (!v || v->binding == ABSENT)
			return;
	}
	put_filled(r, line, s);
}

// What all pipelines see, one of them does; the base when there is none.
static const struct scope *each_alike(const struct spec *spec, struct str line)
{
	bool pipelines = str_starts(line, S("[")) && spec->pipeline_count;
	return pipelines ? &spec->pipelines[0] : &spec->base;
}

// A line with {pipeline} is written for each of them, any other once.
static void put_text(struct run *r, struct str text, const struct spec *spec)
{
	while (text.len) {
		struct str line;
		size_t off;
		text = str_cut(text, '\n', &line);
		bool each = str_find(line, S("{pipeline"), &off);
		for (size_t i = 0; each && i < spec->pipeline_count; i++)
			put_line(r, line, &spec->pipelines[i]);
		if (!each)
			put_line(r, line, each_alike(spec, line));
	}
}

static bool explain_text(struct run *r, struct context *c, struct str topic, struct str path)
{
	struct spec spec = {0};
	struct artifacts all = {0};
	struct str text;
	if (!compile(c, path, &spec, &all))
		return false;
	struct str name = cat(r->arena, S("stdlib/"), str_number(r->arena, spec.blueprint),
	                      S("/explain/"), topic, S(".txt"));
	if (!library_text(r->library, name, &text))
		return false;
	put_text(r, text, &spec);
	return true;
}

// ---- retained: what stays when the stacks are deleted

static void put_retained(struct run *r, const struct words *w, const struct artifact *a)
{
	const struct node *resources = node_get(a->tree, w->resources);
	for (const struct node *n = resources ? resources->first : NULL; n; n = n->next) {
		const struct node *on_delete = node_get(n, w->deletion_policy);
		const struct node *on_replace = node_get(n, w->replace_policy);
		bool stays = on_delete && str_starts(on_delete->text, S("Retain"));
		bool old_stays = on_replace && str_starts(on_replace->text, S("Retain"));
		if (!stays && !old_stays)
			continue;
		put(r->out, a->name, S("  "), n->key, S("  "), node_get(n, w->type)->text,
		    S("  stays when "), stays ? S("the stack is deleted") : S(""),
		    stays && old_stays ? S(" and when ") : S(""),
		    old_stays ? S("it is replaced") : S(""), S("\n"));
	}
}

static bool explain_retained(struct run *r, struct context *c, struct str topic, struct str path)
{
	struct spec spec = {0};
	struct artifacts all = {0};
	const struct words *w = words_of(c);
	(void)topic;
	if (!w || !compile(c, path, &spec, &all))
		return false;
	for (size_t i = 0; i < all.count; i++)
		if (all.list[i].is_template)
			put_retained(r, w, &all.list[i]);
	return true;
}

// ---- iam: a line a statement

struct policy_words {
	struct str statement, sid, action, resource, principal, effect, allow, condition;
};

// A call with one text as ${text}, or the text when it has holes itself; with two as ${a.b}.
static struct str call_text(struct run *r, const struct node *call)
{
	const struct node *arg = call->first;
	size_t off;
	if (arg->kind == TEXT && str_find(arg->text, S("${"), &off))
		return arg->text;
	if (arg->kind == TEXT)
		return cat(r->arena, S("${"), arg->text, S("}"));
	bool two = arg->kind == LIST && arg->count == 2 && arg->first->kind == TEXT
	        && arg->last->kind == TEXT && !str_find(arg->first->text, S("${"), &off);
	return two ? cat(r->arena, S("${"), arg->first->text, S("."), arg->last->text, S("}"))
	           : node_canonical(r->arena, call);
}

// Texts behind each other.
static struct str flat(struct run *r, const struct node *n)
{
	if (!n)
		return S("-");
	if (n->kind == TEXT)
		return n->text;
	if (n->kind == MAP && n->count == 1)
		return call_text(r, n);
	struct buf text = buf_new(r->arena, 1 << 16);
	for (const struct node *child = n->first; child; child = child->next)
		put(&text, text.len ? S(" ") : S(""), flat(r, child));
	return buf_str(&text);
}

// Each key of a condition on a line of its own: all of them must hold.
static void put_condition(struct run *r, const struct node *condition)
{
	const struct node *test = condition && condition->kind == MAP ? condition->first : NULL;
	for (; test; test = test->next)
		for (const struct node *k = test->kind == MAP ? test->first : NULL; k; k = k->next)
			put(r->out, S("    if "), k->key, S(" "), test->key, S(" "), flat(r, k), S("\n"));
}

static void put_statement(struct run *r, const struct artifact *a, struct str resource,
                          const struct policy_words *p, const struct node *n)
{
	struct span at = n->at;
	struct place place = diag_place(&r->diag->sources, at);
	put(r->out, a->name, S(":"));
	buf_number(r->out, place.line);
	const struct node *on = node_get(n, p->resource), *effect = node_get(n, p->effect);
	const struct node *principal = node_get(n, p->principal);
	bool denies = effect && !str_eq(effect->text, p->allow);
	if (principal && principal->kind == MAP && principal->first)
		principal = principal->first;        // who, without the kind
	put(r->out, S("  "), resource, S("  "), flat(r, node_get(n, p->sid)),
	    denies ? S("  (denied)") : S(""), S("\n    "), flat(r, node_get(n, p->action)),
	    on ? S("\n    on ") : S("\n    by "), flat(r, on ? on : principal), S("\n"));
	put_condition(r, node_get(n, p->condition));
}

static void put_statements(struct run *r, const struct artifact *a, struct str resource,
                           const struct policy_words *p, const struct node *n)
{
	const struct node *list = node_get(n, p->statement);
	if (list && list->kind == LIST)
		for (const struct node *s = list->first; s; s = s->next)
			put_statement(r, a, resource, p, s);
	for (const struct node *child = n->first; child; child = child->next)
		put_statements(r, a, resource, p, child);
}

static bool explain_iam(struct run *r, struct context *c, struct str topic, struct str path)
{
	struct spec spec = {0};
	struct artifacts all = {0};
	const struct words *w = words_of(c);
	(void)topic;
	const struct node *facts = facts_of(c, S("schemas/iam.json"));
	const struct node *names = node_get(facts, S("words"));
	struct policy_words p = {node_str(names, S("statement")), node_str(names, S("sid")),
	                         node_str(names, S("action")), node_str(names, S("resource")),
	                         node_str(names, S("principal")), node_str(names, S("effect")),
	                         node_str(names, S("allow")), node_str(names, S("condition"))};
	bool done = facts && w && compile(c, path, &spec, &all);
	for (size_t i = 0; done && i < all.count; i++) {
		struct artifact *a = &all.list[i];
		struct node *written = NULL;
		if (a->is_template && !emit_read(c, a->name, a->text, functions_of(c), &written))
			continue;
		const struct node *resources = node_get(written, w->resources);
		for (const struct node *n = resources ? resources->first : NULL; n; n = n->next)
			put_statements(r, a, n->key, &p, n);
	}
	return done;
}

// ---- the topics

typedef bool explainer(struct run *r, struct context *c, struct str topic, struct str path);
enum topic { CLEANUP, COST, DEPLOY, IAM, RETAINED, TOPICS };
const struct str explain_topics[] = {
	[CLEANUP] = STR("cleanup"), [COST] = STR("cost"), [DEPLOY] = STR("deploy"),
	[IAM] = STR("iam"),
	[RETAINED] = STR("retained"),
};
const size_t explain_topic_count = countof(explain_topics);
static explainer *const explainers[TOPICS] = {
	[CLEANUP] = explain_text, [COST] = explain_text, [DEPLOY] = explain_text,
	[IAM] = explain_iam,
	[RETAINED] = explain_retained,
};

bool explain_is_topic(struct str word)
{
	size_t i = 0;
	while (i < TOPICS && !str_eq(explain_topics[i], word))
		i++;
	return i < TOPICS;
}

// Notes about the spec are amic check's.
static void forget_notes(struct diag *d)
{
	size_t kept = 0;
	for (size_t i = 0; i < d->len; i++)
		if (rules[d->list[i].rule].severity != NOTE)
			d->list[kept++] = d->list[i];
	d->len = kept;
}

bool explain_spec(struct run *r, struct str topic, struct str path, int *status)
{
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	for (size_t i = 0; i < TOPICS; i++) {
		if (!str_eq(explain_topics[i], topic))
			continue;
		*status = explainers[i](r, &c, topic, path) ? STATUS_DONE : STATUS_UNKNOWN;
		forget_notes(r->diag);
		return true;
	}
	return false;
}
