/* Descriptors that somebody else has left, or may have had a hand in. */
#ifndef PRIVBIND_DESCRIPTORS_H
#define PRIVBIND_DESCRIPTORS_H

/* Closes every descriptor from first on. */
void process_close_from(unsigned first);

#endif
