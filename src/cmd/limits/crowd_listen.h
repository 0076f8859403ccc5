/* Where a crowd listens. */
#ifndef REUSE_CMD_LIMITS_CROWD_LISTEN_H
#define REUSE_CMD_LIMITS_CROWD_LISTEN_H

#include "cmd/limits/crowd.h"

/* Both note their port on the board. They return the socket, or -1 with `fault` filled. */

/* On a free port of all IPv4 addresses. */
int crowd_listen_any(const struct crowd_plan *plan, unsigned *port, struct fault *fault);

/* On the next port of the source's address that nobody has; EADDRNOTAVAIL at bind: there is no more. */
int crowd_listen_next(const struct crowd_plan *plan, unsigned *port, struct fault *fault);

#endif
