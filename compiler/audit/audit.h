// audit.c: what is wrong with templates that amic did not make. False when an error was found.
#pragma once
#include "link/link.h"

bool must_use audit_templates(struct context *c, const struct artifacts *all);
