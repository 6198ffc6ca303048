// releases: can a build install its tools from the release that the spec pins? What is needed,
// and what was found in which release, is in schemas/releases.json.
#include "spec/spec.h"

// One need against the releases that were looked at: the newest that has the package too old, the
// oldest that has it new enough. Either may be missing.
struct found { const struct node *too_old, *enough; };

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

static struct str version_in(const struct node *release, const struct node *need)
{
	return node_str(node_get(release, S("versions")), node_str(need, S("package")));
}

static struct found look_up(const struct node *releases, const struct node *need)
{
	struct found f = {0};
	for (const struct node *release = node_first(releases); release; release = release->next) {
		struct str version = version_in(release, need);
		bool old = version.len && version_order(version, node_str(need, S("version"))) < 0;
		if (old)
			f.too_old = release;
		else if (version.len && !f.enough)
			f.enough = release;
	}
	return f;
}

static bool is_needed(struct context *c, const struct spec *s, const struct node *need)
{
	struct str unless = node_str(need, S("unless"));
	const struct node *when = node_get(need, S("when"));
	if (unless.len && setting_at(c, s, S(""), unless))
		return false;
	return !when || node_has(setting_at(c, s, S(""), node_str(when, S("list"))),
	                           node_str(when, S("has")));
}

// "rust 1.91.0"
static struct str package_in(struct arena *a, const struct node *release, const struct node *need)
{
	return cat(a, node_str(need, S("package")), S(" "), version_in(release, need));
}

static void complain(struct context *c, enum rule rule, const struct node *pin,
                     const struct node *need, const struct found *f)
{
	struct arena *a = c->diag->arena;
	struct str wanted = cat(a, node_str(need, S("for")), S(" "), node_str(need, S("package")),
	                        S(" "),
	                        node_str(need, S("version")));
	struct str good = node_str(f->enough, S("release"));
	struct str old = f->too_old ? cat(a, node_str(f->too_old, S("release")), S(" has "),
	                                  package_in(a, f->too_old, need)) : S("");
	struct str from = f->enough ? cat(a, good, S(" has "), package_in(a, f->enough, need)) : S("");
	diag_report(c->diag, (struct finding){rule, .at = pin->at,
		.arg = {pin->text, wanted, old, from, good, node_str(need, S("instead"))},
		.fix_at = pin->at, .fix = good, .fixable = good.len > 0});
}

static bool check_need(struct context *c, const struct node *pin, const struct node *need,
                       const struct node *releases)
{
	struct found f = look_up(releases, need);
	if (f.enough && version_order(pin->text, node_str(f.enough, S("release"))) >= 0)
		return true;
	bool too_old = f.too_old && version_order(pin->text, node_str(f.too_old, S("release"))) <= 0;
	complain(c, too_old ? RELEASE_TOO_OLD : RELEASE_UNCHECKED, pin, need, &f);
	return !too_old;
}

bool check_releases(struct context *c, const struct spec *s)
{
	const struct node *facts = facts_of(c, S("schemas/releases.json"));
	struct str setting = node_str(facts, S("setting"));
	const struct node *need = node_first(node_get(facts, S("needs")));
	const struct node *pin = facts ? setting_at(c, s, S(""), setting) : NULL;
	bool good = facts != NULL;
	u64 year;
	struct str first;
	if (pin)
		(void)str_cut(pin->text, '.', &first);
	if (pin && str_u64(first, &year))
		for (; need; need = need->next)
			if (is_needed(c, s, need))
				good = check_need(c, pin, need, node_get(facts, S("releases"))) && good;
	return good;
}
