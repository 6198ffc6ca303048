#!/bin/bash
# Signs the boot image in RAW with the key in Secrets Manager, which never touches the disk.
set -euo pipefail
exec >&2
export HOME=/root PATH=/usr/local/bin:/usr/sbin:$PATH
case $(uname -m) in aarch64) boot=BOOTAA64.EFI ;; *) boot=BOOTX64.EFI ;; esac
work=$(mktemp -d)
esp=$(sfdisk --json "$RAW" | jq -er '.partitiontable | (.sectorsize // 512) as $size
  | [.partitions[] | select(.type == "C12A7328-F81F-11D2-BA4B-00C93EC93B3B") | .start * $size]
  | if length == 1 then .[0] else error("not one EFI system partition") end')

mcopy -n -i "$RAW@@$esp" "::/EFI/BOOT/$boot" "$work/uki.efi"
echo "$CERT" | base64 -d >"$work/cert.pem"
# The region is the key's own: a spec may name one in another.
region=$(echo "$KEY" | cut -d: -f4)
secret() {
  aws secretsmanager get-secret-value --region "$region" --secret-id "$KEY" \
    --query SecretString --output text
}
sbsign --key <(secret) --cert "$work/cert.pem" --output "$work/signed.efi" "$work/uki.efi"
mcopy -o -i "$RAW@@$esp" "$work/signed.efi" "::/EFI/BOOT/$boot"
