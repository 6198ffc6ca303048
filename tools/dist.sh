#!/bin/sh
# All that a release has, in one folder: archives, Debian packages, wheels and their digests; the
# same bytes from any folder. usage: tools/dist.sh OUT VERSION [TARGET…]
# A target that can't be built here fails; name those that you want. The macOS targets are in
# preparation: tools/macos.sh does not finish yet, so they are built only when they are named.
set -eu
cd "$(dirname "$0")/.."
out=$1 version=$2
shift 2
[ $# -gt 0 ] || set -- x86_64-linux aarch64-linux
: "${SOURCE_DATE_EPOCH:?the Makefile has it}"
rm -rf "$out" && mkdir -p "$out"

archive() {   # archive TREE NAME
	tar --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--mtime="@$SOURCE_DATE_EPOCH" --transform="s,^\./\{0\,1\},$2/," -C "$1" -c . |
		gzip -9n >"$out/$2.tar.gz"
}
for target; do
	tree=build/tree/$target machine=${target%-*}
	case $target in
	x86_64-linux)
		deb=amd64 wheel=x86_64
		tools/tree.sh build/static build/static/amic "$tree" ;;
	aarch64-linux)
		deb=arm64 wheel=aarch64
		tools/cross.sh "$target"
		tools/tree.sh "build/$target" build/static/amic "$tree" "${ROOTS:-$PWD/build/roots}/$deb" ;;
	*-macos)
		deb='' wheel=macos_$machine
		tools/cross.sh "$target"
		tests/ports/macho.py "build/$target/amic" "$machine" 13.0
		echo "$target: built and looked at, but not run: there is no Mac here"
		tools/tree.sh "build/$target" build/static/amic "$tree" ;;
	*)
		echo "dist: no target '$target'" >&2 && exit 2 ;;
	esac
	archive "$tree" "amic-$version-$target"
	[ -z "$deb" ] || tools/deb.sh "$tree" "$version" "$deb" "$out/amic_${version}_$deb.deb"
	tools/wheel.py "$tree" "$version" "$wheel" "$out"
done
(cd "$out" && sha256sum -- * >SHA256SUMS)
cat "$out/SHA256SUMS"
