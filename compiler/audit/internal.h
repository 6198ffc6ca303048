// The rules of schemas/audit.json: what they share.
#pragma once
#include "audit/audit.h"

struct audit {
	struct linkage *l;
	const struct node *facts;
	const struct node *holder;    // properties.c: the resource whose statements are looked at
};
// Reports the finding whose code the rule names; false codes are a fault of schemas/.
void audit_report(struct audit *a, const struct node *rule, struct span at, struct str who,
                  struct str what);
// Do the scripts of the set (and of the document, when there is one) let the rule speak?
bool audit_applies(struct audit *a, const struct node *rule, const struct inner *d);
// A value as text: what link_text makes of texts and functions, JSON of all else.
struct str audit_text(struct audit *a, const struct node *n);
struct span audit_place(const struct node *n);

void audit_shell(struct audit *a);           // shell.c: rules over scripts and steps
void audit_properties(struct audit *a);      // properties.c: rules over resources
void audit_parameters(struct audit *a);      // parameters.c: parameters, conditions, exports
void audit_passed(struct audit *a);          // passed.c: parameters that a document refuses
