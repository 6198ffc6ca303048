// embed: writes files as C arrays. usage: embed FILE… >embedded.c
// The names in the table are the arguments as they were given.
#include <stdio.h>

static int write_bytes(FILE *in, int number)
{
	int c;
	size_t count = 0;
	printf("static const u8 bytes%d[] = {", number);
	while ((c = getc(in)) != EOF)
		printf("%s%d,", count++ % 24 ? "" : "\n", c);
	printf("0};\n");
	return ferror(in);
}

int main(int argc, char **argv)
{
	printf("#include \"base/embedded.h\"\n");
	for (int i = 1; i < argc; i++) {
		FILE *in = fopen(argv[i], "rb");
		if (!in || write_bytes(in, i)) {
			perror(argv[i]);
			return 1;
		}
		fclose(in);
	}
	printf("const struct embedded_file embedded[] = {\n");
	for (int i = 1; i < argc; i++)
		printf("\t{STR(\"%s\"), {bytes%d, sizeof bytes%d - 1}},\n", argv[i], i, i);
	printf("};\nconst size_t embedded_count = %d;\n", argc - 1);
	return fflush(stdout) || ferror(stdout);
}
