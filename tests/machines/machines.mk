# SPDX-License-Identifier: MIT
# Other architectures; included by tests/tests.mk. What there is to choose: tests/machines/check.

#: make check-machines    arm64, armhf and riscv64, emulated, with qemu (tests/machines)
check-machines:
	@tests/machines/check $(BUILD)

# What runs there, cross-compiled.
machine-programs: all $(TEST_PROGRAMS) $(BUILD)/tests/demo $(BUILD)/tests/demo_server

lint: lint-machines
lint-machines:
	shellcheck -x tests/machines/check tests/machines/inside

.PHONY: check-machines machine-programs lint-machines
