#!/bin/sh
# Packs an installed tree as a Debian package, the same bytes each time.
# usage: tools/deb.sh TREE OUT.deb    (TREE is what make install DESTDIR=TREE PREFIX=/usr filled)
set -eu
tree=$1 out=$2
SOURCE_DATE_EPOCH=1763942400   # a constant: no build may say when it was made
export SOURCE_DATE_EPOCH
version=$("$tree/usr/bin/amic" --version | cut -d' ' -f2)
mkdir -p "$tree/DEBIAN"
find "$tree/usr/share/man" -name '*.[157]' -exec gzip -9n {} +
cat >"$tree/DEBIAN/control" <<CONTROL
Package: amic
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: amic maintainers <amic@localhost>
Section: devel
Priority: optional
Description: compiler for attestable Amazon machine images
 Compiles a declarative spec to CloudFormation templates that build attestable
 AMIs, checks them, and computes the PCR values that a disk image will show.
CONTROL
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
chmod -R u=rwX,go=rX "$tree"
dpkg-deb --root-owner-group -Zxz --build "$tree" "$out" >/dev/null
