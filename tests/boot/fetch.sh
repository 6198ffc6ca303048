#!/bin/sh
# fetch.sh DIR: the parts that Debian 12 does not install, unpacked below DIR and installed nowhere.
#   DIR/boot-VERSION/   systemd-boot-efi of the other suites: stubs, systemd-boot
#   DIR/ovmf-2025.02/   a newer firmware
#   DIR/arm64/          kernel, busybox and systemd-boot-efi (252) for aarch64
# What cannot be had is named and left out; the cells that need it are then skipped.
set -eu
dir=$(mkdir -p "$1" && cd "$1" && pwd)
apt=$dir/.apt
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
key=/usr/share/keyrings/debian-archive-keyring.gpg

mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
for suite in bookworm bookworm-backports trixie forky sid; do
	echo "deb [signed-by=$key] $mirror $suite main"
done >"$apt/sources"

# with_arch ARCH COMMAND…: apt that sees these suites alone and writes below DIR only
with_arch() {
	arch=$1; command=$2; shift 2
	mkdir -p "$apt/$arch/lists/partial" "$apt/$arch/cache/archives/partial"
	"$command" -q -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o Dir::Etc::sourcelist="$apt/sources" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$apt/$arch/lists" -o Dir::Cache="$apt/$arch/cache" \
		-o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
		-o APT::Sandbox::User=root "$@"
}

# unpack ARCH PACKAGE VERSION FOLDER
unpack() {
	[ -d "$dir/$4" ] && return
	rm -rf "$apt/new" && mkdir -p "$apt/new"
	if (cd "$apt/new" && with_arch "$1" apt-get download "$2=$3") >/dev/null 2>&1; then
		mkdir -p "$dir/$4.part"
		dpkg -x "$apt"/new/*.deb "$dir/$4.part" && mv "$dir/$4.part" "$dir/$4"
		echo "$4: $2 $3"
	else
		echo "$4: $2 $3 could not be downloaded" >&2
	fi
}

# versions ARCH PACKAGE: newest first
versions() { with_arch "$1" apt-cache madison "$2" | awk '{print $3}' | sort -ruV; }

with_arch amd64 apt-get update >/dev/null || echo "no package lists: is there a network?" >&2
for version in $(versions amd64 systemd-boot-efi); do
	unpack amd64 systemd-boot-efi "$version" "boot-${version%%[.-]*}"
done
for version in $(versions amd64 ovmf | grep '^2025\.02'); do
	unpack amd64 ovmf "$version" ovmf-2025.02
done
with_arch arm64 apt-get update >/dev/null || exit 0
for want in systemd-boot-efi:252 busybox-static:1.35 'linux-image-6\.1\.0-[0-9]*-cloud-arm64:6.1'; do
	name=$(with_arch arm64 apt-cache pkgnames | grep -x "${want%:*}" | sort -V | tail -1)
	version=$(versions arm64 "$name" | grep -F "${want##*:}" | grep -v '~bpo' | head -1)
	unpack arm64 "$name" "$version" "arm64-${want%%[-:]*}"
done
