/* How many descriptors this process may have. */
#ifndef REUSE_OS_DESCRIPTORS_H
#define REUSE_OS_DESCRIPTORS_H

#include <stdint.h>

/* Raises the soft limit to the hard one, as far as the system lets. Returns the soft limit then. */
uint64_t descriptors_raise(void);

#endif
