// model: the templates of one run side by side, with their sections by name, and what schemas/ says
// about them; how the checks report.
#include "link/internal.h"

struct str link_resource_type(const struct linkage *l, const struct node *resource)
{
	const struct node *n = node_get(resource, l->w->type);
	return n && n->kind == TEXT ? n->text : (struct str){0};
}

const struct node *link_properties(const struct linkage *l, const struct node *resource)
{
	return node_get(resource, l->w->properties);
}

void link_report_at(struct linkage *l, struct span at, struct finding f)
{
	f.at = at;
	for (size_t i = 0; i < RULE_ARGS; i++)
		f.arg[i] = str_copy(l->c->diag->arena, f.arg[i]);
	diag_report(l->c->diag, f);
}

void link_report(struct linkage *l, const struct node *n, struct finding f)
{
	link_report_at(l, n->cause.file ? n->cause : n->at, f);
}

bool link_matches(const struct linkage *l, struct str pattern, struct str text)
{
	return pattern_matches(l->c->library->patterns, pattern, text);
}

bool link_found(const struct linkage *l, struct str pattern, struct str text)
{
	return pattern_found(l->c->library->patterns, pattern, text);
}

static const struct node *section(const struct node *tree, struct str name, struct names *names,
                                  struct arena *a)
{
	const struct node *map = node_get(tree, name);
	*names = names_of(a, map);
	return map && map->kind == MAP ? map->first : NULL;
}

static struct template template_of(const struct linkage *l, const struct artifact *from)
{
	struct arena *a = l->c->arena;
	struct template t = {.path = from->name, .tree = from->tree};
	t.parameter_list = section(t.tree, l->w->parameters, &t.parameters, a);
	t.condition_list = section(t.tree, l->w->conditions, &t.conditions, a);
	t.resource_list = section(t.tree, l->w->resources, &t.resources, a);
	t.output_list = section(t.tree, l->w->outputs, &t.outputs, a);
	(void)section(t.tree, l->w->mappings, &t.mappings, a);
	t.transforms = node_get(t.tree, l->w->transform) != NULL;
	return t;
}

static void load_rules(struct linkage *l)
{
	const struct node *list = node_get(l->w->root, S("functions"));
	l->rule_count = node_count(list);
	l->rules = make(l->c->arena, l->rule_count + 1, struct call_rule);
	struct call_rule *rule = l->rules;
	for (const struct node *f = node_first(list); f; f = f->next)
		*rule++ = (struct call_rule){node_str(f, S("name")), f,
			node_true(f, S("only-in-conditions")), node_true(f, S("only-in-rules"))};
}

static void load_templates(struct linkage *l, const struct artifacts *all)
{
	l->templates = make(l->c->arena, all->count + 1, struct template);
	for (size_t i = 0; i < all->count; i++) {
		const struct artifact *one = &all->list[i];
		if (!one->is_template)
			continue;
		l->own |= one->scope.len > 0;
		if (one->tree->kind == MAP && node_get(one->tree, l->w->resources))
			l->templates[l->template_count++] = template_of(l, one);
		else
			link_report(l, one->tree, (struct finding){NO_TEMPLATE,
				.arg = {one->name, l->w->resources}});
	}
}

bool linkage_load(struct context *c, const struct artifacts *all, struct linkage *out)
{
	struct linkage l = {.c = c, .w = words_of(c)};
	if (!l.w)
		return false;
	load_rules(&l);
	load_templates(&l, all);
	*out = l;
	return true;
}
