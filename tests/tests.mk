# Tests and demonstration; included by the Makefile.

override TEST_FLAGS = -D_GNU_SOURCE -Wno-unused-parameter \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all)
link_test = $(CC) $(CFLAGS) $(LDFLAGS) $(TEST_FLAGS) -o $@ $(filter %.o,$^)
test_objects = $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(wildcard $(1)))

$(BUILD)/tests/%.o: tests/%.c $(BUILD)/flags
	$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) $(TEST_FLAGS) -c -o $@ $<

# The pure parts of the helper, for the tests' own use; those of the helper may be musl's.
$(BUILD)/tests/helper-%.o: helper/%.c $(BUILD)/flags
	$(CC) $(CPPFLAGS) $(CFLAGS) $(CC_HEADERS) $(COMMON) $(TEST_FLAGS) -c -o $@ $<

$(BUILD)/tests/host: $(call test_objects,tests/host*.c)
	$(link_test) -pthread

$(BUILD)/tests/fake_helper: $(addprefix $(BUILD)/tests/,\
		fake_helper.o helper-request.o helper-capability.o helper-address.o helper-rule.o)
	$(link_test)

$(BUILD)/tests/tracer: $(BUILD)/tests/tracer.o
	$(link_test)

$(BUILD)/tests/system: $(call test_objects,tests/system*.c tests/run.c tests/sandbox.c)
	$(link_test) -lcmocka

TEST_PROGRAMS = $(addprefix $(BUILD)/tests/,host fake_helper tracer system)

-include $(wildcard $(BUILD)/tests/*.d)

$(BUILD)/tests/demo: $(BUILD)/tests/demo.o $(BUILD)/tests/sandbox.o
	$(link_test)

$(BUILD)/tests/demo_server: $(BUILD)/tests/demo_server.o
	$(link_test)

demo: all $(BUILD)/tests/demo $(BUILD)/tests/demo_server
	@$(BUILD)/tests/demo $(BUILD)

check: all $(TEST_PROGRAMS)
	$(BUILD)/tests/system $(BUILD)
