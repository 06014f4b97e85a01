/* SPDX-License-Identifier: MIT */
/*
 * Included before everything else in the privileged programs: nothing of them is another object's,
 * so that no address of theirs has to be looked up in a table that could be written to.
 */
#pragma GCC visibility push(hidden)
