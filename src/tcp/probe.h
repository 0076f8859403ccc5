/* Would bind be allowed now? Tried with each of the four option sets, by bind alone: a listener
 * would take somebody's connections, a connection would be noticed. */
#ifndef REUSE_TCP_PROBE_H
#define REUSE_TCP_PROBE_H

#include "tcp/addr.h"
#include "tcp/fault.h"
#include "tcp/option.h"

/* Sets of options: bit 0 is SO_REUSEADDR, bit 1 SO_REUSEPORT. */
enum { PROBE_NONE = 0, PROBE_ADDR = 1, PROBE_PORT = 2, PROBE_BOTH = 3, PROBE_SETS };

struct probe {
	union addr local;
	struct fault faults[PROBE_SETS]; /* CALL_NONE: bound, and closed at once */
};

/* Tries all four, as the caller. */
void probe_bind(const union addr *local, struct probe *probe);

/* The names of the options of a set; returns how many. */
size_t probe_options(unsigned set, const char *names[2]);

#endif
