/* Many connections that all come from one source address and port, both ends of each in this process.
 * Never polls the crowd that it holds, only the connection that is under way. */
#ifndef REUSE_CMD_LIMITS_CROWD_H
#define REUSE_CMD_LIMITS_CROWD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tcp/addr.h"
#include "tcp/fault.h"

enum {
	CROWD_LOWEST_PORT = 1024, /* by_port: destinations from the highest port down to this one */
	CROWD_PORTS = 65536 / 8,  /* bytes of a set of ports */
};

/* How far a process has come, in memory that it shares with whoever watches. Begin with zeros. */
struct crowd_tally {
	atomic_uint opened, echoed, closed;
	atomic_int passed;  /* the watcher's: how many stages are behind it */
	atomic_bool failed; /* the next two stand */
	struct fault fault; /* the first; CALL_NONE: an echo that differs from what was sent */
	union addr peer;
};

/* What all processes share with whoever watches. Begin with zeros. */
struct crowd_board {
	atomic_bool halt;                /* open no more, but keep what is open */
	atomic_uint ports_taken;         /* by_port: how many were tried already */
	atomic_uchar ports[CROWD_PORTS]; /* bit p: port p is one that we listen on */
};

struct crowd_plan {
	union addr source; /* address and port, not 0 */
	/* The destinations: ports of the source's own address, each with a listener that closes once
	 * it has accepted; or one port of the addresses from 127.0.0.1 on, with one listener. */
	bool by_port;
	const char *device; /* listen on that interface only, where the system lets; "": on any */
	unsigned room;      /* connections at most; each needs two descriptors */
	int stop;           /* readable: return */
	struct crowd_board *board;
	struct crowd_tally *tally;
};

/* Listens, where one listener serves all. Returns NULL where that fails; the tally then says why.
 * `plan` is kept. */
struct crowd *crowd_new(const struct crowd_plan *plan);

/* Opens connections until there are `upto`. Less are open where the tally then says why, or where
 * the board says halt: these stay usable. Returns 0, or -1 for `stop`. */
int crowd_open(struct crowd *crowd, unsigned upto);

/* Sends a heartbeat over each connection, different for each, has the other end send it back, and
 * compares. Returns 0; or -1 for `stop`, and where one failed: the tally then says which. */
int crowd_beat(struct crowd *crowd);

/* Resets every connection, so that no TIME_WAIT stays. */
void crowd_close(struct crowd *crowd);

/* Sets up the options of a socket at the source: both that share, and reset at close, so that
 * nothing stays however its process ends. Returns the socket, bound to `source`, or -1 with
 * `fault` filled. */
int crowd_hold(const union addr *source, struct fault *fault);

#endif
