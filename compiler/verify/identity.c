// identity: who signed, by the names of the path, which must agree with one another and with what
// the document calls itself:
//   root      PARTITION.nitro-enclaves
//   others    ….REGION.PARTITION.nitro-enclaves
//   instance  INSTANCE.REGION.PARTITION.nitro-enclaves
//   leaf      MODULE.REGION.PARTITION, where MODULE is INSTANCE, a word and 16 digits
#include "verify/verify.h"

struct naming {
	const struct pkix *p;
	const struct attest_facts *facts;
	struct arena *arena;
	struct identity who;
	struct diag *d;
};

static struct str name_at(const struct naming *n, size_t level)
{
	return (struct str){n->p->names[level].at, n->p->names[level].len};
}

static bool differ(struct naming *n, struct str name, struct str why)
{
	return diag_report(n->d, (struct finding){NAMES_DISAGREE, .at = {n->p->file, 0, 0},
		.arg = {utf8_printable(n->d->arena, name), why}});
}

// What stands before `tail`; false unless something does.
static bool strip(struct str name, struct str tail, struct str *out)
{
	if (!str_ends(name, tail) || name.len == tail.len)
		return false;
	*out = (struct str){name.at, name.len - tail.len};
	return true;
}

static bool is_word(struct str s, bool hex)
{
	for (size_t i = 0; i < s.len; i++) {
		bool digit = s.at[i] >= '0' && s.at[i] <= '9';
		if (!digit && (s.at[i] < 'a' || s.at[i] > (hex ? 'f' : 'z')) && (hex || s.at[i] != '-'))
			return false;
	}
	return s.len > 0;
}

static bool read_instance(struct naming *n, struct str tail)
{
	struct str name = name_at(n, n->p->count - 2), head, instance;
	if (!strip(name, tail, &head))
		return differ(n, name, S("it is not an instance's certificate under this root"));
	struct str region = str_cut(head, '.', &instance);
	struct str digits = {instance.at + 2, instance.len - 2};
	if (!str_starts(instance, S("i-")) || !is_word(digits, true) || !is_word(region, false))
		return differ(n, name, S("it is not an instance's certificate"));
	n->who.instance = str_copy(n->arena, instance);
	n->who.region = str_copy(n->arena, region);
	return true;
}

static bool same_region(struct naming *n, struct str tail)
{
	struct str end = cat(n->arena, S("."), n->who.region, tail), unused;
	for (size_t i = 1; i + 1 < n->p->count; i++)
		if (!strip(name_at(n, i), end, &unused))
			return differ(n, name_at(n, i), cat(n->d->arena, S("the instance is in "),
			                                    n->who.region));
	return true;
}

// Not split at '-': an instance has one in it.
static bool is_module(struct naming *n, struct str module)
{
	enum { DIGITS = 16 };
	struct str head = cat(n->arena, n->who.instance, S("-"), n->facts->module);
	if (!str_starts(module, head))
		return differ(n, module, cat(n->d->arena, S("the certificates are those of "),
		                             n->who.instance));
	struct str digits = {module.at + head.len, module.len - head.len};
	return (digits.len == DIGITS && is_word(digits, true))
	    || differ(n, module, S("it is not a module's id"));
}

static bool is_leaf(struct naming *n, struct str module)
{
	struct str name = name_at(n, n->p->count - 1);
	struct str head = cat(n->arena, module, S("."), n->who.region, S("."));
	if (str_eq(name, cat(n->arena, head, n->who.partition))
	    || str_eq(name, cat(n->arena, head, n->facts->default_partition)))
		return true;
	return differ(n, name, cat(n->d->arena, S("the document calls itself "),
	                           utf8_printable(n->d->arena, module)));
}

bool pkix_identity(const struct pkix *p, const struct attested *doc,
                   const struct attest_facts *facts, struct arena *a, struct identity *out,
                   struct diag *d)
{
	struct naming n = {p, facts, a, {{0}, {0}, {0}}, d};
	struct str root = name_at(&n, 0), partition;
	if (p->count < 3 || !strip(root, facts->root_suffix, &partition))
		return differ(&n, root, S("it is not the root of a partition"));
	n.who.partition = str_copy(a, partition);
	struct str tail = cat(a, S("."), root);
	if (!read_instance(&n, tail) || !same_region(&n, tail) || !is_module(&n, doc->module_id)
	    || !is_leaf(&n, doc->module_id))
		return false;
	*out = n.who;
	return true;
}
