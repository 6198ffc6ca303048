#!/bin/bash
# Builds the disk image of the recipe with kiwi-ng and moves it to RAW.
set -euo pipefail
exec 2>&1
export HOME=/root PATH=/usr/local/bin:/usr/sbin:$PATH

# kiwi calls these two without a salt and without a UUID, so that no two builds would measure the
# same. Both come from the recipe's digest and the release instead.
seed=$(echo "$(cat "$RECIPE.sha256") $RELEASE" | sha256sum)
seed=${seed%% *}
uuid=${seed:0:8}-${seed:8:4}-4${seed:13:3}-8${seed:17:3}-${seed:20:12}
export SEED=$seed SEED_UUID=$uuid SOURCE_DATE_EPOCH=1672531200
SHIMS=$(mktemp -d)
export SHIMS
cat >"$SHIMS/veritysetup" <<'SHIM'
#!/bin/bash
PATH=${PATH#"$SHIMS":}
if [ "${1-}" = format ]; then shift && set -- format --salt="$SEED" --uuid="$SEED_UUID" "$@"; fi
exec veritysetup "$@"
SHIM
cat >"$SHIMS/mkfs.erofs" <<'SHIM'
#!/bin/bash
PATH=${PATH#"$SHIMS":}
if mkfs.erofs --help 2>&1 | grep -q -e ' -U'; then set -- -U "$SEED_UUID" "$@"; fi
exec mkfs.erofs "$@"
SHIM
chmod 0755 "$SHIMS"/*

options=()
if [ "$RELEASE" != latest ]; then
  mirror=https://cdn.amazonlinux.com/al2023/core/mirrors/$RELEASE/$(uname -m)/mirror.list
  options=(--set-repo "$mirror,rpm-md,amazonlinux,,,,,,,,mirrorlist")
fi
rm -rf "$TARGET"
mkdir -p "$TARGET"
PATH=$SHIMS:$PATH kiwi-ng --loglevel 20 system build --description "$RECIPE" \
  --target-dir "$TARGET" "${options[@]}"

raw=$(jq -er .disk_image.filename "$TARGET/kiwi.result.json")
case $raw in /*) ;; *) raw=$TARGET/$raw ;; esac
if [ ! -f "$raw" ] || [ -L "$raw" ] || [ ! -s "$raw" ]; then
  echo "kiwi: the result names no disk image: '$raw'"
  exit 1
fi
mv "$raw" "$RAW"
