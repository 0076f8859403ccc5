/* Whether a port was bound explicitly, by anybody, at any address: then connect without bind passes over it
 * (Linux, inet_hash_connect). The kernel alone knows; it is asked without harm, over loopback. */
#ifndef REUSE_TCP_BOUND_H
#define REUSE_TCP_BOUND_H

#include <stdbool.h>

#include "tcp/addr.h"
#include "tcp/port.h"

/* Begin with bound_open. */
struct bound_inquiry {
	int fd;           /* connects from the port asked about; -1: none yet */
	int held;         /* keeps the destination closed */
	struct port port; /* that of the destination */
	union addr closed;
};

/* Returns false where the kernel cannot be asked (IP_LOCAL_PORT_RANGE: Linux 6.3). */
bool bound_open(struct bound_inquiry *inquiry);

/* Of a port of the ephemeral range, not reserved. Returns 1, 0, or -1 where there is no answer. */
int bound_ask(struct bound_inquiry *inquiry, unsigned port);

void bound_close(struct bound_inquiry *inquiry);

#endif
