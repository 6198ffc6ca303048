// patch: the edits that a spec makes to finished templates, in its order. A target that is not
// there is an error, so that no edit is ever silently without effect; elements of lists are
// named by a member, [Key=Value], because their numbers move.
#include "blueprint/internal.h"

struct edit {
	struct context *c;
	struct index *index;
	const struct functions *functions;
	const struct node *pointer, *to, *expect;
	struct node *parent, *target;         // target: NULL when only its last name is missing
	struct str name;                      // the pointer's last part, unescaped
	struct str walked;                    // what was found of the pointer
	const struct node *was, *now;         // NULL: there was nothing, or is nothing any more
};

static bool wrong(struct edit *e, enum rule rule, struct str a, struct str b, struct str also)
{
	return diag_report(e->c->diag, (struct finding){rule, e->pointer->at, .arg = {a, b, also}});
}

// ---- values: of the spec, as data of a template

static struct node *value_copy(struct arena *a, const struct node *n)
{
	struct node *copy = node_new(a, n->kind, n->at);
	copy->cause = n->at;
	copy->key = n->key;
	copy->key_at = n->key_at;
	copy->text = n->text;
	copy->plain = n->plain && !n->block && scalar_is_data(n->text);
	copy->block = n->kind != TEXT && n->block;
	for (const struct node *child = n->first; child; child = child->next)
		node_append(copy, value_copy(a, child));
	return copy;
}

static void replace(struct node *target, const struct node *value)
{
	struct node *next = target->next;
	struct str key = target->key;
	struct span key_at = target->key_at;
	*target = *value;
	target->next = next;
	target->key = key;
	target->key_at = key_at;
}

// ---- pointers

// RFC 6901: ~1 is a slash in a name, ~0 a tilde.
static bool unescape(struct arena *a, struct str part, struct str *out)
{
	struct buf b = buf_new(a, part.len + 1);
	for (size_t i = 0; i < part.len; i++) {
		bool tilde = part.at[i] == '~';
		if (!tilde) {
			buf_byte(&b, part.at[i]);
			continue;
		}
		if (++i == part.len || (part.at[i] != '0' && part.at[i] != '1'))
			return false;
		buf_byte(&b, part.at[i] == '1' ? '/' : '~');
	}
	*out = buf_str(&b);
	return true;
}

static bool is_selector(struct str s, struct str *key, struct str *value)
{
	if (s.len < 3 || s.at[0] != '[' || s.at[s.len - 1] != ']')
		return false;
	struct str inner = {s.at + 1, s.len - 2};
	*value = str_cut(inner, '=', key);
	return key->len < inner.len;
}

static bool is_chosen(const struct node *n, struct str key, struct str value)
{
	const struct node *member = key.len ? node_get(n, key) : n;
	return member && member->kind == TEXT && str_eq(member->text, value);
}

static bool by_member(struct edit *e, struct node *list, struct str part, struct node **out)
{
	struct str key, value;
	size_t count = 0;
	*out = NULL;
	if (!is_selector(part, &key, &value))
		return wrong(e, PATCH_POINTER, e->pointer->text, S("a list wants [Key=Value] here"),
		             S(""));
	for (struct node *n = list->first; n; n = n->next) {
		if (!is_chosen(n, key, value))
			continue;
		*out = n;
		count++;
	}
	if (count > 1)
		return wrong(e, PATCH_AMBIGUOUS, str_number(e->c->diag->arena, count), part, S(""));
	return *out || wrong(e, PATCH_TARGET, e->walked, part, S(""));
}

// A member that only this element has with this value, as [Key=Value].
static struct str selector_of(struct edit *e, const struct node *list, const struct node *element)
{
	const struct node *member = element->kind == MAP ? element->first : element;
	for (; member && member->kind == TEXT; member = member->next) {
		struct str key = element->kind == MAP ? member->key : S("");
		size_t twins = 0;
		for (const struct node *n = list->first; n; n = n->next)
			twins += is_chosen(n, key, member->text);
		if (twins == 1)
			return cat(e->c->diag->arena, S("["), key, S("="), member->text, S("]"));
		if (element->kind == TEXT)
			break;
	}
	return S("[Key=Value]");
}

// Arguments of a function have their places for good; other elements only with `expect:`.
static bool by_position(struct edit *e, struct node *list, u64 index, bool last, bool fixed,
                        struct node **out)
{
	struct node *n = list->first;
	for (u64 i = 0; n && i < index; i++)
		n = n->next;
	struct str number = str_number(e->c->diag->arena, index);
	if (!n)
		return wrong(e, PATCH_TARGET, e->walked, number, S(""));
	if (!fixed && !(last && e->expect))
		return wrong(e, PATCH_POSITION, number, cat(e->c->diag->arena, e->walked, S("/"),
		             selector_of(e, list, n)), S(""));
	*out = n;
	return true;
}

static bool missing_member(struct edit *e, const struct node *map, struct str part)
{
	struct arena *a = e->c->diag->arena;
	struct str *names = make(a, map->count, struct str);
	size_t count = 0;
	for (const struct node *n = map->first; n; n = n->next)
		names[count++] = n->key;
	return wrong(e, PATCH_TARGET, e->walked.len ? e->walked : S("the template"), part,
	             str_nearest(part, names, count));
}

static bool step(struct edit *e, struct str part, bool last, bool may_make)
{
	struct node *at = e->target, *before = e->parent;
	u64 index;
	e->name = part;
	e->parent = at;
	if (at->kind == LIST && str_u64(part, &index))
		return by_position(e, at, index, last, function_of(e->functions, before), &e->target);
	if (at->kind == LIST)
		return by_member(e, at, part, &e->target);
	e->target = index_get(e->index, at, part);
	return e->target || (at->kind == MAP && last && may_make) || missing_member(e, at, part);
}

static bool walk(struct edit *e, struct node *root, bool may_make)
{
	struct arena *a = e->c->diag->arena;
	struct str left = e->pointer->text, part, name;
	if (left.len < 2 || left.at[0] != '/')
		return wrong(e, PATCH_POINTER, left, S("it does not begin with '/'"), S(""));
	left = (struct str){left.at + 1, left.len - 1};
	e->target = root;
	for (bool more = true; more;) {
		struct str rest = str_cut(left, '/', &part);
		more = part.len < left.len;
		left = rest;
		if (!unescape(a, part, &name))
			return wrong(e, PATCH_POINTER, e->pointer->text,
			             S("'~' is not followed by 0 or 1"), S(""));
		if (!step(e, name, !more, may_make))
			return false;
		e->walked = (struct str){e->pointer->text.at,
			(size_t)(part.at + part.len - e->pointer->text.at)};
	}
	return true;
}

// ---- the three verbs

static bool as_expected(struct edit *e)
{
	struct arena scratch = *e->c->arena;
	if (!e->expect)
		return true;
	struct node *wanted = value_copy(&scratch, e->expect);
	if (e->target && node_equal(wanted, e->target, scratch))
		return true;
	enum { SHOWN_MAX = 60 };
	struct arena *a = e->c->diag->arena;
	struct str is = e->target ? node_canonical(a, e->target) : S("not there");
	if (is.len > SHOWN_MAX)
		is = cat(a, (struct str){is.at, SHOWN_MAX}, S("…"));
	return wrong(e, PATCH_EXPECT, e->pointer->text, is, S(""));
}

static bool set(struct edit *e, struct node *root)
{
	if (!walk(e, root, true) || !as_expected(e))
		return false;
	struct node *value = value_copy(e->c->arena, e->to);
	e->now = value;
	if (e->target) {
		struct node *old = make(e->c->arena, 1, struct node);
		*old = *e->target;
		e->was = old;
		replace(e->target, value);
		return true;
	}
	value->key = str_copy(e->c->arena, e->name);
	value->key_at = e->pointer->at;
	index_append(e->index, e->parent, value);
	return true;
}

static bool append(struct edit *e, struct node *root)
{
	if (!walk(e, root, false) || !as_expected(e))
		return false;
	if (e->target->kind != LIST)
		return wrong(e, PATCH_KIND, e->pointer->text, S(""), S(""));
	struct node *value = value_copy(e->c->arena, e->to);
	value->key = (struct str){0};
	e->now = value;
	node_append(e->target, value);
	return true;
}

static bool delete(struct edit *e, struct node *root)
{
	if (!walk(e, root, false) || !as_expected(e))
		return false;
	e->was = e->target;
	index_remove(e->index, e->parent, e->target);
	return true;
}

static void keep(struct edit *e, const struct node *op, const struct artifact *in,
                 struct edits *done)
{
	done->list = grown(e->c->arena, done->list, done->count, &done->cap, struct edited);
	done->list[done->count++] = (struct edited){e->pointer, op, in, e->parent->at, e->name,
	                                            e->was, e->now};
}

static bool apply(struct edit *e, const struct node *op, struct artifact *in, struct edits *done)
{
	static const struct {
		struct str verb;
		bool (*apply)(struct edit *e, struct node *root);
	} verbs[] = {
		{STR("set"), set}, {STR("append"), append}, {STR("delete"), delete},
	};
	e->to = node_get(op, S("to"));
	e->expect = node_get(op, S("expect"));
	for (size_t i = 0; i < countof(verbs); i++) {
		e->pointer = node_get(op, verbs[i].verb);
		if (!e->pointer || (!e->to && verbs[i].apply != delete))
			continue;
		if (!verbs[i].apply(e, in->tree))
			return false;
		keep(e, op, in, done);
		return true;
	}
	return true;              // of no shape that check lets pass
}

// The first template of a scope is the one that its name means; kms.yaml comes after it.
static struct artifact *patched(const struct artifacts *all, struct str scope)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].is_template && str_eq(all->list[i].scope, scope))
			return &all->list[i];
	return NULL;
}

static bool no_scope(struct context *c, const struct artifacts *all, const struct node *list)
{
	struct arena *a = c->diag->arena;
	struct str *scopes = make(a, all->count, struct str), words = {0};
	size_t count = 0;
	for (size_t i = 0; i < all->count; i++)
		if (patched(all, all->list[i].scope) == &all->list[i])
			scopes[count++] = all->list[i].scope;
	for (size_t i = 0; i < count; i++)
		words = cat(a, words, i ? S(", ") : S(""), scopes[i]);
	struct str near = str_nearest(list->key, scopes, count);
	return diag_report(c->diag, (struct finding){PATCH_SCOPE, .at = list->key_at,
		.arg = {list->key, near, words}, .fix_at = list->key_at, .fix = near,
		.fixable = near.len > 0});
}

bool patch_artifacts(struct context *c, const struct spec *s, struct artifacts *all)
{
	const struct node *patch = node_get(s->tree, S("patch"));
	const struct functions *f = functions_of(c);
	bool done = f;
	c->edits = patch ? make(c->arena, 1, struct edits) : NULL;
	for (const struct node *list = patch && f ? patch->first : NULL; list; list = list->next) {
		struct artifact *a = patched(all, list->key);
		struct index *index = index_new(c->arena);
		done &= a || no_scope(c, all, list);
		for (const struct node *op = a ? list->first : NULL; op; op = op->next)
			done &= apply(&(struct edit){.c = c, .index = index, .functions = f}, op, a, c->edits);
	}
	return done;
}
