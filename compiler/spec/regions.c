// regions: what a spec names lies in one partition, and a key in the region that it is for.
// schemas/regions.json says which region is where.
#include "spec/spec.h"

struct partition { struct str name; const struct node *first; };
struct regions {
	struct context *c;
	const struct node *facts;
	struct str region_key, arn;
	struct partition where;          // of the first thing that has one
	bool bad;
};

static struct str partition_of(const struct regions *k, struct str region)
{
	const struct node *list = node_first(node_get(k->facts, S("partitions")));
	for (; list; list = list->next)
		for (const struct node *one = node_first(list); one; one = one->next)
			if (str_eq(region, one->text))
				return list->key;
	return S("");
}

static void unknown_region(struct regions *k, const struct node *n)
{
	struct arena *a = k->c->diag->arena;
	struct str *known = NULL;
	size_t count = 0, cap = 0;
	const struct node *list = node_first(node_get(k->facts, S("partitions")));
	for (; list; list = list->next)
		for (const struct node *one = node_first(list); one; one = one->next) {
			known = grown(a, known, count, &cap, struct str);
			known[count++] = one->text;
		}
	struct str near = str_nearest(n->text, known, count);
	diag_report(k->c->diag, (struct finding){REGION_UNKNOWN, .at = n->at, .arg = {n->text, near},
		.fix_at = n->at, .fix = near, .fixable = near.len > 0});
}

static void lies_in(struct regions *k, const struct node *n, struct str partition)
{
	if (!k->where.first)
		k->where = (struct partition){partition, n};
	if (str_eq(partition, k->where.name))
		return;
	k->bad = true;
	diag_report(k->c->diag, (struct finding){PARTITION_OTHER, .at = n->at,
		.arg = {n->text, partition, k->where.name}, .also = k->where.first->at,
		.also_label = k->where.name});
}

static void check_region(struct regions *k, const struct node *n)
{
	struct str partition = partition_of(k, n->text);
	if (partition.len)
		lies_in(k, n, partition);
	else
		unknown_region(k, n);
}

// arn:PARTITION:SERVICE:REGION:… of an element that is for `region`, unless that is NULL.
static void check_arn(struct regions *k, const struct node *n, const struct node *region)
{
	struct str part, left = n->text;
	for (size_t i = 0; i < 4; i++) {
		left = str_cut(left, ':', &part);
		if (i == 1)
			lies_in(k, n, part);
	}
	if (!region || part.len == 0 || str_eq(part, region->text))
		return;
	k->bad = true;
	diag_report(k->c->diag, (struct finding){REGION_OTHER, .at = n->at,
		.arg = {n->key, part, region->text}, .also = region->at, .also_label = S("for here")});
}

static void check_value(struct regions *k, const struct node *n, const struct node *region)
{
	if (n->kind == TEXT && str_eq(n->key, k->region_key))
		check_region(k, n);
	else if (n->kind == TEXT && str_starts(n->text, k->arn))
		check_arn(k, n, region);
	region = n->kind == MAP ? node_get(n, k->region_key) : region;
	for (const struct node *child = n->first; child; child = child->next)
		check_value(k, child, region);
}

static void check_settings(struct regions *k, const struct node *owner)
{
	const struct node *path = node_first(node_get(k->facts, S("settings")));
	for (; path; path = path->next) {
		const struct node *n = node_path(owner, path->text);
		if (n)
			check_value(k, n, NULL);
	}
}

bool check_regions(struct context *c, const struct spec *s)
{
	const struct node *facts = facts_of(c, S("schemas/regions.json"));
	struct regions k = {c, facts, node_str(facts, S("region")), node_str(facts,
	                                                                     S("arn")), {{0}, NULL},
	                    false};
	const struct node *pipelines = node_get(s->tree, S("pipelines"));
	check_settings(&k, s->tree);
	for (const struct node *p = pipelines ? pipelines->first : NULL; p; p = p->next)
		check_settings(&k, p);
	return facts && !k.bad;
}
