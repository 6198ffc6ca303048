// embed: writes files as C arrays. usage: embed FILE… >embedded.c
// The names in the table are the arguments as they were given. JSON goes in as a tree, and YAML as
// its text and as a tree, because every run reads some of them.
#include "yaml/yaml.h"
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

static void put_number(struct packed *p, unsigned long long n)
{
	for (int i = 0; i < 4; i++)
		p->failed |= put_byte((int)(n >> 8 * i & 255), p->count++);
}

static void put_str(struct packed *p, struct str s)
{
	put_number(p, s.len);
	put_bytes(p, s.at, s.len);
}

static void put_span(struct packed *p, struct span at)
{
	put_number(p, at.off);
	put_number(p, at.len);
}

static u8 head_of(const struct node *n)
{
	bool placed = n->at.off || n->at.len || n->key_at.off || n->key_at.len;
	return (u8)((unsigned)n->kind | (n->plain ? PACKED_PLAIN : 0) | (n->block ? PACKED_BLOCK : 0)
	            | (n->key.len ? PACKED_KEY : 0) | (n->tag.len ? PACKED_TAG : 0)
	            | (placed ? PACKED_PLACES : 0));
}

// As compiler/yaml/packed.c reads it.
static void put_node(struct packed *p, const struct node *n)
{
	u8 head = head_of(n);
	put_bytes(p, &head, 1);
	if (head & PACKED_KEY)
		put_str(p, n->key);
	if (head & PACKED_TAG)
		put_str(p, n->tag);
	if (head & PACKED_PLACES) {
		put_span(p, n->at);
		put_span(p, n->key_at);
	}
	if (n->kind == TEXT)
		put_str(p, n->text);
	else
		put_number(p, n->count);
	for (const struct node *child = n->first; child; child = child->next)
		put_node(p, child);
}

static no_return void out_of_memory(void *owner)
{
	(void)owner;
	fputs("embed: a file is too large\n", stderr);
	exit(1);
}

static bool read_json(struct arena *a, const char *name, struct node **out)
{
	json_t *json = json_load_file(name, JSON_REJECT_DUPLICATES, NULL);
	*out = json ? node_from_json(a, json) : NULL;
	json_decref(json);
	return json;
}

// YAML that does not read goes in without a tree: the compiler then says what is wrong with it.
static bool read_yaml(struct arena *a, const char *name, struct node **out)
{
	enum { FILE_MAX = 1 << 20 };
	struct diag d = {.arena = a, .sources = {.arena = a}};
	struct context c = {.arena = a, .diag = &d};
	struct str path = str_from(name), text;
	if (!file_read(a, path, FILE_MAX, &text, &d))
		return false;
	if (!read_tree(&c, sources_add(&d.sources, path, text), DIALECT_STDLIB, out))
		*out = NULL;
	return true;
}

static int write_tree(const char *name, bool json)
{
	enum { MEMORY = 64 << 20 };
	struct packed p = {0};
	u8 *memory = malloc(MEMORY);
	struct arena a = arena_of(memory, MEMORY, out_of_memory, NULL);
	struct node *tree;
	if (!memory || !(json ? read_json(&a, name, &tree) : read_yaml(&a, name, &tree)))
		return 1;
	if (tree)
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
	bool json = ends(name, ".json");
	printf("static const u8 bytes%d[] = {", number);
	int failed = json ? 0 : write_bytes(in);
	printf("0};\nstatic const u8 tree%d[] = {", number);
	if (json || ends(name, ".yaml"))
		failed |= write_tree(name, json);
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
