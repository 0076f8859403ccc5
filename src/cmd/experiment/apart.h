/* Parts that change the kernel's settings, in a network of their own. */
#ifndef REUSE_CMD_EXPERIMENT_APART_H
#define REUSE_CMD_EXPERIMENT_APART_H

#include "cmd/experiment/view.h"

/* Runs the steps of the part in a process in a network namespace of its own, with
 * net.ipv4.tcp_migrate_req=1 where that is what the part needs; or skips it, with the reason. The process
 * shows the steps itself. */
void apart_run(struct show *show, const struct part *part);

#endif
