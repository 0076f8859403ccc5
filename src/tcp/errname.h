/* The names of errnos: strerrorname_np(3), which is not everywhere, knows those that no table here has. */
#ifndef REUSE_TCP_ERRNAME_H
#define REUSE_TCP_ERRNAME_H

#include <stddef.h>

/* "EADDRINUSE"; "E?" for one that has none known. Static. */
const char *errname(int error);

/* The errno of that name on this system, or 0. */
int errname_number(const char *name);

/* The names of sockets' and files' calls one after the other, by the alphabet; NULL behind the last. */
const char *errname_at(size_t i);

#endif
