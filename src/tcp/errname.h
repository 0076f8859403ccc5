/* The names of errnos: strerrorname_np(3) is not everywhere. */
#ifndef REUSE_TCP_ERRNAME_H
#define REUSE_TCP_ERRNAME_H

#include <stddef.h>

/* "EADDRINUSE"; "E?" for one that is not in the table. Static. */
const char *errname(int error);

/* The errno of that name on this system, or 0. */
int errname_number(const char *name);

/* The names one after the other, by the alphabet; NULL behind the last. */
const char *errname_at(size_t i);

#endif
