#!/bin/sh
# Installs the Debian packages that are missing, and says which. usage: packages.sh FILE…
# A file lists one package a line; what stands after '#' says why.
set -eu
missing=
for package in $(sed 's/#.*//' "$@"); do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
$as_root apt-get update -qq
# shellcheck disable=SC2086  # words on purpose
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
