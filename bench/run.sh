#!/bin/sh
# Every figure, each against a peer of the same run: ratios, medians of several, nothing asserted.
# usage: bench/run.sh [NAME…]    (all of bench/*.bench)
cd "$(dirname "$0")/.." || exit 2
[ $# -gt 0 ] || set -- $(basename -s .bench bench/*.bench)
for name; do
	echo "== $name"
	"bench/$name.bench"
done
