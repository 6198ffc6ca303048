#!/bin/bash
set -euo pipefail
# Puts the tools of the build on this instance.
# Each is pinned: packages by the release, coldsnap by its version or its digest, amic by its digest.
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
  erofs-utils aws-nitro-tpm-tools kiwi-image-descriptions-examples jq mtools tar gzip zstd)
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

# The boot image in a disk image: read into a file, or written from one. mcopy ends with 0 though
# it could write a part of the file only, so sizes are compared.
cat >/usr/local/bin/boot-image <<'TOOL'
#!/bin/bash
set -euo pipefail
case $(uname -m) in aarch64) boot=BOOTAA64 ;; *) boot=BOOTX64 ;; esac
esp=$(partx -rgo START,TYPE "$2" | sed -n 's/ c12a7328-f81f-11d2-ba4b-00a0c93ec93b$//p')
if [[ ! $esp =~ ^[0-9]+$ ]]; then echo "$2: not one EFI system partition" && exit 1; fi
in=(-i "$2@@$((esp * 512))")
there=::/EFI/BOOT/$boot.EFI
if [ "$1" = write ]; then exec mcopy -o "${in[@]}" "$3" "$there"; fi
mcopy -n "${in[@]}" "$there" "$3"
mdir "${in[@]}" "$there" | grep -iE "^$boot +EFI +$(stat -c %s "$3") " \
  || { echo "$boot.EFI was not read whole" && exit 1; }
TOOL
chmod 0755 /usr/local/bin/boot-image
