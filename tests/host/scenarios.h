/* SPDX-License-Identifier: MIT */
/* The names of all scenarios of tests/host_*.c, for the program and for the tests. */
#ifndef PRIVBIND_SCENARIOS_H
#define PRIVBIND_SCENARIOS_H

/* clang-format off */

/* Addresses: what is bound, and which errors the kernel has for it. */
#define ADDRESS_SCENARIOS \
    SCENARIO(ipv4_any__bound) \
    SCENARIO(ipv4_loopback__bound) \
    SCENARIO(ipv4_length_of_sockaddr_storage__bound) \
    SCENARIO(ipv4_every_length__as_the_kernel) \
    SCENARIO(ipv4_foreign_address__EADDRNOTAVAIL) \
    SCENARIO(ipv4_broadcast_and_multicast__as_the_kernel) \
    SCENARIO(ipv6_any__bound_dual_stack) \
    SCENARIO(ipv6_any_v6only__leaves_ipv4_free) \
    SCENARIO(ipv6_loopback__bound) \
    SCENARIO(ipv6_every_length__as_the_kernel) \
    SCENARIO(ipv6_flow_info__kept) \
    SCENARIO(ipv6_link_local_with_scope__bound) \
    SCENARIO(ipv6_link_local_without_scope__as_the_kernel) \
    SCENARIO(ipv6_foreign_address__EADDRNOTAVAIL) \
    SCENARIO(v4_mapped__bound) \
    SCENARIO(v4_mapped_v6only__EINVAL) \
    SCENARIO(unspec_any_on_ipv4__bound) \
    SCENARIO(unspec_any_on_ipv6__as_the_kernel) \
    SCENARIO(unspec_loopback__EAFNOSUPPORT) \
    SCENARIO(family_of_the_other_kind__as_the_kernel) \
    SCENARIO(bad_pointer__EFAULT) \
    SCENARIO(not_a_socket__ENOTSOCK) \
    SCENARIO(closed_descriptor__EBADF) \
    SCENARIO(unix_path_forbidden__EACCES) \
    SCENARIO(unix_abstract__bound) \
    SCENARIO(every_privileged_port_boundary__bound) \
    SCENARIO(every_protocol__as_the_kernel)

/* Sockets: what else about them decides. */
#define SOCKET_SCENARIOS \
    SCENARIO(port_taken__EADDRINUSE) \
    SCENARIO(port_taken_by_wildcard__EADDRINUSE) \
    SCENARIO(bound_twice__EINVAL) \
    SCENARIO(reuseaddr__bound_twice) \
    SCENARIO(reuseport__shared) \
    SCENARIO(reuseport_half__EADDRINUSE) \
    SCENARIO(nonblocking_and_cloexec__kept) \
    SCENARIO(freebind__bound) \
    SCENARIO(bound_then_served__answers) \
    SCENARIO(udp_bound__receives) \
    SCENARIO(rebind_after_close__bound) \
    SCENARIO(rebind_after_close_with_a_reset__bound) \
    SCENARIO(unprivileged_port__bound) \
    SCENARIO(port_zero__bound) \
    SCENARIO(fifty_binds__all_bound)

/* Circumstances: in which state of the process it still works. */
#define STATE_SCENARIOS \
    SCENARIO(descriptors_exhausted__bound) \
    SCENARIO(descriptor_limit_lowered__bound) \
    SCENARIO(standard_descriptors_closed__bound) \
    SCENARIO(socket_is_descriptor_0__bound) \
    SCENARIO(socket_is_descriptor_1__bound) \
    SCENARIO(socket_is_descriptor_2__bound) \
    SCENARIO(socket_is_descriptor_0_of_all_in_use__bound) \
    SCENARIO(high_descriptor__bound) \
    SCENARIO(everything_closed__bound) \
    SCENARIO(environment_cleared__bound) \
    SCENARIO(sigchld_ignored__bound) \
    SCENARIO(no_cldwait__bound) \
    SCENARIO(child_subreaper__no_child_left) \
    SCENARIO(working_directory_deleted__bound) \
    SCENARIO(timer_1khz__bound) \
    SCENARIO(every_signal_ignored__bound) \
    SCENARIO(umask_and_nice__bound) \
    SCENARIO(small_stack_limit__bound) \
    SCENARIO(memory_limits_exhausted__bound) \
    SCENARIO(alarms_to_process_group__bound) \
    SCENARIO(core_and_file_size_limits_zero__bound) \
    SCENARIO(descriptors_churned_by_a_thread__bound)

/* Threads, children and handlers: from where it can be called. */
#define CALLER_SCENARIOS \
    SCENARIO(thread_with_small_stack__bound) \
    SCENARIO(thread_with_own_descriptors__its_socket_bound) \
    SCENARIO(sixteen_threads_at_once__all_bound) \
    SCENARIO(threads_for_one_port__one_wins) \
    SCENARIO(handler_on_small_alternate_stack__bound) \
    SCENARIO(handler_during_malloc__bound) \
    SCENARIO(forked_child__bound) \
    SCENARIO(forked_grandchild_daemon__bound) \
    SCENARIO(vforked_child__bound) \
    SCENARIO(fork_during_binds__no_descriptor_leaks) \
    SCENARIO(pending_cancellation__not_acted_upon) \
    SCENARIO(asynchronous_cancellation__thread_ends_after_bind) \
    SCENARIO(setuid_broadcast_during_binds__no_deadlock)

/* Invisibility: what the program could notice. */
#define TRACE_SCENARIOS \
    SCENARIO(errno_on_success__unchanged) \
    SCENARIO(sigchld__never_sent) \
    SCENARIO(wait_for_any__ECHILD) \
    SCENARIO(wait_for_child__ECHILD) \
    SCENARIO(waiting_thread__not_woken) \
    SCENARIO(own_child__still_there_to_wait_for) \
    SCENARIO(signal_mask__unchanged) \
    SCENARIO(signal_dispositions__unchanged) \
    SCENARIO(blocked_signal__stays_pending) \
    SCENARIO(descriptors__unchanged) \
    SCENARIO(mappings__unchanged) \
    SCENARIO(environment__unchanged) \
    SCENARIO(limits__unchanged) \
    SCENARIO(interval_timer__keeps_running) \
    SCENARIO(parent_death_signal__unchanged) \
    SCENARIO(working_directory_and_umask__unchanged) \
    SCENARIO(record_locks__kept)

/* Not to be compared: here only delegation has a problem. */
#define FAILURE_SCENARIOS \
    SCENARIO(no_address_space__EACCES) \
    SCENARIO(second_bind_without_memory__EACCES) \
    SCENARIO(no_process_slot__EACCES) \
    SCENARIO(no_descriptor__EACCES) \
    SCENARIO(plain_bind__EACCES) \
    SCENARIO(full_stderr__does_not_hang) \
    SCENARIO(broken_stderr__no_SIGPIPE) \
    SCENARIO(socket_at_stderr__not_written_to) \
    SCENARIO(file_at_stderr__not_written_to) \
    SCENARIO(pipe_at_stderr__not_written_to) \
    SCENARIO(stderr_at_size_limit__no_SIGXFSZ) \
    SCENARIO(bad_pointer_and_seccomp_EACCES__no_crash) \
    SCENARIO(sandboxed_bind__EACCES) \
    SCENARIO(second_bind_fails__not_taken_for_success) \
    SCENARIO(counted_binds__bound) \
    SCENARIO(interrupt_during_bind__bound) \
    SCENARIO(stopped_with_its_group_continued_alone__bound) \
    SCENARIO(trapping_sandbox__EACCES) \
    SCENARIO(fork_after_bind)

/* For tests/system/inject.c. */
#define INJECT_SCENARIOS \
    SCENARIO(injected_bind) \
    SCENARIO(injected_bind_beside_another) \
    SCENARIO(injected_bind_as_subreaper)

/* What one run of random_sequences tries. */
#define SEQUENCES_AT_ONCE 20

/* Only below a supervisor. */
#define SUPERVISED_SCENARIOS \
    SCENARIO(address_rewritten_by_a_thread) \
    SCENARIO(descriptor_replaced_by_a_thread) \
    SCENARIO(two_thousand_binds_in_a_signal_storm) \
    SCENARIO(killed_in_the_middle) \
    SCENARIO(killed_with_a_lingering_socket) \
    SCENARIO(number_comes_again) \
    SCENARIO(number_comes_again_in_the_middle) \
    SCENARIO(processes_in_turn) \
    SCENARIO(hundred_processes_in_turn) \
    SCENARIO(two_processes_denied) \
    SCENARIO(daemon_binds_after_its_parent) \
    SCENARIO(signals_received) \
    SCENARIO(other_numbers_of_bind) \
    SCENARIO(undumpable_bind) \
    SCENARIO(supervisor_without_descriptors) \
    SCENARIO(supervisor_that_cannot_wait) \
    SCENARIO(refused_and_goes_on) \
    SCENARIO(served_by_hand) \
    SCENARIO(supervisors_started_wrongly) \
    SCENARIO(another_file_as_listener)

/* Only below a launcher that stands for them: signals, stops, ends. */
#define PROXY_SCENARIOS \
    SCENARIO(signals_one_by_one) \
    SCENARIO(signals_of_its_own_accord) \
    SCENARIO(signals_in_a_group_of_its_own) \
    SCENARIO(terminal_restored_before_stop) \
    SCENARIO(wait_with_default_signals) \
    SCENARIO(says_when_it_continues) \
    SCENARIO(survives_its_parent) \
    SCENARIO(leaves_a_daemon) \
    SCENARIO(daemon_binds_after_the_launcher) \
    SCENARIO(busy_for_a_while) \
    SCENARIO(as_started)

/* Only below privbind -u: its resident helper, and what its own user may do to it. */
#define RESIDENT_SCENARIOS \
    SCENARIO(resident_as_seen) \
    SCENARIO(silent_clients) \
    SCENARIO(three_silent_clients) \
    SCENARIO(malformed_requests) \
    SCENARIO(client_hangs_up) \
    SCENARIO(resident_killed) \
    SCENARIO(resident_stopped) \
    SCENARIO(resident_stop) \
    SCENARIO(resident_continue) \
    SCENARIO(thirty_children_at_once) \
    SCENARIO(odd_requests) \
    SCENARIO(sibling_of_the_command) \
    SCENARIO(orphan_of_a_subreaper) \
    SCENARIO(main_thread_ends) \
    SCENARIO(exec_in_a_thread) \
    SCENARIO(from_other_namespaces)

/* Against whoever holds the capability, resident helper or supervisor. */
#define ATTACK_SCENARIOS \
    SCENARIO(holder_attacked) \
    SCENARIO(holder_stopped_in_the_middle) \
    SCENARIO(holder_between_binds) \
    SCENARIO(supervisor_reads_again_and_again) \
    SCENARIO(policy_changes_meanwhile) \
    SCENARIO(names_change_meanwhile) \
    SCENARIO(port_start_raised_meanwhile) \
    SCENARIO(denied_81_allowed_80) \
    SCENARIO(hundred_denied) \
    SCENARIO(hundred_allowed) \
    SCENARIO(probe) \
    SCENARIO(random_sequences) \
    SCENARIO(descriptors_inherited) \
    SCENARIO(fork_bomb_around)

/* clang-format on */

#define HEAVY_SCENARIOS SCENARIO(four_gib_resident__bound)

#define ALL_SCENARIOS                                                                              \
    ADDRESS_SCENARIOS                                                                              \
    SOCKET_SCENARIOS                                                                               \
    STATE_SCENARIOS                                                                                \
    CALLER_SCENARIOS                                                                               \
    TRACE_SCENARIOS                                                                                \
    FAILURE_SCENARIOS                                                                              \
    INJECT_SCENARIOS                                                                               \
    RESIDENT_SCENARIOS                                                                             \
    ATTACK_SCENARIOS                                                                               \
    SUPERVISED_SCENARIOS                                                                           \
    PROXY_SCENARIOS                                                                                \
    HEAVY_SCENARIOS

#endif
