/* What listen shows: lines or JSON, thinned under load. */
#ifndef REUSE_CMD_LISTEN_VIEW_H
#define REUSE_CMD_LISTEN_VIEW_H

#include "cli/throttle.h"
#include "tcp/echo.h"

enum { LISTEN_VIEW_ALONE = -1 };

/* One server's view. */
struct listen_view {
	struct echo *echo;
	int worker; /* its number, from 0; LISTEN_VIEW_ALONE: there is one server only */
	struct throttle throttle;
	int64_t full_us; /* when it last complained of running short; 0: never */
};

/* What was served, for the summary. Of a worker it lies in memory that it shares with the first process. */
struct served {
	uint64_t connections, bytes;
	/* in the listening socket's queue, as option_drops; of the first process */
	int64_t dropped;
};

/* The first line. `fd` is a listening socket. */
void listen_view_listening(int fd, bool v6only);

/* An echo_tell; `who` is the struct listen_view. */
void listen_view_tell(void *who, const struct echo_event *event);

/* Which events listen_view_tell has a use for: enum echo_what as a sum. */
unsigned listen_view_tells(void);

/* To be called after each turn. Returns how long the next one may wait, in milliseconds; -1: for
 * ever. */
int listen_view_turn(struct listen_view *view);

/* Completes lines that went out in part, if it can. Returns how long to wait before it is to be called again:
 * `wait_ms` (-1: for ever), or less where a rest is still to go out. */
int listen_view_wait_ms(int wait_ms);

/* Tells what is still to be told of lines left out. */
void listen_view_end(struct listen_view *view);

/* The last lines: of a server on locals[0..places). `workers` of served[] are shown one by one, 0: none, before `all`. */
void listen_view_summary(const union addr locals[], unsigned places, const struct served served[],
    unsigned workers, const struct served *all, int64_t took_us);

#endif
