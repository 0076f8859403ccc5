/* Many connections that all come from one source address and port. Their ends live in two
 * processes, one that listens and one that dials, which talk over a stream between them, the link.
 * Neither ever polls the crowd it holds, only the window that is under way. */
#ifndef REUSE_CMD_LIMITS_CROWD_H
#define REUSE_CMD_LIMITS_CROWD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tcp/addr.h"
#include "tcp/fault.h"

enum {
	CROWD_WINDOW = 128,       /* connections under way at most */
	CROWD_LOWEST_PORT = 1024, /* by_port: destinations from the highest port down to this one */
	CROWD_PORTS = 65536 / 8,  /* bytes of a set of ports */
};

/* How far a pair of processes has come, in memory that they share with whoever watches. Begin with
 * zeros. */
struct crowd_tally {
	atomic_uint opened, echoed, closed;
	atomic_int passed;           /* the watcher's: how many stages are behind it */
	atomic_bool claimed, failed; /* somebody fills in the next two; they stand */
	struct fault fault; /* the first; CALL_NONE: an echo that differs from what was sent */
	union addr peer;
};

/* What all pairs share with whoever watches. Begin with zeros. */
struct crowd_board {
	atomic_bool halt;                /* open no more, but keep what is open */
	atomic_uint ports_taken;         /* by_port: how many were tried already */
	atomic_uchar ports[CROWD_PORTS]; /* bit p: port p is one that we listen on */
};

/* A pair. */
struct crowd_plan {
	union addr source; /* address and port, not 0 */
	/* The destinations: ports of the source's own address, each with a listener that closes once
	 * it has accepted; or one port of the addresses from 127.0.0.1 on, with one listener. */
	bool by_port;
	const char *device; /* listen on that interface only, where the system lets; "": on any */
	unsigned room;      /* connections at most; each end needs as many descriptors, and
			     * CROWD_WINDOW more with by_port */
	unsigned window;    /* at least 1, at most CROWD_WINDOW and half the backlog */
	int stop;           /* readable: both ends return */
	int link;           /* this end of the stream; the caller's */
	struct crowd_board *board;
	struct crowd_tally *tally;
};

/* The listening end: accepts and echoes as the dialling end says. Returns when that is done, gone, or
 * `stop` is readable, with nothing left open. */
void crowd_serve(const struct crowd_plan *plan);

/* The dialling end, or NULL with errno. `plan` is kept. */
struct crowd *crowd_new(const struct crowd_plan *plan);

/* Opens connections until there are `upto`. Less are open where the tally then says why, or where
 * the board says halt: these stay usable. Returns 0; or -1 where the pair is to end: `stop`, or the
 * other end is gone. */
int crowd_open(struct crowd *crowd, unsigned upto);

/* Sends a heartbeat over each connection, different for each, and compares what comes back. Returns
 * as crowd_open. */
int crowd_beat(struct crowd *crowd);

/* Resets every connection, so that no TIME_WAIT stays, and has the other end do the same. */
void crowd_close(struct crowd *crowd);

/* Sets up the options of a socket at the source: both that share, and reset at close, so that
 * nothing stays however its process ends. Returns the socket, bound to `source`, or -1 with
 * `fault` filled. */
int crowd_hold(const union addr *source, struct fault *fault);

#endif
