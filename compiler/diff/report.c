// report: the differences as a person reads them: a header a file with what caused it, a line a
// resource, then what to deploy in which order and what it does to what is measured.
#include "diff/diff.h"
#include "report/report.h"

enum { ID_COLUMNS = 28, WORD_COLUMNS = 11, CHANGES_SHOWN = 6 };

// ---- causes: the lines of the spec that made what is new

struct causes { struct span *list; size_t count, cap; struct arena *arena; };

static void cause_add(struct causes *all, struct span at)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].file == at.file && all->list[i].off == at.off)
			return;
	if (at.file && all->count < all->cap)
		all->list[all->count++] = at;
}

static void causes_of(const struct template_diff *t, struct causes *all)
{
	for (size_t i = 0; i < t->count; i++)
		for (size_t j = 0; j < t->list[i].changes.count; j++)
			if (t->list[i].changes.list[j].is)
				cause_add(all, t->list[i].changes.list[j].is->cause);
	for (size_t i = 0; i < t->parameters.count; i++)
		if (t->parameters.list[i].is)
			cause_add(all, t->parameters.list[i].is->cause);
}

// The dotted path of the setting whose value, or key, begins at that byte.
static bool cause_path(struct arena *a, const struct node *map, struct span at, struct str path,
                       struct str *out)
{
	for (const struct node *n = map->first; n; n = n->next) {
		struct str name = path.len ? cat(a, path, S("."), n->key) : n->key;
		bool here = (n->at.file == at.file && n->at.off == at.off)
		         || (n->key_at.file == at.file && n->key_at.off == at.off && n->key_at.len);
		if (here)
			*out = name;
		if (here || (n->kind == MAP && cause_path(a, n, at, name, out)))
			return true;
	}
	return false;
}

static void put_causes(struct buf *out, const struct template_diff *t, const struct spec *spec,
                       struct context *c)
{
	enum { CAUSES_MAX = 8 };
	struct causes all = {make(c->arena, CAUSES_MAX, struct span), 0, CAUSES_MAX, c->arena};
	causes_of(t, &all);
	for (size_t i = 0; spec && i < all.count; i++) {
		struct str path = {0};
		struct place p = diag_place(&c->diag->sources, all.list[i]);
		put(out, i ? S(", ") : S(""), c->diag->sources.list[all.list[i].file - 1].path, S(":"));
		buf_number(out, p.line);
		if (cause_path(c->arena, spec->tree, all.list[i], S(""), &path))
			put(out, S(" "), path);
	}
}

// ---- lines

static void put_padded(struct buf *out, struct str text, size_t columns)
{
	buf_put(out, text);
	size_t width = utf8_columns(text);
	buf_fill(out, ' ', width < columns ? columns - width : 1);
}

static void put_change(struct buf *out, const struct change *change)
{
	buf_put(out, change->path);
	if (change->was && change->is && change->was_text.len && change->is_text.len)
		put(out, S(" "), change->was_text, S(" -> "), change->is_text);
	else if (!change->was && change->is_text.len)
		put(out, S(" + "), change->is_text);
	else if (!change->is && change->was_text.len)
		put(out, S(" - "), change->was_text);
	else if (!change->was && change->is && change->is->at.file == 0)
		put(out, S(" added"));
	else if (!change->is)
		put(out, S(" removed"));
}

static void put_break(struct buf *out)
{
	put(out, S("\n"));
	buf_fill(out, ' ', 4 + ID_COLUMNS + WORD_COLUMNS);
}

static bool holds_one_of(struct str path, const struct node *words)
{
	size_t off;
	const struct node *n = node_first(words);
	while (n && !str_find(path, n->text, &off))
		n = n->next;
	return n;
}

// A digest changes with what it is of: it is shown only when nothing else is.
static struct changes telling(const struct changes *all, const struct node *facts, struct arena *a)
{
	struct changes kept = {.arena = a};
	for (size_t i = 0; i < all->count; i++)
		if (!holds_one_of(all->list[i].path, node_get(facts, S("follows"))))
			changes_add(&kept, all->list[i]);
	return kept.count ? kept : *all;
}

static void put_changes(struct buf *out, const struct changes *changes)
{
	size_t shown = changes->count <= CHANGES_SHOWN ? changes->count : CHANGES_SHOWN - 1;
	for (size_t i = 0; i < shown; i++) {
		if (i)
			put_break(out);
		put_change(out, &changes->list[i]);
	}
	if (shown == changes->count)
		return;
	put_break(out);
	put(out, S("and "));
	buf_number(out, changes->count - shown);
	put(out, S(" more"));
}

static void put_resource(struct buf *out, const struct resource_diff *r, const struct node *facts)
{
	static const struct str marks[] = {
		[EFFECT_NONE] = STR(" "), [EFFECT_IN_PLACE] = STR("~"), [EFFECT_CREATE] = STR("+"),
		[EFFECT_DELETE] = STR("-"), [EFFECT_NEW] = STR("~"), [EFFECT_REPLACE] = STR("~"),
		[EFFECT_REFUSED] = STR("!"),
	};
	put(out, S("  "), marks[r->effect], S(" "));
	put_padded(out, r->id, ID_COLUMNS);
	put_padded(out, r->word, WORD_COLUMNS);
	struct changes changes = telling(&r->changes, facts, r->changes.arena);
	put(out, r->why);
	if (r->why.len && changes.count)
		put_break(out);
	if (r->effect == EFFECT_CREATE || r->effect == EFFECT_DELETE)
		put(out, r->type);
	else
		put_changes(out, &changes);
	put(out, S("\n"));
}

static void put_parameter(struct buf *out, const struct change *change, const struct words *w)
{
	bool whole = str_eq(change->path, change->top);
	if (whole && !change->is) {
		put(out, S("deploy commands that pass it will be refused; "
		           "a stack that has a value loses it"));
	} else if (whole && !node_get(change->is, w->default_value)) {
		put(out, S("deploy commands must pass it"));
	} else if (whole) {
		struct str value = node_get(change->is, w->default_value)->text;
		put(out, S("default "), value.len ? value : S("''"));
	} else {
		struct change inner = *change;
		if (!str_sub(change->path, change->top.len + 1, change->path.len - change->top.len - 1,
		             &inner.path))
			inner.path = change->path;
		put_change(out, &inner);
	}
}

// Changes of one parameter stand together: a mark and its name, then each on a line.
static void put_parameters(struct buf *out, const struct template_diff *t, const struct words *w)
{
	for (size_t i = 0; i < t->parameters.count; i++) {
		const struct change *change = &t->parameters.list[i];
		bool whole = str_eq(change->path, change->top);
		if (i && str_eq(change->top, t->parameters.list[i - 1].top)) {
			put_break(out);
		} else {
			put(out, i ? S("\n") : S(""), whole && !change->was ? S("  +")
			         : whole && !change->is ? S("  -") : S("  ~"), S(" parameter "));
			put_padded(out, change->top, ID_COLUMNS + WORD_COLUMNS - 10);
		}
		put_parameter(out, change, w);
	}
	put(out, t->parameters.count ? S("\n") : S(""));
}

static void put_outputs(struct buf *out, const struct template_diff *t)
{
	for (size_t i = 0; i < t->outputs.count; i++) {
		const struct change *change = &t->outputs.list[i];
		put(out, S("  "), !change->was ? S("+") : !change->is ? S("-") : S("~"), S(" output "));
		put(out, change->path, S("\n"));
	}
}

static bool has_changes(const struct template_diff *t)
{
	bool any = t->parameters.count || t->outputs.count || t->gone;
	for (size_t i = 0; i < t->count; i++)
		any |= t->list[i].effect != EFFECT_NONE;
	return any;
}

static void put_template(struct buf *out, const struct set_diff *d, const struct template_diff *t,
                         const struct spec *spec, struct context *c)
{
	struct buf causes = buf_new(c->arena, 1 << 16);
	put_causes(&causes, t, spec, c);
	struct str what = t->gone ? S("no longer written: delete its stack")
	                : !t->was ? S("a new stack") : S("");
	if (causes.len || what.len)
		put_padded(out, t->name, 26);
	else
		buf_put(out, t->name);
	put(out, what, what.len && causes.len ? S("; ") : S(""), buf_str(&causes), S("\n"));
	put_parameters(out, t, d->words);
	for (size_t i = 0; i < t->count; i++)
		if (t->list[i].effect != EFFECT_NONE)
			put_resource(out, &t->list[i], d->facts);
	put_outputs(out, t);
}

// ---- what follows

static bool reads_other_stacks(const struct words *w, const struct node *n)
{
	if (words_is_call(n, w->import) || words_is_call(n, w->stack_output))
		return true;
	for (const struct node *child = n ? n->first : NULL; child; child = child->next)
		if (reads_other_stacks(w, child))
			return true;
	return false;
}

// Who exports goes first, who imports after it.
static void put_order(struct buf *out, const struct set_diff *d)
{
	size_t changed = 0;
	for (size_t i = 0; i < d->count; i++)
		changed += has_changes(&d->list[i]) && !d->list[i].gone;
	if (changed < 2)
		return;
	put(out, S("order: "));
	size_t written = 0;
	for (int reader = 0; reader < 2; reader++) {
		for (size_t i = 0; i < d->count; i++) {
			const struct template_diff *t = &d->list[i];
			if (!has_changes(t) || t->gone || reads_other_stacks(d->words, t->is) != reader)
				continue;
			put(out, written++ ? S(", then ") : S(""), t->name);
		}
	}
	put(out, S(". Running builds are not disturbed.\n"));
}

static bool matches(const struct node *rule, const struct resource_diff *r)
{
	if (!str_eq(node_str(rule, S("type")), r->type) || !r->was || !r->is)
		return false;
	for (size_t i = 0; i < r->changes.count; i++) {
		struct str path = r->changes.list[i].path;
		if (str_starts(path, node_str(rule, S("path")))
		    && holds_one_of(path, node_get(rule, S("names"))))
			return true;
	}
	return false;
}

// Only of templates that build images can it be said that nothing measured changes.
static bool builds_images(const struct set_diff *d)
{
	const struct node *rule = node_first(node_get(d->facts, S("measured")));
	for (; rule; rule = rule->next)
		for (size_t i = 0; i < d->count; i++)
			for (size_t j = 0; j < d->list[i].count; j++)
				if (str_eq(node_str(rule, S("type")), d->list[i].list[j].type))
					return true;
	return false;
}

static void put_measured(struct buf *out, const struct set_diff *d)
{
	const struct node *rule = node_first(node_get(d->facts, S("measured")));
	bool any = false;
	for (; rule; rule = rule->next) {
		bool applies = false;
		for (size_t i = 0; i < d->count; i++)
			for (size_t j = 0; j < d->list[i].count; j++)
				applies |= matches(rule, &d->list[i].list[j]);
		if (applies)
			put(out, node_str(rule, S("says")), S("\n"));
		any |= applies;
	}
	if (!any && builds_images(d))
		put(out, S("attestation: nothing that is measured changes.\n"));
}

static void put_report(struct buf *out, const struct set_diff *d, const struct spec *spec,
                       struct context *c)
{
	if (diff_is_empty(d))
		return;
	for (size_t i = 0; i < d->count; i++)
		if (has_changes(&d->list[i]))
			put_template(out, d, &d->list[i], spec, c);
	if (diff_worst(d) == EFFECT_REFUSED)
		put(out, S("This cannot be deployed as an update: deploy it as new stacks, move what "
		           "imports them,\ndelete the old ones; or keep what is named above.\n"));
	put_order(out, d);
	put_measured(out, d);
}

// Templates are anybody's.
void diff_report(const struct set_diff *d, const struct spec *spec, struct context *c,
                 struct buf *out)
{
	struct buf text = buf_new(c->arena, out->max);
	put_report(&text, d, spec, c);
	buf_printable(out, buf_str(&text));
}
