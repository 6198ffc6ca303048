// needs: which permissions the steps of a build need, from the actions that they take and the
// programs that their shell calls, against what the two roles of the build allow.
#include "link/internal.h"
#include <string.h>

// What a role may do, a pair of action and resource at a time, as its policies say it.
struct grant { struct str action, resource; const struct node *sid; };

// One role of a build, and what was found out about it.
struct role {
	struct iam *i;
	const struct template *template;
	const struct node *resource;
	bool opaque;                         // a policy that we cannot see may allow anything
	const struct node *managed[16];           // what its managed policies allow
	size_t managed_count;
	struct grant *grants;
	size_t grant_count, grant_cap;
	struct role *next;                   // of i->roles
};

// Globs of policies: * is any text, ? one character.
static bool glob(struct str pattern, struct str text)
{
	struct str star = {0}, mark = {0};
	bool has_star = false;
	while (text.len) {
		if (pattern.len && (*pattern.at == '?' || *pattern.at == *text.at)) {
			pattern.at++, pattern.len--;
			text.at++, text.len--;
		} else if (pattern.len && *pattern.at == '*') {
			has_star = true;
			star = (struct str){++pattern.at, --pattern.len};
			mark = text;
		} else if (has_star && mark.len) {
			pattern = star;
			mark.at++, mark.len--;
			text = mark;
		} else {
			return false;
		}
	}
	while (pattern.len && *pattern.at == '*')
		pattern.at++, pattern.len--;
	return pattern.len == 0;
}

// Does an ARN speak of that kind? Text that is not known yet, <Role.Arn>, may.
static bool is_kind(struct iam *i, struct str arn, struct str kind)
{
	size_t off;
	if (!kind.len || str_eq(arn, S("*")) || str_starts(arn, S("<")))
		return true;
	if (str_eq(kind, S("object")))
		return str_find(arn, S("/"), &off) || str_ends(arn, S("*"));
	if (str_eq(kind, S("bucket")))
		return !str_find(arn, S("/"), &off) || str_ends(arn, S("*"));
	struct str slash = cat(i->l->c->arena, S(":"), kind, S("/"));
	struct str colon = cat(i->l->c->arena, S(":"), kind, S(":"));
	return str_find(arn, slash, &off) || str_find(arn, colon, &off);
}

// A need: an action, the kind of resource it is for, and the step that has it. In our own build
// the statement that allows it must say so in its Sid, unless the need is shared by steps ("~").
struct need { struct str action, kind, step; bool shared; const struct node *at; };

static void keep_grant(struct role *r, const struct statement *s, struct str action,
                       struct str resource)
{
	r->grants = grown(r->i->l->c->arena, r->grants, r->grant_count, &r->grant_cap, struct grant);
	r->grants[r->grant_count++] = (struct grant){action, resource, s->sid};
}

static void take_statement(struct iam *i, const struct statement *s, void *with)
{
	struct each resources = iam_each(s->resources), actions;
	const struct node *action, *resource;
	while (s->allows && !s->principal && (resource = each_next(&resources))) {
		struct str text = link_text(i->l, resource);
		actions = iam_each(s->actions);
		while ((action = each_next(&actions)))
			if (action->kind == TEXT)
				keep_grant(with, s, action->text, text);
	}
}

static bool is_granted(const struct role *r, const struct need *n)
{
	for (size_t k = 0; k < r->grant_count; k++) {
		const struct grant *g = &r->grants[k];
		bool named = !r->i->l->own || n->shared
		          || (g->sid && str_starts(g->sid->text, n->step));
		if (named && glob(g->action, n->action) && is_kind(r->i, g->resource, n->kind))
			return true;
	}
	return false;
}

static bool speaks_of(struct role *r, const struct node *other)
{
	struct each roles = iam_each(node_get(link_properties(r->i->l, other),
	                                      iam_word(r->i, S("roles"))));
	const struct node *n;
	struct target to;
	while ((n = each_next(&roles)))
		if (link_target(r->i->l, r->template, n, &to) && to.resource == r->resource)
			return true;
	return false;
}

static void read_policies(struct role *r)
{
	const struct node *types = node_get(r->i->facts, S("identity-types"));
	const struct node *own = node_get(link_properties(r->i->l, r->resource),
	                                  iam_word(r->i, S("policies")));
	if (own)
		iam_statements(r->i, own, take_statement, r);
	for (const struct node *o = r->template->resource_list; o; o = o->next)
		if (o != r->resource && node_has(types, link_resource_type(r->i->l, o)) && speaks_of(r, o))
			iam_statements(r->i, link_properties(r->i->l, o), take_statement, r);
}

static void read_managed(struct role *r)
{
	struct each e = iam_each(node_get(link_properties(r->i->l, r->resource),
	                                  iam_word(r->i, S("managed"))));
	const struct node *n;
	while ((n = each_next(&e))) {
		struct str arn = link_text(r->i->l, n), head;
		while (arn.len && str_find(arn, S("/"), &(size_t){0}))
			arn = str_cut(arn, '/', &head);
		const struct node *allows = node_get(node_get(r->i->facts, S("managed")), arn);
		if (!allows || r->managed_count == countof(r->managed))
			r->opaque = true;
		else
			r->managed[r->managed_count++] = allows;
	}
}

static bool managed_allows(const struct role *r, struct str action)
{
	for (size_t k = 0; k < r->managed_count; k++)
		for (const struct node *one = node_first(r->managed[k]); one; one = one->next)
			if (glob(one->text, action))
				return true;
	return false;
}

// Pipelines share roles and documents: what was asked is not asked again, as far as the list goes.
static bool was_asked(struct role *r, const u8 *need, const struct node *at)
{
	struct iam *i = r->i;
	for (size_t k = 0; k < i->asked_count; k++)
		if (i->asked[k].role == r->resource && i->asked[k].at == at && i->asked[k].need == need)
			return true;
	if (i->asked_count < countof(i->asked))
		i->asked[i->asked_count++] = (struct asked){r->resource, at, need};
	return false;
}

static void check_need(struct role *r, struct str text, struct str step, const struct node *at)
{
	struct need n = {.step = step, .at = at, .shared = str_starts(text, S("~"))};
	if (was_asked(r, text.at, at))
		return;
	n.kind = str_cut(n.shared ? (struct str){text.at + 1, text.len - 1} : text, ' ', &n.action);
	if (is_granted(r, &n) || r->opaque || managed_allows(r, n.action))
		return;
	link_report_at(r->i->l, r->resource->cause.file ? r->resource->cause : r->resource->key_at,
		(struct finding){IAM_MISSING, .arg = {r->resource->key, n.action, n.kind, step},
		.also = at->at, .also_label = S("this needs it")});
}

static void check_list(struct role *r, const struct node *needs, struct str step,
                       const struct node *at)
{
	for (const struct node *one = node_first(needs); r && one; one = one->next)
		check_need(r, one->text, step, at);
}

static const struct node *needs_of(const struct iam *i, struct str who, struct str action)
{
	return node_get(node_get(node_get(i->facts, S("needs")), who), action);
}

// Most scripts do not even have the word, which is found much faster than a pattern is not.
static bool calls_program(const struct iam *i, struct str script, const struct node *program)
{
	struct str pattern = node_str(program, S("pattern"));
	if (!str_find(script, node_str(program, S("word")), &(size_t){0}))
		return false;
	struct str word = cat(i->l->c->arena, S("(?<![A-Za-z0-9_-])(?:"), pattern, S(")"));
	return link_found(i->l, word, script);
}

static void check_script(struct role *r, const struct step *s)
{
	const struct node *programs = node_get(node_get(r->i->facts, S("needs")), S("programs"));
	struct str script = link_script(r->i->l->c->arena, s);
	for (const struct node *p = node_first(programs); script.len && p; p = p->next) {
		if (calls_program(r->i, script, p))
			check_list(r, node_get(p, S("needs")), s->name, s->node);
	}
}

static void check_document(struct role *instance, const struct inner *d)
{
	struct steps all = steps_of(d);
	struct step s;
	if (was_asked(instance, NULL, d->tree))
		return;
	while (steps_next(&all, &s)) {
		check_list(instance, needs_of(instance->i, S("profile"), s.action), s.name, s.node);
		check_script(instance, &s);
	}
}

// A value that is passed to a document may bring needs with it: a recipe in S3 must be read. The
// step is the first whose shell takes the parameter.
static void check_passed(struct role *instance, const struct inner *d, struct str name,
                         const struct node *value)
{
	struct linkage *l = instance->i->l;
	const struct node *of_name = needs_of(instance->i, S("passed"), name);
	const struct node *one = value && value->kind == LIST ? value->first : value;
	struct steps all = steps_of(d);
	struct step s;
	if (!of_name || !one)
		return;
	while (steps_next(&all, &s)) {
		if (!link_script(l->c->arena, &s).len || !node_mentions(s.node, name))
			continue;
		for (const struct node *rule = node_first(of_name); rule; rule = rule->next) {
			if (link_matches(l, node_str(rule, S("value")), link_text(l, one)))
				check_list(instance, node_get(rule, S("needs")), s.name, s.node);
		}
		return;
	}
}

// The role that a value points to, read once however many builds have it; or NULL.
static struct role *role_at(struct iam *i, const struct template *t, const struct node *value)
{
	struct target to;
	if (!value || !link_target(i->l, t, value, &to))
		return NULL;
	struct role *r = i->roles;
	while (r && r->resource != to.resource)
		r = r->next;
	if (r)
		return r;
	r = make(i->l->c->arena, 1, struct role);
	*r = (struct role){.i = i, .template = to.template, .resource = to.resource,
	                   .next = i->roles};
	i->roles = r;
	read_managed(r);
	read_policies(r);
	return r;
}

// pipeline → infrastructure → instance profile → role
static struct role *instance_role(struct iam *i, const struct template *t,
                                  const struct node *pipeline, const struct node *rule)
{
	struct target infra, profile;
	const struct node *n = node_get(link_properties(i->l, pipeline),
	                                node_str(rule, S("infrastructure")));
	if (!n || !link_target(i->l, t, n, &infra))
		return NULL;
	n = node_get(link_properties(i->l, infra.resource), node_str(rule, S("profile")));
	if (!n || !link_target(i->l, infra.template, n, &profile))
		return NULL;
	n = node_get(link_properties(i->l, profile.resource), node_str(rule, S("profile-roles")));
	return n && n->kind == LIST ? role_at(i, profile.template, n->first) : NULL;
}

// The step whose output is the image: Image Builder tags the image after it.
static bool makes_image(const struct inner *workflow, const struct step *s)
{
	const struct node *list = node_get(workflow->tree, node_str(workflow->facts, S("outputs")));
	struct each e = iam_each(list);
	const struct node *n;
	size_t off;
	while ((n = each_next(&e))) {
		const struct node *name = node_get(n, S("name")), *value = node_get(n, S("value"));
		if (name && value && value->kind == TEXT && s->name.len
		    && str_find(value->text, s->name, &off)
		    && str_eq(name->text, node_str(workflow->schema, S("build-output"))))
			return true;
	}
	return false;
}

struct build { struct iam *i; struct role *execution, *instance; const struct node *rule; };

static void check_run(struct build *b, const struct step *s, const struct inner *run)
{
	const struct node *passed = node_get(node_get(s->node, S("inputs")), S("parameters"));
	const struct node *n = passed && passed->kind == MAP ? passed->first : NULL;
	check_document(b->instance, run);
	for (; n; n = n->next)
		check_passed(b->instance, run, n->key, n);
}

static void check_workflow(struct build *b, const struct inner *workflow)
{
	struct iam *i = b->i;
	struct steps all = steps_of(workflow);
	struct step s;
	while (steps_next(&all, &s)) {
		const struct inner *run = link_document_run(i->l, &s);
		check_list(b->execution, needs_of(i, S("role"), s.action), s.name, s.node);
		check_list(b->instance, needs_of(i, S("profile"), s.action), s.name, s.node);
		if (makes_image(workflow, &s))
			check_list(b->execution, needs_of(i, S("role"), S("image")), s.name, s.node);
		if (run && b->instance)
			check_run(b, &s, run);
	}
}

static void check_component(struct build *b, const struct template *t, const struct node *use)
{
	struct linkage *l = b->i->l;
	struct target to;
	const struct node *arn = node_get(use, node_str(b->rule, S("component"))), *n;
	const struct inner *d = arn && link_target(l, t, arn, &to)
	                         ? link_document_of(l, to.resource) : NULL;
	struct each e = iam_each(node_get(use, node_str(b->rule, S("parameters"))));
	if (!d || !b->instance)
		return;
	check_document(b->instance, d);
	while ((n = each_next(&e))) {
		const struct node *name = node_get(n, node_str(b->rule, S("name")));
		if (name)
			check_passed(b->instance, d, name->text, node_get(n, node_str(b->rule, S("value"))));
	}
}

static bool has_key(const struct node *n, struct str key)
{
	const struct node *child = n->kind == TEXT ? NULL : n->first;
	for (; child; child = child->next)
		if (str_eq(child->key, key) || has_key(child, key))
			return true;
	return false;
}

// What settings beside the documents ask for: a topic to notify, logs, accounts to share with.
static void check_settings(struct build *b, const struct template *t, const struct node *pipeline)
{
	struct iam *i = b->i;
	const struct node *list = node_get(node_get(i->facts, S("needs")), S("settings"));
	for (const struct node *rule = node_first(list); rule; rule = rule->next) {
		const struct node *way = node_get(link_properties(i->l, pipeline),
		                                  node_str(rule, S("through")));
		struct target to;
		if (!way || !link_target(i->l, t, way, &to) || !link_properties(i->l, to.resource)
		    || !has_key(link_properties(i->l, to.resource), node_str(rule, S("has"))))
			continue;
		bool profile = str_eq(node_str(rule, S("who")), S("profile"));
		check_list(profile ? b->instance : b->execution, node_get(rule, S("needs")),
		           node_str(rule, S("step")), to.resource);
	}
}

static void check_build(struct iam *i, const struct template *t, const struct node *pipeline,
                        const struct node *rule)
{
	const struct node *properties = link_properties(i->l, pipeline), *n;
	const struct node *recipe = node_get(properties, node_str(rule, S("recipe")));
	struct build b = {i, role_at(i, t, node_get(properties, node_str(rule, S("role")))),
	                  instance_role(i, t, pipeline, rule), rule};
	struct target to;
	struct each e = iam_each(node_get(properties, node_str(rule, S("workflows"))));
	while ((n = each_next(&e))) {
		const struct node *arn = node_get(n, node_str(rule, S("workflow")));
		const struct inner *d = arn && link_target(i->l, t, arn, &to)
		                         ? link_document_of(i->l, to.resource) : NULL;
		if (d)
			check_workflow(&b, d);
	}
	check_settings(&b, t, pipeline);
	if (!recipe || !link_target(i->l, t, recipe, &to))
		return;
	e = iam_each(node_get(link_properties(i->l, to.resource), node_str(rule, S("components"))));
	while ((n = each_next(&e)))
		check_component(&b, to.template, n);
}

void iam_needs(struct iam *i)
{
	const struct node *kinds = node_get(i->l->w->root, S("builds"));
	for (size_t k = 0; k < i->l->template_count; k++) {
		const struct template *t = &i->l->templates[k];
		for (const struct node *r = t->resource_list; r; r = r->next)
			for (const struct node *one = node_first(kinds); one; one = one->next)
				if (str_eq(link_resource_type(i->l, r), node_str(one, S("type"))))
					check_build(i, t, r, one);
	}
}
