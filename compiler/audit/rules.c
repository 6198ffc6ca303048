// rules: what the rules of schemas/audit.json share: whether one speaks here, and how it reports.
#include "audit/internal.h"

void audit_report(struct audit *a, const struct node *rule, struct span at, struct str who,
                  struct str what)
{
	enum { SHOWN = 90 };
	enum rule found;
	if (!rule_by_code(node_str(rule, S("code")), &found))
		return;
	size_t len = what.len < SHOWN ? what.len : SHOWN;
	while (len < what.len && len > 0 && (what.at[len] & 0xc0) == 0x80)
		len--;                               // not in the middle of a character
	link_report_at(a->l, at, (struct finding){found, .arg = {who, {what.at, len}}});
}

struct str audit_text(struct audit *a, const struct node *n)
{
	if (n->kind == TEXT || link_function(a->l, n))
		return link_text(a->l, n);
	return node_canonical(a->l->c->arena, n);
}

struct span audit_place(const struct node *n)
{
	return n->at.len || !n->key_at.len ? n->at : n->key_at;
}

static bool scripts_have(struct audit *a, const struct inner *only, struct str pattern)
{
	for (size_t i = 0; i < a->l->document_count; i++) {
		struct steps all = steps_of(&a->l->documents[i]);
		struct step s;
		while ((!only || only == &a->l->documents[i]) && steps_next(&all, &s))
			if (link_found(a->l, pattern, link_script(a->l->c->arena, &s)))
				return true;
	}
	return false;
}

static bool set_has_type(const struct audit *a, struct str type)
{
	for (size_t i = 0; i < a->l->template_count; i++) {
		const struct node *r = a->l->templates[i].resource_list;
		for (; r; r = r->next)
			if (str_eq(link_resource_type(a->l, r), type))
				return true;
	}
	return false;
}

static bool set_has_action(const struct audit *a, struct str action)
{
	for (size_t i = 0; i < a->l->document_count; i++) {
		struct steps all = steps_of(&a->l->documents[i]);
		struct step s;
		while (steps_next(&all, &s))
			if (str_eq(s.action, action))
				return true;
	}
	return false;
}

bool audit_applies(struct audit *a, const struct node *rule, const struct inner *d)
{
	struct str has = node_str(rule, S("set-has")), lacks = node_str(rule, S("set-lacks"));
	struct str own = node_str(rule, S("document-lacks")), type = node_str(rule,
	                                                                      S("set-lacks-type"));
	struct str wanted = node_str(rule, S("set-has-type")), action = node_str(rule,
	                                                                         S("set-lacks-action"));
	return (!has.len || scripts_have(a, NULL, has)) && (!lacks.len || !scripts_have(a, NULL, lacks))
	    && (!own.len || !d || !scripts_have(a, d, own)) && (!type.len || !set_has_type(a, type))
	    && (!wanted.len || set_has_type(a, wanted)) && (!action.len || !set_has_action(a, action));
}
