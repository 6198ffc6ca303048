#!/bin/sh
# What a package of a static build holds, as a tree: the program, its manual, its completions, the
# licence and the notices. usage: tools/tree.sh BUILD NATIVE TREE [ROOT]
# BUILD/amic was linked with BUILD/amic.map beside it; NATIVE is an amic that runs here; ROOT is
# what tools/sysroot.sh made, when the libraries came from there.
set -eu
cd "$(dirname "$0")/.."
build=$1 native=$2 tree=$3
shift 3
rm -rf "$tree"
tools/install.sh "$tree" "$build/amic" "$native"
doc=$tree/share/doc/amic
mkdir -p "$doc"
cp LICENSE "$doc/LICENSE"
[ ! -e CHANGELOG.md ] || cp CHANGELOG.md "$doc/CHANGELOG.md"
tools/notices.sh "$build" "$@" >"$doc/NOTICES"
