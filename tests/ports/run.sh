#!/bin/sh
# amic on other machines than this one: aarch64, s390x (big endian) and i686 (32 bits), emulated,
# and on Debian 13, whose libraries are newer. The unit tests, the golden specs and some PCRs of
# golden images have to give what they give here.
# usage: tests/ports/run.sh quick | all | NAME…    quick: only what the Makefile would run
# NAME: aarch64 s390x i686 debian13. What can't be fetched or run here is reported as skipped.
# ROOTS (build/roots) keeps what was fetched.
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0 skipped=0
ROOTS=${ROOTS:-$PWD/build/roots}
export ROOTS
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

check() {   # check TEXT COMMAND…
	text=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not ok: $text"
		tail -n 20 "$work/log"
	fi
}
skip() { skipped=$((skipped + 1)) && echo "skip: $1"; }

cross_make() {   # with HOSTCC, nothing that runs during the build comes from CC
	make -n V=1 B=build/nowhere CC=target-cc HOSTCC=host-cc all >"$work/plan" 2>&1 || return 1
	grep -q '^host-cc.*-o build/nowhere/host/tools/embed ' "$work/plan" &&
		grep -q '^build/nowhere/host/tools/embed ' "$work/plan" &&
		grep -q '^target-cc.*-o build/nowhere/amic ' "$work/plan" &&
		! grep -q '^target-cc.*/host/' "$work/plan"
}
pcr_cases() {    # the first five golden cases, as tests/pcr.test runs them
	mkdir -p "$work/pcr" && cp tests/fuzz/predict/* tests/golden/pcr/*.esl "$work/pcr" || return 1
	golden=$PWD/tests/golden/pcr amic=$1
	grep -v '^#' "$golden/cases" | head -n 5 >"$work/cases"
	(cd "$work/pcr" || exit 1
	while IFS='	' read -r name line; do
		eval "'$amic' pcr $line" >got 2>&1 </dev/null
		echo "exit status $?" >>got
		diff "$golden/$name.out" got || exit 1
	done <../cases)
}
emulated() {     # emulated NAME DEBIAN QEMU
	build=build/$1-test root=$ROOTS/$2
	for tool in "qemu-$3-static" mmdebstrap "$1-linux-gnu-gcc"; do
		command -v "$tool" >/dev/null || { skip "$1: no $tool"; return; }
	done
	tools/sysroot.sh "$2" "$root" >"$work/log" 2>&1 || { skip "$1: Debian's archive can't be had"; return; }
	# Debian has cmocka only as a shared library; the program itself is what make dist packs.
	check "$1: builds, a warning is an error" tools/cross.sh "$1-linux" STATIC= "B=$build" \
		WERROR=-Werror unit-programs
	check "$1: links statically" tools/cross.sh "$1-linux" "B=$build" all
	[ -x "$build/amic" ] || return
	printf '#!/bin/sh\nexec qemu-%s-static -L %s %s "$@"\n' "$3" "$root" "$PWD/$build/amic" >"$build/run"
	chmod +x "$build/run"
	for source in tests/unit/*.c; do
		name=$(basename "$source" .c)
		# qemu swaps the halves of si_addr there: a fault in a mapping is taken for one outside.
		[ "$1-$name" != s390x-mapping ] || { skip 's390x: unit mapping, for qemu'; continue; }
		check "$1: unit $name" "qemu-$3-static" -L "$root" "$build/tests/unit/$name"
	done
	for golden in right wrong; do
		check "$1: $golden specs" env AMIC="$build/run" "tests/$golden.test"
	done
	check "$1: PCR values" pcr_cases "$PWD/$build/run"
}
debian13() {
	root=$ROOTS/debian13
	[ "$(id -u)" = 0 ] || { skip 'debian13: only root may change its root'; return; }
	command -v debootstrap >/dev/null || { skip 'debian13: no debootstrap'; return; }
	wanted=$(sed 's/#.*//' tools/packages-build.txt | tr -d ' ' | grep . | paste -sd, -)
	[ -e "$root/made" ] || { rm -rf "$root" && mkdir -p "$ROOTS" && debootstrap --variant=minbase \
		--include="$wanted,libcmocka-dev,python3-minimal,openssl" trixie "$root" \
		>"$work/log" 2>&1 && touch "$root/made"; } || { skip "debian13: debootstrap can't"; return; }
	rm -rf "$root/src/tests" && mkdir -p "$root/src"
	git ls-files -z --cached --others --exclude-standard | xargs -0 cp -u --parents -t "$root/src" 2>/dev/null
	check 'debian13: builds, a warning is an error' chroot "$root" \
		make -C /src CC=gcc HOSTCC= WERROR=-Werror all manual unit-programs
	rm -f "$root/src/build/plain/amic"
	check 'debian13: links statically' chroot "$root" \
		make -C /src CC=gcc HOSTCC= STATIC=1 build/plain/amic
	for source in tests/unit/*.c; do
		name=$(basename "$source" .c)
		check "debian13: unit $name" chroot "$root" sh -c "cd /src && build/plain/tests/unit/$name"
	done
	for golden in right wrong; do
		check "debian13: $golden specs" chroot "$root" sh -c "cd /src && tests/$golden.test"
	done
}
[ "$1" != all ] || set -- quick aarch64 s390x i686 debian13
for name; do
	case $name in
	quick) check 'HOSTCC compiles what the build runs' cross_make ;;
	aarch64) emulated aarch64 arm64 aarch64 ;;
	s390x) emulated s390x s390x s390x ;;
	i686) emulated i686 i386 i386 ;;
	debian13) debian13 ;;
	*) echo "no machine '$name'" >&2 && exit 2 ;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
