# SPDX-License-Identifier: MIT
# Fuzzing; included by tests/tests.mk.

#: make fuzz         clang's libFuzzer, FUZZ_TIME=60 seconds for each target
FUZZ_TIME = 60
FUZZ_TARGETS = policy option target account program request receive reply text
FUZZ_CORPUS = tests/fuzz/corpus

# What every target is linked with: the code under test that needs no privilege.
FUZZ_OBJECTS = $(call test_objects,$(filter-out tests/fuzz/libfuzzer.c \
		tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c))) \
	$(addprefix $(objects)/preload/,text.o diagnosis.o exchange.o stderr.o ids.o) $(rooms)

# Every compiler's: each file of the corpus once.
$(BUILD)/tests/fuzz/replay: $(objects)/fuzz/replay.o $(FUZZ_OBJECTS)
	$(call say,LD)
	$(Q)$(link_test) -lcmocka

# clang's: libFuzzer goes on from there. It is a build of its own, with coverage.
FUZZER =
override TEST_FLAGS += $(if $(FUZZER),-fsanitize=fuzzer-no-link)

$(FUZZ_TARGETS:%=$(objects)/fuzz/libfuzzer-%.o): $(objects)/fuzz/libfuzzer-%.o: \
		tests/fuzz/libfuzzer.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(COMMON) $(TEST_FLAGS) -DFUZZ_TARGET=fuzz_$* -c -o $@ $<

$(FUZZ_TARGETS:%=$(BUILD)/fuzz-%): $(BUILD)/fuzz-%: $(objects)/fuzz/libfuzzer-%.o $(FUZZ_OBJECTS)
	$(call say,LD)
	$(Q)$(link_test) -fsanitize=fuzzer

fuzz:
	@$(MAKE) --no-print-directory -j2 BUILD=$(BUILD)/fuzz CC=clang SANITIZE=address,undefined FUZZER=1 \
		$(addprefix $(BUILD)/fuzz/fuzz-,$(FUZZ_TARGETS))
	@$(MAKE) --no-print-directory -k -j2 BUILD=$(BUILD)/fuzz $(addprefix fuzz-,$(FUZZ_TARGETS))

# What is new goes to build/, and is where the next run goes on.
$(addprefix fuzz-,$(FUZZ_TARGETS)): fuzz-%:
	@mkdir -p $(BUILD)/found/$* $(FUZZ_CORPUS)/$*
	@$(BUILD)/fuzz-$* -max_total_time=$(FUZZ_TIME) -timeout=10 -max_len=1024 -verbosity=0 \
		-artifact_prefix=$(BUILD)/$*- $(wildcard tests/fuzz/$*.dict:%=-dict=%) \
		$(BUILD)/found/$* $(FUZZ_CORPUS)/$* >$(BUILD)/$*.log 2>&1 || \
		{ tail -n 60 $(BUILD)/$*.log; exit 1; }
	@tail -n 1 $(BUILD)/$*.log

.PHONY: fuzz $(addprefix fuzz-,$(FUZZ_TARGETS))
