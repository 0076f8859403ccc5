/* The ephemeral ports towards one destination: what takes them, and what is left. Prints nothing. */
#ifndef REUSE_CMD_LIMITS_PORTS_H
#define REUSE_CMD_LIMITS_PORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/limits/route.h"
#include "os/holder.h"

/* What keeps connect from using a port: the first that fits. */
enum ports_state {
	PORTS_RESERVED,  /* net.ipv4.ip_local_reserved_ports */
	PORTS_BOUND,     /* explicitly, by somebody, at any address */
	PORTS_CONNECTED, /* from the source to the destination */
	PORTS_TIME_WAIT, /* likewise, closed since */
	PORTS_REUSABLE,  /* a TIME_WAIT that connect may take over */
	PORTS_FREE,      /* nothing does */
	PORTS_STATES = PORTS_FREE,
};

/* Ports in one state, of one process. */
struct ports_taken {
	enum ports_state state;
	const struct process *process; /* NULL: none, or not known */
	unsigned count;
};

/* What would give connect more. */
enum ports_remedy {
	PORTS_BY_NO_PORT,    /* those who bound ports and are connected leave them to the kernel */
	PORTS_BY_SOURCE,     /* another source address */
	PORTS_BY_RANGE,      /* net.ipv4.ip_local_port_range from `widest` to 65535 */
	PORTS_BY_UNRESERVED, /* no reserved ports */
	PORTS_BY_TW_REUSE,   /* net.ipv4.tcp_tw_reuse=1 */
	PORTS_BY_BIND,       /* the caller's own: bind to the source before connect */
	PORTS_REMEDIES,
};

enum { PORTS_LOWEST = 1024 }; /* where a range is advised to begin, at the lowest */

struct ports {
	union addr source, destination; /* of the route */
	unsigned low, high;
	unsigned widest; /* the lowest port that a wider range would have */
	unsigned left, left_to_bind;
	struct ports_taken *taken; /* by state, then most first */
	size_t taken_count;
	unsigned gains[PORTS_REMEDIES];
	unsigned waits;              /* TIME_WAITs from the source to the destination */
	int64_t first_ms, last_ms;   /* until the first and the last of them ends */
	unsigned not_asked;          /* ports of which it is inferred whether they were bound */
	unsigned not_asked_beyond;   /* likewise, outside of the range: PORTS_BY_RANGE alone */
	unsigned not_asked_reserved; /* likewise, of reserved ones: PORTS_BY_UNRESERVED alone */
	/* Of an odd number of ports the kernel searches all but one: the last, or mostly the first. `end_left`:
	 * one of these two is left. */
	bool odd, end_left;
	/* whether TIME_WAITs had timestamps, by which they can be taken over, is the destination's
	 * affair as well */
	bool reuse_inferred;
	bool stamps_inferred; /* likewise, and there is one that is taken to be reusable */
	bool left_inferred;   /* `left`: for one of these reasons */
	/* `left_to_bind`; also as sockets that are bound alone are not listed */
	bool bind_inferred;
	bool not_searched;      /* time was over before each socket had its process */
	struct holders holders; /* whose processes `taken` points to */
};

/* Reads all that is known now. Returns 0 (then ports_free), or -1 with errno and `*call` naming what could
 * not be read (static). */
int ports_read(struct ports *ports, const struct route *route, const char **call);

void ports_free(struct ports *ports);

#endif
