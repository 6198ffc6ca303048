// fix: the machine-applicable edits of findings, applied to the text that they were found in.
#include "report/report.h"
#include <stdlib.h>

static int compare_edits(const void *a, const void *b)
{
	const struct finding *x = *(const struct finding *const *)a;
	const struct finding *y = *(const struct finding *const *)b;
	if (x->fix_at.off != y->fix_at.off)
		return x->fix_at.off < y->fix_at.off ? -1 : 1;
	return (x->fix_at.len > y->fix_at.len) - (x->fix_at.len < y->fix_at.len);
}

static size_t edits_of(const struct diag *d, u32 file, struct arena *a,
                       const struct finding ***out)
{
	const struct finding **list = make(a, d->len, const struct finding *);
	size_t count = 0;
	for (size_t i = 0; i < d->len; i++)
		if (d->list[i].fixable && d->list[i].fix_at.file == file)
			list[count++] = &d->list[i];
	if (count)
		qsort(list, count, sizeof *list, compare_edits);
	*out = list;
	return count;
}

// Of two edits that touch, the first is made: a second run finds the other one, if it still is one.
size_t fixes_apply(const struct diag *d, u32 file, struct arena *a, struct str *out)
{
	struct arena scratch = *d->arena;
	const struct finding **edits;
	size_t count = edits_of(d, file, &scratch, &edits), made = 0;
	struct str text = d->sources.list[file - 1].text, piece;
	struct buf fixed = buf_new(a, SIZE_MAX / 4);
	u64 at = 0;
	for (size_t i = 0; i < count; i++) {
		struct span edit = edits[i]->fix_at;
		bool apart = made == 0 ? edit.off >= at : edit.off > at;
		if (!apart || !str_sub(text, edit.off, edit.len, &piece)
		    || !str_sub(text, at, edit.off - at, &piece))
			continue;
		put(&fixed, piece, edits[i]->fix);
		at = edit.off + edit.len;
		made++;
	}
	if (!str_sub(text, at, text.len - at, &piece))
		return 0;
	buf_put(&fixed, piece);
	*out = buf_str(&fixed);
	return made;
}
