# SPDX-License-Identifier: MIT
# Lines of helper/ and preload/ that the tests execute; included by tests/tests.mk. Needs gcc 12.

# Calls of fork and exec stay as they are: gcc would have counts written there.
override COVERAGE_FLAGS = $(if $(COVERAGE),-fprofile-arcs -ftest-coverage -fprofile-update=atomic \
	-fprofile-info-section=coverage_object -fdata-sections -fno-builtin-fork -fno-builtin-execve \
	-fno-builtin-execvp)
COVERAGE_LDFLAGS = -Wl,-T,tests/coverage/counters.ld

COVERED = libprivbind.so privbind-helper privbind-supervisor privbind set-capability tests/unit \
	tests/fake_helper tests/fuzz/replay

#: make coverage     check, and which lines of helper/ and preload/ it executes
# Without optimisation each line is counted as it stands. What fails has run too.
coverage:
	@rm -rf $(BUILD)/coverage/counters $(BUILD)/coverage/lines
	@mkdir -p $(addprefix $(BUILD)/coverage/,counters counters/tests lines)
	@cd $(BUILD)/coverage/counters && truncate -s 1M $(notdir $(COVERED)) && chmod 666 *
	$(MAKE) check BUILD=$(BUILD)/coverage COVERAGE=1 CFLAGS='-O0 -g' \
		LDFLAGS='$(COVERAGE_LDFLAGS)' || failed=1; \
	tests/coverage/report $(BUILD)/coverage $(COVERED) && [ -z "$$failed" ]

ifneq ($(COVERAGE),)
$(foreach program,$(COVERED),$(eval \
	$(BUILD)/$(program): $(BUILD)/runtime/$(notdir $(program)).o))

$(BUILD)/runtime/%.o: tests/coverage/runtime.c $(BUILD)/flags
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -g -std=gnu11 $(WARNINGS) -Ihelper -fPIC -ffreestanding -fvisibility=hidden \
		-fno-stack-protector $(if $(filter %.so.o,$@),-DCOVERAGE_WITHOUT_LIBC) \
		-DCOVERAGE_NAME='"$*"' -DCOVERAGE_DIRECTORY='"$(abspath $(BUILD))/counters"' \
		-DCOVERAGE_IN_SANDBOX='"/etc/privbind-sandbox/counters"' -r -nostdlib -o $@ $< -lgcov
	$(Q)objcopy --localize-symbol=__gcov_info_to_gcda $@
endif

.PHONY: coverage
