#!/bin/sh
# Another machine's headers and libraries, from Debian's archive, in a folder: what a cross build
# compiles against. Nothing of this machine changes, and root is not needed.
# usage: tools/sysroot.sh ARCH DIR [SUITE]    ARCH: Debian's name for it (arm64, s390x, i386)
# DIR/archives lists its static libraries: package, version, path.
set -eu
arch=$1 dir=$2 suite=${3:-bookworm}
cd "$(dirname "$0")/.."
wanted=$(sed 's/#.*//' tools/packages-build.txt | grep -e '-dev *$' | tr -d ' ' | paste -sd, -)
[ "$(cat "$dir/wanted" 2>/dev/null)" != "$wanted" ] || exit 0
rm -rf "$dir" "$dir.new" && mkdir -p "$(dirname "$dir")"
# shellcheck disable=SC2016  # the hook's own "$1"
mmdebstrap --quiet --variant=extract --architectures="$arch" --include="$wanted,libcmocka-dev" \
	--extract-hook='for deb in "$1"/var/cache/apt/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -t | sed -n "s,^\.\(/.*\.a\)\$,$(
			dpkg-deb -W --showformat="\${Package} \${Version}" "$deb") \1,p"
		done | sort >"$1/archives"' \
	"$suite" "$dir.new" \
	"deb http://deb.debian.org/debian $suite main" \
	"deb http://deb.debian.org/debian-security $suite-security main"
echo "$wanted" >"$dir.new/wanted"
mv "$dir.new" "$dir"
