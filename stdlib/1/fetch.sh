#!/bin/bash
# Brings the kiwi-ng recipe to RECIPE, and checks its digest before anything of it runs.
set -euo pipefail
exec 2>&1
export HOME=/root LC_ALL=C
fail() {
  echo "fetch: $*"
  exit 1
}

rm -rf "$RECIPE"
mkdir -p "$RECIPE"
case $SOURCE in
  s3://*) aws s3 cp --recursive --only-show-errors "${SOURCE%/}/" "$RECIPE/" ;;
  local:/*) cp -a "${SOURCE#local:}/." "$RECIPE/" ;;
  *) fail "no recipe: '$SOURCE'" ;;
esac

# What `sha256:` of a spec means: the digest of all files' digests, in the order of their paths.
digest=$(cd "$RECIPE" && find . -type f -print0 | sort -z | xargs -0 -r sha256sum | sha256sum)
digest=${digest%% *}
echo "fetch: $SOURCE has the digest $digest"
if [ "$SHA256" != none ]; then
  if [ "$SHA256" != "$digest" ]; then fail "expected the digest $SHA256"; fi
  odd=$(find "$RECIPE" ! -type f ! -type d)
  if [ -n "$odd" ]; then fail "no digest covers these: $odd"; fi
fi
echo "$digest" >"$RECIPE.sha256"

if [ ! -f "$RECIPE/config.xml" ]; then
  count=$(find "$RECIPE" -maxdepth 1 -name '*.kiwi' | wc -l)
  if [ "$count" -ne 1 ]; then fail "a recipe has a config.xml or one .kiwi file; this has $count"; fi
fi
