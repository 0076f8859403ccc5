/* What would let the newcomer have the port: each cure checked by the rule over the findings, or tried. */
#ifndef REUSE_DIAGNOSIS_CURES_H
#define REUSE_DIAGNOSIS_CURES_H

#include "diagnosis/bindtest.h"
#include "diagnosis/stop.h"

struct cures {
	int set; /* the first set of options that lets the newcomer in; -1: none is known to */
	long as; /* another user who could; -1: none */
	unsigned as_set;

	/* All that is to be stopped, in the order to paste; none where that does not help, or where not all
	 * of them can be named. */
	struct stop stops[STOPS_MOST];
	size_t stop_count;
	bool stop_helps;  /* then no socket is in the way, or none after the wait */
	bool stop_unsure; /* as far as sockets are listed, which not all are */
	bool stop_others; /* as far as processes are shown to root, from whom some are hidden */
	bool unnamed;     /* some process in the way is not known */
	bool leaves;      /* what is stopped has connections, which may go on closed for a minute */
	int beside_left;  /* the set that lets the newcomer in beside these; 0: none is known to */

	/* until what no process has is gone, after the stops; -1: none is to be waited for, or it
	 * is not known how long */
	int64_t wait_ms;
	int64_t late_ms;  /* by so much the kernel may be late with it */
	bool closed;      /* closed connections are in the way, which `ss -K` ends */
	bool only_closed; /* they alone are */
	/* of some the other end has not closed: when it does, a minute begins anew */
	bool half_open;
	bool at_most;  /* wait_ms is how long the kernel goes on without a peer that takes all */
	bool may_stay; /* then some may stay closed, for a minute, once their peers take all */
	int both; /* the set that would help if the others had it too, PROBE_ADDR or PROBE_PORT; 0: none */
	bool device;         /* SO_BINDTODEVICE to another interface than those in the way */
	bool reserve;        /* the kernel picked the port: ip_local_reserved_ports keeps it out */
	unsigned next_port;  /* that one is free, tried; 0: not looked for, or none near */
	unsigned last_tried; /* the last that was tried; 0: none was */
};

/* `privileged`: the newcomer is refused for lack of CAP_NET_BIND_SERVICE; then the cures of sharing are those of
 * what else is in the way. `bind`: whether binds may be made. */
void cures_find(const struct findings *findings, const struct newcomer *newcomer,
    const struct bindtest *test, bool privileged, bool bind, struct cures *cures);

#endif
