#!/bin/busybox sh
# shellcheck shell=dash
# init of the boot lab: every PCR of every bank and the firmware's event log on the console, then off
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs devtmpfs /dev
$b mount -t securityfs securityfs /sys/kernel/security
for module in /tpm_tis_core.ko /tpm_tis.ko; do
	[ -e $module ] && $b insmod $module
done
echo
echo "COMMAND-LINE $($b cat /proc/cmdline)"
for bank in /sys/class/tpm/tpm0/pcr-*; do
	for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		echo "PCR ${bank##*/pcr-} $n $($b cat "$bank/$n")"
	done
done
echo LOG-BEGIN
$b base64 /sys/kernel/security/tpm0/binary_bios_measurements
echo LOG-END
$b poweroff -f
