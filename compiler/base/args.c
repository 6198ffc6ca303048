// args: GNU-style options against a table. Operands may stand anywhere; "--" ends options.
#include "base/base.h"
#include <string.h>

struct parser { struct arena *arena; struct args *args; struct diag *diag; bool ended; };

static bool usage(struct parser *p, enum rule rule, struct str word, struct str more)
{
	return diag_report(p->diag, (struct finding){rule, .arg = {word, more}});
}

static size_t option_at(const struct args *a, struct str name, u8 letter)
{
	size_t i = 0;
	while (i < a->option_count && !(name.len ? str_eq(a->options[i].name, name)
	                                         : a->options[i].letter == (char)letter))
		i++;
	return i;
}

// An empty value is most often a shell variable that was not set; only a text may be empty.
static bool add(struct parser *p, size_t option, struct str value)
{
	struct args *a = p->args;
	struct str arg = a->options[option].arg;
	if (arg.len && !value.len && !str_eq(arg, S("TEXT")))
		return usage(p, OPTION_NEEDS_VALUE, cat(p->arena, S("--"), a->options[option].name), arg);
	if (a->value_count[option] && !a->options[option].many)
		return usage(p, OPTION_TWICE, a->options[option].name, S(""));
	a->values[option][a->value_count[option]++] = value;
	return true;
}

// The value is in the same word (after '=', or behind a letter) or the next one.
static bool take(struct parser *p, size_t option, struct str word, bool has_value,
                 struct str value, struct str **next, struct str *end)
{
	const struct option *o = &p->args->options[option];
	if (o->arg.len == 0)
		return has_value ? usage(p, OPTION_NO_VALUE, word, value) : add(p, option, S(""));
	if (has_value)
		return add(p, option, value);
	if (*next == end)
		return usage(p, OPTION_NEEDS_VALUE, word, o->arg);
	return add(p, option, *(*next)++);
}

// Cut short, as getopt_long takes it, or misspelt.
static bool unknown(struct parser *p, struct str word, struct str name)
{
	const struct args *a = p->args;
	struct str *names = make(p->arena, a->option_count, struct str), begun = {0};
	size_t count = 0;
	for (size_t i = 0; i < a->option_count; i++) {
		names[i] = a->options[i].name;
		if (name.len && str_starts(names[i], name)) {
			begun = names[i];
			count++;
		}
	}
	return usage(p, OPTION_UNKNOWN, word,
	             count == 1 ? begun : str_nearest(name, names, a->option_count));
}

static bool parse_long(struct parser *p, struct str word, struct str **next, struct str *end)
{
	struct str body = {word.at + 2, word.len - 2}, name;
	struct str value = str_cut(body, '=', &name);
	size_t option = option_at(p->args, name, 0);
	if (name.len == 0 || option == p->args->option_count)
		return unknown(p, word, name);
	return take(p, option, cat(p->arena, S("--"), name), name.len < body.len, value, next, end);
}

static bool parse_letters(struct parser *p, struct str word, struct str **next, struct str *end)
{
	for (size_t i = 1; i < word.len; i++) {
		size_t option = option_at(p->args, S(""), word.at[i]);
		if (option == p->args->option_count)
			return unknown(p, word, S(""));
		bool takes = p->args->options[option].arg.len, rest = takes && i + 1 < word.len;
		struct str value = {word.at + i + 1, word.len - i - 1};
		if (!take(p, option, word, rest, value, next, end))
			return false;
		if (takes)
			return true;
	}
	return true;
}

static bool parse_word(struct parser *p, struct str word, struct str **next, struct str *end)
{
	bool operand = p->ended || word.len < 2 || word.at[0] != '-';
	if (operand) {
		p->args->rest[p->args->rest_count++] = word;
		return true;
	}
	if (str_eq(word, S("--")))
		return p->ended = true;
	return word.at[1] == '-' ? parse_long(p, word, next, end) : parse_letters(p, word, next, end);
}

bool args_parse(struct arena *a, const struct option *options, size_t count, struct str *argv,
                size_t argc, struct args *out, struct diag *d)
{
	*out = (struct args){.options = options, .option_count = count};
	out->values = make(a, count + 1, struct str *);
	out->value_count = make(a, count + 1, size_t);
	out->rest = make(a, argc + 1, struct str);
	for (size_t i = 0; i < count; i++)
		out->values[i] = make(a, options[i].many ? argc + 1 : 1, struct str);
	struct parser p = {a, out, d, false};
	struct str *next = argv, *end = argv + argc;
	while (next < end) {
		struct str word = *next++;
		if (!parse_word(&p, word, &next, end))
			return false;
	}
	return true;
}

bool args_has(const struct args *a, struct str name)
{
	size_t option = option_at(a, name, 0);
	return option < a->option_count && a->value_count[option] > 0;
}

struct str args_value(const struct args *a, struct str name)
{
	size_t option = option_at(a, name, 0);
	bool given = option < a->option_count && a->value_count[option] > 0;
	return given ? a->values[option][a->value_count[option] - 1] : (struct str){0};
}

const struct str *args_values(const struct args *a, struct str name, size_t *count)
{
	size_t option = option_at(a, name, 0);
	*count = option < a->option_count ? a->value_count[option] : 0;
	return *count ? a->values[option] : NULL;
}
