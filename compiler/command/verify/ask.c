// ask: what the relying party says, from the command line. What must match comes from here and
// never from what the document shows.
#include "command/verify/verify.h"
#include <time.h>

enum { FILE_MAX = 1 << 20, VALUE_MAX = 1024 };
static const u64 max_age_default = 5 * 60 * 1000, skew_default = 60 * 1000;

const struct option verify_options[VERIFY_OPTIONS] = {
	{'i', STR("image"), STR("FILE"), STR("the image that should run; again for another one"), true},
	{'r', STR("reference"), STR("FILE"), STR("its published values; again for others"), true},
	{0, STR("policy"), STR("FILE"), STR("a key policy: would it release the key?"), false},
	{0, STR("log"), STR("FILE"), STR("the machine's event log, to say what differs"), false},
	{0, STR("nonce"), STR("BYTES"), STR("that it must hold: hex, @FILE, base64:..."), false},
	{0, STR("user-data"), STR("BYTES"), STR("the same of its user data"), false},
	{0, STR("public-key"), STR("BYTES"), STR("the same of its public key"), false},
	{0, STR("instance"), STR("ID"), STR("the instance that must have signed"), false},
	{0, STR("region"), STR("REGION"), STR("the region that it must be in"), false},
	{0, STR("at"), STR("TIME"), STR("now, document (archived ones), or a time of RFC 3339"), false},
	{0, STR("max-age"), STR("SPAN"), STR("of the document (5m)"), false},
	{0, STR("clock-skew"), STR("SPAN"), STR("that clocks may differ (1m)"), false},
	{0, STR("root"), STR("FILE"), STR("the root certificate of another partition"), false},
	{0, STR("secure-boot"), STR(""), STR("expect Secure Boot; lists of keys mean it, too"), false},
	{0, STR("pcr"), STR("LIST"), STR("these PCRs must match, as in 4,7,12"), false},
};

static bool bad_option(struct run *r, struct str name, struct str help)
{
	return diag_report(r->diag, (struct finding){OPTION_VALUE,
		.arg = {cat(r->arena, S("--"), name), args_value(r->args, name), help}});
}

// ---- bytes

static bool read_bytes(struct run *r, struct str name, struct str *out)
{
	struct str value = args_value(r->args, name);
	if (str_starts(value, S("@"))) {
		u32 file;
		return binary_read(r, (struct str){value.at + 1, value.len - 1}, FILE_MAX, out, &file);
	}
	if (str_starts(value, S("base64:")))
		return base64_read((struct str){value.at + 7, value.len - 7}, r->arena, out)
		    || bad_option(r, name, S("that is not base64"));
	u8 *to = make(r->arena, value.len / 2 + 1, u8);
	*out = (struct str){to, value.len / 2};
	return str_unhex(value, to)
	    || bad_option(r, name, S("hexadecimal digits, @FILE, or base64:..."));
}

static bool read_bindings(struct run *r, struct request *q)
{
	static const struct wanted fields[BINDINGS] = {
		[BINDING_NONCE] = {STR("nonce"), STR("nonce"), {0}, false, false},
		[BINDING_USER_DATA] = {STR("user-data"), STR("user data"), {0}, false, false},
		[BINDING_PUBLIC_KEY] = {STR("public-key"), STR("public key"), {0}, false, false},
	};
	for (size_t i = 0; i < BINDINGS; i++) {
		q->bindings[i] = fields[i];
		q->bindings[i].asked = args_has(r->args, fields[i].option);
		if (q->bindings[i].asked && !read_bytes(r, fields[i].option, &q->bindings[i].want))
			return false;
		if (q->bindings[i].want.len > VALUE_MAX)
			return bad_option(r, fields[i].option, S("a document holds at most 1024 bytes"));
	}
	return true;
}

// ---- time

static bool read_span(struct run *r, struct str name, u64 preset, u64 *out)
{
	struct str text = args_value(r->args, name);
	*out = preset;
	return !text.len || moment_span(text, out)
	    || bad_option(r, name, S("a span of time, as in 90s, 5m, 3h or 2d"));
}

static u64 clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (u64)now.tv_sec * 1000 + (u64)now.tv_nsec / 1000000;
}

static bool read_time(struct run *r, struct request *q)
{
	struct str at = args_value(r->args, S("at"));
	if (!read_span(r, S("max-age"), max_age_default, &q->at.max_age_ms)
	    || !read_span(r, S("clock-skew"), skew_default, &q->at.skew_ms))
		return false;
	q->at.now_ms = clock_ms();
	q->at.clock = CLOCK_NOW;
	if (!at.len || str_eq(at, S("now")))
		return true;
	if (str_eq(at, S("document"))) {
		q->choice = AT_DOCUMENT;
		q->at.clock = CLOCK_DOCUMENT;
		return (!args_has(r->args, S("max-age")) && !args_has(r->args, S("clock-skew")))
		    || bad_option(r, S("at"), S("an archived document has no age: leave out --max-age and "
		                               "--clock-skew"));
	}
	q->choice = AT_GIVEN;
	return moment_read(at, &q->at.now_ms)
	    || bad_option(r, S("at"), S("now, document, or a time as in 2026-02-03T10:12:02Z"));
}

// ---- root

static bool read_root(struct run *r, struct request *q)
{
	struct str bytes;
	u32 file;
	q->root_path = args_value(r->args, S("root"));
	q->at.root = q->facts.root;
	if (!q->root_path.len)
		return true;
	return binary_read(r, q->root_path, FILE_MAX, &bytes, &file)
	    && (pkix_certificate(bytes, r->arena, &q->at.root)
	        || bad_option(r, S("root"), S("one certificate, PEM or DER")));
}

// ---- what must match

static bool refuse_set(struct run *r, enum rule rule)
{
	return diag_report(r->diag, (struct finding){.rule = rule});
}

// The rules that specs have for 'attest.pcrs'.
static bool is_sound(struct run *r, u32 set, bool secure)
{
	bool four = set >> 4 & 1, seven = set >> 7 & 1, twelve = set >> 12 & 1;
	if (secure)
		return seven || (four && twelve) || refuse_set(r, PCR7_MISSING);
	if (!four)
		return refuse_set(r, PCR4_MISSING);
	if (seven)
		return refuse_set(r, PCR7_CONSTANT);
	return twelve || refuse_set(r, PCR4_ALONE);
}

static bool read_required(struct run *r, struct request *q)
{
	q->has_lists = q->boot.secure.on;
	q->secure = q->has_lists || args_has(r->args, S("secure-boot"));
	q->required = q->secure ? q->facts.secure : q->facts.standard;
	q->also = q->facts.also;
	if (args_has(r->args, S("pcr"))) {
		if (!pcr_list(r, args_value(r->args, S("pcr")), &q->required))
			return false;
		q->also = 0;
	}
	if (q->secure && !q->has_lists && q->image_count)
		return diag_report(r->diag, (struct finding){OPTION_VALUE,
			.arg = {S("--image"), q->images[0], S("with --secure-boot its keys decide what starts: "
			        "give them with --PK, --KEK, --db, --dbx, or --uefi-data")}});
	return is_sound(r, q->required, q->secure);
}

static bool read_format(struct run *r, struct request *q)
{
	size_t count;
	enum format unused;
	const struct str *given = args_values(r->args, S("format"), &count);
	for (size_t i = 0; i < count; i++) {
		if (str_eq(given[i], S("json")))
			q->json = true;
		else if (!format_by_name(given[i], &unused))
			return diag_report(r->diag, (struct finding){OPTION_VALUE,
				.arg = {S("--format"), given[i], S("text or json")}});
	}
	return true;
}

bool verify_ask(struct run *r, struct request *out)
{
	struct context c = {.arena = r->arena, .diag = r->diag, .library = r->library};
	struct request q = {.choice = AT_NOW};
	if (r->args->rest_count != 1)
		return diag_report(r->diag, (struct finding){OPERAND_MISSING,
			.arg = {S("verify"), S("one document, or - for standard input")}});
	q.images = args_values(r->args, S("image"), &q.image_count);
	q.references = args_values(r->args, S("reference"), &q.reference_count);
	q.policy = args_value(r->args, S("policy"));
	q.log = args_value(r->args, S("log"));
	q.instance = args_value(r->args, S("instance"));
	q.region = args_value(r->args, S("region"));
	if (!q.image_count && !q.reference_count && !q.policy.len)
		return diag_report(r->diag, (struct finding){OPERAND_MISSING,
			.arg = {S("verify"), S("something to hold the document against: --image, --reference "
			                       "or --policy")}});
	if (!read_format(r, &q) || !attest_facts_read(&c, &q.facts)
	    || !read_time(r, &q) || !read_root(r, &q) || !read_bindings(r, &q)
	    || !pcr_boot_options(r, &q.boot) || !read_required(r, &q))
		return false;
	*out = q;
	return true;
}
