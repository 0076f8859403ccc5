/* Would bind be allowed now? Tried by bind alone: a listener would take somebody's connections, a
 * connection would be noticed. */
#ifndef REUSE_TCP_PROBE_H
#define REUSE_TCP_PROBE_H

#include <stdbool.h>

#include "tcp/addr.h"
#include "tcp/fault.h"
#include "tcp/option.h"

/* Sets of options, as bits. Those below PROBE_V6ONLY are the four sets of the two of sharing. */
enum {
	PROBE_NONE = 0,
	PROBE_ADDR = 1,
	PROBE_PORT = 2,
	PROBE_BOTH = 3,
	PROBE_V6ONLY = 4,
	PROBE_SETS = 8,
	PROBE_FREE = 8, /* beside a set: IP_FREEBIND */
};

/* The bit of an option in these sets; 0: it is in none. */
unsigned probe_bit(enum option option);

/* Binds a socket with `set` to `local` and closes it at once. Returns 0, or -1 with `fault` filled. */
int probe_bind(const union addr *local, bool udp, unsigned set, struct fault *fault);

/* The same for connect of an unbound socket, whose outcome is not waited for. */
int probe_connect(const union addr *peer, bool udp, struct fault *fault);

/* As probe_bind, as another user, who owns the socket; -1 also where this user may not become that one. */
int probe_bind_as(long uid, const union addr *local, bool udp, unsigned set, struct fault *fault);

/* The names of the options of a set; returns how many. */
size_t probe_options(unsigned set, const char *names[3]);

#endif
