// amic graph: the resources of a spec and what they refer to, as mermaid or as dot; or the steps of
// a build, who runs which.
#include "command/internal.h"
#include "link/link.h"

struct graph {
	struct run *r;
	const struct words *w;
	const struct node *resources;
	bool dot;
	size_t number, first;         // of a template; of the first one of this spec
	struct str folder;            // of its outputs, when there are several specs
	struct str seen[64];          // what this resource has an edge to already
	size_t seen_count;
};

static const struct option options[] = {
	{0, STR("dot"), STR(""), STR("for Graphviz (mermaid)"), false},
	{0, STR("steps"), STR(""), STR("the steps of a build, as a mermaid sequence"), false},
};

// Two templates may have resources of the same name.
static void put_id(struct graph *g, struct str name)
{
	put(g->r->out, S("t"));
	buf_number(g->r->out, g->number);
	put(g->r->out, S("_"), name);
}

static void put_edge(struct graph *g, struct str from, struct str to)
{
	if (!node_get(g->resources, to) || str_eq(from, to))
		return;
	for (size_t i = 0; i < g->seen_count; i++)
		if (str_eq(g->seen[i], to))
			return;
	if (g->seen_count < countof(g->seen))
		g->seen[g->seen_count++] = to;
	put(g->r->out, g->dot ? S("    ") : S("        "));
	put_id(g, from);
	put(g->r->out, g->dot ? S(" -> ") : S(" --> "));
	put_id(g, to);
	put(g->r->out, S("\n"));
}

// ${Name} and ${Name.Attribute} of an Fn::Sub.
static void edges_of_text(struct graph *g, struct str from, struct str s)
{
	size_t off, end;
	while (str_find(s, S("${"), &off)) {
		s = (struct str){s.at + off + 2, s.len - off - 2};
		struct str name;
		if (!str_find(s, S("}"), &end))
			return;
		(void)str_cut((struct str){s.at, end}, '.', &name);
		put_edge(g, from, name);
	}
}

static void edges_of(struct graph *g, struct str from, const struct node *n)
{
	const struct node *arg = n->first;
	if (words_is_call(n, g->w->ref))
		put_edge(g, from, arg->text);
	else if (words_is_call(n, g->w->get_att) && arg->first)
		put_edge(g, from, arg->first->text);
	else if (words_is_call(n, g->w->sub))
		edges_of_text(g, from, arg->kind == LIST && arg->first ? arg->first->text : arg->text);
	for (const struct node *child = arg; child; child = child->next)
		edges_of(g, from, child);
}

static void put_template(struct graph *g, const struct artifact *a, size_t number)
{
	struct buf *out = g->r->out;
	g->number = number;
	g->resources = node_get(a->tree, g->w->resources);
	put(out, g->dot ? S("  subgraph cluster_") : S("    subgraph s"));
	buf_number(out, number);
	struct str name = g->folder.len ? path_join(g->r->arena, g->folder, a->name) : a->name;
	put(out, g->dot ? S(" {\n    label=\"") : S("[\""), name, g->dot ? S("\";\n") : S("\"]\n"));
	for (const struct node *n = g->resources ? g->resources->first : NULL; n; n = n->next) {
		put(out, g->dot ? S("    ") : S("        "));
		put_id(g, n->key);
		put(out, g->dot ? S(" [label=\"") : S("[\""), n->key, S("\"]\n"));
	}
	for (const struct node *n = g->resources ? g->resources->first : NULL; n; n = n->next) {
		g->seen_count = 0;
		edges_of(g, n->key, n);
	}
	put(out, g->dot ? S("  }\n") : S("    end\n"));
}

// ---- between stacks: what a template imports of another one

static void put_import(struct graph *g, struct linkage *l, size_t from, struct str resource,
                       const struct node *n)
{
	struct target found;
	bool reads = words_is_call(n, g->w->import) || words_is_call(n, g->w->stack_output);
	if (reads && link_target(l, &l->templates[from], n, &found)) {
		put(g->r->out, g->dot ? S("  ") : S("    "));
		g->number = g->first + from;
		put_id(g, resource);
		put(g->r->out, g->dot ? S(" -> ") : S(" --> "));
		g->number = g->first + (size_t)(found.template - l->templates);
		put_id(g, found.resource->key);
		put(g->r->out, S("\n"));
	}
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		put_import(g, l, from, resource, child);
}

static void put_imports(struct graph *g, struct linkage *l)
{
	for (size_t i = 0; i < l->template_count; i++)
		for (const struct node *n = l->templates[i].resource_list; n; n = n->next)
			put_import(g, l, i, n->key, n);
}

static void put_graph(struct graph *g, const struct artifacts *all, struct linkage *l)
{
	size_t number = g->first;
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].is_template)
			put_template(g, &all->list[i], number++);
	put_imports(g, l);
	g->first = number;
}

// ---- the steps of a build

static void put_step(struct run *r, struct str from, struct str to, struct str name)
{
	put(r->out, S("    "), from, S("->>"), to, S(": "), name, S("\n"));
}

static void put_steps_inside(struct run *r, const struct inner *d)
{
	struct steps all = steps_of(d);
	struct step s;
	while (steps_next(&all, &s))
		put_step(r, d->resource->key, d->resource->key, s.name);
}

static bool is_document(const struct inner *d, struct str what)
{
	return str_eq(node_str(d->facts, S("what")), what);
}

// Does a step of this action run the components of the recipe? schemas/ says so.
static bool runs_components(const struct step *s)
{
	const struct node *actions = node_get(s->in->schema, S("actions"));
	return node_str(node_get(actions, s->action), S("holds")).len > 0;
}

static void put_workflow(struct run *r, struct linkage *l, const struct inner *workflow)
{
	struct str name = workflow->resource->key;
	struct steps all = steps_of(workflow);
	struct step s;
	while (steps_next(&all, &s)) {
		const struct inner *run = link_document_run(l, &s);
		bool components = runs_components(&s);
		if (run) {
			put_step(r, name, run->resource->key, s.name);
			put_steps_inside(r, run);
		}
		for (size_t i = 0; components && i < l->document_count; i++)
			if (is_document(&l->documents[i], S("component"))) {
				put_step(r, name, l->documents[i].resource->key, s.name);
				put_steps_inside(r, &l->documents[i]);
			}
		if (!run && !components)
			put_step(r, name, name, s.name);
	}
}

static void put_sequence(struct run *r, struct linkage *l)
{
	put(r->out, S("sequenceDiagram\n"));
	for (size_t i = 0; i < l->document_count; i++)
		if (is_document(&l->documents[i], S("workflow")))
			put_workflow(r, l, &l->documents[i]);
}

// What link says of the templates, compile has said already.
static bool draw(struct graph *g, const struct products *p)
{
	struct run *r = g->r;
	struct diag quiet = diag_quiet(r->diag->arena);
	struct context c = p->context;
	struct linkage l;
	quiet.sources = r->diag->sources;
	c.diag = &quiet;
	if (!link_open(&c, &p->list[0].artifacts, &l))
		return false;
	g->w = l.w;
	if (args_has(r->args, S("steps")))
		put_sequence(r, &l);
	else
		put_graph(g, &p->list[0].artifacts, &l);
	return true;
}

static bool draw_all(struct graph *g, struct products *p, const struct jobs *all)
{
	const struct arena before = *g->r->arena;
	bool steps = args_has(g->r->args, S("steps")), done = all->count > 0;
	if (!steps)
		put(g->r->out, g->dot ? S("digraph amic {\n") : S("graph TD\n"));
	for (size_t i = 0; i < all->count; i++) {
		const struct job *j = &all->list[i];
		if (j->of && j->of->abstract)
			continue;
		p->count = 0;
		g->folder = all->count > 1 ? j->folder : S("");
		done = products_add_to(p, j->path, S("")) && draw(g, p) && done;
		compile_next(&p->context, before);
	}
	put(g->r->out, g->dot && !steps ? S("}\n") : S(""));
	return done;
}

static int run_graph(struct run *r)
{
	struct products p;
	struct jobs all;
	struct graph g = {.r = r, .dot = args_has(r->args, S("dot"))};
	size_t empty = r->out->len;
	products_open(r, 1, &p);
	bool done = jobs_find(r, &p.context, S("graph"), &all);
	if (done && all.count > 1 && args_has(r->args, S("steps")))
		done = diag_report(r->diag, (struct finding){OPERAND_EXTRA, .arg = {S("graph --steps"),
			all.list[1].path, S("one spec at a time")}});
	done = done && draw_all(&g, &p, &all);
	if (!done)
		r->out->len = empty;          // half a drawing is none
	return done ? STATUS_DONE : STATUS_FINDINGS;
}

const struct command command_graph = {
	STR("graph"), STR("[SPEC...]"), STR("draw the resources of a spec"),
	options, countof(options), run_graph, false, NULL, 0,
};
