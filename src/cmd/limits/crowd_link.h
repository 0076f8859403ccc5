/* What the two ends of a crowd have in common: what they say to each other over the link, and how they
 * wait. For these two alone. */
#ifndef REUSE_CMD_LIMITS_CROWD_LINK_H
#define REUSE_CMD_LIMITS_CROWD_LINK_H

#include "cmd/limits/crowd.h"
#include "tcp/call.h"

enum { CROWD_PATIENCE_MS = 10000 }; /* without progress: a connect, an accept, an echo */

/* What the dialling end says over the link; each is answered by a uint32_t. */
enum crowd_verb {
	CROWD_PREPARE, /* by_port: listen on `count` ports; answered by as many uint16_t */
	CROWD_ACCEPT,  /* `count` connections, numbered from `first`; answer: how many were there */
	CROWD_DROP,    /* those from `first` on, and accept no more */
	CROWD_ECHO,    /* `count` heartbeats from `first` on; answer: how many */
	CROWD_CLOSE,   /* all, and return; no answer */
};

struct crowd_order {
	uint32_t verb, first, count;
};

struct crowd_heartbeat {
	uint32_t port, number; /* of the destination: no two connections have the same beat */
};

/* Writes a fault into the tally, if it is the pair's first. `peer` may be NULL. */
void crowd_fail(const struct crowd_plan *plan, const struct fault *fault, const union addr *peer);
void crowd_fail_errno(const struct crowd_plan *plan, enum tcp_call at, int error);

/* Waits until `fd` is ready for `events`. Returns 0, or -1 with errno: ECANCELED for stop. */
int crowd_await(const struct crowd_plan *plan, int fd, short events, int wait_ms);

/* Over the link, all of `len` bytes. Returns 0; or -1 where the other end is gone, or for stop. */
int crowd_tell(const struct crowd_plan *plan, const void *bytes, size_t len);
int crowd_hear(const struct crowd_plan *plan, void *bytes, size_t len);

/* Over a connection, a non-blocking socket, all of `len` bytes. Returns 0, or -1 with errno;
 * ECONNRESET where the peer has closed. */
int crowd_send(const struct crowd_plan *plan, int fd, const void *bytes, size_t len);
int crowd_recv(const struct crowd_plan *plan, int fd, void *bytes, size_t len);

#endif
