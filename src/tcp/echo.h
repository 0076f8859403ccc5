/* An echo server: every byte comes back, in order, on the connection it came on. */
#ifndef REUSE_TCP_ECHO_H
#define REUSE_TCP_ECHO_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/addr.h"
#include "tcp/echo_share.h"
#include "tcp/option.h"
#include "tcp/ready.h"

enum echo_what {
	ECHO_OPENED = 1,
	ECHO_HEARD = 2,
	ECHO_CLOSED = 4,
	ECHO_FULL = 8, /* no descriptor or no memory left for a newcomer: they wait in the queue */
};

enum echo_reason {
	ECHO_PEER,    /* the peer closed, and has all of its echo */
	ECHO_RESET,   /* the peer reset the connection */
	ECHO_IDLE,    /* it was silent for too long */
	ECHO_OWED,    /* too much was kept for peers that do not read */
	ECHO_STOPPED, /* the server ends */
	ECHO_FAULT,   /* an errno that is none of these */
};

/* What the server tells of. Valid during the call. */
struct echo_event {
	enum echo_what what;
	int fd;                  /* the connection's, open; with ECHO_FULL the listener's */
	const union addr *peer;  /* NULL with ECHO_FULL */
	uint64_t bytes;          /* ECHO_HEARD: heard now; ECHO_CLOSED: echoed in all */
	enum echo_reason reason; /* with ECHO_CLOSED */
	int error;               /* with ECHO_FAULT and ECHO_FULL: the errno */
};
typedef void echo_tell(void *who, const struct echo_event *event); /* must not change the server */

/* What the server shall be like. */
struct echo_plan {
	int stop[2]; /* descriptors of the caller's: echo_turn returns while one is readable; -1 */
	unsigned tells; /* which of enum echo_what `tell` wants to hear, as a sum */
	echo_tell *tell;
	void *who;          /* handed to `tell` */
	uint64_t most;      /* connections at a time; further ones wait in the queue. 0: no bound */
	uint64_t most_owed; /* bytes kept for peers that do not read; 0: no bound */
	int64_t idle_us;    /* close what moved no byte for so long; 0: never */
	bool leaves_queue;  /* at the end the queues of the listeners are left to somebody else */
	enum ready_kind poller;

	/* What each connection needs. Its listener has it, and most inherit it; not so one that waited in the
	 * queue before its listener was prepared. */
	const struct setting *settings;
	size_t setting_count;

	/* Of several servers that share `most` and `most_owed`, also in several processes: what they
	 * share, and which of its parts is this one's. NULL: this server has them for itself. */
	struct echo_share *share;
	unsigned part;
};

/* A server without sockets, or NULL with errno, and the call in ready_refused (tcp/ready.h), as where echo_add and
 * echo_wake fail. End it with echo_free. */
struct echo *echo_new(const struct echo_plan *plan);

/* Accept on `fd`, a listening non-blocking socket, too. Takes `fd` over on success; on -1 (errno)
 * leaves it. */
int echo_add(struct echo *echo, int fd);

/* echo_turn returns while `fd`, of the caller's, is readable, too. Returns 0, or -1 with errno. */
int echo_wake(struct echo *echo, int fd);

/* Waits up to `wait_ms` (-1: for ever), accepts, echoes. Returns how many sockets it served, 0
 * after a quiet wait or a signal, -1 with errno where waiting itself fails. */
int echo_turn(struct echo *echo, int wait_ms);

/* Whether a stop descriptor was readable in the last turn. */
bool echo_told_to_stop(const struct echo *echo);

/* Begins to end in order: closes the connections at rest. Further turns send back what has arrived from the
 * others, and from those in the queues of the listeners, and nothing that comes later; they no longer look at
 * the stop descriptors. */
void echo_stop(struct echo *echo);

/* Whether all that had arrived before echo_stop is sent back, and all is closed. */
bool echo_over(const struct echo *echo);

/* Closes the connections that are left, and tells of it. */
void echo_abandon(struct echo *echo);

/* The mechanism at work: "poll". Static. */
const char *echo_poller(const struct echo *echo);

/* Connections open now; accepted in all; bytes sent back in all. */
uint64_t echo_open(const struct echo *echo);
uint64_t echo_connections(const struct echo *echo);
uint64_t echo_bytes(const struct echo *echo);

/* Closes every socket, listeners too, at once. NULL is allowed. */
void echo_free(struct echo *echo);

#endif
