# shellcheck shell=dash disable=SC2154  # a part of init.sh, before it powers off: b is busybox
# asks the TPM for a document; the nonce is what boot.sh gave the machine as its serial number
echo DOCUMENT-BEGIN
/ask "$($b cat /sys/class/dmi/id/product_serial)" 'the boot lab' >/document && $b base64 /document
echo DOCUMENT-END
