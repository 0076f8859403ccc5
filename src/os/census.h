/* The kernel's own table of connections, counted. */
#ifndef REUSE_OS_CENSUS_H
#define REUSE_OS_CENSUS_H

#include <stddef.h>
#include <stdint.h>

#include "tcp/addr.h"

/* Established TCP connections to certain ports, and how many different addresses with port they come
 * from. Counting sources ends at CENSUS_SOURCES. */
struct census {
	uint64_t connections;
	unsigned sources;
};

enum { CENSUS_SOURCES = 256 };

/* Counts the connections whose peer's address begins with the first `bytes` bytes of that of `to`, and
 * whose peer's port is in the set: bit p % 8 of ports[p / 8]. Returns 0, or -1 with errno; ENOTSUP
 * where this system gives no way to know. */
int census_take(
    const union addr *to, size_t bytes, const unsigned char ports[8192], struct census *census);

#endif
