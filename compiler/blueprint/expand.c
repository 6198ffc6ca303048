// expand: the blueprint, filled from each scope of a spec: base, pipelines, documents alone.
// What is written from what stands in stdlib/N/manifest.yaml.
#include "blueprint/internal.h"

struct job {
	struct context *c;
	const struct spec *spec;
	const struct functions *functions;
	const struct words *w;
	struct str folder;
	struct contents *contents;
	struct artifacts *out;
};

static struct str member(const struct node *entry, struct str key)
{
	const struct node *n = node_get(entry, key);
	return n ? n->text : (struct str){0};
}

static struct expander expander_for(struct job *j, const struct node *entry,
                                    const struct scope *scope)
{
	bool alone = !str_eq(member(entry, S("template")), S("true"));
	return (struct expander){
		.c = j->c, .functions = j->functions, .w = j->w, .spec = j->spec, .scope = scope,
		.refs = node_get(entry, S("refs")), .alone = alone, .folder = j->folder,
		.used = make(j->c->arena, scope->count, bool),
		.asked = make(j->c->arena, scope->count, bool), .contents = j->contents,
	};
}

// "pipeline%-template.yaml": % is -KEY, or nothing for the base and the pipeline main.
static struct str file_name(struct job *j, struct str pattern, struct str key)
{
	struct str head, tail = str_cut(pattern, '%', &head);
	bool main = key.len == 0 || str_eq(key, S("main"));
	return cat(j->c->arena, head, main ? S("") : S("-"), main ? S("") : key, tail);
}

static bool is_wanted(struct expander *x, const struct node *entry, bool *out)
{
	const struct node *when = node_get(entry, S("when"));
	const struct value *v = when ? hole_value(x, when, when->text) : NULL;
	*out = !when || (v && v->binding != ABSENT);
	return !when || v;
}

static bool expand_artifact(struct job *j, const struct node *entry, const struct scope *scope)
{
	struct expander x = expander_for(j, entry, scope);
	struct node *tree, *made;
	bool wanted;
	if (!is_wanted(&x, entry, &wanted) || !blueprint_tree(&x, member(entry, S("from")), &tree))
		return false;
	if (!wanted)
		return true;
	made = expand_node(&x, tree);
	if (!made)
		return x.failed ? false : hole_wrong(&x, entry, S("makes nothing"));
	if (x.alone)
		resolve_refs(&x, made);
	else
		fill_sections(&x, made);
	fill_digests(&x);
	j->out->list[j->out->count++] = (struct artifact){
		.name = file_name(j, member(entry, S("file")), scope->pipeline),
		.scope = scope->pipeline.len ? scope->pipeline : S("base"),
		.is_template = !x.alone, .tree = made,
	};
	return !x.failed;
}

static bool expand_entry(struct job *j, const struct node *entry)
{
	bool done = true;
	if (str_eq(member(entry, S("scope")), S("base")))
		return expand_artifact(j, entry, &j->spec->base);
	for (size_t i = 0; i < j->spec->pipeline_count; i++)
		done &= expand_artifact(j, entry, &j->spec->pipelines[i]);
	return done;
}

static bool expand_all(struct job *j)
{
	struct expander x = {.c = j->c, .folder = j->folder};
	struct node *manifest;
	if (!blueprint_tree(&x, S("manifest.yaml"), &manifest))
		return false;
	const struct node *outputs = node_get(manifest, S("outputs"));
	size_t most = outputs ? outputs->count * (1 + j->spec->pipeline_count) : 0;
	bool done = most || hole_wrong(&x, manifest, S("has no outputs"));
	j->out->list = make(j->c->arena, most, struct artifact);
	for (const struct node *e = outputs ? outputs->first : NULL; e; e = e->next)
		done &= expand_entry(j, e);
	return done;
}

bool expand_spec(struct context *c, const struct spec *s, struct artifacts *out)
{
	struct artifacts all = {0};
	struct job j = {.c = c, .spec = s, .functions = functions_of(c), .w = words_of(c), .out = &all,
		.folder = cat(c->arena, S("stdlib/"), str_number(c->arena, s->blueprint), S("/")),
		.contents = make(c->arena, 1, struct contents)};
	if (!j.functions || !j.w)
		return false;
	bool done = expand_all(&j);
	if (done)
		*out = all;
	return done;
}
