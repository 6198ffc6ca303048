#!/bin/bash
# Puts the tools of the build on this instance, each pinned: packages by the release, coldsnap by
# its version or its digest, amic by its digest.
set -euo pipefail
exec 2>&1
export HOME=/root PATH=/usr/local/bin:/usr/sbin:$PATH

# The later steps and their tools find the region in the profile.
imds=http://169.254.169.254/latest
token=$(curl -sSf -m 5 --retry 5 --retry-connrefused -X PUT \
  -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$imds/api/token")
region=$(curl -sSf -m 5 --retry 5 -H "X-aws-ec2-metadata-token: $token" \
  "$imds/meta-data/placement/region")
mkdir -p "$HOME/.aws"
printf '[default]\nregion = %s\n' "$region" >"$HOME/.aws/config"

packages=(kiwi-cli python3-kiwi kiwi-systemdeps-core python3-poetry-core qemu-img veritysetup
  erofs-utils aws-nitro-tpm-tools kiwi-image-descriptions-examples jq mtools)
if [ -z "$COLDSNAP_FROM" ]; then packages+=(cargo); fi
if [ -n "$SIGNING" ]; then packages+=("$SIGNING"); fi
release=()
if [ "$RELEASE" != latest ]; then release=(--releasever="$RELEASE"); fi
dnf --assumeyes "${release[@]}" install "${packages[@]}"

# NAME S3-URI SHA256: neither in place nor executable before the digest is right
from_s3() {
  local part
  part=$(mktemp)
  aws s3 cp --only-show-errors "$2" "$part"
  echo "$3  $part" | sha256sum --check --quiet
  install -m 0755 "$part" "/usr/local/bin/$1"
  rm "$part"
}

if [ -n "$COLDSNAP_FROM" ]; then
  from_s3 coldsnap "$COLDSNAP_FROM" "$COLDSNAP_SHA256"
else
  cargo install --locked --version "$COLDSNAP_VERSION" --root /usr/local coldsnap
fi
if [ -n "$AMIC_FROM" ]; then from_s3 amic "$AMIC_FROM" "$AMIC_SHA256"; fi
