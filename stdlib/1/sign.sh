#!/bin/bash
set -euo pipefail
# Signs the boot image in RAW, or checks its signature.
# The KEY is streamed from Secrets Manager and never on disk. Nothing passes that firmware refuses.
exec 2>&1
export HOME=/root PATH=/usr/local/bin:/usr/sbin:$PATH
work=$(mktemp -d)
boot-image read "$RAW" "$work/uki.efi"
mkdir -p "$(dirname "$CERT_FILE")"
echo "$CERT" | base64 -d >"$CERT_FILE"
openssl x509 -inform der -in "$CERT_FILE" -out "$work/cert.pem"

if [ -n "$KEY" ]; then
  sbsign --cert "$work/cert.pem" --output "$work/signed.efi" --key <(aws secretsmanager \
    get-secret-value --region "$(cut -d: -f4 <<<"$KEY")" --secret-id "$KEY" \
    --query SecretString --output text) "$work/uki.efi"
  boot-image write "$RAW" "$work/signed.efi"
  # What is measured and started is what lies in the image: read again.
  rm "$work/uki.efi"
  boot-image read "$RAW" "$work/uki.efi"
  cmp "$work/signed.efi" "$work/uki.efi"
fi
sbverify --cert "$work/cert.pem" "$work/uki.efi"
