#!/bin/sh
# amic while memory, disks and other processes fail it. usage: tests/faults/run.sh [quick|all]
# quick: 200 allocations of each command fail, one after the other; all: every one.
cd "$(dirname "$0")/../.." || exit 2
amic=${AMIC:-build/plain/amic}
[ -x "$amic" ] || { echo "no program $amic"; exit 2; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
${CC:-cc} -O1 -shared -fPIC -o "$work/fail.so" tests/faults/fail.c -ldl || exit 2
python3 tests/faults/faults.py "$amic" "$work/fail.so" "${1:-quick}"
