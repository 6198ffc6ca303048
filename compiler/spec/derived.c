// derived: what templates need to know that no single setting says. Paths and meanings are those
// of stdlib/README.md.
#include "spec/internal.h"
#include <stdlib.h>

static struct node *text_node(struct binder *b, struct str text, const struct node *cause)
{
	struct span nowhere = {0};
	return node_text(b->c->arena, text, false, cause ? cause->at : nowhere);
}

static struct node *new_list(struct binder *b)
{
	struct span nowhere = {0};
	return node_new(b->c->arena, LIST, nowhere);
}

static void add_member(struct node *map, const char *key, struct node *value)
{
	value->key = str_from(key);
	node_append(map, value);
}

// ---- lists that are sorted and without twins

struct item { struct str order; struct node *node; };

static int by_order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = str_cmp(x->order, y->order);
	u64 m = x->node->at.off, n = y->node->at.off;
	return order ? order : (m > n) - (m < n);
}

static struct node *sorted(struct binder *b, const struct node *list)
{
	struct item *items = make(b->c->arena, list->count, struct item);
	struct node *out = new_list(b);
	size_t count = 0;
	for (const struct node *n = list->first; n; n = n->next)
		items[count++] = (struct item){node_canonical(b->c->arena, n), (struct node *)n};
	if (count)
		qsort(items, count, sizeof *items, by_order);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || !str_eq(items[i].order, items[i - 1].order))
			node_append(out, items[i].node);
	out->at = out->first ? out->first->at : out->at;
	return out->count ? out : NULL;
}

static const struct node *in_pipeline(const struct binder *b, struct str pipeline, struct str path)
{
	return setting_at(b->c, b->spec, pipeline, path);
}

static void for_pipelines(struct binder *b, void (*add)(struct binder *, struct node *, struct str),
                          struct str path)
{
	struct str *pipelines;
	size_t count = spec_pipelines(b->c, b->spec, &pipelines);
	struct node *list = new_list(b);
	for (size_t i = 0; i < count; i++)
		add(b, list, pipelines[i]);
	scope_derive(b, path, sorted(b, list));
}

// ---- s3://bucket/prefix

static struct node *s3_node(struct binder *b, const struct node *from)
{
	struct str rest, bucket, prefix;
	if (!from || from->kind != TEXT || !str_starts(from->text, S("s3://"))
	    || !str_sub(from->text, 5, from->text.len - 5, &rest))
		return NULL;
	prefix = str_cut(rest, '/', &bucket);
	struct node *n = node_new(b->c->arena, MAP, from->at);
	add_member(n, "bucket", text_node(b, bucket, from));
	add_member(n, "prefix", text_node(b, prefix, from));
	return n;
}

static const struct node *recipe_from(const struct binder *b, struct str pipeline)
{
	const struct node *recipe = in_pipeline(b, pipeline, S("recipe"));
	const struct node *from = recipe && recipe->kind == MAP ? node_get(recipe, S("from")) : recipe;
	return from && str_eq(from->text, S("sample")) ? NULL : from;
}

bool recipe_is_archive(const struct language *l, struct str from)
{
	const struct node *amic = node_get(l->root, S("x-amic"));
	const struct node *suffix = node_first(node_get(amic, S("recipe-archives")));
	for (; suffix; suffix = suffix->next)
		if (str_ends(from, suffix->text))
			return true;
	return false;
}

// What may be read of the bucket: the object, or all below the prefix.
static void add_recipe(struct binder *b, struct node *list, struct str pipeline)
{
	const struct node *from = recipe_from(b, pipeline);
	struct node *n = s3_node(b, from);
	if (!n)
		return;
	struct str below = recipe_is_archive(b->spec->language, from->text) ? S("") : S("/*");
	struct str objects = cat(b->c->arena, node_get(n, S("prefix"))->text, below);
	add_member(n, "objects", text_node(b, objects, from));
	node_append(list, n);
}

static void add_prefix(struct binder *b, struct node *list, struct str pipeline)
{
	const struct node *from = recipe_from(b, pipeline);
	if (from && !recipe_is_archive(b->spec->language, from->text))
		add_recipe(b, list, pipeline);
}

static void add_tag_keys(struct binder *b, struct node *list, struct str pipeline)
{
	const struct node *tags = in_pipeline(b, pipeline, S("tags"));
	for (const struct node *n = tags ? tags->first : NULL; n; n = n->next)
		node_append(list, text_node(b, n->key, n));
}

static void add_arch(struct binder *b, struct node *list, struct str pipeline)
{
	const struct node *arch = in_pipeline(b, pipeline, S("arch"));
	node_append(list, text_node(b, arch->text, arch));
}

// ---- shares

static void add_share(struct binder *b, struct node *list, const struct node *share,
                      const struct node *account)
{
	const struct node *region = node_get(share, S("region")), *key = node_get(share, S("encrypt"));
	struct node *n = node_new(b->c->arena, MAP, share->at);
	add_member(n, "region", text_node(b, region->text, region));
	if (account)
		add_member(n, "account", text_node(b, account->text, account));
	if (key)
		add_member(n, "key", text_node(b, key->text, key));
	node_append(list, n);
}

static void add_shares(struct binder *b, struct node *list, struct str pipeline)
{
	const struct node *shares = in_pipeline(b, pipeline, S("share"));
	for (const struct node *share = shares ? shares->first : NULL; share; share = share->next) {
		const struct node *accounts = node_get(share, S("accounts"));
		for (const struct node *n = accounts ? accounts->first : NULL; n; n = n->next)
			add_share(b, list, share, n);
		if (!accounts)
			add_share(b, list, share, NULL);
	}
}

static void add_accounts(struct binder *b, struct node *list, struct str pipeline)
{
	const struct node *shares = in_pipeline(b, pipeline, S("share"));
	for (const struct node *share = shares ? shares->first : NULL; share; share = share->next) {
		const struct node *accounts = node_get(share, S("accounts"));
		for (const struct node *n = accounts ? accounts->first : NULL; n; n = n->next)
			node_append(list, text_node(b, n->text, n));
	}
}

// ---- the base

static void derive_tools(struct binder *b)
{
	const struct node *tools = in_pipeline(b, S(""), S("tools"));
	struct node *list = new_list(b);
	for (const struct node *n = tools ? tools->first : NULL; n; n = n->next) {
		struct node *tool = s3_node(b, node_get(n, S("from")));
		const struct node *digest = node_get(n, S("sha256"));
		add_member(tool, "name", text_node(b, n->key, n));
		add_member(tool, "sha256", text_node(b, digest->text, digest));
		node_append(list, tool);
	}
	scope_derive(b, S("used.tools"), sorted(b, list));
}

// The documented parameter is for the usual architecture, or for the only one that is built.
static const struct setting *instance_setting(const struct binder *b, struct str arch, bool first)
{
	struct str path = cat(b->c->arena, S("build.instance."), arch);
	const struct setting *part = language_find(b->spec->language, path);
	return part && !first ? part : language_find(b->spec->language, S("build.instance"));
}

static const struct node *instance_of(const struct binder *b, struct str arch)
{
	const struct setting *s = language_find(b->spec->language, S("build.instance"));
	const struct node *n = in_pipeline(b, S(""), S("build.instance"));
	const struct node *defaults = node_get(s->amic, S("default-map"));
	const struct node *known = node_get(defaults, arch);
	if (n && n->kind == TEXT)
		return n;
	const struct node *own = node_get(n, arch);
	return own ? own : known ? node_value(b->c->arena, known) : NULL;
}

static void derive_instances(struct binder *b)
{
	const struct value *used = scope_find(b->scope, S("used.arches"));
	const struct setting *arch = language_find(b->spec->language, S("arch"));
	struct str usual = node_str(arch->schema, S("default"));
	bool has_usual = node_has(used->node, usual);
	const struct node *word = node_first(node_get(arch->schema, S("enum")));
	for (; word; word = word->next) {
		struct str name = word->text;
		struct str path = cat(b->c->arena, S("build.instance."), name);
		bool first = str_eq(name, usual) || !has_usual;
		const struct setting *s = instance_setting(b, name, first);
		if (node_has(used->node, name))
			scope_bind(b, s, path, instance_of(b, name));
		else
			scope_derive(b, path, NULL);
	}
}

static bool is_open(const struct binder *b, struct str setting)
{
	struct binder pipeline = *b;
	pipeline.pipeline = S("main");
	return setting_is_open(&pipeline, language_find(b->spec->language, setting));
}

static bool has_own_recipe(const struct binder *b)
{
	struct str *pipelines;
	size_t count = spec_pipelines(b->c, b->spec, &pipelines);
	for (size_t i = 0; i < count; i++)
		if (recipe_from(b, pipelines[i]))
			return true;
	return false;
}

// What the parameter of a pipeline may name is not known to the base. Somebody who builds recipes
// of his own may deploy the next one from another bucket; who builds the sample says so first.
static void derive_buckets(struct binder *b)
{
	const struct node *buckets = in_pipeline(b, S(""), S("recipe-buckets"));
	bool open = is_open(b, S("recipe")), any = open && !buckets && has_own_recipe(b);
	scope_derive(b, S("used.buckets"), open ? buckets : NULL);
	scope_derive(b, S("used.any-bucket"), any ? text_node(b, S("true"), NULL) : NULL);
}

static const struct node *parent_of(const struct binder *b, struct str pipeline)
{
	const struct node *parent = in_pipeline(b, pipeline, S("build.parent"));
	const struct node *arch = in_pipeline(b, pipeline, S("arch"));
	return parent && parent->kind == MAP ? node_get(parent, arch->text) : parent;
}

// ssm:/path/name, which names the image that is the parent.
static void add_parameter(struct binder *b, struct node *list, struct str pipeline)
{
	const struct node *parent = parent_of(b, pipeline);
	struct str name;
	if (parent && str_starts(parent->text, S("ssm:"))
	    && str_sub(parent->text, 4, parent->text.len - 4, &name))
		node_append(list, text_node(b, name, parent));
}

static void derive_base(struct binder *b)
{
	for_pipelines(b, add_arch, S("used.arches"));
	for_pipelines(b, add_recipe, S("used.recipes"));
	for_pipelines(b, add_prefix, S("used.recipe-prefixes"));
	for_pipelines(b, add_tag_keys, S("used.tag-keys"));
	for_pipelines(b, add_shares, S("used.shares"));
	for_pipelines(b, add_accounts, S("used.accounts"));
	derive_tools(b);
	for_pipelines(b, add_parameter, S("used.parameters"));
	derive_buckets(b);
	scope_derive(b, S("used.open-parent"),
	             is_open(b, S("build.parent")) ? text_node(b, S("true"), NULL) : NULL);
	derive_instances(b);
	const struct setting *retention = language_find(b->spec->language, S("logs.retention"));
	scope_add(b, (struct value){.of = retention, .path = S("used.retention"), .binding = LITERAL,
		.node = in_pipeline(b, S(""), S("logs.retention"))});
}

// ---- a pipeline

static void derive_recipe(struct binder *b)
{
	const struct node *recipe = in_pipeline(b, b->pipeline, S("recipe"));
	const struct language *l = b->spec->language;
	scope_bind(b, language_find(l, S("recipe")), S("recipe.from"), recipe_from(b, b->pipeline));
	scope_bind(b, language_find(l, S("recipe.sha256")), S("recipe.sha256"),
	           node_get(recipe, S("sha256")));
}

static struct node *number_node(struct binder *b, u64 number, const struct node *cause)
{
	struct node *n = text_node(b, str_number(b->c->arena, number), cause);
	n->plain = true;
	return n;
}

static void derive_keep(struct binder *b)
{
	const struct node *keep = in_pipeline(b, b->pipeline, S("keep"));
	u64 count, seconds;
	bool counted = keep && str_u64(keep->text, &count);
	bool timed = keep && duration_seconds(keep->text, &seconds);
	scope_derive(b, S("keep.count"), counted ? number_node(b, count, keep) : NULL);
	scope_derive(b, S("keep.days"), timed ? number_node(b, seconds / 86400, keep) : NULL);
}

static void derive_pipeline(struct binder *b)
{
	const struct node *arch = in_pipeline(b, b->pipeline, S("arch"));
	scope_derive(b, S("pipeline.key"), text_node(b, b->pipeline, NULL));
	scope_derive(b, S("pipeline.arch"), arch);
	derive_recipe(b);
	derive_keep(b);
	scope_bind(b, language_find(b->spec->language, S("build.parent")), S("build.parent"),
	           parent_of(b, b->pipeline));
}

// ---- both

static void derive_text(struct binder *b, struct str path, struct str text,
                        const struct node *cause)
{
	scope_derive(b, path, text.len ? text_node(b, text, cause) : NULL);
}

static void derive_attest(struct binder *b)
{
	const struct node *keys = in_pipeline(b, S(""), S("attest.keys"));
	const struct node *sign = in_pipeline(b, S(""), S("attest.sign"));
	const struct node *key = node_get(sign, S("key"));
	derive_text(b, S("attest.uefi-data"), b->keys.uefi_data, keys);
	derive_text(b, S("attest.pcr7"), b->keys.pcr7, keys);
	derive_text(b, S("attest.cert"), b->keys.certificate, sign);
	derive_text(b, S("attest.cert-head"), b->keys.certificate_head, sign);
	scope_derive(b, S("attest.signing-key"), key && !str_eq(key->text, S("recipe")) ? key : NULL);
}

void derive(struct binder *b)
{
	if (b->pipeline.len == 0)
		derive_base(b);
	else
		derive_pipeline(b);
	derive_attest(b);
}
