/* The doctor: "privbind --check". */
#ifndef PRIVBIND_CHECK_H
#define PRIVBIND_CHECK_H

/*
 * Tries to bind [ADDRESS:]PORT[/PROTOCOL] as a program of the calling user would, and prints a line
 * for each thing on the way: "ok", "note", or "FAIL" with what mends it. Returns the exit status:
 * 0 if the bind worked, 1 if not, 125 if spec is wrong.
 */
int check_port(const char *spec);

#endif
