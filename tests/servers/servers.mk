# SPDX-License-Identifier: MIT
# Real servers; included by tests/tests.mk. What there is to choose: tests/servers/check.

#: make check-servers     real servers (tests/servers)
# LD_PRELOAD shall be all that a server needs, so the helper lies where the library looks for it:
# SANDBOX_DIR of tests/sandbox.h.
SERVERS_BUILD = $(BUILD)/servers
check-servers:
	@$(MAKE) -s --no-print-directory BUILD=$(SERVERS_BUILD) LIBEXECDIR=/etc/privbind-sandbox \
		all $(SERVERS_BUILD)/tests/sandboxed
	@tests/servers/check $(SERVERS_BUILD)

$(BUILD)/tests/sandboxed: $(objects)/servers/sandboxed.o $(objects)/sandbox.o
	$(call say,LD)
	$(Q)$(link_test)

# README.md in this directory has the tables as they are.
lint: lint-servers
lint-servers: $(BUILD)/flags
	shellcheck -x tests/servers/check tests/servers/install tests/servers/record \
		tests/servers/run tests/servers/client.bash
	TABLE=1 tests/servers/check >$(BUILD)/table
	sed -n '/^| /,$$p' tests/servers/README.md | diff $(BUILD)/table -
	awk '/^$$/ { table++ } { row[table + 0]++ } END { print row[0] - 2 " test cases passed"; \
		print "Another " row[1] - 3 ", mostly" }' $(BUILD)/table | while read -r line; do \
		tr '\n' ' ' <README.md | grep -qF "$$line" || { echo "README.md: $$line" && exit 1; }; done

.PHONY: check-servers lint-servers
