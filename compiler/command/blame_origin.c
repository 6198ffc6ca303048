// blame_origin: which output a path means, and where one of its lines is from.
#include "command/internal.h"

static struct str base_name(struct str path)
{
	for (size_t i = path.len; i > 0; i--)
		if (path.at[i - 1] == '/')
			return (struct str){path.at + i, path.len - i};
	return path;
}

// The output of that very path, or the only one of that name.
bool blame_find(const struct blame *b, struct str path, size_t *product, size_t *artifact)
{
	size_t found = 0;
	for (size_t i = 0; i < b->products.count; i++) {
		const struct product *p = &b->products.list[i];
		for (size_t j = 0; j < p->artifacts.count; j++) {
			if (!str_eq(base_name(path), p->artifacts.list[j].name))
				continue;
			found++;
			*product = i;
			*artifact = j;
			if (str_eq(path, output_path(b->r->arena, p, &p->artifacts.list[j])))
				return true;
		}
	}
	return found == 1;
}

static u64 lines_of(struct str text)
{
	u64 count = 0;
	for (struct str line; text.len; count++)
		text = str_cut(text, '\n', &line);
	return count;
}

const struct origin *blame_origin(struct blame *b, struct str path, u32 line,
                                  const struct product **out)
{
	size_t i, j;
	if (!blame_find(b, path, &i, &j))
		return NULL;
	const struct product *p = &b->products.list[i];
	struct origins *known = &b->origins[i][j];
	if (line > lines_of(p->artifacts.list[j].text))
		return NULL;
	if (!known->count)
		blame_artifact(&b->products.context, &p->artifacts.list[j], known);
	*out = p;
	return blame_line(known, line);
}
