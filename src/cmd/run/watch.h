/* The tracer's work: the calls of the program, one after the other, and which of them are shown. */
#ifndef REUSE_CMD_RUN_WATCH_H
#define REUSE_CMD_RUN_WATCH_H

#include "cmd/run/plan.h"

/* Watches until the last process has ended. */
void watch_program(struct trace *trace, const struct run_plan *plan);

#endif
