#!/bin/sh
# Makes the signed images and lists of this folder anew. Needs sbsigntool and efitools; the files
# are kept, because a signature carries its hour and the test must not need the tools.
set -eu
cd "$(dirname "$0")"
keys=../../boot/keys owner=11111111-2222-3333-4444-123456789abc
sign() { sbsign --key "$keys/$1.key" --cert "$keys/$1.pem" --output "$3" "$2"; }
sign own unsigned.efi own.efi
sign leaf unsigned.efi leaf.efi
sign leaf own.efi both.efi
for name in ca leaf own other; do
	cert-to-efi-sig-list -g "$owner" "$keys/$name.pem" "$name.esl"
done
cat other.esl own.esl >two.esl
for name in own ca leaf; do
	cert-to-efi-hash-list -g "$owner" -s 256 "$keys/$name.pem" "$name-hash.esl"
done
hash-to-efi-sig-list unsigned.efi image-hash.esl
