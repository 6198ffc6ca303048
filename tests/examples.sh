#!/bin/sh
# What the examples of the manual name beside specs: a disk image, its UKI, keys, values, a log.
# usage: tests/examples.sh FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
python3 "$here/boot/disk.py" demo stub=252 sb=own
cp demo/disk.raw disk.raw
mcopy -i disk.raw@@1M ::EFI/BOOT/BOOTX64.EFI linux.efi
mkdir -p build && cp linux.efi build/linux.efi
cp linux.efi shimx64.efi
cp demo/vars.fd OVMF_VARS.fd
for key in PK KEK db dbx; do
	cert-to-efi-sig-list "$here/boot/keys/own.pem" $key.esl 2>/dev/null || : >$key.esl
done
amic pcr disk.raw --vars OVMF_VARS.fd >published.json
amic pcr disk.raw --vars OVMF_VARS.fd --format log >measurements.bin
amic uefi-data --PK PK.esl --KEK KEK.esl --db db.esl >uefi-data.txt
cp measurements.bin binary_bios_measurements
cp published.json blue.json
cp published.json green.json
# A genuine document, long expired: the answers are "no", which is an answer.
cp "$here/verify/nitrotpm-lockboot.cose" document.cose
openssl rand -hex 32 >nonce
cat >key.json <<'E'
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
 "Principal": {"AWS": "arn:aws:iam::111122223333:role/host"}, "Condition": {"StringEqualsIgnoreCase": {
 "kms:RecipientAttestation:NitroTPMPCR4": "00", "kms:RecipientAttestation:NitroTPMPCR12": "00"}}}]}
E
