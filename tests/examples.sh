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
