/* Which descriptors are ready. poll(2) serves a few; where there are many, what this system has
 * that does not slow down with them takes over. */
#ifndef REUSE_TCP_READY_H
#define REUSE_TCP_READY_H

#include <stdbool.h>

enum ready_event {
	READY_IN = 1,  /* reading will not block; also where the peer went, or on an error */
	READY_OUT = 2, /* writing will not block; likewise */
};

/* How it is found out. */
enum ready_kind { READY_AUTO, READY_POLL, READY_EPOLL, READY_KQUEUE };

/* Whether this system has it. */
bool ready_known(enum ready_kind kind);

/* A set without descriptors, or NULL with errno: ENOTSUP where this system lacks `kind`. */
struct ready *ready_new(enum ready_kind kind);

/* Which call has failed in the last of ready_new and ready_set that did: "malloc", "epoll_ctl". Static. */
const char *ready_refused(void);

/* Says which one fails; "malloc" goes without saying. */
void ready_refuse(const char *call);

/* Forgets the set; the descriptors stay open. NULL is allowed. */
void ready_free(struct ready *ready);

/* The name of the mechanism at work: "poll". Static. */
const char *ready_name(const struct ready *ready);

/* From now on `fd` is watched for `events`, instead of what it was watched for before; 0: no longer.
 * Returns 0, or -1 with errno and the set as before; taking one off cannot fail. */
int ready_set(struct ready *ready, int fd, unsigned events);

/* `fd` is about to be closed, and no other descriptor, in any process, stands for the same socket:
 * cheaper than ready_set with 0. */
void ready_forget(struct ready *ready, int fd);

/* Waits until a descriptor is ready, `wait_ms` at most (-1: for ever). Returns how many are, 0 when
 * the time is up or a signal came, -1 with errno. */
int ready_wait(struct ready *ready, int wait_ms);

/* The next descriptor that the last ready_wait found ready, with what it is ready for; false when
 * all were told. Between two calls ready_set may be called for any descriptor: one taken off is
 * not told of. The number of one that was still to be told must not be closed and given out anew. */
bool ready_next(struct ready *ready, int *fd, unsigned *events);

#endif
