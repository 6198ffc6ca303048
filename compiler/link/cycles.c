// cycles: resources that refer to each other in a ring, which CloudFormation cannot create.
#include "link/internal.h"

enum colour { WHITE, GREY, BLACK };
struct edge { size_t to; const struct node *at; };
struct vertex {
	const struct node *resource;
	struct edge *edges;
	size_t edge_count, edge_cap;
	size_t next;                         // which edge the search follows next
	enum colour colour;
};
struct graph {
	struct linkage *l;
	const struct template *t;
	struct vertex *list;
	size_t count;
};

static bool vertex_of(const struct graph *g, struct str name, size_t *out)
{
	const struct node *r = names_find(&g->t->resources, name);
	for (size_t i = 0; r && i < g->count; i++) {
		if (g->list[i].resource == r) {
			*out = i;
			return true;
		}
	}
	return false;
}

static void add_edge(struct graph *g, size_t from, struct str name, const struct node *at)
{
	struct vertex *v = &g->list[from];
	struct str head;
	size_t to;
	(void)str_cut(name, '.', &head);
	if (!vertex_of(g, head, &to) || v->edge_count == v->edge_cap)
		return;
	v->edges[v->edge_count++] = (struct edge){to, at};
}

static void scan_sub(struct graph *g, size_t from, const struct node *arg)
{
	const struct node *text = arg->kind == LIST ? arg->first : arg;
	struct sub_scan scan = {text && text->kind == TEXT ? text->text : S("")};
	struct str name;
	while (sub_next(&scan, &name))
		add_edge(g, from, name, text);
}

static void scan(struct graph *g, size_t from, const struct node *n)
{
	const struct words *w = g->l->w;
	if (words_is_call(n, w->ref) && n->first->kind == TEXT)
		add_edge(g, from, n->first->text, n);
	else if (words_is_call(n, w->get_att) && n->first->kind == LIST && n->first->first)
		add_edge(g, from, n->first->first->text, n);
	else if (words_is_call(n, w->sub))
		scan_sub(g, from, n->first);
	for (const struct node *child = n->kind == TEXT ? NULL : n->first; child; child = child->next)
		scan(g, from, child);
}

static void scan_depends(struct graph *g, size_t from, const struct node *n)
{
	const struct node *one = n && n->kind == LIST ? n->first : n;
	for (; one; one = n->kind == LIST ? one->next : NULL)
		if (one->kind == TEXT)
			add_edge(g, from, one->text, one);
}

static void build(struct graph *g, size_t edges_max)
{
	size_t i = 0;
	for (const struct node *r = g->t->resource_list; r && i < g->count; r = r->next)
		g->list[i++].resource = r;
	for (i = 0; i < g->count; i++) {
		struct vertex *v = &g->list[i];
		v->edge_cap = edges_max;
		v->edges = make(g->l->c->arena, edges_max, struct edge);
		if (link_properties(g->l, v->resource))
			scan(g, i, link_properties(g->l, v->resource));
		scan_depends(g, i, node_get(v->resource, g->l->w->depends_on));
	}
}

static void report(struct graph *g, const struct vertex *from, const struct edge *e)
{
	const struct node *to = g->list[e->to].resource;
	link_report(g->l, e->at, (struct finding){RESOURCE_CYCLE, .arg = {from->resource->key, to->key},
		.also = to->key_at, .also_label = S("waits for the first one")});
}

// Depth first with a stack of our own: a ring is an edge back to a vertex that is still open.
static void search(struct graph *g, size_t root, size_t *stack)
{
	size_t depth = 0;
	stack[depth++] = root;
	g->list[root].colour = GREY;
	while (depth) {
		struct vertex *v = &g->list[stack[depth - 1]];
		if (v->next == v->edge_count) {
			v->colour = BLACK;
			depth--;
			continue;
		}
		const struct edge *e = &v->edges[v->next++];
		struct vertex *to = &g->list[e->to];
		if (to->colour == GREY)
			report(g, v, e);
		else if (to->colour == WHITE) {
			to->colour = GREY;
			stack[depth++] = e->to;
		}
	}
}

void link_cycles(struct linkage *l)
{
	enum { RESOURCES_MAX = 500, EDGES_MAX = 256 };   // beyond 500 the template is refused anyway
	for (size_t i = 0; i < l->template_count; i++) {
		struct arena before = *l->c->arena;
		struct graph g = {.l = l, .t = &l->templates[i]};
		const struct node *r = g.t->resource_list;
		for (; r && g.count < RESOURCES_MAX; r = r->next)
			g.count++;
		g.list = make(l->c->arena, g.count + 1, struct vertex);
		size_t *stack = make(l->c->arena, g.count + 1, size_t);
		build(&g, EDGES_MAX);
		for (size_t v = 0; v < g.count; v++)
			if (g.list[v].colour == WHITE)
				search(&g, v, stack);
		*l->c->arena = before;
	}
}
