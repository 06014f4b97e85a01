# SPDX-License-Identifier: MIT
# Other architectures, other releases; included by tests/tests.mk. What there is to choose:
# tests/machines/check, tests/machines/roots.

#: make check-machines    arm64, armhf and riscv64, emulated, with qemu (tests/machines)
check-machines:
	@tests/machines/check $(BUILD)

# What runs there, cross-compiled.
machine-programs: test-programs $(BUILD)/tests/demo

#: make check-roots       the README's two commands in other releases of Debian (tests/machines/roots)
check-roots:
	@tests/machines/roots $(BUILD)

lint: lint-machines
lint-machines:
	shellcheck -x tests/machines/check tests/machines/inside tests/machines/roots

.PHONY: check-machines check-roots machine-programs lint-machines
