// parameters: a file of CloudFormation parameters against what a spec left open.
#include "command/internal.h"
#include <string.h>

enum { PARAMETERS_MAX_BYTES = 1 << 20 };

struct given { struct str name, value; const struct node *at; };
struct givens { struct given *list; size_t count; };
struct file { struct context *c; const struct spec *s; struct givens all; bool bad; };

static bool complain(struct file *f, enum rule rule, const struct node *at, struct str a,
                     struct str b, struct str help)
{
	f->bad = true;
	struct span place = at->key_at.file ? at->key_at : at->at;
	return diag_report(f->c->diag, (struct finding){rule, .at = place, .arg = {a, b, help}});
}

// ---- the forms

static void take(struct file *f, struct str name, struct str value, const struct node *at)
{
	f->all.list[f->all.count++] = (struct given){name, value, at};
}

static bool take_element(struct file *f, const struct node *n)
{
	const struct node *key = node_get(n, S("ParameterKey"));
	const struct node *value = node_get(n, S("ParameterValue"));
	struct str name, rest;
	if (n->kind == TEXT) {
		rest = str_cut(n->text, '=', &name);
		take(f, name, rest, n);
		return true;
	}
	if (!key || key->kind != TEXT || (value && value->kind != TEXT))
		return complain(f, PARAMETERS_FORM, n, S("an element"), S(""), S(""));
	if (value)                            // without one: UsePreviousValue
		take(f, key->text, value->text, value);
	return true;
}

static bool take_all(struct file *f, const struct node *tree)
{
	const struct node *inner = node_get(tree, S("Parameters"));
	const struct node *all = inner ? inner : tree;
	bool good = all->kind != TEXT || complain(f, PARAMETERS_FORM, all, S("the file"), S(""), S(""));
	f->all.list = make(f->c->arena, all->count, struct given);
	for (const struct node *n = all->first; n; n = n->next) {
		if (all->kind == LIST)
			good = take_element(f, n) && good;
		else if (n->kind == TEXT)
			take(f, n->key, n->text, n);
		else
			good = complain(f, PARAMETERS_FORM, n, n->key, S(""), S(""));
	}
	return good;
}

// ---- the parameters of a spec

static const struct value *open_value(const struct scope *s, struct str name)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct value *v = &s->values[i];
		if (v->binding == OPEN && str_eq(v->of->parameter, name))
			return v;
	}
	return NULL;
}

static const struct value *find_open(const struct spec *s, struct str name)
{
	const struct value *v = open_value(&s->base, name);
	for (size_t i = 0; !v && i < s->pipeline_count; i++)
		v = open_value(&s->pipelines[i], name);
	return v;
}

// The parameters that templates have whatever the spec says, such as the base's name.
static bool is_always_there(const struct file *f, struct str name)
{
	const struct node *amic = node_get(f->s->language->root, S("x-amic"));
	return node_has(node_get(amic, S("parameters")), name);
}

static struct str nearest(struct file *f, struct str name)
{
	const struct language *l = f->s->language;
	struct str *names = make(f->c->arena, l->count, struct str);
	size_t count = 0;
	for (size_t i = 0; i < l->count; i++)
		if (l->list[i].parameter.len && find_open(f->s, l->list[i].parameter))
			names[count++] = l->list[i].parameter;
	return str_nearest(name, names, count);
}

static void unknown(struct file *f, const struct given *g)
{
	const struct language *l = f->s->language;
	for (size_t i = 0; i < l->count; i++) {
		if (!str_eq(l->list[i].parameter, g->name))
			continue;
		complain(f, PARAMETER_CLOSED, g->at, g->name, l->list[i].path, S(""));
		return;
	}
	struct str name = g->name.len ? g->name : S("''");
	complain(f, PARAMETER_UNKNOWN, g->at, name, nearest(f, g->name), S(""));
}

// ---- values

static bool is_word(const struct node *words, struct str value)
{
	u64 number, other;
	bool counted = str_u64(value, &number);
	for (const struct node *n = node_first(words); n; n = n->next)
		if (n->plain ? counted && str_u64(n->text, &other) && number == other
		             : str_eq(n->text, value))
			return true;
	return node_count(words) == 0;
}

static bool in_range(const struct node *parameter, struct str value)
{
	u64 number;
	if (!str_eq(node_str(parameter, S("type")), S("Number")))
		return true;
	return str_u64(value, &number) && number >= node_number(parameter, S("minimum"), 0)
	    && number <= node_number(parameter, S("maximum"), UINT64_MAX);
}

// Of a list each element must match, without the blanks around it.
static bool each_matches(struct patterns *kept, struct str pattern, struct str type,
                         struct str value)
{
	struct str element, left = value;
	bool fits = true, more = str_ends(type, S("List"));
	if (!more)
		return pattern_matches(kept, pattern, value);
	while (more && fits) {
		size_t off;
		more = str_find(left, S(","), &off);
		left = str_cut(left, ',', &element);
		fits = pattern_matches(kept, pattern, str_trim(element));
	}
	return fits;
}

static void check_value(struct file *f, const struct given *g, const struct value *v)
{
	const struct node *parameter = node_get(v->of->amic, S("parameter"));
	struct patterns *kept = f->c->library->patterns;
	struct str pattern = node_str(parameter, S("pattern")), type = node_str(parameter, S("type"));
	struct str own = node_str(v->of->schema, S("pattern"));
	bool optional = v->of->optional && g->value.len == 0;
	bool typed = !str_eq(type, S("String"));
	bool fits = (!pattern.len || each_matches(kept, pattern, type, g->value))
	         && in_range(parameter, g->value)
	         && is_word(node_get(parameter, S("words")), g->value)
	         && (optional || pattern.len || !own.len || !typed
	             || pattern_found(kept, own, g->value));
	if (!fits)
		complain(f, PARAMETER_VALUE, g->at, g->name, g->value.len ? g->value : S("''"),
		         node_str(v->of->amic, S("expected")));
}

static void check_given(struct file *f, size_t i)
{
	const struct given *g = &f->all.list[i];
	const struct value *v = find_open(f->s, g->name);
	for (size_t k = 0; k < i; k++) {
		if (str_eq(f->all.list[k].name, g->name)) {
			complain(f, DUPLICATE_KEY, g->at, g->name, S(""), S(""));
			return;
		}
	}
	if (v)
		check_value(f, g, v);
	else if (!is_always_there(f, g->name))
		unknown(f, g);
}

bool check_parameters(struct context *c, const struct spec *s, struct str path)
{
	struct file f = {.c = c, .s = s};
	struct node *tree = NULL;
	struct str text;
	if (!file_read(c->diag->arena, path, PARAMETERS_MAX_BYTES, &text, c->diag)
	    || !read_tree(c, sources_add(&c->diag->sources, path, text), DIALECT_SPEC, &tree)
	    || !take_all(&f, tree))
		return false;
	for (size_t i = 0; i < f.all.count; i++)
		check_given(&f, i);
	return !f.bad;
}
