#!/bin/sh
# boot.sh DIR: boots the disk that disk.py made in DIR on real firmware (OVMF or AAVMF under qemu) with a
# software TPM, without KVM. Writes DIR/measurements.bin (the event log), DIR/pcrs.yaml (as tpm2_pcrread prints)
# and DIR/console.log; when the guest asks its TPM for a document also DIR/document.cose and DIR/nonce, with nitro.py
# before the TPM. $ATTEST signs it with the PKI in $LAB. Ends 1 when the guest did not report within LIMIT seconds (default 600: other work may starve it).
# shellcheck disable=SC2154     # these variables
set -eu
dir=$(cd "$1" && pwd)
# shellcheck source=/dev/null  # it sets arch, code, banks, memory, sector, drive, smbios, probe, ask, options
. "$dir/machine"
work=$(mktemp -d)
tpm='' nitro=''
cleanup() {
	for child in $tpm $nitro; do
		kill "$child" 2>/dev/null || :   # gone as soon as qemu is
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

mkdir "$work/tpm"
swtpm_setup --tpm2 --tpmstate "$work/tpm" --pcr-banks "$banks" >"$work/setup" 2>&1 || { cat "$work/setup"; exit 1; }
swtpm socket --tpm2 --tpmstate "dir=$work/tpm" --ctrl "type=unixio,path=$work/sock" --flags startup-clear &
tpm=$!
while [ ! -S "$work/sock" ]; do sleep 0.05; done
cp "$dir/vars.fd" "$work/vars.fd"
front=$work/sock
if [ -n "$ask" ]; then
	front=$work/nitro
	openssl rand -hex 32 >"$dir/nonce"
	"$(dirname "$0")/nitro.py" "$front" "$work/sock" -- "$ATTEST" document "$LAB" &
	nitro=$!
	while [ ! -S "$front" ]; do sleep 0.05; done
fi

set -- -nodefaults -no-user-config -display none -no-reboot -m "$memory" -smp 1 \
	-drive "if=pflash,unit=0,format=raw,readonly=on,file=$code" \
	-drive "if=pflash,unit=1,format=raw,file=$work/vars.fd" \
	-drive "if=none,id=d,format=raw,snapshot=on,file=$dir/disk.raw" \
	-chardev "socket,id=c,path=$front" -tpmdev emulator,id=t,chardev=c \
	-serial "file:$dir/console.log"
case $arch in
x64)
	qemu='qemu-system-x86_64'
	set -- "$@" -machine q35,smm=on -accel tcg -cpu max -device tpm-crb,tpmdev=t \
		-global driver=cfi.pflash01,property=secure,value=on ;;
aa64)
	qemu='qemu-system-aarch64'
	set -- "$@" -machine virt,gic-version=3 -cpu cortex-a57 -device tpm-tis-device,tpmdev=t ;;
esac
# an explicit boot index makes the firmware put the disk first; with Boot#### entries of our own it must not
index=',bootindex=0'
[ -n "$options" ] && index=''
case $drive in
nvme) set -- "$@" -device "nvme,serial=S,drive=d$index" ;;
*) set -- "$@" -device "virtio-blk-pci,drive=d,logical_block_size=$sector,physical_block_size=$sector$index" ;;
esac
[ -n "$probe" ] && set -- "$@" -chardev "file,id=p,path=$work/probe" -device isa-debugcon,iobase=0x5f0,chardev=p
[ -n "$smbios" ] && set -- "$@" -smbios "type=11,value=io.systemd.stub.kernel-cmdline-extra=$smbios,value=io.systemd.boot.kernel-cmdline-extra=$smbios"
[ -n "$ask" ] && set -- "$@" -smbios "type=1,serial=$(cat "$dir/nonce")"

: >"$dir/console.log"
timeout "${LIMIT:-600}" nice "$qemu" "$@" >"$work/qemu" 2>&1 || { cat "$work/qemu"; exit 1; }
if [ -n "$probe" ]; then
	"$(dirname "$0")/answer.py" "$work/probe" "$dir"
	exit
fi
tr -d '\r' <"$dir/console.log" >"$work/text"
grep -q '^LOG-END' "$work/text" || { echo "the guest sent no log"; exit 1; }
sed -n '/^LOG-BEGIN$/,/^LOG-END$/{/^LOG-/d;p;}' "$work/text" | base64 -d >"$dir/measurements.bin"
awk '$1 == "PCR" {
	if ($2 != bank) { bank = $2; print bank ":" }
	printf "  %-2d: 0x%s\n", $3, toupper($4)
}' "$work/text" >"$dir/pcrs.yaml"
[ -n "$ask" ] || exit 0
sed -n '/^DOCUMENT-BEGIN$/,/^DOCUMENT-END$/{/^DOCUMENT-/d;p;}' "$work/text" >"$work/document"
base64 -d "$work/document" >"$dir/document.cose" 2>/dev/null || { echo "the guest got no document:"; cat "$work/document"; exit 1; }
