// amic version: what this program is and knows, for people, for bug reports and (--format json)
// for scripts that ask before they build. The number itself is in the Makefile.
#include "command/command.h"
#include "measure/boot/boot.h"
#include <bzlib.h>
#include <libfyaml.h>
#include <lz4.h>
#include <lzma.h>
#include <openssl/crypto.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <yaml.h>
#include <zlib.h>
#include <zstd.h>

struct about { struct str library, version; };

// Of the libraries as they run, which need not be those that the program was compiled with.
static size_t list_libraries(struct arena *a, struct about *out)
{
	char pcre2[64] = "";                  // "10.42 2022-12-11"
	struct str pcre2_version, bzip2_version;   // "1.0.8, 13-Jul-2019"
	if (pcre2_config_8(PCRE2_CONFIG_VERSION, NULL) < (int)sizeof pcre2)
		(void)pcre2_config_8(PCRE2_CONFIG_VERSION, pcre2);
	str_cut(str_from(pcre2), ' ', &pcre2_version);
	str_cut(str_from(BZ2_bzlibVersion()), ',', &bzip2_version);
	const struct about all[] = {
		{S("libyaml"), str_from(yaml_get_version_string())},
		{S("libfyaml"), str_from(fy_library_version())},
		{S("jansson"), str_from(jansson_version_str())},
		{S("pcre2"), pcre2_version},
		{S("openssl"), str_from(OpenSSL_version(OPENSSL_VERSION_STRING))},
		{S("zlib"), str_from(zlibVersion())},
		{S("xz"), str_from(lzma_version_string())},
		{S("zstd"), str_from(ZSTD_versionString())},
		{S("lz4"), str_from(LZ4_versionString())},
		{S("bzip2"), bzip2_version},
	};
	for (size_t i = 0; i < countof(all); i++)
		out[i] = (struct about){all[i].library, str_copy(a, all[i].version)};
	return countof(all);
}
enum { LIBRARIES_MAX = 16 };

// What the language says of itself: 'ami: 1', 'blueprint: 1'.
struct knows { u64 language, blueprint_first, blueprint_last; };

static bool read_knows(struct context *c, struct knows *out)
{
	const struct node *schema = facts_of(c, S("schemas/ami-1.schema.json"));
	const struct node *all = node_get(schema, S("properties"));
	const struct node *blueprint = node_get(all, S("blueprint"));
	*out = (struct knows){node_number(node_get(all, S("ami")), S("const"), 0),
	                      node_number(blueprint, S("minimum"), 0),
	                      node_number(blueprint, S("maximum"), 0)};
	return schema;
}

static void put_blueprints(struct run *r, const struct knows *k, struct str between)
{
	for (u64 n = k->blueprint_first; n <= k->blueprint_last; n++) {
		put(r->out, n > k->blueprint_first ? between : S(""));
		buf_number(r->out, n);
	}
}

static void put_text(struct run *r, const struct knows *k, const struct about *list, size_t count)
{
	put(r->out, S("amic " AMIC_VERSION "\nlanguage:    ami: "));
	buf_number(r->out, k->language);
	put(r->out, S("\nblueprints:  "));
	put_blueprints(r, k, S(", "));
	put(r->out, S("\nnewest stub: systemd-stub "));
	buf_number(r->out, STUB_NEWEST);
	put(r->out, S("\nlibraries:   "));
	for (size_t i = 0; i < count; i++)
		put(r->out, i ? S(", ") : S(""), list[i].library, S(" "), list[i].version);
	put(r->out, S("\n"));
}

static void put_json(struct run *r, const struct knows *k, const struct about *list, size_t count)
{
	put(r->out, S("{\n  \"version\": \"" AMIC_VERSION "\",\n  \"languages\": ["));
	buf_number(r->out, k->language);
	put(r->out, S("],\n  \"blueprints\": ["));
	put_blueprints(r, k, S(", "));
	put(r->out, S("],\n  \"newestStub\": "));
	buf_number(r->out, STUB_NEWEST);
	put(r->out, S(",\n  \"libraries\": {"));
	for (size_t i = 0; i < count; i++)
		put(r->out, i ? S(",") : S(""), S("\n    \""), list[i].library, S("\": \""),
		    list[i].version, S("\""));
	put(r->out, S("\n  }\n}\n"));
}

// The findings' words are taken, too: without findings they say how nothing is written.
static bool wants_json(struct run *r, bool *out)
{
	enum format format;
	struct str given = args_value(r->args, S("format"));
	*out = str_eq(given, S("json"));
	return !given.len || *out || format_by_name(given, &format)
	    || diag_report(r->diag, (struct finding){OPTION_VALUE, .arg = {S("--format"), given,
		S("text or json")}});
}

static int run_version(struct run *r)
{
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	struct about list[LIBRARIES_MAX];
	struct knows knows;
	bool json;
	if (r->args->rest_count) {
		diag_report(r->diag, (struct finding){OPERAND_EXTRA,
			.arg = {S("version"), r->args->rest[0]}});
		return STATUS_UNKNOWN;
	}
	if (!wants_json(r, &json) || !read_knows(&c, &knows))
		return STATUS_UNKNOWN;
	(json ? put_json : put_text)(r, &knows, list, list_libraries(r->arena, list));
	return STATUS_DONE;
}

const struct command command_version = {
	STR("version"), STR(""), STR("version, blueprints, newest stub and libraries"),
	NULL, 0, run_version, true, NULL, 0,
};
