#!/bin/sh
# Whose code was linked in, in which version, under which terms. Read from the linker's map: it
# names each archive that gave a member. usage: tools/notices.sh BUILD [ROOT]    (as tools/tree.sh)
# BUILD/notices/ takes the map's place where there is none: a folder NAME_VERSION with a file
# 'copyright' for each library.
set -eu
build=$1 root=${2:-}

packages() {   # "package version copyright-file" for each archive in the map
	sed -n 's,^\(/[^ (]*\.a\)(.*,\1,p' "$build/amic.map" | sort -u | while read -r archive; do
		archive=$(realpath "$archive")
		case $archive in
		"${root:-//}"/*)
			inside=${archive#"$root"}
			awk -v path="$inside" -v root="$root" '$3 == path {
				print $1, $2, root "/usr/share/doc/" $1 "/copyright" }' "$root/archives" ;;
		*)
			package=$(dpkg -S "$archive" | sed 's/:.*//')
			echo "$package $(dpkg-query -W -f '${Version}' "$package" 2>/dev/null ||
				dpkg-query -W -f '${Version}' "$package:$(dpkg --print-architecture)")" \
				"/usr/share/doc/$package/copyright" ;;
		esac
	done | sort -u
}
list=$(mktemp) && trap 'rm -f "$list"' EXIT
if [ -d "$build/notices" ]; then
	for folder in "$build"/notices/*; do
		name=$(basename "$folder")
		echo "${name%_*} ${name##*_} $folder/copyright"
	done >"$list"
else
	packages >"$list"
fi
[ -s "$list" ] || { echo "notices: nothing is said to be linked into $build/amic" >&2; exit 2; }

echo 'This program contains code of the packages below, as Debian has them: their sources are'
echo 'those of that version in its archive. Their notices follow, and the licences that these name.'
echo
awk '{ printf "  %-28s %s\n", $1, $2 }' "$list"
while read -r package version copyright; do
	printf '\n==== %s %s\n\n' "$package" "$version"
	cat "$copyright"
done <"$list"
awk '{ print $3 }' "$list" | xargs grep -ohE '/usr/share/common-licenses/[A-Za-z]+(-[0-9]+(\.[0-9]+)?)?' | sort -u |
	while read -r licence; do
		[ -f "$licence" ] || continue
		printf '\n==== %s\n\n' "$licence"
		cat "$licence"
	done
