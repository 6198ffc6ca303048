#!/bin/sh
# A secret that KMS releases to this image only. On the instance, as root: the key's policy names the PCR values
# (`amic pcr disk.raw --format kms`), KMS compares them with the document and encrypts its answer to the key in it.
# usage: kms-decrypt.sh KEY-ID CIPHERTEXT-FILE >secret
set -eu
id=${1:?the key, by id, ARN or alias} ciphertext=${2:?a file, as KMS Encrypt wrote it}
umask 077
work=$(mktemp -d -p /dev/shm) && trap 'rm -rf "$work"' EXIT     # memory, not a disk

openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/key"
openssl pkey -in "$work/key" -pubout -outform DER -out "$work/public"
nitro-tpm-attest --public-key "$work/public" >"$work/document"
aws kms decrypt --key-id "$id" --ciphertext-blob "fileb://$ciphertext" \
	--recipient "KeyEncryptionAlgorithm=RSAES_OAEP_SHA_256,AttestationDocument=$(base64 -w0 "$work/document")" \
	--query CiphertextForRecipient --output text >"$work/answer"
base64 -d "$work/answer" | openssl cms -decrypt -inform DER -inkey "$work/key"
