#!/bin/bash
# Computes the PCR values from the finished disk image; without them, or when two tools disagree,
# there is no image. Writes REFERENCE, and TAGS for the AMI.
set -euo pipefail
exec 2>&1
export HOME=/root PATH=/usr/local/bin:/usr/sbin:$PATH
fail() {
  echo "measure: $*"
  exit 1
}
rm -f "$REFERENCE" "$TAGS"
mkdir -p "$(dirname "$REFERENCE")"
case $(uname -m) in aarch64) boot=BOOTAA64.EFI ;; *) boot=BOOTX64.EFI ;; esac
work=$(mktemp -d)
esp=$(partx -rgo START,TYPE "$RAW" | sed -n 's/ c12a7328-f81f-11d2-ba4b-00a0c93ec93b$//p')
if [[ ! $esp =~ ^[0-9]+$ ]]; then fail "not one EFI system partition"; fi
mcopy -n -i "$RAW@@$((esp * 512))" "::/EFI/BOOT/$boot" "$work/uki.efi"

# With Secure Boot on the tool counts the inner kernel by other rules, and any platform key turns
# them on: here a list of the one certificate at hand. PCR7 is another matter: all keys are in it,
# and it is known since the spec was compiled.
keys=()
if [ "$BOOT" = secure-boot ]; then
  le32() { printf %08x "$1" | sed 's/\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/'; }
  size=$(stat -c %s "$CERT_FILE")
  head=a159c0a5e494a74a87b5ab155c2bf072$(le32 $((size + 44)))00000000$(le32 $((size + 16)))
  printf %b "$(printf '%s%032d' "$head" 0 | sed 's/../\\x&/g')" | cat - "$CERT_FILE" >"$work/pk.esl"
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
  || fail "PCR12 is not zero: something is appended to the kernel's command line"

raw=$(sha256sum "$RAW")
jq --arg raw "${raw%% *}" --arg source "$SOURCE" --rawfile recipe "$RECIPE.sha256" \
  '{Measurements: ({HashAlgorithm: "SHA384"} + .), Image: {SHA256: $raw},
    Recipe: {Source: $source, SHA256: ($recipe | rtrimstr("\n"))}}' "$work/nitro.json" \
  >"$REFERENCE"
jq --arg pcrs "$PCRS" --arg wanted "$INCLUDE" '. as $all
  | if $wanted == "yes"
    then [$pcrs | splits(" ") | "PCR" + . | {Key: ., Value: $all[.]}] else [] end' \
  "$work/nitro.json" >"$TAGS"
cat "$REFERENCE"
