#!/bin/bash
set -euo pipefail
# Builds the disk image of the recipe and moves it to RAW.
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
PATH=${PATH#"$SHIMS":} tool=${0##*/}
if [ "$tool-${1-}" = veritysetup-format ]; then
  shift && set -- format --salt="$SEED" --uuid="$SEED_UUID" "$@"
elif [ "$tool" = mkfs.erofs ] && mkfs.erofs --help 2>&1 | grep -q -e ' -U'; then
  set -- -U "$SEED_UUID" "$@"
fi
exec "$tool" "$@"
SHIM
chmod 0755 "$SHIMS/veritysetup"
ln "$SHIMS/veritysetup" "$SHIMS/mkfs.erofs"

# SOURCE,TYPE,ALIAS,priority,imageinclude,PACKAGE-CHECK,keys,components,distribution,REPO-CHECK,KIND
# takes the place of the first repository of the recipe. kiwi reads an empty check as "off", so
# both are said again as the recipe has them, which kiwi's own reader tells.
options=()
if [ "$RELEASE" != latest ]; then
  mirror=https://cdn.amazonlinux.com/al2023/core/mirrors/$RELEASE/$(uname -m)/mirror.list
  read -ra python < <(sed -n '1s/^#!//p' "$(command -v kiwi-ng)")
  description=$RECIPE/config.xml
  if [ ! -f "$description" ]; then description=$(find "$RECIPE" -maxdepth 1 -name '*.kiwi'); fi
  checks=$("${python[@]}" - "$description" <<'FIRST' | tail -n 1
import sys
from kiwi.xml_description import XMLDescription
from kiwi.xml_state import XMLState
r, *_ = XMLState(XMLDescription(sys.argv[1]).load()).get_repository_sections() or sys.exit("kiwi: no repository to pin")
print(*(str(v is True).lower() for v in (r.get_package_gpgcheck(), r.get_repository_gpgcheck())))
FIRST
  )
  options=(--set-repo "$mirror,rpm-md,amazonlinux,,,${checks% *},,,,${checks#* },mirrorlist")
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
