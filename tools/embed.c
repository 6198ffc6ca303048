// embed: writes files as C arrays. usage: embed FILE… >embedded.c
// The names in the table are the arguments as they were given. JSON goes in without its blanks:
// every run reads some of it.
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

static int write_json(FILE *in)
{
	json_t *json = json_loadf(in, JSON_REJECT_DUPLICATES, NULL);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	int failed = !text;
	for (size_t i = 0; text && text[i]; i++)
		failed |= put_byte((unsigned char)text[i], i);
	json_decref(json);
	return failed;
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
