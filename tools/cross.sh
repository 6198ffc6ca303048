#!/bin/sh
# A build for another machine, into build/TARGET. usage: tools/cross.sh TARGET [GOAL|VAR=…]…
# TARGET: aarch64-linux, s390x-linux, i686-linux, all of them static; aarch64-macos, x86_64-macos
set -eu
cd "$(dirname "$0")/.."
target=$1
shift
case $target in
aarch64-linux) debian=arm64 gnu=aarch64-linux-gnu ;;
s390x-linux) debian=s390x gnu=s390x-linux-gnu ;;
i686-linux) debian=i386 gnu=i686-linux-gnu ;;
aarch64-macos | x86_64-macos) exec tools/macos.sh "$target" "$@" ;;
*) echo "cross: no target '$target'; see $0" >&2 && exit 2 ;;
esac
root=${ROOTS:-$PWD/build/roots}/$debian
tools/sysroot.sh "$debian" "$root"
lib=$root/usr/lib/$(echo "$gnu" | sed s/i686/i386/)
exec ${MAKE:-make} B="build/$target" STATIC="${STATIC-1}" CC="${CCACHE:-} $gnu-gcc --sysroot=$root" \
	HOSTCC="${CCACHE:-} ${HOSTCC:-cc}" CFLAGS="-O2 -ffile-prefix-map=$PWD=." \
	PKG_CONFIG="env PKG_CONFIG_LIBDIR=$lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root pkg-config" "${@:-all}"
