# SPDX-License-Identifier: MIT
# Other kernels; included by tests/tests.mk. What there is to choose: tests/kernels/check.

$(SERVERS_BUILD)/tests/go_server: tests/servers/server.go
	CGO_ENABLED=0 GO111MODULE=off GOCACHE=$(abspath $(SERVERS_BUILD)/go) go build -o $@ $<

#: make check-kernels     other kernels and each setting of Yama, with qemu (tests/kernels)
check-kernels: all $(TEST_PROGRAMS)
	@$(MAKE) -s --no-print-directory BUILD=$(SERVERS_BUILD) LIBEXECDIR=/etc/privbind-sandbox \
		all $(SERVERS_BUILD)/tests/sandboxed
	@$(MAKE) -s --no-print-directory $(SERVERS_BUILD)/tests/go_server
	@tests/kernels/check $(BUILD)

lint: lint-kernels
lint-kernels:
	shellcheck -x tests/kernels/check tests/kernels/init tests/kernels/inside tests/kernels/supervised

.PHONY: check-kernels lint-kernels
