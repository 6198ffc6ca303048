# amic: make | make demo | make check | make unit [SAN=address,undefined] | make fuzz-X SECONDS=60
#       make quick | make check-all | make lint | make boot-matrix | make bench | make static | make deb
#       make install PREFIX= DESTDIR= | make uninstall | make dist | make cross TARGET=aarch64-linux
# V=1 shows the commands. A cross build: CC=aarch64-linux-gnu-gcc HOSTCC=gcc B=build/arm64
# PKG_CONFIG=aarch64-linux-gnu-pkg-config, where HOSTCC compiles what the build itself runs.
VERSION  := 0.2.0
# The time that packages' files have: a constant, so that no build says when it was made.
export SOURCE_DATE_EPOCH ?= 1763942400
CC       ?= cc
CFLAGS   ?= -O2 -g
PKG_CONFIG      ?= pkg-config
HOST_PKG_CONFIG ?= $(if $(HOSTCC),pkg-config,$(PKG_CONFIG))
PREFIX   ?= /usr/local
PACKAGES := yaml-0.1 libfyaml jansson libpcre2-8 libcrypto zlib liblzma libzstd liblz4
WARN     := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Wstrict-prototypes \
            -Wmissing-prototypes -Wformat=2 -Wswitch-enum -Wundef -Wwrite-strings $(WERROR)
comma    := ,
# The allocations of a static program go through main.c by these; of another, by their names.
WRAPS    := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
B        ?= build/$(or $(subst $(comma),-,$(SAN)),plain)
BASE      = -std=c17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -pthread -Icompiler -I$B/gen $(WARN) \
            -DAMIC_VERSION='"$(VERSION)"' $(if $(STATIC),-DAMIC_WRAPS_MALLOC) \
            $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -DAMIC_SANITIZED)
# Sanitizers take the place of what hardens; a machine that lacks some of it sets HARDEN and LINK.
HARDEN   ?= $(if $(SAN),,-fstack-protector-strong -fstack-clash-protection -fPIE \
            -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
LINK     ?= $(if $(SAN),,$(if $(STATIC),-static-pie -Wl$(comma)-Map=$@.map,-pie) \
            -Wl,-z,relro,-z,now,-z,noexecstack)
# Libraries' headers as the system's own: our warnings are not for them.
includes  = $(patsubst -I%,-isystem %,$(shell $1 --cflags $(PACKAGES) 2>/dev/null))
libraries = $(shell $1 $(if $(STATIC),--static) --libs $(PACKAGES) 2>/dev/null && echo -lbz2)
LIBS     := $(call libraries,$(PKG_CONFIG))
INCLUDES := $(call includes,$(PKG_CONFIG))
ALL       = $(BASE) $(HARDEN) -MMD -MP $(CFLAGS) $(INCLUDES)
# The build's own programs are made of the same objects, or with HOSTCC of others.
H        := $B$(if $(HOSTCC),/host)
HOST      = $(if $(HOSTCC),$(HOSTCC) $(BASE) -MMD -MP -O1 $(HOST_INC),$(CC) $(ALL))
HOST_INC := $(if $(HOSTCC),$(call includes,$(HOST_PKG_CONFIG)))
HOST_LIBS:= $(if $(HOSTCC),$(call libraries,$(HOST_PKG_CONFIG)),$(LIBS))
need      = $(if $(LIBS),,$(error not all of $(PACKAGES) are here: \
            tools/packages.sh tools/packages-build.txt installs them))
silent   := $(findstring s,$(firstword -$(MAKEFLAGS)))
say       = $(need)$(if $V,,@$(if $(silent),,printf '  %-6s %s\n' $1 '$@';))

SRC      := $(wildcard compiler/*.c compiler/*/*.c compiler/*/*/*.c)
PACKER   := $(filter-out %/library.c %/packed.c,$(wildcard compiler/base/*.c)) \
            $(wildcard compiler/yaml/*.c)
DATA     := $(shell find schemas stdlib/[0-9]* -type f ! -name ".*" | LC_ALL=C sort)
LIB       = $(patsubst %.c,$B/%.o,$(filter-out compiler/main.c,$(SRC))) $B/gen/embedded.o
UNIT     := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
FUZZ     := $(patsubst tests/fuzz/%.c,fuzz-%,$(wildcard tests/fuzz/*.c))

.PHONY: all manual unit unit-programs tests fuzzers fuzz-programs check lint demo boot-matrix bench install \
        uninstall static deb cross dist quick check-all clean $(FUZZ)
.SECONDARY:
all: $B/amic
	@[ $B != build/plain ] || ln -sf plain/amic build/amic

$B/amic: $(SRC:%.c=$B/%.o) $B/gen/embedded.o
	$(call say,LD)$(CC) $(ALL) -o $@ $^ $(LIBS) $(LINK) $(if $(STATIC),$(WRAPS)) $(LDFLAGS)

$B/gen/rules.def: $H/tools/rules schemas/diagnostics.json
	@mkdir -p $(@D)
	$(call say,GEN)$< schemas/diagnostics.json >$@.new && mv $@.new $@
$B/gen/embedded.c: $H/tools/embed $(DATA)
	@mkdir -p $(@D)
	$(call say,GEN)$< $(DATA) >$@.new && mv $@.new $@
$B/gen/embedded.o: $B/gen/embedded.c $B/gen/rules.def
	$(call say,CC)$(CC) $(ALL) -c -o $@ $<
# What packs the stdlib reads it with the compiler's own reader.
$H/tools/embed: tools/embed.c $(PACKER:%.c=$H/%.o)
	@mkdir -p $(@D)
	$(call say,HOSTLD)$(HOST) -o $@ $(filter %.c %.o,$^) $(HOST_LIBS) $(if $(HOSTCC),,$(LINK) $(LDFLAGS))
$H/tools/%: tools/%.c
	@mkdir -p $(@D)
	$(call say,HOSTLD)$(or $(HOSTCC),$(CC)) -std=c17 $(WARN) -O1 -o $@ $< \
	  $(shell $(HOST_PKG_CONFIG) --cflags --libs jansson)
$B/host/%.o: %.c $B/gen/rules.def
	@mkdir -p $(@D)
	$(call say,HOSTCC)$(HOST) -c -o $@ $<
$B/%.o: %.c $B/gen/rules.def
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL) -c -o $@ $<
$B/compiler/command/version.o: Makefile

$B/tests/unit/%: $B/tests/unit/%.o $(LIB)
	$(call say,LD)$(CC) $(ALL) -o $@ $(filter %.o,$^) $(LIBS) -lcmocka $(LDFLAGS)
$B/tests/verify/%: $B/tests/verify/%.o $(LIB)
	$(call say,LD)$(CC) $(ALL) -o $@ $(filter %.o,$^) $(LIBS) $(LDFLAGS)
$B/bench/%: $B/bench/%.o $(LIB)
	$(call say,LD)$(CC) $(ALL) -o $@ $(filter %.o,$^) $(LIBS) $(LDFLAGS)
$B/tests/fuzz/%: $B/tests/fuzz/%.o $(LIB)
	$(call say,LD)$(CC) $(ALL) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(LIBS)

# The manual: pages as they are, and two whose tables come from the schemas.
MAN1     := $(patsubst %,build/%,$(wildcard man/*.1))
MAN5     := $(patsubst %,build/%,$(wildcard man/*.5))
manual: $(MAN1) $(MAN5) build/man/ami.5 build/man/amic-diagnostics.7
build/man/%.1: man/%.1
	@mkdir -p $(@D)
	@cp $< $@
build/man/%.5: man/%.5
	@mkdir -p $(@D)
	@cp $< $@
build/man/ami.5: man/ami.5.in schemas/ami-1.schema.json $H/tools/manual
	@mkdir -p $(@D)
	$(call say,GEN)$H/tools/manual language schemas/ami-1.schema.json >$@.table
	@sed -e '/@TABLE@/{r $@.table' -e 'd}' $< >$@.new && mv $@.new $@
build/man/amic-diagnostics.7: man/amic-diagnostics.7.in schemas/diagnostics.json $H/tools/manual
	@mkdir -p $(@D)
	$(call say,GEN)$H/tools/manual diagnostics schemas/diagnostics.json >$@.table
	@sed -e '/@TABLE@/{r $@.table' -e 'd}' $< >$@.new && mv $@.new $@

unit: $(UNIT:%=$B/tests/unit/%)
	@for t in $^; do echo "$$t"; $$t || exit 1; done
fuzz-programs: $(FUZZ:fuzz-%=$B/tests/fuzz/%)
FUZZING  := B=build/fuzz CC=clang SAN=fuzzer-no-link,address,undefined CFLAGS='-g -O1'
fuzzers:
	$(MAKE) $(FUZZING) fuzz-programs
$(FUZZ): fuzz-%:
	$(MAKE) -s $(FUZZING) build/fuzz/tests/fuzz/$*
	@mkdir -p build/corpus/$* tests/fuzz/$*
	build/fuzz/tests/fuzz/$* -max_total_time=$(or $(SECONDS),60) build/corpus/$* tests/fuzz/$*
unit-programs: $(UNIT:%=$B/tests/unit/%)
tests: all manual unit-programs $B/tests/verify/attest

# A second make reads pkg-config anew, after the packages are there. Warnings are errors here and
# not in a user's build, whose compiler may know more of them.
check: what = check
check-all: what = all
check-all: more = tools/packages-all.txt
check check-all: export WERROR := -Werror
check check-all:
	tools/packages.sh tools/packages-build.txt tools/packages-check.txt $(more)
	$(MAKE) -j2 tests
	$(MAKE) -j2 SAN=address,undefined tests
	$(MAKE) -j2 fuzzers
	clang -fsyntax-only $(BASE) $(INCLUDES) $(UNIT:%=tests/unit/%.c)
	tests/run.sh $(what)
quick:
	$(MAKE) -j2 tests
	tests/run.sh quick
# A file is looked at again when it, a header of its or .clang-tidy is newer than its stamp.
lint:
	$(MAKE) -k -j2 $(SRC:%.c=$B/lint/%.ok)
	tests/style.sh
$B/lint/%.ok: %.c $B/%.o .clang-tidy
	@mkdir -p $(@D)
	$(call say,LINT)clang-tidy --quiet $< -- $(BASE) $(INCLUDES) 2>/dev/null
	@touch $@
demo:
	tools/packages.sh tools/packages-build.txt tools/packages-demo.txt
	$(MAKE) -j2 all
	tools/demo.sh build/amic
boot-matrix: all $B/tests/verify/attest
	tests/boot/run.sh all
bench: all static
	AMIC=$(CURDIR)/build/static/amic bench/run.sh
install: all manual
	tools/install.sh $(DESTDIR)$(PREFIX) $B/amic
uninstall:
	tools/install.sh $(DESTDIR)$(PREFIX) --remove

# One file that runs anywhere; packages of it; all that a release has. The same bytes from any
# folder. Targets of cross: see tools/cross.sh.
static:
	$(MAKE) B=build/static STATIC=1 CFLAGS='-O2 -ffile-prefix-map=$(CURDIR)=.' all
deb: static manual
	tools/tree.sh build/static build/static/amic build/tree/deb
	tools/deb.sh build/tree/deb $(VERSION) $$(dpkg --print-architecture) build/amic.deb
cross:
	tools/cross.sh $(TARGET)
dist: static manual
	tools/packages.sh tools/packages-all.txt
	tools/dist.sh build/dist $(VERSION) $(TARGETS)
clean:
	rm -rf build
-include $(wildcard $B/*/*.d $B/*/*/*.d $B/*/*/*/*.d $B/*/*/*/*/*.d)
