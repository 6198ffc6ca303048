#!/bin/bash
# Recorded: makes a small disk image laid out as kiwi's, with kiwi's calls of the programs that
# decide about the root hash, and its result file.
set -eu
echo "kiwi-ng $*" >>/fake/log
echo "noise on stdout"
while [ $# -gt 0 ]; do
  case $1 in
    --description) description=$2 ;;
    --target-dir) target=$2 ;;
  esac
  shift
done
[ ! -e /fake/kiwi-fails ] || exit 1
work=$(mktemp -d)
mkfs.erofs "$work/root.erofs" "$description" >/dev/null
truncate -s %4096 "$work/root.erofs"
veritysetup format "$work/root.erofs" "$work/hashes" | sed -n 's/^Root hash:[[:space:]]*//p' >"$work/hash"
{ cat /usr/lib/systemd/boot/efi/linuxx64.efi.stub; printf '%-128s' "roothash=$(cat "$work/hash")"; } >"$work/uki.efi"
truncate -s %8 "$work/uki.efi"

boot=BOOTX64.EFI
if [ -e /fake/arm64 ]; then boot=BOOTAA64.EFI; fi
raw=$target/image.x86_64-1.0.0.raw
truncate -s 6M "$raw"
sgdisk -n 1:2048:10239 -t 1:ef00 "$raw" >/dev/null
truncate -s 4M "$work/esp"
mkfs.fat -n UEFI "$work/esp" >/dev/null
mmd -i "$work/esp" ::/EFI ::/EFI/BOOT
mcopy -i "$work/esp" "$work/uki.efi" "::/EFI/BOOT/$boot"
dd if="$work/esp" of="$raw" bs=512 seek=2048 conv=notrunc status=none
[ ! -e /fake/no-raw ] || rm "$raw"
echo "{\"disk_image\": {\"filename\": \"$raw\"}}" >"$target/kiwi.result.json"
if [ ! -e /fake/recipe-measures-nothing ]; then
  nitro-tpm-pcr-compute --image "$work/uki.efi" >"$target/pcr_measurements.json"
fi
if [ -e /fake/recipe-lies ]; then sed -i 's/"PCR4": "./"PCR4": "z/' "$target/pcr_measurements.json"; fi
