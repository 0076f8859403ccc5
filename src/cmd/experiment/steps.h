/* Runs the steps of a part of an experiment. */
#ifndef REUSE_CMD_EXPERIMENT_STEPS_H
#define REUSE_CMD_EXPERIMENT_STEPS_H

#include "cmd/experiment/view.h"

/* In the process and the network at hand; `apart`: which is of the part's own. */
void steps_run(struct show *show, const struct part *part, bool apart);

#endif
