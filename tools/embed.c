// embed: writes files as C arrays. usage: embed FILE… >embedded.c
// The names in the table are the arguments as they were given. JSON goes in as values, and YAML
// also as a tree, because every run reads some of them.
#include "compile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int put_byte(int c, size_t count)
{
	return printf("%s%d,", count % 24 ? "" : "\n", c) < 0;
}

static int write_bytes(FILE *in)
{
	int c;
	for (size_t count = 0; (c = getc(in)) != EOF; count++)
		if (put_byte(c, count))
			return 1;
	return ferror(in);
}

struct packed { size_t count; int failed; };

static void put_bytes(struct packed *p, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p->failed |= put_byte(((const unsigned char *)bytes)[i], p->count++);
}

static void put_number(struct packed *p, unsigned long long n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p->failed |= put_byte((int)(n >> 8 * i & 255), p->count++);
}

static void put_text(struct packed *p, const char *text, size_t len)
{
	put_number(p, len, 4);
	put_bytes(p, text, len);
}

static void put_value(struct packed *p, json_t *value);

static void put_members(struct packed *p, json_t *value)
{
	const char *key;
	json_t *child;
	size_t i;
	put_number(p, json_is_object(value) ? json_object_size(value) : json_array_size(value), 4);
	json_object_foreach(value, key, child) {
		put_text(p, key, strlen(key));
		put_value(p, child);
	}
	json_array_foreach(value, i, child)
		put_value(p, child);
}

// As compiler/base/packed.c reads it.
static void put_value(struct packed *p, json_t *value)
{
	static const char kinds[] = {
		[JSON_OBJECT] = '{', [JSON_ARRAY] = '[', [JSON_STRING] = '"', [JSON_INTEGER] = 'i',
		[JSON_REAL] = 'r', [JSON_TRUE] = 't', [JSON_FALSE] = 'f', [JSON_NULL] = 'n',
	};
	double real = json_real_value(value);
	unsigned long long bits;
	memcpy(&bits, &real, sizeof bits);
	p->failed |= put_byte(kinds[json_typeof(value)], p->count++);
	if (json_is_object(value) || json_is_array(value))
		put_members(p, value);
	else if (json_is_string(value))
		put_text(p, json_string_value(value), json_string_length(value));
	else if (json_is_integer(value))
		put_number(p, (unsigned long long)json_integer_value(value), 8);
	else if (json_is_real(value))
		put_number(p, bits, 8);
}

static int write_json(FILE *in)
{
	struct packed p = {0};
	json_t *json = json_loadf(in, JSON_REJECT_DUPLICATES, NULL);
	if (!json)
		return 1;
	put_value(&p, json);
	json_decref(json);
	return p.failed;
}

static void put_str(struct packed *p, struct str s)
{
	put_text(p, (const char *)s.at, s.len);
}

static void put_span(struct packed *p, struct span at)
{
	put_number(p, at.off, 4);
	put_number(p, at.len, 4);
}

// As compiler/blueprint/packed.c reads it.
static void put_node(struct packed *p, const struct node *n)
{
	const unsigned char head[] = {(unsigned char)n->kind, n->plain, n->block};
	put_bytes(p, head, sizeof head);
	put_str(p, n->key);
	put_str(p, n->tag);
	put_span(p, n->at);
	put_span(p, n->key_at);
	if (n->kind == TEXT)
		put_str(p, n->text);
	else
		put_number(p, n->count, 4);
	for (const struct node *child = n->first; child; child = child->next)
		put_node(p, child);
}

static no_return void out_of_memory(void *owner)
{
	(void)owner;
	fputs("embed: a file is too large\n", stderr);
	exit(1);
}

// A file that does not read goes in without a tree: the compiler then says what is wrong with it.
static int write_tree(const char *name)
{
	enum { MEMORY = 64 << 20, FILE_MAX = 1 << 20 };
	struct packed p = {0};
	u8 *memory = malloc(MEMORY);
	struct arena a = arena_of(memory, MEMORY, out_of_memory, NULL);
	struct diag d = {.arena = &a, .sources = {.arena = &a}};
	struct context c = {.arena = &a, .diag = &d};
	struct str path = str_from(name), text;
	struct node *tree;
	if (!memory || !file_read(&a, path, FILE_MAX, &text, &d))
		return 1;
	if (read_tree(&c, sources_add(&d.sources, path, text), DIALECT_STDLIB, &tree))
		put_node(&p, tree);
	free(memory);
	return p.failed;
}

static bool ends(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);
	return len > n && strcmp(name + len - n, end) == 0;
}

static int write_file(const char *name, int number)
{
	FILE *in = fopen(name, "rb");
	if (!in)
		return 1;
	printf("static const u8 bytes%d[] = {", number);
	int failed = ends(name, ".json") ? write_json(in) : write_bytes(in);
	printf("0};\nstatic const u8 tree%d[] = {", number);
	failed |= ends(name, ".yaml") && write_tree(name);
	printf("0};\n");
	fclose(in);
	return failed;
}

int main(int argc, char **argv)
{
	printf("#include \"base/embedded.h\"\n");
	for (int i = 1; i < argc; i++) {
		if (write_file(argv[i], i)) {
			fprintf(stderr, "embed: %s cannot be read\n", argv[i]);
			return 1;
		}
	}
	printf("const struct embedded_file embedded[] = {\n");
	for (int i = 1; i < argc; i++)
		printf("\t{STR(\"%s\"), {bytes%d, sizeof bytes%d - 1}, {tree%d, sizeof tree%d - 1}},\n",
		       argv[i], i, i, i, i);
	printf("};\nconst size_t embedded_count = %d;\n", argc - 1);
	return fflush(stdout) || ferror(stdout);
}
