/* The source that connections to a destination have. */
#ifndef REUSE_CMD_LIMITS_ROUTE_H
#define REUSE_CMD_LIMITS_ROUTE_H

#include <stdbool.h>

#include "tcp/addr.h"
#include "tcp/fault.h"

struct route {
	union addr source; /* port 0 */
	union addr destination;
	bool by_itself; /* the kernel takes that source without bind */
};

/* Asks the kernel, without sending anything. `from`: AF_UNSPEC for what it takes by itself. Returns 0, or
 * -1 with `fault` filled. */
int route_find(
    struct route *route, const union addr *to, const union addr *from, struct fault *fault);

/* Whether it is an address of many, broadcast or multicast: bind takes it, and no connection is made from it. */
bool route_is_of_many(const union addr *source);

#endif
