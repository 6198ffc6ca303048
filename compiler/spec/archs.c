// archs: an instance builds images of its own architecture only. schemas/instances.json says
// which family has which.
#include "spec/spec.h"

struct archs { struct context *c; const struct spec *s; const struct node *families; bool bad; };

static struct str arch_of(struct archs *k, const struct node *instance)
{
	struct str family;
	(void)str_cut(instance->text, '.', &family);
	return node_str(k->families, family);
}

static void unknown_family(struct archs *k, const struct node *instance)
{
	diag_report(k->c->diag, (struct finding){INSTANCE_UNKNOWN, .at = instance->at,
		.arg = {instance->text}});
}

static void mismatch(struct archs *k, const struct node *instance, struct str found,
                     const struct node *arch, struct str pipeline)
{
	struct arena *a = k->c->diag->arena;
	const struct setting *s = language_find(k->s->language, S("build.instance"));
	const struct node *defaults = node_get(s->amic, S("default-map"));
	struct str other = node_str(defaults, arch->text);
	struct str help = cat(a, S("{ "), found, S(": "), instance->text, S(", "), arch->text, S(": "),
	                      other, S(" }"));
	bool written = arch->at.file != 0;
	k->bad = true;
	diag_report(k->c->diag, (struct finding){INSTANCE_ARCH,
		.at = written ? arch->at : instance->at,
		.arg = {instance->text, arch->text, cat(a, S("pipeline '"), pipeline, S("'")), help},
		.also = written ? instance->at : (struct span){0}, .also_label = found,
		.fix_at = instance->at, .fix = help, .fixable = !str_eq(instance->key, arch->text)});
}

static void check_pipeline(struct archs *k, struct str pipeline)
{
	const struct node *instance = setting_at(k->c, k->s, S(""), S("build.instance"));
	const struct node *arch = setting_at(k->c, k->s, pipeline, S("arch"));
	if (instance && instance->kind == MAP)
		instance = node_get(instance, arch->text);
	if (!instance || !instance->at.file)
		return;
	struct str found = arch_of(k, instance);
	if (found.len && !str_eq(found, arch->text))
		mismatch(k, instance, found, arch, pipeline);
}

static void check_families(struct archs *k)
{
	const struct node *instance = node_path(k->s->tree, S("build.instance"));
	if (instance && instance->kind == TEXT && !arch_of(k, instance).len)
		unknown_family(k, instance);
	for (const struct node *n = instance ? instance->first : NULL; n; n = n->next) {
		struct str found = arch_of(k, n);
		if (!found.len)
			unknown_family(k, n);
	}
}

bool check_archs(struct context *c, const struct spec *s)
{
	const struct node *instances = facts_of(c, S("schemas/instances.json"));
	struct archs k = {c, s, node_get(instances, S("families")), false};
	struct str *pipelines;
	size_t count = spec_pipelines(c, s, &pipelines);
	if (!instances)
		return false;
	check_families(&k);
	for (size_t i = 0; i < count; i++)
		check_pipeline(&k, pipelines[i]);
	return !k.bad;
}
