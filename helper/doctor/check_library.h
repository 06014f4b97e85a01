/* For the doctor: the library. */
#ifndef PRIVBIND_CHECK_LIBRARY_H
#define PRIVBIND_CHECK_LIBRARY_H

/* Reports whether it is there, and can be loaded by its path and by its bare name. */
void check_library(void);

#endif
