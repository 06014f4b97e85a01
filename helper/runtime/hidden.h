/* SPDX-License-Identifier: MIT */
/*
 * Included before everything else in the privileged programs. With hidden symbols they compute
 * addresses, and do not read them from a table that could be overwritten.
 */
#pragma GCC visibility push(hidden)
