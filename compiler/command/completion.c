// amic completion SHELL: what the tables of commands, options, codes and settings know, in the
// words of bash, zsh or fish.
#include "command/command.h"

enum shell { BASH, ZSH, FISH };

static bool shell_by_name(struct str name, enum shell *out)
{
	static const struct str names[] = {[BASH] = STR("bash"), [ZSH] = STR("zsh"),
	                                   [FISH] = STR("fish")};
	for (size_t i = 0; i < countof(names); i++) {
		if (str_eq(name, names[i])) {
			*out = (enum shell)i;
			return true;
		}
	}
	return false;
}

static void put_codes(struct buf *out)
{
	for (size_t i = 0; i < RULE_COUNT; i++)
		put(out, i ? S(" ") : S(""), rules[i].code);
}

static void put_option_words(struct buf *out, const struct option *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put(out, S(" --"), list[i].name);
}

static void put_bash(struct buf *out)
{
	put(out, S("# amic(1) completion for bash\n_amic() {\n"
	           "\tlocal word=${COMP_WORDS[COMP_CWORD]} words\n"
	           "\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\twords='"));
	for (size_t i = 0; i < command_count; i++)
		put(out, i ? S(" ") : S(""), commands[i]->name);
	put(out, S("'\n\telse\n\t\tcase ${COMP_WORDS[1]} in\n\t\texplain) words='"));
	put_codes(out);
	put(out, S("' ;;\n"));
	for (size_t i = 0; i < command_count; i++) {
		if (str_eq(commands[i]->name, S("explain")))
			continue;
		put(out, S("\t\t"), commands[i]->name, S(") words='"));
		put_option_words(out, commands[i]->options, commands[i]->option_count);
		put_option_words(out, common_options, common_option_count);
		put(out, S("' ;;\n"));
	}
	put(out, S("\t\tesac\n\tfi\n\tmapfile -t COMPREPLY "
	           "< <(compgen -W \"$words\" -- \"$word\"; compgen -f -- \"$word\")\n"
	           "}\ncomplete -o filenames -F _amic amic\n"));
}

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

static void put_zsh_options(struct buf *out, const struct option *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		put(out, S(" \\\n\t\t'"), list[i].many ? S("*") : S(""), S("--"), list[i].name,
		    list[i].arg.len ? S("=") : S(""), S("["));
		put_zsh_text(out, list[i].help);
		put(out, S("]"), list[i].arg.len ? S(":") : S(""), list[i].arg,
		    list[i].arg.len ? S(":_files") : S(""), S("'"));
	}
}

static void put_zsh(struct buf *out)
{
	put(out, S("#compdef amic\n_amic() {\n\tlocal -a commands codes\n\tcommands=("));
	for (size_t i = 0; i < command_count; i++) {
		put(out, S("\n\t\t'"), commands[i]->name, S(":"));
		put_zsh_text(out, commands[i]->summary);
		put(out, S("'"));
	}
	put(out, S("\n\t)\n\tcodes=("));
	put_codes(out);
	put(out, S(")\n\tif (( CURRENT == 2 )); then\n\t\t_describe command commands\n"
	           "\t\treturn\n\tfi\n\tshift words\n\t(( CURRENT-- ))\n\tcase $words[1] in\n"));
	for (size_t i = 0; i < command_count; i++) {
		bool codes = str_eq(commands[i]->name, S("explain"));
		put(out, S("\t"), commands[i]->name, S(") _arguments"));
		put_zsh_options(out, commands[i]->options, commands[i]->option_count);
		put_zsh_options(out, common_options, common_option_count);
		put(out, codes ? S(" \\\n\t\t'1:code:($codes)' '*:file:_files' ;;\n")
		               : S(" \\\n\t\t'*:file:_files' ;;\n"));
	}
	put(out, S("\tesac\n}\n_amic \"$@\"\n"));
}

static void put_fish_text(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '\'' || s.at[i] == '\\')
			put(out, S("\\"));
		buf_byte(out, s.at[i]);
	}
}

static void put_fish_options(struct buf *out, struct str command, const struct option *list,
                             size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct str letter = {(const u8 *)&list[i].letter, list[i].letter ? 1 : 0};
		put(out, S("complete -c amic"));
		if (command.len)
			put(out, S(" -n '__fish_seen_subcommand_from "), command, S("'"));
		put(out, letter.len ? S(" -s ") : S(""), letter, S(" -l "), list[i].name,
		    list[i].arg.len ? S(" -r") : S(""), S(" -d '"));
		put_fish_text(out, list[i].help);
		put(out, S("'\n"));
	}
}

static void put_fish(struct buf *out)
{
	put(out, S("# amic(1) completion for fish\n"));
	for (size_t i = 0; i < command_count; i++) {
		put(out, S("complete -c amic -n __fish_use_subcommand -f -a "), commands[i]->name,
		    S(" -d '"));
		put_fish_text(out, commands[i]->summary);
		put(out, S("'\n"));
		put_fish_options(out, commands[i]->name, commands[i]->options,
		                 commands[i]->option_count);
	}
	put(out, S("complete -c amic -n '__fish_seen_subcommand_from explain' -f -a '"));
	put_codes(out);
	put(out, S("'\n"));
	put_fish_options(out, S(""), common_options, common_option_count);
}

static int run_completion(struct run *r)
{
	static void (*const writers[])(struct buf *) = {[BASH] = put_bash, [ZSH] = put_zsh,
	                                                [FISH] = put_fish};
	enum shell shell;
	if (r->args->rest_count != 1 || !shell_by_name(r->args->rest[0], &shell)) {
		diag_report(r->diag, (struct finding){OPERAND_MISSING, .arg = {S("completion"),
			S("the name of a shell: bash, zsh or fish")}});
		return STATUS_UNKNOWN;
	}
	writers[shell](r->out);
	return STATUS_DONE;
}

const struct command command_completion = {
	STR("completion"), STR("bash|zsh|fish"), STR("completion of commands, options and codes"),
	NULL, 0, run_completion,
};
