// releases: can a build install its tools from the release that the spec pins? What is needed,
// and what was found in which release, is in schemas/releases.json.
#include "spec/spec.h"

// One need against the releases that were looked at: the newest that has the package too old, the
// oldest that has it new enough. Either may be missing.
struct found { const json_t *too_old, *enough; };

// Numbers between dots, each as a number; what is no number counts as 0.
static int version_order(struct str a, struct str b)
{
	while (a.len || b.len) {
		struct str x, y;
		u64 m = 0, n = 0;
		a = str_cut(a, '.', &x);
		b = str_cut(b, '.', &y);
		if (!str_u64(x, &m))
			m = 0;
		if (!str_u64(y, &n))
			n = 0;
		if (m != n)
			return m < n ? -1 : 1;
	}
	return 0;
}

static struct str version_in(const json_t *release, const json_t *need)
{
	const char *package = json_string_value(json_object_get(need, "package"));
	return json_str(json_object_get(release, "versions"), package ? package : "");
}

static struct found look_up(const json_t *releases, const json_t *need)
{
	struct found f = {0};
	size_t i;
	const json_t *release;
	json_array_foreach(releases, i, release) {
		struct str version = version_in(release, need);
		bool old = version.len && version_order(version, json_str(need, "version")) < 0;
		if (old)
			f.too_old = release;
		else if (version.len && !f.enough)
			f.enough = release;
	}
	return f;
}

static bool is_needed(struct context *c, const struct spec *s, const json_t *need)
{
	struct str unless = json_str(need, "unless");
	const json_t *when = json_object_get(need, "when");
	if (unless.len && setting_at(c, s, S(""), unless))
		return false;
	return !when || node_lists(setting_at(c, s, S(""), json_str(when, "list")),
	                           json_str(when, "has"));
}

// "rust 1.91.0"
static struct str package_in(struct arena *a, const json_t *release, const json_t *need)
{
	return cat(a, json_str(need, "package"), S(" "), version_in(release, need));
}

static void complain(struct context *c, enum rule rule, const struct node *pin,
                     const json_t *need, const struct found *f)
{
	struct arena *a = c->diag->arena;
	struct str wanted = cat(a, json_str(need, "for"), S(" "), json_str(need, "package"), S(" "),
	                        json_str(need, "version"));
	struct str good = str_copy(a, json_str(f->enough, "release"));
	struct str old = f->too_old ? cat(a, json_str(f->too_old, "release"), S(" has "),
	                                  package_in(a, f->too_old, need)) : S("");
	struct str from = f->enough ? cat(a, good, S(" has "), package_in(a, f->enough, need)) : S("");
	diag_report(c->diag, (struct finding){rule, .at = pin->at,
		.arg = {pin->text, wanted, old, from, good, str_copy(a, json_str(need, "instead"))},
		.fix_at = pin->at, .fix = good, .fixable = good.len > 0});
}

static bool check_need(struct context *c, const struct node *pin, const json_t *need,
                       const json_t *releases)
{
	struct found f = look_up(releases, need);
	if (f.enough && version_order(pin->text, json_str(f.enough, "release")) >= 0)
		return true;
	bool too_old = f.too_old && version_order(pin->text, json_str(f.too_old, "release")) <= 0;
	complain(c, too_old ? RELEASE_TOO_OLD : RELEASE_UNCHECKED, pin, need, &f);
	return !too_old;
}

bool check_releases(struct context *c, const struct spec *s)
{
	json_t *facts = library_json(c->library, S("schemas/releases.json")), *need;
	struct str setting = json_str(facts, "setting");
	const struct node *pin = facts ? setting_at(c, s, S(""), setting) : NULL;
	bool good = facts != NULL;
	size_t i;
	u64 year;
	struct str first;
	if (pin)
		(void)str_cut(pin->text, '.', &first);
	if (pin && str_u64(first, &year))
		json_array_foreach(json_object_get(facts, "needs"), i, need)
			if (is_needed(c, s, need))
				good = check_need(c, pin, need, json_object_get(facts, "releases")) && good;
	json_decref(facts);
	return good;
}
