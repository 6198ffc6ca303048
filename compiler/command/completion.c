// amic completion SHELL: what the tables of commands, options, codes, topics and settings know, in
// the words of bash, zsh or fish.
// cycle: commands.c: it lists the table that it stands in.
#include "command/explain/explain.h"
#include "command/pcr/pcr.h"

enum shell { BASH, ZSH, FISH };
static const struct str shells[] = {[BASH] = STR("bash"), [ZSH] = STR("zsh"), [FISH] = STR("fish")};

static bool shell_by_name(struct str name, enum shell *out)
{
	for (size_t i = 0; i < countof(shells); i++) {
		if (str_eq(name, shells[i])) {
			*out = (enum shell)i;
			return true;
		}
	}
	return false;
}

// ---- what may stand where

enum offer { FILES, FOLDERS, WORDS, ANYTHING };      // ANYTHING: a number or a text, no offer
struct values { enum offer kind; struct str words; };

static void put_words(struct buf *out, const struct str *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put(out, out->len ? S(" ") : S(""), list[i]);
}

// "refused|replace" are words; names in capitals say what kind of value is meant.
static struct values values_of(struct arena *a, const struct command *c, const struct option *o)
{
	static const struct { struct str arg; struct values is; } known[] = {
		{STR("FORMAT"), {WORDS, STR("text short jsonl sarif github")}},
		{STR("DIR"), {.kind = FOLDERS}},
		{STR("N"), {.kind = ANYTHING}}, {STR("TEXT"), {.kind = ANYTHING}},
		{STR("NAME"), {.kind = ANYTHING}}, {STR("LIST"), {.kind = ANYTHING}},
		{STR("PATH"), {.kind = ANYTHING}}, {STR("D"), {WORDS, STR("D")}},
	};
	struct buf words = buf_new(a, 1 << 10);
	bool is_pcr = str_eq(c->name, S("pcr")) && str_eq(o->name, S("format"));
	for (size_t i = 0; is_pcr && i < pcr_format_count; i++)
		put_words(&words, &pcr_formats[i].name, 1);
	if (is_pcr)
		return (struct values){WORDS, buf_str(&words)};
	for (size_t i = 0; i < countof(known); i++)
		if (str_eq(known[i].arg, o->arg))
			return known[i].is;
	for (struct str left = o->arg, word; left.len && left.at[0] >= 'a' && left.at[0] <= 'z';) {
		left = str_cut(left, '|', &word);
		put_words(&words, &word, 1);
	}
	return words.len ? (struct values){WORDS, buf_str(&words)} : (struct values){.kind = FILES};
}

// Of the first operand; those behind it are files.
static struct values operand_of(struct run *r, const struct command *c)
{
	struct buf words = buf_new(r->arena, 1 << 16);
	struct context context = {.arena = r->arena, .diag = r->diag, .library = r->library};
	const struct language *l = NULL;
	if (str_eq(c->name, S("completion")))
		put_words(&words, shells, countof(shells));
	if (str_eq(c->name, S("explain")))
		l = language_of(&context);
	if (!l)
		return words.len ? (struct values){WORDS, buf_str(&words)} : (struct values){.kind = FILES};
	for (size_t i = 0; i < RULE_COUNT; i++)
		put_words(&words, &rules[i].code, 1);
	put_words(&words, explain_topics, explain_topic_count);
	for (size_t i = 0; i < l->count; i++)
		put_words(&words, &l->list[i].path, 1);
	return (struct values){WORDS, buf_str(&words)};
}

typedef void option_writer(struct run *r, const struct command *c, const struct option *o);

static void each_option(struct run *r, const struct command *c, option_writer *write)
{
	for (size_t i = 0; i < c->option_count; i++)
		write(r, c, &c->options[i]);
	for (size_t i = 0; i < c->shared_count; i++)
		write(r, c, &c->shared[i]);
	for (size_t i = 0; i < common_option_count; i++)
		write(r, c, &common_options[i]);
}

static struct str letter_of(const struct option *o)
{
	return (struct str){(const u8 *)&o->letter, o->letter ? 1 : 0};
}

// ---- bash

static void put_bash_name(struct run *r, const struct command *c, const struct option *o)
{
	(void)c;
	put(r->out, S(" --"), o->name);
}

static void put_bash_values(struct run *r, const struct command *c, const struct option *o)
{
	static const struct str kinds[] = {[FILES] = STR("file"), [FOLDERS] = STR("folder"),
	                                   [WORDS] = STR(""), [ANYTHING] = STR("")};
	struct values v = values_of(r->arena, c, o);
	if (!o->arg.len)
		return;
	put(r->out, S("\t*' "), c->name, S(" --"), o->name, S("'"));
	if (o->letter)
		put(r->out, S("|*' "), c->name, S(" -"), letter_of(o), S("'"));
	put(r->out, S(") words='"), v.words, S("' kind='"), kinds[v.kind], S("' ;;\n"));
}

static void put_bash(struct run *r)
{
	struct buf *out = r->out;
	put(out, S("# amic(1) completion for bash\n_amic() {\n"
	           "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
	           "\tlocal words='' kind=file\n"
	           "\t# readline takes --name=value for three words\n"
	           "\t[ \"$word\" != = ] || word=\n"
	           "\t[ \"$before\" != = ] || before=${COMP_WORDS[COMP_CWORD-2]}\n"
	           "\tcase \"$COMP_CWORD ${COMP_WORDS[1]} $before\" in\n"
	           "\t'1 '*) kind='' words='"));
	for (size_t i = 0; i < command_count; i++)
		put(out, commands[i]->name, S(" "));
	put(out, S("help' ;;\n\t'2 help '*) kind='' words='"));
	for (size_t i = 0; i < command_count; i++)
		put(out, i ? S(" ") : S(""), commands[i]->name);
	put(out, S("' ;;\n"));
	for (size_t i = 0; i < command_count; i++)
		each_option(r, commands[i], put_bash_values);
	put(out, S("\t*)\n\t\tcase \"${COMP_WORDS[1]} $COMP_CWORD $word\" in\n"));
	for (size_t i = 0; i < command_count; i++) {
		struct values v = operand_of(r, commands[i]);
		put(out, S("\t\t'"), commands[i]->name, S(" '*' -'*) kind='' words='"));
		each_option(r, commands[i], put_bash_name);
		put(out, S("' ;;\n"));
		if (v.kind == WORDS)
			put(out, S("\t\t'"), commands[i]->name, S(" 2 '*) kind='' words='"), v.words,
			    S("' ;;\n"));
	}
	put(out, S("\t\tesac ;;\n\tesac\n\tmapfile -t COMPREPLY < <(\n"
	           "\t\tcompgen -W \"$words\" -- \"$word\"\n"
	           "\t\tcase $kind in\n\t\tfile) compgen -f -- \"$word\" ;;\n"
	           "\t\tfolder) compgen -d -- \"$word\" ;;\n\t\tesac)\n"
	           "}\ncomplete -o filenames -F _amic amic\n"));
}

// ---- zsh

// zsh's _arguments and _describe read ':' and ']' as their own.
static void put_zsh_text(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == ':' || s.at[i] == '[' || s.at[i] == ']')
			put(out, S("\\"));
		if (s.at[i] == '\'')
			put(out, S("'\\'"));
		buf_byte(out, s.at[i]);
	}
}

static void put_zsh_values(struct buf *out, struct values v)
{
	static const struct str actions[] = {[FILES] = STR("_files"), [FOLDERS] = STR("_files -/"),
	                                     [WORDS] = STR("("), [ANYTHING] = STR(" ")};
	put(out, actions[v.kind], v.words, v.kind == WORDS ? S(")") : S(""));
}

static void put_zsh_option(struct run *r, const struct command *c, const struct option *o)
{
	struct buf *out = r->out;
	bool value = o->arg.len > 0;
	put(out, S(" \\\n\t\t"));
	if (o->letter)
		put(out, o->many ? S("'*'") : S(""), S("{-"), letter_of(o), value ? S("+") : S(""),
		    S(",--"), o->name, value ? S("=") : S(""), S("}'["));
	else
		put(out, S("'"), o->many ? S("*") : S(""), S("--"), o->name, value ? S("=") : S(""),
		    S("["));
	put_zsh_text(out, o->help);
	put(out, S("]"));
	if (o->arg.len) {
		put(out, S(":"));
		put_zsh_text(out, o->arg);
		put(out, S(":"));
		put_zsh_values(out, values_of(r->arena, c, o));
	}
	put(out, S("'"));
}

static void put_zsh(struct run *r)
{
	struct buf *out = r->out;
	put(out, S("#compdef amic\n_amic() {\n\tlocal -a commands\n\tcommands=("));
	for (size_t i = 0; i < command_count; i++) {
		put(out, S("\n\t\t'"), commands[i]->name, S(":"));
		put_zsh_text(out, commands[i]->summary);
		put(out, S("'"));
	}
	put(out, S("\n\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe command commands\n"
	           "\t\treturn\n\tfi\n\tshift words\n\t(( CURRENT-- ))\n\tcase $words[1] in\n"));
	for (size_t i = 0; i < command_count; i++) {
		struct values v = operand_of(r, commands[i]);
		put(out, S("\t"), commands[i]->name, S(") _arguments"));
		each_option(r, commands[i], put_zsh_option);
		if (v.kind == WORDS) {
			put(out, S(" \\\n\t\t'1:what:"));
			put_zsh_values(out, v);
			put(out, S("'"));
		}
		put(out, S(" \\\n\t\t'*:file:_files' ;;\n"));
	}
	put(out, S("\tesac\n}\n_amic \"$@\"\n"));
}

// ---- fish

static void put_fish_text(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '\'' || s.at[i] == '\\')
			put(out, S("\\"));
		buf_byte(out, s.at[i]);
	}
}

static void put_fish_values(struct buf *out, struct values v)
{
	if (v.kind == FOLDERS)
		put(out, S(" -x -a '(__fish_complete_directories)'"));
	else if (v.kind == WORDS)
		put(out, S(" -x -a '"), v.words, S("'"));
	else
		put(out, v.kind == FILES ? S(" -r -F") : S(" -x"));
}

static void put_fish_option(struct run *r, const struct command *c, const struct option *o)
{
	struct buf *out = r->out;
	struct str letter = letter_of(o);
	put(out, S("complete -c amic -n '__fish_seen_subcommand_from "), c->name, S("'"));
	put(out, letter.len ? S(" -s ") : S(""), letter, S(" -l "), o->name);
	if (o->arg.len)
		put_fish_values(out, values_of(r->arena, c, o));
	put(out, S(" -d '"));
	put_fish_text(out, o->help);
	put(out, S("'\n"));
}

static void put_fish(struct run *r)
{
	struct buf *out = r->out;
	put(out, S("# amic(1) completion for fish\n"));
	for (size_t i = 0; i < command_count; i++) {
		struct values v = operand_of(r, commands[i]);
		put(out, S("complete -c amic -n __fish_use_subcommand -f -a "), commands[i]->name,
		    S(" -d '"));
		put_fish_text(out, commands[i]->summary);
		put(out, S("'\n"));
		each_option(r, commands[i], put_fish_option);
		if (v.kind == WORDS)
			put(out, S("complete -c amic -n '__fish_seen_subcommand_from "), commands[i]->name,
			    S("' -a '"), v.words, S("'\n"));
	}
}

static int run_completion(struct run *r)
{
	static void (*const writers[])(struct run *) = {[BASH] = put_bash, [ZSH] = put_zsh,
	                                                [FISH] = put_fish};
	enum shell shell;
	if (r->args->rest_count != 1 || !shell_by_name(r->args->rest[0], &shell)) {
		diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {S("completion"),
			S("the name of a shell: bash, zsh or fish")}});
		return STATUS_UNKNOWN;
	}
	writers[shell](r);
	return STATUS_DONE;
}

const struct command command_completion = {
	STR("completion"), STR("bash|zsh|fish"),
	STR("completion of commands, options, settings and codes"),
	NULL, 0, run_completion, false, NULL, 0,
};
