// library: schemas/ and stdlib/, compiled into the program so that one file runs anywhere.
#include "base/base.h"
#include "embedded.h"
#include <stdlib.h>
#include <string.h>

enum { LIBRARY_FILE_MAX = 8 << 20 };

static bool read_file(struct library *l, struct str name, struct str *out)
{
	return file_read(l->arena, path_join(l->arena, l->folder, name), LIBRARY_FILE_MAX, out,
	                 l->diag);
}

static const struct embedded_file *embedded_named(struct str name)
{
	size_t i = 0;
	while (i < embedded_count && !str_eq(embedded[i].path, name))
		i++;
	return i < embedded_count ? &embedded[i] : NULL;
}

static bool find_embedded(struct library *l, struct str name, struct str *out)
{
	const struct embedded_file *file = embedded_named(name);
	if (file)
		*out = file->bytes;
	return file || diag_report(l->diag, (struct finding){LIBRARY_MISSING, .arg = {name}});
}

bool library_has(struct library *l, struct str name)
{
	struct arena scratch = *l->arena;
	return l->folder.len ? file_exists(scratch, path_join(&scratch, l->folder, name))
	                     : embedded_named(name) != NULL;
}

struct str library_tree(const struct library *l, struct str name)
{
	const struct embedded_file *file = l->folder.len ? NULL : embedded_named(name);
	return file ? file->tree : (struct str){0};
}

bool library_text(struct library *l, struct str name, struct str *out)
{
	return l->folder.len ? read_file(l, name, out) : find_embedded(l, name, out);
}

void library_keep(struct library *l)
{
	if (!l->cache)
		l->cache = make(l->diag->arena, 1, struct json_cache);
}

static json_t *kept(const struct library *l, struct str name)
{
	for (size_t i = 0; l->cache && i < l->cache->count; i++)
		if (str_eq(l->cache->list[i].name, name))
			return json_incref(l->cache->list[i].json);
	return NULL;
}

static void keep(struct library *l, struct str name, json_t *json)
{
	if (l->cache && json && l->cache->count < countof(l->cache->list))
		l->cache->list[l->cache->count++] = (struct json_kept){
			str_copy(l->diag->arena, name), json_incref(json)};   // nobody's scratch memory
}

static json_t *load_json(struct library *l, struct str name)
{
	struct str text;
	json_error_t error;
	if (!l->folder.len)
		return find_embedded(l, name, &text) ? packed_json(library_tree(l, name)) : NULL;
	if (!read_file(l, name, &text))
		return NULL;
	json_t *json = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		diag_report(l->diag, (struct finding){LIBRARY_BROKEN, .arg = {name,
			str_copy(l->arena, str_from(error.text)),
			str_number(l->arena, (u64)error.line)}});
	return json;
}

json_t *library_json(struct library *l, struct str name)
{
	json_t *json = kept(l, name);
	if (json)
		return json;
	json = load_json(l, name);
	keep(l, name, json);
	return json;
}

struct str json_str(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	return json_is_string(value)
	     ? (struct str){(const u8 *)json_string_value(value), json_string_length(value)}
	     : (struct str){0};
}

static int compare_names(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

// Names in one folder of a library that lies on the disk; `prefix` ends with a slash or is a
// folder and the beginning of a name.
static size_t list_folder(struct library *l, struct str prefix, struct str *names, size_t cap)
{
	struct str folder = path_beside(l->arena, path_join(l->arena, l->folder, prefix), S("."));
	struct str *found;
	size_t count, kept = 0;
	if (!folder_list(l->arena, folder, &found, &count, l->diag))
		return 0;
	for (size_t i = 0; i < count && kept < cap; i++) {
		struct str name = path_beside(l->arena, prefix, found[i]);
		if (str_starts(name, prefix))
			names[kept++] = name;
	}
	return kept;
}

size_t library_list(struct library *l, struct str prefix, struct str **out)
{
	enum { NAMES_MAX = 1024 };
	struct str *names = make(l->arena, NAMES_MAX, struct str);
	size_t count = 0;
	if (l->folder.len)
		count = list_folder(l, prefix, names, NAMES_MAX);
	for (size_t i = 0; !l->folder.len && i < embedded_count && count < NAMES_MAX; i++)
		if (str_starts(embedded[i].path, prefix))
			names[count++] = embedded[i].path;
	qsort(names, count, sizeof *names, compare_names);
	*out = names;
	return count;
}
