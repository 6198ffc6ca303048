// embed: writes files as C arrays. usage: embed FILE… >embedded.c
// The names in the table are the arguments as they were given. JSON goes in as
// values, because every run reads some of it.
#include <jansson.h>
#include <stdio.h>
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

static int write_file(const char *name, int number)
{
	size_t len = strlen(name);
	FILE *in = fopen(name, "rb");
	int json = len > 5 && strcmp(name + len - 5, ".json") == 0;
	if (!in)
		return 1;
	printf("static const u8 bytes%d[] = {", number);
	int failed = json ? write_json(in) : write_bytes(in);
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
		printf("\t{STR(\"%s\"), {bytes%d, sizeof bytes%d - 1}},\n", argv[i], i, i);
	printf("};\nconst size_t embedded_count = %d;\n", argc - 1);
	return fflush(stdout) || ferror(stdout);
}
