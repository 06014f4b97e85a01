# Tests and demonstration; included by the Makefile.

override TEST_FLAGS = -D_GNU_SOURCE -Wno-unused-parameter \
	$(if $(MUSL_GCC),-DPRIVBIND_HELPER_WITH_MUSL) \
	$(if $(SANITIZE),-DPRIVBIND_SANITIZED -fsanitize=$(SANITIZE) -fno-sanitize-recover=all)
# Preloaded libraries come before a shared runtime of the sanitizer, which insists on being first.
override STATIC_RUNTIME = $(if $(SANITIZE),$(call takes,$(CC),-static-libasan))
ASAN_OPTIONS = $(if $(SANITIZE),tests/asan_options.c)
link_test = $(CC) $(CFLAGS) $(LDFLAGS) $(TEST_FLAGS) $(STATIC_RUNTIME) -o $@ $(filter %.o,$^)
test_objects = $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(wildcard $(1)))

$(BUILD)/tests/%.o: tests/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) $(TEST_FLAGS) -c -o $@ $<

# The pure parts of the helper, for the tests' own use; those of the helper may be musl's.
$(BUILD)/tests/helper-%.o: helper/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) $(TEST_FLAGS) -c -o $@ $<

$(BUILD)/tests/host: $(call test_objects,tests/host*.c $(ASAN_OPTIONS))
	$(call say,LD)
	$(Q)$(link_test) -pthread

$(BUILD)/tests/fake_helper: $(addprefix $(BUILD)/tests/,\
		fake_helper.o helper-request.o helper-capability.o helper-address.o helper-rule.o \
		helper-format.o helper-process.o helper-file.o)
	$(call say,LD)
	$(Q)$(link_test)

$(BUILD)/tests/unit: $(call test_objects,tests/unit*.c) $(addprefix $(BUILD)/tests/,\
		helper-rule.o helper-policy.o helper-address.o helper-format.o helper-identity.o \
		helper-request.o helper-account.o helper-program.o helper-target.o preload-text.o)
	$(call say,LD)
	$(Q)$(link_test) -lcmocka

$(BUILD)/tests/preload-%.o: preload/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) $(TEST_FLAGS) -c -o $@ $<

$(BUILD)/tests/tracer: $(BUILD)/tests/tracer.o
	$(call say,LD)
	$(Q)$(link_test)

$(BUILD)/tests/system: $(call test_objects,tests/system*.c tests/run.c tests/sandbox.c tests/trace.c tests/proxy.c \
		$(ASAN_OPTIONS))
	$(call say,LD)
	$(Q)$(link_test) -lcmocka

$(BUILD)/tests/%.so: tests/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) -D_GNU_SOURCE -fPIC -shared -o $@ $<

$(BUILD)/tests/libown.so: tests/own_library.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) -fPIC -shared -o $@ $<

$(BUILD)/tests/needs_library: $(BUILD)/tests/needs_library.o $(BUILD)/tests/libown.so
	$(call say,LD)
	$(Q)$(link_test) -L$(BUILD)/tests -lown

# Hosts of another libc and of 32 bits, where the compilers for them are.
$(BUILD)/tests/host-musl: $(wildcard tests/host*.[ch]) tests/scenarios.h $(BUILD)/flags
	$(call say,CC)
	$(Q)$(MUSL_GCC) -std=gnu11 -O1 -D_GNU_SOURCE $(HELPER_HEADERS) -o $@ $(filter %.c,$^)

$(BUILD)/tests/demo_server-musl: tests/demo_server.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(MUSL_GCC) -std=gnu11 -O1 -D_GNU_SOURCE $(HELPER_HEADERS) -o $@ $<

$(BUILD)/32/tests/host: FORCE
	$(MAKE) --no-print-directory BUILD=$(BUILD)/32 CC='$(CC) -m32' $(BUILD)/32/libprivbind.so $@ \
		$(BUILD)/32/tests/host-static

# A host that LD_PRELOAD does not reach.
$(BUILD)/tests/host-static: $(filter-out $(ASAN_OPTIONS),$(call test_objects,tests/host*.c))
	$(call say,LD)
	$(Q)$(link_test) -static -pthread

has_32_bits := $(if $(SANITIZE)$(filter -m32,$(CC)),,$(call takes,$(CC),-m32))

TEST_PROGRAMS = $(addprefix $(BUILD)/tests/,unit host fake_helper tracer system other_bind.so \
	libown.so needs_library $(if $(MUSL_GCC),host-musl) $(if $(SANITIZE),,host-static)) \
	$(if $(has_32_bits),$(BUILD)/32/tests/host)

-include $(wildcard $(BUILD)/tests/*.d)
include tests/bench/bench.mk

$(BUILD)/tests/demo: $(BUILD)/tests/demo.o $(BUILD)/tests/sandbox.o
	$(call say,LD)
	$(Q)$(link_test)

$(BUILD)/tests/demo_server: $(BUILD)/tests/demo_server.o
	$(call say,LD)
	$(Q)$(link_test)

demo: all $(BUILD)/tests/demo $(BUILD)/tests/demo_server
	@$(BUILD)/tests/demo $(BUILD)

check: all $(TEST_PROGRAMS)
	$(BUILD)/tests/unit
	$(BUILD)/tests/system $(BUILD)

# The host programs with the library loaded into them and the helper, all sanitized. The library
# itself cannot be: its code also runs in the broker, where no runtime may.
asan:
	$(MAKE) check BUILD=$(BUILD)/asan SANITIZE=address,undefined

# The Dockerfiles copy from build/, as users do.
ifneq ($(filter check-containers,$(MAKECMDGOALS)),)
ifneq ($(BUILD),build)
$(error check-containers needs BUILD=build: the Dockerfiles of README.md name that folder)
endif
endif
check-containers: all $(addprefix $(BUILD)/tests/,demo_server host \
		$(if $(MUSL_GCC),demo_server-musl host-musl))
	tests/containers.sh
include tests/servers/servers.mk
