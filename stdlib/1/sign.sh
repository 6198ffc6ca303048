#!/bin/bash
# Signs the boot image in RAW when there is a KEY, streamed from Secrets Manager and never on disk,
# and lets nothing pass that firmware would refuse.
set -euo pipefail
exec 2>&1
export HOME=/root PATH=/usr/local/bin:/usr/sbin:$PATH
case $(uname -m) in aarch64) boot=BOOTAA64.EFI ;; *) boot=BOOTX64.EFI ;; esac
work=$(mktemp -d)
esp=$(partx -rgo START,TYPE "$RAW" | sed -n 's/ c12a7328-f81f-11d2-ba4b-00a0c93ec93b$//p')
if [[ ! $esp =~ ^[0-9]+$ ]]; then
  echo "sign: not one EFI system partition"
  exit 1
fi
mcopy -n -i "$RAW@@$((esp * 512))" "::/EFI/BOOT/$boot" "$work/uki.efi"
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
  mcopy -o -i "$RAW@@$((esp * 512))" "$work/signed.efi" "::/EFI/BOOT/$boot"
  mv "$work/signed.efi" "$work/uki.efi"
fi
sbverify --cert "$work/cert.pem" "$work/uki.efi"
