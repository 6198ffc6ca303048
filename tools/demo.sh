#!/bin/sh
# Shows the two halves on this machine: specs to templates, a disk image to PCR values.
# usage: tools/demo.sh AMIC
set -eu
amic=$1
out=build/demo
rm -rf "$out" && mkdir -p "$out"
say() { printf '\n== %s\n' "$*"; }

say 'specs to templates'
for spec in examples/*.ami; do
	name=$(basename "$spec" .ami)
	"$amic" build "$spec" -o "$out/$name" --format short 2>"$out/$name.notes" || { cat "$out/$name.notes"; exit 1; }
done
(cd "$out" && find . -name '*.yaml' -printf '%P  %s bytes\n' | sort)

say 'what each stack still asks for (the rest has defaults, or is baked)'
for template in "$out"/*/*template.yaml "$out"/*/kms*.yaml; do
	[ -e "$template" ] || continue
	awk -v file="${template#"$out/"}" '
		function flush() { if (name != "" && !given) asked = asked " " name; name = "" }
		/^[A-Za-z]/ { flush(); on = ($1 == "Parameters:") }
		on && /^  [A-Za-z0-9]+:/ { flush(); name = $1; sub(/:/, "", name); given = 0 }
		on && /^    Default:/ { given = 1 }
		END { flush(); printf "%-40s%s\n", file, asked == "" ? " nothing" : asked }' "$template"
done

say 'a disk image to PCR values (a GPT with an ESP, on it a UKI of Debian'"'"'s kernel)'
python3 tests/boot/disk.py "$out/disk" stub=252
"$amic" pcr "$out/disk/disk.raw"
say 'and why: the events of PCR 4'
"$amic" pcr "$out/disk/disk.raw" --format events --pcr 4
