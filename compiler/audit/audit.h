// audit: what is wrong with what amic did not make.
#pragma once
#include "link/link.h"
#include "verify/verify.h"

// ---- audit.c: templates. False when an error was found.
bool must_use audit_templates(struct context *c, const struct artifacts *all);

// ---- policy_read.c: a key or IAM policy by itself.
bool policy_is(const struct node *tree);
bool must_use policy_read(struct context *c, struct str name, const struct node *tree,
                          struct policy *out);

// ---- policy.c
// What they admit together, into `out`; findings for what is unsound. False: no facts.
bool must_use audit_policies(struct context *c, const struct policy *list, size_t count,
                             struct buf *out);
// Would it release the key to the machine of this document? *why is one sentence.
enum policy_truth policy_releases(struct context *c, const struct attest_facts *facts,
                           const struct policy *p, const struct attested *doc, struct str *why);
