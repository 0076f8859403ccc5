/* What a person asked of the program's sockets, done to one of them before its call is made. */
#ifndef REUSE_CMD_RUN_PLAN_H
#define REUSE_CMD_RUN_PLAN_H

#include "os/trace.h"
#include "tcp/option.h"

enum { RUN_SET_MOST = 8 };

struct run_plan {
	struct setting set[RUN_SET_MOST];
	size_t set_count;
	bool has_source;
	union addr sources[2]; /* IPv4, IPv6; AF_UNSPEC: none of that family */
	const char *only;      /* NULL: every program */
};

/* Whether the program may not run without being watched. */
bool run_plan_changes(const struct run_plan *plan);

/* Sets the options on the socket that is about to bind. One that is refused is said once. */
void run_plan_apply(const struct run_plan *plan, struct traced *call);

/* Binds the socket that is about to connect to the source, with the options. Where that is refused the call is
 * not to be made: call->refuse. */
void run_plan_bind(const struct run_plan *plan, struct traced *call);

#endif
