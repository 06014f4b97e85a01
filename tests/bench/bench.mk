# SPDX-License-Identifier: MIT
# Benchmark; included by tests/tests.mk.

BENCH_PROGRAMS = $(addprefix $(BUILD)/tests/bench/,bench worker empty stand_in privbind-helper)

$(BUILD)/tests/bench/bench: $(addprefix $(objects)/,\
		bench/bench.o bench/rows.o bench/measure.o bench/report.o bench/size.o sandbox.o trace.o)
	$(call say,LD)
	$(Q)$(link_test)

$(BUILD)/tests/bench/worker: $(objects)/bench/worker.o $(rooms)
	$(call say,LD)
	$(Q)$(link_test) -pthread

$(BUILD)/tests/bench/stand_in: $(objects)/bench/stand_in.o $(rooms)
	$(call say,LD)
	$(Q)$(link_test)

$(BUILD)/tests/bench/empty: tests/bench/empty.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 -O2 -Ihelper -static -nostdlib -ffreestanding -fno-stack-protector -s -o $@ $<

# As make install leaves it.
$(BUILD)/tests/bench/privbind-helper: $(BUILD)/stripped/privbind-helper
	$(Q)cp $< $@

#: make bench        measures it beside what else there is: some minutes, 11 GiB of memory
bench: all $(BENCH_PROGRAMS) $(BUILD)/tests/host
	@$(BUILD)/tests/bench/bench $(BUILD)

