// What amic check looks at beside the spec.
#pragma once
#include "command/command.h"

// parameters.c: a file of parameters for the templates of a spec, in one of the forms that the
// AWS CLI and its helpers read: [{ParameterKey, ParameterValue}], ["K=V"], {Parameters: {K: V}},
// {K: V}. Each name must be a parameter of some template, each value must fit it.
bool must_use check_parameters(struct context *c, const struct spec *s, struct str path);

// recipe.c: the folder that goes to S3 as a recipe: an image description is in it, and it has
// the digest that the spec names.
bool must_use check_recipe(struct context *c, const struct spec *s, struct str folder);
