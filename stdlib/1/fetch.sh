#!/bin/bash
set -euo pipefail
# Brings the recipe to RECIPE and checks its digest.
exec 2>&1
export HOME=/root LC_ALL=C
fail() { echo "fetch: $*" && exit 1; }

# What a digest is taken over: the archive, or each file's digest in the order of the paths.
check() {
  digest=$(sha256sum)
  digest=${digest%% *}
  echo "fetch: $SOURCE has the digest $digest"
  if [ "$SHA256" != none ] && [ "$SHA256" != "$digest" ]; then fail "expected the digest $SHA256"; fi
}

rm -rf "$RECIPE" "$RECIPE.tar"
mkdir -p "$RECIPE"
case $SOURCE in
  s3://*.tar | s3://*.tar.gz | s3://*.tar.zst)
    aws s3 cp --only-show-errors "$SOURCE" "$RECIPE.tar"
    check <"$RECIPE.tar"
    tar -xpf "$RECIPE.tar" -C "$RECIPE" --no-same-owner
    ;;
  s3://*) aws s3 cp --recursive --only-show-errors "${SOURCE%/}/" "$RECIPE/" ;;
  local:/*) cp -a "${SOURCE#local:}/." "$RECIPE/" ;;
  *) fail "no recipe: '$SOURCE'" ;;
esac
if [ ! -f "$RECIPE.tar" ]; then
  (cd "$RECIPE" && find . -type f -print0 | sort -z | xargs -0 -r sha256sum) >"$RECIPE.list"
  check <"$RECIPE.list"
  odd=$(find "$RECIPE" ! -type f ! -type d)
  if [ "$SHA256" != none ] && [ -n "$odd" ]; then fail "no digest covers these: $odd"; fi
fi
rm -f "$RECIPE.tar" "$RECIPE.list"
echo "$digest" >"$RECIPE.sha256"

if [ ! -f "$RECIPE/config.xml" ]; then
  count=$(find "$RECIPE" -maxdepth 1 -name '*.kiwi' | wc -l)
  if [ "$count" -ne 1 ]; then fail "a recipe has a config.xml or one .kiwi file; this has $count"; fi
fi
