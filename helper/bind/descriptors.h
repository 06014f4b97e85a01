/* Where a process that is to serve others has its descriptors. */
#ifndef PRIVBIND_DESCRIPTORS_H
#define PRIVBIND_DESCRIPTORS_H

/* Closes every descriptor from first on. */
void process_close_from(unsigned first);

#endif
