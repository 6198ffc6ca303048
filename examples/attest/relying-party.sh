#!/bin/sh
# The relying party's side: a nonce, a document, the verdict, and only then the key.
#   relying-party.sh nonce                                       a new nonce, to send to the machine
#   relying-party.sh release NONCE DOCUMENT SECRET OPTION… >out  the secret for that machine, and no other
# OPTION… goes to amic verify: --image disk.raw, --reference published.json, --secure-boot, … A nonce is good for
# one answer; NONCES is the folder of those that are out.
set -eu
nonces=${NONCES:-nonces}

case ${1:-} in
nonce)
	nonce=$(openssl rand -hex 32)
	mkdir -p "$nonces" && : >"$nonces/$nonce" && echo "$nonce"
	;;
release)
	nonce=$2 document=$3 secret=$4
	shift 4
	case $nonce in '' | *[!0-9a-f]*) echo "not a nonce of ours" >&2; exit 1 ;; esac
	rm "$nonces/$nonce"                # unknown or used before: ends here
	work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
	amic verify "$document" --nonce "$nonce" --format json "$@" >"$work/verdict"
	jq -r '.document["public-key"]' "$work/verdict" | tr a-f A-F | basenc --base16 -d >"$work/key"
	openssl pkeyutl -encrypt -pubin -keyform DER -inkey "$work/key" -in "$secret" \
		-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256
	;;
*)
	echo "usage: $0 nonce | release NONCE DOCUMENT SECRET OPTION…" >&2
	exit 2
	;;
esac
