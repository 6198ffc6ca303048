// effects: what CloudFormation does for each resource, from the facts of its type: a change of a
// create-only property replaces it, and so does a replaced resource that such a property names.
#include "diff/diff.h"
#include "link/link.h"

static bool lists(const struct node *facts, struct str key, struct str name)
{
	return node_has(node_get(facts, key), name);
}

static const struct node *own_facts(const struct set_diff *d, struct str type)
{
	return node_get(node_get(d->facts, S("types")), type);
}

static struct str text_in(const struct node *resource, const struct words *w, struct str property)
{
	const struct node *n = node_get(node_get(resource, w->properties), property);
	return n && n->kind == TEXT ? n->text : (struct str){0};
}

// Content of an SSM document replaces it unless UpdateMethod says otherwise: the facts name which
// property with which value keeps it.
static bool is_kept_in_place(const struct set_diff *d, const struct resource_diff *r)
{
	const struct node *when = node_get(own_facts(d, r->type), S("in-place-when"));
	for (const struct node *n = node_first(when); n; n = n->next)
		if (str_eq(text_in(r->is, d->words, n->key), n->text))
			return true;
	return false;
}

// Without "identity" in the facts, the properties that must be unique are what a name is.
static bool is_identity(const struct set_diff *d, const struct node *type,
                        const struct resource_diff *r,
                        struct str property)
{
	const struct node *own = own_facts(d, r->type);
	return node_get(own, S("identity")) ? lists(own, S("identity"), property)
	                                    : lists(type, S("unique"), property);
}

static bool replaces(const struct set_diff *d, const struct node *type,
                     const struct resource_diff *r,
                     struct str property)
{
	return lists(type, S("create-only"), property)
	    || (lists(type, S("may-replace"), property) && !is_kept_in_place(d, r));
}

// A resource of a fixed name can't be created beside its predecessor, unless the service counts
// builds or a version of the name rolls.
static bool collides(const struct set_diff *d, const struct node *type,
                     const struct resource_diff *r)
{
	const struct node *own = own_facts(d, r->type);
	struct str version = node_str(own, S("version"));
	if (r->renamed || !node_first(node_get(type, S("unique"))))
		return false;
	if (node_get(own, S("replaced")) && !version.len && !node_true(own, S("named-stays")))
		return false;
	if (version.len && (str_ends(text_in(r->is, d->words, version), S(".x"))
	                    || !str_eq(text_in(r->is, d->words, version),
	                               text_in(r->was, d->words, version))))
		return false;
	const struct node *name = node_get(node_get(r->is, d->words->properties), S("Name"));
	return name != NULL;
}

static void set_effect(struct resource_diff *r, enum effect effect, struct str word)
{
	r->effect = effect;
	r->word = word;
}

// What is replaced goes unless its policy keeps it; which of two policies holds, the old or the
// new, is documented nowhere.
static struct str fate_of_old(const struct set_diff *d, const struct resource_diff *r)
{
	const struct node *was = node_get(r->was, d->words->replace_policy);
	const struct node *is = node_get(r->is, d->words->replace_policy);
	bool kept = was && str_eq(was->text, S("Retain")), keeps = is && str_eq(is->text, S("Retain"));
	return kept && keeps ? S("")
	     : kept || keeps ? S("the old one may be deleted: its policy changes, too")
	                     : S("the old one is deleted");
}

static void judge_replacement(const struct set_diff *d, const struct node *type,
                              struct resource_diff *r)
{
	struct str word = node_str(own_facts(d, r->type), S("replaced"));
	if (collides(d, type, r)) {
		set_effect(r, EFFECT_REFUSED, S("REFUSED"));
		bool versioned = node_str(own_facts(d, r->type), S("version")).len > 0;
		r->why = versioned ? S("replaced under the same name and version, which exist already")
		                   : S("replaced under the same name, which exists already");
		r->advice = node_str(own_facts(d, r->type), S("advice"));
	} else if (word.len && !r->renamed) {
		set_effect(r, EFFECT_NEW, word);
		r->why = fate_of_old(d, r);
	} else {
		set_effect(r, EFFECT_REPLACE, S("replace"));
	}
}

static void judge(struct context *c, const struct set_diff *d, struct resource_diff *r)
{
	const struct node *type = facts_type(c, r->type);
	bool replaced = false;
	r->renamed = false;
	for (size_t i = 0; i < r->changes.count; i++) {
		struct str property = r->changes.list[i].top;
		replaced |= replaces(d, type, r, property);
		r->renamed |= is_identity(d, type, r, property) && replaces(d, type, r, property);
	}
	if (replaced)
		judge_replacement(d, type, r);
	else if (r->changes.count)
		set_effect(r, EFFECT_IN_PLACE, S("in place"));
}

// ---- attributes outside Properties: they change what is kept, not what is.

// What other columns say, what only orders, and what holds without being said.
static bool is_said_elsewhere(const struct set_diff *d, const struct node *attribute)
{
	const struct words *w = d->words;
	const struct node *usual = node_get(node_get(d->facts, S("attribute-defaults")),
	                                    attribute->key);
	return str_eq(attribute->key, w->properties) || str_eq(attribute->key, w->type)
	    || str_eq(attribute->key, w->depends_on) || str_eq(attribute->key, w->condition)
	    || (usual && str_eq(attribute->text, usual->text));
}

static void compare_attributes(struct context *c, const struct set_diff *d, struct resource_diff *r)
{
	const struct node *sides[] = {r->was, r->is};
	struct node *bare[2];
	for (size_t i = 0; i < 2; i++) {
		bare[i] = node_new(c->arena, MAP, sides[i]->at);
		for (const struct node *n = sides[i]->first; n; n = n->next) {
			if (is_said_elsewhere(d, n))
				continue;
			node_append(bare[i], node_copy(c->arena, n));
		}
	}
	struct changes attributes = {0};
	changes_between(c, d->facts, bare[0], bare[1], &attributes);
	for (size_t i = 0; i < attributes.count; i++) {
		attributes.list[i].top = (struct str){0};
		changes_add(&r->changes, attributes.list[i]);
	}
}

static struct str type_of(const struct set_diff *d, const struct node *resource)
{
	const struct node *type = node_get(resource, d->words->type);
	return type && type->kind == TEXT ? type->text : (struct str){0};
}

static void compare_resource(struct context *c, const struct set_diff *d, struct resource_diff *r)
{
	r->type = type_of(d, r->is ? r->is : r->was);
	bool loop = (r->was && r->was->kind != MAP) || (r->is && r->is->kind != MAP);
	if (loop) {
		changes_between(c, d->facts, r->was, r->is, &r->changes);
		if (!r->was || !r->is || r->changes.count)
			set_effect(r, EFFECT_IN_PLACE, S("differs"));
	} else if (!r->was) {
		set_effect(r, EFFECT_CREATE, S("create"));
	} else if (!r->is) {
		set_effect(r, EFFECT_DELETE, S("delete"));
	} else if (!str_eq(type_of(d, r->was), r->type)) {
		r->renamed = true;
		r->changes.arena = c->arena;
		changes_add(&r->changes, (struct change){.path = d->words->type, .top = d->words->type,
			.was = r->was, .is = r->is, .was_text = type_of(d, r->was), .is_text = r->type});
		set_effect(r, EFFECT_REPLACE, S("replace"));
	} else {
		changes_between(c, d->facts, node_get(r->was, d->words->properties),
		                node_get(r->is, d->words->properties), &r->changes);
		compare_attributes(c, d, r);
		judge(c, d, r);
	}
}

static void compare_resources(struct context *c, const struct set_diff *d, struct template_diff *t)
{
	const struct node *was = node_get(t->was, d->words->resources);
	const struct node *is = node_get(t->is, d->words->resources);
	struct names before = names_of(c->arena, was), after = names_of(c->arena, is);
	t->list = make(c->arena, (was ? was->count : 0) + (is ? is->count : 0), struct resource_diff);
	for (const struct node *n = is ? is->first : NULL; n; n = n->next)
		t->list[t->count++] = (struct resource_diff){.id = n->key, .is = n,
		                                             .was = names_find(&before, n->key)};
	for (const struct node *n = was ? was->first : NULL; n; n = n->next)
		if (!names_find(&after, n->key))
			t->list[t->count++] = (struct resource_diff){.id = n->key, .was = n};
	for (size_t i = 0; i < t->count; i++)
		places_add(c->arena, &t->by_id, t->list[i].id, i);
	places_sort(&t->by_id);
	for (size_t i = 0; i < t->count; i++)
		compare_resource(c, d, &t->list[i]);
}

// ---- the cascade

// Marks the properties of r that name something which moves; true when one was new.
static bool follow(struct context *c, const struct set_diff *d, const struct template_diff *t,
                   struct resource_diff *r)
{
	const struct node *properties = node_get(r->is, d->words->properties);
	bool more = false;
	for (const struct node *n = properties ? properties->first : NULL; n; n = n->next) {
		bool known = false;
		for (size_t i = 0; i < r->changes.count; i++)
			known |= str_eq(r->changes.list[i].top, n->key);
		if (known || !value_moves(d, t, n))
			continue;
		r->changes.arena = c->arena;
		changes_add(&r->changes, (struct change){.path = n->key, .top = n->key, .is = n});
		more = true;
	}
	return more;
}

static bool follow_and_judge(struct context *c, const struct set_diff *d,
                             const struct template_diff *t, struct resource_diff *r)
{
	if (!r->was || !r->is || r->is->kind != MAP || !follow(c, d, t, r))
		return false;
	judge(c, d, r);
	return true;
}

// Down the list and up again: resources mostly name those before them, or all those behind.
static bool follow_all(struct context *c, struct set_diff *d, struct template_diff *t)
{
	bool more = outputs_follow(d, t);
	for (size_t i = 0; i < t->count; i++)
		more |= follow_and_judge(c, d, t, &t->list[i]);
	for (size_t i = t->count; more && i > 0; i--)
		more |= follow_and_judge(c, d, t, &t->list[i - 1]);
	return more;
}

// Each round marks at least one property or output more: there are no more rounds than these.
static void cascade(struct context *c, struct set_diff *d)
{
	bool more = true;
	while (more) {
		more = false;
		for (size_t i = 0; i < d->count; i++)
			more |= follow_all(c, d, &d->list[i]);
	}
}

// ---- pairing

// Parameters without what only people read.
static struct node *without_words(struct context *c, const struct set_diff *d,
                                  const struct node *parameters)
{
	struct node *all = node_new(c->arena, MAP, (struct span){0});
	for (const struct node *p = parameters ? parameters->first : NULL; p; p = p->next) {
		struct node *bare = node_new(c->arena, p->kind, p->at);
		bare->key = p->key;
		bare->cause = p->cause;
		for (const struct node *n = p->first; n; n = n->next)
			if (!lists(d->facts, S("for-people"), n->key))
				node_append(bare, node_copy(c->arena, n));
		node_append(all, bare);
	}
	return all;
}

static void compare_templates(struct context *c, struct set_diff *d, struct template_diff *t)
{
	t->was = t->was_whole ? simplify_template(c, d->words, t->was_whole) : NULL;
	t->is = t->is_whole ? simplify_template(c, d->words, t->is_whole) : NULL;
	const struct node *outputs = node_get(t->is, d->words->outputs);
	t->output_moved = make(c->arena, outputs ? outputs->count : 0, bool);
	compare_resources(c, d, t);
	const struct node *was = node_get(t->was, d->words->parameters);
	const struct node *is = node_get(t->is, d->words->parameters);
	changes_between(c, d->facts, without_words(c, d, was), without_words(c, d, is),
	                &t->parameters);
	changes_between(c, d->facts, node_get(t->was, d->words->outputs),
	                node_get(t->is, d->words->outputs), &t->outputs);
}

static const struct artifact *by_name(const struct artifacts *all, struct str name)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].is_template && str_eq(all->list[i].name, name))
			return &all->list[i];
	return NULL;
}

static void pair_up(struct context *c, const struct artifacts *was, const struct artifacts *is,
                    struct set_diff *d)
{
	d->list = make(c->arena, was->count + is->count, struct template_diff);
	if (was->count == 1 && is->count == 1) {
		d->list[d->count++] = (struct template_diff){.name = is->list[0].name,
			.was_whole = was->list[0].tree, .is_whole = is->list[0].tree};
		return;
	}
	for (size_t i = 0; i < is->count; i++) {
		if (!is->list[i].is_template)
			continue;
		const struct artifact *old = by_name(was, is->list[i].name);
		d->list[d->count++] = (struct template_diff){.name = is->list[i].name,
			.was_whole = old ? old->tree : NULL, .is_whole = is->list[i].tree};
	}
	for (size_t i = 0; i < was->count; i++)
		if (was->list[i].is_template && !by_name(is, was->list[i].name))
			d->list[d->count++] = (struct template_diff){.name = was->list[i].name,
				.was_whole = was->list[i].tree, .gone = true};
}

bool diff_sets(struct context *c, const struct artifacts *was, const struct artifacts *is,
               struct set_diff *out)
{
	struct set_diff d = {.words = words_of(c), .facts = facts_of(c, S("schemas/diff.json"))};
	if (!d.words || !d.facts)
		return false;
	pair_up(c, was, is, &d);
	for (size_t i = 0; i < d.count; i++)
		compare_templates(c, &d, &d.list[i]);
	cascade(c, &d);
	exports_check(c, &d);
	rest_find(c, &d);
	*out = d;
	return true;
}

enum effect diff_worst(const struct set_diff *d)
{
	enum effect worst = EFFECT_NONE;
	for (size_t i = 0; i < d->count; i++)
		for (size_t j = 0; j < d->list[i].count; j++)
			if (d->list[i].list[j].effect > worst)
				worst = d->list[i].list[j].effect;
	return worst;
}

bool diff_is_empty(const struct set_diff *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->list[i].parameters.count || d->list[i].outputs.count || d->list[i].rest.count
		    || d->list[i].gone || !d->list[i].was)
			return false;
	return diff_worst(d) == EFFECT_NONE;
}
