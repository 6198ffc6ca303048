// drift: are committed outputs what the specs make? What differs is shown as a diff of its first
// lines; what no setting could have made was edited by hand, and is named.
#include "command/internal.h"

enum { COMMITTED_MAX = 16 << 20, CONTEXT_LINES = 3, WINDOW_LINES = 120, SHOWN_LINES = 24 };

struct drift {
	struct run *r;
	const struct product *product;
	const struct artifact *made;
	const struct context *context;
	struct str path;
	u32 file;                     // the committed text as a source
	size_t edits;
};

// ---- edited by hand: a node that neither blueprint nor spec makes

static bool edited(struct drift *d, struct span at, struct str what)
{
	d->edits++;
	return diag_report(d->r->diag, (struct finding){OUTPUT_EDITED, at, .arg = {what}});
}

static bool has_key(const struct node *n, struct str key)
{
	if (str_eq(n->key, key))
		return true;
	for (const struct node *child = n->first; child; child = child->next)
		if (has_key(child, key))
			return true;
	return false;
}

// A name that other settings would make: the output is old, and nobody's edit.
static bool is_makeable(const struct drift *d, struct str key)
{
	const struct language *l = d->product->spec.language;
	size_t off;
	for (size_t i = 0; i < l->count; i++)
		if (l->list[i].parameter.len && str_find(key, l->list[i].parameter, &off))
			return true;
	return blueprint_has(d->context, key) || has_key(d->product->spec.tree, key);
}

// Text of the blueprint itself; what a setting or a digest made has another origin.
static bool is_constant(const struct node *tree, struct span cause)
{
	return tree->kind == TEXT && !tree->cause.file && !cause.file && !tree->document;
}

static void find_edits(struct drift *d, const struct node *made, const struct node *lies,
                       struct span cause);

static void find_in_map(struct drift *d, const struct node *made, const struct node *lies,
                        struct span cause)
{
	for (const struct node *n = lies->first; n; n = n->next) {
		const struct node *twin = node_get(made, n->key);
		if (twin)
			find_edits(d, twin, n, cause);
		else if (!is_makeable(d, n->key))
			edited(d, n->key_at, n->key);
	}
}

static void find_edits(struct drift *d, const struct node *made, const struct node *lies,
                       struct span cause)
{
	cause = made->cause.file ? made->cause : cause;
	if (made->kind == MAP && lies->kind == MAP) {
		find_in_map(d, made, lies, cause);
		return;
	}
	if (made->kind == LIST && lies->kind == LIST && made->count == lies->count) {
		const struct node *m = made->first;
		for (const struct node *n = lies->first; n; n = n->next, m = m->next)
			find_edits(d, m, n, cause);
		return;
	}
	if (lies->kind == TEXT && is_constant(made, cause) && !str_eq(made->text, lies->text))
		edited(d, lies->at, lies->block ? lies->key : lies->text);
}

static void name_conflict(struct drift *d, const struct diag *found)
{
	for (size_t i = 0; i < found->len; i++)
		if (found->list[i].rule == YAML_CONFLICT) {
			d->edits++;
			diag_report(d->r->diag, found->list[i]);
		}
}

// Without the findings of a text that is no YAML any more: the diff says enough, but for a merge
// that was not finished.
static void name_edits(struct drift *d)
{
	struct diag quiet = *d->r->diag;
	quiet.list = NULL;
	quiet.len = quiet.cap = 0;
	struct context c = {.arena = d->r->arena, .diag = &quiet, .library = d->r->library};
	const struct functions *f = functions_of(&c);
	struct node *lies;
	if (!f || !read_tree(&c, d->file, DIALECT_STDLIB, &lies)) {
		name_conflict(d, &quiet);
		return;
	}
	if (d->made->is_template)
		functions_lengthen(d->r->arena, f, lies);
	find_edits(d, d->made->tree, lies, (struct span){0});
}

// ---- the first lines that differ

struct lines { struct str *list; size_t count; };

static struct lines split(struct arena *a, struct str text)
{
	struct lines l = {0};
	for (size_t i = 0; i < text.len; i++)
		l.count += text.at[i] == '\n' || i + 1 == text.len;
	l.list = make(a, l.count, struct str);
	for (size_t i = 0; i < l.count; i++)
		text = str_cut(text, '\n', &l.list[i]);
	return l;
}

static size_t window(const struct lines *l, size_t from)
{
	size_t left = l->count - from;
	return left < WINDOW_LINES ? left : WINDOW_LINES;
}

// The longest common subsequence of two windows, as lengths from each pair of places on.
static u32 *common_lengths(struct arena *a, const struct str *x, size_t nx, const struct str *y,
                           size_t ny)
{
	u32 *length = make(a, (nx + 1) * (ny + 1), u32);
	for (size_t i = nx; i-- > 0;) {
		for (size_t j = ny; j-- > 0;) {
			u32 down = length[(i + 1) * (ny + 1) + j], right = length[i * (ny + 1) + j + 1];
			length[i * (ny + 1) + j] = str_eq(x[i], y[j])
				? length[(i + 1) * (ny + 1) + j + 1] + 1 : down > right ? down : right;
		}
	}
	return length;
}

// One line of a hunk: ' ', '-' or '+'.
struct change_line { u8 sign; struct str text; };
struct hunk { struct change_line list[SHOWN_LINES]; size_t count, old, new; bool more; };

static void add_line(struct hunk *h, u8 sign, struct str text)
{
	h->list[h->count++] = (struct change_line){sign, text};
	h->old += sign != '+';
	h->new += sign != '-';
}

// What is the same at the end of a hunk, beyond its three lines of context, is none of it.
static void end_hunk(struct hunk *h)
{
	size_t same = 0;
	while (same < h->count && h->list[h->count - 1 - same].sign == ' ')
		same++;
	for (; same > CONTEXT_LINES && h->count; same--) {
		h->count--;
		h->old--;
		h->new--;
	}
}

static bool ends_alike(const struct lines *x, size_t i, const struct lines *y, size_t j)
{
	if (x->count - i != y->count - j)
		return false;
	for (; i < x->count; i++, j++)
		if (!str_eq(x->list[i], y->list[j]))
			return false;
	return true;
}

static void find_hunk(struct hunk *h, const struct lines *old, const struct lines *new,
                      size_t from, struct arena scratch)
{
	const struct str *x = old->list + from, *y = new->list + from;
	size_t nx = window(old, from), ny = window(new, from), i = 0, j = 0;
	u32 *length = common_lengths(&scratch, x, nx, y, ny);
	while (h->count < SHOWN_LINES && (i < nx || j < ny)) {
		bool same = i < nx && j < ny && str_eq(x[i], y[j]);
		bool take = i < nx && (j == ny || length[(i + 1) * (ny + 1) + j]
		                                  >= length[i * (ny + 1) + j + 1]);
		add_line(h, same ? ' ' : take ? '-' : '+', same || take ? x[i] : y[j]);
		i += same || take;
		j += same || !take;
	}
	h->more = !ends_alike(old, from + i, new, from + j);
	end_hunk(h);
}

static void put_side(struct buf *out, struct str sign, size_t from, size_t count)
{
	put(out, sign);
	buf_number(out, count ? from + 1 : from);
	put(out, S(","));
	buf_number(out, count);
}

static void put_hunk(struct buf *out, const struct hunk *h, size_t from)
{
	put_side(out, S("@@ -"), from, h->old);
	put_side(out, S(" +"), from, h->new);
	put(out, S(" @@\n"));
	for (size_t i = 0; i < h->count; i++) {
		buf_byte(out, h->list[i].sign);
		buf_printable(out, h->list[i].text);
		buf_byte(out, '\n');
	}
	put(out, h->more ? S("\\ and more below\n") : S(""));
}

static size_t first_difference(const struct lines *x, const struct lines *y)
{
	size_t i = 0;
	while (i < x->count && i < y->count && str_eq(x->list[i], y->list[i]))
		i++;
	return i;
}

static size_t put_diff(struct drift *d, struct str lies)
{
	struct buf *out = d->r->out;
	struct lines x = split(d->r->arena, lies), y = split(d->r->arena, d->made->text);
	size_t first = first_difference(&x, &y);
	size_t from = first > CONTEXT_LINES ? first - CONTEXT_LINES : 0;
	struct hunk h = {0};
	find_hunk(&h, &x, &y, from, *d->r->arena);
	buf_printable(out, cat(d->r->arena, S("--- "), d->path, S("\n+++ "), d->path, S(" of "),
	                       d->product->spec.path, S("\n")));
	put_hunk(out, &h, from);
	return first;
}

// "payments.ami:6 build.timeout", or the line of the blueprint.
static struct str maker_of(struct drift *d, size_t line)
{
	struct arena *a = d->r->diag->arena;
	const struct sources *s = &d->r->diag->sources;
	struct origins origins;
	struct context c = *d->context;
	blame_artifact(&c, d->made, &origins);
	const struct origin *o = blame_line(&origins, (u32)line + 1);
	struct span at = o && o->cause.file ? o->cause : o ? o->at : (struct span){0};
	if (!at.file)
		return S("");
	struct str setting = o->cause.file
		? blame_setting(a, d->product->spec.tree, o->cause) : (struct str){0};
	return cat(a, s->list[at.file - 1].path, S(":"), str_number(a, diag_place(s, at).line),
	           setting.len ? S(" ") : S(""), setting);
}

static struct span line_span(const struct sources *s, u32 file, size_t line)
{
	const struct source_text *t = &s->list[file - 1];
	u32 n = line < t->line_count ? (u32)line : t->line_count - 1;
	return (struct span){file, (u32)source_line_text(t, n).len, t->line_offs[n]};
}

static bool report_drift(struct drift *d, struct str lies)
{
	struct sources *s = &d->r->diag->sources;
	d->file = sources_add(s, d->path, lies);
	size_t first = put_diff(d, lies);
	name_edits(d);
	if (d->edits)
		return false;
	return diag_report(d->r->diag, (struct finding){OUTPUT_DIFFERS, line_span(s, d->file, first),
		.arg = {d->path, S("the first line that differs"), maker_of(d, first)}});
}

static bool is_current(struct run *r, const struct context *c, const struct product *p,
                       const struct artifact *made)
{
	struct drift d = {.r = r, .product = p, .made = made, .context = c,
		.path = output_path(r->arena, p, made)};
	struct str lies;
	if (!file_exists(*r->arena, d.path))
		return diag_report(r->diag, (struct finding){OUTPUT_MISSING,
			{p->spec.file, 0, 0}, .arg = {d.path}});
	if (!file_read(r->arena, d.path, COMMITTED_MAX, &lies, r->diag))
		return false;
	return str_eq(lies, made->text) || report_drift(&d, lies);
}

bool outputs_are_current(struct run *r, const struct products *p)
{
	bool current = true;
	for (size_t i = 0; i < p->count; i++)
		for (size_t j = 0; j < p->list[i].artifacts.count; j++)
			current &= is_current(r, &p->context, &p->list[i],
			                      &p->list[i].artifacts.list[j]);
	return current;
}
