// outputs: specs to products, products to the files that are written.
#include "command/internal.h"

// "%" in the folder's name is the spec's own, so that several specs have a folder each.
static struct str folder_for(struct arena *a, struct str folder, struct str spec)
{
	struct str head, tail = str_cut(folder, '%', &head), stem = spec;
	if (head.len == folder.len)
		return folder.len ? folder : S(".");
	for (size_t i = 0; i < spec.len; i++)
		if (spec.at[i] == '/')
			stem = (struct str){spec.at + i + 1, spec.len - i - 1};
	if (str_ends(stem, S(".ami")))
		stem.len -= 4;
	return cat(a, head, stem, tail);
}

void products_compile(struct run *r, const struct str *paths, size_t count, struct str folder,
                      struct products *out)
{
	*out = (struct products){.list = make(r->arena, count, struct product), .ok = true,
		.context = {.arena = r->arena, .diag = r->diag, .library = r->library}};
	for (size_t i = 0; i < count; i++) {
		struct product *p = &out->list[out->count];
		p->folder = folder_for(r->arena, folder, paths[i]);
		if (compile(&out->context, paths[i], &p->spec, &p->artifacts))
			out->count++;
		else
			out->ok = false;
	}
}

struct str output_path(struct arena *a, const struct product *p, const struct artifact *from)
{
	bool here = str_eq(p->folder, S("."));
	return here ? from->name : path_join(a, p->folder, from->name);
}

// The first output of another spec at that path, or `count`.
static size_t twin_of(const struct output *list, size_t count, struct str path)
{
	size_t i = 0;
	while (i < count && !str_eq(list[i].path, path))
		i++;
	return i;
}

bool outputs_list(struct run *r, const struct products *p, struct output **out, size_t *count)
{
	size_t most = 0, made = 0;
	bool done = true;
	for (size_t i = 0; i < p->count; i++)
		most += p->list[i].artifacts.count;
	struct output *list = make(r->arena, most, struct output);
	size_t *maker = make(r->arena, most, size_t);          // per output: which product
	for (size_t i = 0; i < p->count; i++) {
		size_t before = made;
		for (size_t j = 0; done && j < p->list[i].artifacts.count; j++) {
			const struct artifact *a = &p->list[i].artifacts.list[j];
			struct str path = output_path(r->arena, &p->list[i], a);
			size_t twin = twin_of(list, before, path);
			if (twin < before)
				done = diag_report(r->diag, (struct finding){OUTPUT_TWICE,
					{p->list[i].spec.file, 0, 0},
					.arg = {path, p->list[maker[twin]].spec.path}});
			maker[made] = i;
			list[made++] = (struct output){path, a->text};
		}
	}
	*out = list;
	*count = made;
	return done;
}
