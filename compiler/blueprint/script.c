// script: shell of the blueprint as the text of a document. Values reach it as NAME='value'
// lines before the file's own, and only values that cannot end such a text.
// cycle: documents.c, holes.c: the variables of a script are holes; its file is the blueprint's.
#include "blueprint/internal.h"

static bool is_shell_safe(struct expander *x, const struct node *n)
{
	for (size_t i = 0; i < n->text.len; i++) {
		u8 c = n->text.at[i];
		if (c != '\'' && c >= 0x20 && c != 0x7f)
			continue;
		x->failed = true;
		return diag_report(x->c->diag, (struct finding){SCRIPT_VALUE,
			n->cause.file ? n->cause : n->at, .arg = {n->text, n->key}});
	}
	return true;
}

// *cause: the first setting of the spec that a variable comes from, for the text as a whole.
static bool put_variable(struct expander *x, const struct node *n, struct buf *out,
                         struct span *cause)
{
	struct node *value = expand_node(x, n);
	if (x->failed)
		return false;
	if (value && value->kind != TEXT)
		return hole_wrong(x, n, S("must be text that is known here"));
	if (value)
		value->key = n->key;
	if (value && !is_shell_safe(x, value))
		return false;
	if (value && !cause->file)
		*cause = value->cause;
	put(out, n->key, S("='"), value ? value->text : S(""), S("'\n"));
	return true;
}

// A first line "#!…" stays the first line, before the variables.
static struct str shebang_of(struct str text, struct str *rest)
{
	struct str line, after = str_cut(text, '\n', &line);
	bool shebang = str_starts(text, S("#!"));
	*rest = shebang ? after : text;
	return shebang ? line : S("");
}

// A service takes only so many characters: of the comments the first one goes along, which says
// what the script is for. "#!" begins no comment.
static void put_lines(struct buf *out, struct str text)
{
	bool opening = true;
	for (struct str line, left = text; left.len;) {
		left = str_cut(left, '\n', &line);
		bool comment = str_starts(str_trim(line), S("# "));
		opening = opening && comment;
		if (!comment || opening)
			put(out, line, S("\n"));
	}
}

struct node *hole_script(struct expander *x, const struct node *n, struct str arg)
{
	const struct node *run = n->kind == MAP ? node_get(n, S("run")) : n;
	struct str text, rest;
	struct span cause = {0};
	if (n->kind == LIST || !run || run->kind != TEXT || arg.len) {
		hole_wrong(x, n, S("needs the name of a script"));
		return NULL;
	}
	if (!blueprint_text(x, run->text, &text))
		return NULL;
	struct buf out = buf_new(x->c->arena, DOCUMENT_MAX);
	struct str shebang = shebang_of(text, &rest);
	put(&out, shebang, shebang.len ? S("\n") : S(""));
	for (const struct node *child = n->first; child; child = child->next)
		if (child != run && !put_variable(x, child, &out, &cause))
			return NULL;
	put_lines(&out, rest);
	struct node *made = text_at(x, buf_end(&out), n);
	made->cause = cause;
	return made;
}
