# Benchmark; included by tests/tests.mk.

BENCH_PROGRAMS = $(addprefix $(BUILD)/tests/bench/,bench worker empty stand_in privbind-helper)

$(BUILD)/tests/bench/%.o: tests/bench/%.c $(BUILD)/flags
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) $(TEST_FLAGS) -c -o $@ $<

$(BUILD)/tests/bench/bench: $(addprefix $(BUILD)/tests/,\
		bench/bench.o bench/rows.o bench/measure.o bench/report.o bench/size.o sandbox.o trace.o)
	$(call say,LD)
	$(Q)$(link_test)

$(BUILD)/tests/bench/worker: $(addprefix $(BUILD)/tests/,\
		bench/worker.o helper-request.o helper-rule.o helper-address.o helper-format.o)
	$(call say,LD)
	$(Q)$(link_test) -pthread

$(BUILD)/tests/bench/stand_in: $(addprefix $(BUILD)/tests/,\
		bench/stand_in.o helper-request.o helper-rule.o helper-address.o helper-format.o)
	$(call say,LD)
	$(Q)$(link_test)

$(BUILD)/tests/bench/empty: tests/bench/empty.c $(BUILD)/flags
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -O2 -static -nostdlib -ffreestanding -fno-stack-protector -s -o $@ $<

# As make install leaves it.
$(BUILD)/tests/bench/privbind-helper: $(BUILD)/privbind-helper
	$(call say,STRIP)
	$(Q)strip -o $@ $<

bench: all $(BENCH_PROGRAMS) $(BUILD)/tests/host
	@$(BUILD)/tests/bench/bench $(BUILD)

-include $(wildcard $(BUILD)/tests/bench/*.d)
