/* What the system lists of the sockets on a port; -1 where it lists none. */
#ifndef REUSE_CMD_EXPERIMENT_LISTED_H
#define REUSE_CMD_EXPERIMENT_LISTED_H

#include <stdint.h>

/* How long the TIME_WAIT lasts that has this port as its own, in milliseconds; 0: there is none. */
int64_t listed_timewait_ms(unsigned port);

/* 1 where there are about as many TIME_WAITs, of any port, as the system keeps; else 0. */
int64_t listed_timewait_full(void);

/* How many connections wait to be accepted on this port. */
int64_t listed_queued(unsigned port);

#endif
