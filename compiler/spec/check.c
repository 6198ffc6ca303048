// check: a spec against the language. The schema finds what is wrong; here it is said in the
// words of the one who wrote the spec.
#include "spec/spec.h"

enum { ECHO_MAX = 60, KEYS_MAX = 8 };   // bytes of a value, keys of a place, in a message

struct checker { struct context *c; const struct spec *s; bool bad, formed; };

static bool complain(struct checker *k, struct finding f)
{
	k->bad = true;
	return diag_report(k->c->diag, f);
}

// ---- words for places and values

// A path without what says which pipeline it is in.
static struct str in_pipeline(struct str path, struct str *pipeline)
{
	struct str head, rest = str_cut(path, '.', &head);
	*pipeline = (struct str){0};
	if (!str_eq(head, S("pipelines")) || rest.len == 0)
		return path;
	return str_cut(rest, '.', pipeline);
}

static struct str echo(struct arena *a, const struct node *n)
{
	struct str s = n->text, short_text;
	if (n->kind != TEXT)
		return n->kind == MAP ? S("a mapping") : S("a list");
	if (s.len <= ECHO_MAX)
		return s.len ? s : S("''");
	size_t len = ECHO_MAX;
	while (len && (s.at[len] & 0xc0) == 0x80)
		len--;
	return str_sub(s, 0, len, &short_text) ? cat(a, short_text, S("…")) : s;
}

static struct str place_name(struct checker *k, struct str owner)
{
	struct arena *a = k->c->diag->arena;
	struct str pipeline, path = in_pipeline(owner, &pipeline);
	if (pipeline.len == 0)
		return owner.len ? cat(a, S("'"), owner, S("'")) : S("the spec");
	struct str of = cat(a, S("pipeline '"), pipeline, S("'"));
	return path.len ? cat(a, S("'"), path, S("' of "), of) : of;
}

static struct str place_kind(struct checker *k, struct str owner)
{
	struct str pipeline, path = in_pipeline(owner, &pipeline);
	if (path.len)
		return cat(k->c->diag->arena, S("'"), path, S("'"));
	return pipeline.len ? S("a pipeline") : S("a spec");
}

static bool digits_only(struct str s)
{
	u64 n;
	return str_u64(s, &n);
}

// Elements are shown by the caret, not by number.
static struct str shown_path(const struct schema_fault *f)
{
	struct str pipeline, path = in_pipeline(f->path, &pipeline);
	size_t dot = path.len;
	while (dot && path.at[dot - 1] != '.')
		dot--;
	if (dot && f->word != SCHEMA_TYPE && f->node->kind == TEXT
	    && digits_only((struct str){path.at + dot, path.len - dot}))
		path.len = dot - 1;
	return path.len ? path : pipeline.len ? pipeline : S("the spec");
}

// The setting that a path lies in: itself, or the nearest one around it.
static const struct setting *setting_around(const struct checker *k, struct str path)
{
	struct str pipeline;
	path = in_pipeline(path, &pipeline);
	for (size_t len = path.len; len; len--) {
		struct str head = {path.at, len};
		bool whole = len == path.len || path.at[len] == '.';
		const struct setting *s = whole ? language_find(k->s->language, head) : NULL;
		if (s && !s->part)
			return s;
	}
	return NULL;
}

static struct str expected(const struct checker *k, const struct schema_fault *f)
{
	struct str own = node_str(node_get(f->schema, S("x-amic")), S("expected"));
	const struct setting *s = setting_around(k, f->path);
	return own.len || !s ? own : node_str(s->amic, S("expected"));
}

// ---- keys

static struct str list_words(struct arena *a, const struct str *words, size_t count)
{
	struct buf out = buf_new(a, 4096);
	for (size_t i = 0; i < count && i < KEYS_MAX; i++)
		put(&out, i ? S(", ") : S(""), words[i]);
	if (count > KEYS_MAX) {
		put(&out, S(" and "));
		buf_number(&out, count - KEYS_MAX);
		put(&out, S(" more"));
	}
	return buf_str(&out);
}

static struct str keys_of(struct arena *a, const struct node *schema)
{
	const struct node *properties = node_get(schema, S("properties"));
	struct str *words = make(a, node_count(properties) + 1, struct str);
	size_t count = 0;
	for (const struct node *value = node_first(properties); value; value = value->next)
		words[count++] = value->key;
	return list_words(a, words, count);
}

static bool is_group_or_setting(const struct checker *k, struct str path)
{
	struct arena scratch = *k->c->arena;
	struct str group = cat(&scratch, path, S("."));
	for (size_t i = 0; i < k->s->language->count; i++) {
		struct str name = k->s->language->list[i].path;
		if (str_eq(name, path) || str_starts(name, group))
			return true;
	}
	return false;
}

// build.timeout, as one key, is build: { timeout: … }.
static struct str nested(struct checker *k, struct str path)
{
	const struct setting *s = language_find(k->s->language, path);
	struct str head, rest = str_cut(path, '.', &head);
	return s && !s->part && rest.len ? cat(k->c->diag->arena, head, S(": { "), rest, S(": … }"))
	                                 : (struct str){0};
}

static void unknown_key(struct checker *k, const struct schema_fault *f)
{
	struct arena *a = k->c->diag->arena;
	struct str pipeline, inner = in_pipeline(f->path, &pipeline);
	struct str path = inner.len ? cat(a, inner, S("."), f->name) : f->name;
	struct span at = f->node->key_at;
	if (pipeline.len && is_group_or_setting(k, path)) {
		complain(k, (struct finding){KEY_OF_BASE, .at = at, .arg = {path}});
		return;
	}
	struct str near = f->near.len ? f->near : nested(k, path);
	struct str keys = near.len ? S("") : keys_of(a, f->schema);
	complain(k, (struct finding){KEY_UNKNOWN, .at = at, .fix_at = at, .fix = f->near,
		.fixable = f->near.len > 0, .arg = {f->name, place_name(k, f->path),
		                                    place_kind(k, f->path), near, keys}});
}

static void missing_key(struct checker *k, const struct schema_fault *f)
{
	struct arena *a = k->c->diag->arena;
	const struct node *owner = f->node;
	struct span at = owner->key_at.file ? owner->key_at
	               : owner->first ? owner->first->key_at : owner->at;
	struct str path = f->path.len ? cat(a, shown_path(f), S("."), f->name) : f->name;
	const struct setting *s = setting_around(k, path);
	const struct node *schema = node_get(node_get(f->schema, S("properties")), f->name);
	const struct node *resolved = schema_resolve(k->s->language->root, schema);
	struct str form = node_str(node_get(resolved, S("x-amic")), S("expected"));
	form = form.len || !s ? form : node_str(s->amic, S("expected"));
	complain(k, (struct finding){KEY_MISSING, .at = at, .arg = {path, f->name, form}});
}

// ---- values

static struct str kind_wanted(const struct node *schema)
{
	static const struct { struct str type, words; } kinds[] = {
		{STR("object"), STR("a mapping")}, {STR("array"), STR("a list")},
		{STR("integer"), STR("a whole number")}, {STR("boolean"), STR("true or false")},
	};
	struct str type = node_str(schema, S("type"));
	for (size_t i = 0; i < countof(kinds); i++)
		if (str_eq(kinds[i].type, type))
			return kinds[i].words;
	return S("text");
}

static void wrong_type(struct checker *k, const struct schema_fault *f)
{
	struct arena *a = k->c->diag->arena;
	struct str found = f->node->kind == TEXT ? cat(a, S("'"), echo(a, f->node), S("'"))
	                                         : echo(a, f->node);
	struct span nothing = f->node->key_at;
	if (node_is_null(f->node) && nothing.file)
		complain(k, (struct finding){VALUE_MISSING, .at = nothing,
			.arg = {shown_path(f), S(""), expected(k, f)}});
	else
		complain(k, (struct finding){WRONG_KIND, .at = f->node->at,
			.arg = {shown_path(f), found, kind_wanted(f->schema), S(""), expected(k, f)}});
}

static struct str range_text(struct arena *a, const struct node *amic)
{
	struct str least = node_str(amic, S("min")), most = node_str(amic, S("max"));
	return least.len ? cat(a, least, S(" to "), most) : S("");
}

// 180: 180m, or 3h; range 30m to 12h. 30GB: GiB.
static struct str unit_help(struct checker *k, const struct setting *s, struct str digits)
{
	struct arena *a = k->c->diag->arena;
	struct str unit = node_str(s->amic, S("unit")), range = range_text(a, s->amic);
	struct str form = str_eq(unit, S("size")) ? cat(a, digits, S("GiB"))
	                : str_eq(unit, S("days")) ? cat(a, digits, S("d"))
	                : cat(a, digits, S("m, or 3h"));
	return cat(a, form, S("; range "), range);
}

static struct str leading_digits(struct str s)
{
	size_t n = 0;
	while (n < s.len && s.at[n] >= '0' && s.at[n] <= '9')
		n++;
	return (struct str){s.at, n};
}

static bool measure(struct str unit, struct str text, u64 *out)
{
	return str_eq(unit, S("size")) ? size_mib(text, out) : duration_seconds(text, out);
}

// "3 h" is 3h. Empty when it is something else.
static struct str without_blank(struct checker *k, const struct setting *s, struct str text,
                                struct str digits)
{
	u64 value;
	struct str rest = {text.at + digits.len, text.len - digits.len};
	struct str joined = cat(k->c->diag->arena, digits, str_trim(rest));
	return measure(node_str(s->amic, S("unit")), joined, &value) ? joined : (struct str){0};
}

static bool reports_unit(struct checker *k, const struct schema_fault *f)
{
	const struct setting *s = setting_around(k, f->path);
	struct str digits = leading_digits(f->node->text), range = s ? node_str(s->amic,
	                                                                        S("min")) : S("");
	bool is_unit = range.len && digits.len && digits.len <= 10
	            && str_eq(node_str(s->schema, S("type")), S("string"));
	bool bare = digits_only(f->node->text);
	u64 value;
	if (!is_unit || (!bare && (duration_seconds(f->node->text, &value)
	                           || size_mib(f->node->text, &value))))
		return false;
	struct str help = without_blank(k, s, f->node->text, digits);
	bool blank = help.len > 0;
	complain(k, (struct finding){bare ? UNIT_MISSING : UNIT_UNKNOWN, .at = f->node->at,
		.arg = {s->path, echo(k->c->diag->arena, f->node), blank ? help : unit_help(k, s, digits)},
		.fix_at = f->node->at, .fix = help, .fixable = blank});
	return true;
}

static struct str listed_words(struct checker *k, const struct schema_fault *f)
{
	struct arena *a = k->c->diag->arena;
	const struct node *list = node_get(f->schema, S("enum"));
	size_t count = node_count(list), i = 0;
	struct str *words = make(a, count + 1, struct str), all = expected(k, f);
	if (f->near.len || (count > KEYS_MAX && all.len) || count == 0)
		return f->near.len ? S("") : all;
	for (const struct node *word = node_first(list); word; word = word->next)
		words[i++] = word->text;
	return list_words(a, words, count);
}

static void unknown_word(struct checker *k, const struct schema_fault *f)
{
	const struct setting *s = setting_around(k, f->path);
	struct schema_fault told = *f;
	if (reports_unit(k, f))
		return;
	if (s && node_str(s->amic, S("unit")).len)
		told.near = (struct str){0};          // 31d is no slip for 1d
	complain(k, (struct finding){WORD_UNKNOWN, .at = f->node->at, .fix_at = f->node->at,
		.fix = told.near, .fixable = told.near.len > 0,
		.arg = {shown_path(f), echo(k->c->diag->arena, f->node), S(""), told.near,
		        listed_words(k, &told)}});
}

static void wrong_form(struct checker *k, const struct schema_fault *f)
{
	struct str shown = f->node->text.len ? echo(k->c->diag->arena, f->node) : S("");
	if (!reports_unit(k, f))
		complain(k, (struct finding){FORM_WRONG, .at = f->node->at,
			.arg = {shown_path(f), shown, expected(k, f)}});
}

static struct str limits_of(struct arena *a, const struct schema_fault *f)
{
	static const struct { struct str least, most, of; } limits[] = {
		{STR("minimum"), STR("maximum"), STR("")},
		{STR("minLength"), STR("maxLength"), STR(" characters")},
		{STR("minItems"), STR("maxItems"), STR(" elements")},
		{STR("minProperties"), STR("maxProperties"), STR(" entries")},
	};
	for (size_t i = 0; i < countof(limits); i++) {
		const struct node *low = node_get(f->schema, limits[i].least);
		const struct node *high = node_get(f->schema, limits[i].most);
		if (!low && !high)
			continue;
		struct str least = low ? low->text : S("0");
		return high ? cat(a, least, S(" to "), high->text, limits[i].of)
		            : cat(a, S("at least "), least, limits[i].of);
	}
	return S("");
}

static void out_of_range(struct checker *k, const struct schema_fault *f)
{
	struct arena *a = k->c->diag->arena;
	struct str value = f->node->kind == TEXT ? echo(a, f->node)
	                 : cat(a, str_number(a, f->node->count), f->node->kind == MAP ? S(" entries")
	                                                                              : S(" elements"));
	struct span at = f->node->kind == TEXT || !f->node->key_at.file ? f->node->at : f->node->key_at;
	complain(k, (struct finding){OUT_OF_RANGE, .at = at,
		.arg = {shown_path(f), value, limits_of(a, f)}});
}

static void listed_twice(struct checker *k, const struct schema_fault *f)
{
	complain(k, (struct finding){ELEMENT_TWICE, .at = f->node->at, .also = f->also->at,
		.also_label = S("first here"),
		.arg = {shown_path(f), echo(k->c->diag->arena, f->node)}});
}

static void no_form(struct checker *k, const struct schema_fault *f)
{
	if (node_is_null(f->node))
		wrong_type(k, f);
	else if (f->node->kind == TEXT)
		wrong_form(k, f);
	else
		complain(k, (struct finding){FORM_NONE, .at = f->node->at,
			.arg = {shown_path(f), expected(k, f)}});
}

// ---- text that is syntax somewhere

static struct str syntax_in(struct str s)
{
	size_t off;
	if (str_find(s, S("{{"), &off))
		return S("'{{'");
	if (str_find(s, S("${"), &off))
		return S("'${'");
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < 0x20 || s.at[i] == 0x7f)
			return S("a line break or another control character");
	return (struct str){0};
}

static void check_syntax(struct checker *k, const struct node *n, struct str path)
{
	struct str what = n->kind == TEXT ? syntax_in(n->text) : S("");
	if (what.len)
		complain(k, (struct finding){TEXT_SYNTAX, .at = n->at, .arg = {path, what}});
	what = syntax_in(n->key);
	if (what.len)
		complain(k, (struct finding){TEXT_SYNTAX, .at = n->key_at,
			.arg = {S("a key"), what}});
	for (const struct node *child = n->first; child; child = child->next)
		check_syntax(k, child, child->key.len ? child->key : path);
}

static void check_texts(struct checker *k)
{
	for (const struct node *n = k->s->tree->first; n; n = n->next)
		if (!str_eq(n->key, S("patch")))      // it edits templates and may speak their language
			check_syntax(k, n, n->key);
}

// ---- faults become findings

static bool has_rule_of_its_own(struct checker *k, const struct schema_fault *f)
{
	struct str code = node_str(node_get(f->schema, S("x-amic")), S("finding"));
	enum rule rule;
	if (!code.len || f->word == SCHEMA_TYPE || !rule_by_code(code, &rule))
		return false;
	complain(k, (struct finding){rule, .at = f->node->at,
		.arg = {shown_path(f), echo(k->c->diag->arena, f->node), expected(k, f), f->near}});
	return true;
}

static void take_fault(void *of, const struct schema_fault *f)
{
	static void (*const say[])(struct checker *, const struct schema_fault *) = {
		[SCHEMA_TYPE] = wrong_type, [SCHEMA_UNKNOWN] = unknown_key,
		[SCHEMA_MISSING] = missing_key, [SCHEMA_DEPENDENT] = missing_key,
		[SCHEMA_ENUM] = unknown_word, [SCHEMA_PATTERN] = wrong_form,
		[SCHEMA_RANGE] = out_of_range, [SCHEMA_LENGTH] = out_of_range,
		[SCHEMA_COUNT] = out_of_range, [SCHEMA_UNIQUE] = listed_twice,
		[SCHEMA_CHOICE] = no_form, [SCHEMA_NOT] = wrong_form,
	};
	struct checker *k = of;
	bool is_key = f->word == SCHEMA_UNKNOWN || f->word == SCHEMA_MISSING;
	if (!is_key && f->node->kind == TEXT && syntax_in(f->node->text).len) {
		k->bad = true;                        // said by check_syntax
		return;
	}
	// What an abstract spec lacks may be said by those that extend it.
	if ((f->word == SCHEMA_MISSING || f->word == SCHEMA_DEPENDENT) && spec_is_abstract(k->s))
		return;
	if (!has_rule_of_its_own(k, f))
		say[f->word](k, f);
}

// ---- units: what a pattern cannot say

static void check_quantity(struct checker *k, const struct setting *s, const struct node *n)
{
	struct arena *a = k->c->diag->arena;
	struct str unit = node_str(s->amic, S("unit"));
	u64 value, least, most, whole = 1;
	if (!measure(unit, n->text, &value) || !measure(unit, node_str(s->amic, S("min")), &least)
	    || !measure(unit, node_str(s->amic, S("max")), &most))
		return;
	struct str range = range_text(a, s->amic), grain = node_str(s->amic, S("whole"));
	if (grain.len && measure(unit, cat(a, S("1"), grain), &whole) && value % whole)
		range = cat(a, S("a whole number of "), grain, S(", "), range);
	if (value < least || value > most || value % whole)
		complain(k, (struct finding){OUT_OF_RANGE, .at = n->at,
			.arg = {s->path, echo(a, n), range}});
}

static void check_version(struct checker *k, const struct setting *s, const struct node *n)
{
	u64 major, minor;
	if (!version_read(n->text, &major, &minor))
		complain(k, (struct finding){OUT_OF_RANGE, .at = n->at,
			.arg = {s->path, echo(k->c->diag->arena, n), S("0 to 1073741823, each number")}});
}

static void check_range_order(struct checker *k, const struct setting *s, const struct node *n)
{
	struct arena *a = k->c->diag->arena;
	struct str range, forward;
	if (!schedule_turns_back(a, n->text, &range, &forward))
		return;
	size_t off = (size_t)(range.at - n->text.at), after = off + range.len;
	struct str fix = cat(a, S("\""), (struct str){n->text.at, off}, forward,
	                     (struct str){n->text.at + after, n->text.len - after}, S("\""));
	complain(k, (struct finding){SCHEDULE_BACKWARDS, .at = n->at, .arg = {s->path, range, forward},
		.fix_at = n->at, .fix = fix, .fixable = true});
}

static void check_schedule(struct checker *k, const struct setting *s, const struct node *n)
{
	struct str why;
	if (!schedule_is_valid(n->text, &why))
		complain(k, (struct finding){SCHEDULE_WRONG, .at = n->at, .arg = {s->path, n->text, why}});
	else if (!schedule_fires(n->text))
		complain(k, (struct finding){SCHEDULE_NEVER, .at = n->at, .arg = {s->path, n->text}});
	else
		check_range_order(k, s, n);
}

// Quantities are judged whatever else is wrong; what has a form of its own when that is right.
static void check_unit(struct checker *k, const struct setting *s, const struct node *n)
{
	static const struct { struct str unit;
		void (*check)(struct checker *, const struct setting *, const struct node *); } units[] = {
		{STR("duration"), check_quantity}, {STR("size"), check_quantity},
		{STR("days"), check_quantity}, {STR("version"), check_version},
		{STR("schedule"), check_schedule},
	};
	struct str unit = node_str(s->amic, S("unit"));
	for (size_t i = 0; n && n->kind == TEXT && i < countof(units); i++)
		if (str_eq(unit, units[i].unit) && (k->formed || units[i].check == check_quantity))
			units[i].check(k, s, n);
}

static void check_units(struct checker *k, const struct node *owner, bool pipelines_only)
{
	for (size_t i = 0; i < k->s->language->count; i++) {
		const struct setting *s = &k->s->language->list[i];
		if (!s->part && (!pipelines_only || s->level == LEVEL_PIPELINE))
			check_unit(k, s, node_path(owner, s->path));
	}
}

bool check_spec(struct context *c, const struct spec *s)
{
	struct checker k = {.c = c, .s = s};
	struct schema_reader reader = {take_fault, NULL, &k, false};
	const struct node *root = s->language->root;
	const struct node *pipelines = node_get(s->tree, S("pipelines"));
	check_texts(&k);
	bool abstract = spec_is_abstract(s);
	k.formed = (schema_check(c, root, root, s->tree, &reader) || abstract) && !k.bad;
	check_units(&k, s->tree, false);
	for (const struct node *p = pipelines ? pipelines->first : NULL; p; p = p->next)
		check_units(&k, p, true);
	if (!k.formed)
		return false;
	bool good = check_opening(c, s);
	good = (abstract || check_archs(c, s)) && good;    // 'arch' may be said where it is extended
	good = check_distinct(c, s) && good;
	good = check_regions(c, s) && good;
	good = (abstract || check_releases(c, s)) && good;
	return check_rules(c, s) && good && !k.bad;
}
