# SPDX-License-Identifier: MIT
# What the tests do not notice; included by tests/tests.mk. Needs python3.

#: make mutants      each check of the trusted code left out or inverted: which test notices?
# Hours. ONLY is a regular expression on "FILE FUNCTION: OLD -> NEW"; EVERY=1 tries all tests where
# those of tests/mutants/tests find nothing. MUTANTS_PREFIX in the environment (nice) goes before each
# build and test.
ONLY ?= .
EVERY ?=
mutants:
	@tests/mutants/run $(abspath $(BUILD))/mutants '$(ONLY)' $(EVERY)

.PHONY: mutants
