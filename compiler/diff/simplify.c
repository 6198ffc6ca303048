// simplify: a template with its parameters at their defaults, so that two templates that mean the
// same compare equal however they say it.
#include "diff/diff.h"
#include "link/link.h"

enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN, TRUTH_BUSY };
enum { TEXT_MAX = 1 << 20 };

struct simplifier {
	struct arena *arena;
	const struct words *words;
	struct names parameters, conditions, resources;
	enum truth *truths;           // of each slot of `conditions`: cycles are unknown
	bool *asked;
	unsigned depth;               // attributes followed in one template: two may name each other
	unsigned nested;              // conditions that wait for each other
};
enum { GET_ATT_DEEP = 1000, CONDITIONS_DEEP = 1000 };

static struct node *simplify(struct simplifier *s, const struct node *n);

static const struct node *default_of(const struct simplifier *s, struct str parameter)
{
	return node_get(names_find(&s->parameters, parameter), s->words->default_value);
}

static struct node *text_node(struct simplifier *s, struct str text, const struct node *like)
{
	struct node *n = node_text(s->arena, text, false, like->at);
	n->cause = like->cause;
	return n;
}

static bool is_no_value(const struct simplifier *s, const struct node *n)
{
	return words_is_call(n, s->words->ref) && n->first->kind == TEXT
	    && str_eq(n->first->text, s->words->nothing);
}

// ---- conditions

static enum truth truth_of(struct simplifier *s, const struct node *n);

static enum truth named_truth(struct simplifier *s, struct str name)
{
	size_t i = names_slot(&s->conditions, name);
	if (i == s->conditions.cap || s->nested == CONDITIONS_DEEP)
		return TRUTH_UNKNOWN;
	if (!s->asked[i]) {
		s->asked[i] = true;
		s->truths[i] = TRUTH_BUSY;
		s->nested++;
		s->truths[i] = truth_of(s, s->conditions.slots[i]);
		s->nested--;
	}
	return s->truths[i] == TRUTH_BUSY ? TRUTH_UNKNOWN : s->truths[i];
}

static enum truth truth_of_equals(struct simplifier *s, const struct node *pair)
{
	if (pair->kind != LIST || pair->count != 2)
		return TRUTH_UNKNOWN;
	struct node *a = simplify(s, pair->first), *b = simplify(s, pair->last);
	if (!a || !b || a->kind != TEXT || b->kind != TEXT)
		return TRUTH_UNKNOWN;
	return str_eq(a->text, b->text) ? TRUTH_TRUE : TRUTH_FALSE;
}

// And, with the roles of true and false exchanged for Or: `decides` settles it at once.
static enum truth truth_of_all(struct simplifier *s, const struct node *list, enum truth decides)
{
	enum truth all = decides == TRUTH_FALSE ? TRUTH_TRUE : TRUTH_FALSE;
	for (const struct node *n = list->first; n; n = n->next) {
		enum truth one = truth_of(s, n);
		if (one == decides)
			return decides;
		all = one == TRUTH_UNKNOWN ? TRUTH_UNKNOWN : all;
	}
	return all;
}

static enum truth truth_of(struct simplifier *s, const struct node *n)
{
	const struct words *w = s->words;
	const struct node *arg = n->kind == MAP && n->count == 1 ? n->first : NULL;
	if (!arg)
		return TRUTH_UNKNOWN;
	if (words_is_call(n, w->equals))
		return truth_of_equals(s, arg);
	if (words_is_call(n, w->and))
		return truth_of_all(s, arg, TRUTH_FALSE);
	if (words_is_call(n, w->or))
		return truth_of_all(s, arg, TRUTH_TRUE);
	if (words_is_call(n, w->condition))
		return named_truth(s, arg->text);
	if (!words_is_call(n, w->not) || arg->count != 1)
		return TRUTH_UNKNOWN;
	enum truth inner = truth_of(s, arg->first);
	return inner == TRUTH_TRUE ? TRUTH_FALSE : inner == TRUTH_FALSE ? TRUTH_TRUE : inner;
}

// ---- functions: each returns NULL when it can't be resolved

static struct node *resolve_ref(struct simplifier *s, const struct node *arg)
{
	const struct node *value = arg->kind == TEXT ? default_of(s, arg->text) : NULL;
	return value && value->kind == TEXT ? text_node(s, value->text, arg) : NULL;
}

static struct node *resolve_if(struct simplifier *s, const struct node *arg)
{
	if (arg->kind != LIST || arg->count != 3 || arg->first->kind != TEXT)
		return NULL;
	enum truth t = named_truth(s, arg->first->text);
	if (t == TRUTH_UNKNOWN)
		return NULL;
	const struct node *branch = t == TRUTH_TRUE ? arg->first->next : arg->last;
	return simplify(s, branch);
}

static struct node *resolve_join(struct simplifier *s, const struct node *arg)
{
	const struct node *list = arg->kind == LIST && arg->count == 2 ? arg->last : NULL;
	if (!list || list->kind != LIST)
		return NULL;
	struct buf text = buf_new(s->arena, TEXT_MAX);
	for (const struct node *n = list->first; n; n = n->next) {
		struct node *part = simplify(s, n);
		if (!part || part->kind != TEXT)
			return NULL;
		put(&text, n == list->first ? S("") : arg->first->text, part->text);
	}
	return text.over ? NULL : text_node(s, buf_str(&text), arg);
}

static struct node *resolve_split(struct simplifier *s, const struct node *arg)
{
	struct node *text = arg->kind == LIST && arg->count == 2 ? simplify(s, arg->last) : NULL;
	if (!text || text->kind != TEXT || arg->first->text.len != 1)
		return NULL;
	struct node *list = node_new(s->arena, LIST, arg->at);
	struct str rest = text->text, head;
	bool more = true;
	while (more) {
		struct str tail = str_cut(rest, arg->first->text.at[0], &head);
		more = head.len < rest.len;
		rest = tail;
		node_append(list, text_node(s, head, arg));
	}
	return list;
}

static struct node *resolve_select(struct simplifier *s, const struct node *arg)
{
	u64 index;
	if (arg->kind != LIST || arg->count != 2 || !str_u64(arg->first->text, &index))
		return NULL;
	struct node *list = simplify(s, arg->last);
	const struct node *n = list && list->kind == LIST ? list->first : NULL;
	for (; n && index > 0; index--)
		n = n->next;
	return n ? node_copy(s->arena, n) : NULL;
}

// Services give back a property under its own name (R.Name): then it is the property's value.
static const struct node *property_of(const struct simplifier *s, struct str id,
                                      struct str attribute)
{
	return node_get(node_get(names_find(&s->resources, id), s->words->properties), attribute);
}

static struct node *resolve_get_att(struct simplifier *s, const struct node *arg)
{
	const struct node *value = arg->kind == LIST && arg->count == 2
	                         ? property_of(s, arg->first->text, arg->last->text) : NULL;
	struct node *simple = value && s->depth++ < GET_ATT_DEEP ? simplify(s, value) : NULL;
	return simple && simple->kind == TEXT ? simple : NULL;
}

// The value of ${name}: of the function's own map, a parameter's default, or a property.
static bool sub_value(struct simplifier *s, const struct node *map, struct str name,
                      struct str *out)
{
	const struct node *own = node_get(map, name);
	const struct node *value = own ? simplify(s, own) : default_of(s, name);
	struct str id, attribute = str_cut(name, '.', &id);
	if (!value && attribute.len && property_of(s, id, attribute) && s->depth++ < GET_ATT_DEEP)
		value = simplify(s, property_of(s, id, attribute));
	if (!value || value->kind != TEXT)
		return false;
	*out = value->text;
	return true;
}

struct sub { struct buf resolved, left; struct node *kept; bool whole; };

// What stays a reference keeps its entry of the function's own map.
static void keep_entry(struct simplifier *s, const struct node *map, struct str name,
                       struct sub *to)
{
	const struct node *own = node_get(map, name);
	struct node *value = own && !node_get(to->kept, name) ? simplify(s, own) : NULL;
	if (!value)
		return;
	value->key = own->key;
	value->key_at = own->key_at;
	node_append(to->kept, value);
}

// One ${…}: its value goes to both texts; unknown, it stays in `left` and the text is not whole.
static void substitute(struct simplifier *s, const struct node *map, struct str name,
                       struct sub *to)
{
	struct str value;
	if (name.len && name.at[0] == '!') {
		put(&to->left, S("${"), name, S("}"));
		put(&to->resolved, S("${"), ((struct str){name.at + 1, name.len - 1}), S("}"));
	} else if (sub_value(s, map, name, &value)) {
		buf_put(&to->left, value);
		buf_put(&to->resolved, value);
	} else {
		put(&to->left, S("${"), name, S("}"));
		to->whole = false;
	}
}

// The names of a text that are not known keep what the map says of them.
static void keep_entries(struct simplifier *s, const struct node *map, struct str left,
                         struct sub *to)
{
	size_t off;
	while (str_find(left, S("${"), &off)) {
		struct str name, inner = {left.at + off + 2, left.len - off - 2};
		left = str_cut(inner, '}', &name);
		keep_entry(s, map, name, to);
	}
}

static void substitute_all(struct simplifier *s, struct str text, const struct node *map,
                           struct sub *to)
{
	size_t off;
	while (str_find(text, S("${"), &off)) {
		struct str before = {text.at, off}, name;
		struct str inner = {text.at + off + 2, text.len - off - 2};
		struct str rest = str_cut(inner, '}', &name);
		buf_put(&to->left, before);
		buf_put(&to->resolved, before);
		substitute(s, map, name, to);
		text = rest;
	}
	buf_put(&to->left, text);
	buf_put(&to->resolved, text);
}

static struct node *resolve_sub(struct simplifier *s, const struct node *arg)
{
	bool has_map = arg->kind == LIST && arg->count == 2;
	const struct node *text = has_map ? arg->first : arg;
	if (text->kind != TEXT)
		return NULL;
	struct sub to = {buf_new(s->arena, TEXT_MAX), buf_new(s->arena, TEXT_MAX),
		node_new(s->arena, MAP, arg->at), true};
	substitute_all(s, text->text, has_map ? arg->last : NULL, &to);
	if (to.left.over || to.resolved.over)
		return NULL;
	if (to.whole)
		return text_node(s, buf_str(&to.resolved), text);
	struct node *call = node_new(s->arena, MAP, arg->at);
	struct node *left = text_node(s, buf_str(&to.left), text), *argument = left;
	if (has_map)
		keep_entries(s, arg->last, text->text, &to);
	if (to.kept->count) {
		argument = node_new(s->arena, LIST, arg->at);
		node_append(argument, left);
		node_append(argument, to.kept);
	}
	argument->key = s->words->sub;
	node_append(call, argument);
	return call;
}

static struct node *resolve(struct simplifier *s, const struct node *call)
{
	const struct words *w = s->words;
	typedef struct node *resolver(struct simplifier *s, const struct node *arg);
	const struct { struct str name; resolver *resolve; } functions[] = {
		{w->ref, resolve_ref}, {w->choose, resolve_if}, {w->sub, resolve_sub},
		{w->join, resolve_join}, {w->select, resolve_select}, {w->split, resolve_split},
		{w->get_att, resolve_get_att},
	};
	for (size_t i = 0; i < countof(functions); i++)
		if (words_is_call(call, functions[i].name))
			return functions[i].resolve(s, call->first);
	return NULL;
}

static struct node *simplify_children(struct simplifier *s, const struct node *n)
{
	struct node *copy = node_new(s->arena, n->kind, n->at);
	copy->cause = n->cause;
	for (const struct node *child = n->first; child; child = child->next) {
		struct node *simple = simplify(s, child);
		if (!simple)
			continue;
		simple->key = child->key;
		simple->key_at = child->key_at;
		node_append(copy, simple);
	}
	return copy;
}

// NULL for what has no value.
static struct node *simplify(struct simplifier *s, const struct node *n)
{
	if (is_no_value(s, n))
		return NULL;
	if (n->kind == TEXT)
		return node_unstyled(s->arena, n);
	bool is_if = words_is_call(n, s->words->choose);
	struct node *value = resolve(s, n);
	if (value || (is_if && n->first->kind == LIST && n->first->count == 3
	              && named_truth(s, n->first->first->text) != TRUTH_UNKNOWN))
		return value;
	return simplify_children(s, n);
}

static bool is_left_out(struct simplifier *s, const struct node *resource)
{
	const struct node *condition = node_get(resource, s->words->condition);
	return condition && condition->kind == TEXT
	    && named_truth(s, condition->text) == TRUTH_FALSE;
}

static struct node *simplify_section(struct simplifier *s, const struct node *section)
{
	struct node *copy = node_new(s->arena, MAP, section->at);
	for (const struct node *n = section->first; n; n = n->next) {
		struct node *simple = is_left_out(s, n) ? NULL : simplify(s, n);
		if (!simple)
			continue;
		simple->key = n->key;
		simple->key_at = n->key_at;
		node_append(copy, simple);
	}
	return copy;
}

// CloudFormation makes text of what YAML would type: quotes decide nothing.
struct node *node_unstyled(struct arena *a, const struct node *n)
{
	struct node *copy = node_new(a, n->kind, n->at);
	copy->cause = n->cause;
	copy->text = n->text;
	copy->key = n->key;
	copy->key_at = n->key_at;
	copy->document = n->document;
	for (const struct node *child = n->first; child; child = child->next)
		node_append(copy, node_unstyled(a, child));
	return copy;
}

static struct node *simplify_sections(struct simplifier *s, const struct node *template)
{
	struct arena *a = s->arena;
	const struct words *w = s->words;
	struct node *copy = node_new(a, MAP, template->at);
	s->resources = names_of(a, node_get(template, w->resources));
	s->conditions = names_of(a, node_get(template, w->conditions));
	s->truths = make(a, s->conditions.cap, enum truth);
	s->asked = make(a, s->conditions.cap, bool);
	for (const struct node *n = template->first; n; n = n->next) {
		bool evaluated = n->kind == MAP && (str_eq(n->key, w->resources)
		                                    || str_eq(n->key, w->outputs));
		struct node *section = evaluated
			? simplify_section(s, unroll_section(a, w, template, n)) : node_unstyled(a, n);
		section->key = n->key;
		node_append(copy, section);
	}
	return copy;
}

struct node *simplify_template(struct context *c, const struct words *w,
                               const struct node *template)
{
	struct simplifier s = {.arena = c->arena, .words = w,
		.parameters = names_of(c->arena, node_get(template, w->parameters))};
	return simplify_sections(&s, template);
}

struct node *normalise_template(struct context *c, const struct words *w,
                                const struct node *template)
{
	struct simplifier s = {.arena = c->arena, .words = w, .parameters = names_of(c->arena, NULL)};
	return simplify_sections(&s, template);
}
