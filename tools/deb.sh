#!/bin/sh
# Packs a tree as a Debian package, the same bytes each time.
# usage: tools/deb.sh TREE VERSION ARCH OUT.deb    (TREE is what tools/tree.sh filled)
set -eu
from=$1 version=$2 arch=$3 out=$4
tree=$(mktemp -d) && trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/DEBIAN" "$tree/usr"
cp -R "$from/." "$tree/usr"
doc=$tree/usr/share/doc/amic
{
	cat <<-'COPYRIGHT'
	Copyright 2026 the amic authors
	SPDX-License-Identifier: Apache-2.0

	On Debian systems, the text of the Apache License, Version 2.0, is in
	/usr/share/common-licenses/Apache-2.0.

	COPYRIGHT
	sed "/^==== .usr.share.common-licenses/,\$d" "$doc/NOTICES"
} >"$doc/copyright"
rm "$doc/NOTICES" "$doc/LICENSE"
[ ! -e "$doc/CHANGELOG.md" ] || mv "$doc/CHANGELOG.md" "$doc/changelog"
find "$tree/usr/share/man" "$doc" -name '*.[157]' -exec gzip -9n {} + -o -name changelog -exec gzip -9n {} +
cat >"$tree/DEBIAN/control" <<CONTROL
Package: amic
Version: $version
Architecture: $arch
Maintainer: amic maintainers <amic@localhost>
Installed-Size: $(find "$tree/usr" -type f -printf '%s\n' | awk '{ kib += int(($1 + 1023) / 1024) } END { print kib }')
Section: devel
Priority: optional
Description: compiler for attestable Amazon machine images
 Compiles a declarative spec to CloudFormation templates that build attestable
 AMIs, checks them, and computes the PCR values that a disk image will show.
CONTROL
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
chmod -R u=rwX,go=rX "$tree"
dpkg-deb --root-owner-group -Zxz --build "$tree" "$out" >/dev/null
