// amic init --project: a first project file for the specs that lie here.
#include "command/internal.h"

enum { DEPTH_MAX = 4, FOLDERS_MAX = 2000 };

struct finder { struct run *r; struct str *list; size_t count, cap, entered; };

static bool holds_specs(const struct str *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_ends(names[i], S(".ami")))
			return true;
	return false;
}

static void look(struct finder *f, struct str folder, size_t depth)
{
	struct arena *a = f->r->arena;
	struct diag quiet = diag_quiet(a);
	struct str *names;
	size_t count;
	bool here = str_eq(folder, S("."));
	if (f->entered++ >= FOLDERS_MAX || !folder_list(a, folder, &names, &count, &quiet))
		return;
	if (holds_specs(names, count)) {
		f->list = grown(a, f->list, f->count, &f->cap, struct str);
		f->list[f->count++] = folder;
	}
	for (size_t i = 0; depth < DEPTH_MAX && i < count; i++) {
		struct str path = here ? names[i] : path_join(a, folder, names[i]);
		if (folder_is(*a, path))
			look(f, path, depth + 1);
	}
}

// One folder of specs: their stems differ. Of several, each has a folder of outputs.
static struct str lines_for(const struct finder *f)
{
	struct buf out = buf_new(f->r->arena, 1 << 20);
	put(&out, S("# Which specs this repository has, and where their outputs go: man amic.yaml\n"
	            "amic: 1\nspecs:\n"));
	for (size_t i = 0; i < f->count; i++) {
		bool here = str_eq(f->list[i], S("."));
		put(&out, S("  \""), here ? S("") : f->list[i], here ? S("") : S("/"), S("*.ami\": \"out/"),
		    here || f->count == 1 ? S("") : f->list[i], here || f->count == 1 ? S("") : S("/"),
		    S("{stem}\"\n"));
	}
	if (!f->count)
		put(&out, S("  \"*.ami\": \"out/{stem}\"\n"));
	put(&out, S("# strict: true           # notes and warnings fail 'amic check'\n"));
	return buf_str(&out);
}

int init_project(struct run *r)
{
	struct finder f = {.r = r};
	struct output file = {.path = S("amic.yaml")};
	if (r->args->rest_count || args_has(r->args, S("from"))) {
		diag_report(r->diag, (struct finding){OPTIONS_EXCLUDE, .arg = {S("--project"),
			r->args->rest_count ? r->args->rest[0] : S("--from")}});
		return STATUS_UNKNOWN;
	}
	if (file_exists(*r->arena, file.path)) {
		diag_report(r->diag, (struct finding){FILE_EXISTS, .arg = {file.path}});
		return STATUS_UNKNOWN;
	}
	look(&f, S("."), 0);
	file.bytes = lines_for(&f);
	return files_write(&file, 1, *r->arena, r->diag) ? STATUS_DONE : STATUS_UNKNOWN;
}
