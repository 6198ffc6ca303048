#!/bin/bash
set -euo pipefail
# Computes the PCR values of RAW. Writes REFERENCE, and TAGS for the AMI.
# Without values, or when two tools disagree, there is no image.
exec 2>&1
export HOME=/root PATH=/usr/local/bin:/usr/sbin:$PATH
fail() { echo "measure: $*" && exit 1; }
rm -f "$REFERENCE" "$TAGS"
mkdir -p "$(dirname "$REFERENCE")"
work=$(mktemp -d)
boot-image read "$RAW" "$work/uki.efi"

# With Secure Boot on the tool counts the inner kernel by other rules, and any platform key turns
# them on: here a list of the one certificate at hand. PCR7 is another matter: all keys are in it,
# and it is known since the spec was compiled.
keys=()
if [ "$BOOT" = secure-boot ]; then
  echo "$CERT_HEAD" | base64 -d | cat - "$CERT_FILE" >"$work/pk.esl"
  keys=(--PK "$work/pk.esl")
fi
nitro-tpm-pcr-compute --image "$work/uki.efi" "${keys[@]}" >"$work/computed.json"
jq -e --arg boot "$BOOT" --arg pcr7 "$PCR7" '.Measurements
  | with_entries(select(.key | test("^PCR[0-9]+$")) | .value |= ascii_downcase)
  | if $boot == "secure-boot" then .PCR7 = $pcr7 else . end' "$work/computed.json" \
  >"$work/nitro.json"

# FILE WHOSE: the PCRs in FILE that were also computed here must have the same values
agree() {
  jq -e --slurpfile here "$work/nitro.json" '(.Measurements // {}) as $there | $here[0]
    | with_entries(select(.key != "PCR7" and $there[.key] != null))
    | length > 0 and all(to_entries[]; .value == ($there[.key] | ascii_downcase))' "$1" >/dev/null \
    || fail "$2 measured something else: $(cat "$1")"
}
if [ "$BOOT" = uefi ] && [ -f "$TARGET/pcr_measurements.json" ]; then
  agree "$TARGET/pcr_measurements.json" "the recipe"
fi
if [ -n "$AMIC" ]; then
  amic pcr "$RAW" --pcr "${PCRS// /,}" >"$work/amic.json"
  if [ "$BOOT" = uefi ]; then agree "$work/amic.json" amic; fi
  jq -e --slurpfile amic "$work/amic.json" '($amic[0].Measurements
    | with_entries(select(.key | test("^PCR[0-9]+$")))) + .' "$work/nitro.json" >"$work/all.json"
  mv "$work/all.json" "$work/nitro.json"
fi

for pcr in $PCRS; do
  jq -e --arg pcr "PCR$pcr" '.[$pcr] // "" | test("^[0-9a-f]{96}$")' "$work/nitro.json" \
    >/dev/null || fail "no value for PCR$pcr in $(cat "$work/computed.json")"
done
jq -e '(.PCR12 // "0") | test("^0+$")' "$work/nitro.json" >/dev/null \
  || fail "PCR12 is not zero: the kernel's command line is added to"

raw=$(sha256sum "$RAW")
jq --arg raw "${raw%% *}" --arg source "$SOURCE" --rawfile recipe "$RECIPE.sha256" \
  '{Measurements: ({HashAlgorithm: "SHA384"} + .), Image: {SHA256: $raw},
    Recipe: {Source: $source, SHA256: ($recipe | rtrimstr("\n"))}}' "$work/nitro.json" \
  >"$REFERENCE"
tags=$(echo "${AMI_TAGS/#none/e30=}" | base64 -d)
jq --arg pcrs "$PCRS" --arg wanted "$INCLUDE" --argjson tags "$tags" '. as $all
  | ($tags | to_entries | map({Key: .key, Value: .value})) + if $wanted == "yes"
    then [$pcrs | splits(" ") | "PCR" + . | {Key: ., Value: $all[.]}] else [] end' \
  "$work/nitro.json" >"$TAGS"
cat "$REFERENCE"
