#!/bin/sh
# Every test, each suite's own output, and the sum in the last line.
# usage: tests/run.sh quick|check|all    of what make has built
#   quick  what a change needs before a commit, in a minute: the plain build, no boots, no models
#   check  everything but what takes long     all  the long parts and the oracles, too
cd "$(dirname "$0")/.." || exit 2
plain=build/plain sanitized=build/address-undefined fuzz=build/fuzz/tests/fuzz
log=$(mktemp) times=$(mktemp) && trap 'rm -f "$log" "$times"' EXIT
passed=0 failed=0 skipped=0

# Adds up closing lines: cmocka's, and "N passed, N failed, N skipped".
count() {   # count STATUS
	sums=$(awk '
		/^\[  PASSED  \] [0-9]+ test/ { p += $4; closed = 1 }
		/^ *[0-9]+ FAILED TEST/ { f += $1 }
		/^\[  SKIPPED \] [0-9]+ test/ { s += $4 }
		/^[0-9]+ passed, [0-9]+ failed/ { p += $1; f += $3; s += ($5 ? $5 : 0); closed = 1 }
		END { print p + 0, f + (f == 0 && (status != 0 || !closed)), s + 0 }' status="$1" "$log")
	# shellcheck disable=SC2086  # three numbers
	set -- "$1" $sums                  # one that ended without a closing line has failed
	passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
}
suite() {   # suite NAME COMMAND…
	echo "== $1"
	title=$1
	shift
	began=$(date +%s)
	"$@" >"$log" 2>&1
	status=$?
	if [ "$status" = 0 ]; then
		grep -E '^(\[  (PASSED|SKIPPED) +\]|[0-9]+ passed|skip)' "$log"
	else
		cat "$log"
		echo "exit status $status"
	fi
	before=$failed
	count "$status"
	[ "$status" != 0 ] || [ "$failed" = "$before" ] || echo "not ok: failed, or no closing line"
	took=$(($(date +%s) - began))
	echo "   $took s"
	echo "$took s  $title" >>"$times"
}
finish() {
	echo '== the slowest' && sort -rn "$times" | head -n 10
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
	exit
}

suite style tests/style.sh
if [ "$1" = quick ]; then
	for t in tests/unit/*.c; do
		name=$(basename "$t" .c)
		suite "unit $name" "$plain/tests/unit/$name"
	done
	for t in right wrong check manual commands; do
		suite "tests/$t.test" "tests/$t.test"
	done
	finish
fi
length=quick && [ "$1" = all ] && length=all
# By the names of the sources: what was not built fails, what is left of an old one does not count.
for t in tests/unit/*.c; do
	name=$(basename "$t" .c)
	suite "unit $name" "$plain/tests/unit/$name"
	suite "unit $name, sanitized" "$sanitized/tests/unit/$name"
done
for t in tests/fuzz/*.c; do
	suite "fuzz corpus $(basename "$t" .c)" tests/replay.sh "$fuzz/$(basename "$t" .c)"
done
for t in tests/*.test tests/*/run.sh; do
	[ "$t" != tests/account/run.sh ] || continue     # needs an account; tests/account.test has one
	[ -x "$t" ] && suite "$t" "$t" $length
done
# The whole program under the sanitizers: what one command does with another's memory no unit shows.
for t in right wrong check; do
	suite "tests/$t.test, sanitized" env AMIC="$sanitized/amic" "tests/$t.test"
done
for t in blame init; do
	suite "tests/$t.test, sanitized" env AMIC="$PWD/$sanitized/amic" "tests/$t.test"
done
finish
