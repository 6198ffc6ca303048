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

void products_open(struct run *r, size_t count, struct products *out)
{
	*out = (struct products){.list = make(r->arena, count, struct product), .ok = true,
		.context = {.arena = r->arena, .diag = r->diag, .library = r->library}};
}

bool products_add_to(struct products *all, struct str path, struct str folder)
{
	struct product *p = &all->list[all->count];
	p->folder = folder;
	bool done = compile(&all->context, path, &p->spec, &p->artifacts);
	all->count += done;
	all->ok &= done;
	return done;
}

bool products_add(struct products *all, struct str path, struct str folder)
{
	return products_add_to(all, path, folder_for(all->context.arena, folder, path));
}

void products_compile(struct run *r, const struct str *paths, size_t count, struct str folder,
                      struct products *out)
{
	products_open(r, count, out);
	for (size_t i = 0; i < count; i++)
		(void)products_add(out, paths[i], folder);
}

struct str output_path(struct arena *a, const struct product *p, const struct artifact *from)
{
	bool here = str_eq(p->folder, S("."));
	return here ? from->name : path_join(a, p->folder, from->name);
}

// ---- what is left of specs whose memory was given back

struct outputs outputs_new(struct arena *a)
{
	struct outputs o = {.arena = a, .makers = make(a, 1, struct memo),
		.texts = make(a, 1, struct memo), .inputs = make(a, 1, struct memo)};
	o.makers->arena = o.texts->arena = o.inputs->arena = a;
	return o;
}

// Of a file, by whatever name: that of its folder without links, and its own.
static struct str file_key(struct arena *a, struct str path)
{
	struct str real;
	if (path_real(a, path, &real))
		return sha256(a, real);
	size_t len = path.len;
	while (len && path.at[len - 1] != '/')
		len--;
	if (!path_real(a, path_beside(a, path, S(".")), &real))
		return sha256(a, path);
	return sha256(a, path_join(a, real, (struct str){path.at + len, path.len - len}));
}

static void note_name(struct outputs *all, struct memo *in, struct str key, struct str name)
{
	struct str *kept = make(all->arena, 1, struct str);
	*kept = str_copy(all->arena, name);
	memo_keep(in, key, kept);
}

// Many specs have the same documents: one copy does for all.
static struct str kept_text(struct outputs *all, struct str text)
{
	u8 digest[32];
	struct arena small = arena_of(digest, sizeof digest, NULL, NULL);
	struct str key = sha256(&small, text), *known = memo_find(all->texts, key);
	if (!known) {
		known = make(all->arena, 1, struct str);
		*known = str_copy(all->arena, text);
		memo_keep(all->texts, key, known);
	}
	return *known;
}

// Whose output a path is: two specs that would write the same file are a finding.
static bool claim(struct outputs *all, struct str path, const struct spec *by, struct arena scratch,
                  struct diag *d)
{
	struct str key = file_key(&scratch, path), *known = memo_find(all->makers, key);
	if (known)
		return diag_report(d, (struct finding){OUTPUT_TWICE, {by->file, 0, 0},
			.arg = {path, *known}});
	note_name(all, all->makers, key, by->path);
	return true;
}

void outputs_add(struct outputs *all, struct str path, struct str text)
{
	all->list = grown(all->arena, all->list, all->count, &all->cap, struct output);
	all->list[all->count++] = (struct output){str_copy(all->arena, path), kept_text(all, text)};
}

bool outputs_take(struct outputs *all, const struct product *p, struct arena scratch,
                  struct diag *d)
{
	for (size_t i = 0; i < p->artifacts.count; i++) {
		const struct artifact *a = &p->artifacts.list[i];
		struct str path = output_path(&scratch, p, a);
		if (!claim(all, path, &p->spec, scratch, d))
			return false;
		outputs_add(all, path, a->text);
	}
	for (size_t i = 0; i < p->spec.input_count; i++) {
		struct arena one = scratch;
		struct str key = file_key(&one, p->spec.inputs[i]);
		if (!memo_find(all->inputs, key))
			note_name(all, all->inputs, key, p->spec.inputs[i]);
	}
	return true;
}

bool outputs_add_side(struct outputs *all, struct str option, struct output o,
                      struct arena scratch, struct diag *d)
{
	struct str key = file_key(&scratch, o.path), *known = memo_find(all->makers, key);
	if (known)
		return diag_report(d, (struct finding){OPTION_VALUE,
			.arg = {option, o.path, cat(&scratch, S("a file that '"), *known,
			                            S("' does not write"))}});
	note_name(all, all->makers, key, option);
	outputs_add(all, o.path, o.bytes);
	return true;
}

bool outputs_spare_inputs(struct outputs *all, struct arena scratch, struct diag *d)
{
	bool done = true;
	for (size_t i = 0; i < all->count; i++) {
		struct arena one = scratch;
		if (memo_find(all->inputs, file_key(&one, all->list[i].path)))
			done = diag_report(d, (struct finding){OUTPUT_IS_INPUT, .arg = {all->list[i].path}});
	}
	return done;
}
