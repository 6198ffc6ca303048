#!/bin/bash
# run.sh quick | all | NAME…: builds the disks of the matrix, boots each on real firmware, and compares what
# `amic pcr` predicts with what the TPM and the event log said: every event, every value, every bank.
#   quick   the recorded boots of fixtures/ without qemu, and the handful of cells marked so, booted
#   all     everything; RECORD=1 also writes the logs into fixtures/
# Where Linux boots it asks its TPM for an attestation document, too (ask.c), which a proxy before swtpm makes
# (nitro.py): `amic verify` must say of it what attested.py says.
# AMIC names the program, PARTS where fetch.sh puts what Debian 12 does not install, JOBS how many boot at once.
set -u
cd "$(dirname "$0")" || exit 2
here=$PWD root=$(cd ../.. && pwd)
export AMIC=${AMIC:-$root/build/plain/amic} PARTS=${PARTS:-$root/build/boot/parts} PYTHONDONTWRITEBYTECODE=1
export ATTEST=${ATTEST:-$root/build/plain/tests/verify/attest}
cells=${CELLS:-$root/build/boot/cells}
export LAB=$cells/lab     # the PKI that signs documents, made anew each time

# lines WHAT: the chosen lines of the matrix
lines() {
	case $1 in
	all) grep -E '^[a-z]' matrix ;;
	quick) awk '/^[a-z]/ && $2 == "quick"' matrix ;;
	*) for name; do grep -E "^${name}[[:space:]]" matrix || echo "$name none unknown=1"; done ;;
	esac
}

# cell NAME WHEN WORD…: one line of result
cell() {
	local name=$1 dir=$cells/$1 status=0
	shift 2
	# a probe does not ask, and a NitroTPM has the SHA-384 bank; recorded boots are older than the question
	case " $* " in *=probe\ * | *' banks=sha256 '*) ;; *) set -- "$@" ask=yes ;; esac
	rm -rf "$dir" && mkdir -p "$dir"
	./disk.py "$dir" "$@" >"$dir/output" 2>&1 || status=$?
	if [ $status = 77 ]; then
		echo "skipped: $name: $(tail -1 "$dir/output")"
		return
	fi
	rm -rf "$dir/esp"
	if [ $status != 0 ]; then
		echo "FAILED: $name: no disk: $(tail -1 "$dir/output")"
		return
	fi
	# a second try: on a starved machine Linux panics over its timer before it reports anything
	if ! ./boot.sh "$dir" >"$dir/output" 2>&1 && ! ./boot.sh "$dir" >"$dir/output" 2>&1; then
		echo "FAILED: $name: no boot: $(tail -1 "$dir/output")"
		return
	fi
	[ -n "${RECORD:-}" ] && ./fixture.py record "$dir" "$name" "$@"
	if ./check.py "$dir" "$@" >"$dir/output" 2>&1 &&
		{ [ ! -e "$dir/document.cose" ] || ./attested.py "$dir" "$@" >>"$dir/output" 2>&1; }; then
		echo "passed: $name: $(paste -sd';' "$dir/output")"
		[ -n "${KEEP:-}" ] || rm -f "$dir/disk.raw"
	else
		echo "FAILED: $name: see ${dir#"$root"/}"
		sed 's/^/    /' "$dir/output"
	fi
}

if [ "${1:-}" = --cell ]; then
	shift
	eval "set -- $*"
	cell "$@" >"$cells/$1.result"
	cat "$cells/$1.result"
	exit
fi

[ $# -gt 0 ] || set -- quick
for program in "$AMIC" "$ATTEST"; do
	[ -x "$program" ] || { echo "no $program: make tests"; exit 2; }
done
mkdir -p "$cells" && rm -f "$cells"/*.result
rm -rf "$LAB" && "$ATTEST" pki "$LAB" || exit 2
[ "$1" = all ] && { ./fetch.sh "$PARTS" 2>&1 | sed 's/^/parts: /'; }
for tool in qemu-system-x86_64 swtpm swtpm_setup sgdisk mformat sbsign openssl; do
	PATH=$PATH:/usr/sbin:/sbin command -v $tool >/dev/null || missing="${missing:-}$tool "
done
if [ -n "${missing:-}" ]; then
	lines "$@" | while read -r name rest; do
		echo "skipped: $name: not installed: $missing" | tee "$cells/$name.result"
	done
else
	lines "$@" | tr '\n' '\0' | PATH=$PATH:/usr/sbin:/sbin xargs -0 -n1 -P "${JOBS:-2}" "$here/run.sh" --cell
fi
case $1 in quick | all) ./fixture.py replay "$1" | tee "$cells/fixtures.result" ;; esac
count() { cat "$cells"/*.result | grep -c "^$1: "; }
echo "$(count passed) passed, $(count FAILED) failed, $(count skipped) skipped"
[ "$(count FAILED)" = 0 ]
