// read: the project file, found and checked against schemas/project-1.schema.json.
#include "project/project.h"

enum { PROJECT_MAX_BYTES = 1 << 20 };
#define FILE_NAME S("amic.yaml")

static bool lies_in(struct arena scratch, struct str folder, struct str name)
{
	return file_exists(scratch, path_join(&scratch, folder, name));
}

// A file of somebody else's further up must not change what this repository means.
static bool find(struct context *c, struct project *out)
{
	struct str folder;
	if (!path_real(c->diag->arena, S("."), &folder))
		return false;
	for (size_t len = folder.len; len; len--) {
		struct str upward = {folder.at, len};
		if (len < folder.len && folder.at[len] != '/')
			continue;
		if (lies_in(*c->arena, upward, FILE_NAME)) {
			out->root = upward;
			size_t cut = len + (len < folder.len);
			out->here = (struct str){folder.at + cut, folder.len - cut};
			return true;
		}
		if (lies_in(*c->arena, upward, S(".git")))
			return false;
	}
	return false;
}

// ---- the words of its findings

static struct str shown(const struct node *n)
{
	return n->kind == TEXT ? n->text : n->kind == MAP ? S("a mapping") : S("a list");
}

static struct str kind_wanted(struct str type)
{
	return str_eq(type, S("object")) ? S("a mapping") : str_eq(type, S("boolean"))
	     ? S("true or false") : str_eq(type, S("integer")) ? S("a whole number") : S("text");
}

static void report(void *of, const struct schema_fault *f)
{
	struct diag *d = of;
	struct str form = node_str(node_get(f->schema, S("x-amic")), S("expected"));
	struct str path = str_starts(f->path, S("specs.")) ? S("specs") : f->path.len ? f->path
	                : S("amic.yaml");
	struct span at = f->node->kind == TEXT || !f->node->key_at.file ? f->node->at : f->node->key_at;
	if (f->word == SCHEMA_UNKNOWN)
		diag_report(d, (struct finding){KEY_UNKNOWN, .at = f->node->key_at,
			.fix_at = f->node->key_at, .fix = f->near, .fixable = f->near.len > 0,
			.arg = {f->name, S("the project file"), S("a project file"), f->near,
			        f->near.len ? S("") : S("amic, specs, strict")}});
	else if (f->word == SCHEMA_MISSING)
		diag_report(d, (struct finding){KEY_MISSING, .at = at, .arg = {f->name, f->name,
			str_eq(f->name, S("amic")) ? S("1") : S("{ '*.ami': 'out/{stem}' }")}});
	else if (f->word == SCHEMA_TYPE)
		diag_report(d, (struct finding){WRONG_KIND, .at = at, .arg = {path, shown(f->node),
			kind_wanted(node_str(f->schema, S("type"))), S(""), form}});
	else
		diag_report(d, (struct finding){FORM_WRONG, .at = at, .arg = {path, shown(f->node), form}});
}

static bool check(struct context *c, const struct node *tree)
{
	struct schema_reader reader = {report, NULL, c->diag, false};
	const struct node *schema = facts_of(c, S("schemas/project-1.schema.json"));
	return schema && schema_check(c, schema, schema, tree, &reader);
}

bool project_read(struct context *c, struct project *out)
{
	struct project p = {0};
	struct context lasting = *c;
	struct node *tree = NULL;
	struct str text;
	lasting.arena = c->diag->arena;
	*out = p;
	if (!find(c, &p))
		return true;
	struct str path = project_path(&p, lasting.arena, FILE_NAME);
	if (!file_read(lasting.arena, path, PROJECT_MAX_BYTES, &text, c->diag))
		return false;
	p.file = sources_add(&c->diag->sources, path, text);
	if (!read_tree(&lasting, p.file, DIALECT_SPEC, &tree) || !readers_agree(c, p.file, tree)
	    || !check(c, tree))
		return false;
	p.tree = tree;
	p.strict = node_true(tree, S("strict"));
	c->root = p.root;
	*out = p;
	return true;
}
