/* The tracer's work: what it does to the sockets of the program, and which calls are shown. */
#ifndef REUSE_CMD_RUN_WATCH_H
#define REUSE_CMD_RUN_WATCH_H

#include "os/trace.h"
#include "tcp/option.h"

enum { RUN_SET_MOST = 8 };

/* What a person asked for. */
struct run_plan {
	struct setting set[RUN_SET_MOST];
	size_t set_count;
	bool has_source;
	union addr sources[2]; /* IPv4, IPv6; AF_UNSPEC: none of that family */
	const char *only;      /* NULL: every program */
};

/* Whether the program may not run without being watched. */
bool run_plan_changes(const struct run_plan *plan);

/* Watches until the last process has ended. */
void watch_program(struct trace *trace, const struct run_plan *plan);

#endif
