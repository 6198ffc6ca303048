#!/bin/bash
# Signs the boot image in RAW when there is a KEY, streamed from Secrets Manager and never on disk,
# and lets nothing pass that firmware would refuse.
set -euo pipefail
exec >&2
export HOME=/root PATH=/usr/local/bin:/usr/sbin:$PATH
case $(uname -m) in aarch64) boot=BOOTAA64.EFI ;; *) boot=BOOTX64.EFI ;; esac
work=$(mktemp -d)
esp=$(sfdisk --json "$RAW" | jq -er '.partitiontable | (.sectorsize // 512) as $size
  | [.partitions[] | select(.type == "C12A7328-F81F-11D2-BA4B-00C93EC93B3B") | .start * $size]
  | if length == 1 then .[0] else error("not one EFI system partition") end')
mcopy -n -i "$RAW@@$esp" "::/EFI/BOOT/$boot" "$work/uki.efi"
mkdir -p "$(dirname "$CERT_FILE")"
echo "$CERT" | base64 -d >"$CERT_FILE"
openssl x509 -inform der -in "$CERT_FILE" -out "$work/cert.pem"

if [ -n "$KEY" ]; then
  region=$(echo "$KEY" | cut -d: -f4)
  secret() {
    aws secretsmanager get-secret-value --region "$region" --secret-id "$KEY" \
      --query SecretString --output text
  }
  sbsign --key <(secret) --cert "$work/cert.pem" --output "$work/signed.efi" "$work/uki.efi"
  mcopy -o -i "$RAW@@$esp" "$work/signed.efi" "::/EFI/BOOT/$boot"
  mv "$work/signed.efi" "$work/uki.efi"
fi
sbverify --cert "$work/cert.pem" "$work/uki.efi"
