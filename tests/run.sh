#!/bin/sh
# Every test, each suite's own output, and the sum in the last line.
# usage: tests/run.sh BUILD SANITIZED_BUILD FUZZ_BUILD    (folders that make has filled)
cd "$(dirname "$0")/.." || exit 2
plain=$1 sanitized=$2 fuzz=$3
log=$(mktemp) && trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

# Adds up closing lines: cmocka's, and "N passed, N failed, N skipped".
count() {   # count STATUS
	sums=$(awk '
		/^\[  PASSED  \] [0-9]+ test/ { p += $4 }
		/^ *[0-9]+ FAILED TEST/ { f += $1 }
		/^\[  SKIPPED \] [0-9]+ test/ { s += $4 }
		/^[0-9]+ passed, [0-9]+ failed/ { p += $1; f += $3; s += ($5 ? $5 : 0) }
		END { print p + 0, f + 0, s + 0 }' "$log")
	# shellcheck disable=SC2086  # three numbers
	set -- "$1" $sums
	[ "$1" = 0 ] || [ "$3" != 0 ] || set -- "$1" "$2" 1 "$4"   # died without a closing line
	passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
}
suite() {   # suite NAME COMMAND…
	echo "== $1"
	shift
	began=$(date +%s)
	"$@" >"$log" 2>&1
	status=$?
	if [ "$status" = 0 ]; then
		grep -E '^(\[  (PASSED|SKIPPED) \]|[0-9]+ passed|skip)' "$log"
	else
		cat "$log"
		echo "exit status $status"
	fi
	count "$status"
	echo "   $(($(date +%s) - began)) s"
}

suite style tests/style.sh
for t in "$plain"/tests/unit/*; do
	[ -x "$t" ] && [ ! -d "$t" ] && suite "unit $(basename "$t")" "$t"
done
for t in "$sanitized"/tests/unit/*; do
	[ -x "$t" ] && [ ! -d "$t" ] && suite "unit $(basename "$t"), sanitized" "$t"
done
for t in "$fuzz"/*; do
	[ -x "$t" ] && [ ! -d "$t" ] && suite "fuzz corpus $(basename "$t")" tests/replay.sh "$t"
done
for t in tests/*.test tests/*/run.sh; do
	[ -x "$t" ] && suite "$t" "$t" quick
done
# The whole program under the sanitizers: what one command does with another's memory no unit shows.
for t in right wrong check; do
	suite "tests/$t.test, sanitized" env AMIC="$sanitized/amic" "tests/$t.test"
done
for t in blame init; do
	suite "tests/$t.test, sanitized" env AMIC="$PWD/$sanitized/amic" "tests/$t.test"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
