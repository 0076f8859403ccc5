/* The original demo: the echo server and the heartbeat client, as processes. */
#ifndef REUSE_CMD_EXPERIMENT_DEMO_H
#define REUSE_CMD_EXPERIMENT_DEMO_H

#include "cmd/experiment/view.h"

/* Runs the programs of the part, shows the connections that share a source, and ends all processes. */
void demo_run(struct show *show, const struct part *part);

#endif
