// rules: schemas/diagnostics.json as rows of an X macro. usage: rules FILE >rules.def
// Fails unless codes rise and every row has a name, a severity, a message and an explanation.
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const texts[] = {"message", "label", "note", "help", "explain"};

// A C string literal: octal escapes for what is not plain ASCII, so that no escape can run on.
static void write_literal(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '?')
			printf("\\%03o", c);
		else
			putchar(c);
	}
	putchar('"');
}

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));
	return text ? text : "";
}

static const char *severity_of(const json_t *row)
{
	const char *s = text_of(row, "severity");
	return strcmp(s, "error") == 0 ? "ERROR" : strcmp(s, "warning") == 0 ? "WARNING"
	     : strcmp(s, "note") == 0 ? "NOTE" : NULL;
}

static int write_row(const json_t *row, const char *last_code)
{
	const char *code = text_of(row, "code"), *severity = severity_of(row);
	int bad = strcmp(code, last_code) <= 0 || !severity || !*text_of(row, "name")
	       || !*text_of(row, "message") || !*text_of(row, "explain");
	if (bad) {
		fprintf(stderr, "diagnostics.json: bad or misplaced row '%s'\n", code);
		return 1;
	}
	printf("RULE(%s, \"%s\", %s", text_of(row, "name"), code, severity);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		printf(", ");
		write_literal(text_of(row, texts[i]));
	}
	printf(")\n");
	return 0;
}

int main(int argc, char **argv)
{
	json_error_t error;
	json_t *rows = argc == 2 ? json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error) : NULL;
	if (!json_is_array(rows)) {
		fprintf(stderr, "rules: %s: line %d: %s\n", argc == 2 ? argv[1] : "usage: rules FILE",
		        argc == 2 ? error.line : 0, argc == 2 ? error.text : "");
		return 1;
	}
	const char *last = "";
	int bad = 0;
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row) {
		bad |= write_row(row, last);
		last = text_of(row, "code");
	}
	bad |= fflush(stdout) || ferror(stdout);
	json_decref(rows);
	return bad;
}
