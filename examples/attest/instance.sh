#!/bin/sh
# The instance's side of an exchange with a relying party (relying-party.sh). nitro-tpm-attest needs root.
#   instance.sh document NONCE >document   this machine, that nonce and a new key, signed by the NitroTPM
#   instance.sh open <released >secret     what the relying party encrypted to that key
# The private key stays in memory: KEY, below /run.
set -eu
key=${KEY:-/run/attest.key}

case ${1:-} in
document)
	umask 077
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out "$key"
	openssl pkey -in "$key" -pubout -outform DER -out "$key.pub"
	printf %s "${2:?the nonce, in hexadecimal}" | tr a-f A-F | basenc --base16 -d >"$key.nonce"
	nitro-tpm-attest --nonce "$key.nonce" --public-key "$key.pub"
	;;
open)
	openssl pkeyutl -decrypt -inkey "$key" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256
	;;
*)
	echo "usage: $0 document NONCE | open" >&2
	exit 2
	;;
esac
