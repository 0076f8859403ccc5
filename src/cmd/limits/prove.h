/* reuse limits --prove: that many connections from one source address and port. */
#ifndef REUSE_CMD_LIMITS_PROVE_H
#define REUSE_CMD_LIMITS_PROVE_H

#include "tcp/addr.h"

/* Opens `asked` connections from `source` (port 0: a free one), sends a heartbeat over each, closes
 * them. Returns an enum status. */
int prove_run(uint64_t asked, const union addr *source, int force, int stop);

#endif
