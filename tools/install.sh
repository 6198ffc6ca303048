#!/bin/sh
# Installs the program, its manual and its completions, or removes exactly these files.
# usage: tools/install.sh TREE PROGRAM [NATIVE]    NATIVE prints the completions when PROGRAM is
#        tools/install.sh TREE --remove            for another machine
set -eu
cd "$(dirname "$0")/.."
tree=$1 program=$2 native=${3:-$2}
bash=$tree/share/bash-completion/completions/amic
zsh=$tree/share/zsh/site-functions/_amic
fish=$tree/share/fish/vendor_completions.d/amic.fish

if [ "$program" = --remove ]; then
	rm -f "$tree/bin/amic" "$bash" "$zsh" "$fish"
	for page in man/*.[157]*; do
		page=$(basename "$page" .in)
		rm -f "$tree/share/man/man${page##*.}/$page"
	done
	exit
fi
install -D "$program" "$tree/bin/amic"
for page in build/man/*.[157]; do
	install -D -m 644 "$page" "$tree/share/man/man${page##*.}/${page##*/}"
done
mkdir -p "${bash%/*}" "${zsh%/*}" "${fish%/*}"
"$native" completion bash >"$bash"
"$native" completion zsh >"$zsh"
"$native" completion fish >"$fish"
