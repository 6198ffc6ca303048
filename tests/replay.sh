#!/bin/sh
# Replays a fuzz target's corpus: what was found once stays found. usage: tests/replay.sh TARGET
target=$1 name=$(basename "$1")
set -- tests/fuzz/"$name"/*
[ -e "$1" ] || { echo "no seeds in tests/fuzz/$name"; echo "0 passed, 1 failed"; exit 1; }
if "$target" -timeout=20 "$@" 2>&1; then
	echo "$# passed, 0 failed"
else
	echo "0 passed, 1 failed"
	exit 1
fi
