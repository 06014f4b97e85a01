# SPDX-License-Identifier: MIT
# Tests and demonstration; included by the Makefile.

# Inodes and offsets of 64 bits, as the rooms have them, even where a 32-bit program has an emulator.
override TEST_FLAGS = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -Itests -Wno-unused-parameter \
	$(if $(COVERAGE),-DPRIVBIND_COVERAGE) \
	$(if $(SANITIZE),-DPRIVBIND_SANITIZED -fno-sanitize-recover=all \
	-DSANITIZER_REPORTS='"$(abspath $(BUILD))/reports"') \
	$(if $(filter thread,$(SANITIZE)),-DPRIVBIND_THREAD_SANITIZER) \
	$(addprefix -fsanitize=,$(if $(filter $(BUILD)/tests/host% $(BUILD)/tests/objects/host/%,$@),$(SANITIZE),$(HELPER_SANITIZE)))
# Preloaded libraries come before a shared runtime of the sanitizer, which insists on being first.
override STATIC_ASAN := $(if $(HELPER_SANITIZE),$(call takes,$(CC),-static-libasan))
override STATIC_TSAN := $(if $(filter thread,$(SANITIZE)),$(call takes,$(CC),-static-libtsan))
override STATIC_RUNTIME = $(STATIC_ASAN)$(if $(filter %/host,$@),$(STATIC_TSAN))
SANITIZER_OPTIONS = $(if $(SANITIZE),tests/sanitizer_options.c)
link_test = $(CC) $(CFLAGS) $(LDFLAGS) $(TEST_FLAGS) $(STATIC_RUNTIME) -o $@ $(filter %.o %.a,$^)
objects = $(BUILD)/tests/objects
test_objects = $(patsubst tests/%.c,$(objects)/%.o,$(wildcard $(1)))
# The rooms of helper/ for the tests' own use, of which the linker takes what is called: those of
# the helper may be another libc's.
rooms = $(objects)/rooms.a

$(objects)/%.o: tests/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) $(TEST_FLAGS) -c -o $@ $<

$(objects)/helper/%.o: helper/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) $(TEST_FLAGS) $(COVERAGE_FLAGS) -c -o $@ $<

$(rooms): $(patsubst helper/%.c,$(objects)/helper/%.o,$(wildcard $(ROOMS:%=helper/%/*.c)))
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Before glibc 2.34 timers are in librt, and dlsym(3) in libdl.
$(BUILD)/tests/host: $(call test_objects,tests/host/*.c $(SANITIZER_OPTIONS))
	$(call say,LD)
	$(Q)$(link_test) -pthread -lrt

$(BUILD)/tests/attacker: $(call test_objects,tests/attack/*.c $(ASAN_OPTIONS))
	$(call say,LD)
	$(Q)$(link_test) -pthread

$(BUILD)/tests/fake_helper: $(objects)/programs/fake_helper.o $(rooms)
	$(call say,LD)
	$(Q)$(link_test)

# What the privileged programs have in place of libc's, under names of its own beside libc's.
# Without _GNU_SOURCE, for which glibc 2.43 has macros of these names.
runtime_names = memchr strlen strcmp strchr strrchr strncpy memcpy memset memcmp strerror inet_pton
runtime_objects = $(patsubst %,$(objects)/helper/%.o,runtime/string runtime/error runtime/network \
	machine/memory)
$(objects)/helper/runtime/%.o $(objects)/helper/machine/%.o: \
		override TEST_FLAGS += -O1 -fno-builtin -U_GNU_SOURCE $(foreach name,$(runtime_names),-D$(name)=runtime_$(name))

$(BUILD)/tests/unit: $(call test_objects,tests/unit/*.c) $(objects)/preload/text.o $(rooms) \
		$(runtime_objects)
	$(call say,LD)
	$(Q)$(link_test) -lcmocka

$(objects)/preload/%.o: preload/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) $(TEST_FLAGS) $(COVERAGE_FLAGS) -c -o $@ $<

$(BUILD)/tests/activated: $(objects)/programs/activated.o
	$(call say,LD)
	$(Q)$(link_test)

$(BUILD)/tests/tracer: $(objects)/programs/tracer.o
	$(call say,LD)
	$(Q)$(link_test)

$(BUILD)/tests/system: $(call test_objects,tests/system/*.c tests/run.c tests/sandbox.c \
		tests/trace.c tests/proxy.c tests/inject/*.c $(SANITIZER_OPTIONS))
	$(call say,LD)
	$(Q)$(link_test) -lcmocka

$(BUILD)/tests/%.so: tests/programs/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) -D_GNU_SOURCE -fPIC -shared -o $@ $< -ldl

$(BUILD)/tests/libown.so: tests/programs/own_library.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) -fPIC -shared -o $@ $<

$(BUILD)/tests/needs_library: $(objects)/programs/needs_library.o $(BUILD)/tests/libown.so
	$(call say,LD)
	$(Q)$(link_test) -L$(BUILD)/tests -lown

# Hosts of another libc and of 32 bits, where the compilers for them are.
# Its libgcc asks another libc on arm64 how to be atomic.
musl_atomics = $(call takes,$(MUSL_GCC) -c,-mno-outline-atomics)
$(BUILD)/tests/host-musl: $(wildcard tests/host/*.[ch]) $(BUILD)/flags
	$(call say,CC)
	$(Q)$(MUSL_GCC) -std=gnu11 -O1 -D_GNU_SOURCE -I. -Itests -Ihelper $(LAUNCHER_HEADERS) $(musl_atomics) -o $@ \
		$(filter %.c,$^)

$(BUILD)/tests/demo_server-musl: tests/demo/server.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(MUSL_GCC) -std=gnu11 -O1 -D_GNU_SOURCE -I. -Itests -Ihelper $(LAUNCHER_HEADERS) -o $@ $<

$(BUILD)/32/tests/host: FORCE
	$(MAKE) --no-print-directory $(if $(COVERAGE),COVERAGE= LDFLAGS=) BUILD=$(BUILD)/32 \
		CC='$(CC) -m32' $(BUILD)/32/libprivbind.so $@ \
		$(BUILD)/32/tests/host-static

# Without libc, as the privileged programs.
$(BUILD)/privileged/tests/runtime.o: tests/programs/runtime.c $(BUILD)/flags
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(call privileged_cc,-D_GNU_SOURCE $(PRIVILEGED_FLAGS) $(STACK_PROTECTOR))

$(BUILD)/tests/runtime: $(BUILD)/privileged/tests/runtime.o $(call objects_of,privileged,runtime/*.c \
		machine/*.c)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(PRIVILEGED_LDFLAGS) -o $@ $^

# A host that LD_PRELOAD does not reach.
$(BUILD)/tests/host-static: $(filter-out $(SANITIZER_OPTIONS),$(call test_objects,tests/host/*.c))
	$(call say,LD)
	$(Q)$(link_test) -static -pthread -lrt

$(BUILD)/tests/demo_server-static: $(objects)/demo/server.o
	$(call say,LD)
	$(Q)$(link_test) -static

# Very many binds: SOAK of them with "make soak", some thousands with "make check".
$(BUILD)/tests/soak: $(call test_objects,tests/soak/*.c)
	$(call say,LD)
	$(Q)$(link_test) -pthread

$(BUILD)/tests/soak-static: $(call test_objects,tests/soak/*.c)
	$(call say,LD)
	$(Q)$(link_test) -static -pthread

has_32_bits := $(if $(SANITIZE)$(filter -m32,$(CC)),,$(call takes,$(CC),-m32))

TEST_PROGRAMS = $(addprefix $(BUILD)/tests/,unit fuzz/replay host attacker fake_helper activated tracer system \
	other_bind.so libown.so needs_library trap.so soak demo_server $(if $(RUNTIME),runtime) $(if $(MUSL_GCC),host-musl) \
	$(if $(SANITIZE),,host-static soak-static demo_server-static)) \
	$(if $(has_32_bits),$(BUILD)/32/tests/host)

#: make soak         100,000 delegated binds, SOAK=N for another number: a minute or two
SOAK = 100000
soak: all $(TEST_PROGRAMS)
	PRIVBIND_SOAK=$(SOAK) $(BUILD)/tests/system $(BUILD) 'soak_*'

-include $(shell find $(objects) -name "*.d" 2>/dev/null)
include tests/bench/bench.mk
include tests/fuzz/fuzz.mk
include tests/coverage/coverage.mk
include tests/mutants/mutants.mk

$(BUILD)/tests/demo: $(objects)/demo/demo.o $(objects)/sandbox.o
	$(call say,LD)
	$(Q)$(link_test)

$(BUILD)/tests/demo_server: $(objects)/demo/server.o
	$(call say,LD)
	$(Q)$(link_test)

#: make demo         shows it at work, without installing anything
demo: all $(BUILD)/tests/demo $(BUILD)/tests/demo_server
	@$(BUILD)/tests/demo $(BUILD)

test-programs: all $(TEST_PROGRAMS)

#: make check        every test that needs only a compiler, make and cmocka
check: all $(TEST_PROGRAMS)
	$(BUILD)/tests/unit
	$(if $(RUNTIME),$(abspath $(BUILD))/tests/runtime)
	$(BUILD)/tests/fuzz/replay $(FUZZ_CORPUS)
	$(BUILD)/tests/system $(BUILD)

#: make inject       each system call of a bind fails with each errno that it can have
# As check, which tries one errno for each system call, with all that the manual pages list.
inject: all $(TEST_PROGRAMS)
	PRIVBIND_INJECT=all $(BUILD)/tests/system $(BUILD) 'faults_*'

#: make asan         check with address and undefined-behaviour sanitizers
#: make tsan         what has threads, with the thread sanitizer in the programs that use the library
# The host programs with the library loaded into them and the helper, all sanitized; with tsan the
# hosts only, since nothing else has threads. The library itself cannot be: its code also runs in
# the broker, where no runtime may.
WITH_THREADS = '*thread*' '*handler*' '*children*' 'soak_*'
asan:
	$(MAKE) check BUILD=$(BUILD)/asan SANITIZE=address,undefined
tsan:
	$(MAKE) test-programs BUILD=$(BUILD)/tsan SANITIZE=thread
	$(BUILD)/tsan/tests/system $(BUILD)/tsan $(WITH_THREADS)

#: make valgrind     unit tests and programs that use the library under memcheck
# memcheck, on what sanitizers cannot be built into: the library.
valgrind: all $(addprefix $(BUILD)/tests/,unit host system)
	PRIVBIND_VALGRIND=1 valgrind -q --error-exitcode=99 --leak-check=full $(BUILD)/tests/unit
	PRIVBIND_VALGRIND=1 $(BUILD)/tests/system $(BUILD)

#: make check-containers  as root: the Dockerfiles of README.md, with podman and runc
# The Dockerfiles copy from build/, as users do.
ifneq ($(filter check-containers,$(MAKECMDGOALS)),)
ifneq ($(BUILD),build)
$(error check-containers needs BUILD=build: the Dockerfiles of README.md name that directory)
endif
endif
check-containers: all $(addprefix $(BUILD)/tests/,activated demo_server host \
		$(if $(MUSL_GCC),demo_server-musl host-musl))
	tests/containers/check.sh
include tests/servers/servers.mk
include tests/kernels/kernels.mk
include tests/machines/machines.mk
