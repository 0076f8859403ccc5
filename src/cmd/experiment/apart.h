/* Experiments that change the kernel's settings, in a network of their own. */
#ifndef REUSE_CMD_EXPERIMENT_APART_H
#define REUSE_CMD_EXPERIMENT_APART_H

#include "cmd/experiment/view.h"

/* Plays the scene, which has only what is written in C, by a process in a network namespace of its own
 * with net.ipv4.tcp_migrate_req=1; or skips it, with the reason. */
void apart_play(struct show *show, const struct scene *scene);

#endif
