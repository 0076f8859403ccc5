/* What is known of each port of this machine, as connect and bind see it from one source. For ports.c. */
#ifndef REUSE_CMD_LIMITS_PORTS_USE_H
#define REUSE_CMD_LIMITS_PORTS_USE_H

#include "cmd/limits/ports.h"

enum { PORTS_ALL = 65536 };

struct port_use {
	bool reserved, owned; /* owned: some socket has it, at whatever address */
	bool bound;           /* explicitly */
	bool listens;   /* or is bound alone: leaving the port to the kernel would not free it */
	bool held;      /* some process has a socket there */
	bool overlaps;  /* an owner's address is the source's, or a wildcard that takes it in */
	bool connected; /* from the source to the destination */
	bool waits;     /* likewise, but a TIME_WAIT */
	bool reusable;  /* which connect may take over */
	bool reusable_by_1; /* and would with net.ipv4.tcp_tw_reuse=1 */
	size_t owner;       /* in holders->list + 1: the one to name; 0: none */
};

/* Fills in uses[], one a port, from ports->holders and what is reserved, and what of it is inferred in `ports`.
 * After `until_us`, a time of clock_us, no port is asked about. */
void ports_use_read(struct ports *ports, struct port_use uses[PORTS_ALL], int64_t until_us);

/* The first state that fits. */
enum ports_state ports_use_state(const struct port_use *use);

/* Whether connect would have it if it were neither reserved nor bound. */
bool ports_use_is_free_else(const struct port_use *use);

#endif
