// recipe: the folder or the archive that goes to S3, as the builder will find it there. The digest
// is that of stdlib's fetch.sh: of an archive its SHA-256, of a folder the SHA-256 over a line of
// sha256sum for each file, in the order of the paths.
#include "command/internal.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 1 << 16, FOLDERS_DEEP = 16, FILE_MAX_BYTES = 256 << 20 };

struct folder {
	struct context *c;
	struct str root;
	struct str *names;            // "./config.xml"
	size_t count;
	bool packed;                  // goes to S3 as an archive, whose digest is another
};

static bool fails(struct folder *f, enum rule rule, struct str a, struct str b)
{
	return diag_report(f->c->diag, (struct finding){rule, .arg = {a, b}});
}

static bool walk(struct folder *f, struct str below, size_t depth);

static bool take_entry(struct folder *f, struct str name, size_t depth)
{
	struct arena scratch = *f->c->arena;
	struct stat st;
	size_t off;
	if (lstat(str_z(&scratch, path_join(&scratch, f->root, name)), &st) != 0)
		return fails(f, FILE_UNREADABLE, name, S("it vanished"));
	if (S_ISDIR(st.st_mode))
		return walk(f, name, depth + 1);
	if (f->packed && !S_ISREG(st.st_mode))
		return true;
	if (!S_ISREG(st.st_mode))
		return fails(f, RECIPE_FILE, name, S("no file: only files go to S3"));
	if (str_find(name, S("\\"), &off) || str_find(name, S("\n"), &off))
		return fails(f, RECIPE_FILE, name, S("a name that a list of digests cannot hold"));
	if (f->count == FILES_MAX)
		return fails(f, RECIPE_FILE, name, S("one file too many"));
	f->names[f->count++] = name;
	return true;
}

static bool walk(struct folder *f, struct str below, size_t depth)
{
	struct str path = depth ? path_join(f->c->arena, f->root, below) : f->root;
	struct arena scratch = *f->c->arena;
	DIR *dir = opendir(str_z(&scratch, path));
	const struct dirent *entry;
	bool good = dir != NULL && depth < FOLDERS_DEEP;
	if (!good)
		diag_report(f->c->diag, (struct finding){FILE_UNREADABLE, .arg = {path,
			dir ? S("too many folders in folders") : str_from(strerror(errno))}});
	while (good && (entry = readdir(dir))) {
		struct str name = str_from(entry->d_name);
		if (!str_eq(name, S(".")) && !str_eq(name, S("..")))
			good = take_entry(f, cat(f->c->arena, below, S("/"), name), depth);
	}
	if (dir)
		closedir(dir);
	return good;
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool put_digest(struct folder *f, struct str name, struct arena scratch, struct buf *lines)
{
	struct str bytes;
	struct str path = path_join(&scratch, f->root, name);
	if (!file_read(&scratch, path, FILE_MAX_BYTES, &bytes, f->c->diag))
		return false;
	put(lines, str_hex(&scratch, sha256(&scratch, bytes)), S("  "), name, S("\n"));
	return true;
}

// The lines have their room beforehand: files are read into what is left of the arena.
static bool folder_digest(struct folder *f, struct str *out)
{
	enum { DIGEST_BYTES = 64, LINE_MORE = 3 };
	size_t room = 0;
	for (size_t i = 0; i < f->count; i++)
		room += DIGEST_BYTES + LINE_MORE + f->names[i].len;
	struct buf lines = {.at = make(f->c->arena, room + 1, u8), .cap = room, .max = room,
	                    .arena = f->c->arena};
	for (size_t i = 0; i < f->count; i++)
		if (!put_digest(f, f->names[i], *f->c->arena, &lines))
			return false;
	*out = str_hex(f->c->arena, sha256(f->c->arena, buf_str(&lines)));
	return true;
}

// An image description lies at the top of the folder and begins as one.
static bool has_description(struct folder *f)
{
	const struct node *amic = node_get(language_of(f->c)->root, S("x-amic"));
	struct str pattern = node_str(amic, S("recipe-file")), mark = node_str(amic, S("recipe-mark"));
	for (size_t i = 0; i < f->count; i++) {
		struct str name = {f->names[i].at + 2, f->names[i].len - 2}, bytes;
		size_t off;
		if (!pattern_matches(f->c->library->patterns, pattern, name))
			continue;
		if (!file_read(f->c->arena, path_join(f->c->arena, f->root, name), FILE_MAX_BYTES, &bytes,
		               f->c->diag))
			return false;
		return str_find(bytes, mark, &off) || fails(f, RECIPE_DESCRIPTION, f->root, name);
	}
	return fails(f, RECIPE_DESCRIPTION, f->root, S(""));
}

// Whether some pipeline takes an archive, or a prefix.
static bool some_takes(const struct folder *f, const struct spec *s, bool archive)
{
	for (size_t i = 0; i < s->pipeline_count; i++) {
		const struct value *v = scope_find(&s->pipelines[i], S("recipe.from"));
		if (v && v->node && recipe_is_archive(language_of(f->c), v->node->text) == archive)
			return true;
	}
	return false;
}

// The digests that the spec's pipelines name for a recipe of that kind; without one, there is
// nothing to compare with.
static bool has_digest(struct folder *f, const struct spec *s, bool archive, struct str digest)
{
	const struct node *named = NULL;
	for (size_t i = 0; i < s->pipeline_count; i++) {
		const struct value *v = scope_find(&s->pipelines[i], S("recipe.sha256"));
		const struct value *from = scope_find(&s->pipelines[i], S("recipe.from"));
		bool other = from && from->node
		          && recipe_is_archive(language_of(f->c), from->node->text) != archive;
		if (!v || !v->node || other)
			continue;
		if (str_eq(v->node->text, digest))
			return true;
		named = v->node;
	}
	return !named || diag_report(f->c->diag, (struct finding){RECIPE_DIGEST, .at = named->at,
		.arg = {f->root, digest}, .fix_at = named->at, .fix = digest, .fixable = true});
}

static bool is_file(struct str path, struct arena scratch)
{
	struct stat st;
	return stat(str_z(&scratch, path), &st) == 0 && S_ISREG(st.st_mode);
}

static bool check_archive(struct folder *f, const struct spec *s)
{
	struct arena *a = f->c->arena;
	struct str bytes;
	return file_read(a, f->root, FILE_MAX_BYTES, &bytes, f->c->diag)
	    && has_digest(f, s, true, str_hex(a, sha256(a, bytes)));
}

bool check_recipe(struct context *c, const struct spec *s, struct str path)
{
	struct folder f = {.c = c, .root = path};
	struct str digest;
	if (is_file(path, *c->arena))
		return check_archive(&f, s);
	f.packed = some_takes(&f, s, true) && !some_takes(&f, s, false);
	f.names = make(c->arena, FILES_MAX, struct str);
	if (!walk(&f, S("."), 0))
		return false;
	qsort(f.names, f.count, sizeof *f.names, by_name);
	return has_description(&f)
	    && (f.packed || (folder_digest(&f, &digest) && has_digest(&f, s, false, digest)));
}
