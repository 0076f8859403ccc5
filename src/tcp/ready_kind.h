/* What a mechanism behind tcp/ready offers. Only ready.c and the ready_*.c files include this. */
#ifndef REUSE_TCP_READY_KIND_H
#define REUSE_TCP_READY_KIND_H

#include <stdbool.h>

#include "tcp/ready.h"

/* Told by next beside READY_IN and READY_OUT: an error or a hang-up, asked for or not. */
enum { READY_BAD = 4 };

struct ready_mechanism {
	const char *name;

	/* Its state, or NULL with errno. */
	void *(*open)(void);
	void (*close)(void *state);

	/* `was` is what fd was watched for before, 0: not at all. At least one of the two is not 0.
	 * Returns 0, or -1 with errno and nothing changed; with `events` 0 it cannot fail. */
	int (*set)(void *state, int fd, unsigned was, unsigned events);

	/* fd is about to be closed. NULL: as set with 0. */
	void (*forget)(void *state, int fd);

	/* As ready_wait; EINTR comes through. */
	int (*wait)(void *state, int wait_ms);

	/* As ready_next, and it may tell of a descriptor that is no longer watched. */
	bool (*next)(void *state, int *fd, unsigned *events);
};

extern const struct ready_mechanism ready_poll, ready_epoll, ready_kqueue;

#endif
