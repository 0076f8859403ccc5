/* Runs one part of an experiment: its steps in this process, or its programs. */
#ifndef REUSE_CMD_EXPERIMENT_PART_H
#define REUSE_CMD_EXPERIMENT_PART_H

#include "cmd/experiment/view.h"

/* Runs part `part` of show->experiment from its title to its lesson, after the question where the person
 * wants to predict. */
void part_run(struct show *show, const struct part *part);

#endif
