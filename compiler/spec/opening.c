// opening: what `params` opens and `bake` settles. A name that cannot be what it is meant to be
// is found here, where the spec can still be shown.
#include "spec/spec.h"

struct opener { struct context *c; const struct spec *s; bool bad; };

static void complain(struct opener *k, enum rule rule, const struct node *n, struct str a,
                     struct str b)
{
	k->bad = true;
	diag_report(k->c->diag, (struct finding){rule, .at = n->at, .arg = {n->text, a, b}});
}

static void unknown(struct opener *k, const struct node *n, struct str list)
{
	struct str near = language_nearest(k->s->language, n->text, *k->c->arena);
	k->bad = true;
	diag_report(k->c->diag, (struct finding){OPEN_UNKNOWN, .at = n->at, .fix_at = n->at,
		.fix = near, .fixable = near.len > 0,
		.arg = {n->text, list, near}});
}

static void check_param(struct opener *k, const struct node *n)
{
	const struct setting *s = language_find(k->s->language, n->text);
	if (!s)
		unknown(k, n, S("params"));
	else if (s->open == OPEN_NEVER)
		complain(k, OPEN_CLOSED, n, s->closed_because, S(""));
	else if (node_has(node_get(k->s->tree, S("bake")), n->text))
		complain(k, OPEN_BOTH, n, S("bake"), S(""));
	else if (s->open == OPEN_DOCUMENTED)
		diag_report(k->c->diag, (struct finding){OPEN_ALREADY, .at = n->at,
			.arg = {n->text, s->parameter}});
}

// Every pipeline needs a value of a setting that is baked, unless it may be absent.
static bool has_value(struct opener *k, const struct setting *s)
{
	struct str *pipelines;
	size_t count = spec_pipelines(k->c, k->s, &pipelines);
	for (size_t i = 0; i < count; i++)
		if (!s->optional && !spec_is_abstract(k->s)
		    && !setting_at(k->c, k->s, pipelines[i], s->path))
			return false;
	return true;
}

static void check_bake(struct opener *k, const struct node *n)
{
	const struct setting *s = language_find(k->s->language, n->text);
	if (!s)
		unknown(k, n, S("bake"));
	else if (s->open != OPEN_DOCUMENTED)
		complain(k, BAKE_CLOSED, n, S("params"), S(""));
	else if (!has_value(k, s))
		complain(k, BAKE_NOTHING, n, s->parameter, node_str(s->amic, S("expected")));
}

bool check_opening(struct context *c, const struct spec *s)
{
	struct opener k = {c, s, false};
	const struct node *params = node_get(s->tree, S("params"));
	const struct node *bake = node_get(s->tree, S("bake"));
	for (const struct node *n = params ? params->first : NULL; n; n = n->next)
		check_param(&k, n);
	for (const struct node *n = bake ? bake->first : NULL; n; n = n->next)
		check_bake(&k, n);
	return !k.bad;
}
