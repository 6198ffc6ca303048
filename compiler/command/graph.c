// amic graph: the resources of a spec and what they refer to, as mermaid or as dot.
#include "command/outputs.h"

struct graph {
	struct run *r;
	const struct words *w;
	const struct node *resources;
	bool dot;
	size_t number;
	struct str seen[64];          // what this resource has an edge to already
	size_t seen_count;
};

static const struct option options[] = {
	{0, STR("dot"), STR(""), STR("for Graphviz (mermaid)"), false},
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
	put(out, g->dot ? S(" {\n    label=\"") : S("[\""), a->name, g->dot ? S("\";\n") : S("\"]\n"));
	for (const struct node *n = g->resources ? g->resources->first : NULL; n; n = n->next) {
		put(out, g->dot ? S("    ") : S("        "));
		put_id(g, n->key);
		put(out, g->dot ? S(" [label=\"") : S("["), n->key, g->dot ? S("\"]\n") : S("]\n"));
	}
	for (const struct node *n = g->resources ? g->resources->first : NULL; n; n = n->next) {
		g->seen_count = 0;
		edges_of(g, n->key, n);
	}
	put(out, g->dot ? S("  }\n") : S("    end\n"));
}

static void put_graph(struct graph *g, const struct products *p)
{
	put(g->r->out, g->dot ? S("digraph amic {\n") : S("graph TD\n"));
	for (size_t i = 0, number = 0; i < p->count; i++)
		for (size_t j = 0; j < p->list[i].artifacts.count; j++)
			if (p->list[i].artifacts.list[j].is_template)
				put_template(g, &p->list[i].artifacts.list[j], number++);
	put(g->r->out, g->dot ? S("}\n") : S(""));
}

static int run_graph(struct run *r)
{
	struct products p;
	struct words w;
	if (r->args->rest_count != 1) {
		diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {S("graph"), S("a spec")}});
		return STATUS_UNKNOWN;
	}
	products_compile(r, r->args->rest, 1, S(""), &p);
	bool done = p.ok && words_load(&p.context, &w);
	if (done) {
		struct graph g = {.r = r, .w = &w, .dot = args_has(r->args, S("dot"))};
		put_graph(&g, &p);
		words_free(&w);
	}
	products_end(&p);
	return done ? STATUS_DONE : STATUS_FINDINGS;
}

const struct command command_graph = {
	STR("graph"), STR("SPEC"), STR("draw the resources of a spec"),
	options, countof(options), run_graph,
};
