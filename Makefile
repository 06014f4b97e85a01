# SPDX-License-Identifier: MIT
# privbind. Needs a C compiler and GNU make; "make check" also needs cmocka. "make help" prints what
# begins with "#:", here and in what is included.

#: make              libprivbind.so, privbind-helper, privbind-supervisor, privbind, into build/
#: make install      as root, or with DESTDIR; make uninstall removes it again
#: make clean        removes build/
#: make lint         format, static analysis, manual pages

VERSION = 2.0.0

#:
#: Variables, on the command line, the same for building and installing (paths are compiled in):
#:   BUILD=build        where everything is built
#:   DESTDIR=           where a package is put together; then no capability is set
#:   PREFIX=/usr/local  and below it LIBDIR LIBEXECDIR BINDIR MANDIR DOCDIR BASHCOMPDIR ZSHCOMPDIR
#:                      FISHCOMPDIR, each by itself; SYSCONFDIR=/etc
#:   SUPERVISOR=no      omits privbind-supervisor: Go and static programs then need privbind -u
#:   INSTALL LDCONFIG   the commands install and ldconfig; LDCONFIG=: leaves that out
#:   WERROR=-Werror     no warning passes; V=1 shows the commands
BUILD = build
DESTDIR =
PREFIX = /usr/local
LIBDIR = $(PREFIX)/lib
LIBEXECDIR = $(PREFIX)/libexec
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
DOCDIR = $(PREFIX)/share/doc/privbind
BASHCOMPDIR = $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR = $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR = $(PREFIX)/share/fish/vendor_completions.d
SYSCONFDIR = /etc
SUPERVISOR = yes
INSTALL = install
LDCONFIG = ldconfig
WERROR ?=
SANITIZE =
COVERAGE =

#: On the command line or in the environment; what the project needs is added behind them:
#:   CC CFLAGS CPPFLAGS LDFLAGS
#:   STRIP              the compiler's own strip; STRIP=: keeps debug information
CFLAGS ?= -O2 -g
LDFLAGS ?=
ifeq ($(origin STRIP),undefined)
STRIP := $(or $(shell $(CC) -print-prog-name=strip 2>/dev/null),strip)
endif

comma = ,
directories = BUILD DESTDIR PREFIX LIBDIR LIBEXECDIR BINDIR MANDIR DOCDIR BASHCOMPDIR ZSHCOMPDIR \
	FISHCOMPDIR SYSCONFDIR
$(foreach name,$(directories),$(if $(word 2,x$($(name))x),\
	$(error $(name) must not have a space: '$($(name))')))

# What users put into CFLAGS comes before what must not get lost.
override WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla $(WERROR)
override DEFINES = -DPRIVBIND_VERSION='"$(VERSION)"' -DPRIVBIND_CONF='"$(SYSCONFDIR)/privbind.conf"' \
	-DPRIVBIND_HELPER_PATH='"$(LIBEXECDIR)/privbind-helper"' \
	-DPRIVBIND_LIBRARY_PATH='"$(LIBDIR)/libprivbind.so"'
override COMMON = -std=gnu11 $(WARNINGS) $(DEFINES) -Ihelper -MMD -MP $(SAME_BYTES)
# Not four: each costs a mapping and page faults wherever it is loaded.
override TWO_SEGMENTS = -Wl,-z,noseparate-code
override RELRO = -Wl,-z,relro,-z,now,-z,noexecstack

# Does $(1), a compiler, take the flag $(2)? To be asked with :=, or each command would ask again.
takes = $(shell echo 'int main(void) { return 0; }' | \
	$(1) -Werror $(2) -x c - -o /dev/null >/dev/null 2>&1 && echo '$(2)')

override STACK_CLASH := $(call takes,$(CC),-fstack-clash-protection)
override SHADOW_STACK := $(call takes,$(CC),-fcf-protection)
override NO_CALLS_OF_MEMCPY := $(call takes,$(CC),-fno-tree-loop-distribute-patterns)
override INLINE_ATOMICS := $(call takes,$(CC),-mno-outline-atomics)

# Two directories give the same bytes.
override SAME_BYTES := $(if $(call takes,$(CC),-ffile-prefix-map=a=b),-ffile-prefix-map='$(CURDIR)'=.)

# FORTIFY needs an optimising compiler and warns without one.
optimises = $(filter-out -O0,$(filter -O%,$(CFLAGS)))
override HARDENING = -fstack-protector-strong $(STACK_CLASH) \
	$(if $(HELPER_SANITIZE),,$(if $(optimises),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))

# The library has no libc to take a stack protector from, and none to call for a copy of memory, and
# no libgcc to call for an atomic operation. Without -fcf-protection the dynamic linker takes shadow
# stacks away from whatever loads it.
override LIBRARY_FLAGS = -fPIC -ffreestanding -fno-builtin -fvisibility=hidden \
	-fno-stack-protector -U_FORTIFY_SOURCE $(COVERAGE_FLAGS) $(SHADOW_STACK) \
	$(NO_CALLS_OF_MEMCPY) $(INLINE_ATOMICS)
override LIBRARY_LDFLAGS = -shared -nostdlib -Wl,-soname,libprivbind.so -Wl,--no-undefined $(RELRO) \
	$(TWO_SEGMENTS)

# The thread sanitizer has no static runtime, and helper/ has no threads.
HELPER_SANITIZE = $(filter-out thread,$(SANITIZE))

# privbind itself is static, to run in images of any libc: with musl where there is one for this
# machine. Where there is no static libc (Fedora without glibc-static) it serves its own only.
machine = $(firstword $(subst -, ,$(shell $(1) -dumpmachine 2>/dev/null)))
MUSL_GCC := $(if $(HELPER_SANITIZE)$(COVERAGE),,$(if $(filter $(call machine,$(CC)),$\
	$(call machine,musl-gcc)),musl-gcc))
LAUNCHER_CC = $(or $(MUSL_GCC),$(CC))
LAUNCHER_STATIC := $(if $(HELPER_SANITIZE),,$(call takes,$(LAUNCHER_CC),-static))
# musl-gcc does not see the kernel's headers; gcc-12-multilib without gcc-multilib lacks the
# directory asm for -m32.
multiarch := $(shell gcc -print-multiarch 2>/dev/null)
override headers = $(if $(findstring musl-gcc,$(1)),-idirafter /usr/include \
	$(addprefix -idirafter /usr/include/,$(multiarch)),$(if $(filter -m32,$(1)),$\
	-idirafter /usr/include/x86_64-linux-gnu))
override CC_HEADERS := $(call headers,$(CC))
override LAUNCHER_HEADERS := $(call headers,$(LAUNCHER_CC))

# Nothing unwinds its stack; the tables for that would be a tenth of it. Offsets are those of a
# 64-bit process's memory, even in a 32-bit program (caller.c).
override HELPER_FLAGS = -D_FILE_OFFSET_BITS=64 -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables $(STACK_CLASH)
override LAUNCHER_FLAGS = -D_GNU_SOURCE $(HELPER_FLAGS) $(HARDENING) \
	$(addprefix -fsanitize=,$(HELPER_SANITIZE)) \
	$(if $(HELPER_SANITIZE),-fno-sanitize-recover=all) $(COVERAGE_FLAGS)
# musl's start-up of a static program does not make the relocated data read-only: there RELRO is
# nothing but another page.
override LAUNCHER_LDFLAGS = -Wl,--gc-sections $(RELRO) $(TWO_SEGMENTS) \
	$(if $(MUSL_GCC),-Wl$(comma)-z$(comma)norelro) \
	$(if $(HELPER_SANITIZE),-fsanitize=$(HELPER_SANITIZE),$(LAUNCHER_STATIC))

# The privileged programs have no libc but runtime/: to be sanitized or counted they need one. The
# guard of the stack is a variable there, since there is no thread's memory; a compiler for x86 that
# does not know that cannot have one. Headers must not have functions of a libc of their own inline.
override RUNTIME := $(if $(HELPER_SANITIZE)$(COVERAGE),,runtime machine)
override GLOBAL_GUARD := $(call takes,$(CC),-mstack-protector-guard=global)
override STACK_PROTECTOR := $(if $(GLOBAL_GUARD)$(filter-out x86_64 i%86,$(call machine,$(CC))),$\
	-fstack-protector-strong $(GLOBAL_GUARD),-fno-stack-protector)
override PRIVILEGED_FLAGS = $(HELPER_FLAGS) -U_FORTIFY_SOURCE -D__NO_INLINE__ -fno-builtin-bcmp \
	-fpie -include helper/runtime/hidden.h $(if $(optimises),-Os) \
	$(INLINE_ATOMICS)
# As -static-pie, which not every compiler for other machines knows.
override UNPACKED := -Wl,-z,nopack-relative-relocs
override PRIVILEGED_LDFLAGS := -nostdlib -static -Wl,-pie,--no-dynamic-linker,-z,text \
	$(if $(call takes,$(CC),-Wl$(comma)--fatal-warnings $(UNPACKED)),$(UNPACKED)) \
	-Wl,--gc-sections $(TWO_SEGMENTS) -Wl,-z,noexecstack,-z,norelro
override RUNTIME_FLAGS = $(PRIVILEGED_FLAGS) -ffreestanding -fno-builtin -fno-stack-protector \
	$(NO_CALLS_OF_MEMCPY)

# The rooms of helper/, each built whole: a new file needs no edit here.
ROOMS = policy bind supervise resident launch doctor
objects_of = $(patsubst helper/%.c,$(BUILD)/$(1)/%.o,$(wildcard $(2:%=helper/%)))
LAUNCHER_OBJECTS = $(call objects_of,helper,privbind.c $(ROOMS:%=%/*.c))
PRIVILEGED_ROOM := $(if $(RUNTIME),privileged,helper)
HELPER_OBJECTS = $(call objects_of,$(PRIVILEGED_ROOM),helper.c policy/*.c bind/*.c $(RUNTIME:%=%/*.c))
SUPERVISOR_OBJECTS = $(call objects_of,$(PRIVILEGED_ROOM),supervisor.c policy/*.c bind/*.c \
	supervise/*.c $(RUNTIME:%=%/*.c))
LIBRARY_OBJECTS = $(patsubst preload/%.c,$(BUILD)/preload/%.o,$(wildcard preload/*.c)) \
	$(patsubst helper/%.c,$(BUILD)/preload/%.o,$(wildcard helper/machine/*.c))
PRIVILEGED = privbind-helper privbind-supervisor
SHIPPED = $(BUILD)/libprivbind.so $(PRIVILEGED:%=$(BUILD)/%) $(BUILD)/privbind
MANUALS = helper/privbind.1 preload/libprivbind.7 helper/privbind-helper.8 \
	helper/privbind-supervisor.8 helper/privbind.conf.5

all: $(SHIPPED) $(BUILD)/set-capability $(SHIPPED:$(BUILD)/%=$(BUILD)/stripped/%)
ifeq ($(LAUNCHER_STATIC)$(HELPER_SANITIZE),)
	@echo 'note: there is no static libc for $(CC): this privbind does not run in containers of' \
		'another libc'
endif

# make V=1 shows the commands.
Q = $(if $(V),,@)
say = @$(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),:,echo '  $(1)  $@')

# Rebuild when the flags change, not only when the sources do.
FLAGS_USED := $(CC) $(LAUNCHER_CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(COMMON) $(LAUNCHER_FLAGS) \
	$(LIBRARY_FLAGS) $(LIBRARY_LDFLAGS) $(LAUNCHER_LDFLAGS) $(STACK_PROTECTOR) $(RUNTIME_FLAGS) \
	$(PRIVILEGED_LDFLAGS) $(SANITIZE) $(STRIP)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D) $(BUILD)/preload/machine $(BUILD)/stripped $(patsubst %,$(BUILD)/%,$(sort $(dir $(wildcard helper/*/*.c)))) \
		$(patsubst helper/%,$(BUILD)/privileged/%,$(sort $(dir $(wildcard helper/*/*.c)))) \
		$(patsubst %,$(BUILD)/tests/objects/%,$(sort $(dir $(wildcard helper/*/*.c preload/*.c)))) \
		$(patsubst tests/%,$(BUILD)/tests/objects/%,$(sort $(dir $(wildcard tests/*.c tests/*/*.c)))) \
		$(BUILD)/tests/fuzz $(BUILD)/tests/bench
	@echo '$(subst ','\'',$(FLAGS_USED))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS_USED))' >$@

library_cc = $(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) $(LIBRARY_FLAGS) -c -o $@ $<
$(BUILD)/preload/%.o: preload/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(library_cc)
$(BUILD)/preload/machine/%.o: helper/machine/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(library_cc)

$(BUILD)/libprivbind.so: $(LIBRARY_OBJECTS)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(LIBRARY_LDFLAGS) -o $@ $^

$(BUILD)/helper/%.o: helper/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(LAUNCHER_CC) $(CPPFLAGS) $(CFLAGS) $(LAUNCHER_HEADERS) $(COMMON) $(LAUNCHER_FLAGS) -c -o $@ $<

privileged_cc = $(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) $(1) -c -o $@ $<
$(BUILD)/privileged/%.o: helper/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(call privileged_cc,-D_GNU_SOURCE $(PRIVILEGED_FLAGS) $(STACK_PROTECTOR))
$(BUILD)/privileged/runtime/%.o: helper/runtime/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(call privileged_cc,$(RUNTIME_FLAGS))
$(BUILD)/privileged/machine/%.o: helper/machine/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(call privileged_cc,$(RUNTIME_FLAGS))

$(BUILD)/privbind-helper: $(HELPER_OBJECTS)
$(BUILD)/privbind-supervisor: $(SUPERVISOR_OBJECTS)
$(BUILD)/privbind: $(LAUNCHER_OBJECTS)
# Static too: it runs in images of any libc.
$(BUILD)/set-capability: $(BUILD)/helper/package/set-capability.o
$(if $(RUNTIME),,$(PRIVILEGED:%=$(BUILD)/%)) $(BUILD)/privbind $(BUILD)/set-capability: \
		$(if $(HELPER_SANITIZE),$(BUILD)/tests/objects/sanitizer_options.o)
	$(call say,LD)
	$(Q)$(LAUNCHER_CC) $(CFLAGS) $(LDFLAGS) $(LAUNCHER_FLAGS) $(LAUNCHER_LDFLAGS) -o $@ $^
ifneq ($(RUNTIME),)
$(PRIVILEGED:%=$(BUILD)/%):
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(PRIVILEGED_LDFLAGS) -o $@ $^
endif

# What is installed. It is ready when root installs it, who shall leave no files in build/.
$(BUILD)/stripped/%: $(BUILD)/% $(BUILD)/flags
	$(call say,STRIP)
	$(Q)cp $< $@
	$(Q)$(STRIP) $@

include tests/tests.mk
include helper/package/package.mk

# Text as it is installed: it names the directories that were chosen.
with_directories = sed -e 's|/usr/local/libexec|$(LIBEXECDIR)|g' \
	-e 's|/etc/privbind|$(SYSCONFDIR)/privbind|g' -e 's|/usr/local/lib/lib|$(LIBDIR)/lib|g' \
	-e 's|/usr/local/bin|$(BINDIR)|g' -e 's|/usr/local/\$$LIB|$(PREFIX)/$$LIB|g'
# put MODE FILE PATH, and put_text FILE PATH: programs that start during an upgrade need each file
# whole, the old one or the new one.
put = put() { $(INSTALL) -m "$$1" "$$2" "$(DESTDIR)$$3.new" && mv -f "$(DESTDIR)$$3.new" "$(DESTDIR)$$3"; }; put
put_text = put_text() { $(with_directories) "$$1" >"$(DESTDIR)$$2.new" && \
	chmod 644 "$(DESTDIR)$$2.new" && mv -f "$(DESTDIR)$$2.new" "$(DESTDIR)$$2"; }; put_text
# A hard link to a privileged file, made elsewhere, would keep it and its capability: the mode goes
# first.
retire = retire() { { [ ! -f "$$1" ] || [ -L "$$1" ] || chmod 0 "$$1"; } && rm -f "$$1"; }; retire
# A package's own scripts set the capability.
put_privileged = $(if $(DESTDIR),$(put) 755,$(BUILD)/set-capability)

# Without a supervisor Go and static programs cannot bind, and nobody can keep the capability.
INSTALLED = $(if $(filter no,$(SUPERVISOR)),privbind-helper,$(PRIVILEGED))
DOCUMENTS = README.md NEWS LICENSE helper/package/example.service helper/package/example.apparmor

install: all
	$(INSTALL) -d $(addprefix $(DESTDIR),$(LIBDIR) $(LIBEXECDIR) $(BINDIR) $(DOCDIR) $(SYSCONFDIR) \
		$(MANDIR)/man1 $(MANDIR)/man5 $(MANDIR)/man7 $(MANDIR)/man8 $(BASHCOMPDIR) $(ZSHCOMPDIR) \
		$(FISHCOMPDIR))
	$(put) 644 $(BUILD)/stripped/libprivbind.so $(LIBDIR)/libprivbind.so
	for name in $(INSTALLED); do \
		$(put_privileged) $(BUILD)/stripped/$$name $(LIBEXECDIR)/$$name || exit 1; done
	for name in $(filter-out $(INSTALLED),$(PRIVILEGED)); do \
		$(retire) $(DESTDIR)$(LIBEXECDIR)/$$name || exit 1; done
	$(put) 755 $(BUILD)/stripped/privbind $(BINDIR)/privbind
	for page in $(MANUALS); do \
		$(put_text) $$page $(MANDIR)/man$${page##*.}/$${page##*/} || exit 1; done
	for file in $(DOCUMENTS); do $(put_text) $$file $(DOCDIR)/$${file##*/} || exit 1; done
	$(put) 644 helper/completion/privbind.bash $(BASHCOMPDIR)/privbind
	$(put) 644 helper/completion/_privbind $(ZSHCOMPDIR)/_privbind
	$(put) 644 helper/completion/privbind.fish $(FISHCOMPDIR)/privbind.fish
	[ -e $(DESTDIR)$(SYSCONFDIR)/privbind.conf ] || \
		{ $(put_text) helper/privbind.conf $(SYSCONFDIR)/privbind.conf; }
ifeq ($(DESTDIR),)
	PATH="$$PATH:/usr/sbin:/sbin"; $(LDCONFIG)
else
	@echo 'note: with DESTDIR the package must set the capability and run ldconfig:' \
		'setcap cap_net_bind_service=p $(INSTALLED:%=$(LIBEXECDIR)/%)'
endif

# Leaves a policy that the administrator has changed, and directories that may have been there before,
# empty as they are: to Debian's /usr/local/share/man there is a link.
uninstall:
	for name in $(PRIVILEGED); do $(retire) $(DESTDIR)$(LIBEXECDIR)/$$name || exit 1; done
	rm -f $(addprefix $(DESTDIR),$(LIBDIR)/libprivbind.so $(BINDIR)/privbind \
		$(BASHCOMPDIR)/privbind $(ZSHCOMPDIR)/_privbind $(FISHCOMPDIR)/privbind.fish \
		$(addprefix $(DOCDIR)/,$(notdir $(DOCUMENTS))))
	for page in $(notdir $(MANUALS)); do rm -f $(DESTDIR)$(MANDIR)/man$${page##*.}/$$page; done
	! $(with_directories) helper/privbind.conf | cmp -s - $(DESTDIR)$(SYSCONFDIR)/privbind.conf || \
		rm -f $(DESTDIR)$(SYSCONFDIR)/privbind.conf
	rmdir --ignore-fail-on-non-empty $(addprefix $(DESTDIR),$(LIBEXECDIR) $(DOCDIR)) 2>/dev/null || true
ifeq ($(DESTDIR),)
	PATH="$$PATH:/usr/sbin:/sbin"; $(LDCONFIG)
endif

help:
	@sed -n 's/^#: make/make/p' Makefile $(filter %.mk,$(MAKEFILE_LIST))
	@sed -n '/^#: make/d; s/^#: \{0,1\}//p' Makefile

clean:
	rm -rf $(BUILD)

# What the compilers' warnings do not find. Left out: parameters that could be swapped (bind's own
# are), C11's optional _s functions, the result of snprintf (cutting off is what is wanted), and
# pointers made of integers (RTLD_NEXT). Not for tests/, which does on purpose what clang-tidy warns
# of (it calls system(3), ignores results in races, cancels threads asynchronously), nor gcc's
# analyzer, which does not know that cmocka's assertions do not return.
lint_defines = $(DEFINES) -Ihelper $(if $(filter helper/runtime/%,$(1)),,-D_GNU_SOURCE) -std=gnu11
LINT_DEFINES = $(call lint_defines)
TIDY_CHECKS = -*,bugprone-*,cert-*,clang-analyzer-*,misc-*,performance-*,portability-*,$\
	-bugprone-easily-swappable-parameters,-clang-analyzer-security.insecureAPI.*,-cert-err33-c,$\
	-performance-no-int-to-ptr
# What may hold the capability; nothing of it includes what never does.
TRUSTED = policy bind supervise resident runtime machine
lint: lint-rooms
lint-rooms:
	! grep -nE '#include "(launch|doctor)/' $(wildcard $(TRUSTED:%=helper/%/*.[ch])) \
		helper/helper.c helper/supervisor.c
	! grep -nE '#include "(policy|bind|supervise|resident|launch|doctor|runtime)/' preload/*.[ch]
lint: $(foreach name,$(PRIVILEGED),$(BUILD)/$(name) $(BUILD)/stripped/$(name))
	for name in $(PRIVILEGED); do \
		[ -z "$$(nm -u $(BUILD)/$$name)" ] && readelf -hlrW $(BUILD)/$$name >$(BUILD)/segments && \
		grep -q 'Type: *DYN' $(BUILD)/segments && grep -q 'GNU_STACK .* RW ' $(BUILD)/segments && \
		grep -q 'no relocations' $(BUILD)/segments && ! grep -E 'RWE|INTERP' $(BUILD)/segments && \
		! strings $(BUILD)/stripped/$$name | grep -iE 'libc|musl|LD_PRELOAD|LOCPATH' || exit 1; done
	shellcheck -x .ci/run helper/completion/privbind.bash tests/containers/*.sh tests/coverage/report \
		tests/documents/figures
	! mandoc -T lint -W style $(MANUALS) 2>&1 | grep -vE 'referenced manual not found|mandoc.db'
	tests/documents/messages
	tests/documents/figures $(VERSION)
	clang-format --dry-run -Werror helper/*.[ch] helper/*/*.[ch] preload/*.[ch] tests/*.[ch] \
		tests/*/*.[ch]
	$(foreach file,$(wildcard helper/*.c helper/*/*.c preload/*.c),clang-tidy --quiet \
		--warnings-as-errors='*' --checks='$(TIDY_CHECKS)$(if $(filter helper/runtime/%,$(file)),$(comma)$\
		-bugprone-reserved-identifier$(comma)-cert-dcl37-c$(comma)-cert-dcl51-cpp)' \
		$(file) -- $(call lint_defines,$(file)) &&) true
	for files in 'helper preload' tests; do \
		cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability \
		--inline-suppr --suppress=comparePointers:tests/coverage/runtime.c $(DEFINES) -D__x86_64__ \
		-Ihelper -I. -Itests $$files || exit 1; done
	$(foreach file,$(wildcard helper/*.c helper/*/*.c),gcc $(call lint_defines,$(file)) -O2 \
		-D_FILE_OFFSET_BITS=64 -fanalyzer -Werror -c -o /dev/null $(file) &&) true
	for file in preload/*.c; do gcc $(LINT_DEFINES) -O2 $(LIBRARY_FLAGS) -fanalyzer -Werror \
		-c -o /dev/null $$file || exit 1; done

FORCE:
.PHONY: all bench check check-containers demo help inject install uninstall clean lint asan tsan test-programs \
	valgrind soak lint-rooms FORCE
.DELETE_ON_ERROR:

-include $(HELPER_OBJECTS:.o=.d) $(SUPERVISOR_OBJECTS:.o=.d) $(LAUNCHER_OBJECTS:.o=.d) $(LIBRARY_OBJECTS:.o=.d)
