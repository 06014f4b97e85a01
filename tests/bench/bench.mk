# SPDX-License-Identifier: MIT
# Benchmark; included by tests/tests.mk.

BENCH_PROGRAMS = $(addprefix $(BUILD)/tests/bench/,bench worker empty kept privbind-helper)

$(BUILD)/tests/bench/bench: $(addprefix $(objects)/,\
		bench/bench.o bench/rows.o bench/measure.o bench/report.o bench/size.o bench/record.o bench/draw.o \
		sandbox.o trace.o)
	$(call say,LD)
	$(Q)$(link_test)

$(BUILD)/tests/bench/worker: $(objects)/bench/worker.o $(rooms)
	$(call say,LD)
	$(Q)$(link_test) -pthread

$(BUILD)/tests/bench/kept: $(objects)/bench/kept.o $(rooms)
	$(call say,LD)
	$(Q)$(link_test)

$(BUILD)/tests/bench/empty: tests/bench/empty.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 -O2 -Ihelper -static -nostdlib -ffreestanding -fno-stack-protector -s -o $@ $<

# As make install leaves it.
$(BUILD)/tests/bench/privbind-helper: $(BUILD)/stripped/privbind-helper
	$(Q)cp $< $@

#: make bench        measures it against its alternatives: minutes, 11 GiB; RECORD=1 keeps it
bench: all $(BENCH_PROGRAMS) $(BUILD)/tests/host
	@$(if $(RECORD),PRIVBIND_BENCH_RECORD=tests/bench) $(BUILD)/tests/bench/bench $(BUILD)

