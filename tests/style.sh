#!/bin/sh
# What review should not have to say. Each line is a rule; what it prints breaks it.
# usage: tests/style.sh    ends with "N passed, N failed".
cd "$(dirname "$0")/.." || exit 2
passed=0 failed=0
src=$(find compiler -name '*.[ch]' | sort)

rule() {   # rule TEXT FOUND
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'not ok: %s\n%s\n' "$1" "$2"
	fi
}
# The code, comments and string literals taken out, as "file:line:text".
bare=$(mktemp) && trap 'rm -f "$bare"' EXIT
# shellcheck disable=SC2086
grep -n '' $src | sed -E 's/"([^"\\]|\\.)*"/""/g; s,//.*,,' >"$bare"
code() {   # code PATTERN: '^' is where the text of a line begins
	case $1 in
	^*) grep -E "^[^:]*:[0-9]*:${1#^}" "$bare" ;;
	*) grep -E "$1" "$bare" ;;
	esac
}

# shellcheck disable=SC2086
rule 'functions of at most 60 lines' "$(ctags -x --_xformat='%N %F:%n %n %e' --fields=+ne --c-kinds=f $src |
	awk '$4 - $3 >= 60 { print $1, $2 }')"
# shellcheck disable=SC2086
rule 'files of at most 600 lines' "$(wc -l $src | awk '$1 > 600 && $2 != "total" { print }')"
rule 'only main.c prints and exits' "$(code '\b(_?exit|abort|f?printf|f?puts|perror)[ ]*\(' | grep -v '^compiler/main.c')"
rule 'struct str and struct buf, no C strings' \
	"$(code '\b(strcpy|strcat|strncpy|strncat|v?sn?printf|strtok|ato[il]|strto[a-z]+|gets)[ ]*\(')"
rule 'strlen only where argv and jansson come in' "$(code '\bstrlen[ ]*\(' | grep -v '^compiler/base/str.c')"
rule 'no goto' "$(code '\bgoto\b')"
rule 'no state in functions' "$(code '^[[:space:]]+static [^(]*[;=]' | grep -v 'static const')"
rule 'no mutable state in files' "$(code '^static [^(]*[;=]' | grep -vE 'static (const|_Noreturn)|\bconst [a-z_]+\[' )"
rule 'base/ calls nobody' "$(grep -nE '#include "[a-z]+/' compiler/base/*.[ch] | grep -v '"base/')"
rule 'measure/ calls only base/' "$(grep -nE '#include "[a-z]+[./]' compiler/measure/*.h compiler/measure/*/*.[ch] | grep -vE '"(base|measure)/')"
rule 'verify/ calls only base/' "$(grep -nE '#include "[a-z]+[./]' compiler/verify/*.[ch] | grep -vE '"(base|verify)/')"
rule 'passes do not know commands' "$(grep -rnE '#include "command/' compiler | grep -vE '^compiler/(main.c|command/)')"
aws='AWS::|imagebuilder|coldsnap|kiwi|ResourceNamePrefix|SubnetId|SecurityGroupId|KeyPair|InstanceType'
aws="$aws|RecipeSource|BaseStackName|IncludePcr|NitroTPM"
rule 'no name of AWS in the C' "$(for f in $src; do sed 's,//.*,,' "$f" | grep -nEi "$aws" | sed "s,^,$f:,"; done)"
# shellcheck disable=SC2086
rule 'no trailing blanks, no lines over 100 columns' "$(grep -nE '[[:blank:]]$' $src
	for f in $src; do expand -t 4 "$f" | LC_ALL=C.UTF-8 grep -nE '^.{101,}' | sed "s,:.*,,; s,^,$f:,"; done)"
rule 'each source but the smallest has its unit test' "$(for f in compiler/*.c compiler/measure/*/*.c; do
	case $f in compiler/main.c|compiler/compile.c) continue ;; esac
	grep -qsl "$(basename "$f")" tests/unit/*.c || [ -e "tests/unit/$(basename "$f")" ] || echo "$f"
	done)"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
