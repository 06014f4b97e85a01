/* "privbind --check-policy": what a policy file says, without deciding anything. */
#ifndef PRIVBIND_CHECK_POLICY_H
#define PRIVBIND_CHECK_POLICY_H

/*
 * Prints every error of a policy file on stdout, and a note for each name that nobody has. The file
 * in force must also be trusted; any other may be a draft, and is judged by what it says only.
 * Returns the exit status: 0, or 1 for a file with errors.
 */
int check_policy_file(const char *path);

#endif
