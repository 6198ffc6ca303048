// documents: the component, workflow and SSM documents inside templates. Which property of which
// type holds one, and what it may say, is data: "document" in schemas/types/, and the schema
// that it names.
#include "link/internal.h"

// Functions inside the text become <Name>; what the reader then sees is what the service will.
static struct str embedded_text(struct linkage *l, const struct node *value)
{
	if (value->kind == TEXT)
		return value->text;
	if (words_is_call(value, l->w->sub) || words_is_call(value, l->w->join))
		return str_copy(l->c->diag->arena, link_text(l, value));    // findings show it
	return (struct str){0};
}

// A text that was read before in this run, and whether there was nothing to say about it.
struct known_document { const struct node *tree; bool right; };

// Findings inside an embedded document name it as FILE#RESOURCE.PROPERTY.
static bool read_embedded(struct linkage *l, struct inner *d)
{
	struct diag *diag = l->c->diag;
	struct str path = cat(diag->arena, d->template->path, S("#"), d->resource->key, S("."),
	                      d->where->key);
	struct str what = node_str(d->facts, S("what"));          // the schema that judges it
	struct str key = sha256(l->c->arena, cat(l->c->arena, what, S("\n"), path, S("\n"), d->text));
	struct known_document *known = memo_find(memo_of(l->c), key);
	struct node *tree;
	if (!known) {
		struct context lasting = *l->c;          // of link's own memory nothing is left
		lasting.arena = memo_of(l->c)->arena;
		u32 file = sources_add(&diag->sources, path, str_copy(lasting.arena, d->text));
		diag->sources.list[file - 1].borrowed = true;
		if (!template_read(&lasting, file, &tree))
			return false;
		known = make(lasting.arena, 1, struct known_document);
		known->tree = tree;
		memo_keep(memo_of(l->c), key, known);
	}
	d->known = known;
	d->tree = known->tree;
	return true;
}

static void keep(struct linkage *l, struct inner d)
{
	l->documents = grown(l->c->arena, l->documents, l->document_count, &l->document_cap,
	                     struct inner);
	l->documents[l->document_count++] = d;
}

static bool is_wanted(const struct node *properties, const struct node *facts)
{
	const struct node *when = node_get(facts, S("only-when"));
	const struct node *n = when ? node_get(properties, node_str(when, S("key"))) : NULL;
	return !when || (n && n->kind == TEXT && str_eq(n->text, node_str(when, S("is"))));
}

static struct str nth_text(const struct node *list, size_t place)
{
	const struct node *n = node_at(list, place);
	return n ? n->text : (struct str){0};
}

struct steps steps_of(const struct inner *d)
{
	const struct node *way = node_get(d->facts, S("steps"));
	struct str first = nth_text(way, 0);
	const struct node *list = node_get(d->tree, first);
	const struct node *head = list && list->kind == LIST ? list->first : NULL;
	if (node_count(way) == 1)
		return (struct steps){d, NULL, head};
	const struct node *steps = node_get(head, nth_text(way, 1));
	return (struct steps){d, head, steps && steps->kind == LIST ? steps->first : NULL};
}

static void check_size(struct linkage *l, const struct inner *d)
{
	const struct node *chars = node_get(d->facts, S("max-characters"));
	size_t max = (size_t)node_number(d->facts, chars ? S("max-characters") : S("max-bytes"), 0);
	size_t len = chars ? utf8_count(d->text) : d->text.len;
	struct arena *a = l->c->diag->arena;
	if (len > max)
		link_report(l, d->where, (struct finding){DOCUMENT_TOO_LARGE, .arg = {d->resource->key,
			str_number(a, len), chars ? S("characters") : S("bytes"), str_number(a, max),
			node_str(d->facts, S("what")), link_largest(a, steps_of(d).step)}});
}

static void find_document(struct linkage *l, const struct template *t, const struct node *r)
{
	const struct node *at = node_get(facts_type(l->c, link_resource_type(l, r)), S("document"));
	const struct node *properties = link_properties(l, r);
	const struct node *where = at ? node_get(properties, node_str(at, S("property"))) : NULL;
	if (!where)
		return;
	struct str name = cat(l->c->arena, S("schemas/"), node_str(at, S("schema")), S(".schema.json"));
	struct inner d = {.template = t, .resource = r, .where = where,
	                     .schema = facts_of(l->c, name)};
	d.facts = node_get(d.schema, S("facts"));
	if (!d.facts || !is_wanted(properties, d.facts))
		return;
	d.text = embedded_text(l, where);
	bool is_map = !d.text.len && where->kind == MAP && !link_function(l, where);
	if (!is_map && !d.text.len)
		return;
	d.tree = where;
	if (!is_map && !read_embedded(l, &d))
		return;
	check_size(l, &d);
	keep(l, d);
}

static struct str text_of(const struct node *map, struct str key)
{
	const struct node *n = node_get(map, key);
	return n && n->kind == TEXT ? n->text : (struct str){0};
}

bool steps_next(struct steps *s, struct step *out)
{
	const struct node *way = node_get(s->d->facts, S("steps"));
	struct str inner = nth_text(way, 1);
	while (!s->step && s->phase) {
		s->phase = s->phase->next;
		const struct node *list = node_get(s->phase, inner);
		s->step = list && list->kind == LIST ? list->first : NULL;
	}
	if (!s->step)
		return false;
	*out = (struct step){s->d, s->step, s->phase, text_of(s->step, S("name")),
	                     text_of(s->step, S("action"))};
	s->step = s->step->next;
	return true;
}

struct str link_script(struct arena *a, const struct step *s)
{
	const struct node *shells = node_get(s->in->facts, S("shell"));
	struct str key = node_str(shells, s->action);
	const struct node *lines = key.len ? node_get(node_get(s->node, S("inputs")), key) : NULL;
	struct buf b = buf_new(a, 1 << 20);
	if (lines && lines->kind == TEXT)
		return lines->text;
	if (lines && lines->kind == LIST && lines->count == 1 && lines->first->kind == TEXT)
		return lines->first->text;
	const struct node *line = lines && lines->kind == LIST ? lines->first : NULL;
	for (; line; line = line->next)
		put(&b, line->text, S("\n"));
	return buf_str(&b);
}

const struct inner *link_document_of(const struct linkage *l, const struct node *resource)
{
	for (size_t i = 0; i < l->document_count; i++)
		if (l->documents[i].resource == resource)
			return &l->documents[i];
	return NULL;
}

static void check_actions(struct linkage *l, const struct inner *d)
{
	const struct node *actions = node_get(d->schema, S("actions"));
	struct steps all = steps_of(d);
	struct step s;
	while (steps_next(&all, &s)) {
		const struct node *rule = node_get(actions, s.action);
		const struct node *inputs = node_get(s.node, S("inputs"));
		const struct node *action = node_get(s.node, S("action"));
		if (!rule && s.action.len)
			link_report(l, action, (struct finding){ACTION_UNKNOWN, .arg = {s.action, s.name,
				node_str(d->facts, S("what"))}});
		else if (rule && inputs)
			link_schema_check(l, d->schema, node_get(rule, S("inputs")), inputs, true);
	}
}

// Names of steps are unique in their phase, which is the whole document where there is none.
static void check_step_names(struct linkage *l, const struct inner *d)
{
	struct steps all = steps_of(d);
	struct step s;
	while (steps_next(&all, &s)) {
		struct steps rest = all;
		struct step other;
		while (s.name.len && steps_next(&rest, &other) && other.phase == s.phase)
			if (str_eq(s.name, other.name))
				link_report(l, other.node, (struct finding){STEP_TWICE, .arg = {s.name},
					.also = s.node->at, .also_label = S("first here")});
	}
}

// A workflow that builds must say which image it made.
static void check_outputs(struct linkage *l, const struct inner *d)
{
	struct str needed = node_str(d->schema, S("build-output")), built = node_str(d->schema,
	                                                                             S("builds"));
	const struct node *type = node_get(link_properties(l, d->resource), l->w->type);
	const struct node *list = node_get(d->tree, node_str(d->facts, S("outputs")));
	const struct node *n = list && list->kind == LIST ? list->first : NULL;
	if (!needed.len || !type || !str_eq(type->text, built))
		return;
	for (; n; n = n->next)
		if (str_eq(text_of(n, S("name")), needed))
			return;
	link_report(l, list ? list : d->tree, (struct finding){BUILD_OUTPUT,
		.arg = {d->resource->key, needed}});
}

static void check_tree(struct linkage *l, const struct inner *d)
{
	size_t before = diag_count(l->c->diag);
	link_schema_check(l, d->schema, d->schema, d->tree, true);
	check_actions(l, d);
	check_step_names(l, d);
	link_patterns(l, d);
	if (d->known)
		d->known->right = diag_count(l->c->diag) == before;
}

void link_documents(struct linkage *l)
{
	for (size_t i = 0; i < l->template_count; i++) {
		const struct node *r = l->templates[i].resource_list;
		for (; r; r = r->next)
			find_document(l, &l->templates[i], r);
	}
	for (size_t i = 0; i < l->document_count; i++) {
		const struct inner *d = &l->documents[i];
		if (!d->known || !d->known->right)
			check_tree(l, d);
		check_outputs(l, d);
	}
}
