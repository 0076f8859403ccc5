/* Experiments played by processes: the echo server and the heartbeat client themselves. */
#ifndef REUSE_CMD_EXPERIMENT_CAST_H
#define REUSE_CMD_EXPERIMENT_CAST_H

#include "cmd/experiment/view.h"

/* Plays the roles of the scene, shows the connections that share a source, and ends all processes. */
void cast_play(struct show *show, const struct scene *scene);

#endif
