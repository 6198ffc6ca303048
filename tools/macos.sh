#!/bin/sh
# A macOS program, built on Linux: Zig (from PyPI) compiles and has Apple's headers, the libraries
# are compiled from Debian's sources. usage: tools/macos.sh TARGET [GOAL|VAR=…]…
# TARGET: aarch64-macos or x86_64-macos. What comes out is looked at by tests/ports/macho.py; it
# can't be run here. Everything lies in $MACOS (build/macos), which may be shared and kept.
set -eu
cd "$(dirname "$0")/.."
target=$1
shift
base=${MACOS:-$PWD/build/macos}
libs=$base/$target
oldest=13.0                   # what Zig's own parts need; tools/wheel.py names it, too
sources='openssl libfyaml libyaml jansson pcre2 zlib xz-utils libzstd lz4 bzip2'

get_zig() {
	[ ! -x "$base/zig/bin/python" ] || return 0
	python3 -m venv "$base/zig" && "$base/zig/bin/pip" install -q ziglang
}
get_sources() {   # unpacked, with Debian's patches, beside a copy of their notices
	[ "$(cat "$base/sources/done" 2>/dev/null)" != "$sources" ] || return 0
	rm -rf "$base/sources" && mkdir -p "$base/sources/lists/partial" "$base/sources/cache/archives/partial"
	cd "$base/sources"
	printf 'deb-src [signed-by=%s] %s %s main\n' \
		/usr/share/keyrings/debian-archive-keyring.gpg http://deb.debian.org/debian bookworm \
		/usr/share/keyrings/debian-archive-keyring.gpg http://deb.debian.org/debian-security bookworm-security \
		>sources.list
	set -- -qq -o Dir::Etc::sourcelist="$PWD/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$PWD/lists" -o Dir::Cache="$PWD/cache" -o APT::Sandbox::User=root
	apt-get "$@" update
	for name in $sources; do
		# Not every mirror has the sources of security updates: then those of the release.
		apt-get "$@" source --download-only "$name" ||
			apt-get "$@" source --download-only "$name/bookworm"
		for dsc in "$name"_*.dsc; do dpkg-source --no-check -x "$dsc" "$name" >/dev/null; done
	done
	rm -rf lists cache ./*.tar.* ./*.asc
	echo "$sources" >"done"
	cd "$OLDPWD"
}
make_tools() {    # cc, ar and ranlib for $target
	mkdir -p "$libs/bin" "$libs/lib" "$libs/include" "$libs/notices"
	zig=$(echo "$base"/zig/lib/python3*/site-packages/ziglang/zig)
	for tool in cc ar ranlib; do
		also=
		[ $tool != cc ] || also="-target $target.$oldest"
		printf '#!/bin/sh\nexport ZIG_GLOBAL_CACHE_DIR=%s\nexec %s %s %s "$@"\n' \
			"$base/cache" "$zig" "$tool" "$also" >"$libs/bin/$tool"
		chmod +x "$libs/bin/$tool"
	done
}
work_in() {       # a fresh copy of a library's sources
	rm -rf "$libs/work/$1" && mkdir -p "$libs/work"
	cp -a "$base/sources/$1" "$libs/work/$1"
	cd "$libs/work/$1"
}
compile() {       # compile LIBRARY FLAG… FILE…: an archive of them
	archive=$libs/lib/$1.a
	shift
	"$libs/bin/cc" -O2 -c "$@"
	"$libs/bin/ar" rcs "$archive" ./*.o
}
openssl() {
	work_in openssl
	case $target in aarch64*) system=darwin64-arm64-cc ;; *) system=darwin64-x86_64-cc ;; esac
	CC=$libs/bin/cc AR=$libs/bin/ar RANLIB=$libs/bin/ranlib perl Configure $system \
		no-shared no-tests no-module no-dso no-engine no-legacy no-ssl no-async no-sock no-ui-console \
		no-zlib >/dev/null
	make -s -j2 build_generated libcrypto.a
	cp libcrypto.a "$libs/lib" && cp -R include/openssl "$libs/include"
}
# Debian's patches make configure look older than what it was made from; it is not.
built() { make -s ACLOCAL=: AUTOCONF=: AUTOMAKE=: AUTOHEADER=: "$@"; }
configured() {    # in the folder of a library
	M4=/bin/true CC=$libs/bin/cc AR=$libs/bin/ar RANLIB=$libs/bin/ranlib CFLAGS=-O2 \
		./configure -q --host="${target%-macos}-apple-darwin" --disable-shared >/dev/null
}
libfyaml() {
	work_in libfyaml
	[ -x configure ] || ./bootstrap.sh >/dev/null 2>&1
	configured
	built -C src libfyaml.la
	cp src/.libs/libfyaml.a "$libs/lib" && cp include/libfyaml.h "$libs/include"
}
pcre2() {         # as its NON-AUTOTOOLS-BUILD says
	work_in pcre2
	cd src
	cp config.h.generic config.h && cp pcre2.h.generic pcre2.h
	cp pcre2_chartables.c.dist pcre2_chartables.c
	mkdir included            # by others of these files
	mv pcre2_jit_match.c pcre2_jit_misc.c pcre2_ucptables.c included
	rm -f pcre2_printint.c pcre2_dftables.c pcre2_fuzzsupport.c pcre2_jit_test.c
	compile libpcre2-8 -DHAVE_CONFIG_H -DPCRE2_CODE_UNIT_WIDTH=8 -DPCRE2_STATIC -DSUPPORT_UNICODE \
		-I. -Iincluded pcre2_*.c
	cp pcre2.h "$libs/include"
}
libyaml() {
	work_in libyaml
	version=$(sed -n '1s/.*(\(.*\)-.*/\1/p' debian/changelog)
	patch=${version##*.} minor=${version%.*}
	compile libyaml -Iinclude "-DYAML_VERSION_STRING=\"$version\"" "-DYAML_VERSION_PATCH=$patch" \
		"-DYAML_VERSION_MAJOR=${minor%.*}" "-DYAML_VERSION_MINOR=${minor#*.}" src/*.c
	cp include/yaml.h "$libs/include"
}
jansson() {
	work_in jansson
	cd src
	[ -e jansson_config.h ] || sed -e 's/@json_inline@/inline/' -e 's/@json_have_[a-z_]*@/1/' \
		jansson_config.h.in >jansson_config.h
	: >jansson_private_config.h
	compile libjansson -DHAVE_CONFIG_H -DHAVE_STDINT_H -I. ./*.c
	cp jansson.h jansson_config.h "$libs/include"
}
zlib() {
	work_in zlib
	rm -f gz*.c
	compile libz ./*.c
	cp zlib.h zconf.h "$libs/include"
}
xz_utils() {
	work_in xz-utils
	configured
	built -C src/liblzma liblzma.la
	cp src/liblzma/.libs/liblzma.a "$libs/lib" && cp -R src/liblzma/api/. "$libs/include"
}
libzstd() {
	work_in libzstd
	compile libzstd -DZSTD_DISABLE_ASM -Ilib lib/common/*.c lib/decompress/*.c
	cp lib/zstd.h lib/zstd_errors.h "$libs/include"
}
lz4() {
	work_in lz4
	compile liblz4 lib/lz4.c
	cp lib/lz4.h "$libs/include"
}
bzip2() {
	work_in bzip2
	compile libbz2 -D_FILE_OFFSET_BITS=64 blocksort.c bzlib.c compress.c crctable.c decompress.c \
		huffman.c randtable.c
	cp bzlib.h "$libs/include"
}
get_zig
get_sources
make_tools
for library in $sources; do
	[ ! -e "$libs/notices/$library.done" ] || continue
	(set -e; "$(echo "$library" | tr - _)")
	copyright=$base/sources/$library/debian/copyright
	version=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$base/sources/$library/debian/changelog")
	mkdir -p "$libs/notices/${library}_$version"
	cp "$copyright" "$libs/notices/${library}_$version/copyright"
	touch "$libs/notices/$library.done"
done
mkdir -p "build/$target"
rm -rf "build/$target/notices"
cp -R "$libs/notices" "build/$target/notices" && rm -f "build/$target"/notices/*.done
exec ${MAKE:-make} B="build/$target" CC="$libs/bin/cc" HOSTCC="${CCACHE:-} ${HOSTCC:-cc}" \
	CFLAGS="-O2 -ffile-prefix-map=$PWD=." INCLUDES="-isystem $libs/include" \
	LIBS="-L$libs/lib -lyaml -lfyaml -ljansson -lpcre2-8 -lcrypto -lz -llzma -lzstd -llz4 -lbz2" \
	HARDEN='-fstack-protector-strong -fPIE' LINK='-Wl,-dead_strip' LDFLAGS=-s "${@:-all}"
