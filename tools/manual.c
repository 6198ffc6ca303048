// manual: the parts of the manual that are tables, from the schemas, in mdoc(7).
// usage: manual diagnostics schemas/diagnostics.json | manual language schemas/ami-1.schema.json
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

// Text as roff reads it: backslashes, a leading dot or quote, and code between backquotes.
static void write_text(const char *text)
{
	int code = 0, start = 1;
	for (; *text; text++) {
		if (start && (*text == '.' || *text == '\''))
			printf("\\&");
		start = *text == '\n';
		if (*text == '\\')
			printf("\\e");
		else if (*text == '`')
			printf("%s", (code = !code) ? "\\fB" : "\\fR");
		else if (*text == '-')
			printf("\\-");
		else
			putchar(*text);
	}
	putchar('\n');
}

// A sentence a line, as mdoc wants it. Code goes on: cron(0 3 * * ? *) ends nothing.
static void write_prose(const char *text)
{
	char sentence[8192];
	size_t len = 0;
	int code = 0;
	for (; *text && len < sizeof sentence - 1; text++) {
		code = code != (*text == '`');
		int ends = !code && (*text == '.' || *text == '?') && text[1] == ' ';
		sentence[len++] = *text;
		if (ends) {
			sentence[len++] = '\n';
			text++;
		}
	}
	sentence[len] = 0;
	write_text(sentence);
}

static void write_finding(const json_t *row)
{
	printf(".It Sy %s Pq %s\n", text_of(row, "code"), text_of(row, "severity"));
	write_text(text_of(row, "message"));
	printf(".Pp\n");
	write_prose(text_of(row, "explain"));
	if (*text_of(row, "help")) {
		printf(".Pp\nHelp: ");
		write_text(text_of(row, "help"));
	}
}

static const char *block_title(const char *code)
{
	static const struct { const char *prefix, *title; } blocks[] = {
		{"AMI00", "YAML"}, {"AMI01", "Structure of a spec"}, {"AMI02", "Values"},
		{"AMI03", "Parameters and references"}, {"AMI04", "CloudFormation"},
		{"AMI05", "Attestation"}, {"AMI06", "Permissions"}, {"AMI07", "Embedded documents"},
		{"AMI08", "Outputs and differences"}, {"AMI09", "The command line and files"},
		{"AMI10", "Disk images and EFI files"}, {"AMI11", "Boots and PCR values"},
		{"AMI12", "Comparing and verifying"},
	};
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		if (strncmp(code, blocks[i].prefix, 5) == 0)
			return blocks[i].title;
	return "Others";
}

static void write_diagnostics(const json_t *rows)
{
	const char *title = "";
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row) {
		const char *mine = block_title(text_of(row, "code"));
		if (strcmp(mine, title) != 0)
			printf("%s.Ss %s\n.Bl -tag -width Ds\n", *title ? ".El\n" : "", mine);
		title = mine;
		write_finding(row);
	}
	printf("%s", *title ? ".El\n" : "");
}

// ---- the language

static const char *level_of(const char *level)
{
	return strcmp(level, "base") == 0 ? "the base"
	     : strcmp(level, "pipeline") == 0 ? "pipelines, each of which may set it anew"
	     : "the base and all pipelines";
}

static void write_words(const json_t *schema)
{
	json_t *words = json_object_get(schema, "enum"), *word;
	size_t i;
	if (!json_array_size(words))
		return;
	printf(".Pp\nValues:");
	json_array_foreach(words, i, word) {
		if (json_is_string(word))
			printf(" %s%s", json_string_value(word), i + 1 < json_array_size(words) ? "," : "");
		if (json_is_integer(word))
			printf(" %d%s", (int)json_integer_value(word), i + 1 < json_array_size(words) ? "," : "");
		if (json_is_boolean(word))
			printf(" %s%s", json_is_true(word) ? "true" : "false",
			       i + 1 < json_array_size(words) ? "," : "");
	}
	printf(".\n");
}

static void write_default(const json_t *schema)
{
	json_t *value = json_object_get(schema, "default");
	if (!value)
		return;
	char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
	printf(".Pp\nDefault:\n.Ql ");
	write_text(text ? text : json_string_value(value));
	free(text);
}

static void write_opening(const json_t *own)
{
	const char *open = text_of(own, "open");
	const char *name = text_of(json_object_get(own, "parameter"), "name");
	if (strcmp(open, "documented") == 0)
		printf(".Pp\nThe parameter\n.Va %s\nunless baked.\n", name);
	else if (strcmp(open, "params") == 0)
		printf(".Pp\nThe parameter\n.Va %s\nwhen named in\n.Sy params .\n", name);
	else if (*text_of(own, "because")) {
		printf(".Pp\nNo parameter: ");
		write_text(text_of(own, "because"));
	}
}

static const json_t *target_of(const json_t *root, const json_t *schema)
{
	const char *ref = text_of(schema, "$ref");
	const char *prefix = "#/definitions/";
	if (strncmp(ref, prefix, strlen(prefix)) != 0)
		return schema;
	return json_object_get(json_object_get(root, "definitions"), ref + strlen(prefix));
}

static void write_settings(const json_t *root, const json_t *object, const json_t *parts,
                           const char *path);

// What a member without a description may be is all that there is to say about it.
static void write_meaning(const json_t *schema, const json_t *own)
{
	const char *text = text_of(schema, "markdownDescription");
	const json_t *items = json_object_get(schema, "items");
	if (*text) {
		write_prose(text);
		return;
	}
	printf("%s", items ? "A list, each of it " : "");
	write_text(text_of(items ? json_object_get(items, "x-amic") : own, "expected"));
}

// The member that has members: of a choice the form that is a mapping, of a list its elements.
static const json_t *mapping_of(const json_t *root, const json_t *schema)
{
	const json_t *items = target_of(root, json_object_get(schema, "items"));
	size_t i;
	json_t *form;
	json_array_foreach(json_object_get(schema, "anyOf"), i, form)
		if (json_object_get(form, "properties"))
			return form;
	return json_object_get(items, "properties") ? items : schema;
}

static void write_setting(const json_t *root, const json_t *schema, const json_t *part,
                          const char *path)
{
	const json_t *own = json_object_get(schema, "x-amic");
	printf(".It Sy %s\n", path);
	write_meaning(schema, own);
	if (own && *text_of(own, "level"))
		printf(".Pp\nFor %s.\n", level_of(text_of(own, "level")));
	write_words(schema);
	write_default(schema);
	if (own || part)
		write_opening(part ? part : own);
	if (strcmp(path, "pipelines") != 0)
		write_settings(root, mapping_of(root, schema), json_object_get(own, "parts"), path);
}

static void write_settings(const json_t *root, const json_t *object, const json_t *parts,
                           const char *path)
{
	json_t *properties = json_object_get(object, "properties"), *schema;
	const char *key;
	json_object_foreach(properties, key, schema) {
		char name[256];
		int len = snprintf(name, sizeof name, "%s%s%s", path, *path ? "." : "", key);
		if (len > 0 && (size_t)len < sizeof name)
			write_setting(root, target_of(root, schema), json_object_get(parts, key), name);
	}
}

int main(int argc, char **argv)
{
	json_error_t error;
	json_t *root = argc == 3 ? json_load_file(argv[2], JSON_REJECT_DUPLICATES, &error) : NULL;
	int language = root && strcmp(argv[1], "language") == 0;
	if (!root || (!language && strcmp(argv[1], "diagnostics") != 0)) {
		fprintf(stderr, "usage: manual diagnostics|language FILE\n");
		return 1;
	}
	if (language) {
		printf(".Bl -tag -width Ds\n");
		write_settings(root, root, NULL, "");
		printf(".El\n");
	} else {
		write_diagnostics(root);
	}
	json_decref(root);
	return fflush(stdout) || ferror(stdout);
}
