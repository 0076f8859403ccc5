/* What only some systems tell about the sockets of a port; -1 where this one does not. */
#ifndef REUSE_CMD_EXPERIMENT_FACTS_H
#define REUSE_CMD_EXPERIMENT_FACTS_H

#include <stdint.h>

/* How long the TIME_WAIT lasts that has this port as its own, in milliseconds; 0: there is none. */
int64_t fact_timewait_ms(unsigned port);

/* 1 where there are about as many TIME_WAITs, of any port, as the system keeps; else 0. */
int64_t fact_timewait_full(void);

/* How many connections wait to be accepted on this port. */
int64_t fact_queued(unsigned port);

#endif
