/* What connect shows: lines or JSON. */
#ifndef REUSE_CMD_CONNECT_VIEW_H
#define REUSE_CMD_CONNECT_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/addr.h"
#include "tcp/beat.h"
#include "tcp/rtt.h"

enum { CONNECT_VIEW_SHOWN = 256 }; /* of a heartbeat longer than that the length is shown */

struct connect_view {
	const union addr *local, *peer; /* the ends now; the caller's */
	uint64_t len;                   /* of a heartbeat, in bytes */
	int64_t every_us, timeout_us;
	bool waits;                             /* for the echo of the heartbeat that is out */
	char shown[4 * CONNECT_VIEW_SHOWN + 1]; /* the heartbeat, as text lines show it */
};

/* Fills in `shown`, once the rest is there. `data`: view->len bytes; NULL: a pattern. */
void connect_view_begin(struct connect_view *view, const char *data);

/* The connection stands, `took_ns` after connect was called. */
void connect_view_connected(const struct connect_view *view, int fd, int64_t took_ns);

/* A heartbeat goes out. */
void connect_view_lub(struct connect_view *view);

/* Its echo is back. `seq` counts heartbeats from 1. */
void connect_view_dub(struct connect_view *view, uint64_t seq, const struct beat_result *result);

/* A heartbeat without its echo. */
void connect_view_lost(
    struct connect_view *view, uint64_t seq, enum beat_end end, const struct beat_result *result);

/* The end of a connection; `in_heartbeat`: of which connect_view_lost has told already. */
void connect_view_closed(const struct connect_view *view, enum beat_end end,
    const struct beat_result *result, bool in_heartbeat);

/* Of what is told so far; a heartbeat that is still out is not lost. */
void connect_view_summary(
    const struct connect_view *view, uint64_t sent, uint64_t echoed, const struct rtt *rtt);

#endif
