// report: the differences as a person reads them: a header a file with what caused it, a line a
// resource, then what to deploy in which order and what it does to what is measured.
#include "diff/diff.h"
#include "report/report.h"

enum { ID_COLUMNS = 28, WORD_COLUMNS = 11, CHANGES_SHOWN = 6 };

// ---- causes: the lines of the spec that made what is new

// A digest is of the whole spec: no setting is behind it alone.
struct causes { struct span *list; size_t count, cap; struct span whole; };

static void cause_add(struct causes *all, struct span at)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].file == at.file && all->list[i].off == at.off)
			return;
	if (at.file && !(at.file == all->whole.file && at.off == all->whole.off)
	    && all->count < all->cap)
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
	struct causes all = {make(c->arena, CAUSES_MAX, struct span), 0, CAUSES_MAX,
		spec ? spec->tree->at : (struct span){0}};
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

// Names and values are anybody's: none makes a line of its own.
static void put_name(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		struct str byte = {text.at + i, 1};
		u8 hex[2];
		struct arena small = arena_of(hex, sizeof hex, NULL, NULL);
		if (text.at[i] >= 0x20 && text.at[i] != 0x7f)
			buf_put(out, byte);
		else
			put(out, S("\\x"), str_hex(&small, byte));
	}
}

static void put_padded(struct buf *out, struct str text, size_t columns)
{
	put_name(out, text);
	size_t width = utf8_columns(text);
	buf_fill(out, ' ', width < columns ? columns - width : 1);
}

static void put_change(struct buf *out, const struct change *change)
{
	put_name(out, change->path);
	if (change->was && change->is && change->was_text.len && change->is_text.len) {
		put(out, S(" "));
		put_name(out, change->was_text);
		put(out, S(" -> "));
		put_name(out, change->is_text);
	} else if ((!change->was && change->is_text.len) || (!change->is && change->was_text.len)) {
		put(out, change->was ? S(" - ") : S(" + "));
		put_name(out, change->was ? change->was_text : change->is_text);
	} else if (!change->was && change->is && change->is->at.file == 0) {
		put(out, S(" added"));
	} else if (!change->is) {
		put(out, S(" removed"));
	}
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

static void put_changes(struct buf *out, const struct changes *changes, bool all)
{
	size_t shown = all || changes->count <= CHANGES_SHOWN ? changes->count : CHANGES_SHOWN - 1;
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

static void put_resource(struct buf *out, const struct set_diff *d, const struct resource_diff *r)
{
	static const struct str marks[] = {
		[EFFECT_NONE] = STR(" "), [EFFECT_IN_PLACE] = STR("~"), [EFFECT_CREATE] = STR("+"),
		[EFFECT_DELETE] = STR("-"), [EFFECT_NEW] = STR("~"), [EFFECT_REPLACE] = STR("~"),
		[EFFECT_REFUSED] = STR("!"),
	};
	put(out, S("  "), marks[r->effect], S(" "));
	put_padded(out, r->id, ID_COLUMNS);
	put_padded(out, r->word, WORD_COLUMNS);
	struct changes changes = telling(&r->changes, d->facts, r->changes.arena);
	bool last = r->effect == EFFECT_NEW;          // what becomes of the old one, behind all
	if (!last)
		put_name(out, r->why);
	if (!last && r->why.len && changes.count)
		put_break(out);
	if (r->effect == EFFECT_CREATE || r->effect == EFFECT_DELETE)
		put_name(out, r->type);
	else
		put_changes(out, &changes, d->all);
	if (last && r->why.len) {
		put_break(out);
		put_name(out, r->why);
	}
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
		put(out, S("default "));
		put_name(out, value.len ? value : S("''"));
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
		put_name(out, change->path);
		put(out, S("\n"));
	}
}

// What differs in the template and changes none of the above with parameters at their defaults.
static void put_rest(struct buf *out, const struct template_diff *t)
{
	for (size_t i = 0; i < t->rest.count; i++) {
		const struct change *change = &t->rest.list[i];
		put(out, !change->was ? S("  + ") : !change->is ? S("  - ") : S("  ~ "));
		put_padded(out, S("differs"), WORD_COLUMNS);
		put_change(out, change);
		put(out, S("\n"));
	}
}

static bool has_changes(const struct template_diff *t)
{
	bool any = t->parameters.count || t->outputs.count || t->rest.count || t->gone || !t->was;
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
			put_resource(out, d, &t->list[i]);
	put_outputs(out, t);
	put_rest(out, t);
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

// ---- what is measured: each change has the verdict of the first rule that fits

enum verdict { VERDICT_NONE, VERDICT_NEVER, VERDICT_MAYBE, VERDICT_ALWAYS };

static enum verdict verdict_of(const struct node *rule)
{
	struct str word = node_str(rule, S("verdict"));
	return str_eq(word, S("always")) ? VERDICT_ALWAYS : str_eq(word, S("maybe")) ? VERDICT_MAYBE
	     : VERDICT_NEVER;
}

static bool fits(const struct node *rule, const struct resource_diff *r, const struct change *one)
{
	const struct node *names = node_get(rule, S("names"));
	struct str text = node_str(rule, S("text")), type = node_str(rule, S("type"));
	return str_eq(type, r->type) && str_starts(one->path, node_str(rule, S("path")))
	    && (!names || holds_one_of(one->path, names))
	    && (str_starts(one->was_text, text) || str_starts(one->is_text, text));
}

static bool builds_images(const struct set_diff *d)
{
	const struct node *builds = node_get(d->facts, S("builds"));
	for (size_t i = 0; i < d->count; i++)
		for (size_t j = 0; j < d->list[i].count; j++)
			if (node_has(builds, d->list[i].list[j].type))
				return true;
	return false;
}

struct judgement { enum verdict verdict; struct str says[8]; size_t count; };

static void judge_change(struct judgement *to, const struct set_diff *d,
                         const struct resource_diff *r, const struct change *one)
{
	const struct node *rule = node_first(node_get(d->facts, S("measured")));
	while (rule && !fits(rule, r, one))
		rule = rule->next;
	enum verdict v = rule ? verdict_of(rule) : VERDICT_NEVER;
	struct str says = node_str(rule, S("says"));
	to->count = v > to->verdict ? 0 : to->count;
	bool told = v < to->verdict || !says.len || to->count == countof(to->says);
	to->verdict = v > to->verdict ? v : to->verdict;
	for (size_t i = 0; i < to->count; i++)
		told |= str_eq(to->says[i], says);
	if (!told)
		to->says[to->count++] = says;
}

static void judge_resource(struct judgement *to, const struct set_diff *d,
                           const struct resource_diff *r)
{
	struct change whole = {.path = S("")};
	for (size_t i = 0; i < r->changes.count; i++)
		if (r->changes.list[i].was || !node_has(node_get(d->facts, S("builds")), r->type)
		    || !str_eq(r->changes.list[i].path, r->changes.list[i].top))
			judge_change(to, d, r, &r->changes.list[i]);
	if (r->effect == EFFECT_CREATE || r->effect == EFFECT_DELETE)
		judge_change(to, d, r, &whole);
}

// Of templates that amic did not make it cannot be said which of their steps are measured.
static void put_measured(struct buf *out, const struct set_diff *d, bool ours)
{
	static const struct str words[] = {
		[VERDICT_NEVER] = STR("never"), [VERDICT_MAYBE] = STR("maybe"),
		[VERDICT_ALWAYS] = STR("always"),
	};
	const struct node *verdicts = node_get(d->facts, S("verdicts"));
	struct judgement all = {.verdict = VERDICT_NEVER};
	if (!builds_images(d))
		return;
	if (!ours) {
		put(out, node_str(verdicts, S("unknown")), S("\n"));
		return;
	}
	for (size_t i = 0; i < d->count; i++)
		for (size_t j = 0; j < d->list[i].count; j++)
			judge_resource(&all, d, &d->list[i].list[j]);
	for (size_t i = 0; i < all.count; i++)
		put(out, node_str(verdicts, words[all.verdict]), all.says[i], S("\n"));
	if (all.count == 0)
		put(out, node_str(verdicts, words[all.verdict]), S("\n"));
}

// ---- what is refused, and what works instead

static void put_advice(struct buf *out, const struct set_diff *d)
{
	bool other = false;
	for (size_t i = 0; i < d->count; i++)
		for (size_t j = 0; j < d->list[i].count; j++) {
			const struct resource_diff *r = &d->list[i].list[j];
			if (r->effect != EFFECT_REFUSED)
				continue;
			other |= !r->advice.len;
			if (r->advice.len) {
				put_name(out, r->id);
				put(out, S(": "), r->advice, S(".\n"));
			}
		}
	if (other)
		put(out, S("This cannot be deployed as an update: deploy it as new stacks, move what "
		           "imports them,\ndelete the old ones; or keep what is named above.\n"));
}

static void put_report(struct buf *out, const struct set_diff *d, const struct spec *spec,
                       struct context *c)
{
	if (diff_is_empty(d))
		return;
	for (size_t i = 0; i < d->count; i++)
		if (has_changes(&d->list[i]))
			put_template(out, d, &d->list[i], spec, c);
	put_advice(out, d);
	put_order(out, d);
	put_measured(out, d, spec);
}

// Templates are anybody's.
void diff_report(const struct set_diff *d, const struct spec *spec, struct context *c,
                 struct buf *out)
{
	struct buf text = buf_new(c->arena, out->max);
	put_report(&text, d, spec, c);
	buf_printable(out, buf_str(&text));
}
