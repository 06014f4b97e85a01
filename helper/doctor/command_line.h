/* privbind-helper as a person runs it: --check-policy, --version, --help. */
#ifndef PRIVBIND_COMMAND_LINE_H
#define PRIVBIND_COMMAND_LINE_H

/*
 * Does what the arguments ask and returns the exit status: 0, 1 for a policy with errors, 2 for
 * a wrong command line. To be called without any capability.
 */
int command_line(int argc, char *argv[]);

/* Says on stderr what this program is, for whom runs it without a socket. Returns 2. */
int command_line_usage(void);

#endif
